"""The two networks between a caption and a face: a reader of captions, and the generator with its critic."""

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ...palettes import flatten

# How faces are evened out in use: avatars are areas of one colour, and a network's are never quite even.
NEAR = ((1, 0.05), (2, 0.04), (4, 0.04), (8, 0.03))


class FaceReader(nn.Module, PyTorchModelHubMixin):
    """Which value of each slot a caption means.

    Word-level attention (as AttnGAN's, https://arxiv.org/abs/1711.10485, with a query for each slot instead of each pixel): every slot
    asks the words for what concerns it. A slot that the caption leaves open gets the distribution of the training data.
    """

    def __init__(self, sizes: list[int], word_width: int = 384, sentence_width: int = 256, width: int = 192, heads: int = 4) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.heads = heads
        self.words = nn.Sequential(nn.Linear(word_width, width), nn.GELU(), nn.Linear(width, width))
        self.sentence = nn.Linear(sentence_width, width)
        self.neighbours = nn.Conv1d(width, width, 5, padding=2)  # "no", "red": a word means what the words beside it make of it
        self.query = nn.Parameter(torch.randn(len(self.sizes), width))
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.nothing = nn.Parameter(torch.zeros(1, 1, width))  # what a slot attends to when no word concerns it
        self.hidden = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU(), nn.Dropout(0.1))
        self.outputs = nn.ModuleList(nn.Linear(width, size) for size in self.sizes)

    def forward(self, words: Tensor, mask: Tensor, sentence: Tensor) -> dict[str, Tensor]:
        """words (B, T, word_width), mask (B, T) true where there is a word, sentence (B, sentence_width)
        -> "logits" (B, sum of sizes), "attention" (B, slots, T): the share of each word, what is missing to 1 went to no word."""
        batch, length = mask.shape
        mask = mask.bool()
        x = self.words(words) * mask.unsqueeze(2)  # (B, T, W)
        x = x + F.gelu(self.neighbours(x.transpose(1, 2))).transpose(1, 2)  # (B, T, W)
        x = torch.cat([self.nothing.expand(batch, 1, -1), x], 1)  # (B, 1 + T, W)
        open_ = torch.cat([torch.ones_like(mask[:, :1]), mask], 1)  # (B, 1 + T)
        key = self.key(x).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (B, H, 1 + T, W / H)
        value = self.value(x).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (B, H, 1 + T, W / H)
        query = self.query.unflatten(1, (self.heads, -1)).transpose(0, 1)  # (H, slots, W / H)
        scores = query @ key.transpose(2, 3) / key.shape[3] ** 0.5  # (B, H, slots, 1 + T)
        attention = scores.masked_fill(~open_[:, None, None], float("-inf")).softmax(3)  # (B, H, slots, 1 + T)
        found = (attention @ value).transpose(1, 2).flatten(2)  # (B, slots, W)
        both = torch.cat([found, self.sentence(sentence).unsqueeze(1) + self.query.expand(batch, -1, -1)], 2)  # (B, slots, 2 W)
        hidden = self.hidden(both)  # (B, slots, W)
        logits = torch.cat([output(hidden[:, k]) for k, output in enumerate(self.outputs)], 1)  # (B, sum of sizes)
        return {"logits": logits, "attention": attention.mean(1)[:, :, 1:]}


