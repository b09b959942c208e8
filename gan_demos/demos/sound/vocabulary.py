"""What the sound models can be asked for, in the order of their labels, with the names people use."""

DIGITS = tuple(range(10))
VOICES = ("george", "jackson", "nicolas", "theo", "yweweler")
DRUMS = {
    "bd": "Kick", "sd": "Snare", "hh": "Closed hi-hat", "oh": "Open hi-hat", "cp": "Clap", "rim": "Rimshot", "lt": "Low tom",
    "mt": "Mid tom", "ht": "High tom", "cb": "Cowbell", "cr": "Crash", "rd": "Ride", "sh": "Shaker", "tb": "Tambourine",
}  # fmt: skip
DRUM_KINDS = tuple(DRUMS)
DRUM_NAMES = tuple(DRUMS.values())
NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def note_name(pitch: int) -> str:
    """MIDI pitch → name with octave: 60 → "C4"."""
    return f"{NOTE_NAMES[pitch % 12]}{pitch // 12 - 1}"


def parse_note(name: str) -> int:
    """Name with octave → MIDI pitch: "C4" → 60, "Bb3" → 58. ValueError for anything else."""
    letter, accidental, octave = name[:1].upper(), name[1:-1], name[-1:]
    steps = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
    if letter not in NOTE_NAMES or accidental not in steps or octave not in "012345678" or not octave:
        raise ValueError(name)
    return 12 * (int(octave) + 1) + NOTE_NAMES.index(letter) + steps[accidental]
