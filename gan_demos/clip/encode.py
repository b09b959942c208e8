"""Texts and pictures -> embeddings, through the shared inference module like any other model."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_demos.clip.configs import CONTEXT, EMBED_DIM, MODEL, WORD_WIDTH
from gan_demos.clip.tokens import tokenize


@dataclass(frozen=True)
class TextFeatures:
    """`sentence` (N, 256), rows of length 1; `words` (N, 48, 384), zero where `mask` (N, 48) is false."""

    sentence: Tensor
    words: Tensor
    mask: Tensor


def encode_text(context: Any, texts: list[str]) -> TextFeatures:
    """Features of N texts. `context`: a request's `Context`, which must declare the checkpoint `MODEL`."""
    tokens, mask = tokenize(texts)
    items = [{"tokens": token, "mask": keep} for token, keep in zip(tokens, mask, strict=True)]
    found = context.engine.call_many(context.model(MODEL), items, owner=context.owner)
    if not found:
        return TextFeatures(torch.empty(0, EMBED_DIM), torch.empty(0, CONTEXT, WORD_WIDTH), mask)
    return TextFeatures(torch.stack([one["sentence"] for one in found]), torch.stack([one["words"] for one in found]), mask)


def encode_images(context: Any, images: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] of any size -> (N, 256), rows of length 1. `context` as for `encode_text`."""
    found = context.engine.call_many(context.model(MODEL), [{"image": image} for image in images], owner=context.owner)
    return torch.stack(found) if found else torch.empty(0, EMBED_DIM)
