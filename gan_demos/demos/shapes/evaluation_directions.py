"""Do the named directions do what they are called? Measured on seeds that neither found nor chose them."""

from collections.abc import Sequence

import torch

from ... import checkpoints
from ...training.card import summary
from . import latents
from .directions_training import rank_correlation
from .networks import NETWORKS
from .vocabulary import CLASSES, DIRECTIONS

SEEDS = (11, 12, 13)
COUNT = 12  # shapes of each kind, for each of the seeds


@torch.inference_mode()
def metrics(name: str) -> dict[str, dict]:
    """Spearman's rank correlation of each direction, the mean over the kinds that have it, and over all the lowest kind's."""
    extra = checkpoints.extra(name)
    generator = checkpoints.load(name, NETWORKS)
    kinds = [*CLASSES[name]][: generator.classes]
    found = {}
    lowest: list[list[float]] = [[] for _ in SEEDS]
    for key, title in DIRECTIONS.items():
        having = [kind for kind in kinds if key in latents.directions_of(extra, kind)]
        if not having:
            continue
        rows = [_agreements(generator, kinds, having, extra, key, seed) for seed in SEEDS]
        for all_of_seed, row in zip(lowest, rows, strict=True):
            all_of_seed += row
        label = f"direction “{title.lower()}”: rank correlation, {len(having)} of {len(kinds)} kinds"
        found[label] = summary([sum(row) / len(row) for row in rows], None, "≥ 0.7")
    if lowest[0]:
        found["directions: lowest rank correlation of a kind"] = summary([min(row) for row in lowest])
    return found


def _agreements(generator: torch.nn.Module, kinds: Sequence[str], having: Sequence[str], extra: dict, key: str, seed: int) -> list[float]:
    """The rank correlation of the direction `key` for each of the kinds that have it."""
    return [
        rank_correlation(generator, kinds.index(kind), latents.directions_of(extra, kind), key, seed, COUNT) for kind in having
    ]
