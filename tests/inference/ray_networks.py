"""What replicas run in the tests of the Ray backend: networks, a loader and jobs, which they import by name."""

import os
import time
from pathlib import Path

import torch
from torch import nn

from gan_demos import checkpoints
from gan_demos.errors import BusyError, CheckpointError, UserError
from tests import toy
from tests.inference.networks import NETWORKS, load


class Slow(nn.Module):
    """x (batch,) -> 2x, after 20 ms."""

    def forward(self, x):
        time.sleep(0.02)
        return 2 * x


class About(nn.Module):
    """x (batch,) -> for each item the size of its forward, the process, and its torch threads."""

    def forward(self, x):
        time.sleep(0.02)
        facts = torch.tensor([len(x), os.getpid(), torch.get_num_threads()])
        return facts.expand(len(x), 3).clone()


class Raising(nn.Module):
    """Identity whose negative items raise, each its own error; more than two items do not fit into its memory, nor does 100."""

    errors = {
        -1: UserError("Not this."),
        -2: BusyError("Busy.", 7),
        -3: ValueError("negative"),
        -4: SystemExit(1),
    }

    def forward(self, x):
        for value in x.tolist():
            if value in self.errors:
                raise self.errors[value]
        if len(x) > 2 or (x == 100).any():
            raise torch.OutOfMemoryError("CUDA out of memory")
        return x.clone()


ALL = {**NETWORKS, "slow": Slow, "about": About, "raising": Raising, **toy.DEMO.networks}


def load_from(folder, name, networks):
    """The toy's checkpoint from `folder`, or the network `name`."""
    if name == "missing":
        raise CheckpointError("missing is not here.")
    if name != toy.NAME:
        return load(name, networks)
    os.environ["GAN_DEMOS_CHECKPOINTS"] = folder
    return checkpoints.load(name, networks)


def climb(steps, models):
    """A job with gradients: a vector climbs, and the walk pauses in between."""
    vector = torch.zeros(1, 8)
    for _ in range(steps):
        vector.requires_grad_()
        loss = models.call("pair", vector=vector, scale=torch.ones(1))[1].sum()
        vector = (vector + 0.1 * torch.autograd.grad(loss, vector)[0]).detach()
        yield None
        yield vector


def endless(file, models):
    """Counts, and says in `file` that it was stopped."""
    value = 0
    try:
        while True:
            time.sleep(0.01)
            yield value
            value += 1
    finally:
        Path(file).write_text("stopped")


def whereabouts(go_on, models):
    """Ten numbers, each with the process that counts; the last five once there is a file `go_on`."""
    for value in range(10):
        while value > 4 and not Path(go_on).exists():
            time.sleep(0.005)
            yield None
        yield value, os.getpid()


def failing(models):
    yield 1
    raise UserError("The job said no.")


def untidy(models):
    torch.set_grad_enabled(False)
    try:
        yield 1
    finally:
        torch.set_grad_enabled(True)
