"""Sheets of pictures to look at, for the cards: fixed prompts and seeds, nothing chosen."""

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ... import checkpoints, clip
from ...data import images
from ...media import sheets
from ...metrics import images as measures
from . import pictures
from .emoji_training import TextTable, read
from .evaluation import NETWORKS, held_out, paint
from .evaluation_guidance import DEFAULTS, guided, prompts
from .networks import Generator
from .vocabulary import STYLE_TITLES, STYLES

PROMPTS = (
    "cat", "a red apple", "rocket", "happy robot", "house with a tree", "crying face", "pizza", "birthday cake",
    "blue heart", "a dog with sunglasses", "old wizard", "sports car", "rainbow over a mountain", "snowman", "angry dragon", "love",
)  # fmt: skip
ATTENDED = ("a red apple", "house with a tree", "a dog with sunglasses", "rainbow over a mountain")
SEEN = 24  # held-out pairs beside the truth
GUIDED = 8
SIDE = 128
WORDS = 150  # pixels for the words on the left
LINE = 20  # pixels for a line of small words above or below
MAX_BYTES = 500_000
QUALITIES = (92, 85, 75, 60, 45, 30)
Picture = NDArray[np.uint8]


def write_all(name: str, folder: Path) -> None:
    """The pictures of the card of a generator, with the weights that are in its place, as WebP of half a megabyte at most."""
    module, model = checkpoints.load(name, NETWORKS), checkpoints.load(clip.MODEL, clip.NETWORKS)
    for file, picture in drawn(module, model).items():
        save(picture, folder / file)


def drawn(module: Generator, model: clip.Clip, steps: int = DEFAULTS.steps) -> dict[str, Picture]:
    """All sheets of a generator by the names of their files; `steps`: of guidance."""
    texts = read(model, PROMPTS)
    found = {
        "samples.webp": samples(module, texts),
        "seen.webp": seen(module, model),
        "nearest.webp": nearest(module, texts),
        "guidance.webp": guidance(module, model, steps),
    }
    if "stage32" in module.shown:
        found["stages.webp"] = stages(module, texts)
    if "attention" in module.shown:
        found["attention.webp"] = attention(module, read(model, ATTENDED))
    return found


def samples(module: Generator, texts: TextTable) -> Picture:
    """Each text in each of the nine styles, seed 0."""
    count = len(STYLES)
    rows = []
    for number, text in enumerate(texts.texts):
        made = paint(module, texts, torch.full((count,), number), torch.eye(count), 0)
        rows.append(beside(text, sheets.strip(_levels(made))))
    return np.concatenate([heads([STYLE_TITLES[style] for style in STYLES], WORDS), *rows])


def seen(module: Generator, model: clip.Clip) -> Picture:
    """Held-out pairs: what is made of label and style above the true picture, seed 0."""
    real = held_out("new-pairs", SEEN)
    made = paint(module, read(model, real.labels), real.own, real.weights, 0)
    labels = [f"{row['label']}, {STYLE_TITLES[row['style']]}" for row in real.rows]
    return pairs(made, real.pictures, labels)


def nearest(module: Generator, texts: TextTable) -> Picture:
    """Each text in Fluent 3D, seed 0, above the training picture that looks most like it, and their mean absolute difference."""
    train = torch.from_numpy(images.emoji("train").images).permute(0, 3, 1, 2)
    count = len(texts)
    weights = F.one_hot(torch.full((count,), STYLES.index("fluent-3d")), len(STYLES)).float()
    made = paint(module, texts, torch.arange(count), weights, 0)
    errors, numbers = measures.nearest_pictures(made, train)
    return pairs(made, train[numbers], [f"{error:.3f}" for error in errors.tolist()])


def guidance(module: Generator, model: clip.Clip, steps: int) -> Picture:
    """The first held-out prompts, before and after guidance."""
    asked = prompts()[:GUIDED]
    run = guided(module, model, read(model, [one.text for one in asked]), [one.style for one in asked], 0, steps)
    return pairs(run.before, run.after, [one.text for one in asked], columns=GUIDED)


