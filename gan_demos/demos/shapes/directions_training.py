"""Named directions: moves in latent space along which a shape gets wider, higher, deeper, or stands on longer legs.

Found after training, for each kind by itself, by regression: latents are drawn, what they become is measured (`measuring`), and a ridge
regression says how each quantity follows from the latent. The direction of a quantity is the shortest move that changes it, as the
regression has it, while the others stay; where that does not work it is a longer or a plain one. What counts is the check on other seeds: a
direction is kept only where the slider's position and what is measured agree in rank.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ... import checkpoints
from ...metrics.audio import monotonicity
from . import latents, measuring
from .meshing import EmptyShapeError
from .networks import NETWORKS
from .vocabulary import CLASSES, DIRECTIONS

SAMPLES = 2000  # shapes of each kind that the regression sees; with 800 a chair's width was mostly noise
# How far it is from the middle of a slider to its end: in spreads of the quantity, as the regression has it; and at most, as a share of a
# latent's usual length, for a longer move would leave what the generator knows. The first is tried first.
REACHES = ((1.8, 0.6), (2.5, 0.8))
LEAST_SPREAD = 0.01  # of a quantity, as a share of the cube's side: what hardly varies has no direction
CHECKED, PLACES = 32, 7  # seeds, and positions of the slider, that a direction is held to
KEPT, ENOUGH = 0.82, 0.95  # rank correlation from which on a direction is kept, and no other tried
# The same on further seeds, three times as many, for the best of several looks better than it is; the bar on still others is 0.7.
SURE = 0.75
BATCH = 25
LEGLESS = ("airplane", "bathtub", "dresser", "lamp", "monitor", "toilet")  # kinds whose undersides are no legs


def add(name: str, folder: Path, seed: int = 0) -> None:
    """Find the directions of the checkpoint `name` that lies in `folder`, and write them into its config; its weights stay as they are."""
    config = json.loads((folder / checkpoints.CONFIG_FILE).read_text(encoding="utf-8"))
    own = config.pop(checkpoints.OWN_KEY)
    generator = NETWORKS[own["network"]].from_pretrained(folder).float().eval()
    with torch.autocast("cpu", torch.bfloat16):  # twice as fast; the card's numbers are of full precision
        directions, correlations = learn(generator, [*CLASSES[name]][: generator.classes], seed)
    packed = {kind: {key: latents.pack(one) for key, one in some.items()} for kind, some in directions.items()}
    extra = own["extra"] | {"directions": packed, "rank_correlations": correlations}
    checkpoints.save(folder, name, "shapes", own["network"], generator, config, extra)


@torch.inference_mode()
def learn(generator: nn.Module, kinds: Sequence[str], seed: int = 0) -> tuple[dict[str, dict[str, Tensor]], dict[str, dict[str, float]]]:
    """For each kind the directions that hold on other seeds, by name, each (latent_dim,), and their rank correlations there."""
    found, correlations = {}, {}
    for label, kind in enumerate(kinds):
        latent, sizes = sample(generator, label, SAMPLES, seed)
        names = [name for name in DIRECTIONS if name != "legs" or kind not in LEGLESS]
        candidates = regressed(latent, sizes, names)
        found[kind], correlations[kind] = {}, {}
        for name in names:
            for directions in candidates:
                if name not in directions or correlations[kind].get(name, 0) >= ENOUGH:
                    continue
                agreement = rank_correlation(generator, label, {name: directions[name]}, name, seed + 1, CHECKED)
                if agreement >= KEPT and agreement > correlations[kind].get(name, 0):
                    found[kind][name], correlations[kind][name] = directions[name], round(agreement, 3)
            if name in found[kind] and rank_correlation(generator, label, found[kind], name, seed + 2, 3 * CHECKED) < SURE:
                del found[kind][name], correlations[kind][name]
    return found, correlations


def sample(generator: nn.Module, label: int, count: int, seed: int) -> tuple[Tensor, dict[str, NDArray[np.float64]]]:
    """Latents (n, latent_dim) of one class and what is measured on their shapes, each (n,); empty shapes are left out."""
    latent = torch.randn(count, generator.latent_dim, generator=torch.Generator().manual_seed(7919 * seed + label))
    rows = measure(generator, latent, label)
    kept = [i for i, row in enumerate(rows) if row is not None]
    return latent[kept], {name: np.array([rows[i][name] for i in kept]) for name in DIRECTIONS}


def measure(generator: nn.Module, latent: Tensor, label: int) -> list[dict[str, float] | None]:
    """What is measured on the shape of each of the latents (N, latent_dim) of one class; None for an empty one."""
    device = next(generator.parameters()).device
    condition = nn.functional.one_hot(torch.tensor([label]), generator.classes).float().to(device)
    rows: list[dict[str, float] | None] = []
    for part in latent.split(BATCH):
        for shape in generator(part.to(device), condition.expand(len(part), -1)).float().cpu().numpy():
            try:
                rows.append(measuring.measured(shape))
            except EmptyShapeError:
                rows.append(None)
    return rows


def regressed(latent: Tensor, sizes: Mapping[str, NDArray[np.float64]], names: Sequence[str]) -> list[dict[str, Tensor]]:
    """Directions for those of `names` that vary, each (latent_dim,): first such as leave the others alone, then the plain ones, both as far
    as `REACHES` has it."""
    names = [name for name in names if len(latent) > 1 and sizes[name].std() >= LEAST_SPREAD]
    if not names:
        return []
    wanted = torch.tensor(np.stack([(sizes[name] - sizes[name].mean()) / sizes[name].std() for name in names], 1))  # (N, Q)
    given = latent.double() - latent.double().mean(0)
    gram = given.T @ given + latent.shape[1] * torch.eye(latent.shape[1], dtype=torch.float64)
    slopes = torch.linalg.solve(gram, given.T @ wanted)  # (D, Q): spreads of each quantity for each unit of the latent
    among = slopes.T @ slopes
    among += 1e-3 * among.diagonal().mean() * torch.eye(len(names), dtype=torch.float64)
    alone = torch.linalg.solve(among, slopes.T)  # (Q, D): one spread of one quantity, none of the others
    plain = (slopes / slopes.square().sum(0)).T
    return [
        {name: _bounded(reach * row, longest) for name, row in zip(names, rows, strict=True)}
        for rows in (alone, plain)
        for reach, longest in REACHES
    ]


def rank_correlation(
    generator: nn.Module, label: int, directions: Mapping[str, Tensor], name: str, seed: int, count: int
) -> float:
    """Mean over seeds of Spearman's rank correlation between the position of the slider `name` and what is measured. Seeds with an empty
    shape on their way count as 0."""
    start = torch.randn(count, generator.latent_dim, generator=torch.Generator().manual_seed(104729 * seed + label))
    places = torch.linspace(-1, 1, PLACES)
    moved = torch.stack([latents.steered(start, directions, {name: float(place)}) for place in places], 1)  # (S, P, D)
    rows = measure(generator, moved.flatten(0, 1), label)
    values = np.array([np.nan if row is None else row[name] for row in rows]).reshape(count, PLACES)
    values[np.isnan(values).any(1)] = 0  # a constant row
    return monotonicity(places.numpy(), values)


def _bounded(direction: Tensor, longest: float) -> Tensor:
    """No longer than this share of a latent's usual length, and rounded as it will be stored."""
    longest *= len(direction) ** 0.5
    return latents.unpack(latents.pack(direction.float() * min(1.0, longest / max(float(direction.norm()), 1e-9))))
