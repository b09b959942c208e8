"""The generators of pictures: shapes, what depends on what, and the memory."""

import pytest
import torch
import torch.nn.functional as F

from gan_demos.demos.pictures import networks
from gan_demos.demos.pictures.networks import DEBUG, NEAR, AttnGAN, ClipGAN, PictureCritic, Recall, StackGAN, flatten, normalise

ALL = (ClipGAN, StackGAN, AttnGAN)


def made(cls):
    torch.manual_seed(0)
    return cls(**DEBUG[cls.__name__]).eval()


def given(count=3, words=4):
    torch.manual_seed(1)
    mask = torch.zeros(count, 48, dtype=torch.bool)
    mask[:, :words] = True
    features = torch.randn(count, 48, 384) * mask.unsqueeze(2)
    style = F.one_hot(torch.arange(count), 9).float()
    return F.normalize(torch.randn(count, 256), dim=1), features, mask, torch.randn(count, 64), style


@pytest.mark.parametrize("cls", ALL)
@torch.inference_mode()
def test_text_noise_and_style_become_a_picture(cls):
    generator, (sentence, words, mask, noise, style) = made(cls), given()
    latent = generator.latent(sentence, words, mask, noise)
    assert latent.shape == (3, generator.latent_width)
    out = generator.draft(latent, style, words, mask)
    assert set(out) == set(cls.shown)
    assert out["picture"].shape == (3, 3, 128, 128)
    for side in (32, 64):
        assert out.get(f"stage{side}", torch.empty(3, 3, side, side)).shape == (3, 3, side, side)
    assert all(0 <= float(value.min()) and float(value.max()) <= 1 for value in out.values())
    assert torch.equal(generator(sentence, words, mask, noise, style), generator.paint(latent, style, words, mask)["picture"])


@pytest.mark.parametrize("cls", ALL)
@torch.inference_mode()
def test_noise_style_and_text_each_change_the_picture(cls):
    generator, (sentence, words, mask, noise, style) = made(cls), given(2)
    same = [torch.stack([part[0], part[0]]) for part in (sentence, words, mask, noise, style)]
    for number, other in ((0, sentence), (3, noise), (4, style)):
        changed = [other if i == number else part for i, part in enumerate(same)]
        one, two = generator(*changed)
        assert (one - two).abs().max() > 1e-4
    one, two = generator(*same)
    assert torch.allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("cls", ALL)
def test_a_gradient_reaches_the_latent(cls):
    generator, (sentence, words, mask, noise, style) = made(cls), given(1)
    latent = generator.latent(sentence, words, mask, noise).detach().requires_grad_()
    generator.draft(latent, style, words, mask)["picture"].square().sum().backward()
    assert latent.grad.abs().sum() > 0


@torch.inference_mode()
def test_attention_is_shared_among_the_words_that_are_there():
    generator, (sentence, words, mask, noise, style) = made(AttnGAN), given()
    mask[1] = False  # a text without words
    attention = generator.draft(generator.latent(sentence, words, mask, noise), style, words, mask)["attention"]
    assert attention.shape == (3, 48, 32, 32)
    assert torch.allclose(attention.sum(1), torch.ones(3, 32, 32), atol=1e-5)
    assert attention[0, 4:].abs().max() == 0
    assert not attention.isnan().any()


@torch.inference_mode()
def test_what_words_say_enters_by_attention_only():
    generator, (sentence, words, mask, noise, style) = made(AttnGAN), given(1)
    torch.nn.init.normal_(generator.synthesis.attend16.value.weight)
    other = words.roll(1, 1) * 2
    latent = generator.latent(sentence, words, mask, noise)
    assert torch.equal(latent, generator.latent(sentence, other, mask, noise))
    one, two = (generator.draft(latent, style, some, mask)["picture"] for some in (words, other))
    assert (one - two).abs().max() > 1e-4


@torch.inference_mode()
def test_a_memory_gives_the_code_of_the_key_it_is_asked_for():
    memory = Recall(5, 6, 2, sharpness=200.0)
    memory.keys.copy_(torch.eye(6)[:5])
    found = memory(3 * memory.keys)
    assert torch.allclose(found.flatten(1), networks.CODE_RATE * memory.codes, atol=1e-4)
    between = memory(memory.keys[:1] + memory.keys[1:2]).flatten(1)
    assert torch.allclose(between[0], networks.CODE_RATE * memory.codes[:2].mean(0), atol=1e-3)


