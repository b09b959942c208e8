"""Held-out measures of the domain swap: error to the true picture, domains seen by a judge, what else stays, the way back.

A generator draws no noise, so the three seeds draw other pictures and other edits. Each number stands beside the same measure on the true
pictures (the ceiling of a score, the floor of a distance) and, where it can, beside leaving the picture as it is.
"""

import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ... import checkpoints
from ...clip.retrieval import ranks, recall
from ...data import avatars, images
from ...metrics import images as measures
from ...metrics.image_classifier import MultiSlotClassifier, predictions
from ...metrics.style_judge import StyleJudge
from ...training.card import summary
from .networks import SwapGenerator
from .pairs_training import ATTRIBUTES, Pairs, avatar_pairs, domain_of, emoji_pairs, hidden, levels
from .swap_training import DIFFERENT, spread, swapped
from .vocabulary import COUNTS, DOMAINS, EMOJI, FACES, MODELS

SEEDS = (0, 1, 2)
AVATARS, SWAPS = 600, 600  # held-out avatars and, of the pairs of a seed, how many are measured
RETRIEVED = 300
LATENCY_RUNS = 20
NETWORKS = {"SwapGenerator": SwapGenerator}
# The judge's values of each attribute, in its order.
JUDGED = {name: tuple(sorted({*values, "none"} if name in avatars.CHANCE else values)) for name, values in avatars.VALUES.items()}
OVER_THE_CLOTHES = ("hijab", "dreads")
CLOTHES = ("clothing", "clothesColor")


def load_judge(model: str) -> nn.Module:
    """The judge of a model's pictures, trained on real ones for another demo, in eval mode."""
    name, network = ("judge-faces", MultiSlotClassifier) if model == FACES else ("judge-styles", StyleJudge)
    return checkpoints.load(name, {network.__name__: network}).to(memory_format=torch.channels_last)


def held_out_pairs(model: str, seed: int, split: str = "test") -> Pairs:
    """Pairs of which training has no picture: avatars with an edit of each, both ways; emoji that training has in no style."""
    return avatar_pairs(split, AVATARS, variants=1, seed=seed) if model == FACES else emoji_pairs(split)


def chosen_pairs(pairs: Pairs, count: int, seed: int) -> Tensor:
    """Numbers of `count` pairs, drawn from a seed."""
    return torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))[:count]


class Swaps:
    """What a generator makes of the pairs `chosen` (M,): made, given and true (M, 3, 128, 128) uint8."""

    def __init__(self, generator: SwapGenerator, pairs: Pairs, chosen: Tensor) -> None:
        self.pairs, self.chosen = pairs, chosen
        self._looks: dict[str, np.ndarray] = {}
        self.given, self.true = pairs.pictures[pairs.source[chosen]], pairs.pictures[pairs.target[chosen]]
        there = swapped(generator, self.given, pairs.asked[chosen])
        self.made, self.seen = levels(there["picture"]), there["seen"]
        self.homeward = chosen[pairs.returns[chosen] > 0]
        back = self.made[pairs.returns[chosen] > 0]
        self.home = levels(swapped(generator, back, pairs.back[self.homeward])["picture"]) if len(back) else back

    def looks(self, kind: str) -> np.ndarray:
        """EffNet-Lite0's features (M, 1280) of the pictures "made", "given" or "true"."""
        if kind not in self._looks:
            self._looks[kind] = measures.features(getattr(self, kind))
        return self._looks[kind]

    def errors(self) -> dict[str, float]:
        """Mean absolute differences of range 0 to 1: "error" to the true picture, "copy" that of leaving the picture as it is, "outside"
        where the true edit changes nothing, "cycle" of there and back to where it began."""
        made, given, true = (measures.unit(part) for part in (self.made, self.given, self.true))
        same = ((true - given).abs().amax(1, keepdim=True) <= DIFFERENT).float()  # (M, 1, H, W)
        outside = ((made - given).abs() * same).sum() / (3 * same.sum()).clamp_min(1)
        found = {"error": (made - true).abs().mean(), "copy": (given - true).abs().mean(), "outside": outside}
        if len(self.home):
            start = self.pairs.pictures[self.pairs.source[self.homeward]]
            found["cycle"] = (measures.unit(self.home) - measures.unit(start)).abs().mean()
        return {key: float(value) for key, value in found.items()}


def read_rows(judge: nn.Module, pictures: Tensor) -> list[dict[str, str]]:
    """The attributes that the judge of faces sees in pictures (N, 3, 128, 128)."""
    found = predictions(judge, pictures).tolist()
    return [{name: values[k] for (name, values), k in zip(JUDGED.items(), numbers, strict=True)} for numbers in found]


