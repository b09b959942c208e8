"""Instrument notes with exact pitch: a General MIDI SoundFont (FluidR3 mono, MIT) rendered note by note.

`build()` renders every kept program, pitch and velocity once into `.data/notes` of the project
(about 0.8 GB, minutes of work, no random numbers); `notes(split)` reads that. Splits are made by a fixed rule: see `split_of`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from .. import dsp
from ..errors import UserError
from . import sources
from .splits import held_out

RATE, LENGTH = 22050, 32768  # 1.486 s
LEAD, HOLD = 512, 22050  # samples of silence before the key goes down, samples the key is held
LOWEST, PITCHES = 36, 49  # MIDI 36 … 84 (65 … 1,047 Hz)
VELOCITIES = (60, 90, 115)
# General MIDI programs, counted from 0. Left out: what is not at the asked pitch (glockenspiel, tubular bells, timpani, …), sound effects.
FAMILIES: dict[str, tuple[int, ...]] = {
    "piano": (0, 1, 2, 3, 4, 5, 6, 7),
    "mallet": (8, 11, 12, 15, 114),
    "organ": (16, 17, 18, 20, 21, 22, 23),
    "guitar": (24, 25, 26, 27, 28, 29, 30),
    "plucked": (45, 46, 104, 105, 106, 107),
    "bass": (32, 33, 34, 35, 36, 37, 38, 39),
    "strings": (40, 41, 42, 43, 44, 48, 49, 50, 51, 110),
    "brass": (56, 57, 58, 59, 60, 61, 62, 63),
    "reed": (64, 65, 66, 67, 68, 69, 70, 71, 109, 111),
    "flute": (72, 73, 74, 75, 76, 77, 78, 79),
    "choir": (52, 53, 54, 85, 91),
    "lead": (80, 81, 82, 83, 84, 87),
    "pad": (88, 89, 90, 92, 93, 94, 95),
}
# drawbars that sound one or two octaves below the key: the key is moved up, so that the note is at the asked pitch
KEY_SHIFT = {16: 24, 17: 12, 18: 12}
SOUNDFONT = Path("/usr/share/fluidr3mono-gm-soundfont/FluidR3Mono_GM.sf3")
SOUNDFONT_SHA256 = "cda013d8c370a48ae8dad271e761078d2e77455488dabdedbfbe5fc76a38c682"
SAMPLE_SHA256 = "951786f7600dd0c9cb618c20ccbdd5216bdc3ae68b0ac2459f7364ec3b523ff7"


@dataclass(frozen=True)
class Notes:
    """`waves` (N, L) int16, memory-mapped, and the `rows` of it (M,) that belong to the split.

    Of those rows: `labels` (M, 2) int64 = (family, pitch - LOWEST), `programs` (M,), `velocities` (M,).
    """

    waves: NDArray[np.int16]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    programs: NDArray[np.int64]
    velocities: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, picks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Waves (len(picks), L) of the given items, float32 in [-1, 1]."""
        return self.waves[self.rows[picks]].astype(np.float32) / 32767


def hertz(pitch):
    """MIDI pitch → frequency in Hz (A4 = 69 = 440 Hz), for numbers and arrays."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def split_of(program: int, pitch: int) -> str:
    """The split of a note.

    "test": a fifth of the programs, instruments never trained on (none of organ, bass and strings is among them);
    "new-notes": a tenth of the pitches of each other program; else "train".
    """
    if held_out(f"program-{program}", 0.2):
        return "test"
    return "new-notes" if held_out(f"program-{program}-pitch-{pitch}") else "train"


def soundfont() -> Path:
    """The SoundFont's file; `UserError` saying how to get it where it is missing or is another version."""
    file = next((f for f in (SOUNDFONT, sources.root() / "audio" / SOUNDFONT.name) if f.is_file()), None)
    if file is None:
        hint = f"Install the Debian package fluidr3mono-gm-soundfont, or put the file at {SOUNDFONT}"
        raise UserError(f"The SoundFont {SOUNDFONT.name} is not here. {hint}")
    if hashlib.sha256(file.read_bytes()).hexdigest() != SOUNDFONT_SHA256:
        raise UserError(f"{file} is not the SoundFont the notes are made from (its sha256 differs): use fluidr3mono-gm-soundfont 2.315-7")
    return file


