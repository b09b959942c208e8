"""Any picture that a person gives → 128 × 128 pixels as the models take them, or a sentence that says why not.

What is prepared is kept as a small WebP: recipes and requests carry it as text, and preparing it again changes nothing.
"""

import base64
import binascii
import io
import re
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ...errors import UserError

SIDE = 128
MAX_BYTES = 12 << 20  # of a file
MAX_PIXELS = 40_000_000  # of a picture, checked before any of it is decoded
MIN_SIDE = 16
LARGE = 1024  # pixels: what is larger is made smaller at once
MAX_SHAPE = 20  # times longer than wide
MAX_KEPT = 36 << 10  # bytes of the WebP that is kept, without loss if that fits: a recipe must hold it as text
QUALITIES = (90, 75, 50, 25)
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
PLAIN = 12  # levels: how much the border of a picture on a plain ground may vary
SMALL = 0.6  # share of the frame; what is smaller on a plain ground is brought nearer
MARGIN = 0.06
LABEL = "Picture"
Picture = NDArray[np.uint8]

# What was done to a picture, as requests keep it, and as a person reads it.
NOTES = {
    "animated": "This is an animation: its first frame was taken.",
    "turned": "It was turned upright, as its camera noted.",
    "transparent": "What was transparent is white now.",
    "padded": "It was not square: the missing ground was added.",
    "nearer": "It was small in its frame, so it was brought nearer.",
    "cmyk": "Its printing colours (CMYK) were turned into those of a screen.",
    "deep": "Its 16 bits a colour became 8.",
    "enlarged": "It has fewer pixels than the model draws, so it is soft.",
}
_OTHERS = (  # the first bytes of files that are no picture we read
    (re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL), "a HEIC picture (iPhones make them)"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "an AVIF picture"),
    (re.compile(rb"....ftyp", re.DOTALL), "a film"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(?=.{0,1900}<?svg[\s>])", re.DOTALL | re.IGNORECASE), "an SVG drawing"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF picture"),
    (re.compile(rb"%PDF"), "a PDF document"),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (re.compile(rb"\x00\x00\x01\x00"), "an icon file"),
)  # fmt: skip
_CONVERT = "Save it as PNG or JPEG and give that."


@dataclass(frozen=True)
class Prepared:
    """`webp`: the file that is kept; `notes`: keys of `NOTES`, what was done to it."""

    webp: bytes
    notes: tuple[str, ...]

    @property
    def picture(self) -> Picture:
        """(128, 128, 3) uint8."""
        with Image.open(io.BytesIO(self.webp), formats=("WEBP",)) as image:
            return np.array(image.convert("RGB"))

    @property
    def sentences(self) -> list[str]:
        """The notes as a person reads them."""
        return [NOTES[note] for note in self.notes]

    def plain(self) -> dict:
        """As requests and recipes keep it: {"webp": base64, "notes": […]}."""
        return {"webp": base64.b64encode(self.webp).decode("ascii"), "notes": list(self.notes)}


def prepare(data: bytes) -> Prepared:
    """The picture in a file of PNG, JPEG, GIF, WebP or BMP, ready for the models: upright, on white, square, in the middle.

    `UserError` for anything else, and for what is too large (before it is decoded), too small, damaged or cut short.
    """
    if not data:
        raise _refusal("the file is empty.")
    if len(data) > MAX_BYTES:
        raise _refusal(f"the file has {len(data) / (1 << 20):.0f} MB; at most {MAX_BYTES >> 20} are read.")
    if is_prepared(data):
        return Prepared(data, ())
    notes: dict[str, bool] = {}
    with _opened(data) as image:
        _check_shape(*image.size)
        upright = _decoded(image, notes)
    return prepare_array(np.asarray(upright), notes)


