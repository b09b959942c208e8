"""Pictures and texts that belong together are pulled together, by open_clip's loss.

The lower part of the image tower stays as it was trained on photographs; what it gives is computed once. First the two projections are
trained on top of frozen towers, then, the texts fixed, the upper part of the image tower.
"""

import math
import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_demos.clip.networks import Clip
from gan_demos.clip.pairs import Pairs

FIXED_STAGES = 5  # of the image tower's seven
PLAIN = 0.4  # how often a picture's plainest text is taken
CHUNK = 64


class Tower:
    """The image tower of a `Clip` in two parts: `lower` (computed once per picture) and `upper`, which is trained."""

    def __init__(self, clip: Clip) -> None:
        self.clip, self.trunk = clip, clip.visual.trunk

    def lower(self, images: np.ndarray) -> Tensor:
        """(N, H, W, 3) uint8 -> (N, 112, h, w) fp16."""
        device = self.clip.logit_scale.device
        parts = []
        for start in range(0, len(images), CHUNK):
            picture = torch.from_numpy(images[start : start + CHUNK]).to(device).permute(0, 3, 1, 2).float() / 255
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                prepared = self.clip.prepare(picture).contiguous(memory_format=torch.channels_last)
                found = self.trunk.blocks[:FIXED_STAGES](self.trunk.bn1(self.trunk.conv_stem(prepared)))
            parts.append(found.to("cpu", torch.float16))
        return torch.cat(parts).clone()

    def upper(self, found: Tensor) -> Tensor:
        """(B, 112, h, w) -> (B, 1280) fp32."""
        device = self.clip.logit_scale.device
        found = found.to(device).float().contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            found = self.trunk.conv_head(self.trunk.blocks[FIXED_STAGES:](found))
            return self.trunk.global_pool(self.trunk.bn2(found)).float()

    def upper_of_all(self, found: Tensor) -> Tensor:
        """What `upper` gives for many: (N, 112, h, w) -> (N, 1280), without gradients."""
        with torch.no_grad():
            return torch.cat([self.upper(part) for part in found.split(CHUNK)])

    def trained(self) -> list[nn.Module]:
        return [self.trunk.blocks[FIXED_STAGES:], self.trunk.conv_head, self.trunk.bn2]


def pooled_texts(clip: Clip, tokenize: Callable[[list[str]], tuple[Tensor, Tensor]], texts: Sequence[str]) -> dict[str, Tensor]:
    """The mean of the words' features of every distinct text, before the projection: (width,) each."""
    device, ordered, found = clip.logit_scale.device, sorted(set(texts), key=len), {}
    for start in range(0, len(ordered), 256):
        part = ordered[start : start + 256]
        tokens, mask = (value.to(device) for value in tokenize(part))
        length = int(mask.sum(1).max())
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            output = clip.text.transformer(input_ids=tokens[:, :length], attention_mask=mask[:, :length].long())
            pooled = clip.text.pooler(output, mask[:, :length].long()).float()
        found |= dict(zip(part, pooled.clone(), strict=True))
    return found


class Batches:
    """Draws pictures and texts of all sources, never two pictures of one group: places in the sources' features, and texts."""

    def __init__(self, sources: Sequence[Pairs], rng: random.Random) -> None:
        self.sources, self.rng = sources, rng
        self.members: list[list[list[int]]] = []  # source -> group -> pictures
        for source in sources:
            groups: dict[str, list[int]] = {}
            for number, group in enumerate(source.groups):
                if not source.test[number]:
                    groups.setdefault(group, []).append(number)
            self.members.append(list(groups.values()))

    def draw(self, scale: float = 1.0) -> tuple[list[list[int]], list[str]]:
        """For each source the pictures drawn, and the texts of all in that order; `scale` times the sources' own numbers of them."""
        places, texts = [], []
        for source, groups in zip(self.sources, self.members, strict=True):
            chosen = self.rng.sample(groups, min(len(groups), round(scale * source.batch)))
            places.append([self.rng.choice(group) for group in chosen])
            texts += [self.text(source.texts[number]) for number in places[-1]]
        return places, texts

    def text(self, texts: list[str]) -> str:
        return texts[0] if self.rng.random() < PLAIN else self.rng.choice(texts)


