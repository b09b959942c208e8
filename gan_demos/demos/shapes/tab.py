"""The tab "3D shapes": a viewer, and four pages of what to put into it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, prepare, run
from ...errors import CancelledError
from . import generate, requests, tab_pages
from .tab_pages import Controls, Page
from .tab_style import STYLE
from .vocabulary import CLASSES, COLOURS, DIRECTIONS, FORMATS, LOOKS, MODELS, OFFERED

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
SHELF = ("model", "kind", "truncation", *DIRECTIONS, "look", "colour")  # what the shelf takes from the controls of its page
KINDS = {"shapes": ("kind",), "morph": ("kind", "to_kind"), "arithmetic": ("a_kind", "b_kind", "c_kind")}  # lists of the model's kinds


def build(demo: Demo, engine: Any) -> ui.Place:
    """The tab's components and events, inside the `gr.Tab` being built; where its results lie."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same
    with gr.Row():
        with gr.Column(min_width=320, scale=7):
            status = ui.status_line()
            with gr.Tabs(elem_id="shapes-pages", overflow_behavior="wrap") as tabs:
                page, gallery, first = tab_pages.shape()
                pages = [page, tab_pages.morph(), tab_pages.arithmetic(), tab_pages.compare()]
        with gr.Column(min_width=260, scale=3):
            shared = _settings()
            endpoints = (*(page.endpoint for page in pages), "shelf")
            results = ui.results(endpoints, "Keep it: every file but STL has its recipe inside", "shapes-files")
    ui.measured(demo, real="Real shapes")
    view = View(demo, engine, pages, shared, (gallery, first), results.files, tabs)
    view.connect(status, results.inbox)
    return ui.Place([results], {})


def _settings() -> Controls:
    """The controls that all pages share."""
    titles = [(MODELS[name], name) for name in OFFERED]
    return {
        "model": ui.radio(requests.Shape, "model", choices=titles, elem_id="shapes-model", visible=len(OFFERED) > 1),
        "look": ui.radio(requests.Shape, "look", choices=[(title, look) for look, title in LOOKS.items()], elem_id="shapes-look"),
        "colour": ui.radio(requests.Shape, "colour", choices=list(COLOURS), elem_id="shapes-colour"),
        "truncation": ui.slider(requests.Shape, "truncation", elem_id="shapes-truncation"),
        "formats": gr.CheckboxGroup(
            [format.upper() for format in FORMATS[1:]],
            value=[],
            label="More files, besides GLB",
            info="STL is for printing: z up, in millimetres.",
            elem_id="shapes-formats",
        ),
        "millimetres": ui.slider(requests.Shape, "millimetres", visible=False),
    }


@dataclass
class Session:
    """What one visitor sees. Gradio gives every visitor a copy of their own, and every event that copy itself.

    made: the parameters that each page, and the shelf, was made with. seeds: those of the shelf. turn: of the newest request. restored: the
    values of all controls for a result that was opened again, until the visitor moves one of them. seen: whether a page was opened yet.
    early: whether a result was opened again before that, on another page than the first, which is about to tell that it is open.
    """

    made: dict[str, str] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=list)
    turn: int = 0
    restored: list | None = None
    seen: bool = False
    early: bool = False


