"""Where the picture comes from: an example, a file, the clipboard, a camera, a drawing. None of it is decoded before `preparing` sees it.

Gradio's own parts open a picture before a handler runs: a bomb, a text named .png or an SVG would fail there without a sentence. So their
events have `preprocess=False`, and what they hand over is read here. (Gradio has checked by then that a path is one of its uploads.)
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.components.base import server
from gradio.data_classes import DataWithFiles

from ... import checkpoints, media, ui
from ...demo import Demo
from ...errors import UserError
from . import examples
from .preparing import Prepared, prepare
from .vocabulary import EMOJI, FACES, MODELS

CANVAS = 256
PENS = ["#111111", "#edb98a", "#724133", "#c93305", "#f2c94c", "#4a90d9", "#3c9a4b", "#ffffff"]
MAX_DRAWINGS = 64  # strokes that wait for their handler, of all visitors
MAX_DRAWING = 1 << 20  # bytes of one; not compressed, a canvas takes a quarter of it
BLANK = 250  # a drawing that is nowhere darker has not been begun
FROM = {"faces": FACES, "pictures": EMOJI}  # what the other tabs make pictures of


class Waiting(OrderedDict):
    """What the browser sent of drawings and no handler took yet; the oldest goes when there are too many."""

    def __setitem__(self, key: str, value: object) -> None:
        super().__setitem__(key, value)
        while len(self) > MAX_DRAWINGS:
            self.popitem(last=False)


@dataclass(frozen=True)
class Given:
    """A picture that was given, `picture` as requests take it, and the model that it suits where that is known."""

    picture: dict | str
    model: str | None = None


@dataclass(frozen=True)
class Inputs:
    """The components to give a picture by."""

    examples: gr.Gallery
    file: gr.Image
    drawing: gr.ImageEditor


def offered(demo: Demo) -> list[str]:
    """The models whose checkpoints are here."""
    made_up = demo.debug if checkpoints.debug_enabled() else {}
    return [model for model, name in MODELS.items() if name in made_up or name in checkpoints.names()]


def build(models: Sequence[str]) -> Inputs:
    """The three ways, one page each, for `models`."""
    with gr.Tabs(elem_id="swap-inputs", overflow_behavior="wrap"):
        with gr.Tab("Examples"):
            look = {"columns": 6, "interactive": False, "allow_preview": False, "show_label": False, "height": "auto", "buttons": []}
            pictures = [str(examples.path(name)) for name in suitable(models)]
            gallery = gr.Gallery(pictures, label="Examples", elem_id="swap-examples", elem_classes="picture-gallery", **look)
        with gr.Tab("Upload, paste or camera"):
            look = {"show_label": False, "height": 190, "buttons": [], "placeholder": "Drop a picture here"}
            look |= {"sources": ["upload", "clipboard", "webcam"], "webcam_options": gr.WebcamOptions(mirror=False)}
            file = gr.Image(label="A picture of your own", elem_id="swap-file", **look)
        with gr.Tab("Draw"):
            drawing = gr.ImageEditor(
                label="Draw a face",
                sources=(),
                canvas_size=(CANVAS, CANVAS),
                fixed_canvas=True,
                transforms=(),
                layers=False,
                brush=gr.Brush(default_size=8, colors=PENS, default_color=PENS[0]),
                show_label=False,
                buttons=[],
                height=400,
                elem_id="swap-drawing",
            )
            drawing.blob_storage = Waiting()
            drawing.accept_blobs = _only_pictures(drawing.accept_blobs)
    return Inputs(gallery, file, drawing)


def _only_pictures(accept: Callable) -> Callable:
    """What the canvas takes from the browser, without what nobody asks for: Gradio would make room for as many layers as a caller says."""

    @server
    def accept_blobs(data: DataWithFiles) -> None:
        if data.data.get("type") == "composite" and sum(len(content) for _, content in data.files) <= MAX_DRAWING:
            accept(data)

    return accept_blobs


def suitable(models: Sequence[str]) -> list[str]:
    """Names of the examples for `models`, in the order of the gallery."""
    return [name for name, (model, _) in examples.EXAMPLES.items() if model in models]


def example(number: int, models: Sequence[str]) -> Given:
    """An example by its place in the gallery for `models`."""
    name = suitable(models)[number]
    return Given(name, examples.EXAMPLES[name][0])


def from_file(payload: Mapping, models: Sequence[str]) -> Given:
    """What is in a file, and which of `models` it suits; `UserError` where that is no picture that can be taken."""
    data = _read(payload)
    model = _model_of(data)
    return Given(prepare(data).plain(), model if model in models else None)


def from_drawing(canvas: gr.ImageEditor, payload: Mapping | None) -> Given | None:
    """What is drawn on a canvas; None while that is blank."""
    if not payload:
        return None
    if payload["id"] is None:
        data = _read(payload["composite"]) if payload["composite"] else None
    else:
        sent = canvas.blob_storage.pop(payload["id"], None)
        data = sent.composite if sent else None
    if not data:
        return None
    drawn = prepare(data)
    if drawn.picture.min() > BLANK:
        return None
    # To whoever draws on it the canvas is white, and not transparent.
    return Given(Prepared(drawn.webp, tuple(note for note in drawn.notes if note != "transparent")).plain())


def shown(picture: dict | str) -> str:
    """Path of a file that shows a picture as the models take it."""
    return ui.save_bytes(examples.given(picture).webp, "picture", ".webp")


def _read(payload: Mapping) -> bytes:
    """The file that a payload names."""
    if not payload.get("path"):
        raise UserError("Picture: there is none: give one, or choose an example.")
    return media.read_file(payload["path"])


def _model_of(data: bytes) -> str | None:
    """The model that a picture made here suits, by the recipe inside."""
    try:
        recipe = media.read_recipe(data)
    except UserError:
        return None
    own: Mapping = recipe.parameters if recipe.demo == "swap" else {}
    model = own.get("model") or FROM.get(recipe.demo)
    return model if isinstance(model, str) and model in MODELS else None
