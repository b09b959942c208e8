"""How the generators of pictures are trained: the memory's first contents, pairs that do not fit, stages on one canvas."""

import torch
import torch.nn.functional as F

from gan_demos.demos.pictures import mapping_training, synthesis_training, text_training
from gan_demos.demos.pictures.mapping_training import fill, keys, sureness
from gan_demos.demos.pictures.networks import CODE_RATE, DEBUG, ClipGAN, PictureCritic, StackGAN, normalise


def test_a_text_of_several_concepts_is_less_sure():
    found = sureness([["cat", "pet"], ["dog", "pet"], ["grinning cat", "cat", "face"]])
    assert found.tolist() == [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0]


def test_keys_lean_to_the_label():
    torch.manual_seed(0)
    sentence = F.normalize(torch.randn(3, 256), dim=1)
    (key,) = keys(sentence, torch.ones(3), [torch.arange(3)])
    likeness = sentence @ key
    assert likeness[0] > 0.9 and 0 < likeness[1] < 0.4
    assert abs(float(key.norm()) - 1) < 1e-5


@torch.inference_mode()
def test_a_filled_memory_recalls_the_code_of_each_label():
    torch.manual_seed(0)
    directions, codes = F.normalize(torch.randn(8, 256), dim=1), normalise(torch.randn(8, 2, 16, 16))
    nothing = torch.zeros(8, 0)
    for cls in (ClipGAN, StackGAN):
        generator = cls(**{**DEBUG[cls.__name__], **({"condition_width": 192} if cls is StackGAN else {})})
        fill(generator, directions, codes)
        latent = generator.latent(directions, nothing, nothing, torch.zeros(8, 64))
        found = normalise(generator.code(latent))
        assert float((found - codes).abs().max()) < 0.1, cls
        assert torch.allclose(generator.recall.codes * CODE_RATE, codes.flatten(1), atol=1e-5)
    assert mapping_training.FIRST_LOG_VARIANCE == float(generator.distribution(directions)[1].mean())


def test_stages_lie_side_by_side_where_their_critics_look():
    torch.manual_seed(0)
    real = torch.rand(2, 3, 128, 128)
    sheet = text_training.canvas(real)
    assert sheet.shape == (2, 3, 128, 224)
    seen = {}

    class Eye(torch.nn.Module):
        def features(self, picture):
            seen[picture.shape[-1]] = picture

    for side in (128, 64, 32):
        text_training.StageCritic(Eye(), side, None).features(sheet)
    assert torch.equal(seen[128], real)
    for side in (64, 32):
        assert torch.allclose(seen[side], F.interpolate(real, (side, side), mode="area"))


@torch.inference_mode()
def test_a_critic_is_to_name_the_style_that_was_asked_for():
    critic = text_training.StageCritic(PictureCritic(265, 32, (4, 4, 8, 8, 8)), 32, None)
    critic.critic.style.weight.zero_()
    critic.critic.style.bias.copy_(9.0 * torch.eye(9)[4])
    features, condition = torch.rand(3, 128), torch.tensor([[0, 0, 4]] * 3)
    assert float(text_training.style_loss(critic, features, condition)) < 0.01
    assert float(text_training.style_loss(critic, features, condition + torch.tensor([0, 0, 1]))) > 8


def test_wrong_conditions_change_text_or_style_but_never_neither():
    torch.manual_seed(0)
    condition = torch.tensor([[1, 10, 0], [2, 20, 8], [3, 30, 4], [4, 40, 4]])
    found = text_training.wrong(condition)
    assert (found != condition).tolist() == [[False, True, False], [False, False, True]] * 2
    assert 0 <= int(found[:, 2].min()) and int(found[:, 2].max()) < 9


def test_some_are_asked_for_in_styles_that_the_training_has_them_not_in():
    torch.manual_seed(0)

    class Data:
        keys = ["cat", "dog", "sun"]
        concept = torch.tensor([0, 0, 1, 2, 2, *[2] * 7])
        style = torch.tensor([0, 1, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8])
        kept_apart = torch.tensor([False, True, *[False] * 10])

    unseen = text_training.unseen_styles(Data())
    assert unseen[0].tolist() == [False, *[True] * 8]  # what is kept apart counts as unseen
    assert torch.nonzero(~unseen[1]).tolist() == [[5]]
    assert unseen[2].all()  # drawn in all styles: any will do
    texts = torch.tensor([0, 1, 1, 2])  # of two concepts and more
    condition = torch.tensor([[0, 0, 0], [2, 1, 5], [2, 2, 5], [3, 3, 0]] * 5)
    asked = text_training.elsewhere(condition, unseen, texts)
    assert torch.equal(asked[:, :2], condition[:, :2])
    assert torch.equal(asked[text_training.ELSEWHERE :], condition[text_training.ELSEWHERE :])
    for _, text, style in asked[: text_training.ELSEWHERE].tolist():
        assert unseen[texts[text], style]


def test_first_codes_hold_the_median_colours():
    class Data:
        def show(self, index):
            return torch.stack([torch.full((3, 128, 128), float(i) / 4) for i in index])

    codes = synthesis_training.first_codes(Data(), [[0, 1, 4], []], 5, spread=0.0)
    assert torch.allclose(codes[0, :3], torch.full((3, 16, 16), 1.5 - 3 * 0.25))
    assert torch.allclose(codes[1, :3], torch.full((3, 16, 16), -1.5))
    assert codes[:, 3:].abs().max() == 0
