"""Pairs of made-up pictures, for tests without the programs that draw real ones."""

import torch
import torch.nn.functional as F

from gan_demos.demos.swap.pairs_training import Pairs
from gan_demos.demos.swap.vocabulary import COUNTS, DOMAINS, EMOJI

STYLES = DOMAINS[EMOJI]["style"]


def style_pairs(concepts: int = 4) -> Pairs:
    """Each concept is a shape, each style a colour: (concepts · 5) pictures, all ordered pairs of a concept."""
    torch.manual_seed(0)
    shapes = (F.interpolate(torch.rand(concepts, 1, 4, 4), (128, 128)) > 0.5).float()
    colours = torch.linspace(0, 1, 5).view(1, 5, 1, 1, 1) * torch.tensor([1.0, -1.0, 0.5]).view(1, 1, 3, 1, 1) % 1
    pictures = 1 - shapes.unsqueeze(1) * (1 - colours)  # (concepts, 5, 3, 128, 128)
    eye = torch.eye(COUNTS[EMOJI])
    pairs = [(5 * c + a, 5 * c + b) for c in range(concepts) for a in range(5) for b in range(5) if a != b]
    source, target = (torch.tensor(side) for side in zip(*pairs, strict=True))
    labels = torch.arange(5).repeat(concepts).unsqueeze(1)
    rows = [{"style": STYLES[k], "codepoints": str(c)} for c in range(concepts) for k in range(5)]
    shown = (pictures.flatten(0, 1) * 255).round().byte()
    ways = (eye[target % 5], eye[source % 5], torch.ones(len(pairs)))
    return Pairs(EMOJI, shown, labels, torch.ones(len(labels), 1), source, target, *ways, rows)
