"""WaveGAN networks: raw audio from a latent vector (Donahue, McAuley, Puckette 2019, https://arxiv.org/abs/1802.04208).

What differs from the paper, and why: the generator is class-conditional (scale and shift after each normalised layer); beside the paper's
raw-waveform critic with phase shuffle stands a second, cheap critic that sees the log-magnitude spectrogram, because an ear does not
hear the
phase that a raw critic spends its capacity on; group norm instead of no norm (never in a critic: gradient penalties need per-sample
critics).
"""

import math
from functools import reduce

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn


class ConditionEmbedding(nn.Module):
    """Sum of one learned vector per condition (digit, voice, kind …).

    `sizes` gives the number of values of each condition; input (B, len(sizes)) int64, output (B, width).
    """

    def __init__(self, sizes: list[int], width: int):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(n, width) for n in sizes)

    def forward(self, condition: Tensor) -> Tensor:
        return reduce(torch.add, (table(condition[:, i]) for i, table in enumerate(self.tables)))  # (B, width)


def even_start(style: nn.Sequential, start: nn.Linear, films: list[nn.Linear], latent_dim: int) -> None:
    """First weights with which a uniform latent makes as much of a difference as what is asked for (embeddings of variance 1).

    With torch's, the latent's share is a tenth: seeds of one kind sound alike at first, and the game does not mend that.
    """
    with torch.no_grad():
        for layer in (style[0], start):
            layer.weight[:, :latent_dim].normal_(std=math.sqrt(3 / latent_dim))
            layer.weight[:, latent_dim:].normal_(std=1 / math.sqrt(layer.in_features - latent_dim))
            layer.bias.zero_()
        nn.init.kaiming_normal_(style[2].weight, a=0.2)
        for film in films:
            nn.init.normal_(film.weight, std=0.5 / math.sqrt(film.in_features))
            nn.init.zeros_(film.bias)


class UpBlock(nn.Module):
    """Transposed convolution of kernel 25 (upsampling by `stride`), group norm, conditional scale and shift, rectifier."""

    def __init__(self, inputs: int, outputs: int, stride: int, width: int):
        super().__init__()
        # kernel 25 and padding 11 give L·stride only with this output padding (16 → 64, not 63)
        self.conv = nn.ConvTranspose1d(inputs, outputs, 25, stride, padding=11, output_padding=stride - 3 if stride > 3 else 0)
        self.trim = (25 - 22 - stride) if stride <= 3 else 0
        self.norm = nn.GroupNorm(1, outputs, affine=False)
        self.film = nn.Linear(width, 2 * outputs)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        x = self.conv(x)  # (B, outputs, L·stride + trim)
        x = x[..., : x.shape[-1] - self.trim] if self.trim else x  # (B, outputs, L·stride)
        scale, shift = self.film(style).unsqueeze(-1).chunk(2, dim=1)  # (B, outputs, 1) each
        return F.leaky_relu(self.norm(x) * (1 + scale) + shift, 0.2)


class WaveGANGenerator(nn.Module, PyTorchModelHubMixin):
    """Latent and condition → waveform.

    latent (B, latent_dim), uniform in [-1, 1]; condition (B, len(condition_sizes)) int64;
    steer (B, steering): how far to move along each named direction of the latent and of the style layer; 0 = not at all.
    Returns (B, 16 · prod(strides)) in (-1, 1).
    """

    def __init__(
        self,
        latent_dim: int = 100,
        channels: int = 32,
        strides: tuple[int, ...] = (4, 4, 4, 4, 4),
        condition_sizes: tuple[int, ...] = (10,),
        style_width: int = 128,
        steering: int = 0,
    ):
        super().__init__()
        widths = [channels * 2 ** max(len(strides) - 1 - i, 0) for i in range(len(strides))]  # 16d, 8d, 4d, 2d, d for five layers
        self.start_channels = widths[0]
        self.latent_dim = latent_dim
        self.embed = ConditionEmbedding(list(condition_sizes), style_width)
        self.style = nn.Sequential(nn.Linear(latent_dim + style_width, style_width), nn.LeakyReLU(0.2), nn.Linear(style_width, style_width))
        self.start = nn.Linear(latent_dim + style_width, widths[0] * 16)
        self.blocks = nn.ModuleList(UpBlock(widths[i], widths[i + 1], strides[i], style_width) for i in range(len(strides) - 1))
        self.last = nn.ConvTranspose1d(widths[-1], 1, 25, strides[-1], padding=11, output_padding=max(strides[-1] - 3, 0))
        even_start(self.style, self.start, [block.film for block in self.blocks], latent_dim)
        self.length = 16 * math.prod(strides)
        # the last transposed convolution has no neighbour beyond the end: its last few samples would click
        self.register_buffer("fade", (torch.arange(self.length).flip(0) / 64).clamp(max=1), persistent=False)
        # named directions, found after training (steering.py); a buffer, so that they travel inside the checkpoint
        self.register_buffer("directions", torch.zeros(steering, latent_dim + style_width))

    def forward(self, latent: Tensor, condition: Tensor, steer: Tensor | None = None) -> Tensor:
        embedded = self.embed(condition)  # (B, style_width)
        style = self.style(torch.cat([latent, embedded], dim=1))  # (B, style_width)
        if steer is not None:
            shift = steer @ self.directions  # (B, latent_dim + style_width)
            latent, style = latent + shift[:, : self.latent_dim], style + shift[:, self.latent_dim :]
        z = torch.cat([latent, embedded], dim=1)  # (B, latent_dim + style_width)
        x = F.leaky_relu(self.start(z), 0.2).view(-1, self.start_channels, 16)  # (B, 16d, 16)
        for block in self.blocks:
            x = block(x, style)  # (B, C / 2, L · stride)
        x = self.last(x)[..., : self.length]  # (B, 1, length)
        return torch.tanh(x.float()).squeeze(1) * self.fade  # (B, length)


