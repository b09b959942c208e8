"""Sound datasets from public archives: each clip becomes a FLAC of 16 bits, mono, at the dataset's rate."""

import io
from dataclasses import dataclass
from math import gcd
from typing import ClassVar

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from .archives import ArchiveSource

ONE_SHOT_LENGTH = 16384  # samples kept of a one-shot


@dataclass(frozen=True, kw_only=True)
class SoundSource(ArchiveSource):
    """An archive of sound files."""

    rate: int  # Hz
    tail_db: float | None = None  # one-shots are levelled, cut and trimmed below this level; None: samples stay as they are

    MEMBER: ClassVar[str] = "{:05d}.flac"

    def convert(self, file: bytes) -> bytes:
        flac = io.BytesIO()
        soundfile.write(flac, self.samples(file), self.rate, format="FLAC", subtype="PCM_16")
        return flac.getvalue()

    def content_of(self, file: bytes) -> bytes:
        """The number of samples and a line feed, the samples as little-endian 16 bit."""
        wave, rate = soundfile.read(io.BytesIO(file), dtype="int16")
        if rate != self.rate or wave.ndim != 1:
            raise ValueError(f"a clip is not mono at {self.rate} Hz")
        return f"{len(wave)}\n".encode() + wave.astype("<i2").tobytes()

    def samples(self, file: bytes) -> NDArray[np.int16]:
        """A sound file's bytes → mono int16 at the dataset's rate; 16-bit mono of that rate stays as it is.

        With `tail_db`: peak 0.95, at most 16,384 samples, cut after the last one above that level below the peak.
        """
        wave, rate = soundfile.read(io.BytesIO(file), dtype="float64", always_2d=True)
        mono = wave.mean(1)
        if rate != self.rate:
            common = gcd(rate, self.rate)
            mono = resample_poly(mono, self.rate // common, rate // common)
        if self.tail_db is not None:
            mono = mono[:ONE_SHOT_LENGTH] * (0.95 / max(np.abs(mono[:ONE_SHOT_LENGTH]).max(initial=0), 1e-6))
            heard = np.flatnonzero(np.abs(mono) > 0.95 * 10 ** (self.tail_db / 20))
            mono = mono[: heard[-1] + 1 if len(heard) else 1]
        return np.clip(np.round(mono * 32768), -32768, 32767).astype(np.int16)


DIGITS = SoundSource(
    name="spoken-digits",
    file="audio/spoken_digits_8k.zip",
    title="Free Spoken Digit Dataset v1.0.10",
    address="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
    licence="CC-BY-SA-4.0",
    pattern=r"recordings/(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav",
    rate=8000,
    rows=3000,
    labels="4c5380a86446ef2226f2cf775407cec71920e4d348386be19b578c9a6a1dbca9",
    content="6ad15db47805ec88661434e90dde0e0b16fb3974bebc92430535ad8f3e1b0bf8",
    max_bytes=100 << 20,
)
DRUMS = SoundSource(
    name="drum-machines",
    file="audio/drum_machines_16k.zip",
    title="tidal-drum-machines, samples of 72 drum machines",
    address="https://github.com/geikha/tidal-drum-machines/archive/refs/heads/main.zip",
    licence="none stated: for research and study",
    pattern=r"machines/(?P<file>(?P<machine>[^/]+)/[^/]+-(?P<kind>[a-z]+)/[^/]+\.(?:wav|WAV))",
    rate=16000,
    rows=2594,
    labels="8b5e7f40f780f3ae328b22565ec12f85a88744a65d1f3dda9ec79448a0198943",
    content="c07568f34f7a4c230ae4ced0d43b7e94539b26c7cbbc88c3a8b5f43b0e278cdf",
    max_bytes=500 << 20,
    tail_db=-60.0,
    exact=False,
    note="The file the models were trained on was made with another resampler, and the address is a branch that can move: a build is "
    "held to the file names and labels of all clips, not to each sample.",
)
