"""What the sources of pictures share: a picture in a dataset file is a WebP of quality 90."""

import io
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from .archives import Source

SIZE = 128
QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class PictureSource(Source):
    """A dataset of pictures. How a WebP is packed differs between versions of its encoder, so `content` covers the file as it is."""

    shape: tuple[int, int] = (SIZE, SIZE)  # height, width

    MEMBER: ClassVar[str] = "{:06d}.webp"

    def content_of(self, file: bytes) -> bytes:
        """The file's length and a line feed, the file."""
        with Image.open(io.BytesIO(file)) as picture:
            if picture.format != "WEBP" or (picture.height, picture.width) != self.shape:
                raise ValueError(f"a picture is not a WebP of {self.shape[1]} × {self.shape[0]}")
        return f"{len(file)}\n".encode() + file


def webp(picture: Image.Image) -> bytes:
    """An RGB picture as a WebP of quality 90."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=QUALITY)
    return file.getvalue()


def square(picture: Image.Image, size: int = SIZE) -> Image.Image:
    """A picture scaled to fit size × size, its shape kept, in the middle of white; transparent parts become white."""
    picture = picture.convert("RGBA")
    scale = size / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    white = Image.new("RGBA", (size, size), "white")
    white.alpha_composite(picture, ((size - width) // 2, (size - height) // 2))
    return white.convert("RGB")
