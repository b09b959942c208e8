"""Small real networks the tests of the engine run, and a loader for them."""

import threading

import torch
from torch import nn


class Audio(nn.Module):
    """Latent (batch, 16) -> samples (batch, 1, 1024) in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(16, 64 * 16)
        self.body = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose1d(64, 32, 24, stride=4, padding=10),
            nn.ReLU(),
            nn.ConvTranspose1d(32, 16, 24, stride=4, padding=10),
            nn.ReLU(),
            nn.ConvTranspose1d(16, 1, 24, stride=4, padding=10),
        )

    def forward(self, latent):
        return torch.tanh(20 * self.body(self.head(latent).view(-1, 64, 16)))


class Picture(nn.Module):
    """Image (batch, 3, height, width), label (batch,) -> dict of image of the same shape in [0, 1] and score (batch,)."""

    def __init__(self) -> None:
        super().__init__()
        self.label = nn.Embedding(10, 16)
        self.first = nn.Conv2d(3, 16, 3, padding=1)
        self.last = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, image, label):
        hidden = torch.relu(self.first(image) + self.label(label)[:, :, None, None])
        return {"image": torch.sigmoid(5 * self.last(hidden)), "score": hidden.mean(dim=(1, 2, 3))}


class Pair(nn.Module):
    """Vector (batch, 8), scale (batch,) -> two vectors (batch, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, vector, scale):
        hidden = self.linear(vector) * scale[:, None]
        return hidden, torch.sin(hidden)

    def double(self, vector):
        return 2 * vector


class Gate(nn.Module):
    """Identity whose forward tells that it has begun and waits for leave to go on. `batches` lists the first value of every item."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.batches: list[list[float]] = []

    def forward(self, x):
        self.batches.append(x.reshape(len(x), -1)[:, 0].tolist())
        self.entered.set()
        assert self.leave.wait(30)
        return x.clone()


class Recorder(nn.Module):
    """Identity that writes down the first value of every item it sees, a list per batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[float]] = []

    def forward(self, x):
        self.batches.append(x.reshape(len(x), -1)[:, 0].tolist())
        return x.clone()


class Weights(nn.Module):
    """x (batch,) + its one parameter's first value; the parameter has 1000 fp32 numbers, the buffer 24: 4096 bytes."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((1000,), value))
        self.register_buffer("rest", torch.zeros(24))

    def forward(self, x):
        return x + self.weight[0]


NETWORKS = {"audio": Audio, "picture": Picture, "pair": Pair, "gate": Gate, "recorder": Recorder}


def load(name, networks):
    """The network `name`, weights fixed by the name."""
    with torch.random.fork_rng():
        torch.manual_seed(len(name))
        return networks[name]()


def keep(**modules):
    """A loader that hands out these very modules, so that a test can look at them."""
    return lambda name, networks: modules[name]


def x(value: float) -> dict[str, torch.Tensor]:
    return {"x": torch.tensor(float(value))}
