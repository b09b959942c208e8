"""DAMSM, the deep attentional multimodal similarity model of AttnGAN (Xu et al. 2018, https://arxiv.org/abs/1711.10485, section 3.2): how
well a picture fits a text, as a whole and word by word. It is the loss of AttnGAN's training, and R-precision is measured with it.

Equation numbers are the paper's. What differs: both encoders stand on our frozen CLIP, and only what is here was trained.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip.networks import Clip
from ...errors import CheckpointError

NAME = "damsm"
GAMMA1, GAMMA2, GAMMA3 = 5.0, 5.0, 10.0  # how sharply a word picks places, a text its words, and a batch its pairs
LOWER_STAGES = 5  # of the image tower's seven: those that end at 8 × 8 places
WRONG = 99  # mismatching texts that R-precision ranks the true one against


class DAMSM(nn.Module, PyTorchModelHubMixin):
    """What was trained: a BiLSTM over the words, and projections of maps of the image tower. `width` (D) is that of the common space.

    word_width, sentence_width: of the CLIP's texts; lower_width, upper_width, pooled_width: channels of the image tower's maps.
    """

    def __init__(
        self, width: int = 256, word_width: int = 384, sentence_width: int = 256, lower_width: int = 112, upper_width: int = 320,
        pooled_width: int = 1280,
    ) -> None:  # fmt: skip
        super().__init__()
        self.lstm = nn.LSTM(word_width, width // 2, batch_first=True, bidirectional=True)
        self.lift = nn.Linear(sentence_width, width, bias=False)
        self.lower = nn.Conv2d(lower_width, width, 1)
        self.upper = nn.Conv2d(upper_width, width, 1, bias=False)
        self.whole = nn.Linear(pooled_width, width)

    def texts(self, words: Tensor, mask: Tensor, sentence: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """words (B, L, word_width), mask (B, L), sentence (B, sentence_width) of our CLIP -> features of the words (B, T, D), which of them
        there are (B, T) bool, and of the text (B, D). T is the longest text of the batch.

        The start and end mark are no words; a text without any keeps one of them.
        """
        lengths = (mask.sum(1) - 2).clamp(1, mask.shape[1] - 1)
        longest = int(lengths.max())
        words = words[:, 1 : 1 + longest].float()
        packed = nn.utils.rnn.pack_padded_sequence(words, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        features, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)  # (B, T, D)
        there = torch.arange(longest, device=mask.device) < lengths.unsqueeze(1)
        return features, there, torch.cat([last[0], last[1]], 1) + self.lift(sentence.float())

    def pictures(self, lower: Tensor, upper: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Maps of the image tower, (B, lower_width, H, W), (B, upper_width, H / 2, W / 2) and (B, pooled_width) -> features of the regions
        (B, D, H · W) and of the picture (B, D)."""
        context = F.interpolate(self.upper(upper.float()), lower.shape[-2:], mode="nearest")
        return (self.lower(lower.float()) + context).flatten(2), self.whole(pooled.float())


@dataclass(frozen=True)
class Seen:
    """Of pictures: `regions` (B, D, R), `whole` (B, D), and `embedding` (B, 256), our CLIP's own, of length 1: a CLIP loss costs no further
    look at them."""

    regions: Tensor
    whole: Tensor
    embedding: Tensor


