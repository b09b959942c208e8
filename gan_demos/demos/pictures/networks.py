"""The generators of pictures from text, all over one synthesis network, and the critic that they are trained against.

What differs is the way from the text to the picture: the CLIP embedding itself, conditioning augmentation and stages, or attention to
the words besides.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ...palettes import Palette, flatten

SIDE = 128
CODE_SIDE = 16
NOISE = 64
SLOTS = 1514  # concepts of the training split
CODE_RATE = 4.0  # codes are stored divided by it, and so learn faster than weights: each is seen once in sixty steps
# How pictures are evened out in use: emoji are even areas and soft gradients, and a network's are never quite even.
NEAR = ((1, 0.05), (2, 0.04), (4, 0.03))
SPREAD = 0.25  # how far noise moves a query, beside its own length
Output = dict[str, Tensor]


def normalise(x: Tensor) -> Tensor:
    """Each row of x (B, …) with mean square 1."""
    return x * x.square().flatten(1).mean(1).add(1e-8).rsqrt().view(-1, *[1] * (x.ndim - 1))


class Styled(nn.Module):
    """A norm without weights of its own, scaled and shifted by the style: x (B, C, H, W), style (B, S) -> (B, C, H, W)."""

    def __init__(self, style_width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(max(1, channels // 16), channels, affine=False)
        self.affine = nn.Linear(style_width, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, 1)  # (B, C, 1, 1) each
        return F.leaky_relu(torch.addcmul(shift, self.norm(x), 1 + scale), 0.2)


class Refining(nn.Module):
    """x (B, C, H, W), style (B, S) -> (B, C, H, W)."""

    def __init__(self, channels: int, style_width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.styled = Styled(style_width, channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return x + self.styled(self.conv(x), style)


class Doubling(nn.Module):
    """x (B, in, H, W), style (B, S) -> (B, out, 2 H, 2 W), 2 H = side."""

    def __init__(self, inputs: int, outputs: int, side: int, style_width: int, depth: int = 1) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
        self.place = nn.Parameter(torch.zeros(1, outputs, side, side))  # pictures are centred: where it is matters
        self.styled = Styled(style_width, outputs)
        self.refine = Refining(outputs, style_width)
        self.more = further(depth, outputs, style_width)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        x = self.refine(self.styled(self.up(x) + self.place, style), style)
        for refine in self.more:
            x = refine(x, style)
        return x


def further(depth: int, channels: int, style_width: int) -> nn.ModuleList:
    """What is refined after the first time, for `depth` times in all."""
    return nn.ModuleList(Refining(channels, style_width) for _ in range(depth - 1))


class WordAttention(nn.Module):
    """AttnGAN's attention (https://arxiv.org/abs/1711.10485, section 3.1): each place of a map asks the words for what belongs there.

    x (B, C, H, W), words (B, T, W), mask (B, T) -> (x with what was found (B, C, H, W), attention (B, T, H, W), which sums to 1 over T).
    """

    def __init__(self, channels: int, word_width: int, width: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, width, 1)
        self.key = nn.Linear(word_width, width)
        self.value = nn.Linear(word_width, channels)
        nn.init.zeros_(self.value.weight)  # it begins without any influence on what was learnt before it

    def forward(self, x: Tensor, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        query = self.query(x).flatten(2).transpose(1, 2)  # (B, H W, K)
        scores = query @ self.key(words).transpose(1, 2) / query.shape[2] ** 0.5  # (B, H W, T)
        # A text without words attends to the first place, whose feature is 0.
        keep = mask.bool() | (~mask.bool().any(1, keepdim=True) & (torch.arange(mask.shape[1], device=mask.device) == 0))
        attention = scores.masked_fill(~keep.unsqueeze(1), float("-inf")).softmax(2)  # (B, H W, T)
        found = (attention @ self.value(words)).transpose(1, 2).unflatten(2, x.shape[2:])  # (B, C, H, W)
        return x + found, attention.transpose(1, 2).unflatten(2, x.shape[2:])


class Synthesis(nn.Module):
    """A code that says what is where, and the weights of the drawing styles -> pictures of three sizes.

    Three maps, 16², 32² and 64²; the picture of 128² is unfolded from the last (pixel shuffle). With `word_width`, places of the maps of
    16² and 32² attend to the words. Each map is refined `depth` times. In use a style lies by the share `emphasis`, for all styles or for
    each, further from the mean of all than it was asked for, as guidance without a classifier goes beyond its condition; or nearer, if the
    share is negative.
    """

    def __init__(
        self, styles: int, code_width: int, style_width: int, widths: list[int] | tuple[int, ...], depth: int,
        emphasis: float | list[float], word_width: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        w16, w32, w64 = widths
        self.register_buffer("emphasis", torch.tensor(emphasis, dtype=torch.float32).expand(styles).clone(), persistent=False)
        self.style = nn.Sequential(nn.Linear(styles, style_width), nn.LeakyReLU(0.2), nn.Linear(style_width, style_width))
        self.start = nn.Conv2d(code_width, w16, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(1, w16, CODE_SIDE, CODE_SIDE))
        self.styled = Styled(style_width, w16)
        self.refine16 = Refining(w16, style_width)
        self.more16 = further(depth, w16, style_width)
        self.up32 = Doubling(w16, w32, 32, style_width, depth)
        self.up64 = Doubling(w32, w64, 64, style_width, depth)
        self.attend16 = WordAttention(w16, word_width, 64) if word_width else None
        self.attend32 = WordAttention(w32, word_width, 64) if word_width else None
        self.picture32, self.picture64 = nn.Conv2d(w32, 3, 1), nn.Conv2d(w64, 3, 1)
        self.picture128 = nn.Conv2d(w64, 12, 3, padding=1)

    def forward(self, code: Tensor, style: Tensor, words: Tensor | None = None, mask: Tensor | None = None) -> Output:
        """code (B, code_width, 16, 16), style (B, styles), words (B, T, W) and mask (B, T) where it attends -> "picture" (B, 3, 128, 128),
        "stage64", "stage32", all in [0, 1], and "attention" (B, T, 32, 32)."""
        if not self.training:
            beyond = 1 + (style * self.emphasis).sum(1, keepdim=True)  # (B, 1)
            style = torch.lerp(torch.full_like(style, 1 / style.shape[1]), style, beyond)  # (B, styles), its sum is still 1
        s = self.style(style)  # (B, S)
        x = self.refine16(self.styled(self.start(code) + self.place, s), s)  # (B, C, 16, 16)
        for refine in self.more16:
            x = refine(x, s)  # (B, C, 16, 16)
        out: Output = {}
        if self.attend16 is not None:
            x, _ = self.attend16(x, words, mask)  # (B, C, 16, 16)
        x = self.up32(x, s)  # (B, C, 32, 32)
        if self.attend32 is not None:
            x, out["attention"] = self.attend32(x, words, mask)  # (B, C, 32, 32), (B, T, 32, 32)
        out["stage32"] = self.shade(self.picture32(x))  # (B, 3, 32, 32)
        x = self.up64(x, s)  # (B, C, 64, 64)
        out["stage64"] = self.shade(self.picture64(x))  # (B, 3, 64, 64)
        out["picture"] = self.shade(F.pixel_shuffle(self.picture128(x), 2))  # (B, 3, 128, 128)
        return out

    def shade(self, x: Tensor) -> Tensor:
        """Numbers about 0 -> levels about 0.5; held to [0, 1] in use. While training they may leave it: most of each picture is white, and
        the flat end of a sigmoid, or of a clamp, would let no gradient back from there."""
        x = x.float() * 0.5 + 0.5
        return x if self.training else x.clamp(0, 1)


class Recall(nn.Module):
    """From a query to a code, by what each of `slots` things looks like: an associative memory (Ramsauer et al. 2021,
    https://arxiv.org/abs/2008.02217), whose softmax picks one slot, or mixes those that the query is between.

    query (B, Q) -> (B, code_width, 16, 16).
    """

    def __init__(self, slots: int, query_width: int, code_width: int, sharpness: float = 64.0) -> None:
        super().__init__()
        self.code_shape = (code_width, CODE_SIDE, CODE_SIDE)
        self.keys = nn.Parameter(torch.randn(slots, query_width))
        self.codes = nn.Parameter(torch.randn(slots, code_width * CODE_SIDE**2))
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(sharpness)))

    @torch.no_grad()
    def round(self) -> None:
        """Make the codes whole numbers up to 127, a byte each in a checkpoint. Whoever reads them takes their direction alone."""
        self.codes.mul_(127 / self.codes.abs().max()).round_()

    def forward(self, query: Tensor) -> Tensor:
        likeness = F.normalize(query, dim=1) @ F.normalize(self.keys, dim=1).T  # (B, slots)
        share = (self.log_sharpness.exp() * likeness).softmax(1)  # (B, slots)
        return CODE_RATE * (share @ self.codes).unflatten(1, self.code_shape)  # (B, C, 16, 16)


class Generator(nn.Module, PyTorchModelHubMixin):
    """What the three have in common: text and noise -> latent -> picture, so that guidance can work on the latent alone."""

    noise_width = NOISE
    latent_width: int
    variety: float  # in use noise counts so many times: trained to draw what the text says, a network makes little of it
    shown: tuple[str, ...] = ("picture",)

    def latent(self, sentence: Tensor, words: Tensor, mask: Tensor, noise: Tensor) -> Tensor:
        """sentence (B, 256), words (B, T, W), mask (B, T) true where there is a word, noise (B, 64), standard normal -> (B, L)."""
        raise NotImplementedError

    def stirred(self, noise: Tensor) -> Tensor:
        """Noise as it counts: see `variety`."""
        return noise if self.training else self.variety * noise

    def code(self, latent: Tensor) -> Tensor:
        """latent (B, L) -> what is where (B, code_width, 16, 16)."""
        raise NotImplementedError

    def draft(self, latent: Tensor, style: Tensor, words: Tensor, mask: Tensor) -> Output:
        """latent (B, L), style (B, styles): weights that sum to 1, words and mask as for `latent` -> "picture" (B, 3, 128, 128) in [0, 1];
        with stages also "stage64" and "stage32", with attention to words also "attention" (B, T, 32, 32), 1 in sum over the words."""
        out = self.synthesis(normalise(self.code(latent)), style, words, mask)
        return {name: out[name] for name in self.shown}

    def paint(self, latent: Tensor, style: Tensor, words: Tensor, mask: Tensor) -> Output:
        """As `draft`; the picture is evened out by `flatten` and gets the colours of its styles, as people get to see it."""
        out = self.draft(latent, style, words, mask)
        return {**out, "picture": self.palette(flatten(out["picture"], NEAR), style)}

    def forward(self, sentence: Tensor, words: Tensor, mask: Tensor, noise: Tensor, style: Tensor) -> Tensor:
        """Text, noise and style -> pictures (B, 3, 128, 128) in [0, 1], evened out."""
        return self.paint(self.latent(sentence, words, mask, noise), style, words, mask)["picture"]


class ClipGAN(Generator):
    """CLIP-conditioned GAN: the sentence's CLIP embedding, moved a little by the noise, recalls a code, which is the latent."""

    def __init__(
        self,
        slots: int = SLOTS,
        styles: int = 9,
        sentence_width: int = 256,
        word_width: int = 384,
        code_width: int = 16,
        style_width: int = 128,
        widths: list[int] | tuple[int, ...] = (192, 96, 48),
        depth: int = 1,
        emphasis: float | list[float] = 0.0,
        variety: float = 1.0,
    ) -> None:
        super().__init__()
        self.variety = variety
        self.latent_width = code_width * CODE_SIDE**2
        self.spread = nn.Linear(NOISE, sentence_width, bias=False)
        nn.init.normal_(self.spread.weight, std=SPREAD / (NOISE * sentence_width) ** 0.5)
        self.recall = Recall(slots, sentence_width, code_width)
        self.synthesis = Synthesis(styles, code_width, style_width, widths, depth, emphasis)
        self.palette = Palette(styles)

    def latent(self, sentence: Tensor, words: Tensor, mask: Tensor, noise: Tensor) -> Tensor:
        return normalise(self.recall(F.normalize(sentence, dim=1) + self.spread(self.stirred(noise))).flatten(1))  # (B, L)

    def code(self, latent: Tensor) -> Tensor:
        return latent.unflatten(1, self.recall.code_shape)

    def codes(self) -> Tensor:
        """What each slot holds (slots, code_width, 16, 16), of mean square 1."""
        return normalise(self.recall.codes).unflatten(1, self.recall.code_shape)


class StackGAN(Generator):
    """StackGAN++ (https://arxiv.org/abs/1710.10916): the sentence gives a Gaussian, from which the condition is drawn (conditioning
    augmentation); it and the noise are the latent, which grows into pictures of 32², 64² and 128², each with a critic of its own while
    training."""

    shown = ("picture", "stage64", "stage32")
    attends = False

    def __init__(
        self,
        slots: int = SLOTS,
        styles: int = 9,
        sentence_width: int = 256,
        word_width: int = 384,
        code_width: int = 16,
        condition_width: int = 192,
        style_width: int = 128,
        widths: list[int] | tuple[int, ...] = (192, 96, 48),
        depth: int = 1,
        emphasis: float | list[float] = 0.0,
        variety: float = 1.0,
    ) -> None:
        super().__init__()
        self.variety = variety
        self.condition_width = condition_width
        self.latent_width = condition_width + NOISE
        self.condition = nn.Linear(sentence_width, 2 * condition_width)
        self.recall = Recall(slots, self.latent_width, code_width)
        self.synthesis = Synthesis(styles, code_width, style_width, widths, depth, emphasis, word_width if self.attends else 0)
        self.palette = Palette(styles)

    def distribution(self, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, condition_width) of the condition of sentence (B, 256)."""
        mean, log_variance = self.condition(normalise(sentence)).chunk(2, 1)
        return mean, log_variance.clamp(-8, 2)

    def latent(self, sentence: Tensor, words: Tensor, mask: Tensor, noise: Tensor) -> Tensor:
        mean, log_variance = self.distribution(sentence)
        noise = self.stirred(noise)
        # One noise serves both: its numbers, each several times with signs that repeat nowhere, move the condition.
        number = torch.arange(self.condition_width, device=noise.device)
        spread = noise[:, number % NOISE] * (1 - 2 * ((number // NOISE + number) % 2))  # (B, condition_width)
        return torch.cat([mean + (0.5 * log_variance).exp() * spread, SPREAD * noise], 1)

    def code(self, latent: Tensor) -> Tensor:
        return self.recall(latent)


class AttnGAN(StackGAN):
    """AttnGAN (https://arxiv.org/abs/1711.10485): as StackGAN++, and places of the maps attend to the words; trained with DAMSM."""

    shown = ("picture", "stage64", "stage32", "attention")
    attends = True


class PictureCritic(nn.Module):
    """How real a picture is, and how well it fits a condition: the style's weights and the sentence's CLIP embedding.

    picture (B, 3, side, side), condition (B, styles + 256) -> (B,): an unconditional score and a conditional one, in sum (StackGAN++'s two
    losses; the second is Miyato & Koyama's projection, https://arxiv.org/abs/1802.05637). Beside that it names the style (auxiliary
    classifier GAN, https://arxiv.org/abs/1610.09585).
    """

    def __init__(
        self, condition_width: int, side: int = SIDE, widths: list[int] | tuple[int, ...] = (48, 96, 192, 320, 384), styles: int = 9
    ) -> None:
        super().__init__()
        widths = widths[-(side.bit_length() - 3) :]  # a smaller picture needs fewer halvings down to 4 × 4
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 3, padding=1), nn.LeakyReLU(0.2)]
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        features = widths[-1] * 16
        self.real = nn.Linear(features, 1)
        self.picture = nn.Linear(features, 256)
        self.condition = nn.Linear(condition_width, 256)
        self.style = nn.Linear(features, styles)

    def features(self, picture: Tensor) -> Tensor:
        return self.layers(picture * 2 - 1).flatten(1)  # (B, features)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        agreement = (self.picture(features) * self.condition(condition)).sum(1) / 16  # (B,)
        return self.real(features).squeeze(1) + agreement


_SMALL: dict[str, Any] = {"slots": 8, "code_width": 2, "style_width": 8, "widths": [8, 4, 4]}
DEBUG = {"ClipGAN": _SMALL, "StackGAN": {**_SMALL, "condition_width": 8}, "AttnGAN": {**_SMALL, "condition_width": 8}}
