"""Arranging hits in time."""

import numpy as np
from numpy.typing import NDArray


def mix(parts: list[tuple[float, NDArray[np.float32]]], seconds: float, rate: int) -> NDArray[np.float32]:
    """Sum of (start in seconds, samples) on `seconds` of silence; what hangs over the end is folded to the start, so that a loop closes."""
    total = round(seconds * rate)
    out = np.zeros(total, np.float32)
    for start, samples in parts:
        index = (round(start * rate) + np.arange(len(samples))) % total
        np.add.at(out, index, samples)
    return out


def step_times(steps: int, tempo: float, swing: float) -> NDArray[np.float64]:
    """Start of each sixteenth note in seconds at `tempo` beats a minute; every second one is late by `swing` of a step."""
    step = 60 / tempo / 4
    return (np.arange(steps) + np.where(np.arange(steps) % 2, swing, 0)) * step


def limit(samples: NDArray[np.float32], peak: float = 0.97) -> NDArray[np.float32]:
    """Scaled down so that no sample lies beyond `peak`; quieter sound is left as it is."""
    highest = float(np.abs(samples).max())
    return samples * (peak / highest) if highest > peak else samples


def sequence(clips: list[NDArray[np.float32]], spacing: float, rate: int) -> NDArray[np.float32]:
    """Clips one after the other, one every `spacing` seconds, tails overlapping; as long as the last clip needs."""
    hop = round(spacing * rate)
    out = np.zeros(hop * (len(clips) - 1) + len(clips[-1]), np.float32)
    for i, clip in enumerate(clips):
        end = min(i * hop + len(clip), len(out))
        out[i * hop : end] += clip[: end - i * hop]
    return out


def gate(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Of the same length, silent after the last moment above -38 dB of the peak: a generator's silence is a faint hum."""
    kept = trim(samples, rate, floor_db=-38.0)
    return np.pad(kept, (0, len(samples) - len(kept)))


def gate_word(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """As `gate`, and begun over 4 ms: a generator's first samples click."""
    out, start = gate(samples, rate), round(0.004 * rate)
    out[:start] *= np.linspace(0, 1, start, dtype=np.float32)
    return out


def gate_hit(samples: NDArray[np.float32], rate: int, floor_db: float = -34.0, frame: float = 0.005, hold: int = 10) -> NDArray[np.float32]:
    """Of the same length, silent once it has decayed: from the first `hold` frames after the peak that all stay below `floor_db` of it.

    A hit decays once; what swells up after that is the generator's noise.
    """
    size = round(frame * rate)
    levels = np.abs(samples[: len(samples) // size * size].reshape(-1, size)).max(1)
    quiet = levels < levels.max() * 10 ** (floor_db / 20)
    quiet[: levels.argmax()] = False
    runs = np.convolve(quiet, np.ones(hold), "valid") >= hold
    if not runs.any():
        return gate(samples, rate)
    end = int(runs.argmax()) * size
    out = samples.copy()
    fade = min(4 * size, len(out) - end)
    out[end : end + fade] *= np.linspace(1, 0, fade, dtype=np.float32)
    out[end + fade :] = 0
    return out


def trim(samples: NDArray[np.float32], rate: int, floor_db: float = -45.0, margin: float = 0.03) -> NDArray[np.float32]:
    """Without what follows the last moment above `floor_db` of the peak, plus `margin` seconds faded out."""
    loud = np.nonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (floor_db / 20))[0]
    end = min(len(samples), (int(loud[-1]) if len(loud) else 0) + max(1, round(margin * rate)))
    out = samples[:end].copy()
    fade = min(len(out), round(margin * rate))
    out[len(out) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out