class Matcher(nn.Module):
    """A `DAMSM` with the CLIP's image tower, all frozen. precision: what the tower computes in (None: fp32); the rest is fp32."""

    def __init__(self, damsm: DAMSM, clip_model: Clip, precision: torch.dtype | None = torch.bfloat16) -> None:
        super().__init__()
        self.damsm, self.clip, self.precision = damsm, clip_model, precision
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def maps(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (B, 3, 128, 128) in [0, 1] -> maps of the image tower (B, 112, 8, 8), (B, 320, 4, 4), and pooled (B, 1280); all fp32 and
        differentiable."""
        trunk = self.clip.visual.trunk
        with torch.autocast(pictures.device.type, self.precision or torch.bfloat16, enabled=self.precision is not None):
            x = self.clip.prepare(pictures.float()).contiguous(memory_format=torch.channels_last)
            lower = trunk.blocks[:LOWER_STAGES](trunk.bn1(trunk.conv_stem(x)))
            upper = trunk.blocks[LOWER_STAGES:](lower)
            pooled = trunk.bn2(trunk.conv_head(upper)).mean((2, 3))
        return lower.float(), upper.float(), pooled.float()

    def look(self, pictures: Tensor) -> Seen:
        """Pictures (B, 3, 128, 128) in [0, 1] -> what the losses are made of, differentiable."""
        maps = self.maps(pictures)
        with torch.autocast(pictures.device.type, enabled=False):
            embedding = F.normalize(self.clip.visual.head(maps[2]), dim=-1)
            return Seen(*self.damsm.pictures(*maps), embedding)

    @torch.no_grad()
    def read(self, words: Tensor, mask: Tensor, sentence: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of texts, see `DAMSM.texts`: frozen, so they may be computed once."""
        with torch.autocast(words.device.type, enabled=False):
            return self.damsm.texts(words, mask, sentence)


def load_damsm(precision: torch.dtype | None = torch.bfloat16) -> Matcher:
    """The trained DAMSM on the image tower it was trained on. `CheckpointError` if that is another one by now."""
    if checkpoints.extra(NAME).get("clip") != checkpoints.digest(clip.MODEL):
        raise CheckpointError(f"{NAME} was trained on another {clip.MODEL}; rebuild it with: python -m gan_demos train {NAME}")
    return Matcher(checkpoints.load(NAME, {"DAMSM": DAMSM}), checkpoints.load(clip.MODEL, clip.NETWORKS), precision)


def word_scores(regions: Tensor, words: Tensor, there: Tensor) -> Tensor:
    """How well each of C pictures fits each of B texts, word by word (C, B), equations 7 to 10.

    regions (C, D, R); words (B, T, D); there (B, T) bool: which words there are, at least one of each text.
    """
    texts, longest = there.shape
    flat = words.flatten(0, 1)  # (B · T, D)
    similarity = flat @ regions  # (C, B · T, R)
    by_word = similarity.unflatten(1, (texts, longest))
    share = by_word.masked_fill(~there[None, :, :, None], float("-inf")).softmax(2)  # (8): of the words, at each place
    attention = (GAMMA1 * share).softmax(3).flatten(1, 2)  # (9): of the places, for each word (C, B · T, R)
    # The context c of a word is the sum of the regions by attention. Neither c·e nor |c|² needs c itself, which would be D wide.
    product = (attention * similarity).sum(2)
    square = (attention @ (regions.transpose(1, 2) @ regions) * attention).sum(2)
    cosine = product * square.clamp_min(1e-8).rsqrt() * flat.square().sum(1).clamp_min(1e-8).rsqrt()  # (C, B · T)
    cosine = cosine.unflatten(1, (texts, longest)).masked_fill(~there, float("-inf"))
    return (GAMMA2 * cosine).logsumexp(2) / GAMMA2  # (10)


def pair_loss(scores: Tensor, groups: Tensor) -> Tensor:
    """Cross-entropy of the right pairs, both ways, equations 11 and 12: scores (B pictures, B texts), pair i with i.

    Pairs of one group (groups (B,)) show the same thing: such a text is no mismatch, and is left out.
    """
    same = (groups.unsqueeze(1) == groups.unsqueeze(0)).fill_diagonal_(False)
    logits = (GAMMA3 * scores).masked_fill(same, float("-inf"))
    right = torch.arange(len(scores), device=scores.device)
    return F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)


def matching_loss(regions: Tensor, whole: Tensor, words: Tensor, there: Tensor, text: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
    """The loss by words and the loss by whole texts, from the features of B pairs; always in fp32. Their sum is equation 13."""
    with torch.autocast(regions.device.type, enabled=False):
        by_words = word_scores(regions.float(), words.float(), there)
        by_text = F.normalize(whole.float(), dim=1) @ F.normalize(text.float(), dim=1).T
        return pair_loss(by_words, groups), pair_loss(by_text, groups)


def damsm_loss(damsm: Matcher, pictures: Tensor, words: Tensor, mask: Tensor, sentence: Tensor, groups: Tensor) -> Tensor:
    """How badly pictures fit their texts among those of the batch: scalar, differentiable in the pictures.

    pictures (B, 3, 128, 128) in [0, 1]; words, mask, sentence: of their texts, as our CLIP gives them; groups (B,): pictures of the same
    number show the same thing. Of both ways, by words and by whole texts, the sum: about 4 ln B for pictures that tell nothing.
    """
    seen = damsm.look(pictures)
    features, there, text = damsm.read(words, mask, sentence)
    return sum(matching_loss(seen.regions, seen.whole, features, there, text, groups))


def r_precision(whole: Tensor, own: Tensor, texts: Tensor, groups: Tensor, wrong: int = WRONG, seed: int = 0) -> float:
    """Share of pictures whose own text comes first among it and `wrong` that do not fit, drawn anew for each picture; 1 / (wrong + 1) is
    chance. Ties count against it.

    whole (N, D): of pictures; own (N,): the number of each one's text; texts (M, D): features of texts; groups (M,): those of one group
    are never a mismatch of each other. `ValueError` if there are not so many texts of other groups.
    """
    generator = torch.Generator().manual_seed(seed)
    cosines = (F.normalize(whole.float(), dim=1) @ F.normalize(texts.float(), dim=1).T).cpu()
    own, groups = own.cpu(), groups.cpu()
    fits = groups[own].unsqueeze(1) == groups.unsqueeze(0)  # (N, M)
    if int((~fits).sum(1).min()) < wrong:
        raise ValueError(f"R-precision needs {wrong} mismatching texts of every picture; there are {int((~fits).sum(1).min())}")
    drawn = torch.rand(fits.shape, generator=generator).masked_fill(fits, -1).topk(wrong, dim=1).indices
    best = cosines.gather(1, drawn).amax(1)
    return float((cosines.gather(1, own.unsqueeze(1)).squeeze(1) > best).double().mean())
