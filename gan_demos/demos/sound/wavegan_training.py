"""Training of the WaveGAN checkpoints: data, critics, augmentation and held-out measures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn

from ... import checkpoints
from ...data import audio
from ...metrics.audio import accuracy, broken_share, frechet_distance, inception_score, spread_within
from ...metrics.audio_classifier import SpectrogramClassifier, probabilities
from ...training.loop import GANTask
from .networks import SpectrogramCritic, WaveCritic, WaveGANGenerator


@dataclass(frozen=True)
class Family:
    """One WaveGAN checkpoint: its clips, its generator's constructor arguments, its spectrogram critic and the judge of its first
    condition."""

    clips: Callable[[str], audio.Clips]
    arguments: dict
    n_fft: int
    hop: int
    judge: str
    critic_channels: int = 16
    batch: int = 32
    gamma: float = 0.02  # the log spectrum has steep gradients: with 1 the critics give up telling anything apart
    mismatch: float = 0.25


FAMILIES = {
    "wavegan-digits": Family(
        audio.digits,
        {"latent_dim": 100, "channels": 24, "strides": [4, 4, 4, 4, 2], "condition_sizes": [10, 5], "style_width": 128},
        256,
        64,
        "judge-digits",
    ),
    "wavegan-drums": Family(
        audio.drums,
        {"latent_dim": 100, "channels": 16, "strides": [4, 4, 4, 4, 4], "condition_sizes": [len(audio.DRUM_KINDS)], "style_width": 128},
        512,  # a kick lives below 60 Hz
        256,
        "judge-drums",
        critic_channels=12,
        mismatch=0.0,  # kinds overlap: punishing what might be another kind leaves one typical hit of each
    ),
}


def load_judge(name: str) -> SpectrogramClassifier:
    return checkpoints.load(name, {"SpectrogramClassifier": SpectrogramClassifier})


def draw(generator: nn.Module, condition: Tensor, rng: torch.Generator | None = None, steer: Tensor | None = None) -> Tensor:
    """Clips (B, L) for conditions (B, K), latents uniform in [-1, 1]."""
    latent = torch.rand(len(condition), generator.latent_dim, generator=rng, device=condition.device if rng is None else "cpu") * 2 - 1
    return generator(latent.to(condition.device), condition, steer)


def augment(wave: Tensor) -> Tensor:
    """Random sign, level (±2 dB) and time shift (±1/64 of the clip, zeros moved in) per item, and a whiff of noise; differentiable."""
    batch, length = wave.shape
    reach = length // 64
    start = torch.randint(0, 2 * reach + 1, (batch, 1), device=wave.device)
    index = start + torch.arange(length, device=wave.device)
    shifted = torch.nn.functional.pad(wave, (reach, reach)).gather(1, index)
    sign = torch.randint(0, 2, (batch, 1), device=wave.device) * 2 - 1
    level = 10 ** ((torch.rand(batch, 1, device=wave.device) * 4 - 2) / 20)
    return shifted * sign * level + 0.001 * torch.randn_like(wave)


@torch.inference_mode()
def generate_like(generator: nn.Module, labels: Tensor, seed: int, batch: int = 50) -> Tensor:
    """One clip (N, L) for each row of labels (N, K), on the generator's device, from one seed."""
    rng = torch.Generator().manual_seed(seed)
    device = next(generator.parameters()).device
    return torch.cat([draw(generator, part.to(device), rng).float().cpu() for part in labels.split(batch)])


@torch.inference_mode()
def judge_features(judge: SpectrogramClassifier, waves: Tensor) -> np.ndarray:
    return torch.cat([judge.features(judge.spectrogram(w)) for w in waves.split(100)]).double().numpy()


def measure(generator: nn.Module, judge: SpectrogramClassifier, labels: Tensor, real: np.ndarray, seed: int) -> dict:
    """Judge accuracy, Inception Score, Fréchet distance to real judge features, share of broken clips, for clips of `labels` drawn
    from `seed`."""
    waves = generate_like(generator, labels, seed)
    p = probabilities(judge, waves)
    features = judge_features(judge, waves)
    return {
        "accuracy": accuracy(p, labels[:, 0]),
        "inception_score": inception_score(p),
        "frechet": frechet_distance(features, real),
        "spread": spread_within(features, labels),
        **broken_share(waves),
    }


def write_samples(generator: nn.Module, labels: Tensor, rate: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    waves = generate_like(generator, labels, 0).numpy()
    soundfile.write(folder / "grid.wav", np.concatenate([np.pad(w, (0, rate // 10)) for w in waves]), rate)


def pair_sampler(labels: Tensor, weights: Tensor) -> Callable[[int], Tensor]:
    """count -> indices (count,) of items, 2k and 2k + 1 of one condition (the same row of labels (N, K)); weights (N,) choose the
    first of each."""
    group = labels.unique(dim=0, return_inverse=True)[1]
    order, sizes = group.argsort(stable=True), group.bincount()
    starts = sizes.cumsum(0) - sizes

    def draw_pairs(count: int) -> Tensor:
        first = torch.multinomial(weights, count // 2)
        size, start = sizes[group[first]], starts[group[first]]
        second = order[start + (torch.rand(len(first)) * size).long().clamp(max=size - 1)]
        return torch.stack([first, second], dim=1).flatten()

    return draw_pairs


def task(name: str, device: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The adversarial game of one WaveGAN checkpoint; class-balanced batches in pairs of one condition."""
    family = FAMILIES[name]
    torch.manual_seed(seed)
    clips, test = family.clips("train"), family.clips("test")
    waves, labels = torch.from_numpy(clips.waves), torch.from_numpy(clips.labels)
    sizes, length = family.arguments["condition_sizes"], waves.shape[1]
    weights = 1 / torch.bincount(labels[:, 0], minlength=sizes[0]).clamp_min(1).sqrt()[labels[:, 0]]
    judge = load_judge(family.judge)
    asked = torch.from_numpy(test.labels).repeat(max(1, 500 // len(test)), 1)
    real = judge_features(judge, torch.from_numpy(np.concatenate([test.waves, clips.waves])))

    critics = [
        WaveCritic(length, family.critic_channels, tuple(family.arguments["strides"]), tuple(sizes)),
        SpectrogramCritic(length, family.n_fft, family.hop, 24, tuple(sizes)),
    ]
    pairs = pair_sampler(labels, weights)

    def batch() -> tuple[Tensor, Tensor]:
        pick = pairs(family.batch)
        return waves[pick], labels[pick]

    def wrong(condition: Tensor) -> Tensor:
        """The same rows with the first condition (what is said, what is hit) changed to another value."""
        other = condition.clone()
        step = torch.randint(1, sizes[0], (len(condition),), device=condition.device)
        other[:, 0] = (condition[:, 0] + step) % sizes[0]
        return other

    def evaluate(generator: nn.Module) -> dict:
        metrics = measure(generator, judge, asked, real, seed=1234)
        return metrics | {"score": -metrics["frechet"]}

    return GANTask(
        generator=WaveGANGenerator(**family.arguments),
        critics=critics,
        batch=batch,
        generate=draw,
        evaluate=evaluate,
        samples=lambda generator, folder: write_samples(
            generator, torch.from_numpy(test.labels[:: max(1, len(test) // 30)]), clips.rate, folder
        ),
        save=save,
        augment=augment,
        wrong=wrong if family.mismatch else None,
        settings={"gamma": family.gamma, "mismatch": family.mismatch},
    )
