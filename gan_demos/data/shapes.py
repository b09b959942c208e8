"""Shapes as arrays: voxel grids and point clouds of household things and airplanes, all turned the same way.

Axes are glTF's: x to the right, y up, z towards the viewer, and every shape faces the viewer, so that left and right are x. Splits:
ModelNet's own; of Sweet Home 3D's items a tenth, by the hash of their row, is "test". "validation" is a tenth of "train" (by hash
again, and part of it no more): it chooses checkpoints, so that no reported number does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .sources import path
from .splits import held_out

HOUSEHOLD = ("bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet")
FINE = ("airplane", "chair", "table", "cabinet", "lamp", "sofa", "bed")  # what there is at 64³
SPLITS = ("train", "validation", "test")
FACING_LEFT = (0, 3, 4, 5, 6, 7, 8)  # labels of the household classes that ModelNet10 turns another way than beds, chairs and toilets
HOUSEHOLD_TRAIN, CHAIRS_TRAIN, AIRPLANES_TRAIN = 3991, 889, 626  # ModelNet's training shapes, which come first in their files
LEAST = 50  # voxels: sixteen grids of ModelNet10 came out nearly empty


@dataclass(frozen=True)
class Voxels:
    """`grids` (N, R, R, R) bool, axes x, y, z; `labels` (N,) int64; `names`: of each shape, unlike any other's."""

    grids: NDArray[np.bool_]
    labels: NDArray[np.int64]
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Clouds:
    """`points` (N, P, 3) float32 in [-1, 1]; `labels` (N,) int64; `names`: of each shape, unlike any other's."""

    points: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)


def household_voxels(split: str) -> Voxels:
    """ModelNet10's ten classes (`HOUSEHOLD`) at 32³, of which a shape's longest side takes 24 voxels; chairs from the finer set."""
    with np.load(path("modelnet10-voxels"), allow_pickle=False) as given:
        grids, labels = _unpack(given["voxels_packed"], 30), given["label"].astype(np.int64)
    with np.load(path("modelnet-chairs"), allow_pickle=False) as given:
        chairs = _unpack(given["voxels_packed"], 30)
    chair = HOUSEHOLD.index("chair")
    grids[labels == chair] = chairs  # both have the training split first
    groups = ["train" if number < HOUSEHOLD_TRAIN else "test" for number in range(len(grids))]
    names = [f"{HOUSEHOLD[label]}/{split_}/{number}" for number, (label, split_) in enumerate(zip(labels.tolist(), groups, strict=True))]
    wanted = [i for i in _pick(names, groups, split) if grids[i].sum() >= LEAST]
    turned = np.zeros((len(wanted), 32, 32, 32), bool)
    for place, number in enumerate(wanted):
        left = labels[number] in (*FACING_LEFT, chair)
        turned[place, 1:31, 1:31, 1:31] = turn_grid(grids[number].transpose(0, 2, 1)[:, :, ::-1], left)
    return Voxels(turned, labels[wanted], [names[i] for i in wanted])


def fine_voxels(split: str) -> Voxels:
    """Airplanes and Sweet Home 3D's furniture (`FINE`) at 64³."""
    with np.load(path("airplane-voxels"), allow_pickle=False) as given:
        airplanes = _unpack(given["voxels_packed"], 64)
    with np.load(path("sweethome-furniture"), allow_pickle=False) as given:
        kinds = given["label"].tolist()
        kept = [i for i, kind in enumerate(kinds) if kind in FINE]
        furniture = _unpack(given["voxels64_packed"][kept], 64)
    names = [f"airplane/{number + 1:04d}" for number in range(len(airplanes))] + [f"sweethome/{i}" for i in kept]
    groups = ["train" if number < AIRPLANES_TRAIN else "test" for number in range(len(airplanes))]
    groups += ["test" if held_out(f"sweethome {i}") else "train" for i in kept]
    labels = np.array([0] * len(airplanes) + [FINE.index(kinds[i]) for i in kept])
    wanted = _pick(names, groups, split)
    return Voxels(np.concatenate([airplanes, furniture])[wanted], labels[wanted], [names[i] for i in wanted])


def household_points(split: str) -> Clouds:
    """ModelNet10's ten classes (`HOUSEHOLD`), 1,024 points each, in the unit ball."""
    with np.load(path("modelnet10-points"), allow_pickle=False) as given:
        points, names = given["points"].astype(np.float32), given["name"].tolist()
    labels = np.array([HOUSEHOLD.index(name.split("/")[0]) for name in names])
    points = points[:, :, [0, 2, 1]] * np.array([1, 1, -1], np.float32)  # z up → y up
    left = np.isin(labels, FACING_LEFT)
    points[left] = turn_points(points[left])
    wanted = _pick(names, [name.split("/")[1] for name in names], split)
    return Clouds(points[wanted], labels[wanted], [names[i] for i in wanted])


def airplane_points(split: str) -> Clouds:
    """ModelNet40's airplanes, 2,048 points each; one class."""
    with np.load(path("airplane-points"), allow_pickle=False) as given:
        points, names = given["points"].astype(np.float32), given["name"].tolist()
    groups = ["train" if number < AIRPLANES_TRAIN else "test" for number in range(len(names))]
    wanted = _pick(names, groups, split)
    return Clouds(points[wanted].clip(-1, 1), np.zeros(len(wanted), np.int64), [names[i] for i in wanted])


def turn_grid(grid: NDArray, turned: bool = True) -> NDArray:
    """A grid (R, R, R) that faces -x → one that faces the viewer, +z."""
    return grid.transpose(2, 1, 0)[:, :, ::-1] if turned else grid


def turn_points(points: NDArray) -> NDArray:
    """Points (…, 3) of a shape that faces -x → the same facing the viewer, +z."""
    return np.stack([points[..., 2], points[..., 1], -points[..., 0]], -1)


def _unpack(packed: NDArray[np.uint8], side: int) -> NDArray[np.bool_]:
    return np.unpackbits(packed, axis=1)[:, : side**3].reshape(-1, side, side, side).astype(bool)


def _pick(names: list[str], groups: list[str], split: str) -> list[int]:
    """Numbers of the shapes that belong to the split."""
    if split not in SPLITS:
        raise UserError(f"There is no split {split!r} of the shapes: choose {', '.join(SPLITS)}.")
    parts = [_part(name, group) for name, group in zip(names, groups, strict=True)]
    return [number for number, part in enumerate(parts) if part == split]


def _part(name: str, group: str) -> str:
    return "validation" if group == "train" and held_out(f"validation {name}") else group
