import math

import numpy as np
import pytest
import torch

from gan_demos.metrics import audio
from gan_demos.metrics.audio_classifier import SpectrogramClassifier, probabilities, train_classifier


def test_inception_score_of_known_predictions():
    assert audio.inception_score(torch.full((50, 10), 0.1)) == pytest.approx(1)
    assert audio.inception_score(torch.eye(10).repeat(5, 1)) == pytest.approx(10, rel=1e-6)
    assert audio.inception_score(torch.eye(10)[[3] * 20]) == pytest.approx(1)  # sure, but always the same class
    halves = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert audio.inception_score(halves) == pytest.approx(math.exp(math.log(2) - entropy), rel=1e-6)


def test_accuracy_is_the_share_of_right_classes():
    assert audio.accuracy(torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]]), torch.tensor([0, 1, 0, 0])) == 0.75


def test_frechet_distance_of_known_gaussians():
    a = np.random.default_rng(0).normal(size=(400, 6)) * [1, 2, 3, 1, 0.5, 1]
    shift = np.array([1.0, -2, 0, 0, 0.5, 0])
    assert audio.frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert audio.frechet_distance(a, a + shift) == pytest.approx((shift**2).sum(), abs=1e-6)
    centred = a - a.mean(0)
    # covariances C and 4C: tr(C + 4C - 2·2C) = tr C
    assert audio.frechet_distance(centred, 2 * centred) == pytest.approx(np.trace(np.cov(a, rowvar=False)), rel=1e-6)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    b = a * [2, 1, 1, 3, 1, 1] + shift
    assert audio.frechet_distance(a @ rotation, b @ rotation) == pytest.approx(audio.frechet_distance(a, b), rel=1e-6)


def test_frechet_distance_is_small_for_equal_and_large_for_other_distributions():
    rng = np.random.default_rng(0)
    real, again, noise = rng.normal(size=(1000, 8)), rng.normal(size=(1000, 8)), rng.uniform(-4, 4, size=(1000, 8))
    floor = audio.frechet_distance(real, again)
    assert 0 < floor < 0.2
    assert audio.frechet_distance(real, noise) > 20 * floor


def test_broken_share_names_each_kind_of_broken_clip():
    t = torch.arange(800) / 8000
    good = 0.5 * torch.sin(2 * math.pi * 400 * t)
    clipped, touching, silent, broken = good.clone(), good.clone(), good * 1e-3, good.clone()
    clipped[100:103] = -1.0
    touching[100:102] = 1.0
    touching[300:302] = 1.0
    broken[5] = math.nan
    assert audio.broken_share(good[None]) == {"clipped": 0, "silent": 0, "not_finite": 0}
    assert audio.broken_share(touching[None])["clipped"] == 0
    shares = audio.broken_share(torch.stack([good, clipped, silent, broken, torch.zeros(800)]))
    assert shares == pytest.approx({"clipped": 0.2, "silent": 0.4, "not_finite": 0.2})
    assert audio.broken_share(torch.full((1, 800), math.inf))["not_finite"] == 1


def test_monotonicity_of_known_sweeps():
    positions = np.linspace(-3, 3, 9)
    rising, falling, constant = np.exp(positions), -(positions**3), np.full(9, 0.7)
    assert audio.monotonicity(positions, rising[None]) == pytest.approx(1)
    assert audio.monotonicity(positions, falling[None]) == pytest.approx(-1)
    assert audio.monotonicity(positions, constant[None]) == 0
    assert audio.monotonicity(positions, (positions**2)[None]) == pytest.approx(0, abs=1e-9)
    assert audio.monotonicity(positions, np.stack([rising, rising, falling, constant])) == pytest.approx(0.25)


def test_diversity_is_the_mean_distance_of_pairs():
    assert audio.diversity(np.array([[0.0, 0], [3, 4]])) == pytest.approx(5)
    assert audio.diversity(np.array([[0.0, 0], [3, 0], [0, 4]])) == pytest.approx((3 + 4 + 5) / 3)
    assert audio.diversity(np.full((4, 3), 2.0)) == pytest.approx(0, abs=1e-6)


def tones_and_noise(count, seed):
    """Low tones, high tones and noise, of any loudness; waves (3 · count, 2048), labels."""
    draw = torch.Generator().manual_seed(seed)
    t = torch.arange(2048) / 8000
    low = torch.sin(2 * math.pi * (200 + 300 * torch.rand(count, 1, generator=draw)) * t)
    high = torch.sin(2 * math.pi * (1500 + 1500 * torch.rand(count, 1, generator=draw)) * t)
    noise = 0.5 * torch.randn(count, 2048, generator=draw)
    waves = torch.cat([low, high, noise]) * (0.05 + torch.rand(3 * count, 1, generator=draw))
    return waves, torch.arange(3).repeat_interleave(count)


def test_a_classifier_learns_a_toy_problem():
    torch.manual_seed(0)
    model = SpectrogramClassifier(3, 8000, width=4)
    waves, labels = tones_and_noise(64, seed=1)
    train_classifier(model, waves, labels, minutes=60, epochs=8, batch=24)
    assert not model.training
    held_out, answers = tones_and_noise(40, seed=2)
    shares = probabilities(model, held_out, batch=50)
    assert shares.shape == (120, 3) and torch.allclose(shares.sum(1), torch.ones(120))
    assert audio.accuracy(shares, answers) > 0.9
    assert torch.allclose(probabilities(model, 0.05 * held_out), shares, atol=1e-3)  # loudness does not matter
