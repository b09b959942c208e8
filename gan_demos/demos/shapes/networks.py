"""Generators and critics of shapes: voxel grids (Wu et al. 2016) and point clouds (Achlioptas et al. 2018).

Axes are glTF's: x to the right, y up, z towards the viewer. A condition is a row of weights of the classes that sum to 1: one class, or a
mixture on the way from one to another. No layer mixes the items of a batch.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

SPREAD = 0.25  # of the coordinates of points, about
SLOPE = 0.2  # of the leaky rectifiers


def shuffle(x: Tensor) -> Tensor:
    """Channels become voxels, eight to two a side: (B, 8 C, D, H, W) -> (B, C, 2 D, 2 H, 2 W)."""
    x = x.unflatten(1, (-1, 2, 2, 2))  # (B, C, 2, 2, 2, D, H, W)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).flatten(6).flatten(4, 5).flatten(2, 3)


def unshuffle(x: Tensor) -> Tensor:
    """The way back: (B, C, 2 D, 2 H, 2 W) -> (B, 8 C, D, H, W)."""
    x = x.unflatten(4, (-1, 2)).unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # (B, C, D, 2, H, 2, W, 2)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)


class Conv3d(nn.Conv3d):
    """`nn.Conv3d`, of a single item on a processor by oneDNN: of a small one torch itself would unfold the grid, which takes three times as
    long."""

    def forward(self, x: Tensor) -> Tensor:
        plain = x.device.type == "cpu" and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
        if len(x) == 1 and plain and torch.backends.mkldnn.is_available() and not torch.compiler.is_compiling():
            return torch.mkldnn_convolution(x, self.weight, self.bias, self.padding, self.stride, self.dilation, self.groups)
        return super().forward(x)


class Styled(nn.Module):
    """A norm without weights of its own, scaled and shifted by the style, and a leaky rectifier: x (B, C, D, H, W), style (B, S)."""

    def __init__(self, style_width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(max(1, channels // 16), channels, affine=False)
        self.affine = nn.Linear(style_width, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.affine(style)[:, :, None, None, None].chunk(2, 1)  # (B, C, 1, 1, 1) each
        return F.leaky_relu(torch.addcmul(shift, self.norm(x), 1 + scale), SLOPE)


class Doubling(nn.Module):
    """x (B, in, D, D, D), style (B, S) -> (B, out, 2 D, 2 D, 2 D); `refine`: with a second, residual layer at the new size."""

    def __init__(self, inputs: int, outputs: int, style_width: int, refine: bool) -> None:
        super().__init__()
        self.up = nn.ConvTranspose3d(inputs, outputs, 4, 2, 1)
        self.first = Styled(style_width, outputs)
        self.refine = Conv3d(outputs, outputs, 3, padding=1) if refine else None
        self.second = Styled(style_width, outputs) if refine else None

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        x = self.first(self.up(x), style)  # (B, out, 2 D, 2 D, 2 D)
        return x if self.refine is None else x + self.second(self.refine(x), style)


class Residual(nn.Module):
    """A norm and two layers, added to what comes in: (B, C, D, D, D) -> (B, C, D, D, D)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(max(1, channels // 16), channels)
        self.layers = nn.ModuleList(Conv3d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(x)
        for layer in self.layers:
            y = F.leaky_relu(layer(y), SLOPE)
        return x + y


class Mender(nn.Module):
    """A soft grid (B, R, R, R) in [0, 1] -> the same shape with its torn parts whole, its crumbs gone and its surfaces even.

    A denoising autoencoder (Vincent et al. 2008, https://doi.org/10.1145/1390156.1390294) in the form of a U-Net (Ronneberger et al. 2015,
    https://arxiv.org/abs/1505.04597) with levels at R / 2, R / 4 and R / 8.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        steps = [*zip(widths[:-1], widths[1:], strict=True)]
        self.first = Conv3d(8, widths[0], 3, padding=1)
        self.ways_down = nn.ModuleList(Conv3d(a, b, 4, 2, 1) for a, b in steps)
        self.ways_up = nn.ModuleList(nn.ConvTranspose3d(b, a, 4, 2, 1) for a, b in reversed(steps))
        self.down = nn.ModuleList(Residual(width) for width in widths)
        self.up = nn.ModuleList(Residual(a) for a, _ in reversed(steps))
        self.last = Conv3d(widths[0], 8, 3, padding=1)

    def forward(self, grid: Tensor) -> Tensor:
        grid = unshuffle((grid * 2 - 1).unsqueeze(1)).contiguous(memory_format=torch.channels_last_3d)  # (B, 8, R / 2, R / 2, R / 2)
        levels = [self.down[0](F.leaky_relu(self.first(grid), SLOPE))]
        for way, block in zip(self.ways_down, self.down[1:], strict=True):
            levels.append(block(F.leaky_relu(way(levels[-1]), SLOPE)))
        x = levels.pop()  # (B, C, R / 8, R / 8, R / 8)
        for way, block in zip(self.ways_up, self.up, strict=True):
            x = block(F.leaky_relu(way(x), SLOPE) + levels.pop())
        return shuffle((self.last(x) + 2 * grid).float()).squeeze(1).sigmoid()  # (B, R, R, R)


class Finer(nn.Module):
    """A soft grid (B, R, R, R) in [0, 1] -> one of twice the side (B, 2 R, 2 R, 2 R) with finer surfaces."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Conv3d(1, width, 3, padding=1)
        self.middle = nn.ModuleList(Conv3d(width, width, 3, padding=step, dilation=step) for step in (1, 2, 1))
        self.last = Conv3d(width, 8, 3, padding=1)

    def forward(self, grid: Tensor) -> Tensor:
        grid = (grid * 2 - 1).unsqueeze(1)  # (B, 1, R, R, R)
        x = F.leaky_relu(self.first(grid.contiguous(memory_format=torch.channels_last_3d)), SLOPE)  # (B, C, R, R, R)
        for layer in self.middle:
            x = x + F.leaky_relu(layer(x), SLOPE)
        return shuffle((self.last(x) + 2 * grid).float()).squeeze(1).sigmoid()  # (B, 2 R, 2 R, 2 R)


class VoxelGenerator(nn.Module, PyTorchModelHubMixin):
    """Latent and class -> soft occupancy of a grid (3D-GAN, Wu et al. 2016, https://arxiv.org/abs/1610.07584).

    latent (B, latent_dim), standard normal; condition (B, classes) weights -> (B, R, R, R) in [0, 1]: how much of each voxel is filled,
    axes x, y, z; R = 8 · 2^(len(widths) - 1), and twice that with `finer`, the width of a `Finer`; `mender`: the widths of a `Mender`
    before that. Differences from the paper: these two parts; the class is given by scale and shift after each norm; the last doubling is a
    voxel shuffle and the widest layers are at 8³, so that two CPU cores can train it; the paper draws latents from [0, 1].
    """

    def __init__(
        self, latent_dim: int = 200, classes: int = 10, widths: Sequence[int] = (144, 96, 40), style_width: int = 128, refined: int = 16,
        mender: Sequence[int] = (), finer: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.latent_dim, self.classes, self.side = latent_dim, classes, 8 * 2 ** (len(widths) - 1) * (2 if finer else 1)
        self.embed = nn.Linear(classes, style_width // 2, bias=False)
        nn.init.normal_(self.embed.weight)
        self.style = perceptron((latent_dim + style_width // 2, style_width, style_width), SLOPE)
        self.start = nn.Linear(latent_dim + style_width // 2, widths[0] * 64)
        self.first = Styled(style_width, widths[0])
        steps = zip(widths[:-1], widths[1:], strict=True)
        self.blocks = nn.ModuleList(Doubling(a, b, style_width, 8 * 2**i <= refined) for i, (a, b) in enumerate(steps))
        self.last = Conv3d(widths[-1], 8, 3, padding=1)
        nn.init.constant_(self.last.bias, -2.0)  # most of a grid is empty
        self.mender = Mender(mender) if mender else None
        self.finer = Finer(finer) if finer else None

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        both = torch.cat([latent, self.embed(condition)], 1)  # (B, latent_dim + S / 2)
        style = self.style(both)  # (B, S)
        x = self.start(both).unflatten(1, (-1, 4, 4, 4))  # (B, C, 4, 4, 4)
        x = self.first(x.contiguous(memory_format=torch.channels_last_3d), style)
        for block in self.blocks:
            x = block(x, style)  # (B, C', 2 D, 2 D, 2 D)
        grid = shuffle(self.last(x).float()).squeeze(1).sigmoid()  # (B, R, R, R)
        grid = grid if self.mender is None else self.mender(grid)
        return grid if self.finer is None else self.finer(grid)


class VoxelCritic(nn.Module):
    """How real a grid is, and how well it fits its class: occupancy (B, R, R, R) in [0, 1], condition (B, classes) -> (B,).

    The class is judged by projection (Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637).
    """

    def __init__(self, classes: int = 10, side: int = 32, widths: Sequence[int] = (40, 96, 192), narrow: int = 64) -> None:
        super().__init__()
        if side != 8 * 2 ** (len(widths) - 1):
            raise ValueError(f"{len(widths)} widths are for a side of {8 * 2 ** (len(widths) - 1)}, not {side}")
        layers: list[nn.Module] = [Conv3d(8, widths[0], 3, padding=1), nn.LeakyReLU(SLOPE)]
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [Conv3d(a, b, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        layers += [Conv3d(widths[-1], narrow, 1), nn.LeakyReLU(SLOPE)]  # the next layer would have most of the weights otherwise
        self.layers = nn.Sequential(*layers)
        self.flat = nn.Sequential(nn.Linear(narrow * 64, 256), nn.LeakyReLU(SLOPE))
        self.real = nn.Linear(256, 1)
        self.embed = nn.Linear(classes, 256, bias=False)

    def features(self, occupancy: Tensor) -> Tensor:
        x = unshuffle(occupancy.unsqueeze(1) * 2 - 1)  # (B, 8, R / 2, R / 2, R / 2)
        x = self.layers(x.contiguous(memory_format=torch.channels_last_3d))  # (B, narrow, 4, 4, 4)
        return self.flat(x.flatten(1))  # (B, 256)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        return self.real(features).squeeze(1) + (features * self.embed(condition)).sum(1) / math.sqrt(features.shape[1])  # (B,)


def perceptron(widths: Sequence[int], slope: float = 0.0, rank: int | None = None) -> nn.Sequential:
    """Linear layers with rectifiers between them: (…, widths[0]) -> (…, widths[-1]). `rank`: that of the last one, which is then two."""
    layers: list[nn.Module] = []
    for a, b in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(a, b), nn.LeakyReLU(slope)]
    if rank:
        layers[-2:] = [nn.Linear(widths[-2], rank), nn.Linear(rank, widths[-1]), layers[-1]]
    return nn.Sequential(*layers[:-1])


def keep_variance(layers: nn.Module) -> None:
    """Weights with which a signal passes rectifiers without becoming weaker (He et al. 2015), and no biases."""
    for layer in layers.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


class PointNet(nn.Module):
    """The same perceptron for each point, then the largest value over the points (Qi et al. 2017): (B, N, 3) -> (B, widths[-1]).

    The order of the points makes no difference.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.each = perceptron((3, *widths))

    def forward(self, points: Tensor) -> Tensor:
        return self.each(points).max(1).values  # (B, W)


class PointLatentGAN(nn.Module, PyTorchModelHubMixin):
    """Autoencoder of point clouds and the l-GAN on its codes (Achlioptas et al. 2018, https://arxiv.org/abs/1707.02392).

    forward: latent (B, latent_dim), standard normal, condition (B, classes) weights -> points (B, N, 3), about [-1, 1], axes x, y, z.
    `encode`: points (B, N', 3) -> codes (B, code_width); `decode` is the way back. The l-GAN works on codes of mean 0 and spread 1:
    `normal_code` -> `decode_normal`. As in the paper: PointNet encoder, codes of 128 numbers, a perceptron as decoder. Differences: no
    batch norm, one more decoder layer, a class-conditional and wider l-GAN. `rank`: of the decoder's last layer, if it was made thinner.
    """

    def __init__(
        self, points: int = 1024, classes: int = 10, latent_dim: int = 128, code_width: int = 128,
        encoder: Sequence[int] = (64, 128, 128, 256), decoder: Sequence[int] = (256, 512, 1024), hidden: int = 384,
        rank: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.latent_dim, self.classes, self.points, self.code_width = latent_dim, classes, points, code_width
        self.encoder = PointNet((*encoder, code_width))
        self.decoder = perceptron((code_width, *decoder, 3 * points), rank=rank)
        self.embed = nn.Linear(classes, hidden // 4, bias=False)
        nn.init.normal_(self.embed.weight)
        self.mapping = perceptron((latent_dim + hidden // 4, hidden, hidden, code_width), SLOPE)
        self.register_buffer("centre", torch.zeros(code_width))
        self.register_buffer("spread", torch.ones(code_width))

    def encode(self, points: Tensor) -> Tensor:
        return self.encoder(points).float()  # (B, code_width)

    def decode(self, code: Tensor) -> Tensor:
        return self.decoder(code).float().unflatten(1, (-1, 3))  # (B, N, 3)

    def normal_code(self, latent: Tensor, condition: Tensor) -> Tensor:
        return self.mapping(torch.cat([latent, self.embed(condition)], 1)).float()  # (B, code_width)

    def decode_normal(self, normal: Tensor) -> Tensor:
        return self.decode(self.centre + self.spread * normal)  # (B, N, 3)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        return self.decode_normal(self.normal_code(latent, condition))  # (B, N, 3)


class CodeCritic(nn.Module):
    """How real a normal code is, and how well it fits its class: codes (B, code_width), condition (B, classes) -> (B,)."""

    def __init__(self, code_width: int = 128, classes: int = 10, hidden: int = 384) -> None:
        super().__init__()
        self.layers = nn.Sequential(perceptron((code_width, hidden, hidden), SLOPE), nn.LeakyReLU(SLOPE))
        self.real = nn.Linear(hidden, 1)
        self.embed = nn.Linear(classes, hidden, bias=False)

    def features(self, code: Tensor) -> Tensor:
        return self.layers(code)  # (B, hidden)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        return self.real(features).squeeze(1) + (features * self.embed(condition)).sum(1) / math.sqrt(features.shape[1])  # (B,)


class RawPointGenerator(nn.Module, PyTorchModelHubMixin):
    """The r-GAN, the same paper's comparison: latent (B, latent_dim), condition (B, classes) -> points (B, N, 3) by a perceptron alone.

    `rank`: of its last layer, if it was made thinner.
    """

    def __init__(
        self, points: int = 1024, classes: int = 10, latent_dim: int = 128, widths: Sequence[int] = (128, 256, 512, 1024),
        rank: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.latent_dim, self.classes, self.points = latent_dim, classes, points
        self.embed = nn.Linear(classes, latent_dim, bias=False)
        nn.init.normal_(self.embed.weight)
        self.layers = perceptron((2 * latent_dim, *widths, 3 * points), rank=rank)
        keep_variance(self.layers)  # or latents would make no difference at first, which the game does not mend
        with torch.no_grad():
            self.layers[-1].weight.mul_(SPREAD)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        x = self.layers(torch.cat([latent, self.embed(condition)], 1))  # (B, 3 N)
        return x.float().unflatten(1, (-1, 3))  # (B, N, 3)


class PointCritic(nn.Module):
    """The r-GAN's critic: a PointNet and a perceptron; points (B, N, 3), condition (B, classes) -> (B,).

    Beside the largest values over the points it sees their mean, in which points that lie too densely show.
    It judges each cloud beside its neighbour in the batch, of the same class (PacGAN, Lin et al. 2018, https://arxiv.org/abs/1712.04086):
    seeds that all come out alike are then seen to be made. B is even.
    """

    def __init__(self, classes: int = 10, widths: Sequence[int] = (64, 128, 256), hidden: int = 256) -> None:
        super().__init__()
        self.each = perceptron((3, *widths))
        self.layers = nn.Sequential(perceptron((4 * widths[-1], hidden, hidden), SLOPE), nn.LeakyReLU(SLOPE))
        for part in (self.each, self.layers):
            keep_variance(part)
        self.real = nn.Linear(hidden, 1)
        self.embed = nn.Linear(classes, hidden, bias=False)

    def features(self, points: Tensor) -> Tensor:
        x = self.each(points)  # (B, N, W)
        return torch.cat([x.amax(1), x.mean(1)], 1)  # (B, 2 W)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        neighbour = features.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
        both = self.layers(torch.cat([features, neighbour], 1))  # (B, hidden)
        return self.real(both).squeeze(1) + (both * self.embed(condition)).sum(1) / math.sqrt(both.shape[1])  # (B,)


# Constructor arguments of tiny twins: the whole path in tests and in debug checkpoints.
DEBUG = {
    "VoxelGenerator": {"latent_dim": 8, "classes": 10, "widths": [8, 8, 4], "style_width": 8},
    "PointLatentGAN": {
        "points": 64, "classes": 10, "latent_dim": 8, "code_width": 8, "encoder": [8, 8], "decoder": [16, 16], "hidden": 16,
    },
    "RawPointGenerator": {"points": 64, "classes": 10, "latent_dim": 8, "widths": [8, 16]},
}  # fmt: skip
NETWORKS: dict[str, type[nn.Module]] = {
    "VoxelGenerator": VoxelGenerator, "PointLatentGAN": PointLatentGAN, "RawPointGenerator": RawPointGenerator,
}  # fmt: skip
