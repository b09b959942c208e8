"""The page "Guidance": the chosen picture is drawn towards its prompt step by step, and every step can be seen."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from ... import ui
from ...demo import Demo, Result, prepare
from ...errors import CancelledError, UserError
from . import generate, requests, tab_html
from .generate import Preview
from .tab_pages import Asked, Made, Page, Picture, picture_of

PREVIEW_SECONDS = 0.2  # between two pictures that are sent to the page
IDLE = "Press Start: CLIP looks at the picture, says what would make it fit the prompt better, and a small step is made; again and again."


@dataclass(frozen=True)
class Controls:
    """What the page can be told, besides its sliders."""

    start: gr.Button
    stop: gr.Button
    keep: gr.Button


@dataclass(frozen=True)
class Guided:
    """What guidance has come to: the picture, and the files to download."""

    picture: Picture
    files: list[str]


def page(stop_work: Callable[..., None]) -> tuple[Page, Controls]:
    """The page, which shows the chosen picture until guidance starts; `stop_work` ends what a visitor has under way."""
    with gr.Tab("Guidance", id="guidance", elem_id="pictures-page-guidance") as tab:
        view = gr.HTML(elem_id="pictures-guidance", padding=False)
        with gr.Row(elem_classes="keep-row"):
            start = gr.Button("▶ Start", variant="primary", min_width=90, elem_id="pictures-guide")
            stop = gr.Button("■ Stop", min_width=90, interactive=False, elem_id="pictures-stop")
            keep = gr.Button("Keep this picture", min_width=120, interactive=False, elem_id="pictures-keep")
        with gr.Row():
            steps = ui.slider(requests.Guide, "steps", info=None, min_width=200)
            strength = ui.slider(requests.Guide, "strength", label="How far it may go", info=None, min_width=200)
    stop.click(stop_work, show_progress="hidden", api_visibility="private")

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        return []  # it is asked for by the button

    def show(made: Made) -> tuple:
        return tab_html.guidance(made.chosen, None, IDLE), *buttons(running=False)

    inputs, outputs = {"steps": steps, "strength": strength}, [view, start, stop, keep]
    return Page("guidance", tab, ("guide",), inputs, outputs, ask, show, of_picture=True), Controls(start, stop, keep)


def buttons(running: bool, result: bool = False) -> tuple[gr.Button, gr.Button, gr.Button]:
    """Which of start, stop and keep can be pressed."""
    return gr.Button(interactive=not running), gr.Button(interactive=running), gr.Button(interactive=result)


def climb(demo: Demo, engine: Any, owner: str, start: Picture | None, steps: int, strength: float) -> Iterator[tuple[tuple, Guided | None]]:
    """Guidance from the picture `start`: the values of the page's outputs for each preview, and with the last of them what it has come to.

    What fails leaves the page as it was before and is raised. A visitor who stops it gets the best so far.
    """
    if start is None:
        raise UserError("Draw a picture first.")
    asked = {**start["asked"], "steps": steps, "strength": strength}
    context, request = prepare(demo, "guide", asked, engine, owner, gr.Info)
    scores: list[float] = []
    shown_at = float("-inf")
    try:
        for found in generate.stream(context, request):
            if isinstance(found, Preview):
                scores.append(found.score)
                if time.monotonic() - shown_at >= PREVIEW_SECONDS:
                    yield (_preview(start, found, scores), *buttons(running=True)), None
                    shown_at = time.monotonic()
            else:
                yield _end(start, asked, found)
    except CancelledError:
        yield (tab_html.guidance(start, None, "Stopped before the first step."), *buttons(running=False)), None
    except UserError:
        yield (tab_html.guidance(start, None, IDLE), *buttons(running=False)), None
        raise


def _preview(start: Picture, found: Preview, scores: list[float]) -> str:
    now = {"data": _png(found.picture), "clip_score": found.score}
    state = f"Step {found.step} of {found.steps}"
    return tab_html.guidance(start, now, state, (found.step, found.steps), scores)


def _end(start: Picture, asked: dict[str, Any], result: Result) -> tuple[tuple, Guided]:
    values = result.values
    picture = {**picture_of(asked, values["picture"], result.artefacts[0]), "guided": True}
    done = f"Stopped after {values['steps']} steps" if values["stopped"] else f"Done, {values['steps']} steps"
    best = f"this is step {values['step']}, the best on the way" if values["step"] else "none of them fits better than the start"
    view = tab_html.guidance(start, picture, f"{done}; {best}.", (values["steps"], asked["steps"]), values["scores"])
    guided = Guided(picture, [ui.save_artefact(artefact) for artefact in result.artefacts])
    return (view, *buttons(running=False, result=values["step"] > 0)), guided


def _png(picture: np.ndarray) -> bytes:
    """A picture on the way: it is shown and gone, so it has no recipe."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()
