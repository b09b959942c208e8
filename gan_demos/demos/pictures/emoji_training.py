"""Emoji as training data of the generators: pictures, styles, texts and their CLIP features. Training and measuring only."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import clip
from ...clip.networks import Clip
from ...clip.pairs import emoji_key, emoji_texts
from ...data import images
from ...data.splits import held_out

VALIDATION_SHARE = 0.02  # of the (concept, style) pairs of the training split: they choose checkpoints, so that no reported split does
LAST_CHOICE = ("openmoji", "fluent-3d")  # as templates of other styles: what is outlined or shaded, rather than drawn in even areas
TEXTS = 10  # texts of a concept that are encoded


class EmojiData:
    """Pictures of a split: `pictures` (N, 3, 128, 128) uint8, `style` (N,) its number, `concept` (N,) its number in `keys`.

    rows: the labels; `kept_apart` (N,) bool: the validation pairs.
    """

    def __init__(self, split: str) -> None:
        found = images.emoji(split)
        self.rows = found.rows
        self.pictures = torch.from_numpy(found.images).permute(0, 3, 1, 2).contiguous()
        self.style = torch.tensor([images.EMOJI_STYLES.index(row["style"]) for row in found.rows])
        keys = [emoji_key(row) for row in found.rows]
        self.keys = list(dict.fromkeys(keys))
        number = {key: i for i, key in enumerate(self.keys)}
        self.concept = torch.tensor([number[key] for key in keys])
        self.first_row = {key: row for key, row in zip(reversed(keys), reversed(found.rows), strict=True)}
        apart = [held_out(f"validation {key} {row['style']}", VALIDATION_SHARE) for key, row in zip(keys, found.rows, strict=True)]
        self.kept_apart = torch.tensor(apart)

    def __deepcopy__(self, memo: dict) -> "EmojiData":
        return self  # never changed: a copied module shares it

    def show(self, index: Tensor) -> Tensor:
        """Pictures (B, 3, 128, 128) in [0, 1]."""
        return (self.pictures[index].float() / 255).contiguous(memory_format=torch.channels_last)

    def styles(self, index: Tensor) -> Tensor:
        """One-hot (B, 9)."""
        return F.one_hot(self.style[index], len(images.EMOJI_STYLES)).float()

    def members(self) -> list[list[int]]:
        """For each concept the numbers of its pictures that are not kept apart."""
        found: dict[int, list[int]] = defaultdict(list)
        for i, concept in enumerate(self.concept.tolist()):
            if not self.kept_apart[i]:
                found[concept].append(i)
        return [found[k] for k in range(len(self.keys))]

    def templates(self) -> Tensor:
        """For each concept the number (K,) of that one of its pictures, none kept apart, which the others are most like."""
        small = torch.cat([F.interpolate(self.show(part), (32, 32), mode="area") for part in torch.arange(len(self.pictures)).split(500)])
        found = []
        for group in self.members():
            group = [i for i in group if images.EMOJI_STYLES[self.style[i]] not in LAST_CHOICE] or group
            shown = small[group].flatten(1)
            found.append(group[int(torch.cdist(shown, shown, p=1).sum(1).argmin())])
        return torch.tensor(found)

    def labels(self) -> list[str]:
        """The label of each concept."""
        return [self.first_row[key]["label"] for key in self.keys]

    def texts(self, seed: int = 0) -> list[list[str]]:
        """Texts of each concept, the label first."""
        rng, found = random.Random(seed), []
        for key in self.keys:
            label, *others = dict.fromkeys(emoji_texts(self.first_row[key], rng))
            found.append([label, *rng.sample(others, min(len(others), TEXTS - 1))])
        return found


@dataclass(frozen=True)
class TextTable:
    """Texts and their CLIP features: sentence (M, 256), words (M, 48, 384), mask (M, 48)."""

    texts: list[str]
    sentence: Tensor
    words: Tensor
    mask: Tensor

    def __len__(self) -> int:
        return len(self.texts)


@torch.no_grad()  # not inference_mode: guidance takes gradients past what is read
def read(model: Clip, texts: Sequence[str], batch: int = 64) -> TextTable:
    """Features of texts by our CLIP, as in the app."""
    parts = []
    for start in range(0, len(texts), batch):
        tokens, mask = clip.tokenize(list(texts[start : start + batch]))
        length = int(mask.sum(1).max())  # what no text is as long as need not be computed
        found = model(tokens=tokens[:, :length], mask=mask[:, :length])
        parts.append((found["sentence"], F.pad(found["words"], (0, 0, 0, tokens.shape[1] - length)), mask))
    sentence, words, masks = (torch.cat(part).clone() for part in zip(*parts, strict=True))
    return TextTable(list(texts), sentence, words, masks)