class Styled(nn.Module):
    """A norm without weights of its own, scaled and shifted by the style: x (B, C, H, W), style (B, S)."""

    def __init__(self, style_width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(max(1, channels // 16), channels, affine=False)
        self.affine = nn.Linear(style_width, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, 1)  # (B, C, 1, 1) each
        return F.leaky_relu(torch.addcmul(shift, self.norm(x), 1 + scale), 0.2)


class Layers(nn.Module):
    """What each value draws on a grid, added up over the slots: choice (B, values) -> (B, channels, side, side).

    The faces are drawn by a program that lays parts over each other at fixed places, so where a part goes need not be found by convolution.
    """

    def __init__(self, values: int, channels: int, side: int) -> None:
        super().__init__()
        self.shape = (channels, side, side)
        self.parts = nn.Linear(values, channels * side * side)
        nn.init.normal_(self.parts.weight, std=0.3)

    def forward(self, choice: Tensor) -> Tensor:
        return self.parts(choice).unflatten(1, self.shape)  # (B, C, H, W)


class Doubling(nn.Module):
    """x (B, in, H, W), style (B, S), layers (B, L, 2 H, 2 W) with L <= out, or None -> (B, out, 2 H, 2 W)."""

    def __init__(self, inputs: int, outputs: int, side: int, style_width: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
        self.place = nn.Parameter(torch.zeros(1, outputs, side, side))  # where on the face it is
        self.first = Styled(style_width, outputs)
        self.refine = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.second = Styled(style_width, outputs)

    def forward(self, x: Tensor, style: Tensor, layers: Tensor | None = None) -> Tensor:
        x = self.up(x) + self.place  # (B, out, 2 H, 2 W)
        if layers is not None:
            x = x + F.pad(layers, (0, 0, 0, 0, 0, x.shape[1] - layers.shape[1]))  # (B, out, 2 H, 2 W)
        x = self.first(x, style)
        return x + self.second(self.refine(x), style)


class FaceSynthesis(nn.Module, PyTorchModelHubMixin):
    """The generator: values of the slots and noise -> a face.

    Each value has a code, drawn from N(mean, variance) while training (conditioning augmentation, StackGAN,
    https://arxiv.org/abs/1612.03242) and its mean in use; mixtures of values give mixed codes, so that faces blend.
    In use the picture is evened out by `flatten`.
    """

    def __init__(
        self,
        sizes: list[int],
        code_width: int = 24,
        noise_dim: int = 64,
        style_width: int = 384,
        widths: list[int] | tuple[int, ...] = (192, 192, 128, 64),
        layers: list[int] | tuple[int, ...] = (40, 16),
    ) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.noise_dim = noise_dim
        self.means = nn.Parameter(torch.randn(sum(sizes), code_width) * 0.7)
        self.log_variances = nn.Parameter(torch.full((sum(sizes), code_width), -4.0))
        self.style = nn.Sequential(
            nn.Linear(len(sizes) * code_width + noise_dim, style_width),
            nn.LeakyReLU(0.2),
            nn.Linear(style_width, style_width),
            nn.LeakyReLU(0.2),
        )
        sides = [16 * 2**i for i in range(len(widths) - 1)]
        self.start = Layers(sum(sizes), widths[0], 8)
        self.layers = nn.ModuleList(Layers(sum(sizes), channels, side) for channels, side in zip(layers, sides, strict=False))
        self.blocks = nn.ModuleList(
            Doubling(a, b, side, style_width) for a, b, side in zip(widths[:-1], widths[1:], sides, strict=True)
        )
        self.last = nn.Conv2d(widths[-1], 12, 3, padding=1)

    def codes(self, choice: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances (B, slots, code_width) of the codes of choice (B, sum of sizes)."""
        parts = choice.split(self.sizes, 1)
        means = [part @ table for part, table in zip(parts, self.means.split(self.sizes), strict=True)]
        log_variances = [part @ table for part, table in zip(parts, self.log_variances.split(self.sizes), strict=True)]
        return torch.stack(means, 1), torch.stack(log_variances, 1)

    def forward(self, choice: Tensor, noise: Tensor) -> Tensor:
        """choice (B, sum of sizes): weights of the values, one slot's summing to 1; noise (B, noise_dim), standard normal
        -> pictures (B, 3, 128, 128) in [0, 1]."""
        mean, log_variance = self.codes(choice)  # (B, slots, C) each
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean) if self.training else mean
        style = self.style(torch.cat([code.flatten(1), noise], 1))  # (B, S)
        x = self.start(choice)  # (B, C, 8, 8)
        for number, block in enumerate(self.blocks):
            layers = self.layers[number](choice) if number < len(self.layers) else None  # (B, L, 2 H, 2 W)
            x = block(x, style, layers)  # (B, C', 2 H, 2 W)
        x = F.pixel_shuffle(self.last(x), 2).float().sigmoid()  # (B, 3, 128, 128)
        return x if self.training else flatten(x, NEAR)


class FaceCritic(nn.Module):
    """How real a picture is, and how well it fits what a caption names: picture (B, 3, 128, 128), caption (B, sum of sizes) -> (B,).

    The caption is given as the set of values that it names (Miyato & Koyama's projection, https://arxiv.org/abs/1802.05637).
    """

    def __init__(self, condition_width: int, widths: list[int] | tuple[int, ...] = (48, 96, 192, 320, 384)) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 3, padding=1), nn.LeakyReLU(0.2)]
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        features = widths[-1] * 16
        self.real = nn.Linear(features, 1)
        self.picture = nn.Linear(features, 256)
        self.caption = nn.Linear(condition_width, 256)

    def features(self, picture: Tensor) -> Tensor:
        return self.layers(picture * 2 - 1).flatten(1)  # (B, features)

    def head(self, features: Tensor, caption: Tensor) -> Tensor:
        agreement = (self.picture(features) * self.caption(caption)).sum(1) / 16  # (B,)
        return self.real(features).squeeze(1) + agreement
