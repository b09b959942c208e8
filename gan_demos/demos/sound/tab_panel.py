"""What the tabs of single sounds share: controls declared by the requests, the result beside them, and the events between the two."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo, Result, prepare, run
from .tab_style import PLAYER, PLAYER_SCRIPT

Controls = dict[str, gr.components.Component]
# Slider and seed values in, name of the endpoint and its parameters out.
Ask = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
# Name of the endpoint and its parameters in, values of controls out.
Unask = Callable[[str, dict[str, Any]], dict[str, Any]]

STEERING = ("brightness", "length", "loudness")
FACTS = {
    "note": ("Note", "{}"),
    "asked_hz": ("Asked pitch", "{:.2f} Hz"),
    "notes": ("Notes", "{}"),
    "digits": ("Digits", "{}"),
    "steps": ("Steps", "{}"),
    "hits": ("Hits", "{}"),
    "seconds": ("Duration", "{:.2f} s"),
    "brightness_hz": ("Measured brightness", "{:.0f} Hz, the mean frequency"),
    "effective_length_s": ("Measured length", "{:.2f} s, twice the mean time of its energy"),
    "level_db": ("Measured level", "{:.1f} dB of full scale"),
}
SEVERAL = {"notes", "digits", "steps", "hits"}  # facts of what is made of several sounds, where a mean time says nothing


def steering(request: type) -> Controls:
    """The three named sliders."""
    return {name: ui.slider(request, name) for name in STEERING}


def results(name: str, endpoints: Sequence[str]) -> tuple[list[gr.components.Component], ui.Results]:
    """Where a sound is heard, seen, described and kept: a status line, then what `shown` gives; and what is said of it to other tabs."""
    status = ui.status_line()
    player = gr.HTML(html_template=PLAYER, js_on_load=PLAYER_SCRIPT, apply_default_css=False, elem_classes="sound-player")
    seen = pictures(name)
    facts, kept = keeping(name, endpoints)
    return [status, player, *seen, facts, kept.files], kept


def pictures(name: str) -> list[gr.components.Component]:
    """Waveform and mel spectrogram."""
    look = {"interactive": False, "buttons": ["fullscreen"], "elem_classes": "sound-picture"}
    return [
        gr.Image(label="Waveform", elem_id=f"sound-{name}-waveform", alt_text="Its waveform", **look),
        gr.Image(label="Mel spectrogram (time →, pitch ↑)", elem_id=f"sound-{name}-mel", alt_text="Its mel spectrogram", **look),
    ]


def keeping(name: str, endpoints: Sequence[str]) -> tuple[gr.HTML, ui.Results]:
    """What was measured, and the files to keep: results of `endpoints`."""
    return ui.facts_line(), ui.results(endpoints, "Keep it: sound and pictures, with their recipe inside", f"sound-{name}-files")


def shown(result: Result, play: bool, **more: Any) -> tuple:
    """Values of a player, which starts at once if `play`, and of `pictures` and `keeping`. `more` is for the player too."""
    paths = [ui.save_artefact(artefact) for artefact in result.artefacts]
    # The turn makes every value new: a player acts when its value changes, also on a sound that is asked for again.
    sound = {"file": gr.FileData(path=paths[0]).model_dump(), "play": play, "turn": secrets.token_hex(4), **more}
    return sound, *paths[1:3], ui.facts(described(result.values)), paths


def described(values: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a result with names and units for people."""
    hidden = {"effective_length_s"} if SEVERAL & set(values) else set()
    return {label: form.format(values[key]) for key, (label, form) in FACTS.items() if key in values and key not in hidden}


def single(
    demo: Demo,
    engine: Any,
    name: str,
    title: str,
    controls: Callable[[], Controls],
    ask: Ask,
    examples: Sequence[tuple[str, dict[str, Any]]],
    tabs: gr.Tabs,
    endpoints: Sequence[str],
    unask: Unask = lambda endpoint, parameters: parameters,
) -> ui.Results:
    """A tab of one sound among `tabs`: `controls` and examples on one side, the result on the other.

    `examples` are names with the values of the controls that they set; clicking one plays it. `unask` turns a request to one of
    `endpoints` back into values of controls.
    """
    with gr.Tab(title, id=name, elem_id=f"sound-{name}") as page, gr.Row():
        with gr.Column(min_width=320):
            samples = gr.Dataset(
                components=["textbox"],
                samples=[[label] for label, _ in examples],
                type="index",
                label="Examples, played at once",
                samples_per_page=24,
                elem_classes="sound-examples",
            )
            inputs = controls()
            with gr.Row(elem_classes="keep-row"):
                play = gr.Button("▶ Play", variant="primary", min_width=100)
                reset = gr.Button("Reset sliders", min_width=100) if set(STEERING) <= set(inputs) else None
        with gr.Column(min_width=320):
            outputs, kept = results(name, endpoints)
            last = gr.State(None)  # the values of the controls that what is shown was made with

    def make(values: dict[str, Any], play: bool, request: gr.Request) -> tuple:
        endpoint, parameters = ask(values)
        return shown(run(demo, endpoint, parameters, engine, owner=ui.owner_of(request, demo.name)), play)

    def follow(request: gr.Request, before: list | None, *values: Any) -> tuple:
        """The controls moved, in the page or by an example; the first time is the tab being opened, which makes no noise."""
        if list(values) == before:
            return (gr.skip(),) * len(outputs)
        return list(values), *make(dict(zip(inputs, values, strict=True)), before is not None, request)

    def choose(fixed: dict[str, Any], request: gr.Request, values: Sequence[Any]) -> tuple:
        chosen = dict(zip(inputs, values, strict=True)) | fixed
        return list(chosen.values()), *make(chosen, True, request), *chosen.values()

    def example(request: gr.Request, index: int, *values: Any) -> tuple:
        return choose(examples[index][1], request, values)

    def again(request: gr.Request, *values: Any) -> tuple:
        return choose({}, request, values)

    def restore(request: gr.Request, letter: dict, *values: Any) -> tuple:
        asked = prepare(demo, letter["endpoint"], letter["parameters"], engine)[0].recipe.parameters
        fixed = {key: value for key, value in unask(letter["endpoint"], asked).items() if key in inputs}
        return gr.Tabs(selected=name), *choose(fixed, request, values)

    def centre(request: gr.Request, *values: Any) -> tuple:
        return choose(dict.fromkeys(STEERING, 0.0), request, values)

    status, *rest = outputs
    moved = [control.submit if isinstance(control, gr.Textbox) else control.change for control in inputs.values()]
    gr.on(
        [page.select, *moved],
        ui.with_status(follow, len(outputs)),
        [last, *inputs.values()],
        [status, last, *rest],
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
    )
    everything = [status, last, *rest, *inputs.values()]
    for event, handler, given in (
        (samples.click, example, [samples, *inputs.values()]),
        (play.click, again, [*inputs.values()]),
        *([(reset.click, centre, [*inputs.values()])] if reset else []),
    ):
        event(ui.with_status(handler, len(everything) - 1), given, everything, show_progress="hidden", api_visibility="private")
    opened = [status, tabs, *everything[1:]]
    handler = ui.with_status(restore, len(everything))
    kept.inbox.change(handler, [kept.inbox, *inputs.values()], opened, show_progress="hidden", api_visibility="private")
    return kept
