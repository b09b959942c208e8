"""What the pictures tab shows as HTML of its own. Everything that a person typed, and every label, is escaped here."""

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

from ... import ui
from ...demo import Result
from .vocabulary import ATTN_GAN, MODEL_TITLES

# A word that is clicked shows where it painted.
SCRIPT = """
element.addEventListener('click', (event) => {
  const chip = event.target.closest('button[data-word]');
  if (!chip) return;
  for (const other of element.querySelectorAll('button[data-word]')) other.setAttribute('aria-pressed', other === chip);
  for (const figure of element.querySelectorAll('figure[data-word]')) figure.hidden = figure.dataset.word !== chip.dataset.word;
});
"""
SEVERAL = 3  # nearest concepts that are named where none is near
# Distances to the nearest training picture under which a picture is the same to the eye, or close to it. Of 150 held-out emoji, no
# copies, fewer than 5 % are under the first and half are under the second: styles resemble each other.
COPY, CLOSE = 0.025, 0.075
HOW = (
    "Alike: 100 % less the mean difference of colours at 32 × 32 pixels. To compare: two training pictures at random are 76 % alike, a "
    "real emoji that the models never saw and its nearest training picture 92 %. "
    "No picture is looked up while drawing, but the models keep a code for each thing that they know."
)
CHART = (300, 56)  # units of the curve of scores


def picture(data: bytes, alt: str) -> str:
    """An `<img>` that holds the PNG itself, so that it is there at once."""
    return f'<img src="data:image/png;base64,{base64.b64encode(data).decode("ascii")}" alt="{html.escape(alt)}">'


def figure(data: bytes | None, alt: str, caption: str = "", attributes: str = "") -> str:
    """A picture with a caption, which is HTML; without `data` an empty place."""
    inside = '<div class="blank"></div>' if data is None else picture(data, alt)
    return f"<figure{attributes}>{inside}<figcaption>{caption}</figcaption></figure>"


def words(sentence: str) -> str:
    """A sentence of ours above a page."""
    return f'<p class="picture-words">{html.escape(sentence)}</p>' if sentence else ""


def score(value: float | None) -> str:
    """A CLIP score as it is shown everywhere."""
    return "–" if value is None else f"{value:.2f}"


def change(before: float | None, after: float | None) -> str:
    """How much better `after` is, in percent of `before`; empty where that says nothing."""
    if before is None or after is None or before <= 0.01:
        return ""
    return f" ({100 * (after - before) / before:+.0f} %)"


def told(values: Mapping[str, Any]) -> str:
    """What a result's values tell of a prompt; of two prompts, of the first."""
    values = values["prompt"] if isinstance(values["prompt"], Mapping) else values
    understood, notes = values["understood"], list(values["notes"])
    if parts := understood["parts"]:
        shown = _lead("I know") + "".join(_concept(one, "known") for one in parts)
    elif understood["known"]:
        shown = "".join(_lead("I know") + _concept(one, "known") for one in understood["concepts"][:1])
    else:
        shown = _lead("The nearest I know") + "".join(_concept(one, "far") for one in understood["concepts"][:SEVERAL])
    silent = [word for word in values["ignored"] if not any(f"“{word}”" in note for note in notes)]
    if silent:
        notes.append("These words hardly change the picture: " + ", ".join(silent[:8]) + (" and more" if len(silent) > 8 else "") + ".")
    return f'<div class="picture-chips">{shown}</div>{ui.notes(notes)}'


def _lead(text: str) -> str:
    return f'<span class="lead">{html.escape(text)}</span>'


def _concept(one: Mapping[str, Any], state: str) -> str:
    near = f"{one['similarity']:.2f}"
    title = f"Similarity of the words by our CLIP: {near} of 1"
    text = f"{html.escape(one['emoji'])} {html.escape(one['label'])} <i>{near}</i>"
    return f'<span class="chip {state}" title="{title}">{text}</span>'


def caption(found: Mapping[str, Any], by: str = "clip") -> str:
    """The line under a picture of a gallery; by: what tells the pictures apart besides the score, "model" or "prompt"."""
    first = {"model": MODEL_TITLES[found["model"]] + "\n", "prompt": f"“{_short(found['prompt'])}”\n"}.get(by, "")
    return f"{first}CLIP {score(found['clip_score'])}{' · guided' * found.get('guided', False)}"


def chosen(found: Mapping[str, Any]) -> str:
    """The facts of the chosen picture, and what can be done with it."""
    mixture = " + ".join(f"{share:.0%} {title}" if share < 1 else title for title, share in found["styles"].items())
    kind = "guided" if found.get("guided") else "a variation" if found["asked"]["base"] else ""
    facts = {
        "shows": f"“{_short(found['prompt'], 80)}”" + (f" ({kind})" if kind else ""),
        "style": mixture,
        "drawn by": MODEL_TITLES[found["model"]],
        "seed": str(found["seed"]),
        "CLIP score": score(found["clip_score"]),
    }
    hint = "This one is chosen; click another. Guidance, How it was made, More like this and Is it copied? work on it."
    return ui.facts(facts) + f'<p class="picture-words hint">{hint}</p>'


