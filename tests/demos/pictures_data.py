"""A small dataset of emoji in the real one's form, for tests where that is not at hand."""

import hashlib

import numpy as np
from PIL import Image

from gan_demos.data import archives, emoji, pictures, sources

SIDE = 128
FIRST = 0x6A0  # of the codepoints: five of the concepts are of the split "test"
VARIANTS = {"man running": "1f3c3-200d-2642", "woman running": "1f3c3-200d-2640"}  # of one concept
LABELS = (
    "cat", "dog", "rocket", "red apple", "house", "tree", "crying face", "sun", "snowman", "bicycle", "ghost", "clock", "pizza", "heart",
    "fish", "moon", "car", "umbrella", "guitar", "book", "key", "crown", "anchor", "bread", "train", "flower", "hand", "mountain", "robot",
    "banana", "horse", "bee", "lamp", "bell", "boat", "castle", "cloud", "cookie", "man running", "woman running",
)  # fmt: skip


def emoji_data(folder, monkeypatch, concepts=40):
    """Write a dataset of `concepts` labels in the nine styles and let the code find it; returns its rows."""
    monkeypatch.setenv("GAN_DEMOS_DATA", str(folder / "data"))
    rows = [
        {
            "style": style,
            "codepoints": VARIANTS.get(label, f"1f{n + FIRST:03x}"),
            "label": label,
            "keywords": [f"{label} thing", "object"],
            "group": n % 3,
        }
        for style in emoji.STYLES
        for n, label in enumerate(LABELS[:concepts])
    ]
    file = folder / "data" / sources.FILES["emoji"]
    file.parent.mkdir(parents=True)
    archives.write(file, pictures.PictureSource.MEMBER, ((row, pictures.webp(drawn(row))) for row in rows))
    return rows


def drawn(row):
    """Where and in which shape says the label, in which colours the style."""
    rng = np.random.default_rng(list(hashlib.sha256(row["label"].encode()).digest()[:4]))
    shape = np.kron(rng.random((6, 6)) < 0.5, np.ones((16, 16), bool))
    colour = np.random.default_rng(emoji.STYLES.index(row["style"])).integers(0, 220, 3)
    picture = np.full((SIDE, SIDE, 3), 255, np.uint8)
    picture[16:112, 16:112][shape] = colour
    return Image.fromarray(picture)
