"""Where datasets lie on this machine."""

import os
from pathlib import Path

from ..errors import UserError

FILES = {"spoken-digits": "audio/spoken_digits_8k.zip", "drum-machines": "audio/drum_machines_16k.zip"}


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
