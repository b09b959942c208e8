"""PNG: pictures with their recipe in the text chunk `gan_demos.recipe` (iTXt, not compressed)."""

import io
import re
import zlib

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gan_demos.errors import MediaError
from gan_demos.recipes import Recipe

MAGIC = re.compile(re.escape(b"\x89PNG\r\n\x1a\n"))
SUFFIX = ".png"
KEYWORD = b"gan_demos.recipe"
MAX_CHUNKS = 10_000
MAX_SIDE = 16_384


def encode(array: np.ndarray, recipe: Recipe) -> bytes:
    """A PNG file of `array`, uint8 of shape (height, width) for grey, (height, width, 3) for RGB or (height, width, 4) for RGBA.

    `MediaError` for another type or shape. The same array and recipe give the same bytes.
    """
    array = np.asarray(array)
    if array.dtype != np.uint8:
        raise MediaError(f"A picture is made of uint8 levels, not {array.dtype}.")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise MediaError(f"A picture has the shape (height, width), or that and 3 or 4 channels, not {array.shape}.")
    if not (1 <= array.shape[0] <= MAX_SIDE and 1 <= array.shape[1] <= MAX_SIDE):
        raise MediaError(f"A picture's sides are 1 to {MAX_SIDE} pixels long, not {array.shape[1]} by {array.shape[0]}.")
    facts = PngInfo()
    facts.add_itxt(KEYWORD.decode(), recipe.to_json(), zip=False)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(file, "PNG", pnginfo=facts)
    return file.getvalue()


def read_recipe(data: bytes) -> Recipe:
    """The recipe in the text chunk of a PNG file; no pixel is decoded. `MediaError` if there is none, `RecipeError` if malformed."""
    view = memoryview(data)
    position = 8
    for _ in range(MAX_CHUNKS):
        size, kind = int.from_bytes(view[position : position + 4]), bytes(view[position + 4 : position + 8])
        end = position + 8 + size + 4
        if end > len(view) or kind == b"IEND":
            break
        if kind in (b"tEXt", b"iTXt") and view[position + 8 : position + 8 + len(KEYWORD) + 1] == KEYWORD + b"\0":
            if zlib.crc32(view[position + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
                raise MediaError("This PNG file is damaged: the checksum of its recipe does not fit.")
            return Recipe.from_json(_text(kind, bytes(view[position + 8 + len(KEYWORD) + 1 : end - 4])))
        position = end
    raise MediaError("This PNG file holds no recipe: it was not made here, or another program saved it again without its text.")


def _text(kind: bytes, content: bytes) -> bytes:
    if kind == b"tEXt":
        return content
    # Compression flag, compression method, language tag, NUL, translated keyword, NUL, text. Ours is never compressed, and what is
    # could unpack to any size.
    if content[:1] != b"\0":
        raise MediaError("The recipe in this PNG file is compressed, which ours never are.")
    return content[2:].split(b"\0", 2)[-1]
