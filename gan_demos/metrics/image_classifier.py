"""The judge of pictures: a small classifier trained on real pictures by our own code, used to score generated ones."""

import math
import time

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn


class MultiSlotClassifier(nn.Module, PyTorchModelHubMixin):
    """(B, 3, side, side) pictures in [0, 1] → logits (B, sum of sizes), one run of them a slot.

    It looks twice: at the whole picture at half the resolution, and at a close-up, `close_up` = (top, left, height, width) in pixels.
    Things lie at the same place in every picture of the kind this is for, so the last maps are not pooled: each place has weights of its
    own. side, height and width: multiples of 16.
    """

    def __init__(
        self,
        sizes: list[int],
        close_up: list[int] | tuple[int, int, int, int] = (12, 32, 96, 64),
        side: int = 128,
        widths: list[int] | tuple[int, int] = (96, 128),
    ) -> None:
        super().__init__()
        self.sizes, self.close_up = list(sizes), list(close_up)
        self.whole, self.close = _tower(*widths), _tower(*widths)
        _, _, height, width = close_up
        self.classify = nn.Linear(32 * ((side // 16) ** 2 + height * width // 64), sum(sizes))

    def forward(self, pictures: Tensor) -> Tensor:
        top, left, height, width = self.close_up
        whole = self.whole(F.avg_pool2d(pictures, 2) * 4 - 2)  # (B, 32 · side/16 · side/16)
        close = self.close(pictures[:, :, top : top + height, left : left + width] * 4 - 2)  # (B, 32 · height/8 · width/8)
        return self.classify(F.dropout(torch.cat([whole, close], 1), 0.1, self.training))


def _tower(first: int, second: int) -> nn.Sequential:
    """(B, 3, H, W) → (B, 32 · H/8 · W/8). Each place's 4 × 4 pixels become channels: cheap, and no detail is lost."""
    layers = [_layer(48, first, 1), _layer(first, second, 2), _layer(second, second, 1)]
    return nn.Sequential(nn.PixelUnshuffle(4), *sum(layers, []), nn.Conv2d(second, 32, 1), nn.ReLU(), nn.Flatten())


def _layer(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def augment(pictures: Tensor, parts: int = 8) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1] a little changed, as a generator may change them: shift by up to two pixels, softened in half of the
    cases, noise, brightness of each channel ± 3 %. A batch is changed in `parts`, each in its own way."""
    changed = []
    for part in F.pad(pictures, (2, 2, 2, 2), mode="replicate").chunk(parts):
        top, left = torch.randint(0, 5, (2,)).tolist()
        part = part[:, :, top : top + pictures.shape[2], left : left + pictures.shape[3]]
        if torch.rand(()) < 0.5:
            soft = F.avg_pool2d(F.pad(part, (1, 1, 1, 1), mode="replicate"), 3, 1)
            part = torch.lerp(part, soft, torch.rand(()))
        noise = 0.03 * torch.rand(()) * torch.randn_like(part[:1])
        changed.append(torch.addcmul(noise, part, 1 + 0.03 * (2 * torch.rand(len(part), 3, 1, 1) - 1)))
    return torch.cat(changed).clamp_(0, 1)


def slot_losses(logits: Tensor, labels: Tensor, counts: Tensor, sizes: list[int], smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of each slot, (slots,): logits (B, sum of sizes), labels (B, slots) int64, counts (B, slots) 1 where the slot can be
    seen in the picture, else 0."""
    parts = zip(logits.split(sizes, 1), labels.unbind(1), strict=True)
    losses = [F.cross_entropy(part, label, reduction="none", label_smoothing=smoothing) for part, label in parts]
    return (torch.stack(losses, 1) * counts).sum(0) / counts.sum(0).clamp_min(1)


def train_classifier(
    model: MultiSlotClassifier, images: Tensor, labels: Tensor, counts: Tensor, minutes: float = 8.0, epochs: int = 16, seed: int = 0,
    batch: int = 64, rate: float = 2e-3, report: float = 30.0,
) -> dict:  # fmt: skip
    """Fit on images (N, 3, H, W) uint8, labels (N, slots) int64 and counts (N, slots) for `epochs` or `minutes`, whichever ends first:
    AdamW, rate rising for a twentieth and then falling to 0; a line is printed every `report` seconds. Returns steps and seconds."""
    torch.manual_seed(seed)
    model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02)
    start, step, total, said = time.monotonic(), 0, epochs * max(len(images) // batch, 1), 0.0
    order = torch.empty(0, dtype=torch.int64)
    while (done := max(step / total, (time.monotonic() - start) / (60 * minutes))) < 1:
        optimizer.param_groups[0]["lr"] = rate * min(1.0, 0.05 + 20 * done) * 0.5 * (1 + math.cos(math.pi * done))
        if len(order) < batch:
            order = torch.randperm(len(images))
        pick, order = order[:batch], order[batch:]
        x = augment(images[pick].float() / 255).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x).float()
        losses = slot_losses(logits, labels[pick], counts[pick], model.sizes, 0.02)
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
        step += 1
        if time.monotonic() - start - said > report:
            said = time.monotonic() - start
            print(f"step {step} of {total} at most, {said:.0f} s, loss {float(losses.detach().mean()):.3f}", flush=True)
    model.eval()
    return {"step": step, "seconds": time.monotonic() - start}


@torch.inference_mode()
def predictions(model: MultiSlotClassifier, images: Tensor, batch: int = 64) -> Tensor:
    """The most likely value of each slot, (N, slots) int64, of images (N, 3, H, W): floats in [0, 1] or uint8."""
    found = []
    for part in images.split(batch):
        x = (part.float() / 255 if part.dtype == torch.uint8 else part.float()).contiguous(memory_format=torch.channels_last)
        found.append(torch.stack([logits.argmax(1) for logits in model(x).split(model.sizes, 1)], 1))
    return torch.cat(found)


def slot_accuracy(found: Tensor, labels: Tensor, counts: Tensor) -> list[float]:
    """Share of right values of each slot, where it can be seen: found, labels, counts (N, slots). NaN for a slot never seen."""
    right = ((found == labels) * counts.bool()).sum(0).double()
    return (right / counts.bool().sum(0)).tolist()
