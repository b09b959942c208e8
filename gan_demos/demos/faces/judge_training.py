"""The judge of faces: which of a face's values can be seen, and the training of the classifier that names them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ... import checkpoints
from ...data import images
from ...metrics.image_classifier import MultiSlotClassifier, predictions, slot_accuracy, train_classifier
from ...training import card
from .captions import shown
from .vocabulary import OVER_THE_CLOTHES, SIZES, SLOTS

JUDGE = "judge-faces"
ARGUMENTS = {"sizes": list(SIZES)}


def visible(row: Mapping[str, str], slot: str) -> bool:
    """Whether the picture of `row` shows the value of `slot`: a hat's colour needs a hat; the colour of the hair needs hair, and below a
    hat or scarf only a beard or moustache has any; eyes must not be behind the one pair of glasses that hides them; a hijab and long
    dreadlocks lie over the clothes."""
    if slot in ("clothing", "clothesColor") and row["top"] in OVER_THE_CLOTHES:
        return False
    return slot in shown(row)


def rows_of(values: Tensor) -> list[dict[str, str]]:
    """Rows of attributes from the numbers of their values, (N, slots)."""
    return [{slot: SLOTS[slot][number] for slot, number in zip(SLOTS, numbers, strict=True)} for numbers in values.tolist()]


def targets(rows: Sequence[Mapping[str, str]]) -> tuple[Tensor, Tensor]:
    """(labels, counts) of rows, each (N, slots): the number of each slot's value, int64, and 1 where it can be seen, else 0."""
    labels = torch.tensor([[values.index(row[slot]) for slot, values in SLOTS.items()] for row in rows])
    counts = torch.tensor([[float(visible(row, slot)) for slot in SLOTS] for row in rows])
    return labels, counts


def pictures(split: str) -> tuple[Tensor, list[dict[str, str]]]:
    """Real avatars of a split: (N, 3, 128, 128) uint8 and their rows."""
    data = images.avatars(split)
    return torch.from_numpy(data.images).permute(0, 3, 1, 2).contiguous(), data.rows


def load_judge() -> MultiSlotClassifier:
    """The trained judge, in eval mode."""
    return checkpoints.load(JUDGE, {"MultiSlotClassifier": MultiSlotClassifier}).to(memory_format=torch.channels_last)


def train_judge(minutes: float, device: str, seed: int, target: Path) -> dict:
    """Fit the judge for about `minutes` (at most 16 epochs) on the training split and write its checkpoint to `target`; returns the facts
    of the run. It is small: whatever the device, the CPU trains it."""
    pictured, rows = pictures("train")
    torch.manual_seed(seed)
    judge = MultiSlotClassifier(**ARGUMENTS)
    facts = train_classifier(judge, pictured, *targets(rows), minutes=minutes, seed=seed)
    checkpoints.save(target, JUDGE, "faces", "MultiSlotClassifier", judge, ARGUMENTS, {"slots": list(SLOTS)})
    return facts


def metrics() -> dict[str, dict]:
    """Held-out accuracy of the judge, mean, least and by slot; see training.card.summary for the form."""
    pictured, rows = pictures("test")
    labels, counts = targets(rows)
    shares = slot_accuracy(predictions(load_judge(), pictured), labels, counts)
    found = {"accuracy, mean of the slots": card.summary([sum(shares) / len(shares)]), "accuracy, least slot": card.summary([min(shares)])}
    return found | {f"accuracy, {slot}": card.summary([share]) for slot, share in zip(SLOTS, shares, strict=True)}
