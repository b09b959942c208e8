"""Request → pictures: what the web tab, the API, the command line and the tests all call.

Every `Result.values` begins with what was made of the prompt:

    {"prompt": "cat with a rocket",          # as it was read; "" for a surprise
     "understood": {"known": true,           # false: nothing like it was trained on
                    "concepts": [{"label": "cat", "emoji": "🐈", "similarity": 0.71}, …],       # five known concepts, nearest first
                    "parts": [{"words": "a rocket", "label": "rocket", "emoji": "🚀", "similarity": 0.98}, …],   # several things, or []
                    "style": "openmoji" or null,                                                # that the prompt names
                    "corrected": [["cta", "cat"]]},                                             # as typed, as read
     "ignored": ["very"],                    # words that change nothing or that nobody knows
     "notes": ["…"]}                         # sentences for the person, as plain text

A picture's facts, wherever values hold some, are

    {"seed": 5, "prompt": "cat", "model": "ClipGAN", "style": "fluent-3d", "styles": {"Fluent 3D": 1.0}, "clip_score": 0.3141}

`prompt` is what is drawn (for a surprise the concept that the seed chose), `styles` the shares of a mixture, `clip_score` the cosine of the
picture with `prompt`. Facts of variations and of guided pictures also have "latent", which other requests take as `base`.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import clip, media
from ...demo import Artefact, Context, Result
from ...errors import CancelledError
from ...media import sheets
from . import drawing, guidance, memory, requests
from .drawing import SEEDS, Item
from .subjects import (
    Subject,
    based,
    check,
    drawn,
    drawn_by_all,
    facts_of,
    half,
    item_of,
    items_of,
    paint,
    png,
    portraits,
    scores_of,
    subjects_of,
    told,
    with_parameters,
    with_scorer,
)
from .understanding import Prompt, understand
from .vocabulary import MODELS

MEMORY = memory.MEMORY
READING = (clip.MODEL, MEMORY)
EVERYTHING = (*READING, *MODELS.values())
SLICE = 2  # frames of a walk in one slice
Picture = NDArray[np.uint8]


def uses(request: Any) -> tuple[str, ...]:
    """The checkpoints of a request that names a model."""
    return (*READING, MODELS[request.model])


def make(context: Context, request: requests.Pictures) -> Result:
    """`count` pictures, each a PNG with a recipe for it alone, and a sheet of all if there are several.

    Of more candidates than `count` those with the best CLIP score are kept, best first; else they come in the order of their seeds.
    values: …, "pictures": [facts, …] in the order of the artefacts, "candidates": how many were drawn, "scorer": the CLIP that ranked.
    """
    context = with_scorer(context, request.scorer)
    check(context)
    prompt = understand(context, request.prompt)
    number = max(request.count, request.candidates)
    subjects = subjects_of(context, prompt, request.style, [(request.seed + i) % SEEDS for i in range(number)])
    painted = drawn(context, request.model, subjects)
    scores = scores_of(context, painted, subjects)
    order = list(range(number))
    if number > request.count:
        order = sorted(order, key=lambda i: (-scores[i], i))[: request.count]
    kept = [subjects[i] for i in order]
    recipes = [with_parameters(context.recipe, seed=one.seed, count=1, candidates=1, scorer="") for one in kept]
    artefacts = portraits([f"picture-seed-{one.seed}" for one in kept], [painted[i] for i in order], recipes)
    if len(order) > 1:
        whole = sheets.sheet([sheets.levels(painted[i]) for i in order])
        artefacts.append(png(f"pictures-seed-{request.seed}", whole, context.recipe))
    facts = [facts_of(subjects[i], request.model, scores[i]) for i in order]
    return Result(tuple(artefacts), {**told(prompt, kept), "pictures": facts, "candidates": number, "scorer": clip.scorer_name()})


def compare(context: Context, request: requests.Compare) -> Result:
    """The three generators on the same prompt, noise and style: a PNG each in the order of `MODELS`, then a strip of them.

    values: …, "pictures": [facts, …] in that order.
    """
    check(context)
    prompt = understand(context, request.prompt)
    subject = subjects_of(context, prompt, request.style, [request.seed])[0]
    painted = drawn_by_all(context, subject)
    scores = scores_of(context, painted, [subject] * len(MODELS))
    names = [f"compare-seed-{request.seed}-{checkpoint.removeprefix('pictures-')}" for checkpoint in MODELS.values()]
    artefacts = portraits(names, painted, [context.recipe] * len(names))
    artefacts.append(png(f"compare-seed-{request.seed}", sheets.strip([sheets.levels(one) for one in painted]), context.recipe))
    facts = [facts_of(subject, model, score) for model, score in zip(MODELS, scores, strict=True)]
    return Result(tuple(artefacts), {**told(prompt, [subject]), "pictures": facts})


@dataclass(frozen=True)
class Preview:
    """The picture that guidance has reached after `step` of `steps`: (128, 128, 3) uint8, unfiltered; its CLIP score, the best so far."""

    step: int
    steps: int
    picture: Picture
    score: float
    best: float


def guide(context: Context, request: requests.Guide) -> Result:
    """CLIP guidance from one picture: the picture after, the picture before, and both side by side. See `stream` for the values."""
    *_, result = stream(context, request)
    return result


def stream(context: Context, request: requests.Guide) -> Iterator[Preview | Result]:
    """Guidance as it goes: a `Preview` for the start (step 0) and after each step, then the `Result`: the best of them, painted.

    A tab takes `context, request = demo.prepare(DEMO, "guide", parameters, engine, owner)`. When the owner stops the job (`engine.cancel`)
    the result is the best so far, with a recipe of the steps that were done; before the first step `CancelledError` passes through.
    values: …, "picture": facts of the picture after, with "latent"; "before": facts of the picture before; "scores": of the unfiltered
    picture at step 0, 1, …; "step": which of them is the best; "steps": how many were done; "stopped"; "gain": score after over before,
    less 1; "scorer": the CLIP that guided.
    """
    context = with_scorer(context, request.scorer)
    check(context)
    prompt = understand(context, request.prompt)
    subject = subjects_of(context, prompt, request.style, [request.seed])[0]
    item = item_of(context, request, subject, alone=True)  # step by step a last bit grows into another picture
    scorer, target = clip.scorer_name(), (subject.text, subject.sentence)
    names = (context.model(MODELS[request.model]), scorer, context.model(clip.MODEL))
    job = functools.partial(guidance.ascend, *names, item, target, request.steps, request.strength, request.seed)
    scores: list[float] = []
    best, stopped = item.latent, False
    try:
        length = guidance.slices(request.steps)
        with closing(context.engine.run_job(job, owner=context.owner, name="guidance", tell=context.tell, slices=length)) as climb:
            for found in climb:
                score = float(found["score"])
                if not scores or score > max(scores):
                    best = found["latent"]
                scores.append(score)
                yield Preview(len(scores) - 1, request.steps, found["picture"].numpy(), score, max(scores))
    except CancelledError:
        if len(scores) < 2:
            raise
        stopped = True
    yield _guided(context, request, prompt, subject, (item, replace(item, latent=half(best))), scores, stopped)


def _guided(
    context: Context,
    request: requests.Guide,
    prompt: Prompt,
    subject: Subject,
    items: tuple[Item, Item],
    scores: list[float],
    stopped: bool,
) -> Result:
    """What guidance has come to: `items` before and after."""
    before, after = (one["picture"] for one in paint(context, request.model, items, alone=True))
    recipe = with_parameters(context.recipe, steps=len(scores) - 1)
    low, high = scores_of(context, [before, after], [subject] * 2)
    name = f"guided-seed-{request.seed}"
    artefacts = portraits([name, f"{name}-before"], [after, before], [recipe] * 2)
    artefacts.append(png(f"{name}-both", sheets.strip([sheets.levels(before), sheets.levels(after)]), recipe))
    latent = requests.encode_latent(items[1].latent.numpy())
    values = {
        "picture": {**facts_of(subject, request.model, high), "latent": latent},
        "before": facts_of(subject, request.model, low),
        "scores": [round(score, 4) for score in scores],
        "step": int(np.argmax(scores)),
        "steps": len(scores) - 1,
        "stopped": stopped,
        "gain": round(high / low - 1, 4) if low > 0 else None,
        "scorer": clip.scorer_name(),
    }
    return Result(tuple(artefacts), {**told(prompt, [subject]), **values})


def more(context: Context, request: requests.More) -> Result:
    """Variations of one picture: its noise turned by `amount` of a right angle. A PNG each with a recipe for it alone, and a sheet.

    values: …, "pictures": [facts with "latent", …].
    """
    check(context)
    prompt = understand(context, request.prompt)
    subject = subjects_of(context, prompt, request.style, [request.seed])[0]
    numbers = range(request.first, request.first + request.count)
    noises = [drawing.noise(request.seed), *(drawing.varied(request.seed, request.amount, number) for number in numbers)]
    own, *items = items_of(context, request.model, [subject] * len(noises), noises)
    base = based(request, own)
    items = [replace(item, latent=half(base.latent + (item.latent - own.latent))) for item in items]
    painted = [one["picture"] for one in paint(context, request.model, items)]
    scores = scores_of(context, painted, [subject] * len(painted))
    names = [f"picture-seed-{request.seed}-variation-{number}" for number in numbers]
    artefacts = portraits(names, painted, [with_parameters(context.recipe, first=number, count=1) for number in numbers])
    if len(painted) > 1:
        whole = sheets.sheet([sheets.levels(one) for one in painted])
        artefacts.append(png(f"picture-seed-{request.seed}-variations", whole, context.recipe))
    facts = [{**facts_of(subject, request.model, score), "latent": requests.encode_latent(item.latent.numpy())}
             for item, score in zip(items, scores, strict=True)]  # fmt: skip
    return Result(tuple(artefacts), {**told(prompt, [subject]), "pictures": facts})


def mix(context: Context, request: requests.Mix) -> Result:
    """The picture between two, and a strip of `steps` pictures from the first to the second. Both come from the same noise.

    values: "prompt" and "other": each what was made of that prompt, with "picture": facts of the picture at that end.
    """
    check(context)
    both = [understand(context, text) for text in (request.prompt, request.other)]
    # Two surprises are two concepts
    seeds = (request.seed, request.seed if both[1].features is not None else (request.seed + 1) % SEEDS)
    ends = [subjects_of(context, one, request.style, [seed])[0] for one, seed in zip(both, seeds, strict=True)]
    items = items_of(context, request.model, ends, [drawing.noise(request.seed)] * 2)
    weights = [request.weight, *np.linspace(0, 1, request.steps).tolist()]
    painted = [one["picture"] for one in paint(context, request.model, [drawing.between(*items, weight) for weight in weights])]
    middle, *way = map(sheets.levels, painted)
    scores = scores_of(context, [painted[1], painted[-1]], ends)
    read = [
        {**told(one, [end]), "picture": facts_of(end, request.model, score)} for one, end, score in zip(both, ends, scores, strict=True)
    ]
    name = f"mix-seed-{request.seed}"
    artefacts = (png(name, middle, context.recipe), png(f"{name}-strip", sheets.strip(way), context.recipe))
    return Result(artefacts, {"prompt": read[0], "other": read[1]})


def walk(context: Context, request: requests.Walk) -> Result:
    """A walk past `stops` pictures and back to the first, as MP4 and GIF of the same frames. It is a long job: others are served meanwhile.

    values: …, "other": what was made of the other prompt, or null; "stops": [facts without a score, …], "frames", "seconds".
    """
    check(context)
    texts = [request.prompt, request.other] if request.other.strip() else [request.prompt]
    both = [understand(context, text) for text in texts]
    seeds = [(request.seed + i) % SEEDS for i in range(request.stops)]
    stops = [subjects_of(context, both[i % len(both)], request.style, [seed])[0] for i, seed in enumerate(seeds)]
    items = items_of(context, request.model, stops, [drawing.noise(seed) for seed in seeds])
    job = functools.partial(film, context.model(MODELS[request.model]), drawing.round_trip(items, request.frames))
    length = math.ceil(request.frames / SLICE)
    parts = context.engine.run_job(job, owner=context.owner, name="the walk", tell=context.tell, slices=length)
    frames = [frame for part in parts for frame in part.numpy()]
    large = np.stack([sheets.doubled(frame) for frame in frames])
    name = f"walk-seed-{request.seed}"
    artefacts = (
        Artefact(name, "video", ".mp4", media.encode("mp4", large, context.recipe, rate=request.rate)),
        Artefact(name, "animation", ".gif", media.encode("gif", large, context.recipe, rate=request.rate)),
    )
    values = {
        **told(both[0], stops),
        "other": told(both[1], stops) if len(both) > 1 else None,
        "stops": [facts_of(stop, request.model, None) for stop in stops],
        "frames": request.frames,
        "seconds": round(request.frames / request.rate, 2),
    }
    return Result(artefacts, values)


def film(model: str, items: Sequence[Item], models: Any) -> Iterator[Tensor]:
    """The frames of a walk: uint8 tensors (at most `SLICE`, 128, 128, 3), for `Engine.run_job`."""
    for start in range(0, len(items), SLICE):
        part = [item.inputs() for item in items[start : start + SLICE]]
        with torch.no_grad():
            batch = {name: torch.stack([one[name] for one in part]) for name in part[0]}
            picture = models.call(model, method="paint", **batch)["picture"]  # (n, 3, 128, 128)
            frames = (picture.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()
        yield frames
