"""Request → why a picture looks as it does: its stages, its attention to words, the training pictures nearest to it, its prompt."""

from ... import clip
from ...demo import Context, Result
from ...media import sheets
from . import memory, pictures, requests
from .subjects import check, chosen, facts_of, paint, png, scores_of, told
from .understanding import understand
from .vocabulary import ATTN_GAN, STYLE_TITLES


def stages(context: Context, request: requests.Stages) -> Result:
    """How one picture grows: a PNG of each stage (32², 64², 128²), and a strip of them, all 128 pixels high.

    values: …, "picture": facts.
    """
    check(context)
    prompt, subject, item = chosen(context, request)
    painted = paint(context, request.model, [item])[0]
    grown = [sheets.levels(painted[name]) for name in ("stage32", "stage64", "picture")]
    name = f"stages-seed-{request.seed}"
    artefacts = [png(f"{name}-{one.shape[0]}", one, context.recipe) for one in grown]
    artefacts.append(png(name, sheets.strip([pictures.enlarged(one, grown[-1].shape[0]) for one in grown]), context.recipe))
    score = scores_of(context, [painted["picture"]], [subject])[0]
    return Result(tuple(artefacts), {**told(prompt, [subject]), "picture": facts_of(subject, request.model, score)})


def attention(context: Context, request: requests.Attention) -> Result:
    """Which word painted where in a picture of AttnGAN: the picture, a PNG for each word with its map laid over the picture in grey, and a
    sheet of all.

    values: …, "picture": facts; "words": [{"word": "cat", "share": 0.31}, …] in the order of the text and of the artefacts after the first;
    share: of all attention. "rest": the share of the marks of beginning and end, of punctuation, and of words that are not shown.
    """
    check(context)
    prompt, subject, item = chosen(context, request, ATTN_GAN)
    painted = paint(context, ATTN_GAN, [item])[0]
    picture = sheets.levels(painted["picture"])
    found = pictures.maps_of_words(painted["attention"], subject.text, clip.spans(subject.text))
    overlays = [pictures.overlay(picture, one.map) for one in found]
    name = f"attention-seed-{request.seed}"
    artefacts = [png(f"{name}-picture", picture, context.recipe)]
    artefacts += [png(f"{name}-word-{number}", one, context.recipe) for number, one in enumerate(overlays, 1)]
    artefacts.append(png(name, sheets.sheet([picture, *overlays]), context.recipe))
    shares = [{"word": one.word, "share": round(one.share, 4)} for one in found]
    values = {
        "picture": facts_of(subject, ATTN_GAN, scores_of(context, [painted["picture"]], [subject])[0]),
        "words": shares,
        "rest": round(max(0.0, 1 - sum(one.share for one in found)), 4),
    }
    return Result(tuple(artefacts), {**told(prompt, [subject]), **values})


def nearest(context: Context, request: requests.Nearest) -> Result:
    """The training pictures that look most like one picture: that picture, a PNG of each, and a strip of all.

    values: …, "picture": facts; "nearest": [{"label", "style", "title" of the style, "distance"}, …] in the order of the artefacts after
    the first; distance: mean absolute difference at 32 × 32 pixels, 0 to 1.
    """
    check(context)
    prompt, subject, item = chosen(context, request)
    painted = paint(context, request.model, [item])[0]["picture"]
    near = memory.nearest(context, painted, request.count)
    picture = sheets.levels(painted)
    shown = [sheets.doubled(one.thumbnail) for one in near]
    name = f"nearest-seed-{request.seed}"
    artefacts = [png(f"{name}-picture", picture, context.recipe)]
    artefacts += [png(f"{name}-{number}", one, context.recipe) for number, one in enumerate(shown, 1)]
    artefacts.append(png(name, sheets.strip([picture, *shown]), context.recipe))
    facts = [{"label": one.label, "style": one.style, "title": STYLE_TITLES[one.style], "distance": round(one.distance, 4)} for one in near]
    score = scores_of(context, [painted], [subject])[0]
    return Result(tuple(artefacts), {**told(prompt, [subject]), "picture": facts_of(subject, request.model, score), "nearest": facts})


def read(context: Context, request: requests.Understand) -> Result:
    """What a prompt means to the models: no file, only values."""
    check(context)
    return Result((), told(understand(context, request.prompt)))
