"""Texts and pictures -> embeddings, through the shared inference module like any other model."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_demos.clip.configs import CONTEXT, EMBED_DIM, MODEL, WORD_WIDTH
from gan_demos.clip.tokens import tokenize
from gan_demos.remembered import Remembered

# By a text's tokens: sentence (256,) and words (length, 384); a few words of features are some 10 KB
_TEXTS: Remembered[tuple[int, ...], tuple[Tensor, Tensor]] = Remembered(1024, MODEL)


@dataclass(frozen=True)
class TextFeatures:
    """`sentence` (N, 256), rows of length 1; `words` (N, 48, 384), zero where `mask` (N, 48) is false."""

    sentence: Tensor
    words: Tensor
    mask: Tensor


def encode_text(context: Any, texts: list[str]) -> TextFeatures:
    """Features of N texts. `context`: a request's `Context`, which must declare the checkpoint `MODEL`.

    The last texts are remembered: who tries seeds, sliders and styles asks with the same words again and again.
    """
    tokens, mask = tokenize(texts)
    numbers = [tuple(row[keep].tolist()) for row, keep in zip(tokens, mask, strict=True)]
    known = _TEXTS.get(context, numbers)
    new = [row for row, text in enumerate(numbers) if text not in known and text not in numbers[:row]]
    items = [{"tokens": tokens[row], "mask": mask[row]} for row in new]
    found = context.engine.call_many(context.model(MODEL), items, owner=context.owner, alone=True)  # much goes on from them
    known |= {numbers[row]: (one["sentence"], one["words"][: len(numbers[row])].clone()) for row, one in zip(new, found, strict=True)}
    _TEXTS.put(context, known)
    features = TextFeatures(torch.empty(len(texts), EMBED_DIM), torch.zeros(len(texts), CONTEXT, WORD_WIDTH), mask)
    for row, text in enumerate(numbers):
        features.sentence[row], features.words[row, : len(text)] = known[text]
    return features


def encode_images(context: Any, images: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] of any size -> (N, 256), rows of length 1. `context` as for `encode_text`."""
    found = context.engine.call_many(context.model(MODEL), [{"image": image} for image in images], owner=context.owner)
    return torch.stack(found) if found else torch.empty(0, EMBED_DIM)
