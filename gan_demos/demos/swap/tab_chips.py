"""The domains as chips: one row for each slot, with "as it is" first."""

from collections.abc import Mapping, Sequence

import gradio as gr

from .vocabulary import DOMAINS, FACES, SLOT_TITLES, SLOTS, title

KEPT = ""  # the value of a row whose slot stays as it is
START = {"hair": "blond", "glasses": "sunglasses", "mouth": "smile", "style": "twemoji"}  # face-1 has red hair and screams
_MODEL_OF = {slot: model for model, slots in DOMAINS.items() for slot in slots}


def build(model: str) -> list[gr.Radio]:
    """A row of chips for each slot, in the order of `SLOTS`; those of `model` are seen."""
    return [
        gr.Radio(
            _choices(slot),
            value=START.get(slot, KEPT),
            label=SLOT_TITLES[slot],
            visible=_MODEL_OF[slot] == model,
            elem_id=f"swap-slot-{slot}",
            elem_classes="swap-chips",
        )
        for slot in SLOTS
    ]


def edits(model: str, values: Sequence[str | None]) -> dict[str, str]:
    """What the rows ask of `model`: slot → domain, without the slots that stay as they are."""
    chosen = dict(zip(SLOTS, values, strict=True))
    return {slot: chosen[slot] for slot in DOMAINS[model] if chosen[slot] and chosen[slot] != KEPT}


def values(before: Sequence[str | None], model: str, asked: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the rows when just `asked` is asked of `model`; the rows of the other model stay as they were."""
    kept = zip(SLOTS, before, strict=True)
    return tuple(asked.get(slot, KEPT) if _MODEL_OF[slot] == model else value or KEPT for slot, value in kept)


def shown(model: str, values: Sequence[str]) -> list[gr.Radio]:
    """Updates of the rows: those of `model` are seen, with these values."""
    return [gr.Radio(value=value, visible=_MODEL_OF[slot] == model) for slot, value in zip(SLOTS, values, strict=True)]


def _choices(slot: str) -> list[tuple[str, str]]:
    # Under "Hair colour" it is "red", and not "red hair".
    short = slot in ("hair", "skin")
    names = [(value if short else title(slot, value), value) for value in DOMAINS[_MODEL_OF[slot]][slot]]
    return [("as it is", KEPT), *((name[:1].upper() + name[1:] if _MODEL_OF[slot] != FACES else name, value) for name, value in names)]
