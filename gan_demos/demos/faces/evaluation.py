"""Held-out measures of the faces' checkpoints, each with its value on real pictures, over three seeds."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ... import __version__, checkpoints, clip
from ...clip.retrieval import ranks, recall
from ...demo import Context
from ...inference import Engine
from ...metrics import images as measures
from ...metrics.image_classifier import MultiSlotClassifier, predictions, slot_accuracy
from ...recipes import Recipe
from ...training.card import summary
from . import captions, drawing, generate
from .faces_training import FaceData, pictures_of
from .judge_training import load_judge, pictures, rows_of, targets
from .networks import FaceReader, FaceSynthesis
from .reader_training import encode, load_clip
from .understanding import understand
from .vocabulary import SIZES, SLOTS

SEEDS = (0, 1, 2)
COUNT = 1000  # held-out captions
RETRIEVED = 500  # captions that a picture's own is looked for among
NETWORKS = {**clip.NETWORKS, "FaceReader": FaceReader, "FaceSynthesis": FaceSynthesis}
BEARDS = ("beardLight", "beardMajestic", "beardMedium")
WINTER = ("winterHat02", "winterHat03", "winterHat04", "winterHat1")
# What each names, for the real faces that share it.
SHORT_PROMPTS: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
    ("smiling", {"mouth": ("smile",)}),
    ("a man with a beard", {"facialHair": BEARDS}),
    ("pink hair", {"hairColor": ("pink",)}),
    ("sunglasses", {"accessories": ("sunglasses", "wayfarers", "kurt")}),
    ("a woman in a hijab", {"top": ("hijab",)}),
    ("heart eyes", {"eyes": ("hearts",)}),
    ("angry eyebrows", {"eyebrows": ("angry",)}),
    ("someone in a hoodie", {"clothing": ("hoodie",)}),
    ("yellow background", {"bg": ("yellow",)}),
    ("dark skin", {"skin": ("dark",)}),
    ("an afro", {"top": ("fro", "froBand")}),
    ("winking", {"eyes": ("wink", "winkWacky")}),
    ("tongue out", {"mouth": ("tongue",)}),
    ("a turban", {"top": ("turban",)}),
    ("eyepatch", {"accessories": ("eyepatch",)}),
    ("gray hair", {"hairColor": ("gray",)}),
    ("crying", {"eyes": ("cry",)}),
    ("black clothes", {"clothesColor": ("black",)}),
    ("round glasses", {"accessories": ("round",)}),
    ("winter hat", {"top": WINTER}),
)


@dataclass(frozen=True)
class HeldOut:
    """Held-out faces and a caption of each: pictures (N, 3, 128, 128) uint8, rows, labels and counts (N, slots), texts, named (N, 132)
    bool: the values that agree with the caption, none for a slot it leaves open."""

    pictures: Tensor
    rows: list[dict[str, str]]
    labels: Tensor
    counts: Tensor
    texts: list[str]
    named: Tensor


def held_out(count: int = COUNT, seed: int = 0, wording: str = "test") -> HeldOut:
    """The first `count` faces of the test split with captions in the templates and words of a split of `captions`: those of "test" are in
    no caption that anything was trained on, those of "train" are new sentences of known phrases."""
    shown, rows = pictures("test")
    shown, rows = shown[:count], rows[:count]
    rng = random.Random(seed)
    written = [captions.caption(row, rng, split=wording) for row in rows]
    return HeldOut(shown, rows, *targets(rows), [one.text for one in written], named_values([one.named for one in written]))


def named_values(named: Sequence[Mapping[str, frozenset[str]]]) -> Tensor:
    """(N, 132) bool of sets of values."""
    return torch.tensor([[value in one.get(slot, ()) for slot, values in SLOTS.items() for value in values] for one in named])


class Visitor:
    """Draws faces as a visitor of the app gets them: the same engine, understanding and draws."""

    def __init__(self) -> None:
        engine = Engine(NETWORKS, device="cpu", max_queue=2048)
        for loaded in engine.warm(generate.DRAWING):
            loaded.result()
        recipe = Recipe("faces", "faces", {}, {name: checkpoints.digest(name) for name in generate.DRAWING}, __version__)
        self.context = Context(engine, recipe, None, {})

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.engine.close()

    def chances(self, texts: Sequence[str]) -> list[Tensor]:
        """For each text the distribution (132,) of the values."""
        return [torch.as_tensor(understand(self.context, text).probabilities) for text in texts]

    def draw(self, chances: Sequence[Tensor], seeds: Sequence[int]) -> list[drawing.Face]:
        return [drawing.draw(one, seed, {}, ()) for one, seed in zip(chances, seeds, strict=True)]

    def paint(self, drawn: Sequence[drawing.Face]) -> Tensor:
        """Pictures (N, 3, 128, 128) uint8 of faces."""
        items = [{"choice": face.choice, "noise": face.noise} for face in drawn]
        painted = []
        for start in range(0, len(items), 256):
            part = self.context.engine.call_many(self.context.model(generate.FACES), items[start : start + 256], timeout=600)
            painted.append((torch.stack(part).clamp(0, 1) * 255).round().byte())
        return torch.cat(painted)


def face_metrics() -> dict[str, dict]:
    """All numbers of the card of `faces`; see training.card.summary for their form."""
    real, judge = held_out(), load_judge()
    train, train_rows = pictures("train")
    with Visitor() as visitor:
        chances = visitor.chances(real.texts)
        drawn = [visitor.draw(chances, range(seed * COUNT, seed * COUNT + len(chances))) for seed in SEEDS]
        painted = [visitor.paint(faces) for faces in drawn]
        metrics = {f"{name}, new phrases": one for name, one in presence_metrics(judge, real, painted, drawn).items()}
        metrics = known_phrases(visitor, judge) | metrics
        metrics |= picture_metrics(real, painted, train)
        metrics |= diversity_metrics(visitor, torch.cat([train, real.pictures]), train_rows + real.rows)
        metrics |= retrieval_metrics(visitor.context, real, painted)
    return metrics | synthesis_metrics(judge, real)


def known_phrases(visitor: Visitor, judge: MultiSlotClassifier) -> dict[str, dict]:
    """`presence_metrics` of captions of held-out faces that are new sentences of phrases in the training captions."""
    real = held_out(wording="train")
    chances = visitor.chances(real.texts)
    drawn = [visitor.draw(chances, range(seed * COUNT, seed * COUNT + len(chances))) for seed in SEEDS]
    return presence_metrics(judge, real, [visitor.paint(faces) for faces in drawn], drawn)


def presence_metrics(
    judge: MultiSlotClassifier, real: HeldOut, painted: Sequence[Tensor], drawn: Sequence[Sequence[drawing.Face]]
) -> dict[str, dict]:
    """How often the judge sees, and the draw chose, what a caption names; what the rest of the face hides counts as absent."""
    seen = [_presence(predictions(judge, one), real) for one in painted]
    chosen = [_presence(targets([face.values for face in faces])[0], real) for faces in drawn]
    ceiling = _presence(predictions(judge, real.pictures), real)
    metrics = {
        "named attributes present, mean of the slots": summary([_mean(s) for s in seen], _mean(ceiling), "≥ 0.95"),
        "named attributes present, least slot": summary([min(s) for s in seen], min(ceiling), "≥ 0.85"),
        "named attributes understood, mean of the slots": summary([_mean(s) for s in chosen], 1.0),
    }
    for k, slot in enumerate(SLOTS):
        metrics[f"named attributes present, {slot}"] = summary([s[k] for s in seen], ceiling[k], "≥ 0.85")
    return metrics


def picture_metrics(real: HeldOut, painted: Sequence[Tensor], train: Tensor) -> dict[str, dict]:
    """Distance to real pictures, and to the nearest training picture."""
    rng = torch.Generator().manual_seed(0)
    f_real, f_painted = measures.features(real.pictures), [measures.features(one) for one in painted]
    f_train = measures.features(train[torch.randperm(len(train), generator=rng)[: len(real.rows)]])
    floor = measures.kid(f_train, f_real)
    errors = [measures.nearest_pictures(one, train)[0] for one in painted]
    e_real = measures.nearest_pictures(real.pictures, train)[0]
    return {
        "EffNet-Lite0 KID × 1000": summary([measures.kid(f, f_real) for f in f_painted], floor, "≤ 15"),
        "EffNet-Lite0 KID × 1000 of blurred real pictures, for comparison": summary(
            [measures.kid(measures.features(measures.blurred(real.pictures)), f_real)], floor
        ),
        "mean difference to the nearest training picture": summary([float(e.mean()) for e in errors], float(e_real.mean())),
        "copies of training pictures": summary([measures.copies(e) for e in errors], measures.copies(e_real)),
    }


def diversity_metrics(visitor: Visitor, shown: Tensor, rows: Sequence[Mapping[str, str]]) -> dict[str, dict]:
    """Mean pairwise distance of 16 faces of a short prompt, over that of real faces sharing what it names; mean over the prompts."""
    real = {}
    for text, named in SHORT_PROMPTS:
        same = [i for i, row in enumerate(rows) if all(row[slot] in values for slot, values in named.items())][:64]
        real[text] = measures.diversity(measures.features(shown[same]))
    chances = visitor.chances([text for text, _ in SHORT_PROMPTS])
    shares = []
    for seed in SEEDS:
        found = []
        for (text, _), one in zip(SHORT_PROMPTS, chances, strict=True):
            faces = visitor.draw([one] * 16, range(seed * 16, seed * 16 + 16))
            found.append(measures.diversity(measures.features(visitor.paint(faces))) / real[text])
        shares.append(_mean(found))
    return {"diversity of 16 seeds of a short prompt, share of real": summary(shares, 1.0, "≥ 0.80")}


def retrieval_metrics(context: Context, real: HeldOut, painted: Sequence[Tensor]) -> dict[str, dict]:
    """How often our CLIP finds a picture's own caption among 500."""
    count = min(RETRIEVED, len(real.texts))
    sentences = torch.cat([clip.encode_text(context, real.texts[i : i + 25]).sentence for i in range(0, count, 25)])[:count]

    def rank(shown: Tensor) -> Tensor:
        embedded = torch.cat([clip.encode_images(context, measures.unit(part)) for part in shown[:count].split(25)])
        return ranks(embedded, sentences)

    ceiling, found = rank(real.pictures), [rank(one) for one in painted]
    return {
        f"own caption among {count} by CLIP, R@{k}": summary([recall(one, k) for one in found], recall(ceiling, k)) for k in (1, 10)
    }


