"""The requests of the faces tab: frozen, and checked against the limits that their fields declare."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import UserError
from ...parameters import integer, number, structure, text
from ...parameters import seed as seed_field
from .vocabulary import SLOTS

MAX_PROMPT = 10_000
MAX_FACES = 16
MAX_STRIP = 9
MIN_FRAMES, MAX_FRAMES = 24, 48
MAX_STOPS = 6


def _values(label: str):
    """The check of an object of slots and values; a value that its slot does not have gets a sentence with those that it has."""

    def check(given: object) -> dict[str, str]:
        if not isinstance(given, Mapping) or not all(isinstance(slot, str) and slot in SLOTS for slot in given):
            raise ValueError
        for slot, value in given.items():
            if value not in SLOTS[slot]:
                choices = ", ".join(SLOTS[slot])
                raise UserError(f"{label}: {slot} has no value {str(value)[:30]!r}. It can be {choices}.")
        return {slot: given[slot] for slot in SLOTS if slot in given}

    return check


def _slots(given: object) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(slot, str) and slot in SLOTS for slot in given):
        raise ValueError
    return tuple(slot for slot in SLOTS if slot in given)


NAMES = ", ".join(SLOTS)


def prompt_field(default: str = "", label: str = "Prompt", help: str = "Say what the face looks like. Empty: a surprise.") -> str:
    """A field of a request: what a person types."""
    return text(default, MAX_PROMPT, label, help)


def values_field(label: str, help: str) -> dict[str, str]:
    """A field of a request: some slots with a value each."""
    return structure(
        {}, _values(label), f'an object of slots and values, such as {{"hairColor": "red"}}, with slots out of {NAMES}', label, help
    )


def pins_field() -> dict[str, str]:
    """A field of a request: what the person chose."""
    return values_field("Pins", "What you chose yourself, slot by slot; it wins over the prompt.")


def vary_field() -> tuple[str, ...]:
    """A field of a request: what is left open whatever the prompt says."""
    return structure((), _slots, f"a list of slots out of {NAMES}", "Vary", "Slots that the seed chooses even where the prompt names them.")


@dataclass(frozen=True)
class Faces:
    """Faces that show what a prompt says."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the first face; the next ones count up. The same seed gives the same face.")
    count: int = integer(4, 1, MAX_FACES, "Count", "How many faces.")
    pins: dict = pins_field()
    vary: tuple = vary_field()


@dataclass(frozen=True)
class More:
    """Variations of one face."""

    prompt: str = prompt_field()
    seed: int = seed_field(help="That of the face.")
    pins: dict = pins_field()
    vary: tuple = vary_field()
    face: dict = values_field("Face", "What the face has where that is not what prompt and seed give: that of a variation, say.")
    amount: float = number(0.3, 0.0, 1.0, "Amount", "How much of what words and pins leave open changes.", step=0.05)
    first: int = integer(1, 1, 1_000_000, "First", "Number of the first variation; the next ones count up.")
    count: int = integer(4, 1, MAX_FACES, "Count", "How many variations.")


@dataclass(frozen=True)
class Mix:
    """A face between two prompts, and the way from one to the other."""

    prompt: str = prompt_field()
    other: str = prompt_field("", "Other prompt", "The description at the other end.")
    weight: float = number(0.5, 0.0, 1.0, "Weight", "0 is the face of the first prompt, 1 that of the other.", step=0.05)
    seed: int = seed_field(help="What neither prompt says comes from it, the same on both sides.")
    steps: int = integer(7, 2, MAX_STRIP, "Steps", "Pictures in the strip from one face to the other.")
    pins: dict = pins_field()
    vary: tuple = vary_field()


@dataclass(frozen=True)
class Walk:
    """A walk through faces that ends where it began, as a video and as a GIF."""

    prompt: str = prompt_field()
    other: str = prompt_field("", "Other prompt", "If there is one, the faces on the way show the two descriptions in turn.")
    seed: int = seed_field(help="That of the first face; the next ones count up.")
    stops: int = integer(4, 2, MAX_STOPS, "Faces", "How many faces the walk passes.")
    frames: int = integer(36, MIN_FRAMES, MAX_FRAMES, "Frames", "Pictures of the whole walk.")
    rate: int = integer(12, 4, 30, "Rate", "Frames a second.")
    pins: dict = pins_field()
    vary: tuple = vary_field()


@dataclass(frozen=True)
class Understand:
    """What is understood of a prompt, without a picture."""

    prompt: str = prompt_field()
