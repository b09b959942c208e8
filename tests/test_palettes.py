"""Pictures get even areas in the colours of their style, and edges stay where they were."""

import pytest
import torch

from gan_demos import palettes
from gan_demos.palettes import Palette

RED, BLUE, WHITE = (0.9, 0.1, 0.1), (0.1, 0.2, 0.9), (1.0, 1.0, 1.0)


def disc(ink, side=64, soft=0.0):
    """A round spot of a colour on white, shaded by `soft` from left to right: (3, side, side)."""
    line = torch.linspace(-1, 1, side)
    inside = ((line.view(-1, 1).square() + line.square()).sqrt() < 0.6).float()
    shade = soft * line.expand(3, side, side)
    return (inside * (torch.tensor(ink).view(3, 1, 1) + shade) + (1 - inside)).clamp(0, 1)


@pytest.fixture(scope="module")
def palette():
    """Style 0 draws in red, style 1 in blue, style 2 in shades; of style 3 nothing is known."""
    made = Palette(4, 96)
    discs = (255 * torch.stack([disc(ink) for ink in (RED, BLUE, RED, BLUE)])).round().byte()
    made.learn(discs, torch.tensor([0, 1, 0, 1]))
    ramps = torch.rand(40, 3, 1, 1, generator=torch.Generator().manual_seed(0)) * torch.linspace(0, 1, 64).view(1, 1, 64)
    made.learn_one(2, (255 * ramps.expand(40, 3, 64, 64)).byte())
    return made


def weights(*values):
    return torch.tensor([values], dtype=torch.float32)


def test_areas_become_even_and_edges_stay(palette):
    noise = 0.03 * torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(0))
    given = (disc((0.75, 0.2, 0.2), soft=0.05) + noise).clamp(0, 1)
    made = palette(given.unsqueeze(0), weights(1, 0, 0, 0))[0]
    true = disc(RED)
    inside, outside = true[1] < 0.5, true[1] > 0.5
    assert (made - true).abs().amax(0)[inside].quantile(0.9) < 0.01, "the one red that the style has"
    assert (made - true).abs().amax(0)[outside].quantile(0.9) < 0.01
    assert ((made[1] > 0.55) == outside).float().mean() > 0.99, "the spot has the shape that it had"


def test_what_is_not_asked_for_is_left_alone(palette):
    given = disc((0.75, 0.2, 0.2), soft=0.2).unsqueeze(0)
    for nothing in (weights(0, 0, 0, 0), weights(0, 0, 1, 0), weights(0, 0, 0, 1)):
        assert torch.equal(palette(given, nothing), given)
    assert palette.has_areas.tolist() == [1, 1, 0, 0]


def test_a_mixture_lies_between_its_styles(palette):
    given = disc((0.5, 0.15, 0.5)).unsqueeze(0)
    middle = [palette(given, weights(share, 1 - share, 0, 0))[0, :, 32, 32] for share in (1.0, 0.5, 0.0)]
    assert torch.allclose(middle[1], (middle[0] + middle[2]) / 2, atol=1e-4)
    half = palette(given, weights(0.5, 0, 0.5, 0))[0, :, 32, 32]
    assert torch.allclose(half, (middle[0] + given[0, :, 32, 32]) / 2, atol=0.01), "the shaded half stays as it was drawn"


def test_of_two_colours_as_near_the_more_frequent_is_taken():
    made = Palette(1)
    pictures = torch.cat([torch.full((9, 3, 32, 32), 100), torch.full((1, 3, 32, 32), 140)]).byte()
    made.learn_one(0, pictures)
    gray = (palettes.oklab(torch.tensor([[100 / 255] * 3, [140 / 255] * 3]))[:, 0]).mean()
    levels = torch.linspace(0.3, 0.7, 401)
    between = levels[(palettes.oklab(levels.view(-1, 1).expand(-1, 3))[:, 0] - gray).abs().argmin()]
    assert round(255 * float(made.name(torch.full((3, 8, 8), float(between)), 0).mean())) == 100


def test_a_picture_does_not_depend_on_its_batch(palette):
    pictures = torch.stack([disc((0.7, 0.2, 0.3), soft=0.1), disc((0.2, 0.2, 0.7), soft=0.1)])
    style = torch.cat([weights(1, 0, 0, 0), weights(0, 1, 0, 0)])
    both = palette(pictures, style)
    for k in range(2):
        assert torch.equal(palette(pictures[k : k + 1], style[k : k + 1])[0], both[k])


def test_distances_are_those_that_people_see():
    white, black, gray = palettes.oklab(torch.tensor([[1.0] * 3, [0.0] * 3, [0.5] * 3]))
    assert white.tolist() == pytest.approx([1, 0, 0], abs=2e-3) and black.tolist() == pytest.approx([0, 0, 0], abs=2e-3)
    assert gray[0] == pytest.approx(0.598, abs=2e-3)  # lightness is not linear in light
