"""Pictures of a sound: its waveform, and its mel spectrogram."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ...dsp import log_mel

WIDTH, WAVE_HEIGHT, MEL_HEIGHT = 640, 140, 160
PAPER, GRID, INK = (17, 24, 39), (55, 65, 81), (52, 211, 153)
# dark blue → violet → orange → pale yellow: lightness rises steadily, so that the picture reads in grey as well
STOPS = np.array([[13, 13, 48], [86, 24, 110], [187, 55, 84], [249, 142, 9], [252, 255, 191]], float)
COLOURS = np.stack([np.interp(np.linspace(0, 4, 256), range(5), STOPS[:, c]) for c in range(3)], axis=1).astype(np.uint8)


def waveform(samples: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(L,) in [-1, 1] → picture (WAVE_HEIGHT, WIDTH, 3): a column shows the lowest and the highest sample of its stretch."""
    edges = np.linspace(0, len(samples), WIDTH + 1).astype(int)
    columns = [samples[a : max(b, a + 1)] for a, b in zip(edges[:-1], edges[1:], strict=True)]
    centre = (WAVE_HEIGHT - 1) / 2
    top = np.array([centre - min(c.max(), 1) * centre for c in columns])
    bottom = np.array([centre - max(c.min(), -1) * centre for c in columns])
    rows = np.arange(WAVE_HEIGHT)[:, None]
    picture = np.full((WAVE_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    picture[round(centre)] = GRID
    picture[(rows >= np.floor(top)) & (rows <= np.ceil(bottom))] = INK
    return picture


def mel(samples: NDArray[np.float32], rate: int) -> NDArray[np.uint8]:
    """(L,) → picture (MEL_HEIGHT, WIDTH, 3) of the 80-band log-mel spectrogram, low frequencies below.

    70 dB from black to white; white is the loudest band, or -48 dB of full scale in a sound that is quieter: silence is black.
    """
    hop = max(len(samples) // WIDTH, 64)
    bands = log_mel(torch.from_numpy(samples)[None], rate, 1024, hop, 80, floor=1e-5)[0].flip(0)  # (80, frames)
    level = ((bands - bands.max().clamp_min(0)) / 8.06 + 1).clamp(0, 1)  # 70 dB = 8.06 nepers
    indexed = Image.fromarray((level.numpy() * 255).astype(np.uint8)).resize((WIDTH, MEL_HEIGHT), Image.Resampling.BILINEAR)
    return COLOURS[np.asarray(indexed)]
