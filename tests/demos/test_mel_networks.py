"""Mel networks: the comb and the vocoder are at the exact pitch; shapes; items of a batch do not depend on each other."""

import math

import pytest
import torch

from gan_demos.demos.sound.mel_networks import (
    CENTRE,
    RATE,
    SCALE,
    MelCritic,
    MelGenerator,
    NoteJudge,
    Vocoder,
    griffin_lim,
    harmonic_comb,
    harmonic_log_mel,
    hertz,
    to_mel,
)
from gan_demos.dsp import pitch


def harmonic_tone(f0: float, length: int, slope: float = 1.0, decay: float = 1.0) -> torch.Tensor:
    """(length,) sum of harmonics k with amplitude 1 / k^slope, unrelated phases, decaying."""
    t = torch.arange(length, dtype=torch.float64) / RATE
    k = torch.arange(1, math.ceil(RATE / 2 / f0), dtype=torch.float64).unsqueeze(1)
    wave = (torch.cos(2 * math.pi * f0 * k * t + k * k) / k**slope).sum(0)
    return (0.2 * wave * torch.exp(-decay * t)).float()


def cents(waves: torch.Tensor, f0: torch.Tensor) -> torch.Tensor:
    found = torch.from_numpy(pitch(waves, RATE, 50, 1300, 8192))
    return 1200 * torch.log2(found.clamp_min(1) / f0)


@pytest.mark.parametrize("midi", [36, 53, 69, 84])
def test_the_comb_is_the_spectrum_of_a_harmonic_tone(midi):
    f0 = hertz(torch.tensor([midi]))
    tone = harmonic_tone(float(f0), 16384, slope=0.0, decay=0.0) / 0.2
    # what is measured over a steady stretch, against the closed form
    measured = ((to_mel(tone[None]) * SCALE + CENTRE)[0, :, 6:-6].exp().mean(1)).log()
    comb = harmonic_log_mel(f0)[0]
    clear = comb > comb.max() - 4
    assert (measured - comb)[clear].abs().mean() < 0.03


def test_combs_of_neighbouring_pitches_differ_and_an_octave_shares_its_harmonics():
    combs = harmonic_comb(hertz(torch.arange(60, 85)))
    assert combs.min() >= -1 and combs.max() <= 1
    assert (combs[1:] - combs[:-1]).abs().amax(1).min() > 0.3
    # every peak of the upper octave's comb is a peak of the lower one's
    assert (combs[0][combs[12] > 0.9] > 0.7).all()


@pytest.mark.parametrize("shape", [(1, 80, 128), (3, 80, 40)])
def test_the_untrained_vocoder_sounds_at_f0_and_follows_the_spectrum(shape):
    torch.manual_seed(0)
    f0 = hertz(torch.tensor([36.0, 57.0, 84.0][: shape[0]]))
    waves = torch.stack([harmonic_tone(float(f), shape[2] * 256) for f in f0])
    mel = to_mel(waves)
    assert mel.shape == shape
    vocoder = Vocoder(width=16, blocks=1).eval()
    with torch.inference_mode():
        made = vocoder(mel, f0, torch.randn(len(f0), waves.shape[1]))
    assert made.shape == waves.shape
    assert cents(made, f0).abs().max() < 5
    # within 1 dB (0.115 nats) on average, where a flat spectrum is several nats off
    assert (to_mel(made) - mel).abs().mean() * SCALE < 0.115


def test_the_vocoder_follows_f0_and_not_the_spectrum_alone():
    mel = to_mel(harmonic_tone(220.0, 32768)[None])
    f0 = torch.tensor([233.0])
    with torch.inference_mode():
        made = Vocoder(width=16, blocks=1).eval()(mel, f0, torch.zeros(1, 32768))
    assert cents(made, f0).abs().max() < 5


def test_vocoder_excitation_is_the_sum_of_all_harmonics_below_nyquist():
    f0 = torch.tensor([70.0, 999.0])
    made = Vocoder(width=16, blocks=1).excitation(f0, 4096)
    t = torch.arange(-512, 4096 + 512, dtype=torch.float64) / RATE
    for i, f in enumerate(f0.double()):
        k = torch.arange(1, math.ceil(RATE / 2 / float(f)), dtype=torch.float64).unsqueeze(1)
        exact = torch.cos(2 * math.pi * f * k * t + math.pi * k * k / 256).sum(0)
        assert (made[i] - exact).square().mean() < 1e-6 * exact.square().mean()


def test_vocoder_items_are_independent_and_repeatable():
    torch.manual_seed(1)
    vocoder = Vocoder(width=16, blocks=2).eval()
    torch.nn.init.normal_(vocoder.last.weight, std=0.2)
    mel, f0, noise = torch.rand(3, 80, 24) - 0.5, torch.tensor([80.0, 500.0, 130.8]), torch.randn(3, 24 * 256)
    with torch.inference_mode():
        together = vocoder(mel, f0, noise)
        assert torch.equal(together, vocoder(mel, f0, noise))
        for i in range(3):
            alone = vocoder(mel[i : i + 1], f0[i : i + 1], noise[i : i + 1])[0]
            assert torch.allclose(alone, together[i], atol=1e-4 * float(together[i].abs().max()))
        assert not torch.allclose(vocoder(mel, f0, torch.zeros_like(noise)), together, atol=1e-3)


