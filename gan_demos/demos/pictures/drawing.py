"""From a seed to the numbers that a generator draws from: noise, weights of styles, surprises, variations, and the way between pictures."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .vocabulary import STYLES, SURPRISE

NOISE = 64
SEEDS = 1 << 32
REST = 0.4  # share of a walk's time that it spends at its pictures rather than between them
_LEAST = 0.35  # share of the weaker one of the two styles in a surprise


@dataclass(frozen=True)
class Item:
    """What a generator draws one picture from: `latent` (L,), `style` (9,) that sums to 1, `words` (48, 384) and their `mask` (48,)."""

    latent: Tensor
    style: Tensor
    words: Tensor
    mask: Tensor

    def inputs(self) -> dict[str, Tensor]:
        """As `Engine.call` takes them."""
        return {"latent": self.latent, "style": self.style, "words": self.words, "mask": self.mask}


def noise(seed: int) -> Tensor:
    """The noise (64,) of a picture, standard normal."""
    return torch.randn(NOISE, generator=torch.Generator().manual_seed(seed))


def varied(seed: int, amount: float, number: int) -> Tensor:
    """The noise (64,) of variation `number`: that of the seed, turned by `amount` of a right angle, so that it is as likely as any."""
    fresh = torch.randn(NOISE, generator=_source("variation", seed, number))
    angle = amount * math.pi / 2
    return math.cos(angle) * noise(seed) + math.sin(angle) * fresh


def style_weights(style: str, seed: int) -> Tensor:
    """The weights (9,) of a style; for a surprise two styles that the seed chooses, and how much there is of each."""
    weights = torch.zeros(len(STYLES))
    if style != SURPRISE:
        weights[STYLES.index(style)] = 1.0
        return weights
    source = _source("style", seed)
    first, second = torch.randperm(len(STYLES), generator=source)[:2].tolist()
    weaker = _LEAST + (0.5 - _LEAST) * float(torch.rand((), generator=source))
    weights[first], weights[second] = 1 - weaker, weaker
    return weights


def surprise(seed: int, labels: Sequence[str]) -> str:
    """The concept that the seed draws where a prompt names nothing."""
    return labels[int(torch.randint(len(labels), (), generator=_source("concept", seed)))]


def between(first: Item, second: Item, share: float) -> Item:
    """A mixture: `first` at 0, `second` at 1. Between the two a word is a mixture of those at its place."""
    if share in (0, 1) or first is second:
        return second if share == 1 else first
    latent = torch.lerp(first.latent, second.latent, share)
    style = torch.lerp(first.style, second.style, share)
    return Item(latent, style, torch.lerp(first.words, second.words, share), first.mask | second.mask)


def round_trip(stops: Sequence[Item], frames: int) -> list[Item]:
    """The frames of a walk past `stops` and back to the first, so that it can repeat without a jump."""
    way = []
    for frame in range(frames):
        position = frame * len(stops) / frames
        here = int(position)
        way.append(between(stops[here], stops[(here + 1) % len(stops)], _ease(position % 1)))
    return way


def _ease(share: float) -> float:
    """0 to 1: still for `REST` of the time, half of it at each end, and smooth between (3t² - 2t³)."""
    t = min(1.0, max(0.0, (share - REST / 2) / (1 - REST)))
    return t * t * (3 - 2 * t)


def _source(*key: object) -> torch.Generator:
    """Random numbers of their own for each purpose of a seed; torch uses 32 bits of what it is given."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=4).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest))
