"""WAV: 16-bit PCM sound with its recipe in the comment (`ICMT`) of a RIFF LIST/INFO chunk."""

import io
import re
import struct
from collections.abc import Iterator

import numpy as np
import soundfile

from gan_demos import __version__
from gan_demos.errors import MediaError
from gan_demos.recipes import Recipe

MAGIC = re.compile(rb"RIFF....WAVE", re.DOTALL)
SUFFIX = ".wav"
FULL_SCALE = 32767
OVERSHOOT = 1e-3  # rounding in float32 may leave a sample this far beyond 1
MAX_CHUNKS = 4096
MAX_RATE = 384_000


def encode(samples: np.ndarray, rate: int, recipe: Recipe) -> bytes:
    """A WAV file of `samples`, float of shape (samples,) or (samples, channels) with 1 or 2 channels, in [-1, 1], at `rate` Hz.

    `MediaError` for samples that are not finite, beyond full scale, empty or of another shape.
    """
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0 or (samples.ndim == 2 and samples.shape[1] not in (1, 2)):
        raise MediaError(f"Sound has the shape (samples,) or (samples, 1 or 2), not {samples.shape}.")
    if not np.issubdtype(samples.dtype, np.floating):
        raise MediaError(f"Sound is made of floating point samples, not {samples.dtype}.")
    if not 1 <= rate <= MAX_RATE:
        raise MediaError(f"A sound's rate is between 1 and {MAX_RATE} Hz, not {rate}.")
    if not np.isfinite(samples).all():
        raise MediaError("This sound holds samples that are not numbers, so it cannot be written.")
    if (peak := float(np.abs(samples).max())) > 1 + OVERSHOOT:
        raise MediaError(f"This sound's peak is {peak:.3f}, beyond full scale (1): make it quieter.")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    pcm = np.rint(np.clip(samples.astype(np.float64), -1, 1) * FULL_SCALE).astype("<i2").tobytes()
    width = 2 * channels
    header = struct.pack("<HHIIHH", 1, channels, int(rate), int(rate) * width, width, 16)
    comment = _chunk(b"ICMT", recipe.to_json().encode("utf-8") + b"\0")
    software = _chunk(b"ISFT", f"gan_demos {__version__}".encode() + b"\0")
    body = b"WAVE" + _chunk(b"fmt ", header) + _chunk(b"LIST", b"INFO" + comment + software) + _chunk(b"data", pcm)
    return _chunk(b"RIFF", body)


def read_recipe(data: bytes) -> Recipe:
    """The recipe in the comment of a WAV file; the sound itself is not read. `MediaError` if there is none, `RecipeError` if malformed."""
    view = memoryview(data)
    for name, chunk in _chunks(view[12:]):
        if name == b"LIST" and chunk[:4] == b"INFO":
            for entry, text in _chunks(chunk[4:]):
                if entry == b"ICMT":
                    return Recipe.from_json(bytes(text).split(b"\0", 1)[0])
    raise MediaError("This WAV file holds no recipe: it was not made here, or another program saved it again without its comment.")


def decode(data: bytes, max_seconds: float = 60.0) -> tuple[np.ndarray, int]:
    """Samples, float32 of shape (samples,) or (samples, channels) in [-1, 1], and the rate in Hz of a WAV file of mono or stereo sound.

    `MediaError` for another kind of file, a damaged one, or one longer than `max_seconds`: its header is checked before it is decoded.
    """
    if not MAGIC.match(data):
        raise MediaError("This is not a WAV file.")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.channels > 2:
                raise MediaError(f"This sound has {file.channels} channels; 1 or 2 are read.")
            if file.frames > max_seconds * file.samplerate:
                raise MediaError(f"This sound is {file.frames / file.samplerate:.0f} s long; at most {max_seconds:g} s are read.")
            samples = file.read(dtype="float32")
            rate = file.samplerate
    except soundfile.LibsndfileError:
        raise MediaError("This WAV file is damaged, so it cannot be read.") from None
    if not len(samples) or not np.isfinite(samples).all():
        raise MediaError("This WAV file holds no sound.")
    return samples, rate


def _chunk(name: bytes, content: bytes) -> bytes:
    # Chunks start at even places; the padding byte does not count as content.
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    position = 0
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(view):
            return
        name, size = bytes(view[position : position + 4]), int.from_bytes(view[position + 4 : position + 8], "little")
        if position + 8 + size > len(view):
            return  # cut short: what is left of this chunk is no chunk
        yield name, view[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
