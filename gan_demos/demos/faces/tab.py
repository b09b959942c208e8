"""The tab "Text → face": a description, what was understood of it, twelve attributes to choose, and four pages of what comes of it."""

import random
import re
from collections.abc import Sequence
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, run
from . import captions, tab_chips, tab_panels, tab_slots
from .tab_style import STYLE
from .vocabulary import SLOTS

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
QUIET = {"show_progress": "hidden", "api_visibility": "private"}
SCORE = (
    "CLIP score: how well our CLIP finds that picture and prompt fit, as the cosine of the angle between their embeddings (-1 to 1). "
    "It compares faces of one prompt; across prompts it says little."
)
LISTS = slice(2, 2 + len(SLOTS))  # where the lists of the slots are among the values of a handler
KEEP = "What this face has: tick what all faces shall keep"


def build(demo: Demo, engine: Any) -> None:
    """The tab's components and events, inside the `gr.Tab` being built."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same
    with gr.Row():
        with gr.Column(min_width=320, scale=4):
            prompt, draw, surprise, examples, seed, told = _describe()
        with gr.Column(min_width=320, scale=6):
            status = ui.status_line()
            with gr.Tabs(elem_id="faces-pages", overflow_behavior="wrap"):
                pages = [tab_panels.faces(), tab_panels.more(), tab_panels.mix(), tab_panels.walk(engine)]
            with gr.Row() as panel:
                chosen = gr.Image(label="Chosen", interactive=False, buttons=[], height=200, scale=2, min_width=140, elem_id="faces-chosen")
                with gr.Column(scale=5, min_width=240):
                    keep = gr.CheckboxGroup([], label=KEEP, elem_id="faces-keep")
                    with gr.Row(elem_classes="keep-row"):
                        keep_all, free_all = gr.Button("Keep all of it", min_width=90), gr.Button("Free everything", min_width=90)
    with gr.Accordion("Choose attributes yourself", open=True):
        slots = tab_slots.build()
    files = ui.downloads("Keep it: every file has its recipe inside", elem_id="faces-files")
    gr.HTML(f'<div id="faces-score">{SCORE}</div>', padding=False)
    ui.measured(demo, real="Real pictures")
    view = View(demo, engine, pages, [prompt, seed, *slots], [told, panel, chosen, keep, *slots], files)
    view.connect(status, draw, surprise, examples, keep, keep_all, free_all)


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
    told = gr.HTML(js_on_load=tab_chips.SCRIPT, elem_classes="faces-told", elem_id="faces-told", padding=False)
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


class View:
    """The events of the tab: which controls make which page, and what of it is shown.

    Every handler works on `values`, those of the shared controls (prompt, seed, the list of each slot) and of all pages' own controls; and
    on `state`: the page that is open, the values that each page was made with, the faces on each page and the one that is chosen.
    """

    def __init__(self, demo: Demo, engine: Any, pages: list, shared: list, outputs: list, files: gr.File) -> None:
        self.demo, self.engine, self.pages, self.shared = demo, engine, {page.name: page for page in pages}, shared
        self.state = gr.State({"page": "faces", "made": {}, "faces": {}, "face": None})
        self.inputs = [*shared, *(control for page in pages for control in page.inputs)]
        self.page_outputs = [output for page in pages for output in page.outputs]
        self.outputs = [self.state, shared[0], *outputs, files, *self.page_outputs]

    def connect(self, status, draw, surprise, examples, keep, keep_all, free_all) -> None:
        prompt, seed, *slots = self.shared
        given, everything = [self.state, *self.inputs], [status, *self.outputs]

        def on(events: Sequence[Any], handler: Any, more: Sequence[Any] = (), **how: Any) -> None:
            gr.on(events, ui.with_status(handler, len(self.outputs)), [*more, *given], everything, **{**QUIET, **how})

        for page in self.pages.values():
            on([page.tab.select], self.opening(page.name))
            boxes = [control.submit for control in page.inputs if isinstance(control, gr.Textbox)]
            others = [control.change for control in page.inputs if not isinstance(control, gr.Textbox)]
            on([*boxes, *others], self.refresh, trigger_mode="always_last")
        on([draw.click, prompt.submit, seed.change, *(slot.input for slot in slots)], self.refresh, trigger_mode="always_last")
        on([examples.click], self.example, [examples])
        on([surprise.click], self.random_prompt)
        on([keep.input], self.keep, [keep], trigger_mode="always_last")
        on([keep_all.click], self.keep_all)
        on([free_all.click], self.free_all)
        told = self.outputs[2]
        live = ui.with_status(self.understand, 1)
        prompt.input(live, [prompt, *slots], [status, told], trigger_mode="always_last", **QUIET)
        for name in ("faces", "more"):
            self.pages[name].outputs[0].select(ui.with_status(self.choose, len(self.outputs)), given, everything, **QUIET)

    # Handlers. Each returns the values of `outputs`.

    def opening(self, name: str) -> Any:
        """A page is opened: it is made unless it shows what the controls ask for."""

        def open_page(request: gr.Request, state: dict, *values: Any) -> tuple:
            return self.refresh(request, {**state, "page": name}, *values)

        return open_page

    def refresh(self, request: gr.Request, state: dict, *values: Any) -> tuple:
        """The controls moved, or the prompt was sent."""
        return self.make(request, state, values)

    def example(self, request: gr.Request, index: int, state: dict, *values: Any) -> tuple:
        return self.make(request, state, values, prompt=captions.EXAMPLES[index])

    def random_prompt(self, request: gr.Request, state: dict, *values: Any) -> tuple:
        return self.make(request, state, values, prompt=captions.random_prompt(random.Random()))

    def keep(self, request: gr.Request, ticked: list[str], state: dict, *values: Any) -> tuple:
        """Attributes of the chosen face were ticked or freed."""
        face = state["face"]["values"]
        return self.make(request, state, values, lists=tab_slots.kept(values[LISTS], face, ticked, captions.shown(face)))

    def keep_all(self, request: gr.Request, state: dict, *values: Any) -> tuple:
        lists = list(state["face"]["values"].values()) if state["face"] else None
        return self.make(request, state, values, lists=lists)

    def free_all(self, request: gr.Request, state: dict, *values: Any) -> tuple:
        return self.make(request, state, values, lists=[tab_chips.AUTO] * len(SLOTS))

    def understand(self, request: gr.Request, prompt: str, *lists: str) -> tuple:
        """While a prompt is typed: what is understood so far."""
        result = run(self.demo, "understand", {"prompt": _typed(prompt)}, self.engine, owner=ui.owner_of(request))
        return (tab_chips.chips(result.values, dict(zip(SLOTS, lists, strict=True))),)

    def choose(self, selected: gr.SelectData, state: dict, *values: Any) -> tuple:
        """A face of the open page was clicked."""
        shown = state["faces"].get(state["page"], [])
        if selected.index >= len(shown):
            return (gr.skip(),) * len(self.outputs)
        return self.answer({**state, "face": shown[selected.index]}, values[LISTS])

    def make(self, request: gr.Request, state: dict, values: Sequence[Any], prompt: str | None = None, lists: list | None = None) -> tuple:
        """Make the page that is open, unless it was made with just these values. `prompt` and `lists` replace those of the page."""
        page = self.pages[state["page"]]
        text, seed, chosen = prompt or values[0], values[1], list(lists or values[LISTS])
        own = [value for control, value in zip(self.inputs, values, strict=True) if control in page.inputs]
        key = [text, seed, chosen, own, state["face"] if page.name == "more" else None]
        if state["made"].get(page.name) == key:
            return self.answer(state, chosen, prompt, lists is not None)
        shared = {"prompt": _typed(text), "seed": seed, **tab_slots.asked(chosen)}
        result = run(self.demo, page.name, page.ask(shared, own, state["face"]), self.engine, owner=ui.owner_of(request))
        made = {**state["made"], page.name: key}
        state = {**state, "made": made, "faces": {**state["faces"], page.name: tab_panels.faces_of(result)}}
        if page.name == "faces":
            found, before = state["faces"]["faces"], state["face"]
            state["face"] = next((face for face in found if before and face["seed"] == before["seed"]), found[0])
        return self.answer(state, chosen, prompt, lists is not None, result)

    def answer(
        self, state: dict, lists: Sequence[str], prompt: str | None = None, set_lists: bool = False, result: Result | None = None
    ) -> tuple:
        """The values of `outputs`: all that `result`, made for the open page, and the chosen face tell; what has not changed is skipped."""
        told, slots, files = gr.skip(), [gr.skip()] * len(SLOTS), gr.skip()
        if result is not None:
            words = result.values.get("prompt", result.values)  # a mix tells of two prompts
            told = tab_chips.chips(words, dict(zip(SLOTS, lists, strict=True)))
            slots = tab_slots.shown(lists, words["understood"], set_lists)
            files = [ui.save_artefact(artefact) for artefact in result.artefacts]
        shown = []
        for name, page in self.pages.items():
            new = result is not None and name == state["page"]
            shown += page.show(result) if new else [gr.skip()] * len(page.outputs)
        panel = gr.Row(visible=state["page"] in ("faces", "more"))
        return state, gr.skip() if prompt is None else prompt, told, panel, *_face(state["face"], lists), *slots, files, *shown


def _face(face: dict | None, lists: Sequence[str]) -> tuple:
    """The picture of the chosen face, and its attributes with those ticked that are kept."""
    if face is None:
        return gr.skip(), gr.skip()
    titles = {title: slot for slot, title in captions.TITLES.items()}
    choices = [(f"{title}: {label}", titles[title]) for title, label in face["seen"].items()]
    names = {slot for _, slot in choices}
    picture = gr.Image(face["path"], label=f"Seed {face['seed']}")
    return picture, gr.CheckboxGroup(choices, value=[slot for slot in tab_slots.ticked(lists, face["values"]) if slot in names])


def _typed(prompt: str | None) -> str:
    """What was typed or pasted, without control characters: they say nothing and cannot be kept in a recipe."""
    return CONTROL.sub(" ", prompt or "")