def train_image_projection(clip: Clip, batches: Batches, features: Sequence[Tensor], texts: dict[str, Tensor], steps: int) -> None:
    """Train the image projection alone, in larger batches than those of `train_image_tower`.

    features as for `train_projections`; texts: final embeddings of length 1.
    """

    def embeddings() -> tuple[Tensor, Tensor]:
        places, words = batches.draw(2.0)
        picture = torch.cat([found[place] for found, place in zip(features, places, strict=True)])
        return clip.visual.head(F.dropout(picture, 0.4)), torch.stack([texts[one] for one in words])

    groups = [{"params": list(clip.visual.head.parameters()), "lr": 1e-3, "weight_decay": 0.05}]
    _descend(clip, groups, embeddings, lambda step, _: step / steps)


def train_projections(clip: Clip, batches: Batches, features: Sequence[Tensor], texts: dict[str, Tensor], steps: int) -> None:
    """Train both projections and the temperature. features: for each source (N, 1280); texts: from `pooled_texts`."""
    parameters = [*clip.visual.head.parameters(), *clip.text.proj.parameters()]

    def embeddings() -> tuple[Tensor, Tensor]:
        places, words = batches.draw(2.0)
        picture = torch.cat([found[place] for found, place in zip(features, places, strict=True)])
        text = torch.stack([texts[one] for one in words])
        return clip.visual.head(F.dropout(picture, 0.2)), clip.text.proj(F.dropout(text, 0.2))

    groups = [{"params": parameters, "lr": 1e-3, "weight_decay": 0.05}, {"params": [clip.logit_scale], "lr": 1e-3, "weight_decay": 0.0}]
    _descend(clip, groups, embeddings, lambda step, _: step / steps)


def train_image_tower(
    clip: Clip,
    tower: Tower,
    batches: Batches,
    lower: Sequence[Tensor],
    texts: dict[str, Tensor],
    progress: Callable[[int, float], float],
    rate: float = 4e-4,
) -> int:
    """Train the upper part of the image tower until `progress(step, seconds)` reaches 1, the texts as they are; returns the steps.

    lower: for each source what `Tower.lower` gave; texts: final embeddings of length 1. The statistics of batch norms stay.
    """
    weights = [parameter for module in tower.trained() for parameter in module.parameters()]

    def embeddings() -> tuple[Tensor, Tensor]:
        places, words = batches.draw()
        found = torch.cat([source[place] for source, place in zip(lower, places, strict=True)])
        return clip.visual.head(F.dropout(tower.upper(found), 0.4)), torch.stack([texts[one] for one in words])

    groups = [
        {"params": [p for p in weights if p.dim() > 1], "lr": rate, "weight_decay": 0.05},
        {"params": [p for p in weights if p.dim() < 2], "lr": rate, "weight_decay": 0.0},
        {"params": list(clip.visual.head.parameters()), "lr": 2.5 * rate, "weight_decay": 0.05},
    ]
    return _descend(clip, groups, embeddings, progress)


def _descend(
    clip: Clip, groups: list[dict], embeddings: Callable[[], tuple[Tensor, Tensor]], progress: Callable[[int, float], float]
) -> int:
    """AdamW on open_clip's loss until `progress(step, seconds)` reaches 1, the rate following a cosine; returns the number of steps."""
    from open_clip import ClipLoss

    clip.eval().requires_grad_(False)
    for group in groups:
        for parameter in group["params"]:
            parameter.requires_grad_(True)
    optimizer, loss_of = torch.optim.AdamW(groups), ClipLoss()
    peaks = [group["lr"] for group in optimizer.param_groups]
    started, step = time.monotonic(), 0
    while (done := progress(step, time.monotonic() - started)) < 1:
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * min(1.0, (step + 1) / 30) * max(0.01, 0.5 * (1 + math.cos(math.pi * done)))
        picture, text = embeddings()
        loss = loss_of(F.normalize(picture, dim=-1), F.normalize(text, dim=-1), clip.logit_scale.exp().clamp(max=100))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"{100 * done:5.0f} %  contrastive step {step}  loss {float(loss.detach()):.3f}", flush=True)
    clip.requires_grad_(False)
    return step
