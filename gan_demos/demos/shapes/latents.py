"""Where a shape lies in a model's latent space: seeds, named directions, and the ways between shapes."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...demo import Context
from .vocabulary import CLASSES, CODED

AMOUNTS = (1.0, 0.75, 0.5, 0.25)  # of a - b that are tried, from the whole of it, until there is something to see
SEEDS = 1 << 32
STRIDE = 1_000_003  # from the seed of an empty shape to the one that stands in for it: far from the seeds a person tries


def noise(seed: int, size: int) -> Tensor:
    """The latent (size,) of a seed, standard normal, drawn on the CPU: it depends on its seed and on nobody's batch."""
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def stand_in(seed: int, attempt: int) -> int:
    """The seed that is drawn where `attempt` shapes before, the seed's own among them, came out empty."""
    return (seed + attempt * STRIDE) % SEEDS


def weights(model: str, kind: str) -> Tensor:
    """The condition (classes,) of a kind."""
    found = torch.zeros(len(CLASSES[model]))
    found[list(CLASSES[model]).index(kind)] = 1
    return found


def steered(latent: Tensor, directions: Mapping[str, Tensor], positions: Mapping[str, float | Tensor]) -> Tensor:
    """Latents (…, D) moved along named directions (…, D), each as far as its position says, and brought back to the length that they had:
    latents of another length are ones that the generator was never trained on."""
    moved = latent
    for name, position in positions.items():
        moved = moved + position * directions[name]
    length = moved.norm(dim=-1, keepdim=True)
    return torch.where(length > 1e-6, moved * latent.norm(dim=-1, keepdim=True) / length.clamp_min(1e-6), moved)


def pack(direction: Tensor) -> str:
    """A direction (D,) as text for a checkpoint's config: its float16 values, little-endian, in base64."""
    return base64.b64encode(direction.numpy().astype("<f2").tobytes()).decode("ascii")


def unpack(text: str) -> Tensor:
    """The way back: (D,) float32."""
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32))


def directions_of(extra: Mapping[str, Any], kind: str) -> dict[str, Tensor]:
    """The directions that a checkpoint's extra holds for a kind, by name; none for a checkpoint whose directions were never learned."""
    return {name: unpack(text) for name, text in extra.get("directions", {}).get(kind, {}).items()}


class LatentSpace:
    """Places are a latent and the weights of the classes side by side: (D + classes,). Ways between latents follow the arc between them,
    because nearly all latents of the training have one length."""

    def __init__(self, context: Context, model: str) -> None:
        self.context, self.model, self.size = context, model, context.extra(model)["latent_dim"]

    def places(self, latents: Sequence[Tensor], conditions: Sequence[Tensor]) -> list[Tensor]:
        """The place of each latent (D,) with its condition (classes,)."""
        return [torch.cat(pair) for pair in zip(latents, conditions, strict=True)]

    def shapes(self, places: Sequence[Tensor]) -> list[NDArray[np.float32]]:
        """What lies there: soft occupancy (R, R, R), or points (N, 3)."""
        items = [{"latent": place[: self.size].contiguous(), "condition": place[self.size :].contiguous()} for place in places]
        made = self.context.engine.call_many(self.context.model(self.model), items, owner=self.context.owner)
        return [one.numpy() for one in made]

    def between(self, a: Tensor, b: Tensor, shares: Sequence[float]) -> list[Tensor]:
        """Places from a (share 0) to b (share 1): latents along the arc, their length and the classes' weights straight."""
        (z, here), (to, there) = (place.split([self.size, len(place) - self.size]) for place in (a, b))
        return [torch.cat([_arc(z, to, share), torch.lerp(here, there, share)]) for share in shares]

    def sum(self, a: Tensor, b: Tensor, c: Tensor, amount: float = 1.0) -> Tensor:
        """amount · (a - b) + c. The latent is no longer than the longest of the three, and the weights of the classes are those above 0,
        scaled to a sum of 1: the generator knows mixtures of classes, and no class less than none."""
        total = amount * (a - b) + c
        latent, condition = total[: self.size], total[self.size :].clamp_min(0)
        longest = max(float(place[: self.size].norm()) for place in (a, b, c))
        latent = latent * min(1.0, longest / max(float(latent.norm()), 1e-6))
        return torch.cat([latent, condition / condition.sum()])


class CodeSpace(LatentSpace):
    """Places are codes of the autoencoder, of mean 0 and spread 1: the l-GAN's paper adds and mixes shapes there, in straight lines."""

    def places(self, latents: Sequence[Tensor], conditions: Sequence[Tensor]) -> list[Tensor]:
        items = [{"latent": z, "condition": c} for z, c in zip(latents, conditions, strict=True)]
        return self.context.engine.call_many(self.context.model(self.model), items, method="normal_code", owner=self.context.owner)

    def shapes(self, places: Sequence[Tensor]) -> list[NDArray[np.float32]]:
        items = [{"normal": place} for place in places]
        made = self.context.engine.call_many(self.context.model(self.model), items, method="decode_normal", owner=self.context.owner)
        return [one.numpy() for one in made]

    def between(self, a: Tensor, b: Tensor, shares: Sequence[float]) -> list[Tensor]:
        return [torch.lerp(a, b, share) for share in shares]

    def sum(self, a: Tensor, b: Tensor, c: Tensor, amount: float = 1.0) -> Tensor:
        return amount * (a - b) + c


def space(context: Context, model: str) -> LatentSpace:
    """Where shapes of a model are mixed and added."""
    return (CodeSpace if model in CODED else LatentSpace)(context, model)


def _arc(a: Tensor, b: Tensor, share: float) -> Tensor:
    """A latent on the arc from a to b, its length blended too (Shoemake 1985); straight where they point almost the same way."""
    lengths = a.norm(), b.norm()
    if min(lengths) < 1e-6:
        return torch.lerp(a, b, share)
    angle = torch.arccos((a @ b / (lengths[0] * lengths[1])).clamp(-1, 1))
    if angle < 1e-3 or angle > 3.1:
        return torch.lerp(a, b, share)
    arc = (torch.sin((1 - share) * angle) * a / lengths[0] + torch.sin(share * angle) * b / lengths[1]) / torch.sin(angle)
    return arc * torch.lerp(lengths[0], lengths[1], share)
