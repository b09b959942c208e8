"""Pictures about pictures: small stages at full size, and which word painted where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ...prompts import words

MAX_WORDS = 12  # of a prompt whose maps are shown
Picture = NDArray[np.uint8]

# What a map is laid over the picture in, from no attention to most: dark violet, magenta, orange, pale yellow.
_HEAT = np.array([(20, 12, 48), (124, 29, 111), (240, 110, 60), (252, 240, 170)], np.float32)


@dataclass(frozen=True)
class WordMap:
    """A word of the text, its share of all attention (0-1), and where it painted: (H, W) float32, its share at each place."""

    word: str
    share: float
    map: NDArray[np.float32]


def enlarged(picture: Picture, side: int) -> Picture:
    """A small picture with its pixels as squares: (h, h, 3) → (side, side, 3)."""
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST))


def maps_of_words(attention: Tensor, text: str, spans: Sequence[tuple[int, int]]) -> list[WordMap]:
    """The maps of the first `MAX_WORDS` words of a text, those of a word's tokens in sum.

    attention (T, H, W): the share of each token at each place; spans: the characters of `text` that each of the T tokens stands for.
    """
    shares = attention.float().numpy()
    found = []
    for word in words(text)[:MAX_WORDS]:
        tokens = [i for i, (start, end) in enumerate(spans) if start < word.end and end > word.start]
        if tokens:  # a word beyond what the text tower reads has none
            together = shares[tokens].sum(0)
            found.append(WordMap(text[word.start : word.end], float(together.mean()), together))
    return found


def overlay(picture: Picture, shares: NDArray[np.float32]) -> Picture:
    """Where a word painted, over the picture in grey: brightest where its share (h, w) is greatest."""
    height, width, _ = picture.shape
    lowest, highest = float(shares.min()), float(shares.max())
    level = (shares - lowest) / max(highest - lowest, 1e-6)
    large = np.asarray(Image.fromarray(level.astype(np.float32), mode="F").resize((width, height), Image.Resampling.BILINEAR)).clip(0, 1)
    grey = picture.mean(2, keepdims=True)  # (H, W, 1)
    place = large * (len(_HEAT) - 1)
    lower = np.minimum(place.astype(int), len(_HEAT) - 2)
    heat = _HEAT[lower] + (place - lower)[..., None] * (_HEAT[lower + 1] - _HEAT[lower])  # (H, W, 3)
    return (0.35 * grey + 0.65 * heat).round().clip(0, 255).astype(np.uint8)
