"""Builds and measures `pictures-memory`: the labels' embeddings, the thumbnails, and from which similarity on a text is known."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ... import checkpoints, clip
from ...clip import pairs
from ...clip.evaluation import texts_of
from ...data import images
from ...data.sources import path
from ...data.splits import held_out
from ...training.card import summary
from .memory import MAX_BYTES, MEMORY, SIDE, THUMBNAILS_FILE, Memory, Thumbnails, packed, thumbnails

QUALITY = 50  # of the thumbnails' WebP: together they must stay small
HALF = 0.5
PHRASES = (
    "a {}", "a photo of a {}", "draw me a {} please", "cute little {}", "{} on a table", "two {}s and a tree", "my {}", "{} in the night",
)  # fmt: skip
MAX_KEYWORDS = 800
MAX_SENTENCES = 500
JOINING = (0x200D, 0x20E3)  # the joiner, and the key around a digit
CHECKED = 256  # training pictures that are looked for among the thumbnails
BARS = {"missed": "≤ 0.20", "taken": "≤ 0.30"}


@dataclass(frozen=True)
class Concepts:
    """What is known and what is not: a row (label, keywords, codepoints) of each concept in "train", and of each in "test"."""

    known: list[dict]
    unseen: list[dict]

    @property
    def labels(self) -> list[str]:
        return [row["label"] for row in self.known]


def concepts() -> Concepts:
    """One row for all styles' pictures of the same codepoints, in the order of the data."""
    rows = images.read_rows(path("emoji"))
    found: dict[str, dict[str, dict]] = {"train": {}, "new-pairs": {}, "test": {}}
    for row, split in zip(rows, images.emoji_splits(rows), strict=True):
        found[split].setdefault(row["codepoints"], row)
    return Concepts(list(found["train"].values()), list(found["test"].values()))


def build_memory(target: Path) -> dict:
    """Write the weights, config and thumbnails of `pictures-memory` into `target`; returns the facts for its card."""
    start = time.monotonic()
    known = concepts()
    texts = texts_of(checkpoints.load(clip.MODEL, clip.NETWORKS), known.labels)
    memory = Memory(len(texts))
    memory.texts.copy_(texts)
    target.mkdir(parents=True, exist_ok=True)
    data = thumbnail_file(images.emoji("train"), [row["codepoints"] for row in known.known])
    (target / THUMBNAILS_FILE).write_bytes(data)
    extra = {
        "labels": known.labels,
        "emoji": [emoji_of(row["codepoints"]) for row in known.known],
        "threshold": chosen_threshold(Texts.of(known), texts),
        "thumbnails": {"file": THUMBNAILS_FILE, "sha256": hashlib.sha256(data).hexdigest()},
    }
    checkpoints.save(target, MEMORY, "pictures", "Memory", memory, {"concepts": len(texts)}, extra)
    return {"step": 0, "seconds": time.monotonic() - start}


def emoji_of(codepoints: str) -> str:
    """The characters of codepoints (hex, joined by "-", without variation selectors). Old symbols get the selector that asks for the
    picture instead of the letter."""
    points = [int(point, 16) for point in codepoints.split("-")]
    return "".join(chr(point) + ("\ufe0f" if point < 0x1F000 and point not in JOINING else "") for point in points)


def thumbnail_file(shown: images.Pictures, codepoints: Sequence[str]) -> bytes:
    """The zip that `memory.read` opens: `rows.jsonl` with the concept (its place in `codepoints`) and style of each picture, `000.webp`, …
    Styles of one concept lie together."""
    places = {points: place for place, points in enumerate(codepoints)}
    order = sorted(range(len(shown)), key=lambda number: places[shown.rows[number]["codepoints"]])
    rows = [{"concept": places[shown.rows[i]["codepoints"]], "style": shown.rows[i]["style"]} for i in order]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        out.writestr(zipfile.ZipInfo("rows.jsonl"), lines, zipfile.ZIP_DEFLATED)  # ZipInfo: without the time of day
        for number, block in enumerate(packed(images.shrink(shown.images[order], SIDE), QUALITY)):
            out.writestr(zipfile.ZipInfo(f"{number:03d}.webp"), block)
    data = file.getvalue()
    if len(data) > MAX_BYTES:
        raise ValueError(f"the thumbnails take {len(data)} bytes, more than the app reads")
    return data


