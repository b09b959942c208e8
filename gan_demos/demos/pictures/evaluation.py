"""Held-out measures of the three generators, each with its value on real pictures, over three seeds.

The CLIP that retrieval is measured with also conditions the generators, and DAMSM looks through the same image tower: the style judge, the
difference to the true picture and EffNet-Lite0 KID know neither.
"""

import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip.networks import Clip
from ...clip.retrieval import ranks, recall
from ...data import images
from ...data.sources import path
from ...metrics import images as measures
from ...metrics.image_classifier import predictions
from ...training.card import summary
from .damsm import Matcher, load_damsm, r_precision
from .emoji_training import TextTable, read
from .judge_training import load_judge
from .networks import AttnGAN, ClipGAN, Generator, StackGAN

SEEDS = (0, 1, 2)
SEEN, UNSEEN = 500, 300  # pictures of either split that are measured
RETRIEVED = 500  # labels that a picture's own is looked for among
REMEMBERED = 200  # training pairs that are asked for, to see how much is remembered
BATCH = 16
NETWORKS: dict[str, type[Generator]] = {"ClipGAN": ClipGAN, "StackGAN": StackGAN, "AttnGAN": AttnGAN}
SEEN_TITLE, UNSEEN_TITLE = "seen concepts in an unseen style", "unseen concepts"
# Keywords that many concepts share: what a person types who means any of them.
BROAD = ("cat", "heart", "food", "animal", "flower", "car", "hand", "moon", "fruit", "tree", "person", "smile")
MIN_SHARING, MAX_SHARING = 8, 40  # real pictures of a broad prompt
DIVERSITY_SEEDS = 16
LATENCY_RUNS = 20


@dataclass(frozen=True)
class HeldOut:
    """Pictures of a split: pictures (N, 3, 128, 128) uint8, rows, style (N,) its number, own (N,): the number of each one's label in
    `labels`, which has further labels besides; groups (M,): labels of one number name the same thing drawn with another sex or number of
    people; others (K, 3, 128, 128) uint8: pictures of the split that are not among these."""

    pictures: Tensor
    rows: list[dict]
    style: Tensor
    own: Tensor
    labels: list[str]
    groups: Tensor
    others: Tensor

    @property
    def weights(self) -> Tensor:
        """Styles as the generators take them: (N, 9)."""
        return F.one_hot(self.style, len(images.EMOJI_STYLES)).float()


@functools.cache
def held_out(split: str, count: int, retrieved: int = RETRIEVED) -> HeldOut:
    """`count` pictures of "new-pairs" (no concept twice) or "test", in an order that only their names decide, and `retrieved` labels:
    theirs first, then others of the data."""
    found = images.emoji(split)
    order = sorted(range(len(found)), key=lambda i: _hash(found.rows[i]["codepoints"], found.rows[i]["style"]))
    if split == "new-pairs":
        first: dict[str, int] = {}
        for i in order:
            first.setdefault(found.rows[i]["codepoints"], i)
        order = [*first.values(), *(i for i in order if first[found.rows[i]["codepoints"]] != i)]
    rows = [found.rows[i] for i in order[:count]]
    names = {row["label"]: row["codepoints"] for row in rows}
    every = {row["label"]: row["codepoints"] for row in images.read_rows(path("emoji"))}
    for label in sorted(every, key=_hash):
        if len(names) < retrieved:
            names.setdefault(label, every[label])
    labels = list(names)
    concepts = [images.concept(points) for points in names.values()]
    pictures = torch.from_numpy(found.images).permute(0, 3, 1, 2)
    return HeldOut(
        pictures[order[:count]].contiguous(),
        rows,
        torch.tensor([images.EMOJI_STYLES.index(row["style"]) for row in rows]),
        torch.tensor([labels.index(row["label"]) for row in rows]),
        labels,
        torch.tensor([concepts.index(one) for one in concepts]),
        pictures[order[count:]].contiguous(),
    )


def _hash(*names: str) -> str:
    return hashlib.sha256(" ".join(("measured", *names)).encode()).hexdigest()