def stages(result: Result, model: str) -> str:
    """The pictures of each stage in their order."""
    drawn = result.values["picture"]["model"]
    sentence = f"{MODEL_TITLES[drawn]} paints a small picture first and then a larger one from it, twice."
    if drawn != model:
        sentence += f" Here it is with the prompt, seed and style of the chosen picture; {MODEL_TITLES[model]} has no stages."
    sides = ("32 × 32", "64 × 64", "128 × 128")
    shown = [figure(one.data, f"stage of {side} pixels", side) for one, side in zip(result.artefacts, sides, strict=False)]
    return f'{words(sentence)}<div class="picture-row stages">{"".join(shown)}</div>'


def attention(result: Result, model: str) -> str:
    """The words of the prompt to click, and where each painted."""
    said = result.values["words"]
    sentence = "Where AttnGAN looked at each word while it painted: the share of its attention, bright where it was most."
    if model != ATTN_GAN:
        sentence += f" {MODEL_TITLES[model]} hears the prompt as a whole, so this is AttnGAN's picture of the same prompt, seed and style."
    if not said:
        return f'<div class="picture-attention">{words(sentence)}{ui.notes(["The prompt has no words to look at."])}</div>'
    most = max(range(len(said)), key=lambda number: said[number]["share"])
    chips = "".join(
        f'<button type="button" class="chip" data-word="{number}" aria-pressed="{str(number == most).lower()}">'
        f"{html.escape(one['word'])} <i>{one['share']:.0%}</i></button>"
        for number, one in enumerate(said)
    )
    maps = "".join(
        figure(artefact.data, f"where “{one['word']}” painted", f"“{html.escape(one['word'])}”",
               f' data-word="{number}"' + ("" if number == most else " hidden"))
        for number, (one, artefact) in enumerate(zip(said, result.artefacts[1:], strict=False))
    )  # fmt: skip
    plain = figure(result.artefacts[0].data, "AttnGAN's picture", "the picture")
    chosen_word = f'<div class="picture-row two shown">{plain}{maps}</div>'
    return f'<div class="picture-attention">{words(sentence)}<div class="picture-chips">{chips}</div>{chosen_word}</div>'


def neighbours(result: Result) -> str:
    """The picture and its nearest training pictures, and a sentence that says what follows."""
    near = result.values["nearest"]
    own, *others = result.artefacts
    shown = [figure(own.data, "the chosen picture", "<b>the chosen picture</b>")]
    for one, artefact in zip(near, others, strict=False):
        name = f"{one['label']}, {one['title']}"
        shown.append(figure(artefact.data, name, f"<b>{alike(one['distance'])} alike</b><br>{html.escape(name)}"))
    return f'{words(copied(near[0]))}<div class="picture-row even">{"".join(shown)}</div>{words(HOW)}'


def copied(nearest: Mapping[str, Any]) -> str:
    """A plain sentence about the nearest training picture."""
    name, distance = f"“{nearest['label']}” in {nearest['title']}", nearest["distance"]
    if distance < COPY:
        return f"Yes, nearly: the training picture {name} is the same to the eye. The model knows it by heart."
    if distance < CLOSE:
        return f"In part: it comes close to the training picture {name}, though it is not the same."
    return f"No: the nearest training picture, {name}, is another picture."


def alike(distance: float) -> str:
    """How alike two pictures are, in percent."""
    return f"{100 * (1 - distance):.0f} %"


def mixed(values: Mapping[str, Any]) -> tuple[str, str]:
    """What is told of the second prompt, and the scores at both ends."""
    facts = {
        name: f"CLIP {score(values[end]['picture']['clip_score'])}, “{_short(values[end]['picture']['prompt'], 80)}”"
        for name, end in (("first", "prompt"), ("second", "other"))
    }
    return told(values["other"]), ui.facts(facts)


def _short(text: str, length: int = 28) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def guidance(before: Mapping[str, Any], after: Mapping[str, Any] | None, state: str, progress: tuple[int, int] | None = None,
             scores: Sequence[float] = ()) -> str:  # fmt: skip
    """Before and after side by side. Each has "data" and "clip_score"; `state` is a sentence, `progress` (step, steps)."""
    left = figure(before["data"], "before", f"Before<br><b>CLIP {score(before['clip_score'])}</b>")
    if after is None:
        right = figure(None, "", "After<br><b>–</b>")
    else:
        gain = change(before["clip_score"], after["clip_score"])
        right = figure(after["data"], "after", f"After<br><b>CLIP {score(after['clip_score'])}</b>{gain}")
    bar = f'<progress max="{progress[1]}" value="{progress[0]}"></progress>' if progress else ""
    below = f'<div class="picture-progress">{bar}<div class="line" role="status">{html.escape(state)}</div>{curve(scores)}</div>'
    return f'<div class="picture-row two">{left}{right}</div>{below}'


def curve(scores: Sequence[float]) -> str:
    """The scores so far as a line from left to right; nothing for fewer than two."""
    if len(scores) < 2:
        return ""
    width, height = CHART
    low, high = min(scores), max(scores)
    span = max(high - low, 1e-6)
    points = " ".join(
        f"{width * i / (len(scores) - 1):.1f},{height - 4 - (height - 8) * (value - low) / span:.1f}" for i, value in enumerate(scores)
    )
    title = f"The CLIP score went from {scores[0]:.2f} to {scores[-1]:.2f}"
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" aria-label="{title}">'
        f'<polyline points="{points}" fill="none" stroke="#6366f1" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )
