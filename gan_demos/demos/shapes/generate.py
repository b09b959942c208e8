"""Request → shapes: what the web tab, the API, the command line and the tests all call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import media
from ...demo import Artefact, Context, Result
from ...errors import UserError
from ...media import sheets
from ...recipes import Recipe
from . import latents, looks, measuring, requests
from .meshing import EmptyShapeError
from .render import VIEWS, Picture
from .vocabulary import CLASSES, DIRECTIONS, MODELS, OFFERED, TITLES

TRIES = 4  # latents that are drawn for one seed before it is given up: its own and three that stand in
SMALL, MOVING, RATE = 192, 320, 18  # pixels of a preview's side and of a video's, frames a second
EMPTY = "Everything came out empty here: try another seed, a higher truncation, or directions nearer to the middle."


@dataclass(frozen=True)
class Drawn:
    """A shape of a seed: `shape` is soft occupancy (R, R, R) or points (N, 3); `source`: the seed that it was drawn from in the end."""

    seed: int
    source: int
    shape: NDArray[np.float32]


def uses(request: Any) -> tuple[str, ...]:
    """The checkpoint of a request."""
    return (request.model,)


def uses_all(request: requests.Compare) -> tuple[str, ...]:
    """The checkpoints of a comparison: all models that know the kind."""
    return tuple(model for model in OFFERED if request.kind in CLASSES[model])


def shape(context: Context, request: requests.Shape) -> Result:
    """One shape: a file for each format that is asked for, then its picture, which holds the recipe in any case.

    values: "seed", "drawn_from" (another seed where that one came out empty), "triangles", "size": width, height, depth and leg length as
    shares of the side of the cube that the model draws in; with STL "watertight"; "notes".
    """
    moved, notes = _directions(context, request)
    if request.latent:
        drawn = _own(context, request, moved)
    else:
        drawn = _draw(context, request.model, request.kind, [request.seed], request.truncation, moved)[0]
        notes += _stood_in([drawn])
    look = looks.look_of(request.look, request.colour, drawn.shape)
    name = f"{request.kind}-latent" if request.latent else f"{request.kind}-seed-{request.seed}"
    made, facts = looks.files(name, drawn.shape, look, request.formats, request.millimetres, context.recipe)
    made.append(_png(name, looks.picture(drawn.shape, look), context.recipe))
    values = {"model": request.model, "kind": request.kind, "seed": request.seed, "drawn_from": drawn.source}
    notes += facts.pop("notes")
    return Result(tuple(made), {**values, **facts, "size": _rounded(measuring.measured(drawn.shape)), "notes": notes})


def shelf(context: Context, request: requests.Shelf) -> Result:
    """Small pictures of `count` shapes, each with a recipe for it alone, then a sheet of all.

    values: "shapes": [{"seed", "drawn_from", "size"}, …] in the order of the pictures; "notes". A shape that came out empty however often
    it was drawn is left out, and said.
    """
    moved, notes = _directions(context, request)
    seeds = [(request.seed + i) % latents.SEEDS for i in range(request.count)]
    drawn = _draw(context, request.model, request.kind, seeds, request.truncation, moved, missing=True)
    found = [one for one in drawn if one is not None]
    if not found:
        raise EmptyShapeError(EMPTY)
    notes += _stood_in(found)
    notes += [f"Seed {seed} came out empty {TRIES} times and is left out." for seed, one in zip(seeds, drawn, strict=True) if one is None]
    pictures, artefacts = [], []
    for one in found:
        look = looks.look_of(request.look, request.colour, one.shape)
        pictures.append(looks.picture(one.shape, look, size=SMALL))
        artefacts.append(_png(f"{request.kind}-seed-{one.seed}", pictures[-1], _with(context.recipe, seed=one.seed, count=1)))
    if len(found) > 1:
        artefacts.append(_png(f"{request.kind}-shelf-{request.seed}", sheets.sheet(pictures), context.recipe))
    facts = [{"seed": one.seed, "drawn_from": one.source, "size": _rounded(measuring.measured(one.shape))} for one in found]
    return Result(tuple(artefacts), {"model": request.model, "kind": request.kind, "shapes": facts, "notes": notes})


def morph(context: Context, request: requests.Morph) -> Result:
    """From one shape to another and back while it turns round once, as MP4 and GIF of the same frames.

    The way is that of the model's space: an arc between latents, or a straight line between codes. values: "frames", "seconds", "from" and
    "to" with "kind", "seed" and "drawn_from", "notes".
    """
    ends = [
        _draw(context, request.model, kind, [seed], request.truncation, {})[0]
        for kind, seed in ((request.kind, request.seed), (request.to_kind, request.to_seed))
    ]
    space = latents.space(context, request.model)
    rows = [_latent(context, request.model, one.source, request.truncation) for one in ends]
    kinds = (request.kind, request.to_kind)
    a, b = space.places(rows, [latents.weights(request.model, kind) for kind in kinds])
    # there on the first half and back on the second, slowly at both ends: the second half shows the shapes of the first once more
    half = request.frames // 2
    shares = [(1 - np.cos(np.pi * i / half)) / 2 for i in range(half + 1)]
    stages = space.shapes(space.between(a, b, [float(share) for share in shares]))
    notes = _stood_in(ends)
    seen = [i for i, stage in enumerate(stages) if not looks.is_empty(stage)]
    if not seen:
        raise EmptyShapeError(EMPTY)
    if len(seen) < len(stages):
        notes.append(f"{len(stages) - len(seen)} of {len(stages)} stages came out empty; the nearest others are shown in their place.")
    frames = []
    for number in range(request.frames):
        stage = min(number, request.frames - number)
        body = stages[min(seen, key=lambda i: abs(i - stage))]
        azimuth, elevation = VIEWS["front"]
        view = (azimuth + 360 * number / request.frames, elevation)
        frames.append(looks.picture(body, looks.look_of(request.look, request.colour, body), view, MOVING))
    name = f"morph-{request.kind}-{request.seed}-to-{request.to_kind}-{request.to_seed}"
    film = np.stack(frames)
    artefacts = (
        Artefact(name, "video", ".mp4", media.encode("mp4", film, context.recipe, rate=RATE)),
        Artefact(name, "animation", ".gif", media.encode("gif", film, context.recipe, rate=RATE)),
    )
    told = [{"kind": kind, "seed": one.seed, "drawn_from": one.source} for kind, one in zip(kinds, ends, strict=True)]
    values = {"model": request.model, "from": told[0], "to": told[1], "frames": request.frames}
    return Result(artefacts, {**values, "seconds": round(request.frames / RATE, 2), "notes": notes})


def arithmetic(context: Context, request: requests.Arithmetic) -> Result:
    """a - b + c of three shapes: the sum's files as of `shape`, then a strip of the three terms and the sum.

    The sum is that of codes for an l-GAN, and of latents and classes for the others; where it comes out empty, less of a - b is added.
    values: as of `shape`, but "terms" and "amount", the share of a - b.
    """
    terms = [request.a, request.b, request.c]
    space = latents.space(context, request.model)
    rows = [_latent(context, request.model, term["seed"], request.truncation) for term in terms]
    places = space.places(rows, [latents.weights(request.model, term["kind"]) for term in terms])
    for amount in latents.AMOUNTS:
        *parts, made = space.shapes([*places, space.sum(*places, amount)])
        if not looks.is_empty(made):
            break
    else:
        raise EmptyShapeError("This sum came out empty, however little of a - b was added: choose another seed.")
    notes = [] if amount == 1 else [f"The whole sum came out empty, so only {amount * 100:.0f} % of a - b was added to c."]
    look = looks.look_of(request.look, request.colour, made)
    name = "sum-" + "-".join(f"{term['kind']}-{term['seed']}" for term in terms)
    artefacts, facts = looks.files(name, made, look, request.formats, request.millimetres, context.recipe)
    strip = [_small(part, look) for part in (*parts, made)]
    artefacts.append(_png(f"{name}-strip", sheets.strip(strip), context.recipe))
    notes += [f"Term {which} is empty." for which, part in zip("abc", parts, strict=True) if looks.is_empty(part)] + facts.pop("notes")
    values = {"model": request.model, "terms": dict(zip("abc", terms, strict=True)), "amount": amount}
    return Result(tuple(artefacts), {**values, **facts, "size": _rounded(measuring.measured(made)), "notes": notes})


def compare(context: Context, request: requests.Compare) -> Result:
    """One kind and seed by every model that knows the kind: a picture of each, then a strip of all.

    A seed means another latent to each model, so the shapes are not of one thing: compare how they are made. values: "models":
    [{"model", "title", "drawn_from"}, …] in the order of the pictures; "notes".
    """
    pictures, artefacts, facts, notes = [], [], [], []
    for model in uses_all(request):
        drawn = _draw(context, model, request.kind, [request.seed], request.truncation, {}, missing=True)[0]
        if drawn is None:
            notes.append(f"{MODELS[model]}: it came out empty {TRIES} times and is left out.")
            continue
        notes += [f"{MODELS[model]}: {note}" for note in _stood_in([drawn])]
        pictures.append(_small(drawn.shape, looks.look_of("own", request.colour, drawn.shape)))
        artefacts.append(_png(f"{model}-{request.kind}-seed-{request.seed}", pictures[-1], context.recipe))
        facts.append({"model": model, "title": MODELS[model], "drawn_from": drawn.source})
    if not pictures:
        raise EmptyShapeError(EMPTY)
    if len(pictures) > 1:
        artefacts.append(_png(f"{request.kind}-seed-{request.seed}-compared", sheets.strip(pictures), context.recipe))
    return Result(tuple(artefacts), {"kind": request.kind, "seed": request.seed, "models": facts, "notes": notes})


def steerable(context: Context, model: str, kind: str) -> tuple[str, ...]:
    """Names of the directions that were found for a kind of a model."""
    return tuple(latents.directions_of(context.extra(model), kind))


def _draw(
    context: Context,
    model: str,
    kind: str,
    seeds: Sequence[int],
    truncation: float,
    moved: Mapping[str, tuple[float, Tensor]],
    missing: bool = False,
) -> list[Drawn]:
    """A shape for each seed, all in one batch. One that comes out empty is drawn again from seeds that follow from its own, so that it is
    the same in any company. `missing`: one that is empty each time is None rather than an `EmptyShapeError`."""
    found: dict[int, Drawn] = {}
    condition = latents.weights(model, kind)
    for attempt in range(TRIES):
        waiting = [seed for seed in dict.fromkeys(seeds) if seed not in found]
        sources = [latents.stand_in(seed, attempt) for seed in waiting]
        rows = [_latent(context, model, source, truncation, moved) for source in sources]
        for seed, source, made in zip(waiting, sources, _forward(context, model, rows, condition), strict=True):
            if not looks.is_empty(made):
                found[seed] = Drawn(seed, source, made)
        if len(found) == len(set(seeds)):
            break
    if not missing and len(found) < len(set(seeds)):
        raise EmptyShapeError(f"This one came out empty, and so did {TRIES - 1} drawn in its place: {EMPTY.partition(': ')[2]}")
    return [found.get(seed) for seed in seeds]


def _own(context: Context, request: requests.Shape, moved: Mapping[str, tuple[float, Tensor]]) -> Drawn:
    """The shape of a latent that came with the request."""
    size = context.extra(request.model)["latent_dim"]
    if len(request.latent) != size:
        raise UserError(f"Latent: the model {MODELS[request.model]!r} takes {size} numbers, not {len(request.latent)}.")
    latent = request.truncation * _steer(torch.tensor(request.latent), moved)
    made = _forward(context, request.model, [latent], latents.weights(request.model, request.kind))[0]
    if looks.is_empty(made):
        raise EmptyShapeError("The shape of this latent is empty: its numbers may be far from those of a normal distribution.")
    return Drawn(request.seed, request.seed, made)


def _forward(context: Context, model: str, rows: Sequence[Tensor], condition: Tensor) -> list[NDArray[np.float32]]:
    items = [{"latent": row, "condition": condition} for row in rows]
    return [made.numpy() for made in context.engine.call_many(context.model(model), items, owner=context.owner)]


def _latent(
    context: Context, model: str, seed: int, truncation: float, moved: Mapping[str, tuple[float, Tensor]] | None = None
) -> Tensor:
    return truncation * _steer(latents.noise(seed, context.extra(model)["latent_dim"]), moved or {})


def _steer(latent: Tensor, moved: Mapping[str, tuple[float, Tensor]]) -> Tensor:
    return latents.steered(latent, {name: one for name, (_, one) in moved.items()}, {name: place for name, (place, _) in moved.items()})


def _directions(context: Context, request: Any) -> tuple[dict[str, tuple[float, Tensor]], list[str]]:
    """The directions that the request moves along, each with how far, and a sentence on those that its kind does not have."""
    known = latents.directions_of(context.extra(request.model), request.kind)
    asked = requests.positions(request)
    lost = [DIRECTIONS[name].lower() for name in asked if name not in known]
    kind = TITLES[request.kind].lower()
    notes = [f"No direction for {', '.join(lost)} was found for this model's kind “{kind}”, so that changes nothing."] if lost else []
    return {name: (place, known[name]) for name, place in asked.items() if name in known}, notes


def _stood_in(drawn: Sequence[Drawn]) -> list[str]:
    return [f"Seed {one.seed} came out empty, so it was drawn again, from seed {one.source}." for one in drawn if one.source != one.seed]


def _small(shape: NDArray, look: looks.Look) -> Picture:
    """A small picture; white where there is nothing."""
    return np.full((SMALL, SMALL, 3), 255, np.uint8) if looks.is_empty(shape) else looks.picture(shape, look, size=SMALL)


def _rounded(sizes: Mapping[str, float]) -> dict[str, float]:
    return {name: round(size, 3) for name, size in sizes.items()}


def _with(recipe: Recipe, **parameters: Any) -> Recipe:
    return replace(recipe, parameters={**recipe.parameters, **parameters})


def _png(name: str, picture: Picture, recipe: Recipe) -> Artefact:
    return Artefact(name, "image", ".png", media.encode("png", picture, recipe))
