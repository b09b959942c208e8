"""The twelve attributes as lists to choose from: as the words say, left to the seed, or a value."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from . import captions
from .tab_chips import AUTO, OPEN
from .vocabulary import SLOTS


def build() -> list[gr.Dropdown]:
    """A list for each slot, in the order of `SLOTS`."""
    with gr.Row(elem_id="faces-slots", elem_classes="keep-row"):
        return [
            gr.Dropdown(_choices(slot, None), value=AUTO, label=captions.TITLES[slot], elem_id=f"faces-slot-{slot}", min_width=120)
            for slot in SLOTS
        ]


def asked(values: Sequence[str]) -> dict[str, Any]:
    """The values of the lists as parameters `pins` and `vary` of a request."""
    chosen = dict(zip(SLOTS, values, strict=True))
    return {
        "pins": {slot: value for slot, value in chosen.items() if value not in (AUTO, OPEN, None)},
        "vary": [slot for slot, value in chosen.items() if value == OPEN],
    }


def chosen(pins: Mapping[str, str], vary: Sequence[str]) -> list[str]:
    """The values of the lists that `asked` makes these parameters of."""
    return [OPEN if slot in vary else pins.get(slot, AUTO) for slot in SLOTS]


def shown(values: Sequence[str], understood: Mapping[str, Any], set_values: bool) -> list[gr.Dropdown]:
    """Updates of the lists after a prompt was understood: what the words say, where each value comes from, and if `set_values` the values.

    Otherwise the values stay as they are in the page, where a person may have gone on choosing.
    """
    return [_shown(slot, value or AUTO, understood.get(slot), set_values) for slot, value in zip(SLOTS, values, strict=True)]


def kept(values: Sequence[str], face: Mapping[str, str], slots: Sequence[str], offered: Sequence[str]) -> list[str]:
    """The values of the lists when of the `offered` slots of `face` just `slots` are kept: those that held its value are free again."""
    return [
        face[slot] if slot in slots else AUTO if slot in offered and value == face[slot] else value
        for slot, value in zip(SLOTS, values, strict=True)
    ]


def ticked(values: Sequence[str], face: Mapping[str, str]) -> list[str]:
    """The slots whose list holds what `face` has."""
    return [slot for slot, value in zip(SLOTS, values, strict=True) if value == face[slot]]


def _shown(slot: str, value: str, named: Mapping[str, Any] | None, set_value: bool) -> gr.Dropdown:
    state = "from-words" if value == AUTO and named else "from-seed" if value in (AUTO, OPEN) else "from-you"
    return gr.Dropdown(choices=_choices(slot, named), elem_classes=state, **({"value": value} if set_value else {}))


def _choices(slot: str, named: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    by_itself = "any" if named is None else f"{named['label']} (your words)"
    return [(by_itself, AUTO), ("let the seed choose", OPEN), *((captions.LABELS[slot][value], value) for value in SLOTS[slot])]
