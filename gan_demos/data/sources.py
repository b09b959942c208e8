"""The datasets that come from public archives, and where they lie on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError


@dataclass(frozen=True)
class Source:
    """Where a dataset comes from and what must be in its file, a zip of `00000.flac`, `00001.flac`, … and `rows.jsonl` (labels of each).

    `pattern` finds the clips in the public archive by their path below its top folder; its named groups are the labels, and the order of
    the paths is the order of the rows. `labels` is the sha256 over the labels, `content` over labels and 16-bit samples: see
    `archives.digests`.
    """

    name: str
    file: str  # below `root()`
    title: str
    address: str
    licence: str
    pattern: str
    rate: int  # Hz
    rows: int
    labels: str
    content: str
    max_bytes: int  # of the download
    tail_db: float | None = None  # one-shots are levelled, cut and trimmed below this level; None: samples stay as they are
    exact: bool = True  # False: building gives the same clips, but not the same samples to the last bit
    note: str = ""


SOURCES = (
    Source(
        name="spoken-digits",
        file="audio/spoken_digits_8k.zip",
        title="Free Spoken Digit Dataset v1.0.10",
        address="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
        licence="CC-BY-SA-4.0",
        pattern=r"recordings/(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav",
        rate=8000,
        rows=3000,
        labels="4c5380a86446ef2226f2cf775407cec71920e4d348386be19b578c9a6a1dbca9",
        content="6ad15db47805ec88661434e90dde0e0b16fb3974bebc92430535ad8f3e1b0bf8",
        max_bytes=100 << 20,
    ),
    Source(
        name="drum-machines",
        file="audio/drum_machines_16k.zip",
        title="tidal-drum-machines, samples of 72 drum machines",
        address="https://github.com/geikha/tidal-drum-machines/archive/refs/heads/main.zip",
        licence="none stated: for research and study",
        pattern=r"machines/(?P<file>(?P<machine>[^/]+)/[^/]+-(?P<kind>[a-z]+)/[^/]+\.(?:wav|WAV))",
        rate=16000,
        rows=2594,
        labels="8b5e7f40f780f3ae328b22565ec12f85a88744a65d1f3dda9ec79448a0198943",
        content="c07568f34f7a4c230ae4ced0d43b7e94539b26c7cbbc88c3a8b5f43b0e278cdf",
        max_bytes=500 << 20,
        tail_db=-60.0,
        exact=False,
        note="The file the models were trained on was made with another resampler, and the address is a branch that can move: a build is "
        "held to the file names and labels of all clips, not to each sample.",
    ),
)
PICTURES = {
    "avatars": "images/faces_avataaars_128.zip",
    "emoji": "images/emoji_9styles_128.zip",
    "flowers": "images/flowers_photos_128.zip",
    "openmoji-lines": "images/openmoji_line_colour_pairs_128.zip",
}
FILES = {source.name: source.file for source in SOURCES} | PICTURES


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
