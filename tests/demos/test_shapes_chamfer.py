"""Chamfer and earth mover's distances against the plainest reference, and the metrics made of them."""

import itertools

import numpy as np
import pytest
import torch

from gan_demos.demos.shapes import chamfer
from gan_demos.metrics import shapes as metrics


def brute(a, b):
    """Every difference of every pair, in double precision: the definition."""
    square = ((a[:, None] - b[None]) ** 2).sum(2)
    return square.min(1).values.mean() + square.min(0).values.mean()


@pytest.fixture
def clouds():
    torch.manual_seed(0)
    return torch.rand(3, 70, 3, dtype=torch.double) * 2 - 1, torch.rand(3, 45, 3, dtype=torch.double) * 2 - 1


@pytest.fixture(params=[None, 1, 100, 70 * 45, 2 * 70 * 45, 1 << 23], ids=lambda block: "trees" if block is None else f"blocks of {block}")
def way(request, monkeypatch):
    """As on the CPU, or as on other devices with blocks of a size."""
    if request.param is not None:
        monkeypatch.setattr(chamfer, "nearest", lambda a, b: chamfer.nearest_by_blocks(a, b, request.param))


def test_chamfer_is_the_definition_however_it_is_cut(clouds, way):
    a, b = clouds
    expected = torch.stack([brute(x, y) for x, y in zip(a, b, strict=True)])
    torch.testing.assert_close(chamfer.chamfer(a, b).double(), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("rows", [1, 7, 256])
def test_all_pairs_are_the_definition(clouds, monkeypatch, rows):
    monkeypatch.setattr(chamfer, "ROWS", rows)
    a, b = clouds
    every = torch.tensor([[brute(x, y) for y in b] for x in a])
    torch.testing.assert_close(chamfer.pairwise_chamfer(a, b).double(), every, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(chamfer._clouds(a[0].float(), b.float()).double(), every[0], rtol=1e-5, atol=1e-6)
    within = torch.tensor([[brute(x, y) for y in a] for x in a])
    for same in (a, a.clone()):
        torch.testing.assert_close(chamfer.pairwise_chamfer(a, same).double(), within, rtol=1e-5, atol=1e-6)


def test_chamfer_is_squared_averaged_and_counts_both_directions():
    a = torch.tensor([[[0.0, 0, 0], [1, 0, 0]]])
    b = torch.tensor([[[0.0, 0, 0], [0, 0, 0], [0, 0, 3]]])
    assert float(chamfer.chamfer(a, b)) == pytest.approx((0 + 1) / 2 + (0 + 0 + 9) / 3)
    assert float(chamfer.chamfer(a, a.flip(1))) == 0


def test_its_gradient_is_that_of_the_definition(clouds, way):
    a, b = (x.clone().requires_grad_() for x in clouds)
    found = torch.autograd.grad(chamfer.chamfer(a, b).sum(), (a, b))
    expected = torch.autograd.grad(torch.stack([brute(x, y) for x, y in zip(a, b, strict=True)]).sum(), (a, b))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_autocast_does_not_coarsen_it(clouds):
    a, b = (x.float() for x in clouds)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(chamfer.chamfer(a, b), chamfer.chamfer(a.clone(), b))
        assert torch.equal(chamfer.pairwise_chamfer(a, b), chamfer.pairwise_chamfer(a.clone(), b))
        within = chamfer.chamfer(a, b)
    torch.testing.assert_close(within, chamfer.chamfer(a, b), rtol=1e-6, atol=0)


def test_no_block_is_larger_than_asked(clouds, monkeypatch):
    sizes = []
    squares = chamfer._squares
    monkeypatch.setattr(chamfer, "_squares", lambda x, y: sizes.append(x.shape[0] * x.shape[1] * y.shape[1]) or squares(x, y))
    chamfer.nearest_by_blocks(*clouds, 450)
    assert max(sizes) <= 450 and sum(sizes) == 3 * 70 * 45


def test_what_is_no_number_gives_no_number_and_one_heap_of_points_is_taken(clouds):
    a, b = (x.clone() for x in clouds)
    a[0, 3, 1] = torch.nan
    found = chamfer.chamfer(a, b)
    assert found[0].isnan() and not found[1:].isnan().any()
    assert float(chamfer.chamfer(torch.zeros(1, 2000, 3), torch.ones(1, 2000, 3))) == 6


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_gives_the_same(clouds):
    a, b = clouds
    torch.testing.assert_close(chamfer.chamfer(a.cuda(), b.cuda()).cpu(), chamfer.chamfer(a, b), rtol=1e-4, atol=1e-6)


def test_earth_movers_is_the_best_of_all_pairings():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 3))
    best = min(np.linalg.norm(a - b[list(order)], axis=1).mean() for order in itertools.permutations(range(5)))
    assert chamfer.earth_movers(a, b) == pytest.approx(best)
    assert chamfer.earth_movers(a, a[::-1]) == 0
    every = chamfer.pairwise_earth_movers(np.stack([a, b]), np.stack([a, b]))
    both = np.stack([a, b])
    np.testing.assert_allclose(chamfer.pairwise_earth_movers(both, both), every)
    with pytest.raises(ValueError, match="one size"):
        chamfer.earth_movers(a, b[:4])


