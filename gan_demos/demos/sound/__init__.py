"""Sound: spoken digits and drums (WaveGAN), instrument notes (mel-GAN + vocoder), and a drum machine of generated hits."""

from ...demo import Demo, Endpoint
from . import generate, requests
from .mel_networks import MelGenerator, Vocoder
from .networks import WaveGANGenerator

_NOTES = (generate.NOTES, generate.VOCODER)
_SLIDERS = {"sliders": ["brightness", "length", "loudness"]}

DEMO = Demo(
    name="sound",
    title="Sound",
    pitch="Spoken digits, drums and instrument notes out of latent space: move a slider and hear what changes.",
    checkpoints=(generate.DIGITS, generate.DRUMS, generate.NOTES, generate.VOCODER),
    networks={"WaveGANGenerator": WaveGANGenerator, "MelGenerator": MelGenerator, "Vocoder": Vocoder},
    endpoints={
        e.name: e
        for e in (
            Endpoint("digit", requests.Digit, generate.digit, "One spoken digit.", {"digit": 7, "seed": 3}, (generate.DIGITS,)),
            Endpoint("say", requests.Say, generate.say, "A number, digit by digit.", {"number": "2026"}, (generate.DIGITS,)),
            Endpoint("drum", requests.Drum, generate.drum, "One drum hit.", {"kind": "Snare", "seed": 3}, (generate.DRUMS,)),
            Endpoint("loop", requests.Loop, generate.loop, "A drum-machine loop of generated hits.", {"tempo": 112}, (generate.DRUMS,)),
            Endpoint("note", requests.Note, generate.note, "One instrument note of exact pitch.", {"family": "Piano", "pitch": 60}, _NOTES),
            Endpoint("tune", requests.Tune, generate.tune, "A line of notes with one timbre.", {"notes": "C4 E4 G4 C5"}, _NOTES),
            Endpoint(
                "walk",
                requests.Walk,
                generate.walk,
                "A walk from one seed to another.",
                {"model": "Drums", "steps": 4},
                generate.uses_model_of,
            ),
        )
    },
    debug={
        generate.DIGITS: (
            "WaveGANGenerator",
            {"channels": 2, "strides": [4, 4, 4, 4, 2], "condition_sizes": [10, 5], "style_width": 8, "steering": 3},
            _SLIDERS,
        ),
        generate.DRUMS: (
            "WaveGANGenerator",
            {"channels": 2, "strides": [4, 4, 4, 4, 4], "condition_sizes": [14], "style_width": 8, "steering": 3},
            _SLIDERS,
        ),
        generate.NOTES: (
            "MelGenerator",
            {"latent_dim": generate.NOTE_LATENT, "widths": [4, 4, 4, 4, 4], "condition_sizes": [13, 49], "style_width": 8, "steering": 3},
            _SLIDERS,
        ),
        generate.VOCODER: ("Vocoder", {"width": 8, "blocks": 1}, {}),
    },
    tab="gan_demos.demos.sound.tab:build",
    train="gan_demos.demos.sound.train",
    warm=(generate.DRUMS, generate.DIGITS, generate.NOTES, generate.VOCODER),
    judges=("judge-digits", "judge-drums", "judge-notes"),
)
