"""Metrics of generated shapes. Each takes plain arrays, so that real-vs-real gives its floor."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

NEIGHBOURS = np.ones((3, 3, 3), bool)  # voxels that touch at a corner belong together: thin slanted legs do


def nearest_neighbour_accuracy(made: NDArray, real: NDArray, between: NDArray) -> float:
    """1-NNA (Lopez-Paz and Oquab 2017; for shapes Yang et al. 2019): the share of shapes whose nearest other shape is of their own kind.

    Distances within the generated (K, K), within the real (L, L) and from generated to real (K, L). 0.5: nobody can tell them apart; 1:
    everybody can; below 0.5: generated shapes sit on real ones. A shape is not its own neighbour.
    """
    whole = np.block([[made, between], [between.T, real]]).astype(np.float64)
    np.fill_diagonal(whole, np.inf)
    kind = np.arange(len(whole)) < len(made)
    return float((kind[whole.argmin(1)] == kind).mean())


def coverage(between: NDArray) -> float:
    """COV (Achlioptas et al. 2018): the share of real shapes that are the nearest real one of some generated shape; distances (K, L)."""
    return len(np.unique(between.argmin(1))) / between.shape[1]


def minimum_matching_distance(between: NDArray) -> float:
    """MMD (the same paper): the mean over real shapes of the distance to the nearest generated one; distances (K, L)."""
    return float(between.min(0).mean())


def overlaps(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Intersection over union of each of the grids a (K, R, R, R) with each of b (L, R, R, R): (K, L) in [0, 1]. Two empty grids: 1."""
    flat_a, flat_b = (x.reshape(len(x), -1) for x in (a, b))
    both = np.empty((len(a), len(b)))
    right = flat_b.astype(np.float32)
    for start in range(0, len(a), 64):  # a float copy of everything would be large
        both[start : start + 64] = flat_a[start : start + 64].astype(np.float32) @ right.T
    either = flat_a.sum(1)[:, None] + flat_b.sum(1)[None] - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def largest_piece(grid: NDArray[np.bool_]) -> float:
    """The share of the filled voxels of a grid (R, R, R) that are in its largest connected piece; 0 for an empty grid."""
    pieces, count = ndimage.label(grid, NEIGHBOURS)
    return float(np.bincount(pieces.ravel())[1:].max() / grid.sum()) if count else 0.0


def connected_share(grids: NDArray[np.bool_], least: float = 0.95) -> float:
    """The share of grids (N, R, R, R) whose largest piece holds at least `least` of their volume."""
    return float(np.mean([largest_piece(grid) >= least for grid in grids]))
