"""What the formats of moving pictures share: the check of their frames."""

import numpy as np

from gan_demos.errors import MediaError

MAX_FRAMES = 2_000
MAX_SIDE = 2_048
MAX_RATE = 100


def check(frames: np.ndarray, rate: float) -> np.ndarray:
    """`frames` as a contiguous uint8 array (frames, height, width, 3). `MediaError` for another type, shape, size or rate (a second)."""
    frames = np.asarray(frames)
    if frames.dtype != np.uint8:
        raise MediaError(f"Moving pictures are made of uint8 levels, not {frames.dtype}.")
    if frames.ndim != 4 or frames.shape[3] != 3:
        raise MediaError(f"Moving pictures have the shape (frames, height, width, 3), not {frames.shape}.")
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise MediaError(f"Moving pictures have 1 to {MAX_FRAMES} frames, not {len(frames)}.")
    if not (1 <= frames.shape[1] <= MAX_SIDE and 1 <= frames.shape[2] <= MAX_SIDE):
        raise MediaError(f"Their sides are 1 to {MAX_SIDE} pixels long, not {frames.shape[2]} by {frames.shape[1]}.")
    if not 1 <= rate <= MAX_RATE:
        raise MediaError(f"They are shown at 1 to {MAX_RATE} frames a second, not {rate}.")
    return np.ascontiguousarray(frames)
