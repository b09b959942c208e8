"""The Sound tab: a drum machine, single drums, digits and notes, and a walk between two sounds."""

from typing import Any

import gradio as gr

from ... import ui
from ...demo import Demo
from . import requests, tab_machine, tab_panel
from .tab_panel import Controls
from .tab_style import STYLE
from .vocabulary import DIGITS, DRUM_NAMES, NOTE_NAMES

PITCH_NAME = f"""(pitch) => {{
  const names = {list(NOTE_NAMES)};
  return `<strong>${{names[pitch % 12]}}${{Math.floor(pitch / 12) - 1}}</strong> · ${{(440 * 2 ** ((pitch - 69) / 12)).toFixed(2)}} Hz`;
}}"""
ONE_NOTE, TUNE = "One note", "A tune"

STILL = dict.fromkeys(tab_panel.STEERING, 0.0)
DRUM_EXAMPLES = (
    ("Kick, seed 1", {"kind": "Kick", "seed": 1, **STILL}),
    ("Snare, seed 4", {"kind": "Snare", "seed": 4, **STILL}),
    ("Clap, seed 2", {"kind": "Clap", "seed": 2, **STILL}),
    ("Closed hi-hat, seed 7", {"kind": "Closed hi-hat", "seed": 7, **STILL}),
    ("Cowbell, seed 3", {"kind": "Cowbell", "seed": 3, **STILL}),
    ("Crash, seed 5, longer", {"kind": "Crash", "seed": 5, **STILL, "length": 0.8}),
)
DIGIT_EXAMPLES = (
    *((str(digit), {"number": str(digit)}) for digit in DIGITS),
    ("Say 2026", {"number": "2026"}),
    ("Say 31415", {"number": "31415"}),
    ("Say 0123456789", {"number": "0123456789"}),
)
NOTE_EXAMPLES = (
    ("Middle C on a piano", {"mode": ONE_NOTE, "family": "Piano", "pitch": 60}),
    ("Low bass", {"mode": ONE_NOTE, "family": "Bass", "pitch": 36}),
    ("A tune", {"mode": TUNE, "family": "Flute", "notes": "C4 E4 G4 C5 A4 - G4 - F4 E4 D4 G4 C4 - - -", "tempo": 180}),
    ("An arpeggio", {"mode": TUNE, "family": "Guitar", "notes": "A3 C4 E4 A4 E4 C4 F3 A3 C4 F4 C4 A3 G3 B3 D4 G4", "tempo": 240}),
    ("A bass line", {"mode": TUNE, "family": "Bass", "notes": "C2 - C3 C2 - Eb2 F2 G2 C2 - C3 Bb2 - G2 F2 Eb2", "tempo": 220}),
)
WALK_EXAMPLES = (
    ("Snare to snare", {"model": "Drums", "kind": "Snare", "seed": 4, "to_seed": 9, "steps": 16}),
    ("Crash to crash", {"model": "Drums", "kind": "Crash", "seed": 1, "to_seed": 2, "steps": 8}),
    ("Seven to seven", {"model": "Digits", "digit": 7, "voice": "jackson", "seed": 0, "to_seed": 1, "steps": 6}),
    ("Strings to strings", {"model": "Notes", "family": "Strings", "pitch": 57, "seed": 0, "to_seed": 1, "steps": 8}),
)


def build(demo: Demo, engine: Any) -> ui.Place:
    """The tab's components and events, inside the `gr.Tab` being built."""
    gr.HTML(f"<style>{STYLE}</style>", visible="hidden")  # what is not shown styles the page all the same
    with gr.Tabs(elem_id="sound-tabs", overflow_behavior="wrap") as tabs:

        def single(name: str, controls: Any, ask: Any, examples: Any, endpoints: tuple[str, ...], *unask: Any) -> ui.Results:
            return tab_panel.single(demo, engine, name, name.capitalize(), controls, ask, examples, tabs, endpoints, *unask)

        kept = [
            tab_machine.build(demo, engine, tabs),
            single("drums", _drum_controls, lambda values: ("drum", values), DRUM_EXAMPLES, ("drum",)),
            single("digits", _digit_controls, _ask_digits, DIGIT_EXAMPLES, ("digit", "say"), _unask_digits),
            single("notes", _note_controls, _ask_notes, NOTE_EXAMPLES, ("note", "tune"), _unask_notes),
            single("walk", _walk_controls, lambda values: ("walk", values), WALK_EXAMPLES, ("walk",)),
        ]
    ui.measured(demo, real="Real sounds")
    return ui.Place(kept)


