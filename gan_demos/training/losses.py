"""Adversarial objectives."""

import torch
import torch.nn.functional as F
from torch import Tensor


def relativistic_pairing_loss(better: Tensor, worse: Tensor) -> Tensor:
    """Mean softplus(-(better - worse)) over pairs of scores, each (B,): R3GAN's objective (Huang et al. 2024, https://arxiv.org/abs/2501.05441).

    The critic calls it with (real, fake), the generator with (fake, real).
    """
    return F.softplus(worse - better).mean()


def gradient_penalty(scores: Tensor, inputs: Tensor) -> Tensor:
    """Zero-centred gradient penalty: mean over items of ½·‖∂score/∂input‖² (R1 on real, R2 on fake inputs; Mescheder et al. 2018)."""
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return 0.5 * gradient.square().flatten(1).sum(1).mean()


PAPER = 0.96  # of range 0 to 1: whiter is paper
COARSE, FINE = 8, 0.3  # pixels whose mean colour shall be right, and the weight of single ones


def ink(pictures: Tensor) -> Tensor:
    """Where pictures (B, 3, H, W) are not as white as paper: (B, 1, H, W), bool."""
    return pictures.amin(1, keepdim=True) < PAPER


def alike_error(fake: Tensor, real: Tensor, given: Tensor) -> Tensor:
    """How far pictures drawn from others (`given`) are from true ones that show the same in another shape: (B,), all pictures (B, 3, H, W).

    Only where both true and given one are ink, or both are paper, and coarse colours above all: pixel by pixel the best answer to shapes
    that differ would be a blur of all.
    """
    apart = (fake.float() - real) * (ink(real) == ink(given))
    return F.avg_pool2d(apart, COARSE).abs().mean((1, 2, 3)) + FINE * apart.abs().mean((1, 2, 3))
