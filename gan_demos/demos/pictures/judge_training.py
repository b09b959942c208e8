"""The judge of drawing styles: in which of the nine a picture is drawn."""

import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip import torchvision_shim
from ...data import images
from ...metrics.image_classifier import augment, predictions
from ...training import card

JUDGE = "judge-styles"
ARGUMENTS = {"styles": len(images.EMOJI_STYLES), "stages": 4, "colours": 12, "colours_by_place": 8, "hidden": 256}
WIDTHS = (32, 16, 24, 40, 80, 112, 192, 320)  # channels of the image tower's stem and of its stages
SHADING, EDGE = 0.03, 0.2  # how much colours differ within 3 × 3 pixels, of range 0 to 1, where there is more than a flat area, and an edge
EPOCHS, BATCH, RATE = 30, 128, 2e-3
CHUNK = 64


class StyleJudge(nn.Module, PyTorchModelHubMixin):
    """Pictures (B, 3, H, W) in [0, 1] -> logits (B, styles).

    A style has its own palette, outlines and shading, wherever they are. So a small network is told three things of the whole picture: of
    each map of the first `stages` of an EfficientNet-Lite0 the mean, the spread and the strongest value; how much of the picture has which
    colour, `colours` steps a channel; and the same, in `colours_by_place` steps, of flat areas, shading and edges apart. `sizes` is there
    for `metrics.image_classifier`: one slot.
    """

    def __init__(self, styles: int = 9, stages: int = 4, colours: int = 12, colours_by_place: int = 8, hidden: int = 256) -> None:
        super().__init__()
        torchvision_shim.install()
        import timm

        self.sizes, self.steps = [styles], (colours, colours_by_place)
        trunk, width = timm.create_model("tf_efficientnet_lite0", num_classes=0), 3 * sum(WIDTHS[: stages + 1])
        self.stem = nn.Sequential(trunk.conv_stem, trunk.bn1)
        self.blocks = trunk.blocks[:stages]
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        first = nn.Linear(width + colours**3 + 3 * colours_by_place**3, hidden)
        self.classify = nn.Sequential(nn.Dropout(0.2), first, nn.ReLU(), nn.Dropout(0.4), nn.Linear(hidden, styles))

    def statistics(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, H, W) in [0, 1] -> of the maps (B, width), and of the colours (B, colours³ + 3 · colours_by_place³)."""
        found = [self.stem(2 * pictures - 1)]
        for block in self.blocks:
            found.append(block(found[-1]))
        parts = [part for x in found for part in (x.float().mean((2, 3)), x.float().std((2, 3)), x.float().amax((2, 3)))]
        differ = (F.max_pool2d(pictures, 3, 1, 1) + F.max_pool2d(-pictures, 3, 1, 1)).amax(1)  # (B, H, W)
        place = (differ > SHADING).long() + (differ > EDGE).long()
        return torch.cat(parts, 1), torch.cat([histogram(pictures, self.steps[0]), histogram(pictures, self.steps[1], place)], 1)

    def named(self, maps: Tensor, colours: Tensor) -> Tensor:
        """What `statistics` gives -> logits (B, styles)."""
        return self.classify(torch.cat([(maps - self.centre) / self.scale, 6 * colours], 1))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.named(*self.statistics(pictures))


def histogram(pictures: Tensor, steps: int, place: Tensor | None = None) -> Tensor:
    """Square roots of the shares of colours in pictures (B, 3, H, W) in [0, 1], `steps` to a channel: (B, steps³). With the kind of each
    place, `place` (B, H, W) 0 to 2, for each kind apart: (B, 3 · steps³)."""
    red, green, blue = (pictures.float().clamp(0, 1) * steps).long().clamp_max(steps - 1).unbind(1)
    number, width = (red * steps + green) * steps + blue, steps**3
    if place is not None:
        number, width = number + width * place, 3 * width
    number = number.flatten(1) + width * torch.arange(len(pictures), device=pictures.device).unsqueeze(1)
    counts = torch.bincount(number.flatten(), minlength=width * len(pictures)).view(len(pictures), width)
    return (counts.float() / (pictures.shape[2] * pictures.shape[3])).sqrt()


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
