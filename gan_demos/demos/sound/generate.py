"""Request → sound: what the web tab, the API, the command line and the tests all call."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import media
from ...demo import Artefact, Context, Result
from ...dsp import brightness, duration, loudness, upsample2
from ...errors import UserError
from . import pictures, requests, rhythm
from .vocabulary import DRUM_NAMES, VOICES, note_name, parse_note

DIGITS, DRUMS, NOTES, VOCODER = "wavegan-digits", "wavegan-drums", "melgan-notes", "vocoder-notes"
RATE = 16_000  # of digits and drums, in Hz
NOTE_RATE, NOTE_HOP, NOTE_FRAMES = 22_050, 256, 128
LATENT, NOTE_LATENT = 100, 64
Wave = NDArray[np.float32]


def latents(seed: int, count: int = 1, size: int = LATENT) -> Tensor:
    """Latents (count, size), uniform in [-1, 1], drawn on the CPU: a result depends on its seed and on nobody's batch."""
    return torch.rand(count, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def blend(seed: int, to_seed: int, steps: int, size: int = LATENT) -> Tensor:
    """Latents (steps, size) from one seed's to another's along the arc between them, their length blended too (Shoemake 1985)."""
    a, b = latents(seed, size=size)[0], latents(to_seed, size=size)[0]
    t = torch.linspace(0, 1, steps)[:, None]
    angle = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if angle < 1e-3:
        return a + (b - a) * t
    arc = (torch.sin((1 - t) * angle) * a / a.norm() + torch.sin(t * angle) * b / b.norm()) / torch.sin(angle)
    return arc * (a.norm() + (b.norm() - a.norm()) * t)


def steering(request: object) -> Tensor:
    """The slider positions of a request (3,), in the order of the checkpoints' directions."""
    return torch.tensor([request.brightness, request.length, request.loudness], dtype=torch.float32)


def wavegan(context: Context, model: str, latent: Tensor, conditions: Sequence[Sequence[int]], steer: Tensor) -> list[Wave]:
    """One clip (16,384,) at 16 kHz for each row of latent (N, 100), conditions (N, K) and steer (N, 3)."""
    items = [{"latent": z, "condition": torch.tensor(c), "steer": s} for z, c, s in zip(latent, conditions, steer, strict=True)]
    waves = torch.stack(context.engine.call_many(context.model(model), items, owner=context.owner))  # (N, L)
    if model == DIGITS:
        waves = upsample2(waves)  # the recordings are of 8 kHz: the network makes what is in them and no more
    gate = rhythm.gate_hit if model == DRUMS else rhythm.gate_word
    return [rhythm.limit(gate(wave, RATE)) for wave in waves.numpy()]


def mel_notes(context: Context, request: object, latent: Tensor, pitches: Sequence[int]) -> list[Wave]:
    """One note (32,768,) at 22.05 kHz for each row of latent (N, 64) and each MIDI pitch: mel-GAN, then the vocoder asked for."""
    family, steer = requests.FAMILIES.index(request.family), steering(request)
    items = [
        {"latent": z, "condition": torch.tensor([family, p - requests.LOW_PITCH]), "steer": steer}
        for z, p in zip(latent, pitches, strict=True)
    ]
    mels = context.engine.call_many(context.model(NOTES), items, owner=context.owner)  # each (80, 128)
    method = "forward" if request.vocoder == "Neural" else "griffin_lim"
    noise = torch.Generator().manual_seed(request.seed)
    inputs = [
        {"mel": m, "f0": torch.tensor(440 * 2 ** ((p - 69) / 12)), "noise": torch.randn(NOTE_FRAMES * NOTE_HOP, generator=noise)}
        for m, p in zip(mels, pitches, strict=True)
    ]
    waves = context.engine.call_many(context.model(VOCODER), inputs, method=method, owner=context.owner)
    return [rhythm.limit(wave.numpy()) for wave in waves]


def result(context: Context, name: str, samples: Wave, rate: int, **values: object) -> Result:
    """Sound, its two pictures, and what was measured on it."""
    wave = torch.from_numpy(samples)[None]
    measured = {
        "seconds": round(len(samples) / rate, 3),
        "brightness_hz": round(float(brightness(wave, rate)), 1),
        "effective_length_s": round(float(duration(wave, rate)), 3),
        "level_db": round(float(loudness(wave)), 1),
    }
    artefacts = (
        Artefact(name, "audio", ".wav", media.encode("wav", samples, rate, context.recipe)),
        Artefact(f"{name}-waveform", "image", ".png", media.encode("png", pictures.waveform(samples), context.recipe)),
        Artefact(f"{name}-mel", "image", ".png", media.encode("png", pictures.mel(samples, rate), context.recipe)),
    )
    return Result(artefacts, {**values, **measured})


def digit(context: Context, request: requests.Digit) -> Result:
    condition = (request.digit, VOICES.index(request.voice))
    (wave,) = wavegan(context, DIGITS, latents(request.seed), [condition], steering(request)[None])
    return result(context, f"digit-{request.digit}-seed-{request.seed}", wave, RATE)


def say(context: Context, request: requests.Say) -> Result:
    said = [int(c) for c in request.number if c in "0123456789"]
    if not said or len(said) != len(request.number.replace(" ", "")):
        raise UserError("The number must be made of the digits 0 to 9, one to twelve of them: this model has learned no other words.")
    conditions = [(d, VOICES.index(request.voice)) for d in said]
    waves = wavegan(context, DIGITS, latents(request.seed, len(said)), conditions, steering(request).expand(len(said), -1))
    spoken = [rhythm.trim(wave, RATE) for wave in waves]
    gap = np.zeros(round(0.06 * RATE), np.float32)
    samples = np.concatenate([part for wave in spoken for part in (wave, gap)])
    return result(context, f"number-{''.join(map(str, said))}", samples, RATE, digits=len(said))


def drum(context: Context, request: requests.Drum) -> Result:
    label = DRUM_NAMES.index(request.kind)
    (wave,) = wavegan(context, DRUMS, latents(request.seed), [(label,)], steering(request)[None])
    return result(context, f"{request.kind.lower().replace(' ', '-')}-seed-{request.seed}", wave, RATE)


def note(context: Context, request: requests.Note) -> Result:
    (wave,) = mel_notes(context, request, latents(request.seed, size=NOTE_LATENT), [request.pitch])
    name = f"{request.family.lower().replace(' ', '-')}-{note_name(request.pitch).replace('#', 's')}-seed-{request.seed}"
    return result(context, name, wave, NOTE_RATE, note=note_name(request.pitch), asked_hz=round(440 * 2 ** ((request.pitch - 69) / 12), 2))


def tune(context: Context, request: requests.Tune) -> Result:
    pitches = [None if word in "-–." else _pitch(word) for word in request.notes.split()]
    sounding = [p for p in pitches if p is not None]
    if not sounding or len(pitches) > 32:
        raise UserError("The notes must be 1 to 32 names with octaves, such as C4 E4 G4; a dash is a rest.")
    distinct = sorted(set(sounding))
    timbre = latents(request.seed, size=NOTE_LATENT).expand(len(distinct), -1)
    waves = dict(zip(distinct, mel_notes(context, request, timbre, distinct), strict=True))
    spacing = 60 / request.tempo
    parts = [(i * spacing, waves[p] * 0.6) for i, p in enumerate(pitches) if p is not None]
    seconds = (len(pitches) - 1) * spacing + NOTE_FRAMES * NOTE_HOP / NOTE_RATE
    samples = rhythm.limit(rhythm.mix(parts, seconds, NOTE_RATE))
    return result(context, f"tune-{request.family.lower().replace(' ', '-')}-seed-{request.seed}", samples, NOTE_RATE, notes=len(sounding))


def _pitch(word: str) -> int:
    try:
        pitch = parse_note(word)
    except ValueError:
        raise UserError(
            f"{word[:20]!r} is not the name of a note: write a letter from A to G, # or b if needed, and an octave, such as F#4."
        ) from None
    if not requests.LOW_PITCH <= pitch <= requests.HIGH_PITCH:
        low, high = note_name(requests.LOW_PITCH), note_name(requests.HIGH_PITCH)
        raise UserError(f"The note {word} is outside of what this model has learned: {low} to {high}.")
    return pitch


def walk(context: Context, request: requests.Walk) -> Result:
    size = NOTE_LATENT if request.model == "Notes" else LATENT
    z, steer = blend(request.seed, request.to_seed, request.steps, size), torch.zeros(request.steps, 3)
    if request.model == "Notes":
        still = requests.Note(family=request.family, pitch=request.pitch, seed=request.seed)
        waves, rate, spacing = mel_notes(context, still, z, [request.pitch] * request.steps), NOTE_RATE, 0.75
    elif request.model == "Digits":
        conditions = [(request.digit, VOICES.index(request.voice))] * request.steps
        waves, rate, spacing = wavegan(context, DIGITS, z, conditions, steer), RATE, 0.6
    else:
        conditions = [(DRUM_NAMES.index(request.kind),)] * request.steps
        waves, rate, spacing = wavegan(context, DRUMS, z, conditions, steer), RATE, 0.4
    samples = rhythm.limit(rhythm.sequence(waves, spacing, rate))
    return result(context, f"walk-{request.model.lower()}-{request.seed}-to-{request.to_seed}", samples, rate, steps=request.steps)


def loop(context: Context, request: requests.Loop) -> Result:
    if not any(map(any, request.pattern)):
        raise UserError("The pattern is empty: switch on at least one step.")
    z = torch.cat([latents(s) for s in request.seeds])
    conditions = [(DRUM_NAMES.index(kind),) for kind in request.kinds]
    steer = torch.tensor([request.brightness, request.length, [0.0] * requests.TRACKS]).T  # (6, 3)
    hits = wavegan(context, DRUMS, z, conditions, steer)
    times = rhythm.step_times(requests.STEPS * request.bars, request.tempo, request.swing)
    parts = [
        (times[step], hits[track] * level)
        for track, level in enumerate(request.level)
        for step in range(len(times))
        if request.pattern[track][step % requests.STEPS] and level > 0
    ]
    seconds = len(times) * 60 / request.tempo / 4
    samples = rhythm.limit(rhythm.mix(parts, seconds, RATE))
    return result(context, f"loop-{request.tempo:.0f}-bpm", samples, RATE, hits=len(parts))


def uses_model_of(request: requests.Walk) -> tuple[str, ...]:
    """The checkpoints that a walk uses."""
    return {"Digits": (DIGITS,), "Drums": (DRUMS,), "Notes": (NOTES, VOCODER)}[request.model]
