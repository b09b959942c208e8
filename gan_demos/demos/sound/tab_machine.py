"""The drum machine: six drums on sixteen steps, a loop of them that plays while it is changed."""

import secrets
from collections.abc import Sequence
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, prepare, run
from ...parameters import MAX_SEED
from .grooves import GROOVES, Groove
from .requests import STEPS, TRACKS, Loop
from .tab_panel import keeping, pictures, shown
from .tab_style import LOOP_PLAYER, LOOP_PLAYER_SCRIPT
from .vocabulary import DRUM_NAMES

EMPTY = "Nothing to play yet: switch on a pad, or choose a pattern."
# Names of the request's fields in the order of the inputs: the first six have one control for each drum.
PER_DRUM = ("kinds", "pattern", "seeds", "level", "brightness", "length")
SHARED = ("tempo", "swing", "bars")


def build(demo: Demo, engine: Any, tabs: gr.Tabs) -> ui.Results:
    """The inner tab "Drum machine" of `tabs`."""
    with gr.Tab("Drum machine", id="machine", elem_id="sound-machine") as page:
        gr.Markdown("Every hit is made by the drum model out of a seed; none is a recording.")
        with gr.Row():
            patterns = gr.Dataset(
                components=["textbox"],
                samples=[[groove.name] for groove in GROOVES],
                type="index",
                label="Patterns, played at once",
                elem_classes="sound-examples",
            )
            surprise = gr.Button("⚄ Surprise me", scale=0, min_width=180, elem_classes="sound-surprise")
        with gr.Row(elem_classes="sound-transport"):
            player = gr.HTML(html_template=LOOP_PLAYER, js_on_load=LOOP_PLAYER_SCRIPT, apply_default_css=False, elem_id="sound-loop-player")
            tempo, swing, bars = (ui.slider(Loop, name, info=None, min_width=150) for name in SHARED)
        status = ui.status_line()
        kinds, pads = _tracks()
        seeds, levels, brightness, lengths = _shapes()
        with gr.Row():
            with gr.Column(min_width=320):
                waveform, mel = pictures("loop")
            with gr.Column(min_width=320):
                facts, kept = keeping("loop", ("loop",))
        last = gr.State(None)  # the values of the controls that the loop was made with
    inputs = [*kinds, *pads, *seeds, *levels, *brightness, *lengths, tempo, swing, bars]
    result = [player, waveform, mel, facts, kept.files]

    def make(values: Sequence[Any], play: bool, request: gr.Request) -> tuple:
        parameters = parameters_of(values)
        if not any(map(any, parameters["pattern"])):
            return {"file": None}, None, None, f"<p>{EMPTY}</p>", None
        made = run(demo, "loop", parameters, engine, owner=ui.owner_of(request, demo.name))
        return shown(made, play, step=15 / parameters["tempo"])

    def follow(request: gr.Request, before: list | None, *values: Any) -> tuple:
        """A control moved, in the page or by a pattern: the player goes on with the new loop if it is playing."""
        if list(values) == before:
            return (gr.skip(),) * (1 + len(result))
        return list(values), *make(values, False, request)

    def choose(request: gr.Request, index: int, *values: Any) -> tuple:
        chosen = with_groove(values, GROOVES[index])
        return chosen, *make(chosen, True, request), *chosen

    def restore(request: gr.Request, letter: dict) -> tuple:
        asked = prepare(demo, letter["endpoint"], letter["parameters"], engine)[0].recipe.parameters
        chosen = values_of(asked)
        return gr.Tabs(selected="machine"), chosen, *make(chosen, False, request), *chosen

    def new_kit(request: gr.Request, *values: Any) -> tuple:
        chosen = [*values]
        chosen[2 * TRACKS : 3 * TRACKS] = [secrets.randbelow(MAX_SEED + 1) for _ in range(TRACKS)]
        return chosen, *make(chosen, True, request), *chosen

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    changes = [page.select, *(control.change for control in inputs)]
    gr.on(changes, ui.with_status(follow, 1 + len(result)), [last, *inputs], [status, last, *result], trigger_mode="always_last", **quiet)
    everything = [last, *result, *inputs]
    patterns.click(ui.with_status(choose, len(everything)), [patterns, *inputs], [status, *everything], **quiet)
    surprise.click(ui.with_status(new_kit, len(everything)), inputs, [status, *everything], **quiet)
    kept.inbox.change(ui.with_status(restore, 1 + len(everything)), kept.inbox, [status, tabs, *everything], **quiet)
    return kept


def parameters_of(values: Sequence[Any]) -> dict[str, Any]:
    """The controls' values, six for each field of `PER_DRUM` and one for each of `SHARED`, as parameters of a loop."""
    per_drum = {name: list(values[i * TRACKS : (i + 1) * TRACKS]) for i, name in enumerate(PER_DRUM)}
    per_drum["pattern"] = [[int(step in on) for step in range(1, STEPS + 1)] for on in per_drum["pattern"]]
    return {**per_drum, **dict(zip(SHARED, values[len(PER_DRUM) * TRACKS :], strict=True))}


def values_of(parameters: dict[str, Any]) -> list[Any]:
    """The controls' values that `parameters_of` makes these parameters of."""
    pads = [[step + 1 for step in range(STEPS) if row[step]] for row in parameters["pattern"]]
    per_drum = [value for name in PER_DRUM for value in (pads if name == "pattern" else parameters[name])]
    return [*per_drum, *(parameters[name] for name in SHARED)]


def with_groove(values: Sequence[Any], groove: Groove) -> list[Any]:
    """The controls' values with the drums, steps, tempo and swing of `groove`; the sounds of the drums stay."""
    pads = [[step + 1 for step in range(STEPS) if row[step]] for row in groove.pattern]
    *kept, _, _, bars = values[2 * TRACKS :]
    return [*groove.kinds, *pads, *kept, groove.tempo, groove.swing, bars]


def _tracks() -> tuple[list[gr.Dropdown], list[gr.CheckboxGroup]]:
    kinds, pads = [], []
    first = GROOVES[0]
    with gr.Column(elem_id="drum-machine"):
        for track in range(TRACKS):
            with gr.Row(elem_classes=["track", "keep-row"]):
                look = {"show_label": False, "container": False, "label": f"Drum {track + 1}"}
                kinds.append(gr.Dropdown(list(DRUM_NAMES), value=first.kinds[track], elem_classes="kind", scale=0, min_width=150, **look))
                steps = [(f"Step {step}", step) for step in range(1, STEPS + 1)]
                on = [step + 1 for step in range(STEPS) if first.pattern[track][step]]
                look["label"] = f"Steps of drum {track + 1}"
                pads.append(gr.CheckboxGroup(steps, value=on, elem_classes="pads", min_width=260, **look))
    return kinds, pads


def _shapes() -> tuple[list, list, list, list]:
    seeds, levels, brightness, lengths = [], [], [], []
    with gr.Accordion("Shape the sounds", open=False, elem_id="sound-shapes"):
        for track in range(TRACKS):
            with gr.Row(elem_classes="shape"):
                with gr.Column(min_width=220):
                    seeds.append(ui.seed_row(Loop.seeds[track], label=f"Drum {track + 1}: seed")[0])
                look = {"min_width": 120}
                levels.append(gr.Slider(0, 1, Loop.level[track], step=0.05, label="Level", **look))
                brightness.append(gr.Slider(-1, 1, 0.0, step=0.05, label="Brightness", **look))
                lengths.append(gr.Slider(-1, 1, 0.0, step=0.05, label="Length", **look))
    return seeds, levels, brightness, lengths
