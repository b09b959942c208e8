"""The tab "Text → image": a prompt, what it means to the models, a drawing style and a model, and pages of what comes of it."""

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, prepare, run
from ...errors import CancelledError
from . import tab_guidance, tab_html, tab_pages
from .examples import EXAMPLES, random_prompt
from .tab_guidance import Controls, Guided
from .tab_pages import SIDE_BY_SIDE, Made, Page, Picture
from .tab_style import STYLE
from .vocabulary import ATTN_GAN, AUTO, CHOICE_TITLES, CLIP_GAN, MODEL_TITLES

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
SCORE = (
    "CLIP score: how well a picture fits the prompt in the eyes of our CLIP: the cosine of the angle between their embeddings (-1 to 1). "
    "It says which of several pictures of one prompt fits best; scores of different prompts cannot be compared."
)
SHARED = ("prompt", "seed", "style", "model")
OPEN = len(SHARED)  # where the open page is among a handler's values
SEED = (1,)  # and the seed


def build(demo: Demo, engine: Any) -> ui.Place:
    """The tab's components and events, inside the `gr.Tab` being built."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same

    def stop(request: gr.Request) -> None:
        engine.cancel(ui.owner_of(request, demo.name))

    # On a phone the pages come between the prompt and the settings; see the style.
    with gr.Row(elem_id="pictures-room"):
        with gr.Column(min_width=320, elem_id="pictures-words"):
            prompt, told, draw, surprise, examples = _describe()
        with gr.Column(min_width=320, elem_id="pictures-side"):
            status = ui.status_line()
            with gr.Tabs(elem_id="pictures-pages", overflow_behavior="wrap") as tabs:
                gallery = tab_pages.pictures()
                guidance, guiding = tab_guidance.page(stop)
                others = [tab_pages.made(), tab_pages.more(), tab_pages.mix(), tab_pages.walk(stop), tab_pages.nearest()]
            with gr.Row(elem_id="pictures-panel", elem_classes="keep-row") as panel:
                look = {"interactive": False, "buttons": [], "show_label": False, "height": 150, "scale": 0, "min_width": 150}
                chosen = gr.Image(label="The chosen picture", type="filepath", elem_id="pictures-chosen", **look)
                with gr.Column(min_width=160):
                    facts = gr.HTML(elem_id="pictures-facts", padding=False)
        with gr.Column(min_width=320, elem_id="pictures-settings"):
            settings = _settings()
    pages = [gallery, guidance, *others]
    picked = dict.fromkeys(("pictures", "compare", "more"), chosen)
    endpoints = [name for page in pages for name in page.endpoints]
    results = ui.results(endpoints, "Keep it: every file has its recipe inside", "pictures-files", picked)
    gr.HTML(f'<div id="pictures-score">{SCORE}</div>', padding=False)
    ui.measured(demo, real="Real pictures")
    view = View(demo, engine, pages, [prompt, *settings], [told, panel, chosen, facts, results.files])
    view.connect(status, draw, surprise, examples)
    view.connect_guidance(status, guiding)
    view.connect_inbox(status, results.inbox, tabs)
    return ui.Place([results])


def _describe() -> tuple:
    prompt = gr.Textbox(
        EXAMPLES[0],
        label="What shall I draw?",
        placeholder="Anything, or nothing at all for a surprise",
        info="Then press Enter.",
        lines=1,
        max_lines=6,
        elem_id="pictures-prompt",
    )
    with gr.Row(elem_classes="keep-row"):
        draw = gr.Button("Draw", variant="primary", min_width=90)
        surprise = gr.Button("⚄ Random prompt", min_width=120)
    told = gr.HTML(elem_classes="told", elem_id="pictures-told", padding=False)
    examples = gr.Dataset(
        components=["textbox"],
        samples=[[text] for text in EXAMPLES],
        type="index",
        label="Examples, drawn at once",
        samples_per_page=len(EXAMPLES),
        elem_id="pictures-examples",
    )
    return prompt, told, draw, surprise, examples


def _settings() -> list[gr.components.Component]:
    """The shared controls besides the prompt: seed, style and model."""
    titles = [(title, name) for name, title in CHOICE_TITLES.items()]
    style = gr.Radio(titles, value=AUTO, label="Drawing style", elem_id="pictures-style")
    models = [*((title, name) for name, title in MODEL_TITLES.items()), ("All three, side by side", SIDE_BY_SIDE)]
    help = "Side by side: one picture by each. Mixes and walks are by the first then."
    model = gr.Radio(models, value=CLIP_GAN, label="Who draws?", info=help, elem_id="pictures-model")
    seed, _ = ui.seed_row(0)
    return [seed, style, model]


@dataclass
class Session:
    """What one visitor sees. Gradio gives every visitor a copy of their own, and every event that copy itself.

    made: what each page was made of. galleries: the pictures on it. files: those to download of it. picture: the one that is chosen.
    guided: what guidance has come to. page: the one that is open. turn: of the newest request. restored: the values of all controls for a
    result that was opened again, until the visitor moves one of them.
    seen, early: see `ui.refreshing`.
    """

    made: dict[str, list] = field(default_factory=dict)
    galleries: dict[str, list[Picture]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    picture: Picture | None = None
    guided: Guided | None = None
    page: str = "pictures"
    turn: int = 0
    restored: list | None = None
    seen: bool = False
    early: str = ""


class View:
    """The events of the tab: which controls make which page, and what of it is shown.

    Every handler works on the visitor's `session` and on `values`: those of the shared controls (`SHARED`), the page that is open, and all
    pages' own controls. A page that works on the chosen picture is made anew when that is another; the pictures come first then.
    """

    def __init__(self, demo: Demo, engine: Any, pages: list[Page], shared: list, outputs: list) -> None:
        self.demo, self.engine, self.pages, self.shared = demo, engine, {page.name: page for page in pages}, shared
        self.session = gr.State(Session())
        self.open = gr.Textbox("pictures", visible="hidden")  # the page that is open: the browser knows it before any answer comes
        self.own = [control for page in pages for control in page.inputs.values()]
        self.inputs = [*shared, self.open, *self.own]
        self.outputs = [shared[0], *outputs, *(output for page in pages for output in page.outputs)]
        self.told, self.files = outputs[0], outputs[-1]

    def connect(self, status: gr.HTML, draw: gr.Button, surprise: gr.Button, examples: gr.Dataset) -> None:
        prompt, seed, style, model = self.shared
        given, everything = [self.session, *self.inputs], [status, *self.outputs]
        main = [page.main for page in self.pages.values()]

        def on(events: Sequence[Any], handler: Any, more: Sequence[Any] = (), **how: Any) -> None:
            # One queue for all of them, or Gradio would start them in random order; several may still run side by side.
            how = {"show_progress": "minimal", "show_progress_on": main, "api_visibility": "private", "concurrency_id": "pictures", **how}
            gr.on(events, ui.with_status(handler, len(self.outputs)), [*more, *given], everything, **how)

        refreshing = functools.partial(ui.refreshing, self.make, OPEN)
        for page in self.pages.values():
            page.tab.select(None, None, self.open, js=f"() => '{page.name}'", **QUIET)
            on([page.tab.select], refreshing((), page.name))
            for control in page.inputs.values():
                event = control.submit if isinstance(control, gr.Textbox) else control.change
                on([event], refreshing([self.inputs.index(control)], page.name), trigger_mode="always_last")
        on([seed.change], refreshing(SEED), trigger_mode="always_last")
        on([draw.click, prompt.submit, style.input, model.input], refreshing(), trigger_mode="always_last")
        on([examples.click], self.example, [examples])
        on([surprise.click], self.random_prompt)
        for name in ("pictures", "more"):
            on([self.pages[name].main.select], self.choose, show_progress="hidden")
        live = ui.with_status(self.understand, 1)
        prompt.input(live, [self.session, prompt], [status, self.told], trigger_mode="always_last", **QUIET)

    def connect_guidance(self, status: gr.HTML, controls: Controls) -> None:
        page, given = self.pages["guidance"], [self.session, *self.inputs]
        outputs = [*page.outputs, self.files]
        how = {**QUIET, "concurrency_id": "pictures"}
        controls.start.click(ui.with_status(self.guide, len(outputs)), given, [status, *outputs], **how)
        controls.keep.click(ui.with_status(self.keep_guided, len(self.outputs)), given, [status, *self.outputs], **how)

    def connect_inbox(self, status: gr.HTML, inbox: gr.JSON, tabs: gr.Tabs) -> None:
        page, given = self.pages["guidance"], [inbox, self.session, *self.inputs]
        outputs, how = [*self.outputs, *self.shared[1:], self.open, tabs, *self.own], {**QUIET, "concurrency_id": "pictures"}
        restored = inbox.change(ui.with_status(self.restore, len(outputs)), given, [status, *outputs], **how)
        guided = [*page.outputs, self.files]
        restored.then(ui.with_status(self.guide_again, len(guided)), given, [status, *guided], **how)

    # Handlers. Each returns the values of `outputs`.

    def restore(self, request: gr.Request, letter: dict, session: Session, *values: Any) -> tuple:
        """A result of before: it is made again, and besides `outputs` all controls are set to it."""
        asked = prepare(self.demo, letter["endpoint"], letter["parameters"], self.engine)[0].recipe.parameters
        page = next(page for page in self.pages.values() if letter["endpoint"] in page.endpoints)
        model = SIDE_BY_SIDE if letter["endpoint"] == "compare" else asked.get("model", ATTN_GAN)
        own = []
        for each in self.pages.values():
            for name, control in each.inputs.items():
                ours = each is page and name in asked
                alone = each.name == "pictures" and page.of_picture  # so that the picture it is about is the one in the gallery
                own.append(asked[name] if ours else 1 if alone else values[self.inputs.index(control)])
        new = [asked["prompt"], asked["seed"], asked["style"], model, page.name, *own]
        session.made.clear()
        session.restored = new
        session.early = "pictures" if not session.seen and page.name != "pictures" else ""
        if page.of_picture and asked["base"]:
            self.make(request, session, [*new[:OPEN], "pictures", *own])
            session.picture = self.picture_of(request, asked, model)
            session.galleries["pictures"].append(session.picture)
            shown = self.make(request, session, new, added=True)
        else:
            shown = self.make(request, session, new)
        return asked["prompt"], *shown[1:], *new[1:OPEN], page.name, gr.Tabs(selected=page.name), *own

    def picture_of(self, request: gr.Request, asked: dict[str, Any], model: str) -> Picture:
        """The picture that a result is about, which no seed gives: it was mixed or guided."""
        named = {**{name: asked[name] for name in ("prompt", "seed", "style", "base")}, "model": model}
        varied = {**named, "amount": 0.0, "count": 1}
        result = run(self.demo, "more", varied, self.engine, owner=ui.owner_of(request, self.demo.name))
        return {**tab_pages.pictures_of([("more", varied)], [result])[0], "asked": named}

    def guide_again(self, request: gr.Request, letter: dict, session: Session, *values: Any) -> Iterator[tuple]:
        """After `restore`, if the result was guided."""
        if letter["endpoint"] == "guide":
            yield from self.guide(request, session, *values)
        else:
            yield (gr.skip(),) * (len(self.pages["guidance"].outputs) + 1)

    def example(self, request: gr.Request, index: int, session: Session, *values: Any) -> tuple:
        return self.make(request, session, [EXAMPLES[index], *ui.heard(session, values)[1:]], typed=False)

    def random_prompt(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        return self.make(request, session, [random_prompt(random.Random()), *ui.heard(session, values)[1:]], typed=False)

    def understand(self, session: Session, prompt: str) -> tuple:
        """While a prompt is typed: what it means to the models so far."""
        session.restored = None
        return (tab_html.told(run(self.demo, "understand", {"prompt": ui.typed(prompt)}, self.engine).values),)

    def choose(self, selected: gr.SelectData, session: Session, *values: Any) -> tuple:
        """A picture of the open page was clicked."""
        shown = session.galleries.get(values[OPEN], [])
        if selected.index < len(shown):
            session.picture = shown[selected.index]
        return self.answer(values[OPEN], session, {})

    def make(self, request: gr.Request, session: Session, values: Sequence[Any], typed: bool = True, added: bool = False) -> tuple:
        """Make the page that is open, unless it was made with just this. typed: its prompt stands in the page already. added: a picture was
        added to the gallery.

        Answers of different events may overtake each other, so a newer request of the visitor takes the place of what is still under way.
        """
        owner, page = ui.owner_of(request, self.demo.name), self.pages[values[OPEN]]
        session.turn = turn = session.turn + 1
        session.page = page.name
        made: dict[str, list[Result]] = {"pictures": []} if added else {}
        try:
            for each in (self.pages["pictures"], page) if page.of_picture else (page,):
                asked = each.ask(*self.asked(each, values), session.picture)
                key = [asked, session.picture["asked"] if each.of_picture else None]
                files = session.files.get(each.name, [])
                if session.made.get(each.name) == key and ui.still_there(files) == files:
                    continue
                self.engine.cancel(owner)  # nothing of this request waits yet
                results = [run(self.demo, *one, self.engine, owner, gr.Info) for one in asked]
                if session.turn != turn:
                    return (gr.skip(),) * len(self.outputs)
                session.made[each.name] = key
                self.remember(each, asked, results, session)
                made[each.name] = results
        except CancelledError:
            if session.turn == turn:
                raise
            return (gr.skip(),) * len(self.outputs)
        return self.answer(page.name, session, made, None if typed else values[0])

    def asked(self, page: Page, values: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters of the shared controls, and those of the page's own."""
        shared, given = dict(zip(SHARED, values, strict=False)), dict(zip(self.inputs, values, strict=True))
        own = {name: given[control] for name, control in page.inputs.items()}
        return {**shared, "prompt": ui.typed(shared["prompt"])}, own

    def guide(self, request: gr.Request, session: Session, *values: Any) -> Iterator[tuple]:
        """Guidance from the chosen picture: the values of the page's outputs and of the files, for each preview."""
        session.turn, session.guided = session.turn + 1, None
        owner = ui.owner_of(request, self.demo.name)
        self.engine.cancel(owner)
        _, own = self.asked(self.pages["guidance"], values)
        for shown, guided in tab_guidance.climb(self.demo, self.engine, owner, session.picture, **own):
            files = gr.skip()
            if guided is not None:
                session.guided, session.files["guidance"] = guided, guided.files
                files = _files(guided.files) if session.page == "guidance" else files
            yield *shown, files

    def keep_guided(self, request: gr.Request, session: Session, *values: Any) -> tuple:
        """The picture that guidance has come to takes the place of the chosen one, and stands among the others."""
        if session.guided is None:
            return (gr.skip(),) * len(self.outputs)
        session.picture = session.guided.picture
        session.galleries["pictures"].append(session.picture)
        return self.make(request, session, ui.heard(session, values), added=True)

    def remember(self, page: Page, asked: list, results: list[Result], session: Session) -> None:
        """Keep what was made for a page, and choose one of the pictures."""
        session.files[page.name] = [ui.save_artefact(artefact) for result in results for artefact in result.artefacts]
        session.galleries[page.name] = found = tab_pages.pictures_of(asked, results)
        if page.name == "pictures":
            before = session.picture["asked"] if session.picture else {}
            # With another style or model the same picture stays chosen; of another prompt it is the one that fits best.
            same = [one for one in found if all(one["asked"][name] == before.get(name) for name in ("prompt", "seed"))]
            session.picture = (same or found)[0]

    def answer(self, name: str, session: Session, made: dict[str, list[Result]], prompt: str | None = None) -> tuple:
        """The values of `outputs`: what was made for the page `name`, and the chosen picture; the rest is skipped."""
        told = gr.skip()
        for results in made.values():
            told = tab_html.told(results[0].values) if results else told
        shown: list[Any] = []
        for page in self.pages.values():
            if page.name in made:
                shown += page.show(Made(made[page.name], session.galleries[page.name], session.picture))
            else:
                shown += [gr.skip()] * len(page.outputs)
        panel = gr.Row(visible=name in ("pictures", "more"))
        files = _files(ui.still_there(session.files.get(name, [])))
        return gr.skip() if prompt is None else prompt, told, panel, *_chosen(session.picture), files, *shown


def _chosen(picture: Picture | None) -> tuple:
    if picture is None:
        return gr.skip(), gr.skip()
    return picture["path"], tab_html.chosen(picture)


def _files(paths: list[str]) -> gr.File:
    return gr.File(paths, visible=bool(paths))
