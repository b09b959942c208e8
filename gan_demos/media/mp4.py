"""MP4: H.264 video with its recipe in the comment (moov/udta/meta/ilst/©cmt), which players show too."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from gan_demos.errors import MediaError
from gan_demos.media import frames as moving
from gan_demos.recipes import Recipe

MAGIC = re.compile(rb"....ftyp", re.DOTALL)
SUFFIX = ".mp4"
MAX_CHUNKS = 10_000
SECONDS = 120  # that encoding may take
PATH = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")
# Bytes between the head of a box and the boxes in it: version and flags; for the text itself type and language.
SKIPPED = {b"meta": 4, b"data": 8}
QUALITY = "18"  # x264's constant rate factor: no difference can be seen


def encode(frames: np.ndarray, recipe: Recipe, rate: float = 12) -> bytes:
    """An MP4 file of `frames`, uint8 of shape (frames, height, width, 3) with even sides, at `rate` frames a second.

    `MediaError` for another type, shape or size, and where the encoder cannot be run. The same frames and recipe give the same bytes.
    """
    frames = moving.check(frames, rate)
    count, height, width, _ = frames.shape
    if height % 2 or width % 2:
        raise MediaError(f"The sides of a video are even numbers of pixels, not {width} by {height}.")
    with tempfile.TemporaryDirectory(prefix="gan-demos-") as folder:
        path = Path(folder) / "video.mp4"
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{rate:g}", "-i", "-"]
        video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", QUALITY, "-pix_fmt", "yuv420p", "-threads", "1", "-frames:v", str(count)]
        # Without times and version numbers of the encoder in it, and with its index first, so that it starts before it is all there.
        plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"]
        comment = ["-metadata", f"comment={recipe.to_json()}"]
        _ffmpeg([*raw, *video, *plain, *comment, str(path)], frames.tobytes())
        return path.read_bytes()


def read_recipe(data: bytes) -> Recipe:
    """The recipe in the comment of an MP4 file; no frame is decoded. `MediaError` if there is none, `RecipeError` if malformed."""
    view = memoryview(data)
    for name in PATH:
        found = next((content for kind, content in _boxes(view) if kind == name), None)
        if found is None:
            raise MediaError("This MP4 file holds no recipe: it was not made here, or another program saved it again without its comment.")
        view = found[SKIPPED.get(name, 0) :]
    return Recipe.from_json(bytes(view))


def _ffmpeg(arguments: list[str], given: bytes) -> None:
    try:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS)
    except (OSError, RuntimeError, subprocess.TimeoutExpired):
        raise MediaError("The video could not be written, because ffmpeg cannot be run here; the GIF holds the same frames.") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MediaError(f"The video could not be written: {reason[-1][:200] if reason else 'ffmpeg failed'}.")


def _boxes(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Names and contents of the boxes that lie side by side in `view`, as far as they are whole."""
    position = 0
    for _ in range(MAX_CHUNKS):
        head = 8
        if position + head > len(view):
            return
        size, name = int.from_bytes(view[position : position + 4]), bytes(view[position + 4 : position + 8])
        if size == 1:  # the size follows in 64 bits
            head, size = 16, int.from_bytes(view[position + 8 : position + 16])
        elif size == 0:  # to the end
            size = len(view) - position
        if size < head or position + size > len(view):
            return
        yield name, view[position + head : position + size]
        position += size