def asked_right(read: Sequence[Mapping[str, str]], pairs: Pairs, chosen: Tensor) -> dict[str, list[float]]:
    """slot → for each pair that asks for a domain in it, and whose true picture shows it, whether the read attributes have that domain."""
    right: dict[str, list[float]] = {slot: [] for slot in DOMAINS[FACES]}
    for row, number in zip(read, chosen.tolist(), strict=True):
        true = pairs.rows[int(pairs.target[number])]
        for slot, value in asked_of(pairs.asked[number], FACES).items():
            if ATTRIBUTES[slot] not in hidden(true):
                right[slot].append(float(domain_of(row, slot) == value))
    return right


def asked_of(label: Tensor, model: str) -> dict[str, str]:
    """slot → value of what a label (sum of sizes,) asks for."""
    parts = zip(DOMAINS[model].items(), label.split([len(values) for values in DOMAINS[model].values()]), strict=True)
    return {slot: values[int(part.argmax())] for (slot, values), part in parts if part.any()}


def kept_right(read: Sequence[Mapping[str, str]], pairs: Pairs, chosen: Tensor) -> dict[str, list[float]]:
    """attribute → for each pair that shows it on both sides and leaves it alone, whether the read one is that of the source."""
    right: dict[str, list[float]] = {name: [] for name in JUDGED}
    for row, number in zip(read, chosen.tolist(), strict=True):
        source, target = pairs.rows[int(pairs.source[number])], pairs.rows[int(pairs.target[number])]
        for name in set(JUDGED) - unseen(source) - unseen(target):
            if source[name] == target[name]:
                right[name].append(float(row[name] == source[name]))
    return right


def unseen(row: Mapping[str, str]) -> set[str]:
    """The attributes that the judge cannot see: the hidden ones, and clothes below a scarf or long dreadlocks."""
    return hidden(row) | (set(CLOTHES) if row["top"] in OVER_THE_CLOTHES else set())


