"""Held-out measures of the WaveGAN checkpoints, each with its value on real clips, over three seeds."""

import numpy as np
import torch
from torch import Tensor

from ... import checkpoints
from ...data.audio import Clips
from ...dsp import upsample2
from ...metrics.audio import accuracy, broken_share, frechet_distance, inception_score, monotonicity, spread_within
from ...metrics.audio_classifier import probabilities
from ...training.card import summary
from . import rhythm
from .networks import SpectrogramCritic, WaveGANGenerator
from .steering import QUANTITIES, quantities
from .wavegan_training import FAMILIES, Family, draw, generate_like, judge_features, load_judge, pair_sampler

SEEDS = (0, 1, 2)
# published numbers on SC09, whose clips are harder than these: WaveGAN's Inception Score is 4.67 of the real clips' 9.18, SpecGAN's 6.03
PUBLISHED_SHARE = 4.67 / 9.18


def wavegan_metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of a WaveGAN checkpoint; see training.card.summary for their form."""
    family = FAMILIES[name]
    generator = checkpoints.load(name, {"WaveGANGenerator": WaveGANGenerator})
    judge = load_judge(family.judge)
    train, test = family.clips("train"), family.clips("test")
    real = torch.from_numpy(test.waves)
    labels = torch.from_numpy(test.labels)
    asked = labels.repeat(max(1, round(1000 / len(labels))), 1)
    p_real, f_real = probabilities(judge, real), judge_features(judge, real)
    f_train = judge_features(judge, torch.from_numpy(train.waves))
    drawn = [as_heard(name, generate_like(generator, asked, seed), train.rate) for seed in SEEDS]
    scores = [probabilities(judge, waves) for waves in drawn]
    features = [judge_features(judge, waves) for waves in drawn]
    ceiling = inception_score(p_real)
    digits = name == "wavegan-digits"
    metrics = {
        "recognised as asked": summary(
            [accuracy(p, asked[:, 0]) for p in scores], accuracy(p_real, labels[:, 0]), "≥ 0.85" if digits else None
        ),
        "Inception Score": summary([inception_score(p) for p in scores], ceiling),
        "Inception Score, share of real": summary(
            [inception_score(p) / ceiling for p in scores], 1.0, "≥ 0.65 (WaveGAN on SC09: 0.51)" if digits else None
        ),
        "Fréchet distance of judge features": summary([frechet_distance(f, f_train) for f in features], frechet_distance(f_real, f_train)),
        "spread within a class, share of real": summary([spread_within(f, asked) / spread_within(f_real, labels) for f in features], 1.0),
        "outline difference within a class, share of real": summary([outline_share(w, asked, family, train) for w in drawn], 1.0),
        "distance to the nearest training clip": summary([_nearest(f, f_train) for f in features], _nearest(f_real, f_train)),
        "clipped or silent clips": summary([max(broken_share(upsample2(w) if digits else w).values()) for w in drawn], 0.0, "0"),
    }
    for k, quantity in enumerate(QUANTITIES):
        metrics[f"slider {quantity}: rank correlation"] = summary(
            [slider_monotonicity(name, generator, asked, k, train.rate, seed) for seed in SEEDS], None, "≥ 0.8"
        )
    return metrics


@torch.inference_mode()
def slider_monotonicity(
    name: str, generator: WaveGANGenerator, labels: Tensor, index: int, rate: int, seed: int, clips: int = 40, positions: int = 9
) -> float:
    """Mean Spearman correlation between a slider's position and what it is named after, over `clips` clips of one seed."""
    rows = labels[torch.linspace(0, len(labels) - 1, clips).long()]
    places = torch.linspace(-1, 1, positions)
    columns = []
    for place in places:
        steer = torch.zeros(clips, len(QUANTITIES))
        steer[:, index] = place
        rng = torch.Generator().manual_seed(seed)  # the same latents at every position
        columns.append(quantities(as_heard(name, draw(generator, rows, rng, steer), rate), rate)[:, index].numpy())
    return monotonicity(places.numpy(), np.stack(columns, axis=1))


def as_heard(name: str, waves: Tensor, rate: int) -> Tensor:
    """Generated clips (N, L) with the end silenced, and words begun softly, as the app does."""
    gate = rhythm.gate_hit if name == "wavegan-drums" else rhythm.gate_word
    return torch.from_numpy(np.stack([gate(wave, rate) for wave in waves.numpy()]))


def outline_share(waves: Tensor, labels: Tensor, family: Family, train: Clips) -> float:
    """Mean difference in outline (log spectrum in tiles of 8 × 8) of two clips of one condition, over that of two training clips."""
    listener = SpectrogramCritic(waves.shape[1], family.n_fft, family.hop)

    def apart(clips: Tensor, conditions: Tensor) -> float:
        torch.manual_seed(0)
        pick = pair_sampler(conditions, torch.ones(len(conditions)))(2000)
        pick = pick.view(-1, 2)[pick[::2] != pick[1::2]]  # a clip is no partner of itself
        outlines = torch.nn.functional.avg_pool2d(listener.spectrogram(clips), 8)
        return float((outlines[pick[:, 0]] - outlines[pick[:, 1]]).abs().mean())

    return apart(waves, labels) / apart(torch.from_numpy(train.waves), torch.from_numpy(train.labels))


def _nearest(features: np.ndarray, train: np.ndarray) -> float:
    """Mean distance to the nearest training clip: well below the real value would mean memorised clips."""
    square = (features**2).sum(1)[:, None] + (train**2).sum(1)[None] - 2 * features @ train.T
    return float(np.sqrt(np.maximum(square.min(1), 0)).mean())
