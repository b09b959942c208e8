"""The requests of the shapes tab: frozen, and checked against the limits that their fields declare."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import UserError
from ...parameters import MAX_SEED, REQUIRED, choice, integer, number, numbers, structure
from ...parameters import seed as seed_field
from .vocabulary import CLASSES, COLOURS, DIRECTIONS, FORMATS, LOOKS, MODELS, OFFERED, TITLES, with_article

MAX_SHELF = 24
FIRST_KIND = "chair" if "chair" in CLASSES[OFFERED[0]] else next(iter(CLASSES[OFFERED[0]]))
SECOND_KIND = "sofa" if "sofa" in CLASSES[OFFERED[0]] else FIRST_KIND
EXPECTS_TERM = f'an object of a kind and a seed, such as {{"kind": "{FIRST_KIND}", "seed": 3}}'


def _formats(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not given or not all(isinstance(one, str) and one in FORMATS for one in given):
        raise ValueError
    if len(set(given)) != len(given):
        raise ValueError
    return tuple(one for one in FORMATS if one in given)


def _term(given: object) -> dict:
    if not isinstance(given, Mapping) or set(given) != {"kind", "seed"}:
        raise ValueError
    kind, seed = given["kind"], given["seed"]
    if not isinstance(kind, str) or kind not in TITLES or isinstance(seed, bool) or seed != int(seed) or not 0 <= seed <= MAX_SEED:
        raise ValueError
    return {"kind": kind, "seed": int(seed)}


def model_field() -> str:
    """A field of a request: which generator."""
    about = "Voxels give closed surfaces, fine ones with twice the detail; points lie on a surface. The r-GAN draws points straight away."
    return choice(OFFERED[0], OFFERED, "Model", about)


def kind_field(default: str = FIRST_KIND, label: str = "Kind", help: str = "What it shall be; each model knows its own kinds.") -> str:
    """A field of a request: the class."""
    return choice(default, tuple(TITLES), label, help)


def truncation_field() -> float:
    """A field of a request: how far from the middle of its kind a shape may lie."""
    help = "The latent times this: 1 is all the variety the model has, 0 is the one shape in the middle of its kind."
    return number(1.0, 0.0, 1.0, "Truncation", help, step=0.05)


def direction_field(name: str, help: str) -> float:
    """A field of a request: a named direction. 0 leaves the seed's own shape, ±1 is as far as the slider goes."""
    return number(0.0, -1.0, 1.0, DIRECTIONS[name], help, step=0.05)


def look_field() -> str:
    """A field of a request: what a shape is drawn as."""
    help = "As it is: a smooth surface for voxels, balls for points. A surface of points is a skin within a fixed distance of them."
    return choice("own", tuple(LOOKS), "Look", help)


def colour_field() -> str:
    """A field of a request: the colours from bottom to top."""
    return choice("Dusk", tuple(COLOURS), "Colours", "By height, from the bottom to the top; Clay is one colour.")


def formats_field() -> tuple:
    """A field of a request: the files to make besides the picture."""
    help = "STL is for printing: z up, in millimetres; it alone has no room for the recipe. The picture beside it holds it."
    return structure(("glb",), _formats, f"a list of one or more of {', '.join(FORMATS)}, each once", "Formats", help)


def millimetres_field() -> float:
    """A field of a request: the size of a print."""
    return number(100.0, 10.0, 1000.0, "Print size", "Millimetres along the longest side, in STL.", step=5)


def term_field(label: str, help: str) -> dict:
    """A field of a request: one term of the arithmetic. There is no default: a sum has all its terms."""
    return structure(REQUIRED, _term, EXPECTS_TERM, label, help)


def check_kinds(model: str, *kinds: str) -> None:
    """`UserError` for a kind that the model has not learned."""
    for kind in kinds:
        if kind not in CLASSES[model]:
            known = ", ".join(CLASSES[model])
            raise UserError(f"Kind: the model {MODELS[model]!r} has never seen {with_article(kind)}. It draws {known}.")


@dataclass(frozen=True)
class Shape:
    """One shape, as files to keep and a picture of it."""

    model: str = model_field()
    kind: str = kind_field()
    seed: int = seed_field()
    truncation: float = truncation_field()
    width: float = direction_field("width", "How wide it is, from left to right.")
    height: float = direction_field("height", "How high it is.")
    depth: float = direction_field("depth", "How deep it is, from front to back.")
    legs: float = direction_field("legs", "How far its underside is above the floor.")
    look: str = look_field()
    colour: str = colour_field()
    formats: tuple = formats_field()
    millimetres: float = millimetres_field()
    latent: tuple[float, ...] = numbers((), None, -10.0, 10.0, "Latent", "Your own latent in place of the seed's; empty: the seed's.")

    def __post_init__(self) -> None:
        check_kinds(self.model, self.kind)


@dataclass(frozen=True)
class Shelf:
    """Small pictures of several shapes of one kind: shape i is that of the seed `seed + i`."""

    model: str = model_field()
    kind: str = kind_field()
    seed: int = seed_field(0, "First seed")
    count: int = integer(9, 1, MAX_SHELF, "Count", "How many.")
    truncation: float = truncation_field()
    width: float = direction_field("width", "How wide they are.")
    height: float = direction_field("height", "How high they are.")
    depth: float = direction_field("depth", "How deep they are.")
    legs: float = direction_field("legs", "How far their undersides are above the floor.")
    look: str = look_field()
    colour: str = colour_field()

    def __post_init__(self) -> None:
        check_kinds(self.model, self.kind)


@dataclass(frozen=True)
class Morph:
    """From one shape to another and back on a turntable, as a video."""

    model: str = model_field()
    kind: str = kind_field(FIRST_KIND, "From kind")
    seed: int = seed_field(0, "From seed")
    to_kind: str = kind_field(SECOND_KIND, "To kind")
    to_seed: int = seed_field(1, "To seed")
    truncation: float = truncation_field()
    look: str = look_field()
    colour: str = colour_field()
    frames: int = integer(36, 12, 72, "Frames", "Of the whole way there and back, and of one turn of the turntable.", step=12)

    def __post_init__(self) -> None:
        check_kinds(self.model, self.kind, self.to_kind)
        if (self.kind, self.seed) == (self.to_kind, self.to_seed):
            raise UserError("To seed: both ends are the same shape, so nothing would change: choose another seed or another kind.")


@dataclass(frozen=True)
class Arithmetic:
    """a - b + c of three shapes."""

    a: dict = term_field("Term a", "What to begin with.")
    b: dict = term_field("Term b", "What to take away from it.")
    c: dict = term_field("Term c", "What to add to it.")
    model: str = model_field()
    truncation: float = truncation_field()
    look: str = look_field()
    colour: str = colour_field()
    formats: tuple = formats_field()
    millimetres: float = millimetres_field()

    def __post_init__(self) -> None:
        check_kinds(self.model, *(term["kind"] for term in (self.a, self.b, self.c)))


@dataclass(frozen=True)
class Compare:
    """One kind and seed, by every model that knows the kind."""

    kind: str = kind_field()
    seed: int = seed_field()
    truncation: float = truncation_field()
    colour: str = colour_field()


def positions(request: Shape | Shelf) -> dict[str, float]:
    """Where the named directions stand, those in the middle left out."""
    return {name: position for name in DIRECTIONS if (position := getattr(request, name))}
