"""The tab "Text → face": a description, what was understood of it, twelve attributes to choose, and four pages of what comes of it."""

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, prepare, run
from ...errors import CancelledError
from . import captions, tab_chips, tab_panels, tab_slots
from .tab_style import STYLE
from .vocabulary import SLOTS

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
SCORE = (
    "CLIP score: how well a picture fits the prompt in the eyes of our CLIP: the cosine of the angle between their embeddings (-1 to 1). "
    "On 200 drawings of the data set, captions that fit score 0.29 on average (most of them 0.11 to 0.43), those of another face 0.22. "
    "So it tells more about faces of one prompt than about different prompts."
)
LISTS, OPEN = slice(2, 2 + len(SLOTS)), 2 + len(SLOTS)  # where the lists of the slots and the open page are among a handler's values
SEED = (1,)  # and the seed
KEEP = "The face you clicked: tick what all faces shall keep"


def build(demo: Demo, engine: Any) -> ui.Place:
    """The tab's components and events, inside the `gr.Tab` being built."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same

    def stop(request: gr.Request) -> None:
        engine.cancel(ui.owner_of(request, demo.name))

    with gr.Row():
        with gr.Column(min_width=320, scale=4):
            prompt, draw, surprise, examples, seed, told = _describe()
        with gr.Column(min_width=320, scale=6):
            status = ui.status_line()
            with gr.Tabs(elem_id="faces-pages", overflow_behavior="wrap") as tabs:
                pages = [tab_panels.faces(), tab_panels.more(), tab_panels.mix(), tab_panels.walk(stop)]
            with gr.Row() as panel:
                look = {"interactive": False, "buttons": [], "height": 200, "scale": 2, "min_width": 140}
                chosen = gr.Image(label="Chosen", type="filepath", elem_id="faces-chosen", **look)
                with gr.Column(scale=5, min_width=240):
                    keep = gr.CheckboxGroup([], label=KEEP, elem_id="faces-keep")
                    with gr.Row(elem_classes="keep-row"):
                        keep_all, free_all = gr.Button("Keep all of it", min_width=90), gr.Button("Free everything", min_width=90)
    with gr.Accordion("Choose attributes yourself", open=True):
        slots = tab_slots.build()
    picked = {"faces": chosen, "more": chosen}
    results = ui.results([page.name for page in pages], "Keep it: every file has its recipe inside", "faces-files", picked)
    gr.HTML(f'<div id="faces-score">{SCORE}</div>', padding=False)
    ui.measured(demo, real="Real pictures")
    view = View(demo, engine, pages, [prompt, seed, *slots], [told, panel, chosen, keep, *slots], results.files)
    view.connect(status, draw, surprise, examples, keep, keep_all, free_all)
    view.connect_inbox(status, results.inbox, tabs)
    return ui.Place([results])


def _describe() -> tuple:
    prompt = gr.Textbox(
        captions.EXAMPLES[0],
        label="Describe a face",
        placeholder="Anything, or nothing at all for a surprise",
        info="Then press Enter.",
        lines=1,
        max_lines=6,
        elem_id="faces-prompt",
    )
    with gr.Row(elem_classes="keep-row"):
        draw = gr.Button("Draw", variant="primary", min_width=90)
        surprise = gr.Button("⚄ Random prompt", min_width=120)
    told = gr.HTML(js_on_load=tab_chips.SCRIPT, elem_classes="told", elem_id="faces-told", padding=False)
    seed, _ = ui.seed_row(0)
    examples = gr.Dataset(
        components=["textbox"],
        samples=[[text] for text in captions.EXAMPLES],
        type="index",
        label="Examples, drawn at once",
        samples_per_page=len(captions.EXAMPLES),
        elem_id="faces-examples",
    )
    return prompt, draw, surprise, examples, seed, told


@dataclass
class Session:
    """What one visitor sees. Gradio gives every visitor a copy of their own, and every event that copy itself.

    made: the values that each page was made with. faces, files: those of each page. face: the one that is chosen. turn: of the newest
    request. restored: the values of all controls for a result that was opened again, until the visitor moves one of them.
    seen, early: see `ui.refreshing`.
    """

    made: dict[str, list] = field(default_factory=dict)
    faces: dict[str, list[dict]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    face: dict | None = None
    turn: int = 0
    restored: list | None = None
    seen: bool = False
    early: str = ""


class View:
    """The events of the tab: which controls make which page, and what of it is shown.

    Every handler works on the visitor's `session` and on `values`: those of the shared controls (prompt, seed, the list of each slot), the
    page that is open, and all pages' own controls.
    """

    def __init__(self, demo: Demo, engine: Any, pages: list, shared: list, outputs: list, files: gr.File) -> None:
        self.demo, self.engine, self.pages, self.shared = demo, engine, {page.name: page for page in pages}, shared
        self.session = gr.State(Session())
        self.open = gr.Textbox("faces", visible="hidden")  # the page that is open: the browser knows it before any answer comes
        self.own = [control for page in pages for control in page.inputs.values()]
        self.inputs = [*shared, self.open, *self.own]
        self.outputs = [shared[0], *outputs, files, *(output for page in pages for output in page.outputs)]

    def connect(self, status, draw, surprise, examples, keep, keep_all, free_all) -> None:
        prompt, seed, *slots = self.shared
        given, everything = [self.session, *self.inputs], [status, *self.outputs]
        main = [page.main for page in self.pages.values()]

        def on(events: Sequence[Any], handler: Any, more: Sequence[Any] = (), **how: Any) -> None:
            # One queue for all of them, or Gradio would start them in random order; several may still run side by side.
            how = {"show_progress": "minimal", "show_progress_on": main, "api_visibility": "private", "concurrency_id": "faces", **how}
            gr.on(events, ui.with_status(handler, len(self.outputs)), [*more, *given], everything, **how)

        refreshing = functools.partial(ui.refreshing, self.make, OPEN)
        for page in self.pages.values():
            page.tab.select(None, None, self.open, js=f"() => '{page.name}'", **QUIET)
            on([page.tab.select], refreshing((), page.name))
            for control in page.inputs.values():
                event = control.submit if isinstance(control, gr.Textbox) else control.change
                on([event], refreshing([self.inputs.index(control)], page.name), trigger_mode="always_last")
        on([seed.change], refreshing(SEED), trigger_mode="always_last")
        on([draw.click, prompt.submit, *(slot.input for slot in slots)], refreshing(), trigger_mode="always_last")
        on([examples.click], self.example, [examples])
        on([surprise.click], self.random_prompt)
        on([keep.input], self.keep, [keep], trigger_mode="always_last")
        on([keep_all.click], self.keep_all)
        on([free_all.click], self.free_all)
        told = self.outputs[1]
        live = ui.with_status(self.understand, 1)
        prompt.input(live, [self.session, prompt, *slots], [status, told], trigger_mode="always_last", **QUIET)
        for name in ("faces", "more"):
            on([self.pages[name].main.select], self.choose, show_progress="hidden")

    def connect_inbox(self, status: gr.HTML, inbox: gr.JSON, tabs: gr.Tabs) -> None:
        outputs = [*self.outputs, self.shared[1], self.open, tabs, *self.own]
        handler = ui.with_status(self.restore, len(outputs))
        inbox.change(handler, [inbox, self.session, *self.inputs], [status, *outputs], concurrency_id="faces", **QUIET)

    # Handlers. Each returns the values of `outputs`.

    def restore(self, request: gr.Request, letter: dict, session: Session, *values: Any) -> tuple:
        """A result of before: it is made again, and besides `outputs` all controls are set to it."""
        asked = prepare(self.demo, letter["endpoint"], letter["parameters"], self.engine)[0].recipe.parameters
        page = self.pages[letter["endpoint"]]
        lists = tab_slots.chosen(asked["pins"], asked["vary"])
        names = [name for each in self.pages.values() for name in each.inputs]
        mine = [control in page.inputs.values() for control in self.own]
        own = [asked[name] if ours else value for name, ours, value in zip(names, mine, values[OPEN + 1 :], strict=True)]
        session.made.pop(page.name, None)
        session.restored = [asked["prompt"], asked["seed"], *lists, page.name, *own]
        session.early = "faces" if not session.seen and page.name != "faces" else ""
        if page.name == "more":
            base = {"prompt": asked["prompt"], "seed": asked["seed"], "pins": asked["face"] or asked["pins"], "vary": asked["vary"]}
            result = run(self.demo, "faces", {**base, "count": 1}, self.engine, owner=ui.owner_of(request, self.demo.name))
            session.face = tab_panels.faces_of(result)[0]
        shown = self.make(request, session, session.restored, asked["prompt"], lists)
        return *shown, asked["seed"], page.name, gr.Tabs(selected=page.name), *own

    def example(self, request: gr.Request, index: int, session: Session, *values: Any) -> tuple:
        return self.make(request, session, ui.heard(session, values), prompt=captions.EXAMPLES[index])

    def random_prompt(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        return self.make(request, session, ui.heard(session, values), prompt=captions.random_prompt(random.Random()))

    def keep(self, request: gr.Request, ticked: list[str], session: Session, *values: Any) -> tuple:
        """Attributes of the chosen face were ticked or freed."""
        face = session.face["values"]
        lists = tab_slots.kept(values[LISTS], face, ticked, captions.shown(face))
        return self.make(request, session, ui.heard(session, values), lists=lists)

    def keep_all(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        lists = list(session.face["values"].values()) if session.face else None
        return self.make(request, session, ui.heard(session, values), lists=lists)

    def free_all(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        return self.make(request, session, ui.heard(session, values), lists=[tab_chips.AUTO] * len(SLOTS))

    def understand(self, session: Session, prompt: str, *lists: str) -> tuple:
        """While a prompt is typed: what is understood so far."""
        session.restored = None
        result = run(self.demo, "understand", {"prompt": ui.typed(prompt)}, self.engine)
        return (tab_chips.chips(result.values, dict(zip(SLOTS, lists, strict=True))),)

    def choose(self, selected: gr.SelectData, session: Session, *values: Any) -> tuple:
        """A face of the open page was clicked."""
        shown = session.faces.get(values[OPEN], [])
        if selected.index < len(shown):
            session.face = shown[selected.index]
        return self.answer(values[OPEN], session, values[LISTS])

    def make(
        self, request: gr.Request, session: Session, values: Sequence[Any], prompt: str | None = None, lists: list | None = None
    ) -> tuple:
        """Make the page that is open, unless it was made with just these values. `prompt` and `lists` replace those of the page.

        Answers of different events may overtake each other, so a newer request of the visitor takes the place of what is still under way.
        """
        page, owner = self.pages[values[OPEN]], ui.owner_of(request, self.demo.name)
        session.turn = turn = session.turn + 1
        self.engine.cancel(owner)
        text, seed, chosen = prompt or values[0], values[1], list(lists or values[LISTS])
        given = dict(zip(self.inputs, values, strict=True))
        own = {name: given[control] for name, control in page.inputs.items()}
        key = [text, seed, chosen, own, session.face if page.name == "more" else None]
        result = None
        files = session.files.get(page.name, [])
        if session.made.get(page.name) != key or ui.still_there(files) != files:
            shared = {"prompt": ui.typed(text), "seed": seed, **tab_slots.asked(chosen)}
            try:
                result = run(self.demo, page.name, page.ask(shared, own, session.face), self.engine, owner, gr.Info)
            except CancelledError:
                if session.turn == turn:
                    raise
            if session.turn != turn:
                return (gr.skip(),) * len(self.outputs)
            session.made[page.name] = key
            session.files[page.name] = [ui.save_artefact(artefact) for artefact in result.artefacts]
            session.faces[page.name] = found = tab_panels.faces_of(result)
            # a result of another page that was opened again has a face of its own
            if page.name == "faces" and (session.restored is None or session.restored[OPEN] == "faces"):
                seed = session.face["seed"] if session.face else None
                session.face = next((face for face in found if face["seed"] == seed), found[0])
        return self.answer(page.name, session, chosen, prompt, lists is not None, result)

    def answer(
        self,
        name: str,
        session: Session,
        lists: list[str],
        prompt: str | None = None,
        set_lists: bool = False,
        result: Result | None = None,
    ) -> tuple:
        """The values of `outputs`: what `result`, made for the page `name`, and the chosen face tell; the rest is skipped."""
        told, slots = gr.skip(), [gr.skip()] * len(SLOTS)
        if result is not None:
            words = result.values.get("prompt", result.values)  # a mix tells of two prompts
            told = tab_chips.chips(words, dict(zip(SLOTS, lists, strict=True)))
            slots = tab_slots.shown(lists, words["understood"], set_lists)
        shown = []
        for page in self.pages.values():
            new = result is not None and page.name == name
            shown += page.show(result) if new else [gr.skip()] * len(page.outputs)
        panel = gr.Row(visible=name in ("faces", "more"))
        files = ui.still_there(session.files[name]) if name in session.files else gr.skip()
        return gr.skip() if prompt is None else prompt, told, panel, *_face(session.face, lists), *slots, files, *shown


def _face(face: dict | None, lists: Sequence[str]) -> tuple:
    """The picture of the chosen face, and its attributes with those ticked that are kept."""
    if face is None:
        return gr.skip(), gr.skip()
    titles = {title: slot for slot, title in captions.TITLES.items()}
    choices = [(f"{title}: {label}", titles[title]) for title, label in face["seen"].items()]
    names = {slot for _, slot in choices}
    picture = gr.Image(face["path"], label=f"Seed {face['seed']}")
    return picture, gr.CheckboxGroup(choices, value=[slot for slot in tab_slots.ticked(lists, face["values"]) if slot in names])