@torch.inference_mode()
def paint(module: Generator, texts: TextTable, own: Tensor, weights: Tensor, seed: int) -> Tensor:
    """Pictures (N, 3, 128, 128) uint8 of the texts `own` (N,) with style weights (N, 9) and noise from `seed`."""
    device = next(module.parameters()).device
    noise = torch.randn(len(own), module.noise_width, generator=torch.Generator().manual_seed(seed))
    painted = []
    for index in torch.arange(len(own)).split(BATCH):
        one = own[index]
        parts = (texts.sentence[one], texts.words[one].float(), texts.mask[one], noise[index], weights[index])
        painted.append((module(*(part.to(device) for part in parts)).float().clamp(0, 1) * 255).round().byte().cpu())
    return torch.cat(painted)


@dataclass(frozen=True)
class Judges:
    """What measures pictures: DAMSM with our CLIP, the judge of styles, and features for KID, (N, 3, H, W) -> (N, D)."""

    matcher: Matcher
    styles: nn.Module
    features: Callable[[Tensor], np.ndarray] = measures.features

    @classmethod
    def load(cls) -> "Judges":
        return cls(load_damsm(precision=None), load_judge())

    @torch.inference_mode()
    def look(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, 3, 128, 128) uint8 -> CLIP embeddings (N, 256) and DAMSM's features (N, D), rows of length 1."""
        seen = [self.matcher.look(measures.unit(part)) for part in pictures.split(BATCH)]
        return torch.cat([one.embedding for one in seen]), F.normalize(torch.cat([one.whole for one in seen]), dim=1)

    def read(self, texts: TextTable) -> Tensor:
        """DAMSM's features of texts, (M, D)."""
        return torch.cat(
            [self.matcher.read(texts.words[i].float(), texts.mask[i], texts.sentence[i])[2] for i in torch.arange(len(texts)).split(64)]
        )


