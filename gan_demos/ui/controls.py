"""Controls that several tabs are made of: what a request declares as sliders and choices, prompts, galleries of pictures."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import gradio as gr

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def slider(request: type, name: str, **more: Any) -> gr.Slider:
    """A slider with the limits, label and default that `request` declares for `name`."""
    default, facts = _declared(request, name)
    look = {"label": facts["label"], "info": facts["help"] or None, "step": facts.get("step"), **more}
    return gr.Slider(facts["low"], facts["high"], default, **look)


def radio(request: type, name: str, **more: Any) -> gr.Radio:
    """A choice, one click for each, with the choices, label and default that `request` declares for `name`."""
    default, facts = _declared(request, name)
    look = {"choices": list(facts["choices"]), "value": default, "label": facts["label"], "info": facts["help"] or None, **more}
    return gr.Radio(**look)


def gallery(elem_id: str, label: str, columns: int = 4) -> gr.Gallery:
    """Pictures with a line under each, to be clicked and not opened; two columns on a phone."""
    return gr.Gallery(
        label=label,
        columns=columns,
        elem_id=elem_id,
        elem_classes="picture-gallery",
        interactive=False,
        allow_preview=False,
        show_label=False,
        object_fit="contain",
        height="auto",
        buttons=[],
    )


def typed(prompt: str | None) -> str:
    """What was typed or pasted, without control characters: they say nothing and cannot be kept in a recipe."""
    return CONTROL.sub(" ", prompt or "")


def notes(lines: Iterable[str]) -> str:
    """HTML of sentences, one under the other, each escaped; inside a block of the class `told`."""
    return "".join(f'<div class="note">{html.escape(line)}</div>' for line in lines)


def _declared(request: type, name: str) -> tuple[Any, Mapping[str, Any]]:
    declared = next(field for field in fields(request) if field.name == name)
    return declared.default, declared.metadata
