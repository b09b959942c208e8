"""Differentiable augmentation (Zhao et al. 2020, https://arxiv.org/abs/2006.10738): the critic never sees a picture as it is.

What it looks at, real or generated, is changed at random first, so that it cannot learn the training pictures by heart; the generator's
gradient flows back through the change. Strengths are the authors': brightness up to ± ½ of their range [-1, 1], saturation times 0 to 2,
contrast times ½ to 1½, a shift by up to an eighth of the side, a square of half the side cut out.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

MIDDLE = 0.5  # of the range [0, 1]: what fills shifted-in borders and cut-out squares


def diff_augment(pictures: Tensor, policy: Sequence[str] = ("colour", "translation", "cutout")) -> Tensor:
    """Each of the pictures (B, 3, H, W) in [0, 1] changed in its own way; differentiable, and not clamped, so that gradients stay.

    policy: which of "colour", "translation" and "cutout", in that order of application. `ValueError` for any other word. Draws from torch's
    global random numbers.
    """
    if unknown := set(policy) - set(CHANGES):
        raise ValueError(f"augmentation knows {', '.join(CHANGES)}, not {', '.join(sorted(unknown))}")
    for name in policy:
        pictures = CHANGES[name](pictures)
    return pictures


def colour(pictures: Tensor) -> Tensor:
    """Brightness, then saturation (distance from the pixel's grey), then contrast (distance from the picture's mean)."""
    brightness, saturation, contrast = torch.rand(3, len(pictures), 1, 1, 1, device=pictures.device, dtype=pictures.dtype)
    pictures = pictures + (brightness - 0.5) / 2  # ± ¼ here is ± ½ of [-1, 1]
    pictures = torch.lerp(pictures.mean(1, keepdim=True), pictures, 2 * saturation)
    return torch.lerp(pictures.mean((1, 2, 3), keepdim=True), pictures, contrast + 0.5)


def translation(pictures: Tensor, share: float = 0.125) -> Tensor:
    """Shifted by whole pixels, up to `share` of the side in both directions; what comes in from outside is grey."""
    height, width = pictures.shape[-2:]
    down, right = int(height * share + 0.5), int(width * share + 0.5)
    tops, lefts = torch.randint(0, 2 * down + 1, (len(pictures),)).tolist(), torch.randint(0, 2 * right + 1, (len(pictures),)).tolist()
    padded = F.pad(pictures, (right, right, down, down), value=MIDDLE).unbind(0)
    shifted = [one[:, top : top + height, left : left + width] for one, top, left in zip(padded, tops, lefts, strict=True)]
    return torch.stack(shifted)


def cutout(pictures: Tensor, share: float = 0.5) -> Tensor:
    """A rectangle of `share` of each side is grey. Its centre lies anywhere in the picture, so a part of it may fall outside."""
    shape, device = pictures.shape, pictures.device
    spans = []
    for side in shape[-2:]:  # rows, then columns
        size = int(side * share + 0.5)
        first = torch.randint(0, side + 1 - size % 2, (shape[0], 1), device=device) - size // 2  # (B, 1)
        place = torch.arange(side, device=device)
        spans.append((place >= first) & (place < first + size))  # (B, side)
    inside = spans[0][:, None, :, None] & spans[1][:, None, None, :]  # (B, 1, H, W)
    return pictures.masked_fill(inside, MIDDLE)


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {"colour": colour, "translation": translation, "cutout": cutout}
