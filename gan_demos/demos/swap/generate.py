"""Request → swapped pictures: what the web tab, the API, the command line and the tests all call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import clip, media
from ...demo import Artefact, Context, Result
from ...media import sheets
from ...recipes import Recipe
from . import examples, requests
from .labels import asking, seen_in
from .likeness import likeness
from .vocabulary import FACES, MODELS, SLOT_TITLES, every, title

VISIBLE = 3  # levels: a pixel that changed
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Swapped:
    """`picture` (128, 128, 3) uint8: the result; `seen`: slot → (domain or None, how sure) of what was given."""

    picture: Picture
    seen: dict[str, tuple[str | None, float]]


def uses(request: Any) -> tuple[str, ...]:
    """The checkpoints of a request: the generator, and for faces the CLIP that tells whether it is one."""
    return (MODELS[request.model], clip.MODEL) if request.model == FACES else (MODELS[request.model],)


def swap(context: Context, request: requests.Swap) -> Result:
    """The picture in the domains asked for, and then how it was; with `cycle` also swapped back.

    values: "model"; "edits", what was asked for in words; "changed", the share of pixels, and "difference", the mean absolute one of range
    0 to 1; "seen", what the model sees in the picture: slot → {"domain" or None, "sure"}; "notes", what was done to the picture before;
    for faces "likeness"; with `cycle` "back": what it was swapped back to, "cycle_difference" to the start.
    """
    given = _given(context, request)
    made = _paint(context, request.model, [(given, request.edits)], request.strength)[0]
    artefacts = [_png("swapped", made.picture, context.recipe), _png("before", given, context.recipe)]
    values = _told(context, request, given, made.seen) | {"edits": _words(request.edits), **_change(given, made.picture)}
    if request.cycle:
        back, kept = _way_back(made.seen, request.edits)
        again = _paint(context, request.model, [(made.picture, back)], request.strength)[0].picture if back else made.picture
        artefacts.append(_png("back-again", again, context.recipe))
        values |= {"back": _words(back), "cycle_difference": _difference(given, again)}
        values["notes"] = [*values["notes"], *kept]
    return Result(tuple(artefacts), values)


def grid(context: Context, request: requests.Grid) -> Result:
    """The picture in every domain, or in those that are named, all in one batch: a PNG of each, and a sheet of all.

    values: as of `swap`, but "domains": [{"slot", "value", "title", "changed", "difference"}, …] in the order of the artefacts.
    """
    given = _given(context, request)
    chosen = [pair for pair in every(request.model) if not request.domains or f"{pair[0]}: {pair[1]}" in request.domains]
    made = _paint(context, request.model, [(given, {slot: value}) for slot, value in chosen], request.strength)
    artefacts, facts = [], []
    for (slot, value), one in zip(chosen, made, strict=True):
        recipe = replace(context.recipe, parameters={**context.recipe.parameters, "domains": [f"{slot}: {value}"]})
        artefacts.append(_png(f"{slot}-{value}".replace(" ", "-"), one.picture, recipe))
        facts.append({"slot": slot, "value": value, "title": title(slot, value), **_change(given, one.picture)})
    if len(made) > 1:
        artefacts.append(_png("domains", sheets.sheet([one.picture for one in made]), context.recipe))
    return Result(tuple(artefacts), _told(context, request, given, made[0].seen) | {"domains": facts})


def chain(context: Context, request: requests.Chain) -> Result:
    """Edits one after the other: a PNG after each step, the last one first, each with the recipe up to it; and a strip of all of them.

    Between steps a picture is rounded to 256 levels, so that it makes no difference whether they are taken at once or one by one.
    values: as of `swap`, but "steps": [{"edits", "changed", "difference"}, …] in the order of the steps.
    """
    given = _given(context, request)
    pictures, facts, seen = [given], [], {}
    for edits in request.steps:
        made = _paint(context, request.model, [(pictures[-1], edits)], request.strength)[0]
        facts.append({"edits": _words(edits), **_change(pictures[-1], made.picture)})
        seen = seen or made.seen
        pictures.append(made.picture)
    artefacts = []
    for number, picture in reversed([*enumerate(pictures)][1:]):
        recipe = replace(context.recipe, parameters={**context.recipe.parameters, "steps": context.recipe.parameters["steps"][:number]})
        artefacts.append(_png(f"step-{number}", picture, recipe))
    if len(pictures) > 2:
        artefacts.append(_png("steps", sheets.strip(pictures), context.recipe))
    return Result(tuple(artefacts), _told(context, request, given, seen) | {"steps": facts})


def look(context: Context, request: requests.Look) -> Result:
    """What the model sees in a picture, and whether it is one that it knows; the picture as it was prepared."""
    given = _given(context, request)
    seen = _paint(context, request.model, [(given, {})], 0.0)[0].seen
    return Result((_png("prepared", given, context.recipe),), _told(context, request, given, seen))


def _given(context: Context, request: Any) -> Picture:
    """The picture of a request; one whose recipe would not fit into a file is refused before anything is computed."""
    context.recipe.to_json()
    return examples.given(request.picture).picture


def _paint(context: Context, model: str, items: Sequence[tuple[Picture, Mapping[str, str]]], strength: float) -> list[Swapped]:
    """What the generator makes of pictures and what is asked of each, in one batch."""
    inputs = [
        {"picture": _tensor(picture), "asked": asking(model, edits), "strength": torch.tensor(strength, dtype=torch.float32)}
        for picture, edits in items
    ]
    made = context.engine.call_many(context.model(MODELS[model]), inputs, owner=context.owner)
    return [Swapped(sheets.levels(one["picture"]), seen_in(model, one["seen"])) for one in made]


def _tensor(picture: Picture) -> Tensor:
    """(H, W, 3) uint8 → (3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).float() / 255


def _way_back(seen: Mapping[str, tuple[str | None, float]], edits: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The edits that lead back to what was seen, and a sentence on each slot that has no way back."""
    back = {slot: seen[slot][0] for slot in edits if seen[slot][0] is not None}
    lost = [SLOT_TITLES[slot].lower() for slot in edits if slot not in back]
    note = f"What the picture had ({', '.join(lost)}) is none of the model's domains, so there is no way back to it."
    return back, [note] if lost else []


def _told(context: Context, request: Any, given: Picture, seen: Mapping[str, tuple[str | None, float]]) -> dict[str, Any]:
    """What is known of the picture that was given."""
    notes = examples.given(request.picture).sentences
    values: dict[str, Any] = {"model": request.model}
    if request.model == FACES and (alike := likeness(context, request.model, given)):
        values["likeness"] = alike.facts()
        notes += [alike.remark] if alike.remark else []
    values["seen"] = {slot: {"domain": domain, "sure": round(sure, 3)} for slot, (domain, sure) in seen.items()}
    return values | {"notes": notes}


def _words(edits: Mapping[str, str]) -> dict[str, str]:
    return {slot: title(slot, value) for slot, value in edits.items()}


def _difference(one: Picture, other: Picture) -> float:
    return round(float(np.abs(one.astype(np.int16) - other).mean() / 255), 4)


def _change(before: Picture, after: Picture) -> dict[str, float]:
    """The share of pixels that visibly changed, and the mean absolute difference of range 0 to 1."""
    changed = (np.abs(before.astype(np.int16) - after).max(2) >= VISIBLE).mean()
    return {"changed": round(float(changed), 4), "difference": _difference(before, after)}


def _png(name: str, picture: Picture, recipe: Recipe) -> Artefact:
    return Artefact(name, "image", ".png", media.encode("png", picture, recipe))
