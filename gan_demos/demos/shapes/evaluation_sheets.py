"""Sheets of the cards: shapes of fixed seeds, not chosen, from three sides, and the nearest training shapes."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ... import checkpoints
from ...metrics import shapes as measures
from . import evaluation, render
from .chamfer import pairwise_chamfer
from .judge_training import soften
from .networks import NETWORKS
from .points_training import LATENT, RAW, clouds_like
from .voxel_training import FAMILIES, LEVEL, grids_like

COUNT = 20


def write_all(name: str, folder: Path) -> None:
    """The pictures of the card of `name`, with the weights that are in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(evaluation.contact_sheet(name)).save(folder / "samples.png", optimize=True)
    Image.fromarray(nearest_sheet(name)).save(folder / "nearest.png", optimize=True)


def nearest_sheet(name: str, count: int = COUNT) -> np.ndarray:
    """Pairs of a generated shape and the nearest training shape, by overlap or by Chamfer distance, from three sides."""
    generator = checkpoints.load(name, NETWORKS)
    labels = torch.arange(count) % generator.classes
    if name in FAMILIES:
        train = FAMILIES[name].voxels("train").grids
        made = grids_like(generator, labels, 0)
        solid = (made > LEVEL).numpy()
        best = np.concatenate([measures.overlaps(solid, train[i : i + 512]) for i in range(0, len(train), 512)], 1).argmax(1)
        known = soften(torch.from_numpy(train[best]).float())
    else:
        train = torch.from_numpy((LATENT | RAW)[name].clouds("train").points)
        made = clouds_like(generator, labels, 0)
        some = evaluation.some_points(made, evaluation.NEAREST_POINTS)
        known = train[pairwise_chamfer(made[:, some], train[:, some]).argmin(1)]
    return render.sheet(torch.stack([made, known], 1).flatten(0, 1).numpy(), 4, 96)
