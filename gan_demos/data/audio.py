"""Sound datasets as arrays: spoken digits and drum one-shots."""

import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from .sources import path
from .splits import held_out

DIGIT_RATE, DIGIT_LENGTH = 8000, 8192
DRUM_RATE, DRUM_LENGTH = 16000, 16384
HELD_OUT_SPEAKER = "lucas"
VOICES = ("george", "jackson", "nicolas", "theo", "yweweler")
DRUM_KINDS = ("bd", "sd", "hh", "oh", "cp", "rim", "lt", "mt", "ht", "cb", "cr", "rd", "sh", "tb")


@dataclass(frozen=True)
class Clips:
    """`waves` (N, L) float32 in [-1, 1], `labels` (N, K) int64, `names` of the K label columns, `rate` in Hz."""

    waves: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    rate: int

    def __len__(self) -> int:
        return len(self.waves)


def _read(name: str) -> list[tuple[dict, NDArray[np.float32]]]:
    with zipfile.ZipFile(path(name)) as archive:
        rows = [json.loads(line) for line in archive.read("rows.jsonl").decode().splitlines()]
        return [(row, soundfile.read(io.BytesIO(archive.read(f"{i:05d}.flac")), dtype="float32")[0]) for i, row in enumerate(rows)]


def fit(wave: NDArray[np.float32], length: int, fade: int = 128) -> NDArray[np.float32]:
    """Cut or zero-pad to `length` samples; a cut end is faded so that it does not click."""
    out = np.zeros(length, np.float32)
    n = min(len(wave), length)
    out[:n] = wave[:n]
    if len(wave) > length:
        out[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out


def digits(split: str) -> Clips:
    """Spoken digits at 8 kHz, 8,192 samples, RMS over the spoken part 0.1 (peak at most 0.95); labels (digit, voice).

    split: "train" or "test" (the five training voices; takes 45-49 are the test split) or "new-voice" (the sixth speaker, voice label 0).
    """
    waves, labels = [], []
    for row, wave in _read("spoken-digits"):
        test, new = row["take"] >= 45, row["speaker"] == HELD_OUT_SPEAKER
        if (split == "new-voice") != new or (not new and (split == "test") != test):
            continue
        loud = wave - wave.mean()
        loud = loud * (0.1 / max(np.sqrt(np.mean(loud**2)), 1e-5))  # levels differ by 20 dB between speakers
        loud = loud * min(1.0, 0.95 / np.abs(loud).max())
        waves.append(fit(loud, DIGIT_LENGTH))
        labels.append((row["digit"], 0 if new else VOICES.index(row["speaker"])))
    return Clips(np.stack(waves), np.array(labels, np.int64), ("digit", "voice"), DIGIT_RATE)


def drums(split: str) -> Clips:
    """Drum one-shots at 16 kHz, 16,384 samples, peak 0.9; labels (kind,). split: "train" or "test", whole machines apart by `held_out`."""
    waves, labels = [], []
    for row, wave in _read("drum-machines"):
        if row["kind"] not in DRUM_KINDS or held_out(row["machine"]) != (split == "test"):
            continue
        loud = wave - wave.mean()
        waves.append(fit(loud * (0.9 / max(np.abs(loud).max(), 1e-5)), DRUM_LENGTH))
        labels.append((DRUM_KINDS.index(row["kind"]),))
    return Clips(np.stack(waves), np.array(labels, np.int64), ("kind",), DRUM_RATE)
