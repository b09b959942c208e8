"""What the sources of pictures share: a picture in a dataset file is a WebP."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from .archives import Source

SIZE = 128
QUALITY = 90
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, kw_only=True)
class PictureSource(Source):
    """A dataset of pictures. How a WebP is packed differs between versions of its encoder, so `content` covers the file as it is."""

    shape: tuple[int, int] = (SIZE, SIZE)  # height, width

    MEMBER: ClassVar[str] = "{:06d}.webp"

    def content_of(self, file: bytes) -> bytes:
        """The file's length and a line feed, the file."""
        with reading(file) as picture:
            if picture.format != "WEBP" or (picture.height, picture.width) != self.shape:
                raise ValueError(f"a picture is not a WebP of {self.shape[1]} × {self.shape[0]}")
        return f"{len(file)}\n".encode() + file


@contextmanager
def reading(file: bytes) -> Iterator[Image.Image]:
    """The picture in a file; `ValueError` where it is damaged, no picture or far too large."""
    try:
        with Image.open(io.BytesIO(file)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValueError(f"a picture of {picture.width} × {picture.height} is far too large")
            yield picture
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None


def webp(picture: Image.Image, **options) -> bytes:
    """An RGB picture as a WebP; of quality 90 where `options` of the encoder say nothing else."""
    file = io.BytesIO()
    picture.save(file, "WEBP", **({"quality": QUALITY} | options))
    return file.getvalue()


def drawing(picture: Image.Image) -> bytes:
    """A drawing as a WebP: flat colours take less room without loss, shaded ones with a little (quality 93)."""
    return min(webp(picture, lossless=True, method=3), webp(picture, quality=93), key=len)


def on_white(picture: Image.Image) -> Image.Image:
    """An RGB picture: what is transparent becomes white."""
    picture = picture.convert("RGBA")
    flat = Image.new("RGBA", picture.size, "white")
    flat.alpha_composite(picture)
    return flat.convert("RGB")
