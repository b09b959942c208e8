"""What was measured on a demo's checkpoints, as its tab shows it."""

import html
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from gan_demos import checkpoints
from gan_demos.demo import Demo
from gan_demos.errors import CheckpointError


def measured(demo: Demo, real: str) -> None:
    """What was measured on the demo's checkpoints, and what they cannot do, in a part that can be opened.

    `real` heads the column of the same measures on real data.
    """
    with gr.Accordion("How good is it?", open=False, elem_id=f"{demo.name}-measured"):
        cards = "".join(_card(name, real) for name in demo.checkpoints)
        gr.HTML(cards or "<p>Nothing has been measured yet.</p>", elem_classes="measured-cards")


def _card(name: str, real: str) -> str:
    try:
        facts = json.loads((checkpoints.folder(name) / "metrics.json").read_text(encoding="utf-8"))
        rows = "".join(_row(metric, value) for metric, value in facts["metrics"].items())
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in facts.get("notes", []))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CheckpointError):
        return ""
    heads = ("Measured on held-out data", "This model", "Lowest to highest", real, "Aim")
    head = "<tr>" + "".join(f"<th>{html.escape(text)}</th>" for text in heads) + "</tr>"
    failures = f"<p>Known failures:</p><ul>{notes}</ul>" if notes else ""
    return f"<h4>{html.escape(name)}</h4><table><thead>{head}</thead><tbody>{rows}</tbody></table>{failures}"


def _row(metric: str, value: Mapping[str, Any]) -> str:
    floor = "" if value.get("floor") is None else f"{value['floor']:.3g}"
    cells = (metric, f"{value['mean']:.3g}", f"{value['low']:.3g} to {value['high']:.3g}", floor, str(value.get("bar") or ""))
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