def generator_metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of a generator but those of guidance; see training.card.summary for their form."""
    module, judges = checkpoints.load(name, NETWORKS), Judges.load()
    train = images.emoji("train")
    known = torch.from_numpy(train.images).permute(0, 3, 1, 2)
    metrics: dict[str, dict] = {}
    for split, count, title in (("new-pairs", SEEN, SEEN_TITLE), ("test", UNSEEN, UNSEEN_TITLE)):
        real = held_out(split, count)
        texts = read(judges.matcher.clip, real.labels)
        made = [paint(module, texts, real.own, real.weights, seed) for seed in SEEDS]
        found = fitting(judges, texts, real, made, aims=split == "new-pairs")
        looks = [judges.features(one) for one in made]
        found |= realism(judges, real, looks)
        if split == "new-pairs":
            found |= truth(real, made, known, train.rows) | likeness(judges, real, looks, known, train.rows)
        metrics |= {f"{title}: {key}": value for key, value in found.items()}
    return metrics | memorisation(module, judges.matcher.clip, known, train.rows) | diversity(module, judges, known, train.rows)


def fitting(judges: Judges, texts: TextTable, real: HeldOut, made: Sequence[Tensor], aims: bool) -> dict[str, dict]:
    """Whether pictures show what was asked for: the own label by CLIP and by DAMSM, and the style by its judge."""
    read_by_damsm = judges.read(texts)

    def scores(pictures: Tensor) -> dict[str, float]:
        embedded, whole = judges.look(pictures)
        places = ranks(embedded, texts.sentence, real.own)
        return {
            f"own label among {len(texts)} by CLIP, R@1": recall(places, 1),
            f"own label among {len(texts)} by CLIP, R@10": recall(places, 10),
            "R-precision by DAMSM": r_precision(whole, real.own, read_by_damsm, real.groups),
            "drawn in the style asked for": float((predictions(judges.styles, pictures)[:, 0] == real.style).float().mean()),
        }

    bars = {f"own label among {len(texts)} by CLIP, R@10": "≥ 0.70", "drawn in the style asked for": "≥ 0.90"} if aims else {}
    ceiling, found = scores(real.pictures), [scores(one) for one in made]
    return {key: summary([one[key] for one in found], ceiling[key], bars.get(key)) for key in ceiling}


def realism(judges: Judges, real: HeldOut, looks: Sequence[np.ndarray]) -> dict[str, dict]:
    """EffNet-Lite0 KID of made pictures, by their features `looks`, to pictures of the split that were not asked for; its floor is that of
    those that were."""
    others, own = judges.features(real.others), judges.features(real.pictures)
    floor = measures.kid(own, others)
    blurred = measures.kid(judges.features(measures.blurred(real.pictures)), others)
    return {
        "EffNet-Lite0 KID × 1000": summary([measures.kid(one, others) for one in looks], floor),
        "EffNet-Lite0 KID × 1000 of blurred real pictures, for comparison": summary([blurred], floor),
    }


def truth(real: HeldOut, made: Sequence[Tensor], train: Tensor, rows: Sequence[dict]) -> dict[str, dict]:
    """How far pictures are from the true ones, and from the training picture that looks most like them."""
    errors = [measures.nearest_pictures(one, train)[0] for one in made]
    nearest = measures.nearest_pictures(real.pictures, train)[0]
    return {
        "mean difference to the true picture": summary([difference(one, real.pictures) for one in made], 0.0),
        "mean difference of the concept in another style to it, for comparison": summary(
            [difference(train[another_style(real, rows, seed)], real.pictures) for seed in SEEDS], 0.0
        ),
        "mean difference to the nearest training picture": summary([float(one.mean()) for one in errors], float(nearest.mean())),
        "copies of training pictures": summary([measures.copies(one) for one in errors], measures.copies(nearest)),
    }


def likeness(judges: Judges, real: HeldOut, looks: Sequence[np.ndarray], train: Tensor, rows: Sequence[dict]) -> dict[str, dict]:
    """How often the true picture is among the ten of all true ones that a made picture is most like by EffNet-Lite0's features, which know
    no text. Real: for the same concept in another style."""

    def rows_of(found: np.ndarray) -> Tensor:
        return F.normalize(torch.from_numpy(found), dim=1)

    true = rows_of(judges.features(real.pictures))
    ceiling = recall(ranks(rows_of(judges.features(train[another_style(real, rows, 0)])), true), 10)
    return {
        f"true picture among {len(true)} by EffNet-Lite0, R@10": summary([recall(ranks(rows_of(one), true), 10) for one in looks], ceiling)
    }


def memorisation(module: Generator, model: Clip, train: Tensor, rows: Sequence[dict]) -> dict[str, dict]:
    """How near pictures of training pairs, asked for by label and style, are to the training picture itself."""
    index = sorted(range(len(rows)), key=lambda i: _hash(rows[i]["codepoints"], rows[i]["style"]))[:REMEMBERED]
    texts = read(model, [rows[i]["label"] for i in index])
    weights = F.one_hot(torch.tensor([images.EMOJI_STYLES.index(rows[i]["style"]) for i in index]), len(images.EMOJI_STYLES)).float()
    made = [paint(module, texts, torch.arange(len(index)), weights, seed) for seed in SEEDS]
    errors = [torch.tensor([difference(a[None], b[None]) for a, b in zip(one, train[index], strict=True)]) for one in made]
    return {
        "training pairs asked for: mean difference to the training picture": summary([float(one.mean()) for one in errors]),
        "training pairs asked for: copies of it": summary([measures.copies(one) for one in errors]),
    }


def difference(one: Tensor, other: Tensor) -> float:
    """Mean absolute difference, of range 0 to 1, of pictures (N, 3, H, W) uint8."""
    pairs = zip(one.split(64), other.split(64), strict=True)
    return float(sum((measures.unit(a) - measures.unit(b)).abs().sum() for a, b in pairs) / one.numel())


def another_style(real: HeldOut, rows: Sequence[dict], seed: int) -> Tensor:
    """For each held-out picture the number of a training picture of the same concept, in a style drawn at random."""
    numbers: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        numbers.setdefault(row["codepoints"], []).append(i)
        numbers.setdefault(images.concept(row["codepoints"]), []).append(i)  # where only a variant of it is there
    rng = np.random.default_rng(seed)
    wanted = [numbers.get(row["codepoints"]) or numbers[images.concept(row["codepoints"])] for row in real.rows]
    return torch.tensor([one[rng.integers(len(one))] for one in wanted])


def diversity(module: Generator, judges: Judges, train: Tensor, rows: Sequence[dict]) -> dict[str, dict]:
    """Mean pairwise distance of 16 pictures of a prompt in one style, over that of real pictures in that style: for broad prompts of
    those that share the keyword, for the label of one concept (of which a style has one picture) of those of other concepts."""
    texts = read(judges.matcher.clip, BROAD)
    real, style_of = {}, {}
    for number, word in enumerate(BROAD):
        style = images.EMOJI_STYLES[number % len(images.EMOJI_STYLES)]
        same = [i for i, row in enumerate(rows) if row["style"] == style and word in (row["label"], *row["keywords"])][:MAX_SHARING]
        if len(same) >= MIN_SHARING:
            real[number], style_of[number] = measures.diversity(judges.features(train[same])), number % len(images.EMOJI_STYLES)
    broad = [_spread(module, judges, texts, style_of, real, seed) for seed in SEEDS]
    labels = list(dict.fromkeys(row["label"] for row in rows))
    names = read(judges.matcher.clip, labels[:: max(1, len(labels) // len(images.EMOJI_STYLES))][: len(images.EMOJI_STYLES)])
    one = {number: number for number in range(len(names))}
    usual = float(np.mean(list(real.values())))
    narrow = [_spread(module, judges, names, one, dict.fromkeys(one, usual), seed) for seed in SEEDS]
    return {
        "diversity of 16 seeds of a broad prompt, share of real pictures that fit it": summary(broad, 1.0),
        "diversity of 16 seeds of one concept's label, share of the same": summary(narrow),
    }


def _spread(module: Generator, judges: Judges, texts: TextTable, style_of: dict[int, int], real: dict[int, float], seed: int) -> float:
    shares = []
    for number, style in style_of.items():
        own = torch.full((DIVERSITY_SEEDS,), number)
        weights = F.one_hot(torch.full((DIVERSITY_SEEDS,), style), len(images.EMOJI_STYLES)).float()
        pictures = paint(module, texts, own, weights, 1000 * seed + number)
        shares.append(measures.diversity(judges.features(pictures)) / real[number])
    return float(np.mean(shares))


def latency(name: str) -> dict[str, float]:
    """Median milliseconds of one picture, text encoding and filter included, on the threads that torch has: for the facts of a run, which
    nobody holds another machine to."""
    module, model = checkpoints.load(name, NETWORKS), checkpoints.load(clip.MODEL, clip.NETWORKS)
    spent = []
    for number in range(LATENCY_RUNS + 2):
        start = time.perf_counter()
        texts = read(model, [f"{BROAD[number % len(BROAD)]} number {number}"])
        paint(module, texts, torch.zeros(1, dtype=torch.int64), F.one_hot(torch.tensor([number % 9]), 9).float(), number)
        spent.append(1000 * (time.perf_counter() - start))
    return {"milliseconds_per_picture": round(float(np.median(spent[2:])), 1)}


@dataclass(frozen=True)
class Validation:
    """What `quick_score` asks for: texts of labels, `own` (N,) of them, in style weights (N, 9), and the true pictures (N, 3, 128, 128)
    uint8. `model`: our CLIP; `judge`: of styles."""

    texts: TextTable
    own: Tensor
    weights: Tensor
    pictures: Tensor
    model: Clip
    judge: nn.Module

    @classmethod
    def of(cls, rows: Sequence[dict], pictures: Tensor, others: Iterable[str], retrieved: int = RETRIEVED) -> "Validation":
        """Of labels and pictures (N, 3, 128, 128) uint8 that training leaves out; `others`: labels to look among, besides their own."""
        model = checkpoints.load(clip.MODEL, clip.NETWORKS)
        own_labels = dict.fromkeys(row["label"] for row in rows)
        labels = list(dict.fromkeys([*own_labels, *sorted(others, key=_hash)]))[: max(retrieved, len(own_labels))]
        style = torch.tensor([images.EMOJI_STYLES.index(row["style"]) for row in rows])
        own = torch.tensor([labels.index(row["label"]) for row in rows])
        return cls(read(model, labels), own, F.one_hot(style, len(images.EMOJI_STYLES)).float(), pictures, model, load_judge())


@torch.inference_mode()
def quick_score(module: Generator, validation: Validation) -> dict[str, float]:
    """How well a generator does on validation items: "recall" (own label among the texts, R@10), "first" (R@1), "style" (share that the
    judge sees in the style asked for), "error" (mean absolute difference to the true picture), and "score": recall and style less error."""
    training = module.training
    made = paint(module.eval(), validation.texts, validation.own, validation.weights, 0)
    module.train(training)
    embedded = torch.cat([validation.model(image=measures.unit(part)) for part in made.split(BATCH)])
    places = ranks(embedded, validation.texts.sentence, validation.own)
    error = difference(made, validation.pictures)
    style = float((predictions(validation.judge, made)[:, 0] == validation.weights.argmax(1)).float().mean())
    score = recall(places, 10) + style - error
    return {"recall": recall(places, 10), "first": recall(places, 1), "style": style, "error": error, "score": score}
