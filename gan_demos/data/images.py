"""Picture datasets as arrays: cartoon avatars, emoji in nine styles, flower photographs, emoji as line art and in colour.

What is kept apart is chosen by `held_out` of a group, see each function. Only the pictures of the asked split are decoded.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UserError
from .emoji import STYLES
from .sources import path
from .splits import held_out

SIZES = (128, 64)
EMOJI_STYLES = STYLES
FAMILY = "1f46a"
PERSON = {"1f468": "1f9d1", "1f469": "1f9d1", "1f466": "1f9d2", "1f467": "1f9d2"}  # man, woman → person; boy, girl → child
FLOWER_KINDS = ("daisy", "dandelion", "rose", "sunflower", "tulip")


@dataclass(frozen=True)
class Pictures:
    """`images` (N, size, size, 3) uint8, RGB on white; `rows`: the labels of each picture."""

    images: NDArray[np.uint8]
    rows: list[dict]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class LineArt:
    """`lines` and `colours`, each (N, size, size, 3) uint8: the same emoji as black lines on white and in colour; `rows`: their labels."""

    lines: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    rows: list[dict]

    def __len__(self) -> int:
        return len(self.rows)


def avatars(split: str, size: int = 128) -> Pictures:
    """Cartoon avatars; labels: the twelve slots of `demos/faces/vocabulary.py`.

    split: "train" or "test". The group is the row itself, as JSON with sorted keys: one set of attributes is never in both. "more" is
    what the dataset avatars-more adds to "train".
    """
    name, split = ("avatars-more", "train") if split == "more" else ("avatars", split)
    rows = read_rows(path(name))
    return _pictures(name, rows, _by_group(attributes_key(row) for row in rows), split, size)


def emoji(split: str, size: int = 128) -> Pictures:
    """Emoji in up to nine styles; labels: style, codepoints (hex, joined by "-"), label, keywords, group (-1: none).

    split: "test" has a tenth of the concepts (see `concept`), in all their styles; nothing of them is in the other two. Of the other
    concepts, "new-pairs" has a tenth of the (concept, style) pairs, where the concept is in "train" in another style; else "train".
    """
    rows = read_rows(path("emoji"))
    return _pictures("emoji", rows, emoji_splits(rows), split, size)


def flowers(split: str, size: int = 128) -> Pictures:
    """Photographs of flowers; labels: kind (one of `FLOWER_KINDS`), file. split: "train" or "test", by file name."""
    rows = read_rows(path("flowers"))
    return _pictures("flowers", rows, _by_group(row["file"] for row in rows), split, size)


def line_art(split: str, size: int = 128) -> LineArt:
    """Emoji as line art and in colour; labels: hexcode, annotation, tags, openmoji_tags, group, subgroups.

    split: "train" or "test", by the same rule as the concepts of `emoji`.
    """
    rows = read_rows(path("openmoji-lines"))
    _check_size(size)
    wanted = _pick("openmoji-lines", split, _by_group(concept(row["hexcode"]) for row in rows))
    both = decode(path("openmoji-lines"), wanted, (128, 256))
    lines, colours = (shrink(half, size) for half in (both[:, :, :128], both[:, :, 128:]))
    return LineArt(lines, colours, [rows[i] for i in wanted])


def attributes_key(row: dict) -> str:
    """An avatar's row as JSON with sorted keys: its group."""
    return json.dumps(row, sort_keys=True)


def concept(codepoints: str) -> str:
    """What is kept together: codepoints in lower case, without variation selectors and without the sex and number of those drawn.

    Some styles draw a runner, a running man and a running woman with the very same picture, and most families too.
    """
    parts = [PERSON.get(part, part) for part in codepoints.lower().split("-") if part not in ("fe0f", "2640", "2642")]
    people = [part for part in parts if part != "200d"]
    if len(people) > 1 and set(people) <= {"1f9d1", "1f9d2"}:
        return FAMILY
    while parts and parts[-1] == "200d":
        parts.pop()
    return "-".join(parts) or codepoints.lower()


def emoji_splits(rows: Sequence[dict]) -> list[str]:
    """The split of each row of the emoji: see `emoji`."""
    apart = [held_out(f"{concept(row['codepoints'])} {row['style']}") for row in rows]
    kept = {concept(row["codepoints"]) for row, pair in zip(rows, apart, strict=True) if not pair}
    splits = []
    for row, pair in zip(rows, apart, strict=True):
        group = concept(row["codepoints"])
        splits.append("test" if held_out(group) else "new-pairs" if pair and group in kept else "train")
    return splits


def read_rows(file: Path) -> list[dict]:
    """The labels in a dataset file."""
    with zipfile.ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read("rows.jsonl").decode().splitlines()]


def decode(file: Path, numbers: Sequence[int], shape: tuple[int, int] = (128, 128)) -> NDArray[np.uint8]:
    """Pictures of a dataset file by their numbers, in that order: (N, height, width, 3) uint8. `UserError` for one of another shape."""
    out = np.empty((len(numbers), *shape, 3), np.uint8)
    with zipfile.ZipFile(file) as archive:
        packed = [archive.read(f"{number:06d}.webp") for number in numbers]

    def place(index: int) -> None:
        with Image.open(io.BytesIO(packed[index])) as picture:
            if (picture.height, picture.width) != shape:
                raise UserError(f"Picture {numbers[index]} of {file} is {picture.width} × {picture.height}, not {shape[1]} × {shape[0]}.")
            out[index] = np.asarray(picture.convert("RGB"))

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(place, range(len(numbers))):
            pass
    return out


def shrink(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(N, 128, 128, 3) → (N, size, size, 3), each pixel the rounded mean of its square; `UserError` for a size that is not 128 or 64."""
    _check_size(size)
    if size == images.shape[1]:
        return np.ascontiguousarray(images)
    corners = images.astype(np.uint16)
    total = corners[:, ::2, ::2] + corners[:, 1::2, ::2] + corners[:, ::2, 1::2] + corners[:, 1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def _check_size(size: int) -> None:
    if size not in SIZES:
        raise UserError(f"Pictures come in sizes {SIZES[0]} and {SIZES[1]}, not {size}.")


def _by_group(groups: Iterable[str]) -> list[str]:
    return ["test" if held_out(group) else "train" for group in groups]


def _pictures(name: str, rows: list[dict], splits: list[str], split: str, size: int) -> Pictures:
    _check_size(size)
    wanted = _pick(name, split, splits)
    return Pictures(shrink(decode(path(name), wanted), size), [rows[i] for i in wanted])


def _pick(name: str, split: str, splits: list[str]) -> list[int]:
    """Numbers of the rows that belong to the split."""
    wanted = [number for number, found in enumerate(splits) if found == split]
    if not wanted:
        raise UserError(f"There is no split {split!r} of {name}: choose {', '.join(sorted(set(splits)))}.")
    return wanted
