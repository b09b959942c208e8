"""Numbers of the card of `clip-small`. Never imported by the app."""

import random
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan_demos import checkpoints
from gan_demos.clip import pairs
from gan_demos.clip.configs import MODEL
from gan_demos.clip.networks import Clip
from gan_demos.clip.retrieval import ranks, recall
from gan_demos.clip.tokens import tokenize
from gan_demos.data import images
from gan_demos.training.card import summary

SEEDS = (0, 1, 2)
COUNT = 500
BARS = {1: "≥ 0.20", 10: "≥ 0.50"}
NO_GROUP = -1  # letters, skin tones and the like, which are parts of emoji


@torch.inference_mode()
def texts_of(clip: Clip, texts: Sequence[str]) -> Tensor:
    """Embeddings (N, 256) of texts."""
    parts = []
    for start in range(0, len(texts), 100):
        tokens, mask = tokenize(list(texts[start : start + 100]))
        length = int(mask.sum(1).max())
        parts.append(clip(tokens=tokens[:, :length], mask=mask[:, :length])["sentence"])
    return torch.cat(parts)


@torch.inference_mode()
def images_of(clip: Clip, pictures: NDArray[np.uint8]) -> Tensor:
    """Embeddings (N, 256) of pictures (N, H, W, 3) uint8."""
    batch = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    return torch.cat([clip(image=part.float() / 255) for part in batch.split(50)])


def retrieval(name: str, texts: Sequence[Tensor], pictures: Sequence[Tensor], bars: bool = False) -> dict[str, dict]:
    """R@1 and R@10 both ways, a value a seed; `floor` is chance."""
    found: dict[str, dict] = {}
    for way, forward in (("text → image", True), ("image → text", False)):
        places = [ranks(*((text, picture) if forward else (picture, text))) for text, picture in zip(texts, pictures, strict=True)]
        for k in (1, 10):
            values, chance = [recall(one, k) for one in places], k / len(places[0])
            found[f"{name}, {way}, R@{k}"] = summary(values, chance, BARS[k] if bars and forward else None)
    return found


def emoji_metrics(clip: Clip) -> dict[str, dict]:
    """Among 500 concepts that training has not seen, each in one style drawn at random: by the label, and by the label with keywords; by
    the label among those whose variants of other sex or number are unseen too."""
    rows = [row for split in ("train", "new-pairs", "test") for row in images.emoji(split).rows]
    data = pairs.emoji()
    seen = {images.concept(row["codepoints"]) for row, test in zip(rows, data.test, strict=True) if not test}
    members: dict[str, list[int]] = {}
    alone: set[str] = set()
    for number, row in enumerate(rows):
        if data.test[number] and row["group"] != NO_GROUP:
            members.setdefault(data.groups[number], []).append(number)
            if images.concept(row["codepoints"]) not in seen:
                alone.add(data.groups[number])
    labels, keywords, shown, strict = [], [], [], []
    for seed in SEEDS:
        rng = random.Random(seed)
        concepts = rng.sample(sorted(members), COUNT)
        chosen = [rng.choice(members[concept]) for concept in concepts]
        shown.append(images_of(clip, data.images[chosen]))
        labels.append(texts_of(clip, [data.texts[number][0] for number in chosen]))
        keywords.append(texts_of(clip, [data.texts[number][1] for number in chosen]))
        strict.append([place for place, concept in enumerate(concepts) if concept in alone])
    metrics = retrieval(f"emoji by label, {COUNT} unseen concepts", labels, shown, bars=True)
    metrics |= retrieval("the same by label and two keywords", keywords, shown)
    without = [ranks(text[kept], picture, torch.tensor(kept)) for text, picture, kept in zip(labels, shown, strict, strict=True)]
    for k in (1, 10):
        metrics[f"those of them without a seen variant, text → image, R@{k}"] = summary([recall(one, k) for one in without], k / COUNT)
    return metrics


def flower_metrics(clip: Clip) -> dict[str, dict]:
    """The share of unseen photographs whose kind is named by the nearest of five texts."""
    found = images.flowers("test")
    texts = texts_of(clip, [pairs.FLOWER_TEXTS[0].format(kind) for kind in images.FLOWER_KINDS])
    named = (images_of(clip, found.images) @ texts.T).argmax(1)
    right = named == torch.tensor([images.FLOWER_KINDS.index(row["kind"]) for row in found.rows])
    return {"flowers, kind of an unseen photograph": summary([float(right.float().mean())], 1 / len(images.FLOWER_KINDS))}


def avatar_metrics(clip: Clip, captioner: pairs.Captioner) -> dict[str, dict]:
    """A caption's own picture among 500 unseen avatars. Many captions say little and fit several of them."""
    found = images.avatars("test")
    shown = images_of(clip, found.images[:COUNT])
    texts = []
    for seed in SEEDS:
        rng = random.Random(seed)
        texts.append(texts_of(clip, [captioner(row, rng) for row in found.rows[:COUNT]]))
    return retrieval(f"avatars by caption, {COUNT} unseen", texts, [shown] * len(SEEDS))


def measure(captioner: pairs.Captioner | None = None) -> dict[str, dict]:
    """All numbers of the card; `captioner` as for training, without one there are none of avatars."""
    clip = checkpoints.load(MODEL, {"Clip": Clip})
    metrics = emoji_metrics(clip) | flower_metrics(clip)
    return metrics | (avatar_metrics(clip, captioner) if captioner else {})
