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
