"""OpenMoji as black line art (left) and in colour (right), side by side."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from . import node
from .emoji import vector_picture
from .pictures import SIZE, PictureSource, drawing

LABELS = ("hexcode", "annotation", "tags", "openmoji_tags", "group", "subgroups")
DRAWN = 72  # width and height of an OpenMoji


@dataclass(frozen=True, kw_only=True)
class LinesSource(PictureSource):
    """Pairs of one package."""

    shape: tuple[int, int] = (SIZE, 2 * SIZE)

    def make(self, folder: Path) -> Iterator[tuple[dict, bytes]]:
        package = node.installed("openmoji") / "node_modules/openmoji"
        for row in json.loads((package / "data/openmoji.json").read_text()):
            if row["skintone"] or row["group"] == "flags":
                continue
            black, colour = (
                vector_picture((package / kind / "svg" / f"{row['hexcode']}.svg").read_text(), DRAWN, DRAWN) for kind in ("black", "color")
            )
            if black.tobytes() != colour.tobytes():  # what has no colour teaches nothing about colouring
                pair = Image.new("RGB", (2 * SIZE, SIZE))
                pair.paste(black, (0, 0))
                pair.paste(colour, (SIZE, 0))
                yield {key: row[key] for key in LABELS}, drawing(pair)


LINES = LinesSource(
    name="openmoji-lines",
    file="images/openmoji_line_colour_pairs_128.zip",
    title="OpenMoji as black lines and in colour",
    address="npm package openmoji",
    licence="CC-BY-SA-4.0",
    rows=2106,
    labels="df8fb5539fca6b09abd6144ed017fa5c1a99fd48869a31334ca28ae29652fc25",
    content="5aca26e105712f5d3a5de79de381acec64ca6a609b31bd1ea6943ead66998613",
    exact=False,
    note="Held to the labels of all rows; the pictures may differ in single bits where they are drawn on another processor.",
)