def prepare_array(array: Picture, notes: Mapping[str, bool] | None = None) -> Prepared:
    """The same for levels (H, W, 3) or (H, W, 4) uint8, such as a drawing in the browser."""
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise _refusal("a picture is made of uint8 levels of three or four channels.")
    found = dict(notes or {})
    image = Image.fromarray(np.ascontiguousarray(array))
    _check_shape(*image.size)
    if image.mode == "RGBA":
        found["transparent"] = image.getextrema()[3][0] < 255
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image)
        image = flat.convert("RGB")
    found["enlarged"] = max(image.size) < SIDE
    image = _framed(image, found)
    if image.size != (SIDE, SIDE):
        way = Image.Resampling.LANCZOS if image.width > SIDE else Image.Resampling.BICUBIC
        image = image.resize((SIDE, SIDE), way, reducing_gap=3.0 if image.width > SIDE else None)
    return Prepared(_kept(image), tuple(note for note in NOTES if found.get(note)))


def is_prepared(data: bytes) -> bool:
    """Whether a file is one that `prepare` gives: a plain WebP of 128 × 128, small enough."""
    if len(data) > MAX_KEPT or data[:4] != b"RIFF" or data[8:16] not in (b"WEBPVP8L", b"WEBPVP8 "):
        return False
    if _webp_canvas(data) != (SIDE, SIDE):  # before anything is decoded: 38 bytes can unfold into 81 million pixels
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            fits = image.size == (SIDE, SIDE) and image.mode == "RGB" and not getattr(image, "is_animated", False)
            image.load()
            return fits
    except (OSError, ValueError, SyntaxError):
        return False


def read(given: object) -> Prepared:
    """The picture of a request: a file as base64 (or a data address), or what `Prepared.plain` gave; `UserError` for anything else."""
    notes: tuple[str, ...] = ()
    if isinstance(given, Mapping):
        if set(given) != {"webp", "notes"} or not isinstance(given["notes"], list | tuple):
            raise _refusal('it is text, or an object with "webp" and "notes".')
        if not all(isinstance(note, str) and note in NOTES for note in given["notes"]):
            raise _refusal(f"its notes are some of {', '.join(NOTES)}.")
        notes, given = tuple(note for note in NOTES if note in given["notes"]), given["webp"]
    if not isinstance(given, str):
        raise _refusal("it is the text (base64) of a picture file, or the name of an example.")
    prepared = prepare(_bytes_of(given))
    return Prepared(prepared.webp, tuple(note for note in NOTES if note in {*notes, *prepared.notes}))


def _bytes_of(text: str) -> bytes:
    if len(text) > MAX_BYTES * 4 // 3 + 200:
        raise _refusal(f"the file has more than {MAX_BYTES >> 20} MB.")
    if not text.strip():
        raise _refusal("there is none: give one, or choose an example.")
    if re.match(r"(https?|ftp|file)://", text.lstrip()[:10], re.IGNORECASE):
        raise _refusal("addresses are not fetched: give the file itself.")
    text = re.sub(r"\Adata:[a-z0-9.+/-]{0,80};base64,", "", text.strip()[:200], flags=re.IGNORECASE) + text.strip()[200:]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refusal("it is neither the text (base64) of a picture file nor the name of an example.") from None


def _refusal(why: str) -> UserError:
    return UserError(f"{LABEL}: {why}")


def _opened(data: bytes) -> Image.Image:
    """The picture, not decoded yet and not too large to be."""
    for pattern, kind in _OTHERS:
        if pattern.match(data[:2000]):
            raise _refusal(f"this is {kind}, which is not read here. {_CONVERT}")
    if canvas := _webp_canvas(data):
        _check_shape(*canvas)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _refusal(f"it has more than {MAX_PIXELS // 10**6} million pixels. Make it smaller and try again.") from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError):
        kind = "a text, whatever its name says" if _is_text(data) else "no picture of a kind that is read here, or it is damaged"
        raise _refusal(f"this is {kind}. PNG, JPEG, GIF, WebP and BMP are read.") from None


