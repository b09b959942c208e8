"""A tiny demo with real networks, checkpoints and files: what tests of the shared rooms run."""

import threading
from dataclasses import dataclass

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from gan_demos import checkpoints, media
from gan_demos.demo import Artefact, Context, Demo, Endpoint, Result
from gan_demos.parameters import choice, integer, number, numbers, seed, structure, text

NAME = "toy-tones"
RATE = 8000


class ToyGenerator(nn.Module, PyTorchModelHubMixin):
    """`latents` of shape (batch, latent_dim) -> samples of shape (batch, length) in [-1, 1]."""

    def __init__(self, latent_dim: int = 4, length: int = 64):
        super().__init__()
        self.layer = nn.Linear(latent_dim, length)
        self.norm = nn.LayerNorm(length)
        self.register_buffer("count", torch.arange(3))

    def forward(self, latents):
        return torch.tanh(self.norm(self.layer(latents)))


class Gate(ToyGenerator):
    """A network that answers only while its gate is open."""

    open = threading.Event()
    entered = threading.Event()

    def forward(self, latents):
        Gate.entered.set()
        assert Gate.open.wait(60), "the gate was never opened"
        return super().forward(latents)


def pattern(value):
    if len(value) != 2 or any(len(row) != 4 or any(cell not in (0, 1) for cell in row) for row in value):
        raise ValueError
    return tuple(tuple(int(cell) for cell in row) for row in value)


@dataclass(frozen=True)
class ToneRequest:
    seed: int = seed()
    loudness: float = number(0.5, 0.0, 1.0, help="Peak level.")
    voice: str = choice("low", ("low", "high"))
    sliders: tuple[float, ...] = numbers((0.0, 0.0), length=2, low=-3.0, high=3.0)
    rows: tuple = structure(((0, 1, 0, 1), (1, 0, 0, 0)), pattern, "2 rows of 4 zeros or ones", label="Drum pattern")
    title: str = text("", max_length=40)
    repeats: int = integer(1, 1, 8, label="Number of repeats")


def tone(context: Context, request: ToneRequest) -> Result:
    latents = torch.randn(4, generator=torch.Generator().manual_seed(request.seed))
    samples = context.engine.call(context.model(NAME), {"latents": latents}, owner=context.owner).numpy()
    rate = context.extra(NAME)["sample_rate"]
    samples = np.tile(samples * request.loudness, request.repeats)
    sound = Artefact("tone", "audio", ".wav", media.encode("wav", samples, rate, context.recipe))
    return Result((sound,), {"seconds": len(samples) / rate})


DEMO = Demo(
    name="toy",
    title="Toy",
    pitch="A tone.",
    checkpoints=(NAME,),
    networks={"ToyGenerator": ToyGenerator},
    endpoints={"tone": Endpoint("tone", ToneRequest, tone, "Make a tone.", {"seed": 1}, (NAME,))},
    debug={NAME: ("ToyGenerator", {"latent_dim": 4, "length": 16}, {"sample_rate": RATE})},
    train="tests.toy_train",
)


def save(folder, weight_seed: int = 0) -> str:
    """Write the toy's checkpoint to `folder`; returns its sha256."""
    with torch.random.fork_rng():
        torch.manual_seed(weight_seed)
        module = ToyGenerator(length=32)
    return checkpoints.save(folder, NAME, "toy", "ToyGenerator", module, {"latent_dim": 4, "length": 32}, {"sample_rate": RATE})


class DirectEngine:
    """Calls the networks at once, one item at a time: what `run` needs of an engine, without its queue."""

    def __init__(self, networks, debug=None):
        self.networks, self.debug, self.owners = networks, debug, []

    def call(self, model, inputs, method="forward", owner=None, timeout=60):
        self.owners.append(owner)
        module = checkpoints.load(model, self.networks, self.debug)
        with torch.inference_mode():
            return getattr(module, method)(**{key: value[None] for key, value in inputs.items()})[0]
