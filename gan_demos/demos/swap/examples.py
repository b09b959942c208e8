"""Pictures to begin with: held-out avatars and emoji that no generator here was trained on."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .preparing import Prepared, prepare, read
from .vocabulary import EMOJI, FACES

FOLDER = Path(__file__).parent / "examples"
# name → (model that it suits, what it is)
EXAMPLES = {
    "face-1": (FACES, "Cartoon face 1"),
    "face-2": (FACES, "Cartoon face 2"),
    "face-3": (FACES, "Cartoon face 3"),
    "face-4": (FACES, "Cartoon face 4"),
    "face-5": (FACES, "Cartoon face 5"),
    "face-6": (FACES, "Cartoon face 6"),
    "emoji-1": (EMOJI, "Emoji 1"),
    "emoji-2": (EMOJI, "Emoji 2"),
    "emoji-3": (EMOJI, "Emoji 3"),
    "emoji-4": (EMOJI, "Emoji 4"),
    "emoji-5": (EMOJI, "Emoji 5"),
    "emoji-6": (EMOJI, "Emoji 6"),
}
NAMES = tuple(EXAMPLES)


def path(name: str) -> Path:
    """The file of an example."""
    return FOLDER / f"{name}.webp"


@cache
def prepared(name: str) -> Prepared:
    """An example as the models take it."""
    return prepare(path(name).read_bytes())


def given(picture: str | Mapping) -> Prepared:
    """The picture of a checked request: the name of an example, or one that was prepared."""
    return prepared(picture) if isinstance(picture, str) and picture in EXAMPLES else read(picture)
