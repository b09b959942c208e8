"""What the generators were trained on, small: which concepts they know, and the training pictures nearest to a picture."""

import functools
import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ... import checkpoints
from ...demo import Context
from ...errors import CheckpointError

MEMORY = "pictures-memory"
THUMBNAILS_FILE = "thumbnails.zip"
EMBEDDING = 256  # of our CLIP
SIDE = 64  # pixels of a thumbnail
PER_ROW = 8  # a WebP holds 8 × 8 of them
PER_BLOCK = PER_ROW**2
COMPARED = 32  # pixels that pictures are compared at
COARSE = 8  # pixels that the candidates of that are found at
CANDIDATES = 64
MAX_BYTES = 8 << 20
MAX_THUMBNAILS = 20_000
MAX_MEMBER_BYTES = 1 << 20
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, LookupError, TypeError, ValueError)


class Memory(nn.Module, PyTorchModelHubMixin):
    """`texts` (concepts, 256): embeddings of length 1 of the known concepts' labels."""

    def __init__(self, concepts: int) -> None:
        super().__init__()
        self.register_buffer("texts", F.normalize(torch.randn(concepts, EMBEDDING), dim=1))

    def forward(self, sentence: Tensor) -> Tensor:
        """sentence (B, 256), rows of length 1 -> cosine with each concept's label (B, concepts)."""
        return sentence @ self.texts.T


_DEBUG_LABELS = ["cat", "dog", "rocket", "red apple", "house", "tree", "smiling face", "sun", "snowman", "bicycle", "ghost", "clock"]
# Without thumbnails: discs stand in for them.
DEBUG = (
    "Memory",
    {"concepts": len(_DEBUG_LABELS)},
    {"labels": _DEBUG_LABELS, "emoji": list("🐱🐶🚀🍎🏠🌳😀🌞⛄🚲👻🕐"), "threshold": 0.5, "thumbnails": None},
)


@dataclass(frozen=True)
class Known:
    """A concept that was trained on: its label, its emoji, and the cosine of a text with its label."""

    label: str
    emoji: str
    similarity: float


@dataclass(frozen=True)
class Neighbour:
    """A training picture: label, drawing style, mean absolute difference (0 to 1, at 32 × 32 pixels), itself (64, 64, 3) uint8."""

    label: str
    style: str
    distance: float
    thumbnail: NDArray[np.uint8]


