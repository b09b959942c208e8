"""The judge of drawing styles: in which of the nine a picture is drawn."""

import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import checkpoints, clip
from ...data import images
from ...metrics.image_classifier import augment, predictions
from ...metrics.style_judge import StyleJudge
from ...training import card

JUDGE = "judge-styles"
ARGUMENTS = {"styles": len(images.EMOJI_STYLES), "stages": 4, "colours": 12, "colours_by_place": 8, "hidden": 256}
EPOCHS, BATCH, RATE = 30, 128, 2e-3
CHUNK = 64


def pictures(split: str) -> tuple[Tensor, Tensor]:
    """Real emoji of a split: (N, 3, 128, 128) uint8, and the number of each one's style, (N,)."""
    data = images.emoji(split)
    styles = torch.tensor([images.EMOJI_STYLES.index(row["style"]) for row in data.rows])
    return torch.from_numpy(data.images).permute(0, 3, 1, 2).contiguous(), styles


def load_judge() -> StyleJudge:
    """The trained judge, in eval mode: pictures (B, 3, 128, 128) in [0, 1] -> logits (B, 9)."""
    return checkpoints.load(JUDGE, {"StyleJudge": StyleJudge}).to(memory_format=torch.channels_last)


@torch.inference_mode()
def statistics_of(judge: StyleJudge, pictured: Tensor, changed: bool) -> tuple[Tensor, Tensor]:
    """`StyleJudge.statistics` of pictures (N, 3, H, W) uint8; `changed`: a little, as a generator may change them."""
    parts = []
    for part in pictured.split(CHUNK):
        x = augment(part.float() / 255, CHUNK // 2) if changed else part.float() / 255
        with torch.autocast("cpu", torch.bfloat16):
            parts.append([one.half() for one in judge.statistics(x.contiguous(memory_format=torch.channels_last))])
    return tuple(torch.cat(column).clone() for column in zip(*parts, strict=True))


def train_judge(minutes: float, device: str, seed: int, target: Path) -> dict:
    """Fit the judge on the training split and write its checkpoint to `target`; returns the facts of the run.

    The maps are those of our CLIP's image tower, which stay as they are, so all statistics are computed once; the last layers take what is
    left of `minutes`, at most 30 epochs. It is small: whatever the device, the CPU trains it.
    """
    started = time.monotonic()
    torch.manual_seed(seed)
    judge = StyleJudge(**ARGUMENTS).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    trunk = checkpoints.load(clip.MODEL, clip.NETWORKS).visual.trunk
    judge.stem.load_state_dict(nn.Sequential(trunk.conv_stem, trunk.bn1).state_dict())
    judge.blocks.load_state_dict(trunk.blocks[: ARGUMENTS["stages"]].state_dict())
    pictured, styles = pictures("train")
    maps, colours = (torch.cat(kinds) for kinds in zip(*(statistics_of(judge, pictured, k) for k in (False, True)), strict=True))
    judge.centre.copy_(maps.float().mean(0))
    judge.scale.copy_(maps.float().std(0) + 1e-3)
    step = fit(judge, maps, colours, styles.repeat(2), 60 * minutes - (time.monotonic() - started))
    checkpoints.save(target, JUDGE, "pictures", "StyleJudge", judge, ARGUMENTS, {"styles": list(images.EMOJI_STYLES)})
    return {"step": step, "seconds": time.monotonic() - started}


def fit(judge: StyleJudge, maps: Tensor, colours: Tensor, styles: Tensor, seconds: float) -> int:
    """Train the last layers on what `StyleJudge.statistics` gave for N pictures in styles (N,), for `EPOCHS` or `seconds`, whichever ends
    first; AdamW, the rate falling to 0. Returns the steps."""
    judge.classify.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(judge.classify.parameters(), lr=RATE, weight_decay=0.05)
    started, step, total = time.monotonic(), 0, max(EPOCHS * len(styles) // BATCH, 1)
    while (done := max(step / total, (time.monotonic() - started) / max(seconds, 1))) < 1:
        optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done))
        index = torch.randint(len(styles), (BATCH,))
        loss = F.cross_entropy(judge.named(maps[index].float(), colours[index].float()), styles[index], label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 500 == 0:
            print(f"step {step} of {total}, loss {float(loss.detach()):.3f}", flush=True)
    judge.classify.eval().requires_grad_(False)
    return step


def metrics() -> dict[str, dict]:
    """Held-out accuracy of the judge; see training.card.summary for the form."""
    judge, found = load_judge(), {}
    for split, name in (("new-pairs", "new pairs"), ("test", "new concepts")):
        pictured, styles = pictures(split)
        right = predictions(judge, pictured)[:, 0] == styles
        found[f"accuracy, {name}"] = card.summary([float(right.double().mean())], bar="≥ 0.97")
        for number, style in enumerate(images.EMOJI_STYLES):
            found[f"accuracy, {name}, {style}"] = card.summary([float(right[styles == number].double().mean())])
    return found