def _webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Width and height that the head of a WebP states, of any of its three kinds: its reader makes room for all of it at once."""
    if data[:4] != b"RIFF" or len(data) < 30:
        return None
    if data[8:16] == b"WEBPVP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[8:16] == b"WEBPVP8L":  # 14 bits each, behind a byte of signature
        packed = int.from_bytes(data[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if data[8:16] == b"WEBPVP8 ":  # the upper two bits tell how to scale it
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None


def _is_text(data: bytes) -> bool:
    head = data[:1000]
    return b"\0" not in head and sum(byte >= 32 or byte in b"\t\r\n" for byte in head) > 0.95 * len(head)


def _check_shape(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _refusal(
            f"it has {width} × {height} pixels, {width * height / 10**6:.0f} million; at most {MAX_PIXELS // 10**6} million are read."
        )
    if min(width, height) < MIN_SIDE:
        raise _refusal(f"it has {width} × {height} pixels, too few to show anything: {MIN_SIDE} × {MIN_SIDE} is the least.")
    if max(width, height) > MAX_SHAPE * min(width, height):
        raise _refusal(f"it has {width} × {height} pixels, a strip rather than a picture.")


def _decoded(image: Image.Image, notes: dict[str, bool]) -> Image.Image:
    """RGB or RGBA, upright, 8 bits a colour."""
    try:
        notes["animated"] = bool(getattr(image, "is_animated", False))
        image.draft(image.mode, (4 * SIDE, 4 * SIDE))  # a large JPEG need not be decoded in full
        image.load()
        turned = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, struct.error):
        raise _refusal("the file is damaged or cut short: part of the picture is missing.") from None
    except MemoryError:
        raise _refusal("it is too large for this machine. Make it smaller and try again.") from None
    notes["turned"] = image.getexif().get(0x0112, 1) in range(2, 9)
    notes["cmyk"] = turned.mode == "CMYK"
    notes["deep"] = turned.mode.startswith("I")
    if notes["deep"]:
        return Image.fromarray((np.asarray(turned).astype(np.int64).clip(0, 65535) // 257).astype(np.uint8)).convert("RGB")
    transparent = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    upright = turned.convert("RGBA" if transparent else "RGB")
    upright.thumbnail((LARGE, LARGE), reducing_gap=2.0)
    return upright


def _framed(image: Image.Image, notes: dict[str, bool]) -> Image.Image:
    """A square with the picture in its middle. On a plain ground, what is small is brought nearer."""
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.int16)
    ground = np.median(border, 0)
    plain = bool((np.abs(border - ground).max(1) <= PLAIN).mean() > 0.97)
    box = _content(pixels, ground) if plain else None
    if box is not None and max(box[2] - box[0], box[3] - box[1]) < SMALL * max(image.size):
        margin = round(MARGIN * max(box[2] - box[0], box[3] - box[1]))
        image = _cut(image, box, margin, ground)
        notes["nearer"] = True
    if image.width == image.height:
        return image
    notes["padded"] = not notes.get("nearer", False)
    side = max(image.size)
    whole = Image.new("RGB", (side, side), tuple(int(level) for level in ground) if plain else "white")
    whole.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return whole


def _content(pixels: Picture, ground: NDArray) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is not the ground; None for an empty picture."""
    differs = np.abs(pixels.astype(np.int16) - ground).max(2) > 2 * PLAIN
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    if not len(rows) or max(len(rows), len(columns)) < 4:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _cut(image: Image.Image, box: tuple[int, int, int, int], margin: int, ground: NDArray) -> Image.Image:
    """The box with a margin of the ground around it."""
    left, top, right, bottom = box
    whole = Image.new("RGB", (right - left + 2 * margin, bottom - top + 2 * margin), tuple(int(level) for level in ground))
    whole.paste(image.crop(box), (margin, margin))
    return whole


def _kept(image: Image.Image) -> bytes:
    """A WebP of 128 × 128: without loss where that is small, else with as little as fits."""
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True, method=4, quality=75)
    if len(file.getvalue()) <= MAX_KEPT:
        return file.getvalue()
    for quality in QUALITIES:
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=4)
        if len(file.getvalue()) <= MAX_KEPT:
            return file.getvalue()
    raise _refusal("it cannot be kept small enough.")
