"""Named directions: found by regression on what is measured, kept where they hold on other seeds, measured on others still."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from gan_demos import checkpoints
from gan_demos.demos.shapes import directions_training, evaluation_directions, latents
from gan_demos.demos.shapes.networks import DEBUG, VoxelGenerator
from gan_demos.demos.shapes.vocabulary import VOXELS

SIZE = 6


class Boxes(nn.Module):
    """Boxes whose width follows the first latent, whose height the second and a little the first; their depth is always the same.

    Label 1 is a table, whose legs' length is the third.
    """

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.classes = SIZE, 2
        self.anchor = nn.Parameter(torch.zeros(1))

    def forward(self, latent, condition):
        line = (torch.arange(24) + 0.5).sub(12)
        x, y, z = (line.reshape(shape) for shape in ((-1, 1, 1), (1, -1, 1), (1, 1, -1)))
        made = []
        for one, kind in zip(latent, condition.argmax(1), strict=True):
            wide, high = 6 + one[0].clamp(-2.5, 2.5), 6 + (one[1] + 0.5 * one[0]).clamp(-2.5, 2.5)
            legs = (3 + one[2]).clamp(0, 6) if kind else torch.tensor(0.0)
            inside = torch.minimum(torch.minimum(wide - x.abs(), 5 - z.abs()), high - y.abs())
            under = (y + high) < legs
            leg = (x.abs() > wide - 2) & (z.abs() > 3)
            made.append((inside + 0.5).clamp(0, 1) * (~under | leg))
        return torch.stack(made)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(directions_training, "SAMPLES", 150)
    monkeypatch.setattr(directions_training, "CHECKED", 24)
    monkeypatch.setattr(directions_training, "KEPT", 0.75)  # six seeds say it less surely


def test_directions_are_found_that_do_what_they_are_called_and_leave_the_rest(few):
    found, correlations = directions_training.learn(Boxes(), ["airplane", "table"])
    assert set(found["airplane"]) == {"width", "height"}, "depth does not vary, and an airplane has no legs"
    assert set(found["table"]) == {"width", "height", "legs"}
    assert all(value >= directions_training.KEPT for some in correlations.values() for value in some.values())
    width, height, legs = (found["table"][name] / found["table"][name].norm() for name in ("width", "height", "legs"))
    assert width[0] > 0.7 and abs(width[1] + 0.5 * width[0]) < 0.35, "the box gets wider, not higher"
    assert height[1] > 0.8 and legs[2] > 0.8
    assert all(one.norm() <= directions_training.REACHES[-1][1] * SIZE**0.5 + 1e-3 for one in found["table"].values())


def test_the_check_tells_a_direction_from_its_opposite_and_from_none():
    direction = torch.zeros(SIZE)
    direction[0] = 1.2
    agree = [
        directions_training.rank_correlation(Boxes(), 0, {"width": one}, "width", 3, 4) for one in (direction, -direction, 0 * direction)
    ]
    assert agree[0] > 0.9 and agree[1] < -0.9 and agree[2] == 0


def test_what_is_empty_is_left_out_of_the_regression_and_counts_against_a_direction():
    generator = Boxes()
    full = generator.forward
    generator.forward = lambda latent, condition: full(latent, condition) * (latent[:, 3] < 0.5).float()[:, None, None, None]
    latent, sizes = directions_training.sample(generator, 0, 60, 0)
    assert 0 < len(latent) < 60 and (latent[:, 3] < 0.5).all() and len(sizes["width"]) == len(latent)
    assert np.isfinite(sizes["width"]).all()
    up = torch.zeros(SIZE)
    up[3] = 3.0
    assert directions_training.rank_correlation(generator, 0, {"width": up}, "width", 3, 4) == 0


def test_they_are_written_into_the_config_and_the_weights_stay(few, monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    arguments = DEBUG["VoxelGenerator"] | {"classes": 2}
    torch.manual_seed(0)
    folder, generator = tmp_path / VOXELS, VoxelGenerator(**arguments)
    nn.init.constant_(generator.last.bias, 0.0)
    before = checkpoints.save(folder, VOXELS, "shapes", "VoxelGenerator", generator, arguments, {"latent_dim": 8, "step": 7})
    directions_training.add(VOXELS, folder)
    assert checkpoints.verify(VOXELS) == before
    extra = checkpoints.extra(VOXELS)
    assert extra["step"] == 7 and set(extra["directions"]) == set(extra["rank_correlations"]) == {"bathtub", "bed"}
    directions_training.add(VOXELS, folder)
    assert checkpoints.extra(VOXELS) == extra, "once more finds the same"


def test_the_metric_is_the_mean_over_the_kinds_that_have_a_direction(monkeypatch):
    monkeypatch.setattr(evaluation_directions, "COUNT", 3)
    width, useless = torch.zeros(SIZE), torch.zeros(SIZE)
    width[0] = 1.2
    extra = {"directions": {"bathtub": {"width": latents.pack(width)}, "bed": {"width": latents.pack(useless)}}}
    monkeypatch.setattr(checkpoints, "extra", lambda name: json.loads(json.dumps(extra)))
    monkeypatch.setattr(checkpoints, "load", lambda name, networks: Boxes())
    found = evaluation_directions.metrics(VOXELS)
    assert list(found) == ["direction “width”: rank correlation, 2 of 2 kinds", "directions: lowest rank correlation of a kind"]
    first, lowest = found.values()
    assert 0.45 <= first["mean"] <= 0.5 and first["bar"] == "≥ 0.7" and lowest["mean"] == 0
    monkeypatch.setattr(checkpoints, "extra", lambda name: {})
    assert evaluation_directions.metrics(VOXELS) == {}
