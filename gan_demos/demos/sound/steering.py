"""Named directions: moves in latent and style space along which a generated sound gets brighter, longer or louder.

Learned after training, with the generator frozen, as linear walks (Jahanian et al. 2020, https://arxiv.org/abs/1907.07171):
the direction of a quantity is the one along which the measured quantity changes by the asked amount while the others stay.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...dsp import brightness, duration, loudness
from .mel_networks import BANDS, CENTRE, FLOOR, HOP, RATE, SCALE

QUANTITIES = ("brightness", "length", "loudness")


def quantities(wave: Tensor, rate: int) -> Tensor:
    """(B, L) → (B, 3): log of the spectral centroid in Hz, log of the effective length in seconds, level in dB. Differentiable."""
    return torch.stack([torch.log(brightness(wave, rate) + 1), torch.log(duration(wave, rate) + 1e-3), loudness(wave)], dim=1)


def mel_quantities(mel: Tensor) -> Tensor:
    """The same of log-mel spectrograms (B, 80, T) → (B, 3), from the power above their floor in each band. Differentiable."""
    level = (mel * SCALE + CENTRE).exp() - FLOOR
    power = level.clamp_min(1e-4).square()  # (B, 80, T)
    edge = 2595 * math.log10(1 + RATE / 2 / 700)
    centres = 700 * (10 ** (torch.arange(1, BANDS + 1, device=mel.device) / (BANDS + 1) * edge / 2595) - 1)  # Hz
    total = power.sum((1, 2))
    centroid = (power.sum(2) * centres).sum(1) / total
    times = torch.arange(mel.shape[2], device=mel.device) * HOP / RATE
    length = 2 * (power.sum(1) * times).sum(1) / total
    return torch.stack([torch.log(centroid + 1), torch.log(length + 1e-3), 10 * torch.log10(total)], dim=1)


def learn_directions(
    generator: nn.Module,
    sample: Callable[[int], tuple[Tensor, Tensor]],
    listen: Callable[[Tensor], Tensor],
    steps: int = 240,
    batch: int = 24,
    reach: float = 1.5,
) -> None:
    """Fill `generator.directions` in place, so that steer = ±1 changes a quantity by about `reach` of its own spread over seeds.

    sample(n) -> (latent, condition); listen(output of the generator) -> quantities (B, 3). A quantity's spread is measured around the
    mean of its condition.
    """
    generator.eval().requires_grad_(False)
    with torch.no_grad():
        latent, condition = sample(1)
        repeated = [sample(64)[0] for _ in range(6)]
        conditions = [sample(1)[1].expand(64, -1) for _ in range(6)]
        spread = torch.stack([listen(generator(z, c)).std(0) for z, c in zip(repeated, conditions, strict=True)]).mean(0)  # (3,)
    directions = nn.Parameter(torch.randn(generator.directions.shape) * 1e-3)
    generator.directions = directions.data
    optimizer = torch.optim.Adam([directions], lr=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, 1e-3)
    for _ in range(steps):
        latent, condition = sample(batch)
        which = torch.randint(0, len(QUANTITIES), (batch,))
        position = torch.rand(batch) * 2 - 1
        steer = nn.functional.one_hot(which, len(QUANTITIES)) * position[:, None]  # (B, 3)
        with torch.no_grad():
            before = listen(generator(latent, condition))
        after = listen(steered(generator, directions, latent, condition, steer))
        change = (after - before) / spread  # (B, 3)
        asked = nn.functional.one_hot(which, len(QUANTITIES)).float()
        error = nn.functional.huber_loss(change, steer * reach, reduction="none")
        loss = (error * (asked + 0.2 * (1 - asked))).sum(1).mean() + 1e-3 * directions.square().sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    generator.directions = directions.detach().clone()


def steered(generator: nn.Module, directions: Tensor, latent: Tensor, condition: Tensor, steer: Tensor) -> Tensor:
    """The generator's output with `directions` in place of its own, so that gradients reach them."""
    return torch.func.functional_call(generator, {"directions": directions}, (latent, condition, steer))