class PhaseShuffle(nn.Module):
    """Shifts each item's activations by its own random -n … n samples, edges reflected (§3.3 of the paper)."""

    def __init__(self, n: int = 2):
        super().__init__()
        self.n = n

    def forward(self, x: Tensor) -> Tensor:
        if self.n == 0:
            return x
        shifts = torch.randint(-self.n, self.n + 1, (x.shape[0], 1), device=x.device)
        index = (torch.arange(x.shape[-1], device=x.device) - shifts).abs()  # (B, L)
        index = torch.where(index >= x.shape[-1], 2 * x.shape[-1] - 2 - index, index)
        return x.gather(-1, index.unsqueeze(1).expand(-1, x.shape[1], -1))


class ProjectionHead(nn.Module):
    """Score of features under a condition: linear + inner product with the condition's vector (Miyato and Koyama 2018)."""

    def __init__(self, features: int, condition_sizes: list[int]):
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.embed = ConditionEmbedding(condition_sizes, features)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        return self.linear(h).squeeze(1) + (h * self.embed(condition)).sum(1) / math.sqrt(h.shape[1])  # (B,)


class PackedHead(nn.Module):
    """Judges each item beside its neighbour in the batch, of the same condition (PacGAN, Lin et al. 2018,
    https://arxiv.org/abs/1712.04086): seeds that all come out alike are then heard to be made. features (B, F), B even → (B,)."""

    def __init__(self, features: int, condition_sizes: list[int]):
        super().__init__()
        self.both = nn.Linear(2 * features, features)
        self.head = ProjectionHead(features, condition_sizes)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        neighbour = h.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
        return self.head(F.leaky_relu(self.both(torch.cat([h, neighbour], 1)), 0.2), condition)  # (B,)


class WaveCritic(nn.Module):
    """The paper's critic on the raw waveform, with phase shuffle. (B, L) → features (B, 256)."""

    def __init__(
        self,
        length: int,
        channels: int = 16,
        strides: tuple[int, ...] = (4, 4, 4, 4, 4),
        condition_sizes: tuple[int, ...] = (10,),
        shuffle: int = 2,
    ):
        super().__init__()
        widths = [1] + [channels * 2**i for i in range(len(strides))]
        self.convs = nn.ModuleList(nn.Conv1d(widths[i], widths[i + 1], 25, strides[i], padding=12) for i in range(len(strides)))
        self.shuffle = PhaseShuffle(shuffle)
        self.flat = nn.Linear(widths[-1] * (length // math.prod(strides)), 256)
        self.head = PackedHead(256, list(condition_sizes))

    def features(self, wave: Tensor) -> Tensor:
        x = wave.unsqueeze(1)  # (B, 1, L)
        for i, conv in enumerate(self.convs):
            x = F.leaky_relu(conv(x), 0.2)  # (B, C, L / stride)
            x = self.shuffle(x) if i < len(self.convs) - 1 else x
        return F.leaky_relu(self.flat(x.flatten(1)), 0.2)  # (B, 256)


class SpectrogramCritic(nn.Module):
    """A strided-convolution critic on the log-magnitude spectrogram. (B, L) → features (B, 256)."""

    def __init__(
        self,
        length: int,
        n_fft: int = 256,
        hop: int = 64,
        channels: int = 24,
        condition_sizes: tuple[int, ...] = (10,),
        floor: float = 0.02,
    ):
        super().__init__()
        self.n_fft, self.hop, self.floor = n_fft, hop, floor
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        bins, frames = n_fft // 2, length // hop
        layers, previous, width = [], 2, channels
        while min(bins, frames) > 4:
            layers.append(nn.Conv2d(previous, width, 4, 2, 1))
            previous, width = width, min(width * 2, channels * 8)
            bins, frames = bins // 2, frames // 2
        self.convs = nn.ModuleList(layers)
        self.flat = nn.Linear(previous * bins * frames, 256)
        self.head = PackedHead(256, list(condition_sizes))

    def spectrogram(self, wave: Tensor) -> Tensor:
        s = torch.stft(wave.float(), self.n_fft, self.hop, window=self.window, return_complex=True)  # (B, n_fft/2 + 1, L/hop + 1)
        power = s.real.square() + s.imag.square()
        # the floor hides what no ear hears: without it digital silence in the padding would give every fake away
        log = 0.5 * torch.log(power + self.floor**2) - math.log(self.floor) - 2.0
        return log[:, 1:, : wave.shape[1] // self.hop].unsqueeze(1)  # (B, 1, bins, frames)

    def features(self, wave: Tensor) -> Tensor:
        x = self.spectrogram(wave)
        height = torch.linspace(-1, 1, x.shape[2], device=x.device).view(1, 1, -1, 1).expand_as(x)
        x = torch.cat([x, height], dim=1).to(
            memory_format=torch.channels_last
        )  # (B, 2, bins, frames): a frequency is a place, not a texture
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)  # (B, C, bins / 2, frames / 2)
        return F.leaky_relu(self.flat(x.flatten(1)), 0.2)  # (B, 256)
