"""Cartoon avatars: rows of attributes drawn at random, and the picture of any row (DiceBear's "avataaars", drawn by node).

`pictures(rows)` gives the true picture of any attributes, edited ones too.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UserError
from . import node
from .pictures import SIZE, PictureSource, webp

# The order is the one in which values are drawn: another order gives other rows. The names are DiceBear's, but for colours.
CLOTH = ("black", "blue", "navy blue", "gray", "pale blue", "green", "pink", "red", "white", "yellow", "purple", "orange")
VALUES: dict[str, tuple[str, ...]] = {
    "bg": ("white", "light blue", "lavender", "peach", "pink", "mint", "yellow", "gray"),
    "skin": ("pale", "light", "tan", "brown", "dark"),
    "hairColor": ("auburn", "black", "blond", "brown", "dark brown", "pink", "platinum", "red", "gray", "blue"),
    "top": (
        "hat", "hijab", "turban", "winterHat1", "winterHat02", "winterHat03", "winterHat04", "bob", "bun", "curly", "curvy", "dreads",
        "frida", "fro", "froBand", "longButNotTooLong", "miaWallace", "shavedSides", "straight02", "straight01", "straightAndStrand",
        "dreads01", "dreads02", "frizzle", "shaggy", "shaggyMullet", "shortCurly", "shortFlat", "shortRound", "shortWaved", "sides",
        "theCaesar", "theCaesarAndSidePart", "bigHair",
    ),
    "hatColor": CLOTH,
    "eyes": (
        "closed", "cry", "default", "eyeRoll", "happy", "hearts", "side", "squint", "surprised", "winkWacky", "wink", "xDizzy",
    ),
    "mouth": ("concerned", "default", "disbelief", "eating", "grimace", "sad", "screamOpen", "serious", "smile", "tongue", "twinkle"),
    "eyebrows": ("angry", "default", "raisedExcited", "sadConcerned", "unibrowNatural"),
    "facialHair": ("beardLight", "beardMajestic", "beardMedium", "moustacheFancy", "moustacheMagnum"),
    "accessories": ("kurt", "prescription01", "prescription02", "round", "sunglasses", "wayfarers", "eyepatch"),
    "clothing": (
        "blazerAndShirt", "blazerAndSweater", "collarAndSweater", "graphicShirt", "hoodie", "overall", "shirtCrewNeck", "shirtScoopNeck",
        "shirtVNeck",
    ),
    "clothesColor": CLOTH,
}  # fmt: skip
CHANCE = {"facialHair": 0.3, "accessories": 0.4}  # of having any; else "none"


def mulberry32(seed: int) -> Iterator[float]:
    """Numbers in [0, 1): the generator of 32 bits of state by T. Ettinger (public domain)."""
    while True:
        seed = (seed + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((seed ^ seed >> 15) * (seed | 1)) & 0xFFFFFFFF
        t ^= (t + (t ^ t >> 7) * (t | 61)) & 0xFFFFFFFF
        yield (t ^ t >> 14) / 2**32


def rows(count: int, seed: int) -> Iterator[dict[str, str]]:
    """`count` sets of attributes, each value independent and all equally likely, but for `CHANCE`."""
    numbers = mulberry32(seed)
    for _ in range(count):
        row = {}
        for slot, values in VALUES.items():
            has = slot not in CHANCE or next(numbers) < CHANCE[slot]
            row[slot] = values[int(next(numbers) * len(values))] if has else "none"
        yield row


def drawn(of: Iterable[dict[str, str]], size: int = SIZE) -> Iterator[NDArray[np.uint8]]:
    """The picture (size, size, 3) of each row of attributes; `UserError` for an unknown value, or where node or its packages fail."""
    checked = [_checked(row) for row in of]
    script = node.installed("avatars") / "render_avatars.mjs"
    lines = "".join(json.dumps(row) + "\n" for row in checked)
    for pixels in node.output(script, str(size), lines=lines, size=size * size * 3):
        yield np.frombuffer(pixels, np.uint8).reshape(size, size, 3)


def pictures(of: Iterable[dict[str, str]], size: int = SIZE) -> NDArray[np.uint8]:
    """(N, size, size, 3) uint8: the pictures of N rows of attributes, see `drawn`."""
    found = list(drawn(of, size))
    return np.stack(found) if found else np.empty((0, size, size, 3), np.uint8)


def _checked(row: dict[str, str]) -> dict[str, str]:
    for slot, values in VALUES.items():
        allowed = (*values, "none") if slot in CHANCE else values
        if row.get(slot) not in allowed:
            raise UserError(f"An avatar cannot be drawn with {slot} = {row.get(slot)!r}: choose one of {', '.join(allowed)}.")
    return {slot: row[slot] for slot in VALUES}


@dataclass(frozen=True, kw_only=True)
class AvatarSource(PictureSource):
    """Avatars of random attributes."""

    seed: int

    def make(self, folder: Path) -> Iterator[tuple[dict, bytes]]:
        chosen = list(rows(self.rows, self.seed))
        for row, picture in zip(chosen, drawn(chosen), strict=True):
            yield row, webp(Image.fromarray(picture))


AVATARS = AvatarSource(
    name="avatars",
    file="images/faces_avataaars_128.zip",
    title="12,000 cartoon avatars of random attributes",
    address="npm packages @dicebear/core, @dicebear/avataaars and @resvg/resvg-js",
    licence="free for personal and commercial use (Avataaars by Pablo Stanley)",
    rows=12_000,
    seed=20261121,
    labels="0c5523f33dbc54d8a04e6f5d645f7fe75bd3a636abd361d783cc51686cda583a",
    content="c29ad8a8aea78dc5e559b8e0efc2943d77a187c4c491f02e1521f62c6dea4440",
    exact=False,
    note="Held to the attributes of all rows; the pictures may differ in single bits where they are drawn on another processor.",
)
MORE = AvatarSource(
    name="avatars-more",
    file="images/faces_avataaars_more_128.zip",
    title="12,000 more cartoon avatars, for training only",
    address=AVATARS.address,
    licence=AVATARS.licence,
    rows=12_000,
    seed=1,
    labels="ad9615acce7e007f65324ec99fca7e33c261543e31c6b3703288582cbbfd04c1",
    content="2f91db95e1f8fb155bec7bdf743a1010b22a154c61b7342abfa2724ebfcfa0e3",
    exact=False,
    note=AVATARS.note,
)
