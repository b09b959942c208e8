"""Measures where the likeness to known cartoon faces ends: its centre, its threshold, and how often it is wrong."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ... import checkpoints, clip
from ...data import images
from ...training.card import summary
from .likeness import cosines

FALSE_REMARKS = 0.005  # share of known pictures below the threshold, on those that it is chosen by
KNOWN, CHOSEN, MEASURED = 800, 800, 600  # avatars of the mean, those that choose the threshold, held-out ones
OTHERS = 300  # pictures of each kind that is no cartoon face
Picture = NDArray[np.uint8]


def measure_likeness() -> dict:
    """What a checkpoint of faces keeps of it: "centre", "threshold", "false_remarks" (on held-out avatars), "missed" (of other kinds)."""
    model = checkpoints.load(clip.MODEL, clip.NETWORKS)
    train, test = images.avatars("train").images, images.avatars("test").images[:MEASURED]
    centre = embed(model, train[:KNOWN]).mean(0)
    threshold = float(cosines(embed(model, train[KNOWN : KNOWN + CHOSEN]), centre).quantile(FALSE_REMARKS))
    return {
        "centre": [round(x, 5) for x in centre.tolist()],
        "threshold": threshold,
        "false_remarks": below(model, test, centre, threshold),
        "missed": {kind: 1 - below(model, pictures, centre, threshold) for kind, pictures in strangers().items()},
    }


def below(model: nn.Module, pictures: Picture, centre: Tensor, threshold: float) -> float:
    """Share of pictures (N, H, W, 3) that get the remark."""
    return float((cosines(embed(model, pictures), centre) < threshold).float().mean())


def likeness_metrics(measured: dict) -> dict[str, dict]:
    """The error rates again, of the centre and threshold that a checkpoint keeps: on held-out avatars, on avatars as people may give them,
    and on what is no cartoon face; see training.card.summary for their form."""
    model = checkpoints.load(clip.MODEL, clip.NETWORKS)
    centre, threshold = torch.tensor(measured["centre"]), measured["threshold"]
    known = images.avatars("test").images[:MEASURED]
    metrics = {"likeness: held-out faces that get the remark": summary([below(model, known, centre, threshold)], bar="≤ 0.02")}
    for kind, change in CHANGES.items():
        share = below(model, changed(known[:OTHERS], change), centre, threshold)
        metrics[f"likeness: faces {kind} that get the remark"] = summary([share])
    for kind, pictures in strangers().items():
        metrics[f"likeness: {kind} that get no remark"] = summary([1 - below(model, pictures, centre, threshold)], bar="≤ 0.02")
    return metrics


def strangers() -> dict[str, Picture]:
    """Held-out pictures that are no cartoon faces, by kind."""
    rng = np.random.default_rng(0)
    emoji = images.emoji("test")
    faces = np.array([("face" in row["label"] or "person" in row["label"]) for row in emoji.rows])
    return {
        "emoji of faces and people": emoji.images[faces][:OTHERS],
        "other emoji": emoji.images[~faces][:OTHERS],
        "photographs of flowers": images.flowers("test").images[:OTHERS],
        "line drawings": images.line_art("test").lines[:OTHERS],
        "noise": rng.integers(0, 256, (32, 128, 128, 3), dtype=np.uint8),
        "plain areas": np.repeat(np.repeat(rng.integers(0, 256, (32, 1, 1, 3), dtype=np.uint8), 128, 1), 128, 2),
    }


def smaller(picture: Image.Image) -> Image.Image:
    """At three quarters of its size, on its own background."""
    whole = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    whole.paste(picture.resize((96, 96), Image.Resampling.LANCZOS), (16, 32))
    return whole


def moved(picture: Image.Image) -> Image.Image:
    """A twelfth to the left and up."""
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 10, 0, 1, 10))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {"at three quarters of the size": smaller, "out of the middle": moved}


def changed(pictures: Picture, change: Callable[[Image.Image], Image.Image]) -> Picture:
    """Pictures (N, H, W, 3), each changed."""
    return np.stack([np.asarray(change(Image.fromarray(picture))) for picture in pictures])


@torch.inference_mode()
def embed(model: nn.Module, pictures: Picture, batch: int = 32) -> Tensor:
    """CLIP embeddings (N, 256) of pictures (N, H, W, 3) uint8."""
    shown = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
    return torch.cat([model(image=part.float() / 255) for part in shown.split(batch)]).clone()
