"""Distances between point clouds: Chamfer, exact and within bounded memory, and the earth mover's.

Chamfer distance here: for each point of one cloud the *squared* distance to the nearest point of the other, the mean over the points, and
the sum of both directions. That is the convention of Achlioptas et al. 2018 and of PointFlow (Yang et al. 2019), whose numbers ours stand
beside. Earth mover's distance: the mean distance (not squared) of the cheapest pairing of two clouds of one size.

Which point is nearest is found by k-d trees on the CPU, and elsewhere with |x|² + |y|² - 2 xy in float32, some rows at a time; its
distance is then computed from the difference itself, and gradients flow through that. So a tie within rounding may pick the other point,
and the distance is right to float32.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from torch import Tensor

BLOCK = 1 << 23  # entries of a block of squared distances: 32 MB of float32
ROWS = 256  # of such a block on the CPU, so that it stays in the cache


def chamfer(a: Tensor, b: Tensor) -> Tensor:
    """Chamfer distances (B,) of clouds a (B, N, 3) and b (B, M, 3), item by item; differentiable in both, on any device."""
    with torch.autocast(a.device.type, enabled=False):
        a, b = a.float(), b.float()
        to_b, to_a = nearest(a.detach(), b.detach())
        forth = (a - b.gather(1, to_b.unsqueeze(2).expand(-1, -1, 3))).square().sum(2).mean(1)  # (B,)
        back = (b - a.gather(1, to_a.unsqueeze(2).expand(-1, -1, 3))).square().sum(2).mean(1)  # (B,)
        return forth + back


@torch.no_grad()
def nearest(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Which point of b (B, M, 3) is nearest to each of a (B, N, 3), (B, N), and the other way round, (B, M); int64."""
    return nearest_by_trees(a, b) if a.device.type == "cpu" else nearest_by_blocks(a, b)


def nearest_by_trees(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """`nearest` by k-d trees: what is not a number counts as 0, and makes the distance itself no number."""
    to_b, to_a = [], []
    for x, y in zip(*(some.nan_to_num(0, 0, 0).numpy() for some in (a, b)), strict=True):
        trees = [cKDTree(cloud, balanced_tree=False, compact_nodes=False) for cloud in (x, y)]
        to_b.append(trees[1].query(x)[1])
        to_a.append(trees[0].query(y)[1])
    return torch.from_numpy(np.stack(to_b)), torch.from_numpy(np.stack(to_a))


def nearest_by_blocks(a: Tensor, b: Tensor, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """`nearest` by all distances, at most `block` of them at a time (or one row of one item, if that is more)."""
    together = max(1, block // (a.shape[1] * b.shape[1]))
    to_b, to_a = [], []
    for x, y in zip(a.split(together), b.split(together), strict=True):
        rows, found, lowest, index = max(1, block // (len(x) * y.shape[1])), [], None, None
        for start in range(0, x.shape[1], rows):
            square = _squares(x[:, start : start + rows], y)  # (b, rows, M)
            found.append(square.argmin(2))
            low, place = square.min(1)  # (b, M)
            closer = low < lowest if start else torch.ones_like(low, dtype=torch.bool)
            lowest = torch.where(closer, low, lowest) if start else low
            index = torch.where(closer, place + start, index) if start else place
        to_b.append(torch.cat(found, 1))
        to_a.append(index)
    return torch.cat(to_b), torch.cat(to_a)


@torch.no_grad()
def pairwise_chamfer(a: Tensor, b: Tensor, block: int = BLOCK) -> Tensor:
    """Chamfer distances of each of a (K, N, 3) to each of b (L, M, 3): (K, L), right to about 1e-6 for clouds in [-1, 1].

    Where b is a itself, only one of two equal halves is computed.
    """
    same = a is b
    with torch.autocast(a.device.type, enabled=False):
        a, b = a.float(), b.float()
        together = max(1, block // (a.shape[1] * b.shape[1])) if a.device.type != "cpu" else 1
        out = torch.zeros(len(a), len(b), device=a.device)
        for i, x in enumerate(a):
            for start in range(i if same else 0, len(b), together):
                y = b[start : start + together]
                out[i, start : start + together] = _one_cloud(x, y[0]) if together == 1 else _clouds(x, y)
        out = torch.maximum(out, out.T) if same else out
        return out.clamp_min_(0)


def _clouds(x: Tensor, y: Tensor) -> Tensor:
    """Chamfer distances (L,) of the cloud x (N, 3) to the clouds y (L, M, 3)."""
    square = _squares(x.expand(len(y), -1, -1), y)  # (L, N, M)
    return square.amin(2).mean(1) + square.amin(1).mean(1)


def _one_cloud(x: Tensor, y: Tensor) -> Tensor:
    """Chamfer distance of the clouds x (N, 3) and y (M, 3), some rows at a time."""
    left = torch.cat([x, x.square().sum(1, keepdim=True), torch.ones_like(x[:, :1])], 1)  # (N, 5)
    right = torch.cat([-2 * y, torch.ones_like(y[:, :1]), y.square().sum(1, keepdim=True)], 1).T  # (5, M)
    forth, back = [], []
    for rows in left.split(ROWS):
        square = rows @ right  # (rows, M)
        forth.append(square.amin(1))
        back.append(square.amin(0))
    return torch.cat(forth).mean() + torch.stack(back).amin(0).mean()


def earth_movers(a: NDArray, b: NDArray) -> float:
    """Earth mover's distance of clouds a and b, both (N, 3): the mean over N points, exact (scipy's assignment, cubic in N).

    `ValueError` for clouds of different sizes.
    """
    if len(a) != len(b):
        raise ValueError(f"the earth mover's distance pairs clouds of one size, not {len(a)} with {len(b)} points")
    apart = np.sqrt(np.maximum(((a[:, None].astype(np.float64) - b[None]) ** 2).sum(2), 0))  # (N, N)
    return float(apart[linear_sum_assignment(apart)].mean())


def pairwise_earth_movers(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Earth mover's distances of each of a (K, N, 3) to each of b (L, N, 3): (K, L). Where b is a itself, half of it is computed."""
    found = np.zeros((len(a), len(b)))
    for i, x in enumerate(a):
        for j in range(i + 1 if a is b else 0, len(b)):
            found[i, j] = earth_movers(x, b[j])
    return np.maximum(found, found.T) if a is b else found


def _squares(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances (B, N, M) of the points x (B, N, 3) and y (B, M, 3)."""
    norms = x.square().sum(2, keepdim=True) + y.square().sum(2).unsqueeze(1)  # (B, N, M)
    return torch.baddbmm(norms, x, y.transpose(1, 2), alpha=-2)
