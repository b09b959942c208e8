"""Texts -> tokens, with the tokenizer of the checkpoint; and which characters each token stands for."""

import functools
import hashlib
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from gan_demos import checkpoints
from gan_demos.clip.configs import CONTEXT, MODEL
from gan_demos.errors import CheckpointError

TOKENIZER_FILE = "tokenizer.json"
TOKENIZER_DIGEST = "tokenizer_sha256"  # in the checkpoint's `extra`


def tokenize(texts: list[str]) -> tuple[Tensor, Tensor]:
    """Token numbers (N, 48) int64 and the mask (N, 48), true for the tokens of the text, its start and end mark included.

    What does not fit into 48 tokens is left out. `CheckpointError` if the tokenizer of the checkpoint is missing or damaged.
    """
    encoded = [_tokenizer().encode(text) for text in texts]  # one by one: `encode_batch` starts threads that a fork would lose
    tokens = torch.tensor([one.ids for one in encoded], dtype=torch.int64).view(-1, CONTEXT)
    return tokens, torch.tensor([one.attention_mask for one in encoded], dtype=torch.bool).view(-1, CONTEXT)


def spans(text: str) -> list[tuple[int, int]]:
    """For each of the 48 positions the characters (start, end) of `text` that its token stands for; (0, 0) where there are none."""
    return list(_tokenizer().encode(text).offsets)


@functools.lru_cache(maxsize=4)
def _whole_words(tokenizer: Tokenizer) -> frozenset[str]:
    return frozenset(word for word in tokenizer.get_vocab() if word.isalpha())


def whole_words() -> frozenset[str]:
    """The words (lower case) that are one token by themselves: some 20,000 that are no typing mistakes. `CheckpointError` as `tokenize`."""
    return _whole_words(_tokenizer())


def _tokenizer() -> Tokenizer:
    return read(checkpoints.folder(MODEL) / TOKENIZER_FILE, checkpoints.extra(MODEL).get(TOKENIZER_DIGEST))


@functools.lru_cache(maxsize=4)
def read(file: Path, sha256: str | None) -> Tokenizer:
    """The tokenizer in `file`, cutting texts at `CONTEXT` tokens and filling them up to it.

    `CheckpointError` if it is missing, or not the file of that sha256.
    """
    rebuild = f"rebuild it with: python -m gan_demos train {MODEL}"
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"The tokenizer of {MODEL} is not here ({file} is missing); {rebuild}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"The tokenizer of {MODEL} cannot be used: {file} is damaged (its sha256 is another); {rebuild}")
    return prepared(Tokenizer.from_buffer(data))


def prepared(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer, set to give exactly `CONTEXT` tokens."""
    tokenizer.enable_truncation(CONTEXT)
    tokenizer.enable_padding(length=CONTEXT)
    return tokenizer
