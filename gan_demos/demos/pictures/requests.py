"""The requests of the pictures tab: frozen, and checked against the limits that their fields declare."""

import base64
import re
from dataclasses import dataclass

import numpy as np

from ...parameters import choice, integer, number, structure, text
from ...parameters import seed as seed_field
from .vocabulary import AUTO, CLIP_GAN, MODELS, STACK_GAN, STAGED, STYLE_CHOICES

MAX_PROMPT = 10_000
MAX_PICTURES = 16
MAX_CANDIDATES = 32
MAX_STEPS = 200
MAX_STRIP = 9
MIN_FRAMES, MAX_FRAMES = 24, 48
MAX_STOPS = 6
MAX_NEAREST = 12
MAX_BASE = 16_384  # characters
BASE_LIMIT = 1_000.0  # of the numbers of a latent; those of our models are within ten


def prompt_field(default: str = "", label: str = "Prompt", help: str = "Say what to draw. Empty: a surprise.") -> str:
    """A field of a request: what a person types."""
    return text(default, MAX_PROMPT, label, help)


def style_field() -> str:
    """A field of a request: one of the nine drawing styles, "auto" (that which the prompt names) or "surprise" (a mixture)."""
    return choice(AUTO, STYLE_CHOICES, "Style", "auto: the style that the prompt names, if any; surprise: a mixture that follows the seed.")


def model_field() -> str:
    """A field of a request: which generator draws."""
    return choice(CLIP_GAN, tuple(MODELS), "Model", "Which generator draws.")


def _base(given: object) -> str:
    if not isinstance(given, str) or len(given) > MAX_BASE or not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", given):
        raise ValueError
    decode_latent(given)
    return given


def base_field() -> str:
    """A field of a request: the latent of a picture that is not what prompt and seed give, as results name it."""
    help = "What the picture is drawn from where that is not what prompt and seed give: the `latent` of a variation or of a guided picture."
    return structure("", _base, "empty, or the latent of a picture as a result gives it", "Base", help)


def encode_latent(latent: np.ndarray) -> str:
    """A latent (L,) as text: base64 of little-endian half floats."""
    return base64.b64encode(np.asarray(latent, "<f2").tobytes()).decode("ascii")


def decode_latent(given: str) -> np.ndarray:
    """The latent (L,), float32, in a text by `encode_latent`; `ValueError` for anything else."""
    data = base64.b64decode(given, validate=True)
    latent = np.frombuffer(data, "<f2").astype(np.float32)
    if not (np.isfinite(latent).all() and (np.abs(latent) <= BASE_LIMIT).all()):
        raise ValueError("a latent holds finite numbers of moderate size")
    return latent


def scorer_field() -> str:
    """A field of a request: which CLIP ranks or guides. Recipes name it, for another would give another result."""
    return text("", 200, "Scorer", "Which CLIP ranks and guides: empty, or the name of the one that is used here.")


@dataclass(frozen=True)
class Pictures:
    """Pictures of what a prompt says: the `count` best of `candidates`."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the first picture; the next ones count up. The same seed gives the same picture.")
    count: int = integer(4, 1, MAX_PICTURES, "Count", "How many pictures.")
    style: str = style_field()
    model: str = model_field()
    candidates: int = integer(8, 1, MAX_CANDIDATES, "Candidates", "So many are drawn, and those that fit the prompt best by CLIP are kept.")
    scorer: str = scorer_field()


@dataclass(frozen=True)
class Compare:
    """The three generators on the same prompt, noise and style."""

    prompt: str = prompt_field()
    seed: int = seed_field()
    style: str = style_field()


@dataclass(frozen=True)
class Guide:
    """CLIP guidance: gradient steps on the latent of one picture, towards what fits the prompt better."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the picture it starts from.")
    style: str = style_field()
    model: str = model_field()
    base: str = base_field()
    steps: int = integer(40, 1, MAX_STEPS, "Steps", "Gradient steps; some eight a second on two cores.")
    strength: float = number(0.5, 0.0, 1.0, "Strength", "How far from the start the picture may go.", step=0.05)
    scorer: str = scorer_field()


@dataclass(frozen=True)
class More:
    """Variations of one picture."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the picture.")
    style: str = style_field()
    model: str = model_field()
    base: str = base_field()
    amount: float = number(0.3, 0.0, 1.0, "Amount", "How much of what the prompt leaves open changes.", step=0.05)
    first: int = integer(1, 1, 1_000_000, "First", "Number of the first variation; the next ones count up.")
    count: int = integer(4, 1, MAX_PICTURES, "Count", "How many variations.")


@dataclass(frozen=True)
class Mix:
    """A picture between two prompts, and the way from one to the other."""

    prompt: str = prompt_field()
    other: str = prompt_field("", "Other prompt", "What is at the other end. Empty: another surprise.")
    weight: float = number(0.5, 0.0, 1.0, "Weight", "0 is the picture of the first prompt, 1 that of the other.", step=0.05)
    seed: int = seed_field(help="What neither prompt says comes from it, the same on both sides.")
    style: str = style_field()
    model: str = model_field()
    steps: int = integer(7, 2, MAX_STRIP, "Steps", "Pictures in the strip from one to the other.")


@dataclass(frozen=True)
class Walk:
    """A walk through pictures that ends where it began, as a video and as a GIF."""

    prompt: str = prompt_field()
    other: str = prompt_field("", "Other prompt", "If there is one, the pictures on the way show the two in turn.")
    seed: int = seed_field(help="That of the first picture; the next ones count up.")
    style: str = style_field()
    model: str = model_field()
    stops: int = integer(4, 2, MAX_STOPS, "Pictures", "How many pictures the walk passes.")
    frames: int = integer(36, MIN_FRAMES, MAX_FRAMES, "Frames", "Frames of the whole walk.")
    rate: int = integer(12, 4, 30, "Rate", "Frames a second.")


@dataclass(frozen=True)
class Stages:
    """How one picture grows: 32 × 32, 64 × 64, 128 × 128."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the picture.")
    style: str = style_field()
    model: str = choice(STACK_GAN, STAGED, "Model", "Which generator draws.")
    base: str = base_field()


@dataclass(frozen=True)
class Attention:
    """Which word painted where in one picture of AttnGAN."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the picture.")
    style: str = style_field()
    base: str = base_field()


@dataclass(frozen=True)
class Nearest:
    """The training pictures nearest to one picture."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the picture.")
    style: str = style_field()
    model: str = model_field()
    base: str = base_field()
    count: int = integer(6, 1, MAX_NEAREST, "Count", "How many training pictures.")


@dataclass(frozen=True)
class Understand:
    """What a prompt means to the models, without a picture."""

    prompt: str = prompt_field()
