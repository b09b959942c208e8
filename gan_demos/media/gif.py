"""GIF: moving pictures that repeat for ever, with their recipe in the comment before the first frame."""

import io
import re

import numpy as np
from PIL import Image

from gan_demos.errors import MediaError
from gan_demos.media import frames as moving
from gan_demos.recipes import MAX_BYTES, Recipe

MAGIC = re.compile(rb"GIF8[79]a")
SUFFIX = ".gif"
MAX_CHUNKS = 100_000
COMMENT, EXTENSION, IMAGE = 0xFE, 0x21, 0x2C
PALETTE_PIXELS = 1 << 16  # as many are looked at to choose the 256 colours; median cut takes long over many more


def encode(frames: np.ndarray, recipe: Recipe, rate: float = 12) -> bytes:
    """A GIF file of `frames`, uint8 of shape (frames, height, width, 3), at `rate` frames a second.

    All frames share 256 colours; a frame lasts a whole number of hundredths of a second. `MediaError` for another type, shape or size.
    The same frames and recipe give the same bytes.
    """
    frames = moving.check(frames, rate)
    step = max(1, frames.size // 3 // PALETTE_PIXELS)
    looked_at = frames.reshape(1, -1, 3)[:, ::step]
    palette = Image.fromarray(looked_at).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    first, *rest = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    file = io.BytesIO()
    comment = recipe.to_json().encode("ascii")
    milliseconds = 10 * round(100 / rate)
    first.save(file, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0, comment=comment, optimize=False)
    return file.getvalue()


def read_recipe(data: bytes) -> Recipe:
    """The recipe in the first comment of a GIF file; no pixel is decoded. `MediaError` if there is none, `RecipeError` if malformed."""
    position = 13 + _table(data[10:11])
    comment, in_comment = bytearray(), False
    in_blocks = False  # inside an extension or an image, which are made of blocks of up to 255 bytes and end with an empty one
    for _ in range(MAX_CHUNKS):
        if position >= len(data):
            break
        if in_blocks:
            size = data[position]
            if in_comment:
                comment += data[position + 1 : position + 1 + size]
                if size == 0 or len(comment) > MAX_BYTES:
                    return Recipe.from_json(bytes(comment))
            in_blocks = size > 0
            position += 1 + size
        elif data[position] == EXTENSION:
            in_comment = data[position + 1 : position + 2] == bytes([COMMENT])
            in_blocks, position = True, position + 2
        elif data[position] == IMAGE:
            # Place and size, a table of colours of its own, and the width of its codes come before the blocks.
            in_blocks, position = True, position + 11 + _table(data[position + 9 : position + 10])
        else:
            break
    raise MediaError("This GIF file holds no recipe: it was not made here, or another program saved it again without its comment.")


def _table(flags: bytes) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
