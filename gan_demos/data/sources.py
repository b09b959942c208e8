"""The datasets that are built from public sources into one file each, and where the files lie on this machine."""

import os
from pathlib import Path

from ..errors import UserError
from . import arrays, avatars, emoji, flowers, lines, sounds
from .archives import Source

SOURCES: tuple[Source, ...] = (
    sounds.DIGITS, sounds.DRUMS, avatars.AVATARS, avatars.MORE, emoji.EMOJI, lines.LINES, flowers.FLOWERS,
)  # fmt: skip
FILES = {source.name: source.file for source in (*SOURCES, *arrays.SHAPES)}


def source(name: str) -> Source:
    """The entry of that name; `UserError` naming the known ones otherwise."""
    found = next((entry for entry in SOURCES if entry.name == name), None)
    if found is None:
        raise UserError(f"There is no dataset {name!r} to build: there are {', '.join(FILES)} and notes.")
    return found


def root() -> Path:
    """`$GAN_DEMOS_DATA`, else `../shared/data` beside the project where that exists, else `.data` in the project."""
    project = Path(__file__).resolve().parents[2]
    shared = project.parent / "shared" / "data"
    return Path(os.environ.get("GAN_DEMOS_DATA") or (shared if shared.is_dir() else project / ".data"))


def path(name: str) -> Path:
    """The dataset's file; `UserError` with the command that builds it where it is missing."""
    file = root() / FILES[name]
    if not file.is_file():
        raise UserError(f"The dataset {name} is not at {file}. Build it with: python -m gan_demos data build {name}")
    return file
