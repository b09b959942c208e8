"""The four pages of the tab: one shape and a shelf of others, a morph, arithmetic, a comparison. Each asks for a result and shows it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Artefact, Result
from . import requests
from .tab_viewer import VIEWER, VIEWER_SCRIPT
from .vocabulary import CLASSES, DIRECTIONS, OFFERED, TITLES

SHELF = 9
SIZES = ("width", "height", "depth")
TERMS = (("a", "chair", 3), ("b", "table", 3), ("c", "desk", 8))
Controls = dict[str, gr.components.Component]


@dataclass(frozen=True)
class Page:
    """A page: its tab, the controls only it has, the endpoint it asks and its parameters, what it shows and how.

    `ask(shared, own)` gives the parameters from the values of the controls, by name; `tell(parameters)` is the way back, the values of the
    page's own controls. `show(result)` gives the values of `outputs`, for a result with its files at `paths`.
    """

    name: str
    tab: gr.Tab
    inputs: Controls
    outputs: list[gr.components.Component]
    ask: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
    tell: Callable[[Mapping[str, Any]], dict[str, Any]]
    show: Callable[[Result, Sequence[str]], tuple]
    endpoint: str


def shape() -> tuple[Page, gr.Gallery, gr.Number]:
    """One shape in the viewer, and the shelf below it: its gallery and the seed that it begins with."""
    with gr.Tab("Shapes", id="shapes", elem_id="shapes-page-shape", render_children=True) as tab:
        with gr.Row():
            kind = _kind("Kind", requests.FIRST_KIND)
            with gr.Column(min_width=220, scale=2):
                seed, _ = ui.seed_row(0)
        view = _viewer("shapes-viewer")
        told = gr.HTML(elem_classes="told", elem_id="shapes-told", padding=False)
        with gr.Row(elem_id="shapes-directions"):
            moves = {name: ui.slider(requests.Shape, name, info=None, min_width=150, elem_id=f"shapes-{name}") for name in DIRECTIONS}
        with gr.Row(elem_classes="keep-row"):
            gr.Markdown("**A shelf of others** · click one to open it above")
            others = gr.Button("Nine others", scale=0, min_width=150, elem_id="shapes-others")
        gallery = ui.gallery("shapes-shelf", "A shelf of shapes", columns=5)
        first = gr.Number(0, precision=0, visible="hidden", elem_id="shapes-first")
        others.click(None, first, first, js=f"(first) => (first + {SHELF}) % 4294967296", api_visibility="private")

    def ask(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        return {**shared, **own}

    def tell(parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: parameters[name] for name in ("kind", "seed", *DIRECTIONS)}

    def show(result: Result, paths: Sequence[str]) -> tuple:
        return *_shown(result, paths), facts(result)

    return Page("shapes", tab, {"kind": kind, "seed": seed, **moves}, [view, told], ask, tell, show, "shape"), gallery, first


def morph() -> Page:
    """From one shape to another."""
    with gr.Tab("Morph", id="morph", elem_id="shapes-page-morph", render_children=True) as tab:
        with gr.Row():
            with gr.Column(min_width=240):
                kind = _kind("From", requests.FIRST_KIND)
                seed, _ = ui.seed_row(0, label="From seed")
            with gr.Column(min_width=240):
                to_kind = _kind("To", requests.SECOND_KIND)
                to_seed, _ = ui.seed_row(1, label="To seed")
        look = {"interactive": False, "show_label": False, "autoplay": True, "loop": True, "height": 340}
        video = gr.Video(label="From one to the other and back, turning", elem_id="shapes-video", **look)
        frames = ui.slider(requests.Morph, "frames")
        told = gr.HTML(elem_classes="told", padding=False)
    inputs = {"kind": kind, "seed": seed, "to_kind": to_kind, "to_seed": to_seed, "frames": frames}
    shared_names = ("model", "truncation", "look", "colour")

    def ask(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        return {**{name: shared[name] for name in shared_names}, **own}

    def show(result: Result, paths: Sequence[str]) -> tuple:
        return paths[0], ui.notes(result.values["notes"])

    return Page("morph", tab, inputs, [video, told], ask, lambda given: {name: given[name] for name in inputs}, show, "morph")


def arithmetic() -> Page:
    """a - b + c."""
    look = {"id": "arithmetic", "elem_id": "shapes-page-arithmetic", "render_children": True}
    with gr.Tab("Arithmetic", **look) as tab, gr.Column(elem_id="shapes-arithmetic"):
        gr.Markdown("What is **a** that **b** is not, put into **c**: a - b + c in the model's own space.")
        inputs: Controls = {}
        with gr.Row(elem_classes="shapes-terms"):
            for name, kind, seed in TERMS:
                with gr.Column(min_width=200):
                    inputs[f"{name}_kind"] = _kind({"a": "a", "b": "- b", "c": "+ c"}[name], kind)
                    inputs[f"{name}_seed"], _ = ui.seed_row(seed, label=f"Seed of {name}")
        look = {"interactive": False, "show_label": False, "buttons": [], "height": 170, "alt_text": "a, b, c and their sum"}
        strip = gr.Image(label="a, b, c and the sum", elem_id="shapes-strip", **look)
        view = _viewer("shapes-sum")
        told = gr.HTML(elem_classes="told", padding=False)

    def ask(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        return {**shared, **{name: {"kind": own[f"{name}_kind"], "seed": own[f"{name}_seed"]} for name in "abc"}}

    def tell(parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{name}_{part}": parameters[name][part] for name in "abc" for part in ("kind", "seed")}

    def show(result: Result, paths: Sequence[str]) -> tuple:
        return paths[-1], *_shown(result, paths), facts(result)

    return Page("arithmetic", tab, inputs, [strip, view, told], ask, tell, show, "arithmetic")


def compare() -> Page:
    """One kind and seed by every model."""
    with gr.Tab("Compare models", id="compare", elem_id="shapes-page-compare", render_children=True) as tab:
        with gr.Row():
            kind = gr.Dropdown([(title, key) for key, title in TITLES.items()], value=requests.FIRST_KIND, label="Kind", filterable=False)
            with gr.Column(min_width=220, scale=2):
                seed, _ = ui.seed_row(0)
        gallery = ui.gallery("shapes-compared", "The same kind and seed by every model that knows it", columns=3)
        told = gr.HTML(elem_classes="told", padding=False)

    def ask(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        return {"truncation": shared["truncation"], "colour": shared["colour"], **own}

    def show(result: Result, paths: Sequence[str]) -> tuple:
        shown = [(path, one["title"]) for path, one in zip(paths, result.values["models"], strict=False)]
        return gr.Gallery(shown, selected_index=None), ui.notes(result.values["notes"])

    inputs = {"kind": kind, "seed": seed}
    return Page("compare", tab, inputs, [gallery, told], ask, lambda given: {name: given[name] for name in inputs}, show, "compare")


def kinds_of(model: str) -> list[tuple[str, str]]:
    """The choices of a list of kinds."""
    return [(title, kind) for kind, title in CLASSES[model].items()]


def facts(result: Result) -> str:
    """HTML of what was measured, and of the notes."""
    values = result.values
    size = values["size"]
    lines = {
        "Width × height × depth": " × ".join(f"{100 * size[name]:.0f}" for name in SIZES) + " % of the cube it is drawn in",
        "Underside above the floor": f"{100 * size['legs']:.0f} %",
        "Triangles": f"{values['triangles']:,}",
    }
    if "watertight" in values:
        lines["STL is watertight"] = values["watertight"]
    return ui.facts(lines) + ui.notes(values["notes"])


def save_all(artefacts: Sequence[Artefact]) -> list[str]:
    """Paths of the files, in their order."""
    return [ui.save_artefact(artefact) for artefact in artefacts]


def _shown(result: Result, paths: Sequence[str]) -> tuple:
    """The value of a viewer: the result's GLB."""
    path = next(path for path, artefact in zip(paths, result.artefacts, strict=True) if artefact.suffix == ".glb")
    return ({"file": gr.FileData(path=path).model_dump(), "turn": secrets.token_hex(4)},)


def _viewer(elem_id: str) -> gr.HTML:
    look = {"apply_default_css": False, "elem_classes": "shape-viewer", "padding": False}
    return gr.HTML(html_template=VIEWER, js_on_load=VIEWER_SCRIPT, elem_id=elem_id, **look)


def _kind(label: str, value: str) -> gr.Dropdown:
    known = kinds_of(OFFERED[0])
    value = value if value in CLASSES[OFFERED[0]] else known[0][1]
    return gr.Dropdown(known, value=value, label=label, filterable=False, min_width=130)
