"""Request → faces: what the web tab, the API, the command line and the tests all call."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import clip, media
from ...demo import Artefact, Context, Result
from ...media import sheets
from ...prompts import clean
from ...recipes import Recipe
from . import captions, drawing, requests
from .drawing import Face
from .understanding import Understanding, understand
from .vocabulary import SLOTS

CLIP, READER, FACES = clip.MODEL, "faces-reader", "faces"
READING, DRAWING = (CLIP, READER), (CLIP, READER, FACES)
SEEDS = 1 << 32
SLICE = 4  # frames of a walk in one slice: short requests wait for no more than these
Picture = NDArray[np.uint8]


def faces(context: Context, request: requests.Faces) -> Result:
    """`count` faces of one prompt: face i is that of the seed `seed + i`, whoever else is in the result."""
    _check(context)
    understood = understand(context, request.prompt)
    chances = torch.as_tensor(understood.probabilities)
    drawn = [drawing.draw(chances, (request.seed + i) % SEEDS, request.pins, request.vary) for i in range(request.count)]
    names = [f"face-seed-{face.seed}" for face in drawn]
    recipes = [_with(context.recipe, seed=face.seed, count=1) for face in drawn]
    return _portraits(context, request, understood, drawn, names, recipes, f"faces-seed-{request.seed}")


def more(context: Context, request: requests.More) -> Result:
    """Variations of one face: most of what it has stays; `amount` of what words and pins leave open is drawn anew."""
    _check(context)
    understood = understand(context, request.prompt)
    chances = torch.as_tensor(understood.probabilities)
    base = drawing.draw(chances, request.seed, {**request.face, **request.pins}, request.vary)
    fixed = ({*understood.named} - {*request.vary}) | {*request.pins}
    numbers = range(request.first, request.first + request.count)
    drawn = [drawing.vary(base, chances, fixed, request.amount, number) for number in numbers]
    names = [f"face-seed-{request.seed}-variation-{number}" for number in numbers]
    recipes = [_with(context.recipe, first=number, count=1) for number in numbers]
    made = _portraits(context, request, understood, drawn, names, recipes, f"face-seed-{request.seed}-variations")
    if not drawing.open_slots(base, fixed):
        made.values["notes"].append("Words and pins name everything that can be seen, so these differ in the finest detail only.")
    return made


def mix(context: Context, request: requests.Mix) -> Result:
    """The face between two, and a strip of `steps` pictures from the first to the second. Both come from the same seed."""
    _check(context)
    both = [understand(context, text) for text in (request.prompt, request.other)]
    ends = [drawing.draw(torch.as_tensor(each.probabilities), request.seed, request.pins, request.vary) for each in both]
    weights = [request.weight, *np.linspace(0, 1, request.steps).tolist()]
    painted = _paint(context, [drawing.between(*ends, weight) for weight in weights], ends[0].noise.expand(len(weights), -1))
    middle, *way = map(sheets.levels, painted)
    scores = [_scores(context, text, painted[:1])[0] for text in (request.prompt, request.other)]
    values = {
        "prompt": {**_told(understood=both[0]), "values": ends[0].values, "clip_score": scores[0]},
        "other": {**_told(understood=both[1]), "values": ends[1].values, "clip_score": scores[1]},
        "differ": [captions.TITLES[slot] for slot in SLOTS if ends[0].values[slot] != ends[1].values[slot]],
    }
    name = f"mix-seed-{request.seed}"
    artefacts = (_png(name, middle, context.recipe), _png(f"{name}-strip", sheets.strip(way), context.recipe))
    return Result(artefacts, values)


def walk(context: Context, request: requests.Walk) -> Result:
    """A walk past `stops` faces and back to the first, as MP4 and GIF of the same frames. It is a long job: others are served meanwhile."""
    _check(context)
    texts = [request.prompt, request.other] if request.other.strip() else [request.prompt]
    both = [understand(context, text) for text in texts]
    stops = [
        drawing.draw(torch.as_tensor(both[i % len(both)].probabilities), (request.seed + i) % SEEDS, request.pins, request.vary)
        for i in range(request.stops)
    ]
    choices, noise = drawing.round_trip(stops, request.frames)
    job = functools.partial(film, context.model(FACES), choices, noise)
    length = math.ceil(request.frames / SLICE)
    parts = context.engine.run_job(job, owner=context.owner, name="the walk", tell=context.tell, slices=length)
    frames = [frame for part in parts for frame in part.numpy()]
    large = np.stack([sheets.doubled(frame) for frame in frames])
    name = f"walk-seed-{request.seed}"
    artefacts = (
        Artefact(name, "video", ".mp4", media.encode("mp4", large, context.recipe, rate=request.rate)),
        Artefact(name, "animation", ".gif", media.encode("gif", large, context.recipe, rate=request.rate)),
    )
    seconds = round(request.frames / request.rate, 2)
    values = {**_told(both[0]), "frames": request.frames, "seconds": seconds, "stops": [_facts(face) for face in stops]}
    return Result(artefacts, values)


def film(model: str, choices: Tensor, noise: Tensor, models: Any):
    """The frames of a walk: a generator of uint8 tensors (at most `SLICE`, side, side, 3), for `Engine.run_job`."""
    for start in range(0, len(choices), SLICE):
        with torch.no_grad():
            picture = models.call(model, choice=choices[start : start + SLICE], noise=noise[start : start + SLICE])  # (n, 3, S, S)
            part = (picture.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()
        yield part


def read(context: Context, request: requests.Understand) -> Result:
    """What is understood of a prompt: no file, only values."""
    _check(context)
    return Result((), _told(understand(context, request.prompt)))


def _check(context: Context) -> None:
    """Refuse a request whose recipe would not fit into a file before anything is computed."""
    context.recipe.to_json()


def _with(recipe: Recipe, **parameters: Any) -> Recipe:
    return replace(recipe, parameters={**recipe.parameters, **parameters})


def _paint(context: Context, choices: Sequence[Tensor], noise: Sequence[Tensor]) -> Tensor:
    """Pictures (N, 3, side, side) in [0, 1] of choices (N, 132) and noise (N, 64)."""
    items = [{"choice": c, "noise": z} for c, z in zip(choices, noise, strict=True)]
    return torch.stack(context.engine.call_many(context.model(FACES), items, owner=context.owner))


def _scores(context: Context, prompt: str, painted: Tensor) -> list[float | None]:
    """For each picture the cosine between its embedding and that of the prompt as it was read: emoji and the known words of other
    languages as English words. None where there are no words."""
    text = clean(prompt).text
    if not text.strip():
        return [None] * len(painted)
    return [round(score, 4) for score in clip.score(context, painted, [text] * len(painted)).tolist()]


def _portraits(
    context: Context,
    request: Any,
    understood: Understanding,
    drawn: Sequence[Face],
    names: Sequence[str],
    recipes: Sequence[Recipe],
    together: str,
) -> Result:
    """A PNG for each face with a recipe for it alone, a sheet of all with the recipe of all, and what is known of each."""
    painted = _paint(context, [face.choice for face in drawn], [face.noise for face in drawn])
    levels = [sheets.levels(picture) for picture in painted]
    artefacts = [_png(*one) for one in zip(names, levels, recipes, strict=True)]
    if len(levels) > 1:
        artefacts.append(_png(together, sheets.sheet(levels), context.recipe))
    scores = _scores(context, request.prompt, painted)
    facts = [{**_facts(face), "clip_score": score} for face, score in zip(drawn, scores, strict=True)]
    return Result(tuple(artefacts), {**_told(understood), "faces": facts})


def _png(name: str, picture: Picture, recipe: Recipe) -> Artefact:
    return Artefact(name, "image", ".png", media.encode("png", picture, recipe))


def _facts(face: Face) -> dict[str, Any]:
    """The seed of a face, the value of each slot, and in words what can be seen of it."""
    seen = {captions.TITLES[slot]: captions.LABELS[slot][face.values[slot]] for slot in captions.shown(face.values)}
    return {"seed": face.seed, "values": face.values, "seen": seen}


def _told(understood: Understanding) -> dict[str, Any]:
    """What was understood of a prompt, and what was not."""
    named: Mapping[str, Any] = understood.named
    return {
        "understood": {
            slot: {
                "values": sorted(named[slot].values),
                "label": named[slot].label,
                "words": named[slot].words,
                "source": named[slot].source,
            }
            for slot in SLOTS
            if slot in named
        },
        "ignored": list(understood.ignored),
        "notes": list(understood.notes),
    }
