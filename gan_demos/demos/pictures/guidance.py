"""CLIP guidance: gradient steps on the latent of one picture, and only on the latent, towards what fits the prompt better.

After FuseDream (Liu et al. 2021, https://arxiv.org/abs/2112.01573): the gradient is not that of the picture itself but of a version
of it that was moved and recoloured a little at random, so that it asks for what survives that and not for what only deceives CLIP.
"""

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import clip
from .drawing import Item


@dataclass(frozen=True)
class Settings:
    """How guidance climbs. Lengths in the latent are in units of its own root mean square.

    rate: length of a step. momentum: share of the last step that the next one keeps. reach: how far from the start a strength of 1 may
    go. pull: weight of the squared distance from the start, against the cosine. views: changed versions whose mean gradient is a
    step's. shift, scale, colour: how much those are moved (share of the side), magnified (share) and recoloured (share of
    brightness and of contrast) at most.
    """

    rate: float = 0.03
    momentum: float = 0.8
    reach: float = 0.2
    pull: float = 0.1
    views: int = 1
    shift: float = 0.08
    scale: float = 0.1
    colour: float = 0.1


SETTINGS = Settings()


def augment(pictures: Tensor, source: torch.Generator, settings: Settings = SETTINGS) -> Tensor:
    """Each of (B, 3, H, W) in [0, 1] moved, magnified and recoloured a little, by random numbers from `source` (of the CPU).

    Differentiable. What comes in from outside is the edge going on: emoji stand on white.
    """
    count = len(pictures)
    draw = torch.rand(5, count, generator=source) * 2 - 1  # in [-1, 1]
    size = 1 + settings.scale * draw[0]
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = size
    matrix[:, :, 2] = 2 * settings.shift * draw[1:3].T  # the grid is 2 wide
    grid = F.affine_grid(matrix.to(pictures), list(pictures.shape), align_corners=False)
    moved = F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
    contrast = (1 + settings.colour * draw[3]).to(pictures).view(-1, 1, 1, 1)
    brightness = (settings.colour * draw[4]).to(pictures).view(-1, 1, 1, 1)
    return ((moved - 0.5) * contrast + 0.5 + brightness).clamp(0, 1)


class Climb:
    """The point that guidance has reached: a latent (1, L) near its start."""

    def __init__(self, start: Tensor, strength: float, settings: Settings) -> None:
        self.start, self.point, self.settings = start, start.clone(), settings
        self.unit = start.square().mean().sqrt().clamp_min(1e-6)
        self.radius = strength * settings.reach * self.unit
        self.velocity = torch.zeros_like(start)

    def step(self, gradient: Tensor) -> None:
        """One step along `gradient` (1, L) of the cosine, drawn back towards the start and kept within reach of it."""
        away = self.point - self.start
        # The gradient of the squared distance, in units of the latent
        slope = gradient - self.settings.pull * 2 * away / (self.unit**2 * away.numel())
        length = slope.square().mean().sqrt().clamp_min(1e-12)
        kept = self.settings.momentum
        self.velocity = kept * self.velocity + (1 - kept) * slope / length
        away = away + self.settings.rate * self.unit * self.velocity
        far = away.square().mean().sqrt()
        self.point = self.start + away * (self.radius / far).clamp_max(1.0) if far > 0 else self.start.clone()


def ascend(
    model: str, scorer: str, scoring_model: str, item: Item, target: tuple[str, Tensor], steps: int, strength: float, seed: int,
    models: Any, settings: Settings = SETTINGS,
) -> Iterator[dict[str, Tensor] | None]:  # fmt: skip
    """A long job for `Engine.run_job`: the picture before and after each of `steps` steps as {"latent" (L,), "picture" (128, 128, 3) uint8,
    "score" ()}, the cosine of the unfiltered picture; None between the parts of a step: others need not wait for a whole one.

    model: the generator; scorer: the name of the CLIP that guides, which is `scoring_model` in the engine if it is ours; target: the text
    and its embedding (256,) by ours. No step depends on how many there are to be: the first n of many are the n of a shorter run.
    """
    source = torch.Generator().manual_seed(seed)
    inputs = {name: value[None].to(models.device) for name, value in item.inputs().items()}
    climb = Climb(inputs.pop("latent"), strength, settings)
    goal = _goal(scorer, target, models)
    for number in range(steps + 1):
        latent = climb.point.detach().requires_grad_()
        with _halves(models.device):
            picture = models.call(model, method="draft", latent=latent, **inputs)["picture"]  # (1, 3, 128, 128)
        yield None
        shown = picture.detach().requires_grad_()
        with torch.no_grad():
            (score,) = _look(scorer, scoring_model, shown, models) @ goal
        levels = (shown.detach()[0] * 255).round().to(torch.uint8).permute(1, 2, 0)
        found = {"latent": climb.point[0], "picture": levels, "score": score}
        if number < steps:
            yield None
            views = torch.cat([augment(shown, source, settings) for _ in range(settings.views)])
            cosines = _look(scorer, scoring_model, views, models) @ goal  # (views,)
            yield None
            (wanted,) = torch.autograd.grad(cosines.mean(), shown)
            yield None
            (gradient,) = torch.autograd.grad(picture, latent, wanted)
            climb.step(gradient)
        yield found


def slices(steps: int) -> int:
    """How many slices `ascend` has: the last look at a picture is not followed by a step."""
    return 5 * steps + 2


def _halves(device: torch.device | str) -> AbstractContextManager[Any]:
    """Half precision (bf16) for the way from the latent to the picture, on processors that compute with it: there it takes two thirds of
    the time. Elsewhere it would be slower, and what is drawn in the end is drawn in fp32."""
    able = torch.device(device).type == "cpu" and _bf16_on_cpu()
    return torch.autocast("cpu", torch.bfloat16) if able else nullcontext()


@functools.cache
def _bf16_on_cpu() -> bool:
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # not in older versions
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _goal(scorer: str, target: tuple[str, Tensor], models: Any) -> Tensor:
    """The embedding of the text, (D,), by the CLIP that guides."""
    text, sentence = target
    if scorer == clip.MODEL:
        return sentence.to(models.device)
    with torch.no_grad():
        return clip.scoring.load_scorer(scorer, str(models.device)).encode_text([text])[0].float()


def _look(scorer: str, scoring_model: str, pictures: Tensor, models: Any) -> Tensor:
    """Embeddings (B, D) of pictures (B, 3, H, W) in [0, 1], by the CLIP that guides, which prepares them as it was trained."""
    if scorer == clip.MODEL:
        return models.call(scoring_model, image=pictures)
    return clip.scoring.load_scorer(scorer, str(models.device)).encode_images(pictures).float()
