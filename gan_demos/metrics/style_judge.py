"""The judge of drawing styles: a network that tells by palette, outlines and shading in which style an emoji is drawn."""

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..clip import torchvision_shim

WIDTHS = (32, 16, 24, 40, 80, 112, 192, 320)  # channels of the image tower's stem and of its stages
SHADING, EDGE = 0.03, 0.2  # how much colours differ within 3 × 3 pixels, of range 0 to 1, where there is more than a flat area, and an edge


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
