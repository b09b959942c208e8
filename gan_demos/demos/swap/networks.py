"""The generator and the critic of the domain swap (StarGAN, Choi et al. 2018, https://arxiv.org/abs/1711.09020)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ...palettes import Palette

SIDE = 128
NEARLY = 0.02  # a mask this near to 0 or 1 is taken for it in use: what is not meant to change does not change at all


GAIN = 8.0  # of tables: an entry is only taught when its value is asked for, and at the rate of the convolutions it would take hours


class Conditioned(nn.Module):
    """A norm of each picture by itself, scaled and shifted by the condition, then a rectifier: x (B, C, H, W), condition (B, S)
    -> (B, C, H, W).

    The paper's instance norm takes each channel alone; here 16 channels share mean and variance, which takes a tenth of the time on a CPU.
    """

    def __init__(self, condition_width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(max(1, channels // 16), channels, affine=False)
        self.affine = nn.Linear(condition_width, 2 * channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.affine(condition)[:, :, None, None].chunk(2, 1)  # (B, C, 1, 1) each
        return F.leaky_relu(torch.addcmul(shift, self.norm(x), 1 + scale), 0.2)


class Residual(nn.Module):
    """x + what two conditioned convolutions make of it: x (B, C, H, W), condition (B, S) -> (B, C, H, W).

    The sum itself is never normalised, so colours keep their level on the way through.
    """

    def __init__(self, condition_width: int, channels: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(Conditioned(condition_width, channels) for _ in range(2))
        self.layers = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.layers[0](self.norms[0](x, condition))  # (B, C, H, W)
        return x + self.layers[1](self.norms[1](h, condition))


class Parts(nn.Module):
    """What each asked value adds at each place: asked (B, values) -> (B, channels, side, side).

    In pictures that are drawn by a program glasses always lie at the same place, so where they go need not be found by convolution.
    """

    def __init__(self, values: int, channels: int, side: int) -> None:
        super().__init__()
        self.shape = (channels, side, side)
        self.table = nn.Linear(values, channels * side * side, bias=False)
        nn.init.normal_(self.table.weight, std=0.1 / GAIN)

    def forward(self, asked: Tensor) -> Tensor:
        return GAIN * self.table(asked).unflatten(1, self.shape)  # (B, C, H, W)


@torch.no_grad()
def begin_smooth(generator: nn.Module) -> None:
    """Begin with doublings that give neighbouring pixels the same: what differs from pixel to pixel at random would stay for long as a
    chequered texture (Aitken et al. 2017, https://arxiv.org/abs/1707.02937)."""
    slope = torch.tensor([0.25, 0.75, 0.75, 0.25])
    for layer in generator.up:
        # of 16 taps each output pixel meets 4, whose weights sum to 1: as wide a spread as a 1 × 1 convolution has
        mixed = torch.randn(layer.in_channels, layer.out_channels, 1, 1) / layer.in_channels**0.5
        layer.weight.copy_(mixed * slope.outer(slope))
    generator.last.weight.copy_(generator.last.weight[::4].repeat_interleave(4, 0))
    generator.last.bias.copy_(generator.last.bias[::4].repeat_interleave(4, 0))


class SwapGenerator(nn.Module, PyTorchModelHubMixin):
    """A picture and the domains asked for -> the picture in those domains.

    A domain is a value of a slot (hair: black, brown, …). What is asked is 1 for the value of each slot that shall change and 0 elsewhere,
    so slots that nobody names stay as they are and the picture's own domains need not be known. The network paints a new picture and a
    mask of where it goes; outside of the mask the input stays. It also says which domains it sees in the input: the way back needs them.

    sizes: how many values each slot has. widths: channels at 64 × 64, 32 × 32 and 16 × 16. parts: channels of `Parts` at 16 × 16, 32 × 32
    and 64 × 64, 0 for pictures in which things lie anywhere. overlay: whether there are also parts of what is painted and of its mask.
    palette: whether domains are drawing styles with colours of their own, which in eval mode what was made is given.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        widths: Sequence[int] = (48, 96, 160),
        blocks: int = 4,
        condition_width: int = 128,
        parts: Sequence[int] = (48, 24, 8),
        overlay: bool = False,
        palette: bool = False,
    ) -> None:
        super().__init__()
        self.sizes = list(sizes)
        total, (wide, middle, deep) = sum(sizes), widths
        self.first = nn.Conv2d(12, wide, 3, padding=1)
        self.down = nn.ModuleList([nn.Conv2d(wide, middle, 4, 2, 1), nn.Conv2d(middle, deep, 4, 2, 1)])
        self.look = nn.Conv2d(deep, 16, 1)
        self.see = nn.Linear(16 * (SIDE // 8) ** 2, total + len(self.sizes))
        self.condition = nn.Sequential(
            nn.Linear(total + 2 * deep, condition_width),
            nn.LeakyReLU(0.2),
            nn.Linear(condition_width, condition_width),
            nn.LeakyReLU(0.2),
        )
        self.parts = nn.ModuleList(
            Parts(total, channels, side) if channels else nn.Identity() for channels, side in zip(parts, (16, 32, 64), strict=True)
        )
        self.blocks = nn.ModuleList(Residual(condition_width, deep) for _ in range(blocks))
        self.up = nn.ModuleList([nn.ConvTranspose2d(deep, middle, 4, 2, 1), nn.ConvTranspose2d(middle, wide, 4, 2, 1)])
        self.refine = nn.ModuleList([Residual(condition_width, middle), Residual(condition_width, wide)])
        self.last = nn.Conv2d(wide, 16, 3, padding=1)
        begin_smooth(self)
        self.overlay = Parts(total, 4, SIDE) if overlay else None
        if overlay:
            nn.init.zeros_(self.overlay.table.weight)
        self.palette = Palette(total) if palette else None

    def forward(self, picture: Tensor, asked: Tensor, strength: Tensor) -> dict[str, Tensor]:
        """picture (B, 3, 128, 128) in [0, 1], asked (B, sum of sizes), strength (B,) from 0 (as it was) to 1
        -> "picture" (B, 3, 128, 128), in [0, 1] in eval mode, "mask" (B, 1, 128, 128) in [0, 1], "seen" (B, sum of sizes + slots): logits
        of each slot's values in the input, with a last one in each slot for "none of these"; while training also "new" (B, 3, 128, 128):
        what is painted, behind the mask too."""
        x64 = F.leaky_relu(self.first(F.pixel_unshuffle(2 * picture - 1, 2)), 0.2)  # (B, wide, 64, 64)
        x32 = F.leaky_relu(self.down[0](x64), 0.2)  # (B, middle, 32, 32)
        x = F.leaky_relu(self.down[1](x32), 0.2)  # (B, deep, 16, 16)
        seen = self.see(F.leaky_relu(self.look(x), 0.2).flatten(1))  # (B, total + slots)
        whole = torch.cat([asked, x.mean((2, 3)), x.std((2, 3))], 1)  # (B, total + 2 deep)
        condition = self.condition(whole)  # (B, S)
        x = self._add(x, 0, asked)
        for block in self.blocks:
            x = block(x, condition)  # (B, deep, 16, 16)
        x = self.refine[0](self._add(self.up[0](x) + x32, 1, asked), condition)  # (B, middle, 32, 32)
        x = self.refine[1](self._add(self.up[1](x) + x64, 2, asked), condition)  # (B, wide, 64, 64)
        painted = F.pixel_shuffle(self.last(F.leaky_relu(x, 0.2)), 2).float()  # (B, 4, 128, 128)
        if self.overlay is not None:
            painted = painted + self.overlay(asked).float()
        new, mask = painted[:, :3] + 0.5, painted[:, 3:].sigmoid()  # (B, 3, 128, 128), (B, 1, 128, 128)
        more = {"new": new} if self.training else {}
        if not self.training:
            new, mask = new.clamp(0, 1), ((mask - NEARLY) / (1 - 2 * NEARLY)).clamp(0, 1)
        made = picture + mask * (new - picture)
        if self.palette is not None and not self.training:
            made = self.palette(made, asked)
        out = picture + strength.view(-1, 1, 1, 1) * (made - picture)
        return {"picture": out, "mask": mask, "seen": seen.float(), **more}

    def _add(self, x: Tensor, level: int, asked: Tensor) -> Tensor:
        """x (B, C, H, W) with the parts of that level added to its first channels."""
        if isinstance(self.parts[level], nn.Identity):
            return x
        part = self.parts[level](asked)
        return x + F.pad(part, (0, 0, 0, 0, 0, x.shape[1] - part.shape[1])).to(x.dtype)


class SwapCritic(nn.Module):
    """How real a picture is, and which domains it shows: the paper's critic with a domain head on the same features.

    features: pictures (B, 3, 128, 128) in [0, 1] -> (B, F); head: features -> (B,), whatever the condition; domains: features ->
    (B, sum of sizes), logits of each slot's values.
    """

    def __init__(self, sizes: Sequence[int], widths: Sequence[int] = (40, 80, 160, 256, 320)) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 3, padding=1), nn.LeakyReLU(0.2)]
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.real = nn.Linear(widths[-1] * 16, 1)
        self.name = nn.Linear(widths[-1] * 16, sum(sizes))

    def features(self, picture: Tensor) -> Tensor:
        return self.layers(2 * picture - 1).flatten(1)  # (B, F)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        return self.real(features).squeeze(1)  # (B,)

    def domains(self, features: Tensor) -> Tensor:
        return self.name(features)  # (B, sum of sizes)
