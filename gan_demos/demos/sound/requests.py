"""The requests of the Sound tab: frozen, and checked against the limits that their fields declare."""

from dataclasses import dataclass

from ...parameters import choice, integer, number, numbers, structure, text
from ...parameters import seed as seed_field
from .vocabulary import DIGITS, DRUM_NAMES, VOICES

TRACKS, STEPS = 6, 16
LOW_PITCH, HIGH_PITCH = 36, 84
FAMILIES = (
    "Piano", "Mallets", "Organ", "Guitar", "Plucked", "Bass", "Strings", "Brass", "Reed", "Flute", "Choir", "Synth lead", "Synth pad",
)  # fmt: skip


def slider(label: str, help: str) -> float:
    """A named direction: 0 leaves the seed's own sound, ±1 is as far as the slider goes."""
    return number(0.0, -1.0, 1.0, label, help, step=0.05)


@dataclass(frozen=True)
class Digit:
    """One spoken digit."""

    digit: int = choice(7, DIGITS, "Digit")
    voice: str = choice("jackson", VOICES, "Voice", "The five speakers whose recordings the model learned from.")
    seed: int = seed_field()
    brightness: float = slider("Brightness", "Mean frequency of the sound.")
    length: float = slider("Length", "How long the sound goes on.")
    loudness: float = slider("Loudness", "Level of the sound.")


@dataclass(frozen=True)
class Say:
    """A number, digit by digit."""

    number: str = text("2026", 12, "Number", "Up to twelve digits.")
    voice: str = choice("jackson", VOICES, "Voice")
    seed: int = seed_field()
    brightness: float = slider("Brightness", "Mean frequency of the sound.")
    length: float = slider("Length", "How long each digit goes on.")
    loudness: float = slider("Loudness", "Level of the sound.")


@dataclass(frozen=True)
class Drum:
    """One drum hit."""

    kind: str = choice("Snare", DRUM_NAMES, "Drum")
    seed: int = seed_field()
    brightness: float = slider("Brightness", "Mean frequency of the hit.")
    length: float = slider("Length", "How slowly the hit decays.")
    loudness: float = slider("Loudness", "Level of the hit.")


@dataclass(frozen=True)
class Note:
    """One instrument note."""

    family: str = choice("Piano", FAMILIES, "Instrument")
    pitch: int = integer(60, LOW_PITCH, HIGH_PITCH, "Pitch", "MIDI pitch: 60 is middle C (C4), 69 is A4 = 440 Hz.")
    seed: int = seed_field()
    brightness: float = slider("Brightness", "Mean frequency of the note.")
    length: float = slider("Length", "How long the note rings.")
    loudness: float = slider("Loudness", "Level of the note.")
    vocoder: str = choice("Neural", ("Neural", "Griffin-Lim"), "Vocoder", "What turns the mel spectrogram into sound.")


@dataclass(frozen=True)
class Tune:
    """A line of notes, all with the timbre of one seed."""

    notes: str = text("C4 E4 G4 C5 G4 E4 C4", 400, "Notes", "Names with octaves, such as C4 F#4 Bb3; a dash is a rest. Up to 32.")
    family: str = choice("Piano", FAMILIES, "Instrument")
    seed: int = seed_field()
    tempo: float = number(120.0, 40.0, 240.0, "Tempo", "Notes a minute.", step=1)
    brightness: float = slider("Brightness", "Mean frequency of the notes.")
    length: float = slider("Length", "How long the notes ring.")
    loudness: float = slider("Loudness", "Level of the notes.")
    vocoder: str = choice("Neural", ("Neural", "Griffin-Lim"), "Vocoder")


@dataclass(frozen=True)
class Walk:
    """A walk through latent space from one seed to another, as one sound."""

    model: str = choice("Drums", ("Digits", "Drums", "Notes"), "Model")
    digit: int = choice(7, DIGITS, "Digit", "Used by Digits.")
    voice: str = choice("jackson", VOICES, "Voice", "Used by Digits.")
    kind: str = choice("Snare", DRUM_NAMES, "Drum", "Used by Drums.")
    family: str = choice("Piano", FAMILIES, "Instrument", "Used by Notes.")
    pitch: int = integer(60, LOW_PITCH, HIGH_PITCH, "Pitch", "Used by Notes.")
    seed: int = seed_field(0, "From seed")
    to_seed: int = seed_field(1, "To seed")
    steps: int = integer(8, 2, 24, "Steps", "How many sounds the walk is made of.")


def _pattern(value: object) -> tuple[tuple[int, ...], ...]:
    if not isinstance(value, (list, tuple)) or len(value) != TRACKS:
        raise ValueError
    rows = []
    for row in value:
        if not isinstance(row, (list, tuple)) or len(row) != STEPS or any(isinstance(x, bool) or x not in (0, 1) for x in row):
            raise ValueError
        rows.append(tuple(int(x) for x in row))
    return tuple(rows)


def _kinds(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != TRACKS or any(x not in DRUM_NAMES for x in value):
        raise ValueError
    return tuple(value)


ROCK = (
    (1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    (1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
    (0,) * 16,
    (0,) * 16,
)
KIT = ("Kick", "Snare", "Closed hi-hat", "Open hi-hat", "Clap", "Cowbell")


@dataclass(frozen=True)
class Loop:
    """A drum-machine loop: six generated hits on sixteen steps."""

    pattern: tuple = structure(
        ROCK, _pattern, "6 rows of 16 zeros or ones", "Pattern", "One row for each drum, one column for each sixteenth note."
    )
    kinds: tuple = structure(KIT, _kinds, f"6 names out of {', '.join(DRUM_NAMES)}", "Drums")
    seeds: tuple[int, ...] = numbers((0, 1, 2, 3, 4, 5), TRACKS, 0, 2**32 - 1, "Seeds", "One for each drum.")
    brightness: tuple[float, ...] = numbers((0.0,) * TRACKS, TRACKS, -1, 1, "Brightness", "One for each drum.")
    length: tuple[float, ...] = numbers((0.0,) * TRACKS, TRACKS, -1, 1, "Length", "One for each drum.")
    level: tuple[float, ...] = numbers((0.9, 0.8, 0.5, 0.5, 0.7, 0.5), TRACKS, 0, 1, "Level", "One for each drum.")
    tempo: float = number(112.0, 50.0, 220.0, "Tempo", "Beats (four steps each) a minute.", step=1)
    swing: float = number(0.0, 0.0, 0.6, "Swing", "How much every second step is late, as a share of a step.", step=0.05)
    bars: int = integer(2, 1, 8, "Bars", "How often the pattern is played.")
