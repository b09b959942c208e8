"""The toy demo with a tab, an endpoint that breaks and one that is refused: what tests of the application's shell run."""

from dataclasses import dataclass, replace

import gradio as gr

from gan_demos import ui
from gan_demos.demo import Demo, Endpoint, prepare, run
from gan_demos.errors import BusyError
from tests import toy


@dataclass(frozen=True)
class NoRequest:
    """Nothing can be chosen."""


def break_down(context, request):
    raise RuntimeError("secret/path/of/the/server")


def refuse(context, request):
    raise BusyError("Busy <b>now</b>: try again in about 3 s.", 3.0)


def build_tab(demo: Demo, engine) -> ui.Place:
    def make(seed, request: gr.Request):
        result = run(demo, "tone", {"seed": seed}, engine, owner=ui.owner_of(request, demo.name))
        paths = [ui.save_artefact(artefact) for artefact in result.artefacts]
        return paths[0], paths, ui.facts(result.values)

    def restore(letter, request: gr.Request):
        seed = prepare(demo, letter["endpoint"], letter["parameters"], engine)[1].seed
        return seed, *make(seed, request)

    def fail(request: gr.Request):
        run(demo, "broken", {}, engine, owner=ui.owner_of(request, demo.name))

    seed, die = ui.seed_row()
    button = gr.Button("Make")
    broken = gr.Button("Break")
    status = ui.status_line()
    heard = gr.Audio(label="Heard", type="filepath", elem_id="heard")
    audio = gr.Audio(label="Tone", interactive=False, elem_id="tone")
    results, table = ui.results(("tone",), "Keep it", "tone-files"), ui.facts_line()
    shown = [audio, results.files, table]
    button.click(ui.with_status(make, 3), seed, [status, *shown], api_visibility="private")
    results.inbox.change(ui.with_status(restore, 4), results.inbox, [status, seed, *shown], api_visibility="private")
    broken.click(ui.guarded(fail), api_visibility="private")
    return ui.Place([results], {"audio": heard})


DEMO = replace(
    toy.DEMO,
    endpoints={
        **toy.DEMO.endpoints,
        "broken": Endpoint("broken", NoRequest, break_down, "Breaks.", {}),
        "busy": Endpoint("busy", NoRequest, refuse, "Is busy.", {}),
    },
    tab="tests.toy_tab:build_tab",
)
MISSING = replace(toy.DEMO, name="gone", title="Gone", checkpoints=("no-such-model",), debug={}, tab="tests.toy_tab:build_tab")