@torch.inference_mode()
def test_noise_moves_a_query_by_a_quarter_of_its_length():
    generator = ClipGAN(slots=4)
    torch.manual_seed(0)
    moved = generator.spread(torch.randn(200, 64)).norm(dim=1)
    assert 0.2 < float(moved.mean()) < 0.3


def test_the_filter_evens_out_and_keeps_edges():
    torch.manual_seed(0)
    picture = torch.full((1, 3, 32, 32), 0.3)
    picture[..., 16:] = 0.8
    rough = picture + 0.01 * torch.randn_like(picture)
    smooth = flatten(rough, NEAR)
    assert (smooth - picture).abs().mean() < 0.4 * (rough - picture).abs().mean()
    assert float((smooth[..., 16] - smooth[..., 15]).mean()) > 0.48


def test_normalise_gives_mean_square_one():
    assert torch.allclose(normalise(torch.randn(3, 4, 5) * 7).square().flatten(1).mean(1), torch.ones(3), atol=1e-4)


@pytest.mark.parametrize("side", [32, 64, 128])
def test_a_critic_of_each_size_sees_picture_and_condition(side):
    critic = PictureCritic(10, side, (4, 4, 8, 8, 8))
    features = critic.features(torch.rand(2, 3, side, side))
    assert features.shape == (2, 8 * 16)
    one, two = critic.head(features, torch.randn(2, 10)), critic.head(features, torch.randn(2, 10))
    assert one.shape == (2,) and not torch.allclose(one, two)


def test_rounded_codes_are_whole_numbers_of_nearly_the_same_direction():
    torch.manual_seed(0)
    memory = Recall(5, 6, 2)
    before = memory.codes.detach().clone()
    memory.round()
    assert memory.codes.abs().max() == 127 and torch.equal(memory.codes, memory.codes.round())
    assert F.cosine_similarity(before, memory.codes).min() > 0.999


@torch.inference_mode()
def test_in_use_a_style_lies_further_from_the_mean_of_all():
    synthesis = ClipGAN(**DEBUG["ClipGAN"], emphasis=0.3).synthesis
    seen = []
    synthesis.style.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    code, style, even = torch.randn(1, 2, 16, 16), F.one_hot(torch.tensor([4]), 9).float(), torch.full((1, 9), 1 / 9)
    for training, asked in ((False, style), (False, even), (True, style)):
        synthesis.train(training)(code, asked)
    used, mean, trained = seen
    assert torch.allclose(used - even, 1.3 * (style - even), atol=1e-6) and torch.allclose(used.sum(), torch.ones(()))
    assert torch.allclose(mean, even) and torch.equal(trained, style)


@torch.inference_mode()
def test_styles_may_be_asked_for_more_or_less_than_they_are():
    synthesis = ClipGAN(**DEBUG["ClipGAN"], emphasis=[0.5] * 8 + [-0.5]).synthesis.eval()
    seen = []
    synthesis.style.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    style, even = torch.eye(9)[[0, 8]], torch.full((2, 9), 1 / 9)
    synthesis(torch.randn(2, 2, 16, 16), style)
    synthesis(torch.randn(1, 2, 16, 16), style.mean(0, keepdim=True))
    assert torch.allclose(seen[0] - even, torch.tensor([[1.5], [0.5]]) * (style - even), atol=1e-6)
    assert torch.allclose(seen[1], style.mean(0, keepdim=True), atol=1e-6), "half of each: neither more nor less"


@torch.inference_mode()
@pytest.mark.parametrize("network", [ClipGAN, StackGAN, AttnGAN])
def test_noise_counts_more_in_use_than_in_training(network):
    torch.manual_seed(0)
    module = network(**DEBUG[network.__name__], variety=3.0)
    sentence, words, mask, noise = torch.randn(2, 256), torch.randn(2, 4, 384), torch.ones(2, 4), torch.randn(2, 64)
    used = module.eval().latent(sentence, words, mask, noise)
    torch.testing.assert_close(used, module.train().latent(sentence, words, mask, 3.0 * noise))
    assert not torch.allclose(used, module.latent(sentence, words, mask, noise))
