"""The judge of voxel grids: a small 3D classifier trained on real shapes by our own code, used to score generated ones."""

import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ... import checkpoints
from ...data import shapes
from ...training import card
from .networks import unshuffle
from .vocabulary import HOUSEHOLD, JUDGE

ARGUMENTS = {"classes": len(HOUSEHOLD)}
SIDE = 32
EPOCHS, BATCH, RATE = 24, 32, 1.5e-3


class VoxelJudge(nn.Module, PyTorchModelHubMixin):
    """Filled or empty voxels (B, 32, 32, 32), 0 or 1 -> logits (B, classes).

    Shapes face one way and stand in the middle, so the last maps are not pooled: each place has weights of its own.
    """

    def __init__(self, classes: int = 10, widths: tuple[int, int, int] | list[int] = (32, 64, 96), hidden: int = 128) -> None:
        super().__init__()
        inputs = (8, *widths[:-1])
        convs = [_layer(a, b, 1 if i == 0 else 2) for i, (a, b) in enumerate(zip(inputs, widths, strict=True))]
        self.layers = nn.Sequential(*sum(convs, []))
        self.hidden = nn.Linear(widths[-1] * 64, hidden)
        self.classify = nn.Linear(hidden, classes)

    def features(self, grids: Tensor) -> Tensor:
        """(B, 32, 32, 32) -> (B, hidden): what the classes are told apart by."""
        x = unshuffle(grids.unsqueeze(1) * 2 - 1)  # (B, 8, 16, 16, 16)
        x = self.layers(x.contiguous(memory_format=torch.channels_last_3d))  # (B, C, 4, 4, 4)
        x = F.dropout(x.flatten(1), 0.3, self.training)
        return F.relu(self.hidden(x))  # (B, hidden)

    def forward(self, grids: Tensor) -> Tensor:
        return self.classify(F.dropout(self.features(grids), 0.3, self.training))  # (B, classes)


def _layer(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm3d(outputs), nn.ReLU()]


def soften(grids: Tensor) -> Tensor:
    """Filled voxels (B, R, R, R) in [0, 1] -> soft occupancy: the mean of a voxel (3/4) and its two neighbours (1/8 each) along every axis.

    Chosen so that a leg or a board of one voxel stays above one half, and the surface at one half stays where it was.
    """
    for dim in (1, 2, 3):
        softer, length = 0.75 * grids, grids.shape[dim] - 1
        softer.narrow(dim, 1, length).add_(grids.narrow(dim, 0, length), alpha=0.125)
        softer.narrow(dim, 0, length).add_(grids.narrow(dim, 1, length), alpha=0.125)
        grids = softer
    return grids


def moved(grids: Tensor, reach: int) -> Tensor:
    """Each of the grids (B, R, R, R) mirrored left to right or not, and moved by up to `reach` voxels along every axis; differentiable."""
    side = grids.shape[1]
    wide = F.pad(grids, (reach,) * 6)
    starts = torch.randint(0, 2 * reach + 1, (len(grids), 3)).tolist()
    flips = (torch.rand(len(grids)) < 0.5).tolist()
    parts = []
    for one, (x, y, z), flip in zip(wide, starts, flips, strict=True):
        part = one[x : x + side, y : y + side, z : z + side]
        parts.append(part.flip(0) if flip else part)
    return torch.stack(parts)


def changed(grids: Tensor) -> Tensor:
    """Real grids (B, 32, 32, 32) as a generator may draw them: moved, mirrored, their surface gnawed at here and there. 0 or 1."""
    x = moved(grids, 2)
    noise = F.interpolate(torch.randn(len(x), 1, 16, 16, 16), scale_factor=2, mode="trilinear").squeeze(1)
    return (soften(x) + 0.2 * torch.rand(len(x), 1, 1, 1) * noise > 0.5).float()


def load_judge() -> VoxelJudge:
    """The trained judge, in eval mode."""
    return checkpoints.load(JUDGE, {"VoxelJudge": VoxelJudge}).to(memory_format=torch.channels_last_3d)


def train_judge(minutes: float, device: str, seed: int, target: Path) -> dict:
    """Fit the judge for about `minutes` (at most `EPOCHS`) on ModelNet10's training split and write its checkpoint to `target`; returns
    the facts of the run. It is small: whatever the device, the CPU trains it."""
    torch.manual_seed(seed)
    parts = [shapes.household_voxels(split) for split in ("train", "validation")]
    grids = torch.cat([torch.from_numpy(part.grids) for part in parts])
    labels = torch.cat([torch.from_numpy(part.labels) for part in parts])
    judge = VoxelJudge(**ARGUMENTS)
    facts = fit(judge, grids, labels, minutes)
    checkpoints.save(target, JUDGE, "shapes", "VoxelJudge", judge, ARGUMENTS, {"classes": list(HOUSEHOLD)})
    return facts


def fit(judge: VoxelJudge, grids: Tensor, labels: Tensor, minutes: float, epochs: int = EPOCHS, batch: int = BATCH) -> dict:
    """AdamW on class-balanced batches of grids (N, 32, 32, 32) bool and labels (N,); the rate rises for a twentieth and falls to 0.
    Returns steps and seconds."""
    judge.to(memory_format=torch.channels_last_3d).train()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.05)
    weights = 1 / torch.bincount(labels).clamp_min(1).sqrt()[labels]
    start, step, total = time.monotonic(), 0, epochs * max(len(labels) // batch, 1)
    while (done := max(step / total, (time.monotonic() - start) / (60 * minutes))) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, 0.05 + 20 * done) * 0.5 * (1 + math.cos(math.pi * done))
        pick = torch.multinomial(weights, batch, replacement=True)
        with torch.autocast("cpu", torch.bfloat16):
            logits = judge(changed(grids[pick].float())).float()
        loss = F.cross_entropy(logits, labels[pick], label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step} of {total} at most, loss {float(loss.detach()):.3f}", flush=True)
    judge.eval()
    return {"step": step, "seconds": time.monotonic() - start}


@torch.inference_mode()
def judged(judge: VoxelJudge, grids: Tensor, batch: int = 64) -> tuple[Tensor, Tensor]:
    """The likeliest class (N,) and the features (N, hidden) of grids (N, R, R, R) bool. R = 64 is halved first: a voxel is filled where any
    of its eight is."""
    found, features = [], []
    for part in grids.split(batch):
        x = part.float()
        if x.shape[1] != SIDE:
            x = F.max_pool3d(x.unsqueeze(1), x.shape[1] // SIDE).squeeze(1)
        features.append(judge.features(x))
        found.append(judge.classify(features[-1]).argmax(1))
    return torch.cat(found), torch.cat(features)


def metrics() -> dict[str, dict]:
    """Held-out accuracy of the judge, overall and by class; see training.card.summary for the form."""
    data = shapes.household_voxels("test")
    named, _ = judged(load_judge(), torch.from_numpy(data.grids))
    right = (named.numpy() == data.labels).astype(float)
    found = {"accuracy": card.summary([right.mean()], bar="≥ 0.90")}
    return found | {f"accuracy, {name}": card.summary([right[data.labels == k].mean()]) for k, name in enumerate(HOUSEHOLD.values())}
