"""Exponential moving average of a network's weights: what is evaluated, saved and served."""

import copy

import torch
from torch import nn


class EMA:
    """`module` holds the averaged weights. The decay grows from 0 to `decay` over the first steps, so that an early average is not
    stuck at its start."""

    def __init__(self, module: nn.Module, decay: float = 0.999):
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(list(self.module.parameters()), list(module.parameters()), 1 - decay)
        for average, now in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(now)
