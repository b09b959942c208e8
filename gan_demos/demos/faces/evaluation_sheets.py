"""Sheets of faces to look at: fixed seeds, prompts with their words beside them, and the nearest training pictures."""

import random
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ...media import sheets
from ...metrics import images as measures
from . import captions
from .evaluation import Visitor
from .judge_training import pictures as training_pictures
from .understanding import Understanding, understand

SIDE = 128
WORDS = 420  # pixels beside the faces
PER_SHEET = 8


def write_all(folder: Path) -> None:
    """The pictures of the card of `faces`, with the weights that are in its place."""
    train, _ = training_pictures("train")
    with Visitor() as visitor:
        seed_sheet(visitor, folder / "samples.png")
        caption_sheet(visitor, folder / "captions.png")
        drawn = visitor.draw(visitor.chances([""]) * 12, range(12))
        nearest_sheet(visitor.paint(drawn), train, folder / "nearest.png")


def seed_sheet(visitor: Visitor, file: Path, count: int = 32) -> None:
    """Faces of the empty prompt, seeds 0 to `count` - 1."""
    drawn = visitor.draw(visitor.chances([""]) * count, range(count))
    Image.fromarray(sheets.sheet([_levels(one) for one in visitor.paint(drawn)])).save(file)


def prompt_sheets(visitor: Visitor, prompts: Sequence[str], folder: Path, seeds: Sequence[int] = (0, 1, 2, 3)) -> list[Path]:
    """One PNG for every eight prompts: a row each, the prompt and what was understood of it on the left, a face for each seed beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for start in range(0, len(prompts), PER_SHEET):
        part = prompts[start : start + PER_SHEET]
        rows = [_row(visitor, prompt, start + number + 1, seeds) for number, prompt in enumerate(part)]
        files.append(folder / f"prompts-{start + 1:02d}-{start + len(part):02d}.png")
        Image.fromarray(np.concatenate(rows)).save(files[-1])
    return files


def caption_sheet(visitor: Visitor, file: Path, count: int = PER_SHEET, seed: int = 0) -> None:
    """Captions of random faces in the words of the test split, four faces each."""
    rng = random.Random(seed)
    texts = [captions.caption(captions.random_row(rng), rng, split="test").text for _ in range(count)]
    Image.fromarray(np.concatenate([_row(visitor, text, i + 1, range(4)) for i, text in enumerate(texts)])).save(file)


def nearest_sheet(made: Tensor, train: Tensor, file: Path, columns: int = 12) -> None:
    """Generated pictures (N, 3, 128, 128), and below each the training picture that looks most like it and how far off that is."""
    errors, numbers = measures.nearest_pictures(made, train)
    rows = []
    for index in torch.arange(len(made)).split(columns):
        for shown in (made[index], train[numbers[index]]):
            rows.append(sheets.strip([_levels(one) for one in shown], columns))
        label = Image.new("RGB", (rows[-1].shape[1], 18), "white")
        for place, error in enumerate(errors[index].tolist()):
            ImageDraw.Draw(label).text((place * (SIDE + sheets.GAP) + 4, 2), f"{error:.3f}", "black", ImageFont.load_default(12))
        rows.append(np.asarray(label))
    Image.fromarray(np.concatenate(rows)).save(file)


def _row(visitor: Visitor, prompt: str, number: int, seeds: Sequence[int]) -> np.ndarray:
    understood = understand(visitor.context, prompt)
    drawn = visitor.draw([torch.as_tensor(understood.probabilities)] * len(seeds), seeds)
    faces = sheets.strip([_levels(one) for one in visitor.paint(drawn)])
    label = Image.new("RGB", (WORDS, faces.shape[0] + sheets.GAP), "white")
    pen = ImageDraw.Draw(label)
    said = textwrap.shorten(repr(prompt), 150, placeholder=" …")
    pen.multiline_text((6, 4), "\n".join(textwrap.wrap(f"{number}. {said}", 62)), "black", ImageFont.load_default(13))
    pen.multiline_text((6, 62), "\n".join(textwrap.wrap(_told(understood), 74)[:5]), "#555", ImageFont.load_default(11))
    gap = np.full((sheets.GAP, faces.shape[1], 3), sheets.PAPER, np.uint8)
    return np.concatenate([np.asarray(label), np.concatenate([faces, gap])], 1)


def _told(understood: Understanding) -> str:
    named = "; ".join(f"{slot}: {about.label}" for slot, about in understood.named.items())
    ignored = f"; ignored: {', '.join(understood.ignored)}" if understood.ignored else ""
    return (named or "nothing named") + ignored


def _levels(picture: Tensor) -> np.ndarray:
    return sheets.levels(measures.unit(picture))
