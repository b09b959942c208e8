"""What CLIP guidance does to prompts that it was not tuned on: the score that it climbs, and scores that it does not see."""

import functools
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip.retrieval import ranks, recall
from ...data import images
from ...metrics import images as measures
from ...training.card import summary
from . import guidance, requests
from .damsm import r_precision
from .drawing import Item
from .emoji_training import TextTable, read
from .evaluation import NETWORKS, SEEDS, Judges
from .guidance import SETTINGS, Settings
from .networks import Generator

PROMPTS = 50  # that are measured
TUNING = 30  # other ones, which the settings were chosen on
PHRASES = ("a photo of a {}", "a {} please", "cute {}", "draw me a {}", "my little {}")
TEXTS = 300  # that R-precision draws mismatching ones from
GALLERY = 400  # real pictures of other concepts, among which a prompt's own are looked for
DEFAULTS = requests.Guide()


@dataclass(frozen=True)
class Prompt:
    """A text to draw, and what is known of it: the label of its concept, and the style (its number) of a real picture of that."""

    text: str
    label: str
    concept: str
    style: int


def prompts(tuning: bool = False) -> list[Prompt]:
    """The prompts that are measured, or those that the settings are chosen on: in turn the label of an unseen concept, and a phrase around
    that of a seen concept. None is a text of the training, no concept is in both lists; an order that only names decide."""
    unseen, seen = _by_concept("test"), _by_concept("new-pairs")
    found = []
    for number in range(PROMPTS + TUNING):
        rows = unseen if number % 2 == 0 else seen
        row = rows[number // 2]
        text = row["label"] if number % 2 == 0 else PHRASES[number // 2 % len(PHRASES)].format(row["label"])
        style = images.EMOJI_STYLES.index(row["style"])
        found.append(Prompt(text, row["label"], images.concept(row["codepoints"]), style))
    return found[PROMPTS:] if tuning else found[:PROMPTS]


@functools.cache
def _by_concept(split: str) -> list[dict]:
    """A row of each concept of a split."""
    rows = sorted(images.emoji(split).rows, key=lambda row: _hash(row["codepoints"], row["style"]))
    return list({images.concept(row["codepoints"]): row for row in rows}.values())


def _hash(*names: str) -> str:
    return hashlib.sha256(" ".join(("guided", *names)).encode()).hexdigest()


@dataclass(frozen=True)
class Direct:
    """Models as a job of the engine finds them, without an engine."""

    modules: dict[str, nn.Module]
    device: str = "cpu"

    def call(self, model: str, method: str = "forward", **batch: Tensor) -> Any:
        return getattr(self.modules[model], method)(**batch)


@dataclass(frozen=True)
class Guided:
    """Pictures of prompts before and after guidance, evened out as people see them: (N, 3, 128, 128) uint8; `steps` taken in `seconds`."""

    before: Tensor
    after: Tensor
    steps: int
    seconds: float


def guided(
    module: Generator, model: clip.Clip, texts: TextTable, styles: Sequence[int], seed: int, steps: int = DEFAULTS.steps,
    strength: float = DEFAULTS.strength, settings: Settings = SETTINGS,
) -> Guided:  # fmt: skip
    """Guide a picture of each text, the way the app does: the best of the steps counts."""
    models = Direct({"generator": module.requires_grad_(False), clip.MODEL: model.requires_grad_(False)})
    before, after, spent = [], [], 0.0
    for number, style in enumerate(styles):
        item = start(module, texts, number, style, seed + number)
        began = time.perf_counter()
        target = (texts.texts[number], texts.sentence[number])
        job = guidance.ascend("generator", clip.MODEL, clip.MODEL, item, target, steps, strength, seed + number, models, settings)
        best = max((found for found in job if found is not None), key=lambda found: float(found["score"]))["latent"]
        spent += time.perf_counter() - began
        shown = _painted(module, [item, Item(best.half().float(), item.style, item.words, item.mask)])
        before.append(shown[0])
        after.append(shown[1])
    return Guided(torch.stack(before), torch.stack(after), steps * len(styles), spent)


@torch.no_grad()
def start(module: Generator, texts: TextTable, number: int, style: int, seed: int) -> Item:
    """What the picture of a text is drawn from before guidance."""
    noise = torch.randn(1, module.noise_width, generator=torch.Generator().manual_seed(seed))
    words, mask = texts.words[number : number + 1].float(), texts.mask[number : number + 1]
    latent = module.latent(texts.sentence[number : number + 1], words, mask, noise)[0].clone()
    return Item(latent, F.one_hot(torch.tensor(style), len(images.EMOJI_STYLES)).float(), words[0], mask[0])


@torch.no_grad()
def _painted(module: Generator, items: Sequence[Item]) -> Tensor:
    batch = {name: torch.stack([item.inputs()[name] for item in items]) for name in items[0].inputs()}
    return (module.paint(**batch)["picture"].clamp(0, 1) * 255).round().byte()


@dataclass(frozen=True)
class Surroundings:
    """What guided pictures of some prompts are measured against: their texts; DAMSM's features of texts (theirs first), and which of those
    mean the same; EffNet-Lite0 features of real pictures, the prompts' own first, and of others for KID."""

    texts: TextTable
    damsm_texts: Tensor
    groups: Tensor
    own: np.ndarray
    gallery: np.ndarray
    others: np.ndarray


def surroundings(judges: Judges, asked: Sequence[Prompt]) -> Surroundings:
    """For prompts as `prompts` gives them."""
    concepts = list(dict.fromkeys(one.concept for one in asked))
    found = [images.emoji(split) for split in ("test", "new-pairs")]
    pictures = torch.cat([torch.from_numpy(one.images).permute(0, 3, 1, 2) for one in found])
    rows = [row for one in found for row in one.rows]
    order = sorted(range(len(rows)), key=lambda i: _hash("gallery", rows[i]["codepoints"], rows[i]["style"]))
    own = [next(i for i in order if _shows(rows[i], one)) for one in asked]
    others = [i for i in order if images.concept(rows[i]["codepoints"]) not in concepts]
    labels = list(dict.fromkeys(rows[i]["label"] for i in others))[: max(0, TEXTS - len(asked))]
    texts = read(judges.matcher.clip, [*(one.text for one in asked), *labels])
    groups = [concepts.index(one.concept) for one in asked] + [len(concepts) + i for i in range(len(labels))]
    features = judges.features(pictures[others])
    first = {rows[i]["label"]: place for place, i in reversed(list(enumerate(others)))}  # one picture of each concept
    alone = sorted(first.values())[:GALLERY]
    return Surroundings(texts, judges.read(texts), torch.tensor(groups), judges.features(pictures[own]), features[alone], features)


def _shows(row: dict, prompt: Prompt) -> bool:
    return row["label"] == prompt.label and images.EMOJI_STYLES.index(row["style"]) == prompt.style


def measured(judges: Judges, around: Surroundings, pictures: Tensor) -> dict[str, float]:
    """Scores of pictures (N, 3, 128, 128) uint8 of the N prompts of `around`."""
    count = len(pictures)
    embedded, whole = judges.look(pictures)
    features = torch.from_numpy(judges.features(pictures))
    candidates = torch.from_numpy(np.concatenate([around.own[:count], around.gallery]))
    places = ranks(F.normalize(features, dim=1), F.normalize(candidates, dim=1))
    return {
        "clip": float((embedded * around.texts.sentence[:count]).sum(1).mean()),
        "damsm": r_precision(whole, torch.arange(count), around.damsm_texts, around.groups),
        "real": recall(places, 10),
    }


def guidance_metrics(name: str, seeds: Sequence[int] = SEEDS) -> dict[str, dict]:
    """What guidance with the app's defaults does to the pictures of a generator; see training.card.summary for the form."""
    module, judges, asked = checkpoints.load(name, NETWORKS), Judges.load(), prompts()
    around = surroundings(judges, asked)
    texts = read(judges.matcher.clip, [one.text for one in asked])
    runs = [guided(module, judges.matcher.clip, texts, [one.style for one in asked], 1000 * seed) for seed in seeds]
    return summaries(judges, around, runs)


def summaries(judges: Judges, around: Surroundings, runs: Sequence[Guided]) -> dict[str, dict]:
    """The numbers of several runs over the same prompts. KID is over all runs: one of them has too few pictures for it."""
    before = [measured(judges, around, one.before) for one in runs]
    after = [measured(judges, around, one.after) for one in runs]
    floor = measures.kid(around.own, around.others)
    kids = [
        measures.kid(np.concatenate([judges.features(getattr(one, side)) for one in runs]), around.others) for side in ("before", "after")
    ]
    gains = [b["clip"] / a["clip"] - 1 for a, b in zip(before, after, strict=True)]
    name = f"guidance of {len(runs[0].before)} held-out prompts"
    found = {
        f"{name}: gain in mean CLIP score": summary(gains, None, "≥ 0.15"),
        f"{name}: EffNet-Lite0 KID × 1000 before": summary([kids[0]], floor),
        f"{name}: EffNet-Lite0 KID × 1000 after": summary([kids[1]], floor),
        f"{name}: KID after over before": summary([kids[1] / kids[0]], None, "≤ 1.5"),
    }
    for key, title in (
        ("clip", "CLIP score, by the CLIP that guides"),
        ("damsm", "R-precision by DAMSM, which guidance does not see"),
        ("real", "a real picture of the prompt's concept among the nearest ten of all by EffNet-Lite0, which guidance does not see"),
    ):
        found[f"{name}: {title}, before"] = summary([one[key] for one in before])
        found[f"{name}: {title}, after"] = summary([one[key] for one in after])
    return found


def speed(name: str, count: int = 3) -> dict[str, float]:
    """Steps a second on the threads that torch has, for the facts of a run, which nobody holds another machine to."""
    module, model = checkpoints.load(name, NETWORKS), checkpoints.load(clip.MODEL, clip.NETWORKS)
    texts = read(model, [one.text for one in prompts(tuning=True)[:count]])
    guided(module, model, texts, [0], 0, steps=3)
    run = guided(module, model, texts, list(range(count)), 0)
    return {"guidance_steps_per_second": round(run.steps / run.seconds, 1)}