def synthesis_metrics(judge: MultiSlotClassifier, real: HeldOut) -> dict[str, dict]:
    """The generator alone, given the true values of held-out faces: error to the true picture, and what the judge sees."""
    generator = checkpoints.load(generate.FACES, {"FaceSynthesis": FaceSynthesis})
    choice = one_hot(real.labels)
    made = [pictures_of(generator, choice, seed) for seed in SEEDS]
    shares = [slot_accuracy(predictions(judge, one), real.labels, real.counts) for one in made]
    ceiling = slot_accuracy(predictions(judge, real.pictures), real.labels, real.counts)
    true = measures.unit(real.pictures)
    return {
        "given the true values: mean absolute error": summary([float((one - true).abs().mean()) for one in made], 0.0),
        "given the true values: seen by the judge, mean of the slots": summary([_mean(s) for s in shares], _mean(ceiling)),
        "given the true values: seen by the judge, least slot": summary([min(s) for s in shares], min(ceiling)),
    }


@torch.inference_mode()
def reader_metrics() -> dict[str, dict]:
    """All numbers of the card of `faces-reader`: what it reads in held-out captions, and what it says of slots they leave open."""
    reader, model = checkpoints.load(generate.READER, {"FaceReader": FaceReader}), load_clip()
    prior = torch.from_numpy(captions.prior())
    shares, kls = [], []
    for seed in SEEDS:
        real = held_out(seed=seed)
        logits = torch.cat([reader(**encode(model, real.texts[i : i + 50]))["logits"] for i in range(0, len(real.texts), 50)])
        shares.append(_presence(numbers(logits), real))
        kls.append(calibration(logits, real.named, prior))
    metrics = {
        "named values read, mean of the slots": summary([_mean(s) for s in shares], 1.0),
        "named values read, least slot": summary([min(s) for s in shares], 1.0),
        "KL from the prior of slots left open, nats": summary(kls, 0.0),
    }
    return metrics | {f"named values read, {slot}": summary([s[k] for s in shares], 1.0) for k, slot in enumerate(SLOTS)}