def _drum_controls() -> Controls:
    kind = ui.radio(requests.Drum, "kind")
    seed, _ = ui.seed_row(4)
    return {"kind": kind, "seed": seed, **tab_panel.steering(requests.Drum)}


def _digit_controls() -> Controls:
    number = gr.Textbox("7", label="What to say", info="One digit, or a number of up to twelve; then press Enter.", max_length=12)
    voice = ui.radio(requests.Digit, "voice")
    seed, _ = ui.seed_row(3)
    return {"number": number, "voice": voice, "seed": seed, **tab_panel.steering(requests.Digit)}


def _ask_digits(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    number = values["number"].strip()
    if number in map(str, DIGITS):
        return "digit", {"digit": int(number), **{name: value for name, value in values.items() if name != "number"}}
    return "say", values


def _unask_digits(endpoint: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {**parameters, "number": str(parameters["digit"])} if endpoint == "digit" else parameters


def _note_controls() -> Controls:
    mode = gr.Radio([ONE_NOTE, TUNE], value=ONE_NOTE, label="Play")
    family = ui.radio(requests.Note, "family")
    with gr.Group() as one:
        pitch = ui.slider(requests.Note, "pitch", step=1, info=None)
        name = gr.HTML("<strong>C4</strong> · 261.63 Hz", elem_id="sound-pitch", padding=True)
    with gr.Group(visible=False) as tune:
        help = "Names with octaves, such as C4 F#4 Bb3; a dash is a rest. Then press Enter."
        notes = gr.Textbox(requests.Tune.notes, label="Notes", info=help, max_length=400)
        tempo = ui.slider(requests.Tune, "tempo")
    seed, _ = ui.seed_row(0)
    sliders = tab_panel.steering(requests.Note)
    vocoder = ui.radio(requests.Note, "vocoder")
    pitch.change(None, pitch, name, js=PITCH_NAME, show_progress="hidden", api_visibility="private")
    mode.change(
        lambda chosen: (gr.Group(visible=chosen == ONE_NOTE), gr.Group(visible=chosen == TUNE)),
        mode,
        [one, tune],
        show_progress="hidden",
        api_visibility="private",
    )
    return {"mode": mode, "family": family, "pitch": pitch, "notes": notes, "tempo": tempo, "seed": seed, **sliders, "vocoder": vocoder}


def _ask_notes(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    endpoint, unused = ("note", {"mode", "notes", "tempo"}) if values["mode"] == ONE_NOTE else ("tune", {"mode", "pitch"})
    return endpoint, {name: value for name, value in values.items() if name not in unused}


def _unask_notes(endpoint: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {**parameters, "mode": ONE_NOTE if endpoint == "note" else TUNE}


def _walk_controls() -> Controls:
    model = ui.radio(requests.Walk, "model")
    kind = gr.Dropdown(list(DRUM_NAMES), value=requests.Walk.kind, label="Drum")
    with gr.Group(visible=False) as spoken:
        digit = ui.radio(requests.Walk, "digit", info=None)
        voice = ui.radio(requests.Walk, "voice", info=None)
    with gr.Group(visible=False) as played:
        family = ui.radio(requests.Walk, "family", info=None)
        pitch = ui.slider(requests.Walk, "pitch", info="MIDI pitch: 60 is middle C (C4).", step=1)
    seed, _ = ui.seed_row(0, label="From seed")
    to_seed, _ = ui.seed_row(1, label="To seed")
    steps = ui.slider(requests.Walk, "steps")
    model.change(
        lambda chosen: (gr.Dropdown(visible=chosen == "Drums"), gr.Group(visible=chosen == "Digits"), gr.Group(visible=chosen == "Notes")),
        model,
        [kind, spoken, played],
        show_progress="hidden",
        api_visibility="private",
    )
    names = {"model": model, "kind": kind, "digit": digit, "voice": voice, "family": family, "pitch": pitch}
    return {**names, "seed": seed, "to_seed": to_seed, "steps": steps}
