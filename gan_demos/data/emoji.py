"""Emoji in nine styles on white, drawn from the vector or bitmap pictures of public npm packages; names from Emojibase and emojilib."""

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from . import node
from .pictures import SIZE, PictureSource, drawing, on_white

LICENCES = {
    "noto": "Apache-2.0",
    "noto-v1": "Apache-2.0",
    "twemoji": "CC-BY-4.0",
    "fluent-emoji-flat": "MIT",
    "fluent-3d": "MIT",
    "openmoji": "CC-BY-SA-4.0",
    "emojione": "CC-BY-4.0",
    "emojione-v1": "CC-BY-SA-4.0",
    "fxemoji": "Apache-2.0",
}
STYLES = tuple(LICENCES)
NAMED = ("noto", "twemoji", "openmoji", "fluent-emoji-flat")  # say which codepoints a picture's name stands for
FLAGS = 9  # Emojibase's number of that group: left out


def plain(codepoints: str) -> str:
    """Codepoints (hex, joined by "-") in lower case, without the variation selector fe0f."""
    return "-".join(part for part in codepoints.lower().split("-") if part != "fe0f")


def slug(label: str) -> str:
    """A label as the packages write it in names: "Tree: palm" → "tree-palm"."""
    letters = "".join(c for c in unicodedata.normalize("NFD", label.lower()) if not unicodedata.combining(c))
    letters = re.sub("[’'“”\".,!():]", "", letters).replace("&", "and")
    return re.sub("[^a-z0-9#*]+", "-", letters).strip("-")


def labels(modules: Path) -> dict[str, dict]:
    """codepoints → label, keywords and group of every emoji that is no flag and has no skin tone, in Emojibase's order."""
    known = json.loads((modules / "emojilib/dist/emoji-en-US.json").read_text())
    words = {plain("-".join(f"{ord(c):x}" for c in emoji)): [word.replace("_", " ") for word in listed] for emoji, listed in known.items()}
    found = {}
    for entry in json.loads((modules / "emojibase-data/en/data.json").read_text()):
        group, points = entry.get("group", -1), plain(entry["hexcode"])
        if group != FLAGS:
            keywords = list(dict.fromkeys([*entry.get("tags", []), *words.get(points, [])]))
            found[points] = {"label": entry["label"], "keywords": keywords, "group": group}
    return found


class Style:
    """The vector pictures of one Iconify package."""

    def __init__(self, modules: Path, name: str, codepoints: dict[str, str]):
        self.set = json.loads((modules / "@iconify-json" / name / "icons.json").read_text())
        listed = modules / "@iconify-json" / name / "chars.json"
        self.names: dict[str, str] = {}
        for points, icon in json.loads(listed.read_text()).items() if listed.is_file() else ():
            self.names.setdefault(plain(points), icon)
        for icon in (*self.set["icons"], *self.set.get("aliases", {})):
            if icon in codepoints:
                self.names.setdefault(codepoints[icon], icon)

    def svg(self, points: str) -> tuple[str, int, int] | None:
        """(SVG, width, height) of an emoji; None where the style has none."""
        icon = self.names.get(points)
        aliases = self.set.get("aliases", {})
        while icon in aliases and icon not in self.set["icons"]:
            icon = aliases[icon]["parent"]
        if icon not in self.set["icons"]:
            return None
        found = self.set["icons"][icon]
        left, top, width, height = (found.get(k, self.set.get(k, d)) for k, d in (("left", 0), ("top", 0), ("width", 16), ("height", 16)))
        head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        return f'{head} viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">{found["body"]}</svg>', width, height


def vector_picture(svg: str, width: int, height: int, size: int = SIZE) -> Image.Image:
    """An SVG of width × height drawn to fit size × size, its shape kept, in the middle of white."""
    import resvg_py

    scale = size / max(width, height)
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=max(1, round(width * scale)), height=max(1, round(height * scale)))
    whole = Image.new("RGB", (size, size), "white")
    with Image.open(io.BytesIO(bytes(drawn))) as picture:
        whole.paste(on_white(picture), ((size - picture.width) // 2, (size - picture.height) // 2))
    return whole


def codepoints_of_names(modules: Path, known: dict[str, dict]) -> dict[str, str]:
    """A picture's name in any package → codepoints."""
    found: dict[str, str] = {}
    for name in NAMED:
        for points, icon in json.loads((modules / "@iconify-json" / name / "chars.json").read_text()).items():
            found.setdefault(icon, plain(points))
    return {slug(entry["label"]): points for points, entry in known.items()} | found


@dataclass(frozen=True, kw_only=True)
class EmojiSource(PictureSource):
    """Emoji of nine styles."""

    def make(self, folder: Path) -> Iterator[tuple[dict, bytes]]:
        modules = node.installed("emoji") / "node_modules"
        known = labels(modules)
        names = codepoints_of_names(modules, known)
        for style in STYLES:
            pictures = bitmaps(modules, known) if style == "fluent-3d" else vectors(Style(modules, style, names), known)
            for points, picture in pictures:
                yield {"style": style, "codepoints": points, **known[points]}, drawing(picture)


def vectors(style: Style, known: dict[str, dict]) -> Iterator[tuple[str, Image.Image]]:
    """(codepoints, picture) of a vector style, in the order of `known`."""
    for points in known:
        if found := style.svg(points):
            yield points, vector_picture(*found)


def bitmaps(modules: Path, known: dict[str, dict]) -> Iterator[tuple[str, Image.Image]]:
    """(codepoints, picture) of Fluent 3D, in the order of file names. All but four are square already."""
    for file in sorted((modules / "@lobehub/fluent-emoji-3d/assets").glob("*.webp")):
        if plain(file.stem) in known:
            with Image.open(file) as picture:
                yield plain(file.stem), on_white(picture).resize((SIZE, SIZE), Image.Resampling.LANCZOS)


EMOJI = EmojiSource(
    name="emoji",
    file="images/emoji_9styles_128.zip",
    title="Emoji in nine styles",
    address="npm packages @iconify-json/*, @lobehub/fluent-emoji-3d, emojibase-data and emojilib",
    licence="; ".join(f"{style} {licence}" for style, licence in LICENCES.items()) + "; names MIT",
    rows=11_727,
    labels="f4381d3d71b368bfeb84cecc421e86fa94fdd566e1fc45265bd545035ce30657",
    content="e04e78dcb22d1612934b112c6ddfff203941936bb8bddd961d766ef5fe7bf03e",
    exact=False,
    note="Held to the labels of all rows; the pictures may differ in single bits where they are drawn on another processor.",
)
