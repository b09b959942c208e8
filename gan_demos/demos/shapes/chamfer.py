"""Distances between point clouds: Chamfer, exact and within bounded memory, and the earth mover's.

Chamfer distance here: for each point of one cloud the *squared* distance to the nearest point of the other, the mean over the points, and
the sum of both directions. That is the convention of Achlioptas et al. 2018 and of PointFlow (Yang et al. 2019), whose numbers ours stand
beside. Earth mover's distance: the mean distance (not squared) of the cheapest pairing of two clouds of one size.

The nearest point is found with |x|² + |y|² - 2 xy, in float32 whatever the autocast, some rows at a time; its distance is then computed
from the difference itself. So a tie within rounding may pick the other point, and the distance is right to float32.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

BLOCK = 1 << 23  # entries of a block of squared distances: 32 MB of float32


def chamfer(a: Tensor, b: Tensor, block: int = BLOCK) -> Tensor:
    """Chamfer distances (B,) of clouds a (B, N, 3) and b (B, M, 3), item by item; differentiable in both, on any device."""
    with torch.autocast(a.device.type, enabled=False):
        a, b = a.float(), b.float()
        to_b, to_a = nearest(a.detach(), b.detach(), block)
        forth = (a - b.gather(1, to_b.unsqueeze(2).expand(-1, -1, 3))).square().sum(2).mean(1)  # (B,)
        back = (b - a.gather(1, to_a.unsqueeze(2).expand(-1, -1, 3))).square().sum(2).mean(1)  # (B,)
        return forth + back


@torch.no_grad()
def nearest(a: Tensor, b: Tensor, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """Which point of b (B, M, 3) is nearest to each of a (B, N, 3), (B, N), and the other way round, (B, M)."""
    to_b, to_a = [], []
    for x, y in zip(*_items(a, b, block), strict=True):
        best, index, found = None, None, []
        for start in range(0, x.shape[1], rows := max(1, block // (len(x) * y.shape[1]))):
            square = _squares(x[:, start : start + rows], y)  # (b, rows, M)
            found.append(square.argmin(2))
            low, place = square.min(1)  # (b, M)
            if best is None:
                best, index = low, place
            else:
                closer = low < best
                best, index = torch.where(closer, low, best), torch.where(closer, place + start, index)
        to_b.append(torch.cat(found, 1))
        to_a.append(index)
    return torch.cat(to_b), torch.cat(to_a)


@torch.no_grad()
def pairwise_chamfer(a: Tensor, b: Tensor, block: int = BLOCK) -> Tensor:
    """Chamfer distances of each of a (K, N, 3) to each of b (L, M, 3): (K, L), right to about 1e-6 for clouds in [-1, 1]."""
    with torch.autocast(a.device.type, enabled=False):
        a, b = a.float(), b.float()
        together = max(1, block // (a.shape[1] * b.shape[1]))
        out = torch.empty(len(a), len(b), device=a.device)
        for i, x in enumerate(a):
            for start in range(0, len(b), together):
                y = b[start : start + together]
                square = _squares(x.expand(len(y), -1, -1), y)  # (l, N, M)
                out[i, start : start + together] = square.amin(2).mean(1) + square.amin(1).mean(1)
        return out.clamp_min_(0)


def earth_movers(a: NDArray, b: NDArray) -> float:
    """Earth mover's distance of clouds a and b, both (N, 3): the mean over N points, exact (scipy's assignment, cubic in N).

    `ValueError` for clouds of different sizes.
    """
    if len(a) != len(b):
        raise ValueError(f"the earth mover's distance pairs clouds of one size, not {len(a)} with {len(b)} points")
    apart = np.sqrt(np.maximum(((a[:, None].astype(np.float64) - b[None]) ** 2).sum(2), 0))  # (N, N)
    return float(apart[linear_sum_assignment(apart)].mean())


def pairwise_earth_movers(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Earth mover's distances of each of a (K, N, 3) to each of b (L, N, 3): (K, L)."""
    return np.array([[earth_movers(x, y) for y in b] for x in a])


def _items(a: Tensor, b: Tensor, block: int) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Both batches in parts of as many items as fit into a block, at least one."""
    together = max(1, block // (a.shape[1] * b.shape[1]))
    return a.split(together), b.split(together)


def _squares(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances (B, N, M) of the points x (B, N, 3) and y (B, M, 3)."""
    norms = x.square().sum(2, keepdim=True) + y.square().sum(2).unsqueeze(1)  # (B, N, M)
    return torch.baddbmm(norms, x, y.transpose(1, 2), alpha=-2)
