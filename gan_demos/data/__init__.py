"""Datasets: where each comes from, under which licence, and how it becomes arrays. Never imported by the app."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import UserError
from . import archives, arrays, notes
from .sources import SOURCES, root, source

NOTES = "notes"  # rendered from a SoundFont, not downloaded


def build(name: str) -> None:
    """Build one dataset from its public source and say where it is; one that is here and good is left alone. `UserError` if it fails."""
    if name == NOTES:
        with _packages("--no-deps -r requirements-train-bare.txt"):
            print(f"The notes are in {notes.build()}")
        return
    shapes = next((entry for entry in arrays.SHAPES if entry.name == name), None)
    if shapes:
        arrays.build(shapes, root() / shapes.file)
        print(f"{root() / shapes.file} is here and good.")
        return
    entry = source(name)
    file = root() / entry.file
    if file.is_file() and not archives.verify(entry, file):
        print(f"{file} is here and good.")
        return
    print(f"{entry.title}; licence: {entry.licence}\n{entry.address}", flush=True)
    with _packages("-r requirements-train.txt"):
        archives.build(entry, file)
    print(f"{file} is built and good. {entry.note}".rstrip())


def check() -> bool:
    """Hold every dataset that is here to its checksum and print a line for each; False if one is found wanting, missing ones aside."""
    good = True
    for entry in SOURCES:
        file = root() / entry.file
        problem = archives.verify(entry, file) if file.is_file() else ""
        good &= not problem
        print(f"{entry.name:16} {_state(entry.name, file.is_file(), problem and f'{problem}. Remove {file} and build it again')}")
    for entry in arrays.SHAPES:
        file = root() / entry.file
        problem = arrays.verify(entry, file) if file.is_file() else ""
        good &= not problem
        print(f"{entry.name:19} {_state(entry.name, file.is_file(), problem)}")
    if not _notes_are_here():
        print(f"{NOTES:16} {_state(NOTES, False, '')}")
        return good
    with _packages("--no-deps -r requirements-train-bare.txt"):
        found = notes.check()
    for what, fits in found.items():
        good &= fits
        print(f"{NOTES:16} {'good' if fits else 'wrong'}: {what}")
    return good


def listing() -> Iterator[str]:
    """A line for each dataset: name, whether it is here, where, licence, public source."""
    for entry in (*SOURCES, *arrays.SHAPES):
        file = root() / entry.file
        yield f"{entry.name:16} {'here' if file.is_file() else 'missing':8} {file}  licence: {entry.licence}  {entry.address}"
    state = "here" if _notes_are_here() else "missing"
    yield f"{NOTES:16} {state:8} {notes.folder()}  licence: MIT  Debian package fluidr3mono-gm-soundfont, rendered"


def _state(name: str, here: bool, problem: str) -> str:
    if not here:
        return f"missing; build it with: python -m gan_demos data build {name}"
    return f"wrong: {problem}." if problem else "good"


def _notes_are_here() -> bool:
    return (notes.folder() / "facts.json").is_file()


@contextmanager
def _packages(wanted: str) -> Iterator[None]:
    """A package that is not installed becomes the pip command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"This needs the package {error.name}: pip install {wanted}") from None