def test_every_part_of_the_vocoder_learns():
    torch.manual_seed(2)
    vocoder = Vocoder(width=16, blocks=1)
    torch.nn.init.normal_(vocoder.last.weight, std=0.1)
    made = vocoder(torch.rand(2, 80, 16) - 0.5, torch.tensor([100.0, 300.0]), torch.randn(2, 16 * 256))
    (to_mel(made) ** 2).mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in vocoder.parameters())


def test_griffin_lim_is_repeatable_and_keeps_the_spectrum():
    wave = harmonic_tone(262.0, 16384)[None]
    mel = to_mel(wave)
    made = griffin_lim(mel, iterations=16)
    assert made.shape == wave.shape and torch.equal(made, griffin_lim(mel, iterations=16))
    better, worse = ((to_mel(griffin_lim(mel, iterations=n)) - mel).abs().mean() for n in (16, 0))
    assert better < 0.7 * worse
    assert torch.allclose(griffin_lim(torch.cat([mel, mel - 0.1]), iterations=16)[0], made[0], atol=1e-3)


def test_the_generator_puts_the_comb_where_the_pitch_is_asked():
    torch.manual_seed(3)
    generator = MelGenerator(widths=(16, 16, 16, 8, 8), style_width=16).eval()
    with torch.no_grad():  # an end that passes the comb on
        generator.last.weight.zero_()
        generator.last.bias.copy_(torch.tensor([0.0, 0.5]))
    condition = torch.tensor([[0, 0], [12, 24], [5, 48]])
    mel = generator(torch.rand(3, 64) * 2 - 1, condition)
    assert mel.shape == (3, 80, 128)
    combs = harmonic_comb(hertz(36 + torch.arange(49)))
    likeness = torch.corrcoef(torch.cat([mel.mean(2), combs]))[:3, 3:]
    assert likeness.argmax(1).tolist() == condition[:, 1].tolist()


def test_generator_items_are_independent_conditions_count_and_steering_moves():
    torch.manual_seed(4)
    generator = MelGenerator(widths=(16, 16, 16, 8, 8), style_width=16, steering=2).eval()
    latent, condition = torch.rand(3, 64) * 2 - 1, torch.tensor([[1, 10], [1, 10], [7, 40]])
    together = generator(latent, condition)
    assert torch.allclose(generator(latent[1:2], condition[1:2])[0], together[1], atol=1e-5)
    assert together.min() >= -1
    other = condition.clone()
    other[:, 0] = 2
    assert (generator(latent, other) - together).abs().amax((1, 2)).min() > 1e-3
    generator.directions[1] = torch.randn(generator.directions.shape[1])
    assert torch.allclose(generator(latent, condition, torch.zeros(3, 2)), together, atol=1e-6)
    assert (generator(latent, condition, torch.tensor([[0.0, 1.0]] * 3)) - together).abs().amax((1, 2)).min() > 1e-3


def test_the_critic_scores_pairs_alone_and_items_under_each_condition():
    torch.manual_seed(5)
    critic = MelCritic(channels=4)
    mel, condition = torch.rand(4, 80, 128) * 2 - 1, torch.tensor([[0, 0], [1, 20], [12, 48], [3, 9]])
    features = critic.features(mel)
    scores = critic.head(features, condition)
    assert features.shape == (4, 256 + 16 * 80) and scores.shape == (4,)
    assert torch.allclose(critic.head(critic.features(mel[2:]), condition[2:]), scores[2:], atol=1e-5)
    assert (critic.head(features[[0, 2]], condition[[0, 2]])[0] - scores[0]).abs() > 1e-5, "it does not hear the neighbour"
    for column in range(2):
        other = condition.clone()
        other[:, column] = 7
        assert (critic.head(features, other) - scores).abs().min() > 1e-5


def test_the_pitch_reaches_the_critic_through_the_comb_alone_too():
    torch.manual_seed(6)
    critic = MelCritic(channels=4)
    torch.nn.init.zeros_(critic.project.head.embed.tables[1].weight)
    features = critic.features(torch.rand(1, 80, 128)).expand(98, -1)
    condition = torch.stack([torch.zeros(98, dtype=torch.int64), torch.arange(98) // 2], 1)
    scores = critic.head(features, condition)[::2]
    assert len(scores.detach().mul(1e5).round().unique()) > 40


def test_the_judge_gives_logits_of_family_and_pitch():
    judge = NoteJudge(families=13, pitches=49, width=4).eval()
    family, pitches = judge(torch.rand(2, 80, 128))
    assert family.shape == (2, 13) and pitches.shape == (2, 49)
    assert judge.features(torch.rand(2, 80, 128)).shape == (2, 128)
