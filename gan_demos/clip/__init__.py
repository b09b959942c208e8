"""Texts and pictures in one space: our own small CLIP, what it finds, and the setting that puts another in its place for scoring.

`tokenize`, `spans`, `encode_text`, `encode_images`; `retrieval` finds nearest neighbours; `scoring` says how well pictures fit texts.
open_clip, timm, transformers and torchvision are imported when a `Clip` is built, not here.
"""

from gan_demos.clip.configs import MODEL, arguments, debug_arguments
from gan_demos.clip.encode import TextFeatures, encode_images, encode_text
from gan_demos.clip.networks import Clip
from gan_demos.clip.scoring import score, scorer_name
from gan_demos.clip.tokens import spans, tokenize

NETWORKS = {"Clip": Clip}
# What the debug twin is made of: see `demo.Demo.debug`.
DEBUG = ("Clip", debug_arguments(), {})

__all__ = [
    "DEBUG",
    "MODEL",
    "NETWORKS",
    "Clip",
    "TextFeatures",
    "arguments",
    "encode_images",
    "encode_text",
    "score",
    "scorer_name",
    "spans",
    "tokenize",
]
