"""The requests of the swap tab: frozen, and checked against the limits that their fields declare."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ...errors import UserError
from ...parameters import choice, flag, label_of, number, structure
from . import examples, preparing
from .vocabulary import DOMAINS, FACES, MODEL_TITLES, MODELS, SLOTS, every

MAX_STEPS = 8
EXPECTS_EDITS = f'an object of slots and domains, such as {{"hair": "red"}}, with slots out of {", ".join(SLOTS)}'


def _picture(given: object) -> dict | str:
    # The name of an example stays a name: its recipe is a line, where that of another picture holds the picture.
    return given if isinstance(given, str) and given in examples.NAMES else preparing.read(given).plain()


def _edit(label: str):
    """The check of an object of slots and domains; a domain that its slot does not have gets a sentence with those that it has."""
    known = {slot: values for slots in DOMAINS.values() for slot, values in slots.items()}

    def check(given: object) -> dict[str, str]:
        if not isinstance(given, Mapping) or not all(isinstance(slot, str) and slot in SLOTS for slot in given):
            raise ValueError
        for slot, value in given.items():
            if value not in known[slot]:
                raise UserError(f"{label}: {slot} has no domain {str(value)[:30]!r}. It can be {', '.join(known[slot])}.")
        return {slot: given[slot] for slot in SLOTS if slot in given}

    return check


def _steps(given: object) -> tuple[dict[str, str], ...]:
    if not isinstance(given, list | tuple) or len(given) > MAX_STEPS:
        raise ValueError
    return tuple(map(_edit("Steps"), given))


def _domains(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError
    known = [f"{slot}: {value}" for model in MODELS for slot, value in every(model)]
    if any(one not in known for one in given):
        raise ValueError
    return tuple(one for one in known if one in given)


def picture_field() -> dict | str:
    """A field of a request: the picture to begin with, kept as it was prepared, or the name of an example."""
    help = "A picture file as base64 (PNG, JPEG, GIF, WebP or BMP), kept at 128 × 128 in recipes; or the name of an example."
    return structure({}, _picture, f"a picture file as base64, or one of {', '.join(examples.NAMES)}", preparing.LABEL, help)


def model_field() -> str:
    """A field of a request: which of the two generators."""
    return choice(FACES, tuple(MODELS), "Model", "What the picture is: a cartoon face or an emoji.")


def strength_field() -> float:
    """A field of a request: how much of the change is seen."""
    return number(1.0, 0.0, 1.0, "Strength", "0 leaves the picture as it is, 1 is the whole change.", step=0.05)


def check_fits(request: object, name: str, model: str, slots: object) -> None:
    """`UserError` where `slots` are empty or not those of the model; `name`: the field that they come from."""
    label = label_of(next(declared for declared in fields(request) if declared.name == name))
    strange = [slot for slot in slots if slot not in DOMAINS[model]]
    if strange:
        raise UserError(
            f"{label}: {MODEL_TITLES[model].lower()} have no {strange[0]!r} to change; they have {', '.join(DOMAINS[model])}. "
            "Or choose the other model."
        )


def check_picture(request: object) -> None:
    """`UserError` for a request without a picture."""
    if not request.picture:
        raise UserError("Picture: there is none: give one, or choose an example.")


@dataclass(frozen=True)
class Swap:
    """A picture in other domains: any combination in one pass, and what nobody names stays as it is."""

    picture: dict | str = picture_field()
    model: str = model_field()
    edits: dict = structure({}, _edit("Edits"), EXPECTS_EDITS, "Edits", "For each slot to change, the domain that it shall be in.")
    strength: float = strength_field()
    cycle: bool = flag(False, "Cycle", "Also swap the result back to what the model saw in the picture.")

    def __post_init__(self) -> None:
        check_picture(self)
        if not self.edits:
            raise UserError("Edits: choose at least one domain, such as red hair or another style.")
        check_fits(self, "edits", self.model, self.edits)


@dataclass(frozen=True)
class Grid:
    """A picture in every domain, one at a time."""

    picture: dict | str = picture_field()
    model: str = model_field()
    domains: tuple = structure((), _domains, 'a list of domains such as "hair: red"', "Domains", "Which ones; all where none is named.")
    strength: float = strength_field()

    def __post_init__(self) -> None:
        check_picture(self)
        check_fits(self, "domains", self.model, [one.partition(": ")[0] for one in self.domains])


@dataclass(frozen=True)
class Chain:
    """Edits one after the other, each on the result of the one before."""

    picture: dict | str = picture_field()
    model: str = model_field()
    steps: tuple = structure((), _steps, f"a list of at most {MAX_STEPS} steps, each {EXPECTS_EDITS}", "Steps", "The edits in their order.")
    strength: float = strength_field()

    def __post_init__(self) -> None:
        check_picture(self)
        if not self.steps or not all(self.steps):
            raise UserError("Steps: name at least one step, and at least one domain in each.")
        check_fits(self, "steps", self.model, [slot for step in self.steps for slot in step])


@dataclass(frozen=True)
class Look:
    """What the model sees in a picture, without changing it."""

    picture: dict | str = picture_field()
    model: str = model_field()

    def __post_init__(self) -> None:
        check_picture(self)