def calibration(logits: Tensor, named: Tensor, prior: Tensor) -> float:
    """Mean KL(prior ‖ distribution of logits (N, 132)) in nats over the slots that `named` (N, 132) leaves open."""
    total, count = 0.0, 0
    for part, values, usual in zip(logits.split(SIZES, 1), named.split(SIZES, 1), prior.split(SIZES), strict=True):
        kl = (usual * (usual.log() - part.log_softmax(1))).sum(1)
        total += float(kl[~values.any(1)].sum())
        count += int((~values.any(1)).sum())
    return total / max(count, 1)


@torch.inference_mode()
def quick_score(judge: nn.Module, fake: Tensor, data: FaceData, index: Tensor) -> dict:
    """How well generated pictures (N, 3, 128, 128) show the values of the faces `index` of `data`: "attributes" (share that the judge sees,
    mean of the slots), "least" (of them), "error" (mean absolute, to the true pictures), and "score", the first less the last."""
    labels, counts = targets(rows_of(numbers(data.choice[index])))
    shares = [share for share in slot_accuracy(predictions(judge, fake), labels, counts) if not math.isnan(share)]
    error = float((fake - measures.unit(data.pictures[index])).abs().mean())
    return {"attributes": _mean(shares), "least": min(shares), "error": error, "score": _mean(shares) - error}


def one_hot(labels: Tensor) -> Tensor:
    """(N, 132) of the numbers of the values, (N, slots)."""
    return torch.cat([nn.functional.one_hot(labels[:, k], size) for k, size in enumerate(SIZES)], 1).float()


def numbers(choice: Tensor) -> Tensor:
    """The number of the likeliest value of each slot, (N, slots), of choices or logits (N, 132)."""
    return torch.stack([part.argmax(1) for part in choice.split(SIZES, 1)], 1)


def _presence(found: Tensor, real: HeldOut) -> list[float]:
    return measures.presence(found, real.named, real.counts, SIZES)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