class Thumbnails:
    """All training pictures, 64 × 64. What they are compared by is in memory; blocks of 64 pictures are decoded when they are shown.

    `rows`: [number of the concept, style] of each; `blocks`: WebPs of 8 × 8 of them.
    """

    def __init__(self, rows: list[tuple[int, str]], blocks: list[bytes]) -> None:
        self.rows, self.blocks = rows, blocks
        small = np.concatenate([shrunk(_decode(block), COMPARED) for block in blocks])[: len(rows)]
        if len(small) != len(rows):
            raise ValueError("there are fewer pictures than rows")
        self.small = small.round().astype(np.uint8)  # (N, 32, 32, 3)
        self.coarse = shrunk(self.small, COARSE).reshape(len(rows), -1)  # (N, 192) float32
        self.squares = (self.coarse**2).sum(1)

    def nearest(self, picture: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        """(number, mean absolute difference) of the `count` nearest to a picture (H, W, 3) of levels 0 to 255; H, W multiples of 32."""
        small = shrunk(picture[None], COMPARED)
        coarse = shrunk(small, COARSE).reshape(-1)
        apart = self.squares - 2 * self.coarse @ coarse
        close = np.argsort(apart, kind="stable")[:CANDIDATES]
        errors = np.abs(self.small[close] - small).mean((1, 2, 3)) / 255
        best = np.argsort(errors, kind="stable")[:count]
        return [(int(close[i]), float(errors[i])) for i in best]

    def thumbnail(self, number: int) -> NDArray[np.uint8]:
        """Picture `number`, (64, 64, 3) uint8."""
        return _decode(self.blocks[number // PER_BLOCK])[number % PER_BLOCK]


def known(context: Context, sentence: Tensor, count: int = 5) -> list[Known]:
    """The known concepts whose labels are nearest to a sentence (256,), nearest first."""
    similarity = context.engine.call(context.model(MEMORY), {"sentence": sentence}, owner=context.owner)  # (concepts,)
    facts = context.extra(MEMORY)
    best, numbers = similarity.topk(min(count, len(similarity)))
    return [Known(facts["labels"][i], facts["emoji"][i], s) for i, s in zip(numbers.tolist(), best.tolist(), strict=True)]


def threshold(context: Context) -> float:
    """The cosine with the nearest label from which on a text speaks of something known; how often that errs is in the card."""
    return float(context.extra(MEMORY)["threshold"])


def nearest(context: Context, picture: Tensor, count: int = 6) -> list[Neighbour]:
    """The training pictures that look most like `picture` (3, 128, 128) in [0, 1], nearest first. `CheckpointError` if they are missing
    or damaged."""
    facts = context.extra(MEMORY)
    found = thumbnails(facts)
    levels = (picture.detach().cpu().float().clamp(0, 1) * 255).permute(1, 2, 0).numpy()
    near = [(*found.rows[number], error, found.thumbnail(number)) for number, error in found.nearest(levels, count)]
    return [Neighbour(facts["labels"][concept], *more) for concept, *more in near]


def thumbnails(facts: dict[str, Any]) -> Thumbnails:
    """The training pictures that the `extra` of `MEMORY` speaks of: {"thumbnails": {"file", "sha256"}}."""
    if facts["thumbnails"] is None:
        return _discs(len(facts["labels"]))
    return read(checkpoints.folder(MEMORY) / THUMBNAILS_FILE, facts["thumbnails"]["sha256"], len(facts["labels"]))


@functools.lru_cache(maxsize=1)
def read(file: Path, sha256: str, concepts: int) -> Thumbnails:
    """The thumbnails in `file`. `CheckpointError` if it is missing, too large, not the file of that sha256, or holds something else."""
    rebuild = f"rebuild them with: python -m gan_demos train {MEMORY}"
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError:
        raise CheckpointError(f"The training pictures are not here ({file} is missing or cannot be read); {rebuild}") from None
    if len(data) > MAX_BYTES or hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"The training pictures cannot be used: {file} is damaged (its sha256 is another); {rebuild}")
    try:
        return _unpack(data, concepts)
    except UNREADABLE as error:
        raise CheckpointError(f"The training pictures cannot be used: {file} is damaged ({error}); {rebuild}") from None


def _unpack(data: bytes, concepts: int) -> Thumbnails:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if max(info.file_size for info in archive.infolist()) > MAX_MEMBER_BYTES:
            raise ValueError("a part of it is too large")
        rows = [(int(row["concept"]), str(row["style"])) for row in map(json.loads, archive.read("rows.jsonl").decode().splitlines())]
        if len(rows) > MAX_THUMBNAILS or not all(0 <= concept < concepts for concept, _ in rows):
            raise ValueError("its rows do not fit")
        return Thumbnails(rows, [archive.read(f"{start // PER_BLOCK:03d}.webp") for start in range(0, len(rows), PER_BLOCK)])


def _decode(block: bytes) -> NDArray[np.uint8]:
    """A WebP of 8 × 8 thumbnails -> (64, 64, 64, 3) uint8. `ValueError` for another file: its size is known before it is decoded."""
    with Image.open(io.BytesIO(block), formats=("WEBP",)) as picture:
        if picture.size != (PER_ROW * SIDE,) * 2:
            raise ValueError("a block of thumbnails has another size")
        grid = np.asarray(picture.convert("RGB"))
    return grid.reshape(PER_ROW, SIDE, PER_ROW, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)


def shrunk(pictures: NDArray, side: int) -> NDArray[np.float32]:
    """(N, H, H, 3) -> (N, side, side, 3) float32, each pixel the mean of its square; H a multiple of `side`."""
    step = pictures.shape[1] // side
    return pictures.reshape(len(pictures), side, step, side, step, 3).mean((2, 4), dtype=np.float32)


def packed(pictures: NDArray[np.uint8], quality: int) -> list[bytes]:
    """Thumbnails (N, 64, 64, 3) -> WebPs of 8 × 8 of them, the last filled up with white."""
    blocks = []
    for start in range(0, len(pictures), PER_BLOCK):
        part = pictures[start : start + PER_BLOCK]
        part = np.concatenate([part, np.full((PER_BLOCK - len(part), SIDE, SIDE, 3), 255, np.uint8)])
        grid = part.reshape(PER_ROW, PER_ROW, SIDE, SIDE, 3).swapaxes(1, 2).reshape(PER_ROW * SIDE, PER_ROW * SIDE, 3)
        file = io.BytesIO()
        Image.fromarray(grid).save(file, "WEBP", quality=quality, method=6)
        blocks.append(file.getvalue())
    return blocks


@functools.lru_cache(maxsize=1)
def _discs(concepts: int) -> Thumbnails:
    """What stands in for training pictures in tests: for each concept a disc of its own colour, in two sizes."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    pictures, rows = np.full((2 * concepts, SIDE, SIDE, 3), 255, np.uint8), []
    for number, picture in enumerate(pictures):
        concept, large = divmod(number, 2)
        picture[x**2 + y**2 < (28 if large else 20) ** 2] = (concept * 97 % 256, concept * 53 % 256, concept * 29 % 256)
        rows.append((concept, ("noto", "openmoji")[large]))
    return Thumbnails(rows, packed(pictures, 80))