@torch.no_grad()
def stages(module: Generator, texts: TextTable) -> Picture:
    """Each text in its own style, seed 0: 32², 64² and 128² below each other."""
    rows: dict[str, list[Picture]] = {"stage32": [], "stage64": [], "picture": []}
    for number in range(len(texts)):
        out = _shown(module, texts, number)
        for name, row in rows.items():
            row.append(pictures.enlarged(sheets.levels(out[name][0]), SIDE))
    columns = len(texts) // 2
    parts = [sheets.strip(row[start : start + columns]) for start in (0, columns) for row in rows.values()]
    return np.concatenate([part for row in parts for part in (row, _gap(row.shape[1]))])


@torch.no_grad()
def attention(module: Generator, texts: TextTable) -> Picture:
    """A row for each text, seed 0: the picture, and over it in grey where each word painted."""
    rows = []
    for number, text in enumerate(texts.texts):
        out = _shown(module, texts, number)
        picture = sheets.levels(out["picture"][0])
        maps = pictures.maps_of_words(out["attention"][0], text, clip.spans(text))
        names = ["", *(f"{one.word} {one.share:.2f}" for one in maps)]
        strip = sheets.strip([picture, *(pictures.overlay(picture, one.map) for one in maps)])
        rows.append(np.concatenate([heads(names, 0), strip]))
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=sheets.PAPER) for row in rows])


def _shown(module: Generator, texts: TextTable, number: int) -> dict[str, Tensor]:
    """Everything that the generator shows of a text, in a style of its own, seed 0."""
    noise = torch.randn(1, module.noise_width, generator=torch.Generator().manual_seed(0))
    sentence, words, mask = (one[number : number + 1] for one in (texts.sentence, texts.words, texts.mask))
    style = F.one_hot(torch.tensor([number % len(STYLES)]), len(STYLES)).float()
    return module.paint(module.latent(sentence, words, mask, noise), style, words, mask)


def pairs(upper: Tensor, lower: Tensor, labels: Sequence[str], columns: int = 8) -> Picture:
    """Pictures (N, 3, 128, 128) uint8 above others, with words below each pair."""
    rows = []
    for index in torch.arange(len(upper)).split(columns):
        named = heads([labels[i] for i in index.tolist()] + [""] * (columns - len(index)), 0)
        rows += [*(sheets.strip(_levels(some[index]), columns) for some in (upper, lower)), named]
    return np.concatenate(rows)


def heads(names: Sequence[str], left: int) -> Picture:
    """A line of small words, one above each column."""
    image = Image.new("RGB", (left + len(names) * (SIDE + sheets.GAP) - sheets.GAP, LINE), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    for place, name in enumerate(names):
        pen.text((left + place * (SIDE + sheets.GAP) + 2, 3), _fitting(name, font, SIDE), "#333", font)
    return np.asarray(image)


def beside(text: str, strip: Picture) -> Picture:
    """A strip of pictures with words on its left."""
    image = Image.new("RGB", (WORDS, strip.shape[0]), "white")
    ImageDraw.Draw(image).multiline_text((4, 40), "\n".join(textwrap.wrap(text, 20)), "black", ImageFont.load_default(14))
    row = np.concatenate([np.asarray(image), strip], 1)
    return np.concatenate([row, _gap(row.shape[1])])


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text


def _gap(width: int) -> Picture:
    return np.full((sheets.GAP, width, 3), sheets.PAPER, np.uint8)


def _levels(some: Tensor) -> list[Picture]:
    return [sheets.levels(measures.unit(one)) for one in some]


def save(picture: Picture, file: Path, limit: int = MAX_BYTES) -> None:
    """A WebP of the best quality that stays below `limit` bytes; smaller where no quality does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(picture)
    while True:
        for quality in QUALITIES:
            data = _webp(image, quality)
            if len(data) <= limit:
                file.write_bytes(data)
                return
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality)
    return out.getvalue()