class View:
    """The events of the tab: which controls make which page, and what of it is shown.

    `controls` are all controls under the names "page.name", those that pages share under "shared.name". Every handler has their values.
    """

    def __init__(
        self, demo: Demo, engine: Any, pages: Sequence[Page], shared: Controls, shelf: tuple, files: gr.File, tabs: gr.Tabs
    ) -> None:
        self.demo, self.engine, self.files, self.tabs = demo, engine, files, tabs
        self.gallery, self.first = shelf
        self.pages = {page.name: page for page in pages}
        self.session, self.open = gr.State(Session()), gr.Textbox("shapes", visible="hidden")  # the open page, known before any answer
        self.controls = {f"shared.{name}": one for name, one in shared.items()}
        self.controls |= {f"{page.name}.{name}": one for page in pages for name, one in page.inputs.items()} | {"shelf.first": self.first}
        self.made = [files, *(output for page in pages for output in page.outputs)]

    def connect(self, status: gr.HTML, inbox: gr.JSON) -> None:
        given = [self.session, self.open, *self.controls.values()]
        everything = [*self.controls.values(), self.tabs, self.open]
        # Not preprocessed: Gradio would hold what a list still shows to choices that are on their way to it. `prepare` checks all values.
        newest = {"trigger_mode": "always_last", "concurrency_id": "shapes", "api_visibility": "private", "preprocess": False}

        def made(events: Sequence[Any], handler: Any, more: Sequence[Any] = (), outputs: Sequence[Any] = (), **how: Any) -> None:
            """`handler`, and then the shelf, whose pictures take longer than what was asked for."""
            outputs, how = [*outputs, *self.made], {**newest, "show_progress": "hidden", **how}
            done = gr.on(events, ui.with_status(handler, len(outputs)), [*more, *given], [status, *outputs], **how)
            done.then(ui.with_status(self.fill_shelf, 1), given, [status, self.gallery], preprocess=False, **QUIET)

        for page in self.pages.values():
            page.tab.select(None, None, self.open, js=f"() => '{page.name}'", **QUIET)
            made([page.tab.select], self.opened(page.name), outputs=list(self.controls.values()))
        adapting = [self.controls["shared.model"], self.controls["shapes.kind"], self.controls["shared.formats"]]
        plain = [one for one in self.controls.values() if one not in adapting and one is not self.first]
        for place, one in enumerate(self.controls.values()):
            if one in plain and isinstance(one, gr.Number):  # numbers change by their dice too, which is no input of the visitor's
                made([one.change], self.refresh([place]))
        made([one.input for one in plain if not isinstance(one, gr.Number)], self.refresh())
        made([one.input for one in adapting], self.adapted, outputs=list(self.controls.values()))
        made([inbox.change], self.restore, [inbox], everything)
        self.first.change(ui.with_status(self.fill_shelf, 1), given, [status, self.gallery], **{**newest, "show_progress": "hidden"})
        self.gallery.select(self.choose, self.session, self.controls["shapes.seed"], **QUIET)

    # Handlers

    def opened(self, name: str) -> Any:
        """The handler for a page that was opened: its lists of kinds may still be those of another model."""

        def opened(request: gr.Request, session: Session, open: str, *values: Any) -> tuple:
            early, session.seen, session.early = session.early, True, False
            if early and name == next(iter(self.pages)):
                return (gr.skip(),) * (len(self.controls) + len(self.made))
            return self.adapt(request, session, name, *ui.heard(session, values, ()))

        return opened

    def refresh(self, part: Sequence[int] | None = None) -> Any:
        """The handler for controls that moved, those at the places `part` by themselves perhaps (see `ui.heard`)."""

        def refresh(request: gr.Request, session: Session, open: str, *values: Any) -> tuple:
            return self.make(request, session, open, self.named(ui.heard(session, values, part)))

        return refresh

    def adapted(self, request: gr.Request, session: Session, open: str, *values: Any) -> tuple:
        """The model, the kind or the files were changed."""
        return self.adapt(request, session, open, *ui.heard(session, values))

    def adapt(self, request: gr.Request, session: Session, open: str, *values: Any) -> tuple:
        """The page, with what can be chosen as it fits the model, the kind and the files."""
        named, updates = self.fitted(self.named(values), open)
        return *self.set(updates), *self.make(request, session, open, named)

    def restore(self, request: gr.Request, asked: Mapping[str, Any] | None, session: Session, open: str, *values: Any) -> tuple:
        """Somebody sent a result's parameters here: set the controls to them and show it."""
        if not asked:
            return (gr.skip(),) * (len(self.controls) + 2 + len(self.made))
        parameters, named = asked["parameters"], self.named(values)
        shelf = asked["endpoint"] == "shelf"
        name = "shapes" if shelf else next(page.name for page in self.pages.values() if page.endpoint == asked["endpoint"])
        for key in self.controls:
            owner, _, part = key.partition(".")
            if owner == "shared" and part in parameters:
                named[key] = parameters[part]
        if "formats" in parameters:
            named["shared.formats"] = [format.upper() for format in parameters["formats"] if format != "glb"]
        named |= {f"{name}.{part}": value for part, value in self.pages[name].tell(parameters).items()}
        if shelf:
            named["shelf.first"] = parameters["seed"]
        named, updates = self.fitted(named, name)
        session.restored = list(named.values())
        session.early = not session.seen and name != next(iter(self.pages))
        shown = self.make(request, session, name, named)
        return *self.set({**named, **updates}), gr.Tabs(selected=name), name, *shown

    def choose(self, selected: gr.SelectData, session: Session) -> Any:
        """A shape of the shelf was clicked: its seed makes the big one."""
        return session.seeds[selected.index] if selected.index < len(session.seeds) else gr.skip()

    def fill_shelf(self, request: gr.Request, session: Session, open: str, *values: Any) -> tuple:
        """The small pictures, where what they are made of has changed."""
        named = self.named(values)
        mine = {"seed": named["shelf.first"], "count": tab_pages.SHELF}
        parameters = {**self.parameters(named, "shapes"), **mine}
        parameters = {name: parameters[name] for name in (*SHELF, *mine)}
        key = json.dumps(parameters, sort_keys=True)
        if open != "shapes" or session.made.get("shelf") == key:
            return (gr.skip(),)
        try:
            result = run(self.demo, "shelf", parameters, self.engine, owner=ui.owner_of(request, self.demo.name))
        except CancelledError:  # by a newer request, which fills the shelf itself
            return (gr.skip(),)
        shapes = result.values["shapes"]
        session.made["shelf"], session.seeds = key, [one["seed"] for one in shapes]
        paths = tab_pages.save_all(result.artefacts[: len(shapes)])
        shown = [(path, f"Seed {one['seed']}") for path, one in zip(paths, shapes, strict=True)]
        return (gr.Gallery(shown, selected_index=None),)

    # What they are made of

    def named(self, values: Sequence[Any]) -> dict[str, Any]:
        """The values of the controls by their names."""
        return dict(zip(self.controls, values, strict=True))

    def parameters(self, named: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The parameters that a page asks its endpoint with."""
        shared, own = (
            {key.partition(".")[2]: value for key, value in named.items() if key.startswith(f"{owner}.")} for owner in ("shared", name)
        )
        shared["formats"] = ["glb", *(format.lower() for format in shared["formats"])]
        return self.pages[name].ask(shared, own)

    def set(self, updates: Mapping[str, Any]) -> list[Any]:
        """A value for each control: what is new, and nothing for the others."""
        return [updates.get(name, gr.skip()) for name in self.controls]

    def fitted(self, named: dict[str, Any], page: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The controls' values as they fit the model and the kind, and updates of those of a page that depend on them.

        A page that is not open is left alone until it is opened: Gradio would hold values that it still has to new choices.
        """
        model, updates = named["shared.model"], {}
        known = tab_pages.kinds_of(model)
        for name in KINDS.get(page, ()):
            key = f"{page}.{name}"
            named[key] = named[key] if named[key] in CLASSES[model] else known[0][1]
            updates[key] = gr.Dropdown(known, value=named[key])
        if page == "shapes":
            context, _ = prepare(self.demo, "shape", {"model": model, "kind": named["shapes.kind"]}, self.engine)
            found = generate.steerable(context, model, named["shapes.kind"])
            for name in DIRECTIONS:
                key = f"shapes.{name}"
                named[key] = named[key] if name in found else 0.0
                updates[key] = gr.Slider(value=named[key], visible=name in found)
        updates["shared.millimetres"] = gr.Slider(value=named["shared.millimetres"], visible="STL" in named["shared.formats"])
        return named, updates

    def make(self, request: gr.Request, session: Session, name: str, named: Mapping[str, Any]) -> tuple:
        """Values of `made`: the page, unless it was made with just these parameters.

        Answers of different events may overtake each other, so a newer request of the visitor takes the place of what is still under way.
        """
        page, owner = self.pages[name], ui.owner_of(request, self.demo.name)
        parameters = self.parameters(named, name)
        key = json.dumps(parameters, sort_keys=True)
        if session.made.get(name) == key:
            return (gr.skip(),) * len(self.made)
        session.turn = turn = session.turn + 1
        self.engine.cancel(owner)
        try:
            result = run(self.demo, page.endpoint, parameters, self.engine, owner=owner)
        except CancelledError:
            if session.turn == turn:
                raise
            return (gr.skip(),) * len(self.made)
        if session.turn != turn:
            return (gr.skip(),) * len(self.made)
        session.made[name] = key
        return self.shown(page, result)

    def shown(self, page: Page, result: Result) -> tuple:
        """Values of `made` with a new result for one page; the others stay."""
        paths = tab_pages.save_all(result.artefacts)
        values: list[Any] = [paths]
        for one in self.pages.values():
            values += page.show(result, paths) if one is page else [gr.skip()] * len(one.outputs)
        return tuple(values)