class TestMetrics:
    @staticmethod
    def distances(made, real):
        apart = [torch.cdist(torch.tensor(x), torch.tensor(y)).numpy() for x, y in ((made, made), (real, real), (made, real))]
        return apart

    def test_one_distribution_is_near_a_half_and_two_are_told_apart(self):
        rng = np.random.default_rng(0)
        same = self.distances(rng.normal(size=(300, 2)), rng.normal(size=(300, 2)))
        far = self.distances(rng.normal(size=(300, 2)) + 20, rng.normal(size=(300, 2)))
        assert 0.44 < metrics.nearest_neighbour_accuracy(*same) < 0.56
        assert metrics.nearest_neighbour_accuracy(*far) == 1.0

    def test_copies_of_the_real_are_below_a_half(self):
        real = np.random.default_rng(0).normal(size=(50, 2))
        assert metrics.nearest_neighbour_accuracy(*self.distances(real + 1e-6, real)) == 0.0

    def test_one_good_shape_over_and_over_covers_little(self):
        real = np.random.default_rng(0).normal(size=(40, 3))
        _, _, between = self.distances(np.repeat(real[:1], 40, 0), real)
        assert metrics.coverage(between) == 1 / 40
        assert metrics.minimum_matching_distance(between) == pytest.approx(np.linalg.norm(real - real[0], axis=1).mean())
        _, _, between = self.distances(real[::-1].copy(), real)
        assert metrics.coverage(between) == 1.0 and metrics.minimum_matching_distance(between) == pytest.approx(0, abs=1e-6)

    def test_overlap_is_intersection_over_union(self):
        grids = np.zeros((3, 4, 4, 4), bool)
        grids[0, :2], grids[1, 1:3] = True, True
        assert metrics.overlaps(grids, grids[:2]).tolist() == [[1.0, 1 / 3], [1 / 3, 1.0], [0.0, 0.0]]
        assert metrics.overlaps(grids[2:], grids[2:]).tolist() == [[1.0]]

    def test_the_largest_piece_and_what_touches_at_corners(self):
        grid = np.zeros((6, 6, 6), bool)
        assert metrics.largest_piece(grid) == 0.0
        grid[0, 0, 0] = grid[1, 1, 1] = grid[2, 2, 2] = True
        assert metrics.largest_piece(grid) == 1.0
        grid[5, 5, 5] = True
        assert metrics.largest_piece(grid) == 0.75
        assert metrics.connected_share(np.stack([grid, grid & False, ~grid])) == pytest.approx(1 / 3)