@dataclass(frozen=True)
class Texts:
    """Texts that are not labels themselves, each with whether it is for choosing the threshold (else for measuring it).

    `known`: labels of known concepts in phrases, with their concept's number; `unseen`: the same of unseen concepts; `keywords`: keywords
    of known concepts; `strange`: keywords of unseen concepts alone.
    """

    known: list[tuple[str, int]]
    unseen: list[str]
    keywords: list[str]
    strange: list[str]

    @classmethod
    def of(cls, found: Concepts, choosing: bool = True) -> "Texts":
        """The half for choosing, or the half for measuring: by the hash of the label or keyword."""

        def wanted(text: str) -> bool:
            return held_out(text, HALF) == choosing

        def phrase(number: int, row: dict) -> str:
            return PHRASES[number % len(PHRASES)].format(row["label"])

        labels = set(found.labels)
        words = {word for row in found.known for word in row["keywords"]} - labels
        others = {word for row in found.unseen for word in row["keywords"]} - words - labels
        return cls(
            [(phrase(i, row), i) for i, row in enumerate(found.known) if wanted(row["label"])],
            [phrase(i, row) for i, row in enumerate(found.unseen) if wanted(row["label"])],
            [word for word in sorted(words) if wanted(word)][:MAX_KEYWORDS],
            [word for word in sorted(others) if wanted(word)][:MAX_KEYWORDS],
        )


def chosen_threshold(half: Texts, texts: Tensor) -> float:
    """The similarity that parts known from unseen labels best (mean of both shares)."""
    model = checkpoints.load(clip.MODEL, clip.NETWORKS)
    known, unseen = (best(texts_of(model, some), texts) for some in ([text for text, _ in half.known], half.unseen))
    steps = torch.arange(0.3, 0.95, 0.01)
    right = [float((known >= step).float().mean() + (unseen < step).float().mean()) for step in steps]
    return round(float(steps[int(np.argmax(right))]), 2)


def best(sentences: Tensor, texts: Tensor) -> Tensor:
    """The similarity of each sentence (N, 256) with the label nearest to it, (N,)."""
    return (sentences @ texts.T).max(1).values


def memory_metrics() -> dict[str, dict]:
    """All numbers of the card of `pictures-memory`; "real" is a label itself, or a picture in full."""
    memory = checkpoints.load(MEMORY, {"Memory": Memory})
    extra, model = checkpoints.extra(MEMORY), checkpoints.load(clip.MODEL, clip.NETWORKS)
    half, limit = Texts.of(concepts(), choosing=False), extra["threshold"]

    def taken(texts: Sequence[str]) -> float:
        return float((best(texts_of(model, texts), memory.texts) >= limit).float().mean())

    phrases = texts_of(model, [text for text, _ in half.known]) @ memory.texts.T
    right = phrases.argmax(1) == torch.tensor([number for _, number in half.known])
    missed = phrases.max(1).values < limit
    metrics = {
        "threshold": summary([limit]),
        "known labels in phrases, said to be unknown": summary([float(missed.float().mean())], 0.0, BARS["missed"]),
        "known labels in phrases, nearest is their own": summary([float(right.float().mean())], 1.0),
        "unseen labels in phrases, said to be known": summary([taken(half.unseen)], 0.0, BARS["taken"]),
        "keywords of known concepts, said to be known": summary([taken(half.keywords)], 1.0),
        "keywords of unseen concepts alone, said to be known": summary([taken(half.strange)], 0.0),
    }
    if captions := pairs.sentences():
        metrics["captions of photographs (COCO), said to be known"] = summary([taken(captions[:: len(captions) // MAX_SENTENCES])])
    return metrics | thumbnail_metrics(thumbnails(extra), extra["labels"], images.emoji("train"))


def thumbnail_metrics(small: Thumbnails, labels: Sequence[str], shown: images.Pictures) -> dict[str, dict]:
    """Whether a training picture finds itself among the thumbnails, and how far from itself packing has moved it."""
    found, moved = [], []
    for number in np.linspace(0, len(shown) - 1, CHECKED).astype(int):
        place, error = small.nearest(shown.images[number].astype(np.float32), 1)[0]
        concept, style = small.rows[place]
        found.append((labels[concept], style) == (shown.rows[number]["label"], shown.rows[number]["style"]))
        moved.append(error)
    return {
        "training pictures that find themselves": summary([float(np.mean(found))], 1.0),
        "mean difference of a thumbnail to its own picture": summary([float(np.mean(moved))], 0.0),
    }
