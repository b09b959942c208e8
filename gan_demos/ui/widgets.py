"""Small widgets that several tabs share."""

import html
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from gan_demos.parameters import MAX_SEED


def seed_row(value: int = 0, high: int = MAX_SEED, label: str = "Seed") -> tuple[gr.Number, gr.Button]:
    """A seed and a die beside it. Clicking the die writes a whole number of [0, high] into the seed, in the browser alone.

    Returns (seed, die): listen to `seed.change` to act on either. The die's number comes from the browser, so no request is spent on it.
    """
    with gr.Row(elem_classes=["seed-row", "keep-row"]):
        seed = gr.Number(value, label=label, precision=0, info="The same seed makes the same result.", scale=4, min_width=120)
        die = gr.Button("⚄ Roll", elem_classes="dice", scale=0, min_width=84, variant="secondary")
    die.click(None, None, seed, js=f"() => Math.floor(Math.random() * {int(high) + 1})", api_visibility="private")
    return seed, die


def downloads(label: str = "Download", elem_id: str | None = None, visible: bool = True) -> gr.File:
    """A list of files to download. Its value is a list of paths, as `save_artefact` gives them."""
    return gr.File(label=label, file_count="multiple", interactive=False, elem_id=elem_id, visible=visible)


def status_line() -> gr.HTML:
    """One line under a result for what went wrong; empty while all is well. The first output of a `with_status` handler."""
    return gr.HTML("", elem_classes="status-line", padding=False)


def facts_line(values: Mapping[str, Any] | None = None) -> gr.HTML:
    """A place for the facts of a result; its value is what `facts` returns."""
    return gr.HTML(facts(values or {}), padding=False)


def facts(values: Mapping[str, Any]) -> str:
    """HTML of a small two-column table: the values of a `Result`, escaped. Empty for no values."""
    if not values:
        return ""
    cells = ((html.escape(str(key).replace("_", " ")), html.escape(_plain(value))) for key, value in values.items())
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in cells)
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def problem_note(sentence: str) -> gr.HTML:
    """A sentence in place of a tab, or of a part of one, that cannot work here."""
    return gr.HTML(f'<div class="problem-note" role="alert">{html.escape(sentence)}</div>')


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
