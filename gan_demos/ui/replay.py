"""Drop a file made here and get its recipe and its result again."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr

from gan_demos import media
from gan_demos.demo import Artefact, Demo, replay
from gan_demos.errors import UserError
from gan_demos.inference import Engine
from gan_demos.ui.files import save_artefact
from gan_demos.ui.guard import owner_of, with_status
from gan_demos.ui.widgets import downloads, facts, facts_line, status_line


class Shown:
    """Components that show any result: a sound, pictures, a video; those that a result has nothing for are hidden."""

    def __init__(self, elem_id: str, label: str) -> None:
        with gr.Column(min_width=300):
            audio = gr.Audio(label=label, interactive=False, visible=False, buttons=["download"], elem_id=f"{elem_id}-audio")
            images = gr.Gallery(label=label, visible=False, object_fit="contain", height="auto", elem_id=f"{elem_id}-images")
            look = {"interactive": False, "visible": False, "buttons": ["download"], "autoplay": True, "loop": True}
            video = gr.Video(label=label, elem_id=f"{elem_id}-video", **look)
        self.components = [audio, images, video]

    @staticmethod
    def values(artefacts: Sequence[Artefact]) -> tuple[Any, ...]:
        """Values of `components`."""
        return _show(gr.Audio, "audio", artefacts), _show_all(artefacts), _show(gr.Video, "video", artefacts)


def build(demos: Sequence[Demo], engine: Engine) -> None:
    """The "Replay a file" panel, inside the `gr.Blocks` being built."""

    def handle(path: str | None, request: gr.Request) -> tuple[Any, ...]:
        if not path:
            raise UserError("There is no file: drop one.")
        recipe = media.read_recipe_file(path)
        result = replay(recipe, demos, engine, owner=owner_of(request, "replay"))
        files = gr.File([save_artefact(artefact) for artefact in result.artefacts], visible=True)
        return *Shown.values(result.artefacts), gr.JSON(asdict(recipe), visible=True), files, facts(result.values)

    gr.Markdown("Every file made here carries its recipe inside. Drop one to see the recipe and to make the result again.")
    file = gr.File(label="A WAV, PNG, GIF or MP4 file made here, at most 32 MB", type="filepath", height=120, elem_id="replay-file")
    status = status_line()
    with gr.Row():
        with gr.Column(min_width=300):
            shown = Shown("replay", "Made again").components
            table = facts_line()
        with gr.Column(min_width=300):
            recipe = gr.JSON(label="Recipe", visible=False, max_height=420, elem_id="replay-recipe")
            files = downloads("Download what was made again", elem_id="replay-files", visible=False)
    outputs = [*shown, recipe, files, table]
    file.upload(with_status(handle, len(outputs)), file, [status, *outputs], api_visibility="private")


def _show(component: type, kind: str, artefacts: Sequence[Artefact]) -> Any:
    paths = [save_artefact(artefact) for artefact in artefacts if artefact.kind == kind]
    return component(paths[0] if paths else None, visible=bool(paths))


def _show_all(artefacts: Sequence[Artefact]) -> gr.Gallery:
    paths = [save_artefact(artefact) for artefact in artefacts if artefact.kind == "image"]
    return gr.Gallery(paths, visible=bool(paths))
