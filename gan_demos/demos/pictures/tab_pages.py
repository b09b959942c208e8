"""The pages of the tab: pictures, guidance, how it was made, more like it, a mix, a walk, and the nearest training pictures.

Each says what to ask for and shows what comes. Most work on one picture, which a person chooses by clicking it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Artefact, Result
from . import requests, tab_html
from .vocabulary import ATTN_GAN, CLIP_GAN, STACK_GAN, STAGED

SIDE_BY_SIDE = "all"  # among the models
SECOND = "lion"
COLUMNS = 4

Picture = dict[str, Any]  # what `pictures_of` gives
Asked = list[tuple[str, dict[str, Any]]]  # endpoints and their parameters


@dataclass(frozen=True)
class Made:
    """What was made for a page: the results in the order in which they were asked for, the pictures among them, and the chosen picture."""

    results: Sequence[Result]
    found: Sequence[Picture]
    chosen: Picture | None


@dataclass(frozen=True)
class Page:
    """A page: its tab, the controls only it has by the parameters that they set, what it asks for, what it shows and how.

    `ask(shared, own, picture)` gives endpoints with parameters, from the values of the shared controls, those of its own, and the chosen
    picture, which is there if the page is `of_picture`. `show(made)` gives the values of `outputs`. endpoints: whose results it can show.
    """

    name: str
    tab: gr.Tab
    endpoints: tuple[str, ...]
    inputs: dict[str, gr.components.Component]
    outputs: list[gr.components.Component]
    ask: Callable[[dict[str, Any], dict[str, Any], Picture | None], Asked]
    show: Callable[[Made], tuple]
    of_picture: bool = False

    @property
    def main(self) -> gr.components.Component:
        """Where progress is shown while the page is made."""
        return self.outputs[0]


def pictures() -> Page:
    """The best of several pictures of the prompt, or those of the three models."""
    with gr.Tab("Pictures", id="pictures", elem_id="pictures-page-pictures") as tab:
        gallery = ui.gallery("pictures-gallery", "Pictures")
        with gr.Row():
            count = ui.slider(requests.Pictures, "count", info=None, label="Pictures to show", min_width=200)
            candidates = ui.slider(requests.Pictures, "candidates", info=None, label="… the best of so many", min_width=200)

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        if shared["model"] == SIDE_BY_SIDE:
            return [("compare", {name: shared[name] for name in ("prompt", "seed", "style")})]
        return [("pictures", {**shared, **own, "candidates": max(own.values())})]

    inputs = {"count": count, "candidates": candidates}
    return Page("pictures", tab, ("pictures", "compare"), inputs, [gallery], ask, lambda made: (gallery_of(made.found),))


def made() -> Page:
    """The stages of the chosen picture, and which word painted where."""
    with gr.Tab("How it was made", id="made", elem_id="pictures-page-made") as tab:
        stages = gr.HTML(elem_id="pictures-stages", padding=False)
        attention = gr.HTML(elem_id="pictures-attention", js_on_load=tab_html.SCRIPT, padding=False)

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        same = {name: picture["asked"][name] for name in ("prompt", "seed", "style")}
        model, base = picture["asked"]["model"], picture["asked"]["base"]
        staged = {**same, "model": model, "base": base} if model in STAGED else {**same, "model": STACK_GAN}
        return [("stages", staged), ("attention", {**same, "base": base if model == ATTN_GAN else ""})]

    def show(made: Made) -> tuple:
        model = made.chosen["asked"]["model"]
        return tab_html.stages(made.results[0], model), tab_html.attention(made.results[1], model)

    return Page("made", tab, ("stages", "attention"), {}, [stages, attention], ask, show, of_picture=True)


def more() -> Page:
    """Variations of the chosen picture."""
    with gr.Tab("More like this", id="more", elem_id="pictures-page-more") as tab:
        gallery = ui.gallery("pictures-more", "Variations")
        with gr.Row():
            amount = ui.slider(requests.More, "amount", label="How different", info=None)
            first = gr.Number(1, label="First", precision=0, visible="hidden")
            again = gr.Button("Others", scale=0, min_width=120)
        again.click(None, first, first, js=f"(first) => (first + {COLUMNS}) % 1000000", api_visibility="private")

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        return [("more", {**picture["asked"], **own, "count": COLUMNS})]

    inputs = {"amount": amount, "first": first}
    return Page("more", tab, ("more",), inputs, [gallery], ask, lambda made: (gallery_of(made.found),), of_picture=True)


def mix() -> Page:
    """A picture between two prompts."""
    with gr.Tab("Mix", id="mix", elem_id="pictures-page-mix") as tab:
        help = "The first is the one that all pages share. Then press Enter."
        other = gr.Textbox(SECOND, label="Second prompt", info=help, elem_id="pictures-other")
        told = gr.HTML(elem_classes="told", padding=False)
        weight = ui.slider(requests.Mix, "weight", label="Between the first (0) and the second (1)", info=None)
        strip = _image("From the first to the second", "pictures-strip")
        with gr.Row():
            middle = _image("The mix", "pictures-middle", height=200, scale=0, min_width=200)
            with gr.Column(min_width=240):
                facts = ui.facts_line()

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        return [("mix", {**_one_model(shared), **own})]

    def show(made: Made) -> tuple:
        paths = [ui.save_artefact(artefact) for artefact in made.results[0].artefacts]
        return *paths[:2], *tab_html.mixed(made.results[0].values)

    return Page("mix", tab, ("mix",), {"other": other, "weight": weight}, [middle, strip, told, facts], ask, show)


def walk(stop_work: Callable[..., None]) -> Page:
    """A walk through pictures, as a video, which takes seconds and can be stopped by `stop_work`."""
    with gr.Tab("Walk", id="walk", elem_id="pictures-page-walk") as tab:
        look = {"interactive": False, "show_label": False, "autoplay": True, "loop": True, "height": 300}
        video = gr.Video(label="A walk that ends where it began", elem_id="pictures-video", **look)
        stop = gr.Button("■ Stop drawing", size="sm")
        other = gr.Textbox("", label="Second prompt (may stay empty)", info="With one, the pictures show the two in turn.")
        with gr.Row():
            steering = {name: ui.slider(requests.Walk, name, min_width=180, info=None) for name in ("stops", "frames", "rate")}
        stop.click(stop_work, show_progress="hidden", api_visibility="private")

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        return [("walk", {**_one_model(shared), **own})]

    def show(made: Made) -> tuple:
        return (ui.save_artefact(made.results[0].artefacts[0]),)

    return Page("walk", tab, ("walk",), {"other": other, **steering}, [video], ask, show)


def nearest() -> Page:
    """The training pictures nearest to the chosen one."""
    with gr.Tab("Is it copied?", id="nearest", elem_id="pictures-page-nearest") as tab:
        shown = gr.HTML(elem_id="pictures-nearest", padding=False)

    def ask(shared: dict[str, Any], own: dict[str, Any], picture: Picture | None) -> Asked:
        return [("nearest", picture["asked"])]

    def show(made: Made) -> tuple:
        return (tab_html.neighbours(made.results[0]),)

    return Page("nearest", tab, ("nearest",), {}, [shown], ask, show, of_picture=True)


def pictures_of(asked: Asked, results: Sequence[Result]) -> list[Picture]:
    """The pictures that answers to `asked` show: the facts of each, "asked": the parameters that name it, "path" and "data": its file."""
    found = []
    for (_, parameters), result in zip(asked, results, strict=True):
        for facts, artefact in zip(result.values.get("pictures", []), result.artefacts, strict=False):
            found.append(picture_of(parameters, facts, artefact))
    return found


def picture_of(parameters: dict[str, Any], facts: dict[str, Any], artefact: Artefact) -> Picture:
    """One picture, with the parameters by which any page can ask for it again."""
    asked = {"prompt": parameters["prompt"], "seed": facts["seed"], "style": parameters["style"], "model": facts["model"]}
    return {**facts, "asked": {**asked, "base": facts.get("latent", "")}, "path": ui.save_artefact(artefact), "data": artefact.data}


def gallery_of(shown: Sequence[Picture]) -> gr.Gallery:
    """The pictures with the line under each that tells them apart."""
    by = next((name for name in ("model", "prompt") if len({one[name] for one in shown}) > 1), "clip")
    return gr.Gallery([(one["path"], tab_html.caption(one, by)) for one in shown], selected_index=None)


def _one_model(shared: dict[str, Any]) -> dict[str, Any]:
    return {**shared, "model": CLIP_GAN} if shared["model"] == SIDE_BY_SIDE else shared


def _image(label: str, name: str, **look: Any) -> gr.Image:
    return gr.Image(label=label, interactive=False, buttons=["fullscreen"], show_label=False, elem_id=name, **look)