def level(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring the loudest 93 ms to RMS 0.2, peak at most 0.9; silence (peak below 0.01) becomes zeros."""
    if np.abs(wave).max() < 0.01:
        return np.zeros_like(wave)
    power = np.square(wave.astype(np.float64)).cumsum()
    loudest = np.sqrt((power[2048:] - power[:-2048]).max() / 2048)
    return (wave * min(0.2 / loudest, 0.9 / np.abs(wave).max())).astype(np.float32)


class Renderer:
    """Plays single notes of the SoundFont; each note is the same whatever was played before it."""

    def __init__(self):
        import tinysoundfont

        self.synth = tinysoundfont.Synth(samplerate=RATE)
        self.font = self.synth.sfload(str(soundfont()))

    def note(self, program: int, pitch: int, velocity: int) -> NDArray[np.float32]:
        """(L,) in [-1, 1]: silence, the key held for one second, its release; levelled."""
        key = pitch + KEY_SHIFT.get(program, 0)
        self.synth.program_select(0, self.font, 0, program)
        self.synth.noteon(0, key, velocity)
        held = bytes(self.synth.generate(HOLD))
        self.synth.noteoff(0, key)
        released = bytes(self.synth.generate(LENGTH - LEAD - HOLD))
        self.synth.sounds_off(0)
        self.synth.generate(4096)  # lets the voices end, or they would sound into the next note
        wave = np.frombuffer(held + released, np.float32).reshape(-1, 2).mean(1)
        wave[-256:] *= np.linspace(1, 0, 256, dtype=np.float32)
        return level(np.concatenate([np.zeros(LEAD, np.float32), wave]))


def in_tune(wave: NDArray[np.float32], pitch: int, cents: float = 50.0) -> bool:
    """Whether the measured fundamental is within `cents` of the pitch; searched from an octave below to two above."""
    f0 = hertz(pitch)
    found = dsp.pitch(torch.from_numpy(wave)[None], RATE, 0.45 * f0, 4.2 * f0, 4096)[0]
    return bool(found > 0 and abs(1200 * np.log2(found / f0)) < cents)


def rendered() -> Iterator[tuple[tuple[int, int, int, int], NDArray[np.int16]]]:
    """((family, pitch - LOWEST, program, velocity), wave int16) of every note that is in tune (and not silent) at velocity 90."""
    renderer = Renderer()
    for family, programs in enumerate(FAMILIES.values()):
        for program in programs:
            for pitch in range(LOWEST, LOWEST + PITCHES):
                if not in_tune(renderer.note(program, pitch, 90), pitch):
                    continue
                for velocity in VELOCITIES:
                    wave = renderer.note(program, pitch, velocity)
                    if wave.any():
                        yield (family, pitch - LOWEST, program, velocity), np.round(wave * 32767).astype(np.int16)


def sample_digest() -> str:
    """sha256 over the int16 samples of each family's first program at pitches 48 and 72, velocity 90: is rendering the same here?"""
    renderer, digest = Renderer(), hashlib.sha256()
    for programs in FAMILIES.values():
        for pitch in (48, 72):
            digest.update(np.round(renderer.note(programs[0], pitch, 90) * 32767).astype("<i2").tobytes())
    return digest.hexdigest()


def folder() -> Path:
    """Where the rendered notes lie: `.data/notes` in the project."""
    return Path(__file__).resolve().parents[2] / ".data" / "notes"


def build(target: Path | None = None) -> Path:
    """Render all notes into `target` (default: `folder()`): `waves.npy` (N, L) int16, `labels.npy` (N, 4), `facts.json` with checksums."""
    target = target or folder()
    target.mkdir(parents=True, exist_ok=True)
    labels = []
    raw = target / "waves.raw"
    with raw.open("wb") as file:
        for label, wave in rendered():
            labels.append(label)
            file.write(wave.astype("<i2").tobytes())
    waves = np.lib.format.open_memmap(target / "waves.npy", "w+", np.int16, (len(labels), LENGTH))
    waves[:] = np.memmap(raw, "<i2", "r", shape=waves.shape)
    waves.flush()
    raw.unlink()
    np.save(target / "labels.npy", np.array(labels, np.int16))
    facts = {"notes": len(labels), "soundfont": SOUNDFONT_SHA256, "sample": sample_digest()}
    (target / "facts.json").write_text(json.dumps(facts, indent=2) + "\n")
    return target


def check() -> dict[str, bool]:
    """Whether the SoundFont is ours, this machine renders the fixed sample bit for bit, and the built notes come from the same."""
    font = soundfont()
    file = folder() / "facts.json"
    facts = json.loads(file.read_text()) if file.is_file() else {}
    built = facts.get("soundfont") == SOUNDFONT_SHA256 and facts.get("sample") == SAMPLE_SHA256
    return {f"soundfont {font}": True, "rendering": sample_digest() == SAMPLE_SHA256, f"notes in {folder()}": built}


def notes(split: str) -> Notes:
    """The notes of a split ("train", "new-notes" or "test"); `UserError` where they are not built yet."""
    where = folder()
    if not (where / "facts.json").is_file():
        raise UserError(f"The notes are not rendered yet ({where} is missing). Build them with: python -m gan_demos data build notes")
    labels = np.load(where / "labels.npy").astype(np.int64)
    rows = np.array([i for i, row in enumerate(labels) if split_of(int(row[2]), int(row[1]) + LOWEST) == split], np.int64)
    if not len(rows):
        raise UserError(f"There is no split {split!r} of the notes: choose train, new-notes or test.")
    mine = labels[rows]
    return Notes(np.load(where / "waves.npy", mmap_mode="r"), rows, mine[:, :2], mine[:, 2], mine[:, 3])
