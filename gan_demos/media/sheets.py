"""Pictures of one size together: as levels, as a sheet of several, as a strip, and twice the size."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

GAP = 4
PAPER = 255
Picture = NDArray[np.uint8]


def levels(picture: Tensor) -> Picture:
    """(3, H, W) in [0, 1] → uint8 (H, W, 3)."""
    return (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


def sheet(pictures: Sequence[Picture]) -> Picture:
    """Pictures of one size side by side in rows, in a shape near a square: uint8 (height, width, 3)."""
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = [strip(pictures[start : start + columns], columns) for start in range(0, len(pictures), columns)]
    gap = np.full((GAP, rows[0].shape[1], 3), PAPER, np.uint8)
    return np.concatenate([part for row in rows for part in (gap, row)][1:])


def strip(pictures: Sequence[Picture], columns: int = 0) -> Picture:
    """Pictures of one size in a row, with room for `columns` of them: uint8 (height, width, 3)."""
    height, width, _ = pictures[0].shape
    columns = max(columns, len(pictures))
    row = np.full((height, columns * (width + GAP) - GAP, 3), PAPER, np.uint8)
    for i, picture in enumerate(pictures):
        row[:, i * (width + GAP) : i * (width + GAP) + width] = picture
    return row


def doubled(picture: Picture) -> Picture:
    """Twice as wide and high, smoothly: video keeps colour at half the resolution."""
    height, width, _ = picture.shape
    return np.asarray(Image.fromarray(picture).resize((2 * width, 2 * height), Image.Resampling.BICUBIC))
