"""What the CLIP learns from: pictures and the texts that fit each. Training only."""

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan_demos.data import images
from gan_demos.data.sources import root
from gan_demos.data.splits import held_out

# A tenth of the concepts would be too few to look for one among 500.
EMOJI_TEST_SHARE = 0.3
SENTENCES = "text/coco_captions.txt.gz"  # below the data folder
FLOWER_TEXTS = ("a photo of a {}", "{}", "{} flower", "{}s", "a {} in bloom", "close-up of a {}", "a garden with {}s")

# A caption of an avatar, given its attributes.
Captioner = Callable[[dict[str, str], random.Random], str]


@dataclass(frozen=True)
class Pairs:
    """`images` (N, 128, 128, 3) uint8; `texts`: those that fit each picture, the plainest first; `groups`: pictures of one group show the
    same thing, so a batch has one of them at most; `test` (N,) bool: kept apart; `batch`: how many of a batch are from here."""

    images: NDArray[np.uint8]
    texts: list[list[str]]
    groups: list[str]
    test: NDArray[np.bool_]
    batch: int


def emoji_key(row: dict) -> str:
    """An emoji's concept: its codepoints in lower case, without variation selectors."""
    return "-".join(part for part in row["codepoints"].lower().split("-") if part != "fe0f")


def emoji_texts(row: dict, rng: random.Random) -> list[str]:
    """The label; the label and first keywords; each keyword; some keywords together."""
    label, keywords = row["label"], [word for word in row["keywords"] if word != row["label"]]
    together = [", ".join([label, *rng.sample(keywords, min(count, len(keywords)))]) for count in (2, 3, 4)]
    return [label, ", ".join([label, *keywords[:2]]), *keywords, *together]


def emoji(seed: int = 0) -> Pairs:
    """Emoji in nine styles. Test: 30 % of the concepts, by the hash of their codepoints, in all styles."""
    rng, found = random.Random(seed), [images.emoji(split) for split in ("train", "new-pairs", "test")]
    rows = [row for pictures in found for row in pictures.rows]
    texts = {emoji_key(row): emoji_texts(row, rng) for row in rows}
    keys = [emoji_key(row) for row in rows]
    test = np.array([held_out(key, EMOJI_TEST_SHARE) for key in keys])
    return Pairs(np.concatenate([pictures.images for pictures in found]), [texts[key] for key in keys], keys, test, 192)


def flowers() -> Pairs:
    """Photographs of flowers of five kinds, which is what their texts say."""
    found = [images.flowers(split) for split in ("train", "test")]
    kinds = [row["kind"] for pictures in found for row in pictures.rows]
    texts = {kind: [text.format(kind) for text in FLOWER_TEXTS] for kind in set(kinds)}
    test = np.arange(len(kinds)) >= len(found[0])
    return Pairs(np.concatenate([pictures.images for pictures in found]), [texts[kind] for kind in kinds], kinds, test, len(texts))


def avatars(caption: Captioner, train: int = 3500, test: int = 500, seed: int = 0) -> Pairs:
    """Cartoon avatars, each with three captions by `caption`; the first `train` and `test` of either split."""
    rng, found = random.Random(seed), [images.avatars("train"), images.avatars("test")]
    pictures = np.concatenate([found[0].images[:train], found[1].images[:test]])
    rows = found[0].rows[:train] + found[1].rows[:test]
    texts = [[caption(row, rng) for _ in range(3)] for row in rows]
    keys = [images.attributes_key(row) for row in rows]
    return Pairs(pictures, texts, keys, np.arange(len(rows)) >= len(found[0].rows[:train]), 64)


def sentences() -> list[str]:
    """Plain English sentences about pictures (captions of COCO), if they are in the data folder; else none."""
    file = root() / SENTENCES
    return gzip.decompress(file.read_bytes()).decode().splitlines() if file.is_file() else []
