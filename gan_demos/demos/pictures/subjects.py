"""What the endpoints share: from a prompt to the numbers that a generator draws from, to pictures, to files and facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import clip, media
from ...clip.scoring import VARIABLE
from ...demo import Artefact, Context
from ...errors import UserError
from ...media import sheets
from ...recipes import Recipe
from . import drawing, memory, requests
from .drawing import Item
from .understanding import Prompt, understand
from .vocabulary import AUTO, DEFAULT_STYLE, MODELS, STYLE_TITLES, STYLES

PATIENCE = 60.0  # seconds until somebody is told that the queue is too long, as in `Engine.call`
BATCH = 8  # pictures that are painted together: others wait for no more than these
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Subject:
    """What one picture shall show: the text of its seed, with the features of one text, and the name and weights (9,) of its style."""

    seed: int
    text: str
    sentence: Tensor
    words: Tensor
    mask: Tensor
    style: str
    weights: Tensor


def subjects_of(context: Context, prompt: Prompt, style: str, seeds: Sequence[int]) -> list[Subject]:
    """What each seed shall show: what the prompt says, or where it names nothing, a concept that the seed chooses."""
    style = (prompt.reading.style or DEFAULT_STYLE) if style == AUTO else style
    if prompt.features is not None:
        texts, features = [prompt.reading.text] * len(seeds), prompt.features
        rows = [0] * len(seeds)
    else:
        labels = context.extra(memory.MEMORY)["labels"]
        texts = [drawing.surprise(seed, labels) for seed in seeds]
        once = list(dict.fromkeys(texts))
        features, rows = clip.encode_text(context, once), [once.index(text) for text in texts]
    return [
        Subject(seed, text, features.sentence[row], features.words[row], features.mask[row], style, drawing.style_weights(style, seed))
        for seed, text, row in zip(seeds, texts, rows, strict=True)
    ]


def items_of(
    context: Context, model: str, subjects: Sequence[Subject], noises: Sequence[Tensor], alone: bool = False
) -> list[Item]:
    """What `model` draws the pictures of subjects and noises from. alone: as in `Engine.call_many`."""
    inputs = [_inputs(one, noise) for one, noise in zip(subjects, noises, strict=True)]
    latents = context.engine.call_many(context.model(MODELS[model]), inputs, method="latent", owner=context.owner, alone=alone)
    return [Item(latent, one.weights, one.words, one.mask) for latent, one in zip(latents, subjects, strict=True)]


def drawn(context: Context, model: str, subjects: Sequence[Subject]) -> list[Tensor]:
    """The picture (3, 128, 128) in [0, 1] of each subject, from the noise of its seed: in one go, where an `Item` is asked for first."""
    inputs = [{**_inputs(one, drawing.noise(one.seed)), "style": one.weights} for one in subjects]
    return _in_batches(context, model, inputs)


def drawn_by_all(context: Context, subject: Subject) -> list[Tensor]:
    """The picture (3, 128, 128) by each of `MODELS`, from the same noise. They wait together: one after the other would queue anew for
    each."""
    inputs = {**_inputs(subject, drawing.noise(subject.seed)), "style": subject.weights}
    tickets = [context.engine.submit(context.model(name), inputs, owner=context.owner) for name in MODELS.values()]
    try:
        return [ticket.result(PATIENCE) for ticket in tickets]
    finally:
        for ticket in tickets:
            ticket.cancel(context.owner)


def _inputs(subject: Subject, noise: Tensor) -> dict[str, Tensor]:
    return {"sentence": subject.sentence, "words": subject.words, "mask": subject.mask, "noise": noise}


def paint(context: Context, model: str, items: Sequence[Item], alone: bool = False) -> list[dict[str, Tensor]]:
    """What the generator shows for each item: "picture" (3, 128, 128) in [0, 1], and stages and attention where it has them. alone: as in
    `Engine.call_many`."""
    return _in_batches(context, model, [item.inputs() for item in items], method="paint", alone=alone)


def _in_batches(context: Context, model: str, inputs: Sequence[Mapping[str, Tensor]], **how: Any) -> list[Any]:
    """What the generator answers to each of the inputs, `BATCH` at a time. how: as for `Engine.call_many`."""
    made: list[Any] = []
    for start in range(0, len(inputs), BATCH):
        made += context.engine.call_many(context.model(MODELS[model]), inputs[start : start + BATCH], owner=context.owner, **how)
    return made


def chosen(context: Context, request: Any, model: str | None = None) -> tuple[Prompt, Subject, Item]:
    """The one picture that a request is about: its prompt, what it shows, and what it is drawn from."""
    prompt = understand(context, request.prompt)
    subject = subjects_of(context, prompt, request.style, [request.seed])[0]
    return prompt, subject, item_of(context, request, subject, model)


def item_of(context: Context, request: Any, subject: Subject, model: str | None = None, alone: bool = False) -> Item:
    return based(request, items_of(context, model or request.model, [subject], [drawing.noise(request.seed)], alone)[0])


def based(request: Any, own: Item) -> Item:
    """The picture that a request starts from: its base, if it names one. `UserError` for the latent of another model."""
    if not request.base:
        return own
    latent = torch.from_numpy(requests.decode_latent(request.base))
    if latent.shape != own.latent.shape:
        raise UserError(f"Base has {len(latent)} numbers, where this model draws from {len(own.latent)}: it comes from another model.")
    return replace(own, latent=latent)


def half(values: Tensor) -> Tensor:
    """As `requests.encode_latent` keeps them."""
    return values.half().float()


def check(context: Context) -> None:
    """Refuse a request whose recipe would not fit into a file before anything is computed."""
    context.recipe.to_json()


def with_scorer(context: Context, scorer: str) -> Context:
    """The context with the name of the CLIP that ranks and guides in its recipe. `UserError` where `scorer`, if a request names one, is
    another."""
    here = Path(clip.scorer_name()).name if Path(clip.scorer_name()).is_dir() else clip.scorer_name()  # no path of ours in a file
    if scorer not in ("", here):
        asked = repr(scorer[:60])  # it may hold what no terminal should be sent
        remedy = f"without {VARIABLE}" if scorer == clip.MODEL else f"with {VARIABLE}={asked}"
        raise UserError(f"Scorer: {asked} is asked for, and here {here[:60]!r} is used: start the app {remedy} to have it.")
    return replace(context, recipe=with_parameters(context.recipe, scorer=here))


def with_parameters(recipe: Recipe, **parameters: Any) -> Recipe:
    return replace(recipe, parameters={**recipe.parameters, **parameters})


def scores_of(context: Context, painted: Sequence[Tensor], subjects: Sequence[Subject]) -> list[float]:
    """The cosine of each picture with the text that it shall show."""
    return [round(score, 4) for score in clip.score(context, torch.stack(list(painted)), [one.text for one in subjects]).tolist()]


def portraits(names: Sequence[str], painted: Sequence[Tensor], recipes: Sequence[Recipe]) -> list[Artefact]:
    return [png(name, sheets.levels(one), recipe) for name, one, recipe in zip(names, painted, recipes, strict=True)]


def png(name: str, picture: Picture, recipe: Recipe) -> Artefact:
    return Artefact(name, "image", ".png", media.encode("png", picture, recipe))


def facts_of(subject: Subject, model: str, score: float | None) -> dict[str, Any]:
    """A picture's facts: see the module."""
    shares = {STYLE_TITLES[style]: round(share, 2) for style, share in zip(STYLES, subject.weights.tolist(), strict=True) if share > 0}
    facts = {"seed": subject.seed, "prompt": subject.text, "model": model, "style": subject.style, "styles": shares}
    return {**facts, "clip_score": score}


def told(prompt: Prompt, subjects: Sequence[Subject] = ()) -> dict[str, Any]:
    """What was made of a prompt: see the module."""
    reading, understood = prompt.reading, prompt.understood
    notes = [*reading.notes, *understood.notes]
    if prompt.features is None:
        drawn = ", ".join(f"“{text}”" for text in list(dict.fromkeys(one.text for one in subjects))[:4])
        notes.append(f"Nothing is asked for, so the seed chooses: {drawn}." if drawn else "Nothing is asked for: a surprise.")
    return {
        "prompt": reading.text,
        "understood": {
            "known": understood.known,
            "concepts": [_concept(one) for one in understood.concepts],
            "parts": [{"words": part, **_concept(one)} for part, one in understood.parts],
            "style": reading.style,
            "corrected": [list(pair) for pair in reading.corrected],
        },
        "ignored": list(understood.ignored),
        "notes": notes,
    }


def _concept(known: memory.Known) -> dict[str, Any]:
    return {"label": known.label, "emoji": known.emoji, "similarity": round(known.similarity, 4)}