def shares(right: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """name → share of right ones, of the names with any."""
    return {name: float(np.mean(values)) for name, values in right.items() if values}


def quick_score(judge: nn.Module, generator: SwapGenerator, pairs: Pairs, count: int = 240) -> dict[str, float]:
    """How well a generator does on validation pairs, evenly chosen: "asked" (share of domains asked for that the judge sees), for faces
    "kept" (share of other attributes that stay), the errors of `Swaps`, and "score", the shares less the error over that of copying."""
    swaps = Swaps(generator, pairs, spread(pairs, count))
    found = swaps.errors()
    if pairs.model == FACES:
        read = read_rows(judge, swaps.made)
        found["asked"] = float(np.mean(list(shares(asked_right(read, pairs, swaps.chosen)).values())))
        found["kept"] = float(np.mean(list(shares(kept_right(read, pairs, swaps.chosen)).values())))
    else:
        found["asked"] = float(np.mean(styles_right(judge, swaps.made, pairs, swaps.chosen)))
    found["score"] = found["asked"] + found.get("kept", 0.0) - found["error"] / found["copy"]
    return found


def styles_right(judge: nn.Module, made: Tensor, pairs: Pairs, chosen: Tensor) -> list[float]:
    """For each pair whether the judge sees the style asked for in what was made of it, (M, 3, 128, 128)."""
    asked = [images.EMOJI_STYLES.index(pairs.rows[int(number)]["style"]) for number in pairs.target[chosen]]
    return (predictions(judge, made)[:, 0] == torch.tensor(asked)).float().tolist()


def swap_metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of a checkpoint but those of its likeness; see training.card.summary for their form."""
    model = next(key for key, checkpoint in MODELS.items() if checkpoint == name)
    generator, judge = checkpoints.load(name, NETWORKS), load_judge(model)
    runs = []
    for seed in SEEDS:
        pairs = held_out_pairs(model, seed)
        runs.append(Swaps(generator, pairs, chosen_pairs(pairs, SWAPS, seed)))
    metrics = error_metrics(model, runs) | (face_metrics if model == FACES else emoji_metrics)(judge, runs) | realism(runs)
    return metrics | (new_styles(generator, judge) if model == EMOJI else {})


def error_metrics(model: str, runs: Sequence[Swaps]) -> dict[str, dict]:
    """Errors of held-out swaps. Of faces nothing but the edit differs between picture and true picture; two families of emoji draw the same
    thing twice, so there no floor is known."""
    errors = [run.errors() for run in runs]
    floor = 0.0 if model == FACES else None
    copy = float(np.mean([one["copy"] for one in errors]))
    bar = "≤ 0.03" if model == FACES else f"below copying ({copy:.3f})"
    metrics = {
        "mean difference to the true picture": summary([one["error"] for one in errors], floor, bar),
        "the same of leaving the picture as it is, for comparison": summary([one["copy"] for one in errors], floor),
        "there and back: mean difference to the start": summary([one["cycle"] for one in errors], 0.0),
    }
    if model == FACES:
        metrics["mean change where nothing should change"] = summary([one["outside"] for one in errors], 0.0)
    return metrics


def face_metrics(judge: nn.Module, runs: Sequence[Swaps]) -> dict[str, dict]:
    """What the judge of faces sees in made pictures, and in the true ones."""
    found, ceiling = ([reading(judge, run, kind) for run in runs] for kind in ("made", "true"))
    metrics = {}
    for key, title, bar in (("asked", "domains asked for that are seen", "≥ 0.95"), ("kept", "other attributes that stay", "≥ 0.97")):
        real = {name: float(np.mean([one[key][name] for one in ceiling])) for name in ceiling[0][key]}
        means = [float(np.mean(list(one[key].values()))) for one in found]
        metrics[f"{title}, mean of the slots"] = summary(means, float(np.mean(list(real.values()))), bar)
        metrics[f"{title}, least slot"] = summary([min(one[key].values()) for one in found], min(real.values()))
        for name in real if key == "asked" else ():
            metrics[f"{title}, {name}"] = summary([one[key][name] for one in found], real[name])
    return metrics


def reading(judge: nn.Module, run: Swaps, kind: str) -> dict[str, dict[str, float]]:
    """"asked" and "kept" by slot or attribute, of the pictures "made" or "true"."""
    read = read_rows(judge, getattr(run, kind))
    return {"asked": shares(asked_right(read, run.pairs, run.chosen)), "kept": shares(kept_right(read, run.pairs, run.chosen))}


def emoji_metrics(judge: nn.Module, runs: Sequence[Swaps]) -> dict[str, dict]:
    """Style by its judge; and whether it still is the same thing: the true picture found among others by EffNet-Lite0's features, which
    know no style by name. Real: of true pictures, and of the picture that was given."""
    right, real = ([styles_right(judge, getattr(run, kind), run.pairs, run.chosen) for run in runs] for kind in ("made", "true"))
    ceiling = float(np.mean(np.concatenate(real)))
    metrics = {"drawn in the style asked for": summary([float(np.mean(one)) for one in right], ceiling, "≥ 0.90")}
    for number, style in enumerate(DOMAINS[EMOJI]["style"]):
        of = [run.pairs.asked[run.chosen][:, number].bool().numpy() for run in runs]
        values, true = ([float(np.mean(np.array(one)[k])) for one, k in zip(each, of, strict=True)] for each in (right, real))
        metrics[f"drawn in the style asked for, {style}"] = summary(values, float(np.mean(true)))
    found, given = ([same_thing(run, kind) for run in runs] for kind in ("made", "given"))
    return metrics | {f"true picture among {RETRIEVED} by EffNet-Lite0, R@10": summary(found, float(np.mean(given)))}


def same_thing(run: Swaps, kind: str) -> float:
    """R@10 of the true picture among `RETRIEVED`, looked for with the pictures "made" or "given"."""
    looks, true = (nn.functional.normalize(torch.from_numpy(run.looks(part)[:RETRIEVED]), dim=1) for part in (kind, "true"))
    return recall(ranks(looks, true), 10)


def realism(runs: Sequence[Swaps]) -> dict[str, dict]:
    """EffNet-Lite0 KID of made pictures to true ones of other swaps; the floor is that of their own true pictures."""
    others = [*runs[1:], runs[0]]
    kids, floors = (
        [measures.kid(run.looks(kind), other.looks("true")) for run, other in zip(runs, others, strict=True)] for kind in ("made", "true")
    )
    return {"EffNet-Lite0 KID × 1000": summary(kids, float(np.mean(floors)))}


def new_styles(generator: SwapGenerator, judge: nn.Module) -> dict[str, dict]:
    """Emoji that training has in other styles, but never in the one asked for."""
    pairs = emoji_pairs("new-pairs")
    runs = [Swaps(generator, pairs, chosen_pairs(pairs, SWAPS, seed)) for seed in SEEDS]
    errors = [run.errors() for run in runs]
    right = [float(np.mean(styles_right(judge, run.made, pairs, run.chosen))) for run in runs]
    return {
        "known emoji in a new style: mean difference to the true picture": summary([one["error"] for one in errors]),
        "known emoji in a new style: the same of copying, for comparison": summary([one["copy"] for one in errors]),
        "known emoji in a new style: drawn in the style asked for": summary(right),
    }


@torch.inference_mode()
def latency(name: str) -> dict[str, float]:
    """Median milliseconds of one swap and of the grid of all domains, on the threads that torch has: for the facts of a run, which nobody
    holds another machine to."""
    model = next(key for key, checkpoint in MODELS.items() if checkpoint == name)
    generator = checkpoints.load(name, NETWORKS)
    picture = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    found = {}
    for key, count in (("milliseconds_per_swap", 1), ("milliseconds_per_grid", COUNTS[model])):
        spent = []
        for _ in range(LATENCY_RUNS if count == 1 else 5):
            start = time.perf_counter()
            generator(picture.expand(count, -1, -1, -1), torch.eye(COUNTS[model])[:count], torch.ones(count))
            spent.append(1000 * (time.perf_counter() - start))
        found[key] = round(float(np.median(spent[1:])), 1)
    return found
