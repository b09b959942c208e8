"""The three pages of the tab: before and after, every domain, step by step. Each says what it asks for and how it shows the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Result
from . import requests, tab_chips, tab_html, tab_inputs
from .requests import MAX_STEPS
from .vocabulary import FACES, SLOTS

START_PICTURE = "face-1"
SMALL = {"interactive": False, "type": "filepath", "show_label": False, "buttons": [], "height": 140, "scale": 0, "min_width": 140}
Asked = tuple[str, dict[str, Any]]  # an endpoint and its parameters


@dataclass(frozen=True)
class Controls:
    """What a person chose: the open page, the model, how strong, whether to swap back, and the value of each row of chips."""

    page: str = "swap"
    model: str = FACES
    strength: float = 1.0
    cycle: bool = True
    chips: tuple[str, ...] = tuple(tab_chips.START.get(slot, tab_chips.KEPT) for slot in SLOTS)

    @property
    def edits(self) -> dict[str, str]:
        """What the chips ask of the model."""
        return tab_chips.edits(self.model, self.chips)


@dataclass
class Session:
    """What one visitor sees. Gradio gives every visitor a copy of their own, and every event that copy itself.

    picture: the one that was given, as requests take it. steps: those on the list. domains: of a grid that does not show all of them.
    picked: (slot, value) of the one that was clicked. controls: as they were last known. made: what each page was made of. files: those of
    each page. shown: the files of the grid's pictures, and its facts. turn: of the newest request. opening: the page of a result that is
    being opened again.
    """

    picture: dict | str = START_PICTURE
    steps: tuple[dict[str, str], ...] = ()
    domains: tuple[str, ...] = ()
    picked: tuple[str, str] | None = None
    controls: Controls | None = None
    made: dict[str, Asked] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    shown: tuple[list[str], dict[str, Any]] = field(default_factory=lambda: ([], {}))
    turn: int = 0
    opening: str = ""


@dataclass(frozen=True)
class Page:
    """A page: its tab, what it shows and how.

    `ask(controls, session)` says what to ask for. `show(result, session)` gives the values of `outputs`; the first of them is where
    progress is shown. `session.files` has the page's files then.
    """

    name: str
    tab: gr.Tab
    outputs: list[gr.components.Component]
    ask: Callable[[Controls, Session], Asked]
    show: Callable[[Result, Session], tuple]


@dataclass(frozen=True)
class Buttons:
    """What can be clicked on the pages."""

    cycle: gr.Checkbox
    gallery: gr.Gallery
    picked: gr.Image
    about: gr.HTML
    every: gr.Button
    add: gr.Button
    undo: gr.Button


def build() -> tuple[list[Page], Buttons]:
    """The pages in their order, and what can be clicked on them."""
    swap, cycle = _swap()
    grid, every = _grid()
    chain, add, undo = _chain()
    gallery, picked, about = grid.outputs[:3]
    return [swap, grid, chain], Buttons(cycle, gallery, picked, about, every, add, undo)


def steps_of(controls: Controls, session: Session) -> tuple[dict[str, str], ...]:
    """The steps on the list, and the present edits as the next one."""
    return (*session.steps, *([controls.edits] if controls.edits else []))[:MAX_STEPS]


def picked_of(session: Session) -> tuple[str | None, str]:
    """The picture that was clicked in the grid, and what it is; a hint if there is none."""
    paths, values = session.shown
    pairs = [(one["slot"], one["value"]) for one in values.get("domains", ())]
    number = pairs.index(session.picked) if session.picked in pairs else None
    return None if number is None else paths[number], tab_html.picked(values, number)


def _swap() -> tuple[Page, gr.Checkbox]:
    with gr.Tab("Before and after", id="swap", elem_id="swap-page-swap") as tab:
        with gr.Row():
            look = {"interactive": False, "type": "filepath", "show_label": False, "buttons": ["fullscreen"], "max_height": 420}
            slider = gr.ImageSlider(label="Before and after", elem_id="swap-slider", min_width=280, scale=3, **look)
            with gr.Column(min_width=150, scale=1, elem_id="swap-back-side"):
                cycle = gr.Checkbox(True, label="And back again", elem_id="swap-cycle", container=False)
                back = gr.Image(label="Swapped back", elem_id="swap-back", alt_text="The result, swapped back", **SMALL)
                facts = gr.HTML(elem_id="swap-facts", padding=False)

    def ask(controls: Controls, session: Session) -> Asked:
        given = {"picture": session.picture, "model": controls.model}
        if not controls.edits:
            return "look", given
        return "swap", {**given, "edits": controls.edits, "strength": controls.strength, "cycle": controls.cycle}

    def show(result: Result, session: Session) -> tuple:
        paths = {artefact.name: ui.save_artefact(artefact) for artefact in result.artefacts}
        before = paths.get("before") or paths["prepared"]
        again = gr.Image(paths.get("back-again"), visible="back-again" in paths)
        return (before, paths.get("swapped", before)), again, tab_html.swapped(result.values)

    return Page("swap", tab, [slider, back, facts], ask, show), cycle


def _grid() -> tuple[Page, gr.Button]:
    with gr.Tab("Every domain", id="grid", elem_id="swap-page-grid") as tab:
        with gr.Row(elem_classes="keep-row"):
            picked = gr.Image(label="Chosen", visible=False, elem_id="swap-picked", **SMALL)
            about = gr.HTML(elem_id="swap-picked-facts", padding=False)
        gallery = ui.gallery("swap-gallery", "Every domain", columns=6)
        every = gr.Button("Show every domain", size="sm", visible=False)

    def ask(controls: Controls, session: Session) -> Asked:
        given = {"picture": session.picture, "model": controls.model, "strength": controls.strength}
        return "grid", {**given, "domains": list(session.domains)}

    def show(result: Result, session: Session) -> tuple:
        domains = result.values["domains"]
        session.shown = session.files["grid"][: len(domains)], result.values
        pictures = [(path, one["title"]) for path, one in zip(session.shown[0], domains, strict=True)]
        path, facts = picked_of(session)
        shown = gr.Gallery(pictures, selected_index=None)
        return shown, gr.Image(path, visible=path is not None), facts, gr.Button(visible=bool(session.domains))

    return Page("grid", tab, [gallery, picked, about, every], ask, show), every


def _chain() -> tuple[Page, gr.Button, gr.Button]:
    with gr.Tab("Step by step", id="chain", elem_id="swap-page-chain") as tab:
        gallery = ui.gallery("swap-steps", "From the picture to the last step", columns=5)
        about = gr.HTML(elem_id="swap-steps-facts", padding=False)
        with gr.Row(elem_classes="keep-row"):
            add = gr.Button("+ Put this step on the list", variant="primary", min_width=160, elem_id="swap-add")
            undo = gr.Button("↶ Undo the last step", min_width=140, interactive=False, elem_id="swap-undo")

    def ask(controls: Controls, session: Session) -> Asked:
        given = {"picture": session.picture, "model": controls.model}
        steps = steps_of(controls, session)
        if not steps:
            return "look", given
        return "chain", {**given, "strength": controls.strength, "steps": list(steps)}

    def show(result: Result, session: Session) -> tuple:
        facts, kept = result.values.get("steps", []), len(session.steps)
        paths = {artefact.name: ui.save_artefact(artefact) for artefact in result.artefacts}
        pictures = [(tab_inputs.shown(session.picture), "the picture")]
        for number, one in enumerate(facts, 1):
            pictures.append((paths[f"step-{number}"], tab_html.caption(number, kept, one["edits"])))
        buttons = gr.Button(interactive=len(facts) > kept), gr.Button(interactive=kept > 0)
        return gr.Gallery(pictures, selected_index=None), tab_html.steps(result.values, kept, MAX_STEPS), *buttons

    return Page("chain", tab, [gallery, about, add, undo], ask, show), add, undo


def restored(request: Any, endpoint: str, before: Sequence[str], session: Session) -> Controls:
    """The controls that make a request again; what is no control goes to the session."""
    edits: dict[str, str] = {}
    session.picture, session.steps, session.domains = request.picture, (), ()
    if isinstance(request, requests.Swap):
        edits = request.edits
    elif isinstance(request, requests.Chain):
        session.steps = request.steps
    elif isinstance(request, requests.Grid):
        session.domains = request.domains
        edits = tab_chips.edits(request.model, before)
    chips = tab_chips.values(before, request.model, edits)
    return Controls(endpoint, request.model, request.strength, getattr(request, "cycle", True), chips)
