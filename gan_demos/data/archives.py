"""Public archives of sound files ⇄ our dataset files: `00000.flac`, `00001.flac`, … and `rows.jsonl` in one zip.

Nothing is unpacked to disk: the names in an archive are read, never used as paths.
"""

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from ..errors import UserError
from .download import download
from .sources import Source

ONE_SHOT_LENGTH = 16384  # samples kept of a one-shot
MAX_CLIP_BYTES = 64 << 20  # of one sound file in an archive; a clip here is a few seconds long
# what zipfile, soundfile and json raise for damaged files
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, KeyError, ValueError)


def build(source: Source, target: Path) -> None:
    """Download the source's archive and make `target` of it; `UserError`, and no file left behind, where the result is not as expected."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=target.parent) as folder:
        archive, made = Path(folder) / "archive.zip", Path(folder) / "made.zip"
        download(source.address, archive, source.max_bytes)
        convert(source, archive, made)
        problem = verify(source, made)
        if problem:
            raise UserError(f"What {source.address} gives is not the dataset {source.name}: {problem}. Nothing was kept.")
        os.replace(made, target)


def convert(source: Source, archive: Path, made: Path) -> None:
    """Write the clips of a public archive to `made`, ordered by their paths."""
    pattern = re.compile(source.pattern)
    try:
        with zipfile.ZipFile(archive) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as out:
            found = [(match, info) for info in given.infolist() if (match := pattern.fullmatch(info.filename.partition("/")[2]))]
            found.sort(key=lambda item: item[0].string)
            if len(found) != source.rows:
                raise UserError(f"The archive of {source.name} has {len(found):,} clips instead of {source.rows:,}: it is another version.")
            rows = []
            for number, (match, info) in enumerate(found):
                rows.append({key: int(text) if text.isdecimal() else text for key, text in match.groupdict().items()})
                if info.file_size > MAX_CLIP_BYTES:
                    raise UserError(f"{info.filename} in the archive of {source.name} is far too large for a clip.")
                flac = io.BytesIO()
                soundfile.write(flac, prepare(source, given.read(info)), source.rate, format="FLAC", subtype="PCM_16")
                out.writestr(zipfile.ZipInfo(f"{number:05d}.flac"), flac.getvalue())
            out.writestr(zipfile.ZipInfo("rows.jsonl"), "".join(json.dumps(row) + "\n" for row in rows))
    except UNREADABLE as error:
        raise UserError(f"The archive of {source.name} cannot be read: {error}. Try again; it may have been cut short.") from None


def prepare(source: Source, file: bytes) -> NDArray[np.int16]:
    """A sound file's bytes → mono int16 at the source's rate; 16-bit mono of that rate stays as it is.

    With `tail_db`: peak 0.95, at most 16,384 samples, cut after the last one above that level below the peak.
    """
    wave, rate = soundfile.read(io.BytesIO(file), dtype="float64", always_2d=True)
    mono = wave.mean(1)
    if rate != source.rate:
        common = gcd(rate, source.rate)
        mono = resample_poly(mono, source.rate // common, rate // common)
    if source.tail_db is not None:
        mono = mono[:ONE_SHOT_LENGTH] * (0.95 / max(np.abs(mono[:ONE_SHOT_LENGTH]).max(initial=0), 1e-6))
        heard = np.flatnonzero(np.abs(mono) > 0.95 * 10 ** (source.tail_db / 20))
        mono = mono[: heard[-1] + 1 if len(heard) else 1]
    return np.clip(np.round(mono * 32768), -32768, 32767).astype(np.int16)


def clips(file: Path) -> Iterator[tuple[dict, NDArray[np.int16], int]]:
    """(labels, samples, rate) of each row of a dataset file."""
    with zipfile.ZipFile(file) as archive:
        for number, line in enumerate(archive.read("rows.jsonl").decode().splitlines()):
            wave, rate = soundfile.read(io.BytesIO(archive.read(f"{number:05d}.flac")), dtype="int16")
            yield json.loads(line), wave, rate


def digests(file: Path, rate: int) -> tuple[int, str, str]:
    """(rows, sha256 of the labels, sha256 of labels and samples) of a dataset file; `UserError` where it is damaged or of another rate.

    Labels: each row's JSON with sorted keys and a line feed. Content: the same line, the number of samples and a line feed, the samples as
    little-endian 16 bit, for each row in turn. How the file was packed does not matter.
    """
    count, labels, content = 0, hashlib.sha256(), hashlib.sha256()
    try:
        for row, wave, found in clips(file):
            if found != rate or wave.ndim != 1:
                raise UserError(f"Clip {count} of {file} is not mono at {rate} Hz.")
            line = (json.dumps(row, sort_keys=True) + "\n").encode()
            labels.update(line)
            content.update(line + f"{len(wave)}\n".encode() + wave.astype("<i2").tobytes())
            count += 1
    except UNREADABLE as error:
        raise UserError(f"{file} is damaged: {error}.") from None
    return count, labels.hexdigest(), content.hexdigest()


def verify(source: Source, file: Path) -> str:
    """Hold a dataset file to its checksum; "" where it fits, else what is wrong."""
    try:
        rows, labels, content = digests(file, source.rate)
    except UserError as error:
        return str(error).rstrip(".")
    if content == source.content or (labels == source.labels and not source.exact):
        return ""
    if labels != source.labels:
        return f"its {rows:,} clips are other ones than the {source.rows:,} expected"
    return f"the sha256 of its sound is {content} instead of {source.content}"
