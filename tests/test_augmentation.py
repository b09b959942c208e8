"""Differentiable augmentation: what it may change, by how much, and that gradients come back through it."""

import pytest
import torch

from gan_demos.training.augmentation import MIDDLE, colour, cutout, diff_augment, translation


def pictures(count=6, side=32, seed=0):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_colour_is_affine_in_each_picture_and_stays_within_its_limits():
    torch.manual_seed(1)
    x = pictures(400, 4)
    flat = torch.full_like(x, 0.4)
    shift = colour(flat) - 0.4  # of a grey picture only the brightness changes
    assert torch.allclose(shift, shift[:, :1, :1, :1].expand_as(shift), atol=1e-6)
    assert shift.abs().max() <= 0.25 + 1e-6 and shift.max() > 0.22 and shift.min() < -0.22
    grey = x.mean(1, keepdim=True).expand_as(x)
    changed = colour(grey)
    spread = changed.flatten(1).std(1) / grey.flatten(1).std(1)
    assert spread.min() >= 0.5 - 1e-4 and spread.max() <= 1.5 + 1e-4 and spread.max() - spread.min() > 0.9  # contrast
    changed = colour(x)
    tone, old = changed - changed.mean(1, keepdim=True), x - x.mean(1, keepdim=True)
    factor = (tone * old).flatten(1).sum(1) / old.square().flatten(1).sum(1)  # saturation times contrast
    assert torch.allclose(tone, factor.view(-1, 1, 1, 1) * old, atol=1e-4)
    assert factor.min() >= -1e-4 and factor.max() <= 3 + 1e-4 and factor.min() < 0.1 and factor.max() > 2


def test_translation_moves_each_picture_by_whole_pixels():
    torch.manual_seed(2)
    x = pictures(300, 16)
    moved = translation(x)
    found = set()
    for one, new in zip(x, moved, strict=True):
        fits = []
        for down in range(-2, 3):
            for right in range(-2, 3):
                expected = torch.full_like(one, MIDDLE)
                rows, columns = slice(max(down, 0), 16 + min(down, 0)), slice(max(right, 0), 16 + min(right, 0))
                expected[:, rows, columns] = one[:, slice(max(-down, 0), 16 + min(-down, 0)), slice(max(-right, 0), 16 + min(-right, 0))]
                if torch.equal(expected, new):
                    fits.append((down, right))
        assert len(fits) == 1
        found.update(fits)
    assert len(found) == 25  # an eighth of 16 pixels is two, in all directions


def test_cutout_greys_a_rectangle_of_half_the_side():
    torch.manual_seed(3)
    x = pictures(300, 16)
    cut = cutout(x)
    inside = (cut != x).all(1)
    assert torch.equal(cut, torch.where(inside.unsqueeze(1), torch.full_like(x, MIDDLE), x))
    heights, widths = inside.any(2).sum(1), inside.any(1).sum(1)
    assert torch.equal(heights * widths, inside.sum((1, 2)))  # it is a rectangle
    assert heights.max() == widths.max() == 8 and heights.min() == widths.min() == 4  # at the border half of it falls outside
    assert inside.any(0).all() and not inside.all(0).any()


@pytest.mark.parametrize("policy", [("colour",), ("translation",), ("cutout",), ("colour", "translation", "cutout")])
def test_gradients_come_back_through_every_change_twice(policy):
    x = pictures(4, 16).double().requires_grad_(True)
    torch.manual_seed(4)
    changed = diff_augment(x, policy)
    assert changed.shape == x.shape and changed.dtype == x.dtype
    (gradient,) = torch.autograd.grad(changed.pow(3).sum(), x, create_graph=True)
    direction = torch.randn_like(x)
    step = 1e-6
    ends = []
    for sign in (1, -1):
        torch.manual_seed(4)  # the same change
        ends.append(diff_augment(x.detach() + sign * step * direction, policy).pow(3).sum())
    assert float((ends[0] - ends[1]) / (2 * step)) == pytest.approx(float((gradient * direction).sum().detach()), rel=1e-4)
    (second,) = torch.autograd.grad(gradient.square().sum(), x)  # a gradient penalty can be taken
    assert torch.isfinite(second).all() and second.abs().sum() > 0


def test_the_policy_is_what_is_applied_and_seeds_decide():
    x = pictures()
    assert torch.equal(diff_augment(x, ()), x)
    torch.manual_seed(5)
    first = diff_augment(x)
    torch.manual_seed(5)
    assert torch.equal(first, diff_augment(x))
    assert not torch.equal(first, diff_augment(x))
    with pytest.raises(ValueError, match="colour, translation, cutout, not rotation"):
        diff_augment(x, ("colour", "rotation"))
