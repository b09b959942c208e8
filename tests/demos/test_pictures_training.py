"""How the generators of pictures are trained: the memory's first contents, pairs that do not fit, stages on one canvas."""

import torch
import torch.nn.functional as F

from gan_demos.data.images import EMOJI_STYLES
from gan_demos.demos.pictures import mapping_training, synthesis_training, text_training
from gan_demos.demos.pictures.emoji_training import EmojiData, TextTable
from gan_demos.demos.pictures.mapping_training import fill, keys, sureness
from gan_demos.demos.pictures.networks import CODE_RATE, DEBUG, ClipGAN, PictureCritic, StackGAN, normalise
from gan_demos.training.losses import alike_error


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


def emoji_data(levels: list[float], styles: list[str], concepts: list[int], apart: tuple[int, ...] = ()) -> EmojiData:
    """Even pictures of some levels of gray."""
    data = EmojiData.__new__(EmojiData)
    data.pictures = (torch.tensor(levels).view(-1, 1, 1, 1).expand(-1, 3, 128, 128) * 255).round().byte()
    data.style, data.concept = torch.tensor([EMOJI_STYLES.index(style) for style in styles]), torch.tensor(concepts)
    data.kept_apart = torch.tensor([i in apart for i in range(len(levels))])
    data.keys = [str(k) for k in range(max(concepts) + 1)]
    return data


def test_a_template_is_what_the_other_drawings_are_most_like():
    levels, styles = [0.9, 0.2, 0.3, 0.5, 0.1], ["noto", "twemoji", "fxemoji", "emojione", "noto"]
    assert emoji_data(levels, styles, [0, 0, 0, 0, 1]).templates().tolist() == [2, 4]
    # what is outlined is one only if there is nothing else, and what is kept apart never is
    assert emoji_data(levels[:4], ["noto", "twemoji", "openmoji", "emojione"], [0] * 4).templates().tolist() == [3]
    assert emoji_data([0.5], ["openmoji"], [0]).templates().tolist() == [0]
    assert emoji_data(levels[:4], styles[:4], [0] * 4, apart=(2, 3)).templates().tolist() == [0]


def square(left: int, level: float) -> torch.Tensor:
    """A square of 64 × 64 on white."""
    picture = torch.ones(1, 3, 128, 128)
    picture[:, :, 32:96, left : left + 64] = level
    return picture


def test_where_drawings_differ_in_shape_there_is_no_error():
    given, real = square(16, 0.2), square(48, 0.6)
    both = (square(16, 0.0) < 1) & (square(48, 0.0) < 1)
    fitting = torch.where(both, real, given)  # the colour of one, the shape of the other
    assert float(alike_error(fitting, real, given)) == 0
    assert float(alike_error(given, real, given)) > 0.01
    # small mistakes that even out count less than a wrong colour
    sign = torch.ones(128, 128)
    sign[::2] = -1
    wavy = fitting + 0.1 * both * sign
    assert float(alike_error(wavy, real, given)) < 0.5 * float(alike_error(fitting + 0.1 * both, real, given))


def test_the_picture_itself_is_to_be_drawn_pixel_by_pixel():
    given = torch.cat([square(16, 0.2), square(16, 0.2)])
    real = torch.cat([square(16, 0.2), square(48, 0.2)])
    fake = given + 0.1
    error = synthesis_training.paired_error(fake, real, given)
    assert torch.allclose(error[0], torch.tensor(0.1))
    assert torch.allclose(error[1], alike_error(fake, real, given)[1])


def test_another_style_is_the_same_drawing_in_other_colours():
    given = square(32, 0.3).repeat(4, 1, 1, 1)
    inside = slice(32, 96)
    fake = given.clone()
    fake[:, :, inside, inside] = 0.8
    fake[1, :, 40:43, 40:43] = 0.2  # where the template is even
    fake[2, :, 32:34, inside] = 0.0  # an outline, where it is not
    fake[3, :, 0] = 0.5  # where it is white
    error = text_training.redrawn_otherwise(fake, given).tolist()
    assert error[0] == error[2] == 0 and error[1] > 0
    assert error[3] > 0.5 / 128


@torch.inference_mode()
def test_codes_are_those_that_pictures_are_drawn_from():
    torch.manual_seed(0)
    data = emoji_data([0.9, 0.2, 0.3], ["noto"] * 3, [0, 1, 2])
    data.pictures[1, :, 40:80, 40:80] = 20
    module = synthesis_training.Redrawer(ClipGAN(**DEBUG["ClipGAN"]).synthesis, data).eval()
    codes = module.codes(torch.tensor([1, 2]))
    assert torch.allclose(codes.square().mean((1, 2, 3)), torch.ones(2), atol=1e-3)
    style = F.one_hot(torch.tensor([3, 4]), 9).float()
    assert torch.allclose(module.synthesis(codes, style)["picture"], module(torch.tensor([1, 2]), style), atol=1e-5)


def test_every_layer_of_a_deeper_synthesis_takes_part():
    torch.manual_seed(0)
    synthesis = ClipGAN(**DEBUG["ClipGAN"], depth=3).synthesis
    out = synthesis(torch.randn(2, 2, 16, 16), F.one_hot(torch.tensor([3, 4]), 9).float())
    (out["picture"].square().sum() + out["stage64"].sum() + out["stage32"].sum()).backward()
    assert [name for name, weight in synthesis.named_parameters() if weight.grad is None or not weight.grad.any()] == []
    assert len(list(synthesis.parameters())) > len(list(ClipGAN(**DEBUG["ClipGAN"]).synthesis.parameters()))


def test_a_sample_shows_what_a_label_gives_in_the_pictures_own_style():
    torch.manual_seed(0)
    data = emoji_data([0.9, 0.2, 0.3], ["noto", "openmoji", "noto"], [0, 1, 1])
    table = TextTable(["a", "b", "c"], F.normalize(torch.randn(3, 256), dim=1), torch.zeros(3, 4, 384), torch.ones(3, 4))
    texts = text_training.Texts(table, torch.tensor([0, 0, 1]), torch.ones(3), [torch.tensor([0, 1]), torch.tensor([2])])
    generator = ClipGAN(**DEBUG["ClipGAN"])
    shown = text_training.pictures_of(generator, data, texts, torch.tensor([0, 1]))
    assert shown.shape == (2, 3, 128, 128) and generator.training
    again = text_training.pictures_of(generator, data, texts, torch.tensor([0, 2]))
    assert torch.allclose(shown[0], again[0], atol=1e-5)
    assert not torch.allclose(shown[1], again[1], atol=1e-3)  # the same label in another style
