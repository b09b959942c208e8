"""What is measured on a shape: what the named directions are named after, and what the tab tells of it.

All are shares of the side of the cube [-1, 1]³ that a shape lies in. Leg length is the mean height of the underside over the floor that the
shape covers: 0 for a box, nearly the length of the legs for a table.
"""

import numpy as np
from numpy.typing import NDArray

from . import meshing

CELLS = 14  # of a side of the floor, in which a cloud's lowest points are looked for
FEW = 0.02  # of a cloud's points, on either side, that do not count for its size


def measured(shape: NDArray) -> dict[str, float]:
    """Width, height, depth and leg length of soft occupancy (R, R, R) or of points (N, 3). `EmptyShapeError` where there is nothing."""
    return _grid(meshing.tidy(shape)) if np.ndim(shape) == 3 else _cloud(np.asarray(shape, np.float64))


def _grid(grid: NDArray) -> dict[str, float]:
    width, height, depth = (_extent(grid.max(tuple({0, 1, 2} - {axis}))) for axis in range(3))
    solid = grid > meshing.LEVEL
    floor = solid.any(1)  # (R, R) of x and z
    under = solid.argmax(1)[floor]
    return {"width": width, "height": height, "depth": depth, "legs": float(under.mean() - under.min()) / len(grid)}


def _extent(profile: NDArray) -> float:
    """From where a profile (R,) first crosses the level to where it last does, between voxels too, as a share of R."""
    padded = np.concatenate([[0.0], profile, [0.0]])
    inside = np.flatnonzero(padded > meshing.LEVEL)
    first, last = inside[0], inside[-1]
    before = (padded[first] - meshing.LEVEL) / (padded[first] - padded[first - 1])
    after = (padded[last] - meshing.LEVEL) / (padded[last] - padded[last + 1])
    return float(last - first + before + after) / len(profile)


def _cloud(points: NDArray) -> dict[str, float]:
    if not len(points) or not np.isfinite(points).all():
        raise meshing.EmptyShapeError("There are no points to measure: draw again with another seed.")
    low, high = np.quantile(points, [FEW, 1 - FEW], axis=0)
    width, height, depth = (float(side) / 2 for side in high - low)
    cell = np.clip((points[:, [0, 2]] + 1) / 2 * CELLS, 0, CELLS - 1).astype(int)
    under = np.full((CELLS, CELLS), np.inf)
    np.minimum.at(under, tuple(cell.T), points[:, 1])
    under = under[np.isfinite(under)]
    return {"width": width, "height": height, "depth": depth, "legs": float(under.mean() - under.min()) / 2}
