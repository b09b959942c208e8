"""Photographs of flowers: the middle square of each, scaled to 128 × 128."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from .archives import ArchiveSource
from .pictures import SIZE, PictureSource, reading, webp


@dataclass(frozen=True, kw_only=True)
class PhotoSource(PictureSource, ArchiveSource):
    """An archive of photographs."""

    def convert(self, file: bytes) -> bytes:
        with reading(file) as photo:
            return webp(ImageOps.fit(photo.convert("RGB"), (SIZE, SIZE), Image.Resampling.LANCZOS))


FLOWERS = PhotoSource(
    name="flowers",
    file="images/flowers_photos_128.zip",
    title="Flowers Recognition, photographs of five kinds of flowers",
    address="https://www.kaggle.com/api/v1/datasets/download/alxmamaev/flowers-recognition",
    licence="of the single photographs unknown: for research and study",
    pattern=r"(?P<kind>daisy|dandelion|rose|sunflower|tulip)/(?P<file>[^/]+\.jpg)",
    max_bytes=400 << 20,
    rows=4317,
    labels="b1c1bb3b44981a96af4db4d4444185471baa3d0d9b799a0a7e30eb2df0dcf61d",
    content="c6e0576e05df3304d6401ba00f47271c5d7b20b779908fc77d6eef43a676901b",
    exact=False,
    note="The file the models were trained on was scaled by another program: a build is held to each photograph's kind and file name.",
)
