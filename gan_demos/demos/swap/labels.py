"""Between names and numbers: what is asked for as the generator takes it, and what it sees as a person reads it."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .vocabulary import DOMAINS


def asking(model: str, asked: Mapping[str, str]) -> Tensor:
    """slot → domain as the generator takes it: (sum of sizes,), 1 for what is asked for."""
    return torch.tensor([float(asked.get(slot) == value) for slot, values in DOMAINS[model].items() for value in values])


def seen_in(model: str, logits: Tensor) -> dict[str, tuple[str | None, float]]:
    """The generator's reading of its input, logits (sum of sizes + slots,): slot → (domain, or None for none of them, how sure)."""
    found: dict[str, tuple[str | None, float]] = {}
    parts = logits.split([len(values) + 1 for values in DOMAINS[model].values()])
    for (slot, values), part in zip(DOMAINS[model].items(), parts, strict=True):
        sure, number = part.softmax(0).max(0)
        found[slot] = ((*values, None)[int(number)], float(sure))
    return found
