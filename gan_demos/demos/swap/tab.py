"""The tab "Domain swap": a picture, chips of what shall change, and three pages of what comes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, run
from ...errors import CancelledError, UserError
from ...parameters import check_request
from . import requests, tab_chips, tab_html, tab_inputs, tab_pages
from .tab_inputs import Given, Inputs
from .tab_pages import Buttons, Controls, Page, Session
from .tab_style import STYLE
from .vocabulary import FACES, MODEL_TITLES

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
HELP = "A cartoon face can change its hair, skin, glasses and more; an emoji its drawing style."


def build(demo: Demo, engine: Any) -> ui.Place:
    """The tab's components and events, inside the `gr.Tab` being built."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same
    models = tab_inputs.offered(demo)
    # On a phone the pages come between the picture and the chips; see the style.
    with gr.Row(elem_id="swap-room"):
        with gr.Column(min_width=320, elem_id="swap-given"):
            inputs = tab_inputs.build(models)
            with gr.Row(elem_id="swap-picture-row", elem_classes="keep-row"):
                look = {"interactive": False, "show_label": False, "buttons": [], "height": 112, "scale": 0, "min_width": 112}
                picture = gr.Image(label="The picture", elem_id="swap-picture", alt_text="The picture as the model takes it", **look)
                told = gr.HTML(elem_classes="told", elem_id="swap-told", padding=False)
        with gr.Column(min_width=320, elem_id="swap-side"):
            status = ui.status_line()
            with gr.Tabs(elem_id="swap-pages", overflow_behavior="wrap") as tabs:
                pages, buttons = tab_pages.build()
            strength = ui.slider(requests.Swap, "strength", label="How much of the change is seen", info=None, elem_id="swap-strength")
        with gr.Column(min_width=320, elem_id="swap-chips"):
            titles = [(MODEL_TITLES[name], name) for name in models]
            look = {"label": "What is in the picture?", "info": HELP, "elem_id": "swap-model", "elem_classes": "swap-chips"}
            model = gr.Radio(titles, value=FACES, visible=len(models) > 1, **look)
            chips = tab_chips.build(FACES)
    results = ui.results(
        ("swap", "grid", "chain"), "Keep it: every file has its recipe inside", "swap-files", picked={"grid": buttons.picked}
    )
    ui.measured(demo, real="True drawings")
    view = View(demo, engine, pages, [model, strength, buttons.cycle, *chips], [picture, told, results.files, tabs])
    view.connect(status, tabs, inputs, buttons, results.inbox)
    return ui.Place([results], {"image": inputs.file})


