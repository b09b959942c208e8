"""Second stage of the generators' training: what the memory of each begins with, which needs no steps.

A slot is a concept: its key the embedding of its label and, less, of its other texts; its code the one that the synthesis network was
trained with.
"""

from collections import Counter

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import CODE_RATE, ClipGAN, Generator, StackGAN, normalise

OTHERS = 0.3  # weight of the mean of a concept's other texts beside its label
FIRST_LOG_VARIANCE = -4.0  # of conditions of mean square about 1


def sureness(texts: list[list[str]]) -> Tensor:
    """For each text of each concept, one over the number of concepts that have the same text, labels counting double; at most 1."""
    shared = Counter(text.lower() for group in texts for text in dict.fromkeys(group))
    sure = [(2.0 if i == 0 else 1.0) / shared[text.lower()] for group in texts for i, text in enumerate(group)]
    return torch.tensor(sure).clamp(max=1)


def keys(sentence: Tensor, weight: Tensor, of: list[Tensor]) -> Tensor:
    """One direction (K, 256) for each concept. sentence (N, 256) and weight (N,) of all texts, of: the numbers of each concept's texts."""
    found = []
    for numbers in of:
        share = weight[numbers] / weight[numbers].sum() * OTHERS
        share[0] += 1
        found.append(F.normalize((share.unsqueeze(1) * sentence[numbers]).sum(0), dim=0))
    return torch.stack(found)


@torch.no_grad()
def fill(generator: Generator, directions: Tensor, codes: Tensor) -> None:
    """Begin the memory of `generator` with directions (K, 256) and codes (K, code_width, 16, 16)."""
    generator.recall.codes.copy_(normalise(codes).flatten(1) / CODE_RATE)
    if isinstance(generator, ClipGAN):
        generator.recall.keys.copy_(directions)
    if isinstance(generator, StackGAN):
        width = generator.condition_width
        _, _, axes = torch.linalg.svd(directions, full_matrices=len(directions) < width)  # the directions in which the labels differ most
        generator.condition.weight[:width].copy_(axes[:width])
        generator.condition.weight[width:].zero_()
        generator.condition.bias.zero_()
        generator.condition.bias[width:] = FIRST_LOG_VARIANCE
        generator.recall.keys.zero_()
        generator.recall.keys[:, :width] = normalise(directions) @ axes[:width].T
