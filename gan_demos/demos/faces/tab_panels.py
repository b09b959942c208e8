"""The four pages of the tab: faces, more like one of them, a mix of two prompts, and a walk. Each asks for a result and shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Result
from . import requests
from .tab_chips import chips

SECOND = "old man with a white beard, blue beanie, angry"
COLUMNS = 4


@dataclass(frozen=True)
class Page:
    """A page: its tab, the controls only it has by the parameters that they set, the endpoint it asks, what it shows and how.

    `ask(shared, own, face)` gives the parameters from those of the shared controls, those of its own, and the face that is chosen.
    `show(result)` gives the values of `outputs`.
    """

    name: str
    tab: gr.Tab
    inputs: dict[str, gr.components.Component]
    outputs: list[gr.components.Component]
    ask: Callable[[dict[str, Any], dict[str, Any], Mapping[str, Any] | None], dict[str, Any]]
    show: Callable[[Result], tuple]

    @property
    def main(self) -> gr.components.Component:
        """Where progress is shown while the page is made."""
        return self.outputs[0]


def faces() -> Page:
    """Several faces of the prompt."""
    with gr.Tab("Faces", id="faces", elem_id="faces-page-faces") as tab:
        gallery = ui.gallery("faces-gallery", "Faces")
        count = ui.slider(requests.Faces, "count", info=None)
    return Page("faces", tab, {"count": count}, [gallery], lambda shared, own, face: {**shared, **own}, _portraits)


def more() -> Page:
    """Variations of the face that is chosen."""
    with gr.Tab("More like this", id="more", elem_id="faces-page-more") as tab:
        gallery = ui.gallery("faces-more", "Variations")
        with gr.Row():
            amount = ui.slider(requests.More, "amount")
            first = gr.Number(1, label="First", precision=0, visible="hidden")
            again = gr.Button("Others", scale=0, min_width=120)
        again.click(None, first, first, js=f"(first) => (first + {COLUMNS}) % 1000000", api_visibility="private")

    def ask(shared: dict[str, Any], own: dict[str, Any], face: Mapping[str, Any] | None) -> dict[str, Any]:
        base = {"seed": face["seed"], "face": face["values"]} if face else {}
        return {**shared, **base, **own, "count": COLUMNS}

    return Page("more", tab, {"amount": amount, "first": first}, [gallery], ask, _portraits)


def mix() -> Page:
    """A face between two prompts."""
    with gr.Tab("Mix two prompts", id="mix", elem_id="faces-page-mix") as tab:
        other = gr.Textbox(
            SECOND,
            label="Second prompt",
            info="The first is the description that all pages share. Then press Enter.",
            elem_id="faces-other",
        )
        told = gr.HTML(elem_classes="told", padding=False)
        weight = ui.slider(requests.Mix, "weight", label="Between the first (0) and the second (1)", info=None)
        with gr.Row():
            middle = _picture("The mix", "faces-middle", min_width=200, scale=1)
            strip = _picture("From the first to the second", "faces-strip", min_width=280, scale=3, show_label=False)
        facts = ui.facts_line()

    def ask(shared: dict[str, Any], own: dict[str, Any], face: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**shared, **own}

    def show(result: Result) -> tuple:
        paths = [ui.save_artefact(artefact) for artefact in result.artefacts]
        values = result.values
        lines = {
            "They differ in": ", ".join(values["differ"]).lower() or "nothing that the model draws",
            "CLIP score of the mix": f"{_score(values['prompt'])} with the first prompt, {_score(values['other'])} with the second",
        }
        return *paths, chips(values["other"], {}), ui.facts(lines)

    return Page("mix", tab, {"other": other, "weight": weight}, [middle, strip, told, facts], ask, show)


def walk(stop_work: Callable[[gr.Request], None]) -> Page:
    """A walk through faces, as a video, which takes seconds and can be stopped: `stop_work` does it."""
    with gr.Tab("Walk", id="walk", elem_id="faces-page-walk") as tab:
        look = {"interactive": False, "show_label": False, "autoplay": True, "loop": True, "height": 300}
        video = gr.Video(label="A walk that ends where it began", elem_id="faces-video", **look)
        stop = gr.Button("■ Stop drawing", size="sm")
        other = gr.Textbox("", label="Second prompt (may stay empty)", info="With one, the faces show the two descriptions in turn.")
        with gr.Row():
            steering = {name: ui.slider(requests.Walk, name, min_width=180, info=None) for name in ("stops", "frames", "rate")}

    def ask(shared: dict[str, Any], own: dict[str, Any], face: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**shared, **own}

    def show(result: Result) -> tuple:
        return (ui.save_artefact(result.artefacts[0]),)

    stop.click(stop_work, show_progress="hidden", api_visibility="private")

    return Page("walk", tab, {"other": other, **steering}, [video], ask, show)


def faces_of(result: Result) -> list[dict[str, Any]]:
    """The faces of a result, each with its seed, values and the path of its picture."""
    pictures = [ui.save_artefact(artefact) for artefact in result.artefacts]
    return [{**face, "path": path} for face, path in zip(result.values.get("faces", []), pictures, strict=False)]


def _portraits(result: Result) -> tuple:
    shown = [(face["path"], f"CLIP {_score(face)}") for face in faces_of(result)]
    return (gr.Gallery(shown, selected_index=None),)


def _score(face: Mapping[str, Any]) -> str:
    return "–" if face["clip_score"] is None else f"{face['clip_score']:.2f}"


def _picture(label: str, name: str, **look: Any) -> gr.Image:
    return gr.Image(label=label, interactive=False, buttons=["fullscreen"], elem_id=name, **look)