class View:
    """The events of the tab: which controls make which page, and what of it is shown.

    Every handler works on the visitor's `session` and on `values`: the page that is open, the model, strength, cycle, and each row of
    chips. What changes pictures or controls shows that first and then makes the open page.
    """

    def __init__(self, demo: Demo, engine: Any, pages: Sequence[Page], controls: list, outputs: list) -> None:
        self.demo, self.engine, self.pages = demo, engine, {page.name: page for page in pages}
        self.session = gr.State(Session())
        self.open = gr.Textbox("swap", visible="hidden")  # the page that is open: the browser knows it before any answer comes
        self.controls = controls
        self.given = [self.session, self.open, *controls]
        self.outputs = [self.open, *controls, *outputs, *(output for page in pages for output in page.outputs)]

    def connect(self, status: gr.HTML, tabs: gr.Tabs, inputs: Inputs, buttons: Buttons, inbox: gr.JSON) -> None:
        everything = [status, *self.outputs]
        main = [page.outputs[0] for page in self.pages.values()]
        # One queue for all of them, or Gradio would start them in random order; several may still run side by side.
        how = {"show_progress": "minimal", "show_progress_on": main, "api_visibility": "private", "concurrency_id": "swap"}

        def on(events: Sequence[Any], handler: Any, more: Sequence[Any] = (), **other: Any) -> None:
            gr.on(events, ui.with_status(handler, len(self.outputs)), [*more, *self.given], everything, **{**how, **other})

        for page in self.pages.values():
            page.tab.select(None, None, self.open, js=ui.open_page(tabs), **QUIET)
            on([page.tab.select], self.opened, js=ui.open_page(tabs, 1))
        model, *others = self.controls
        on([control.input for control in others], self.changed, trigger_mode="always_last")
        on([model.input], self.other_model, trigger_mode="always_last")
        on([inputs.examples.select], self.example)
        on([buttons.gallery.select], self.pick)
        on([buttons.every.click], self.every_domain)
        on([buttons.add.click], self.add)
        on([buttons.undo.click], self.undo)
        take = {"trigger_mode": "always_last", **how}
        inputs.file.change(self.take, [inputs.file, *self.given], [inputs.file, *everything], preprocess=False, **take)
        inputs.drawing.change(self.drawn_on(inputs.drawing), [inputs.drawing, *self.given], everything, preprocess=False, **take)
        on([inbox.change], self.restore, [inbox], trigger_mode="always_last")

    # Handlers. Each returns the values of `outputs`, or yields them: first what is known at once, then the page.

    def opened(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        """A page was opened."""
        # What the browser says of controls may be older: a tab that opens because something was sent to it does not know yet what that is.
        controls = self.read(values)
        if session.opening not in ("", controls.page):  # the first page of a tab that is being built, which is about to be left
            return (gr.skip(),) * len(self.outputs)
        return self.make(request, session, replace(session.controls or controls, page=controls.page))

    def changed(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        """Chips, strength or cycle were moved."""
        return self.make(request, session, self.read(values))

    def other_model(self, request: gr.Request, session: Session, *values: Any) -> Iterator[tuple]:
        """The other model was chosen."""
        yield from self.start(request, session, self.read(values), Given(session.picture, values[1]))

    def example(self, request: gr.Request, selected: gr.SelectData, session: Session, *values: Any) -> Iterator[tuple]:
        """An example was clicked."""
        given = tab_inputs.example(selected.index, tab_inputs.offered(self.demo))
        yield from self.start(request, session, self.read(values), given)

    def pick(self, request: gr.Request, selected: gr.SelectData, session: Session, *values: Any) -> tuple:
        """A domain of the grid was clicked: it becomes what is asked for."""
        one = session.shown[1]["domains"][selected.index]
        session.picked = slot, value = one["slot"], one["value"]
        controls = self.read(values)
        session.controls = controls = replace(controls, chips=tab_chips.values(controls.chips, controls.model, {slot: value}))
        path, about = tab_pages.picked_of(session)
        grid = [gr.skip(), gr.Image(path, visible=True), about, gr.skip()]
        return self.answer(session, controls, all_controls=True, shown={"grid": grid})

    def every_domain(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        session.domains = ()
        return self.make(request, session, self.read(values))

    def add(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        """The present edits become a step of the list, and nothing is asked for next."""
        controls = self.read(values)
        session.steps = tab_pages.steps_of(controls, session)
        controls = replace(controls, chips=tab_chips.values(controls.chips, controls.model, {}))
        return self.make(request, session, controls, all_controls=True, again="chain")

    def undo(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        """The last step is taken off the list."""
        session.steps = session.steps[:-1]
        return self.make(request, session, self.read(values), again="chain")

    def take(self, request: gr.Request, payload: dict | None, session: Session, *values: Any) -> Iterator[tuple]:
        """A file came, by a person or from another tab; the field is emptied for the next one."""
        if not payload:  # it was emptied just now
            yield (gr.skip(),) * (2 + len(self.outputs))
            return

        def taken() -> Iterator[tuple]:
            yield from self.start(request, session, self.read(values), tab_inputs.from_file(payload, tab_inputs.offered(self.demo)))

        for shown in ui.with_status(taken, len(self.outputs))():
            yield None, *shown

    def drawn_on(self, canvas: gr.ImageEditor) -> Any:
        """The handler for a stroke on a canvas."""

        def drawn(request: gr.Request, payload: dict | None, session: Session, *values: Any) -> Iterator[tuple]:
            if drawing := tab_inputs.from_drawing(canvas, payload):
                yield from self.start(request, session, self.read(values), drawing)

        return ui.with_status(drawn, len(self.outputs))

    def restore(self, request: gr.Request, asked: dict | None, session: Session, *values: Any) -> Iterator[tuple]:
        """A result is asked for again: the controls are set to it, and its page is opened."""
        if asked:
            endpoint = asked.get("endpoint")
            if endpoint not in self.pages:
                raise UserError(f"There is no page here that shows {str(endpoint)[:60]!r}.")
            checked = check_request(self.demo.endpoint(endpoint).request, asked.get("parameters"))
            controls = tab_pages.restored(checked, endpoint, self.read(values).chips, session)
            session.opening = endpoint
            try:
                yield from self.start(request, session, controls, Given(checked.picture, checked.model), keep=True)
            finally:
                session.opening = ""

    # What they have in common.

    def read(self, values: Sequence[Any]) -> Controls:
        """The controls as the browser says they are."""
        page, model, strength, cycle, *chips = values
        return Controls(page, model, strength, cycle, tuple(value or tab_chips.KEPT for value in chips))

    def start(self, request: gr.Request, session: Session, controls: Controls, given: Given, keep: bool = False) -> Iterator[tuple]:
        """Another picture, or the other model: they are shown at once, and then what comes of it. keep: the steps and domains fit them."""
        model = given.model or controls.model
        if model != controls.model or model != (session.controls or controls).model:
            if not keep:
                session.steps, session.domains, session.picked = (), (), None
        session.picture, session.controls = given.picture, replace(controls, model=model)
        yield self.answer(session, session.controls, all_controls=True, open_page=keep, picture=True)
        yield self.make(request, session, session.controls)

    def make(self, request: gr.Request, session: Session, controls: Controls, all_controls: bool = False, again: str = "") -> tuple:
        """Make the page that is open, unless it was made of just this. again: a page that is shown anew all the same.

        Answers of different events may overtake each other, so a newer request of the visitor takes the place of what is still under way.
        """
        owner, page = ui.owner_of(request, self.demo.name), self.pages[controls.page]
        session.turn, session.controls = session.turn + 1, controls
        turn, asked = session.turn, page.ask(controls, session)
        files = session.files.get(page.name, [])
        if session.made.get(page.name) == asked and page.name != again and ui.still_there(files) == files:
            return self.answer(session, controls, all_controls)
        self.engine.cancel(owner)  # nothing of this request waits yet
        try:
            result = run(self.demo, *asked, self.engine, owner=owner)
        except CancelledError:
            if session.turn == turn:
                raise
            return (gr.skip(),) * len(self.outputs)
        if session.turn != turn:
            return (gr.skip(),) * len(self.outputs)
        session.made[page.name] = asked
        session.files[page.name] = [] if asked[0] == "look" else [ui.save_artefact(artefact) for artefact in result.artefacts]
        return self.answer(session, controls, all_controls, result=result)

    def answer(
        self,
        session: Session,
        controls: Controls,
        all_controls: bool = False,
        open_page: bool = False,
        picture: bool = False,
        result: Result | None = None,
        shown: dict[str, Sequence[Any]] | None = None,
    ) -> tuple:
        """The values of `outputs`: those of the controls, the picture or the page only where asked for; the rest is skipped."""
        rows = [gr.skip()] * len(self.controls)
        if all_controls:
            rows = [controls.model, controls.strength, controls.cycle, *tab_chips.shown(controls.model, controls.chips)]
        path = tab_inputs.shown(session.picture) if picture or result else gr.skip()
        files = ui.still_there(session.files.get(controls.page, [])) or None
        tabs = gr.Tabs(selected=controls.page) if open_page else gr.skip()
        told = tab_html.told(result.values) if result else gr.skip()
        parts: list[Any] = []
        for page in self.pages.values():
            if result is not None and page.name == controls.page:
                parts += page.show(result, session)
            else:
                parts += (shown or {}).get(page.name) or [gr.skip()] * len(page.outputs)
        return controls.page if open_page else gr.skip(), *rows, path, told, files, tabs, *parts
