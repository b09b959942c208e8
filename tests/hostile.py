"""A corpus of what strangers send: values, paths, addresses, file names and files, made here, the same every time.

`python -m tests.hostile FOLDER` plays the files against every reader in a process of its own, where its memory can be measured and
everything that is unpickled is seen, and prints what happened as JSON.
"""

import functools
import gzip
import io
import json
import math
import os
import pickle
import random
import resource
import struct
import sys
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

METADATA = "http://169.254.169.254/latest/meta-data/"
ADDRESSES = (
    METADATA,
    "http://127.0.0.1:22/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0.0.0.0/",
    "http://localhost:7860/metrics",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://10.0.0.1/",
    "http://192.168.0.1/admin",
    "http://user:password@127.0.0.1/",
    "http://127.0.0.1#@example.org/",
    "http://example.org@127.0.0.1/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "https://example.org/picture.png",
    "HTTP://127.0.0.1/",
    " http://127.0.0.1/",
    "ftp://127.0.0.1/file",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "data:text/html;base64,PHNjcmlwdD4=",
    "javascript:alert(1)",
)
PATHS = (
    "../../etc/passwd",
    "../" * 20 + "etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "/proc/self/environ",
    "/proc/self/cwd/app.py",
    "/dev/zero",
    "/dev/stdin",
    "~/.ssh/id_rsa",
    "$HOME/.ssh/id_rsa",
    "app.py",
    "./checkpoints/faces/config.json",
    "gan_demos/../app.py",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "FILE:/etc/passwd",
    "\\\\host\\share\\secret",
    "//host/share/secret",
    "..\\..\\windows\\win.ini",
    "C:\\windows\\win.ini",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc/passwd",
    "..;/..;/etc/passwd",
    "/etc/passwd\0.png",
    "/etc/passwd%00.png",
    "．．／．．／etc／passwd",
    "....//....//etc/passwd",
)
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><svg/onload=alert(1)//',
    "' onmouseover='alert(1)",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "[a link](javascript:alert(1))",
    "![picture](http://169.254.169.254/)",
    "<style>*{display:none}</style>",
    "</textarea></script><!--",
    "&lt;script&gt;",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "{% import os %}",
    "{0.__class__.__mro__}",
    "%s%s%s%n",
    "%(password)s",
    "'; DROP TABLE users; --",
    "$(touch hostile)",
    "`touch hostile`",
    "| touch hostile",
    "; touch hostile #",
    "__import__('os').system('touch hostile')",
    "=HYPERLINK(\"http://127.0.0.1\")",
    "-rf",
    "--help",
)
CHARACTERS = (
    "\0",
    "a\0b",
    "\x1b[31mred\x1b[0m",
    "\x07\x08\x0b\x0c",
    "\x7f",
    "\x80\x85\x9b",
    "\r\nSet-Cookie: hostile=1",
    "a\r\n\r\n<html>",
    "\n" * 900,
    "\t" * 900,
    "\u202egnp.exe",
    "\u2066\u2067\u2068\u2069",
    "\u200b\u200c\u200d\u2060",
    "\ufeff",
    "\ufffe\uffff",
    "\ud800",
    "\udfff\ud800",
    "\u2028\u2029",
    "e" + "\u0301" * 900,
    "Z" + "\u0335\u0336\u0489" * 300,
    "\U0010ffff",
    "🏴\U000e0067\U000e0062",
    "﷽" * 500,
    "İıſK",
    "ﬀ" * 500,
)
NUMBERS = (
    math.nan,
    math.inf,
    -math.inf,
    1e308,
    -1e308,
    5e-324,
    -0.0,
    0.1,
    1e17,
    -1,
    2**31,
    2**32,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
    10**400,
    -(10**5000),
)
NUMERALS = (
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "1e-999",
    "9" * 31,
    "9" * 5000,
    "0x10",
    "0b1",
    "1_000",
    "٣",
    "³",
    "1,5",
    "1.5.2",
    "1+1",
    " 1 ",
    "1\n",
    "+1",
    "--1",
    "1e",
    "true",
    "null",
    "None",
    "undefined",
    "",
    " ",
)
NAMES = (
    *PATHS,
    *SCRIPTS,
    *CHARACTERS,
    "a" * 4000 + ".png",
    "a" * 255,
    ".",
    "..",
    ".htaccess",
    ".env",
    "CON",
    "NUL.png",
    "a.png.exe",
    "picture.svg",
    "page.html",
    "a:b.png",
    "a.png\r\nContent-Type: text/html",
    'a"; filename="b.png',
)


def nested(depth: int, kind: str) -> Any:
    """Lists or dicts, `depth` deep."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


def uploaded(path: str, **more: Any) -> dict[str, Any]:
    """What Gradio takes for a file wherever it stands."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def values() -> Iterator[tuple[str, Any]]:
    """Hostile values of a parameter by a name for each: all that JSON, or a program that imports the package, can hand over."""
    groups = {
        "address": ADDRESSES,
        "path": PATHS,
        "script": SCRIPTS,
        "characters": CHARACTERS,
        "number": NUMBERS,
        "numeral": NUMERALS,
    }
    for group, members in groups.items():
        yield from ((f"{group}-{number}", value) for number, value in enumerate(members))
    yield "null", None
    yield "true", True
    yield "false", False
    yield "empty-list", []
    yield "empty-dict", {}
    yield "list-of-null", [None]
    yield "list-of-nan", [math.nan] * 6
    yield "list-of-infinity", [math.inf] * 2
    yield "list-of-huge", [10**400] * 2
    yield "list-of-true", [True] * 6
    yield "list-of-text", ["a"] * 6
    yield "list-of-lists", [[[1]]]
    yield "list-of-dicts", [{"a": 1}] * 6
    yield "list-of-dicts-of-lists", [{"hair": ["red"]}]
    yield "long-list", [0] * 100_000
    yield "ragged", [[1], [1, 2], []]
    yield "rows-of-nan", [[math.nan] * 16] * 6
    yield "rows-of-true", [[True] * 16] * 6
    yield "dict-of-nan", {"a": math.nan}
    yield "dict-of-null", {"hair": None}
    yield "dict-of-list", {"hair": ["red"]}
    yield "dict-of-dict", {"hair": {"red": 1}}
    yield "dict-of-script", {"hair": SCRIPTS[1]}
    yield "dict-of-huge", {"hairColor": 10**5000}
    yield "unknown-slot", {"__class__": "a"}
    yield "prototype", {"__proto__": {"polluted": True}}
    yield "key-of-null", {"\0": 1}
    yield "key-of-1-MB", {"k" * (1 << 20): 1}
    yield "many-keys", {str(number): number for number in range(100_000)}
    yield "term-of-nan", {"kind": "chair", "seed": math.nan}
    yield "term-of-infinity", {"kind": "chair", "seed": math.inf}
    yield "term-of-null", {"kind": None, "seed": None}
    yield "term-of-list", {"kind": ["chair"], "seed": [1]}
    yield "term-of-text", {"kind": "chair", "seed": "9" * 5000}
    yield "kept-picture-of-null", {"webp": None, "notes": []}
    yield "kept-picture-of-script", {"webp": SCRIPTS[0], "notes": [SCRIPTS[0]]}
    yield "kept-picture-of-path", {"webp": PATHS[0], "notes": []}
    yield "kept-picture-of-lists", {"webp": "AAAA", "notes": [[]]}
    yield "infinite-latent", "AHwA/AB+"  # half floats: infinity, -infinity, NaN
    yield "odd-latent", "AAAA"
    yield "base64-of-a-pickle", "gASVCgAAAAAAAACMBnN5c3RlbZQu"
    for depth in (5, 100, 900):
        for kind in ("list", "dict"):
            yield f"{kind}-{depth}-deep", nested(depth, kind)
    yield "text-of-1-MB", "x" * (1 << 20)
    yield "text-of-1-MB-of-digits", "9" * (1 << 20)
    yield "text-of-1-MB-of-base64", "A" * (1 << 20)
    yield "text-of-1-MB-of-quotes", '"' * (1 << 20)
    yield "text-of-20-MB", "A" * (20 << 20)
    yield "words", "a fox " * 200_000
    for number, address in enumerate(ADDRESSES[:6]):
        yield f"file-at-address-{number}", uploaded(address)
    for number, path in enumerate(PATHS[:12]):
        yield f"file-of-server-{number}", uploaded(path)
    yield "file-with-address", uploaded("a.png", url=METADATA)
    yield "stream", uploaded("/etc/passwd", is_stream=True)
    yield "update", {"__type__": "update", "value": "/etc/passwd"}


def encoded_paths(secret: Path) -> list[str]:
    """Ends of an address that would serve the file `secret`, were one of them taken."""
    path, up = str(secret), "../" * 20
    plain = [path, "/" + path, up + path.lstrip("/"), "./" + path, "file://" + path, f"{path}\0.png", f"{path}%00.png"]
    plain += [path + "/", path + "/."]
    plain += [up.replace("/", "\\") + path.lstrip("/"), "....//" * 20 + path.lstrip("/"), path.replace("/", "\\"), f"/proc/self/root{path}"]
    plain += [f"/tmp/../{path}", "/etc/passwd", "app.py", "/proc/self/environ", "checkpoints/faces/config.json", ".git/config", "~/.bashrc"]
    once = [quote(each, safe="") for each in plain]
    return [*(quote(each) for each in plain), *once, *(quote(each, safe="") for each in once), up.replace(".", "%2e") + path.lstrip("/")]


# Files.


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 64, height: int = 64, depth: int = 8, colour: int = 2, before: bytes = b"", pixels: bytes | None = None) -> bytes:
    """A PNG that states this size and kind of pixels, whatever it holds."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x40" * 3 * 64) * 64) if pixels is None else pixels
    return b"\x89PNG\r\n\x1a\n" + head + before + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def webp(kind: bytes, content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 12 + len(content)) + b"WEBP" + kind + struct.pack("<I", len(content)) + content


def webp_extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\x10\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + bytes(40))


def webp_lossless(width: int, height: int) -> bytes:
    """A picture of one colour: whole, in 38 bytes, whatever its size. Behind 14 bits of width and of height and four that are 0
    come a 0 for "nothing is transformed", one for "no cache of colours", one for "one code for all", and five codes of one symbol each."""
    bits = (width - 1) | (height - 1) << 14
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", bits) + b"\x88\x88\x08" + bytes(6))


def webp_lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x50\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(60))


def wav(data_size: int, riff_size: int = 36, channels: int = 1, rate: int = 8000, bits: int = 16, samples: bytes = bytes(64)) -> bytes:
    """A WAV whose head states these sizes, whatever follows."""
    width = channels * bits // 8
    format = struct.pack("<HHIIHH", 1, channels & 0xFFFF, rate, rate * width & 0xFFFFFFFF, width & 0xFFFF, bits)
    head = b"RIFF" + struct.pack("<I", riff_size) + b"WAVEfmt " + struct.pack("<I", 16) + format
    return head + b"data" + struct.pack("<I", data_size) + samples


def flac(samples: int) -> bytes:
    """A FLAC whose head states that many samples (36 bits)."""
    facts = struct.pack(">HH", 4096, 4096) + bytes(6) + ((44100 << 44) | (0 << 41) | (15 << 36) | samples).to_bytes(8, "big") + bytes(16)
    return b"fLaC" + b"\x80" + len(facts).to_bytes(3, "big") + facts + b"\xff\xf8" + bytes(60)


def gif(frames: int, width: int = 1, height: int = 1) -> bytes:
    """A GIF of that many frames of one pixel, on a canvas of this size."""
    frame = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + bytes(4) + b"\1\0\1\0\0" + b"\2\2\x44\1\0"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6) + frame * frames + b";"


def glb(text: bytes, size: int | None = None) -> bytes:
    """A GLB that states `size` bytes of JSON."""
    return b"glTF" + struct.pack("<III", 2, 20 + len(text), len(text) if size is None else size) + b"JSON" + text


def safetensors(header: bytes, size: int | None = None, body: bytes = b"") -> bytes:
    """A file of weights whose first bytes state `size` bytes of header."""
    return struct.pack("<Q", len(header) if size is None else size) + header + body


def box(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return struct.pack(">I", 8 + len(content) if size is None else size) + name + content


def bmp(width: int, height: int, offset: int = 54, bits: int = 24) -> bytes:
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, offset, 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0) + bytes(64)


class Trap:
    """What a pickle of strangers does to whoever opens it."""

    def __reduce__(self) -> tuple:
        return os.system, ("touch hostile",)


def zip_bomb() -> bytes:
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("0"), bytes(30 << 20))
        archive.writestr(zipfile.ZipInfo("../../hostile"), b"0")
    return file.getvalue()


def made_here() -> dict[str, bytes]:
    """A true file of each kind, to be damaged."""
    import numpy as np
    from PIL import Image

    from gan_demos import media
    from gan_demos.media.meshes import Mesh
    from gan_demos.recipes import Recipe

    recipe = Recipe("toy", "tone", {"seed": 7, "title": "a"}, {"toy-tones": "ab" * 32}, "0.1.0")
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 48, 3), dtype=np.uint8)
    corners = np.eye(4, 3, dtype=np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    mesh = Mesh(corners, faces, corners, np.full((4, 3), 90, np.uint8))
    found = {
        "wav": media.encode("wav", np.zeros(80, np.float32), 8000, recipe),
        "png": media.encode("png", picture, recipe),
        "gif": media.encode("gif", picture[None], recipe),
        **{kind: media.encode(kind, mesh, recipe) for kind in ("glb", "ply", "obj")},
    }
    turned = bytes.fromhex("45786966000049492a0008000000010012010300010000000600000000000000")  # a camera that was held sideways
    for kind, options in (("JPEG", {"exif": turned}), ("WEBP", {}), ("BMP", {})):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, kind, **options)
        found[kind.lower()] = file.getvalue()
    return found


@functools.cache
def files() -> dict[str, bytes]:
    """Hostile files by their names: none of them holds anything that may be taken, or they are so damaged that it should not be."""
    found: dict[str, bytes] = {}
    text_bomb = zlib.compress(b" " * (100 << 20), 9)
    ours = b"gan_demos.recipe\0"
    deep = b"[" * 60_000
    endless = b'{"asset":{"extras":{"gan_demos.recipe":'
    made: dict[str, Callable[[], bytes] | bytes] = {
        "empty.png": b"",
        "one-byte.png": b"\x89",
        "text.png": b"This is only a text.\n" * 50,
        "page.png": b"<!doctype html><script>alert(1)</script>",
        "zip-bomb.png": zip_bomb,
        "gzip-bomb.png": lambda: gzip.compress(bytes(30 << 20), mtime=0),
        "elf.png": b"\x7fELF" + bytes(500),
        "script.png": b"#!/bin/sh\ntouch hostile\n",
        "30000-by-30000.png": png(30_000, 30_000),
        "largest.png": png(2**31 - 1, 2**31 - 1),
        "no-width.png": png(0, 64),
        "negative.png": png(2**32 - 1, 2**32 - 1),
        "16-bit-huge.png": png(20_000, 20_000, 16, 6),
        "pixel-bomb.png": lambda: png(6_000, 6_600, 8, 2, pixels=zlib.compress(bytes(1000))),
        "no-such-colour.png": png(64, 64, 8, 5),
        "no-such-depth.png": png(64, 64, 3, 2),
        "itxt-bomb.png": png(before=png_chunk(b"iTXt", ours + b"\1\0\0\0" + text_bomb)),
        "ztxt-bomb.png": png(before=png_chunk(b"zTXt", ours + b"\0" + text_bomb)),
        "ztxt-bomb-of-another.png": png(before=png_chunk(b"zTXt", b"Comment\0\0" + text_bomb)),
        "profile-bomb.png": png(before=png_chunk(b"iCCP", b"a\0\0" + text_bomb)),
        "many-texts.png": png(before=png_chunk(b"tEXt", b"a\0b") * 20_000),
        "long-text.png": png(before=png_chunk(b"tEXt", ours + b" " * (2 << 20))),
        "deep-recipe.png": png(before=png_chunk(b"tEXt", ours + deep)),
        "recipe-of-another.png": png(before=png_chunk(b"tEXt", ours + b'{"demo":"../../etc","endpoint":"passwd"}')),
        "recipe-of-nan.png": png(before=png_chunk(b"tEXt", ours + b'{"seed":NaN}')),
        "recipe-of-digits.png": png(before=png_chunk(b"tEXt", ours + b"9" * 60_000)),
        "lying-chunk.png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**32 - 1) + b"tEXt" + ours,
        "frames.png": png(before=png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "palette-of-nothing.png": png(64, 64, 8, 3, before=png_chunk(b"PLTE", b"")),
        "transparency.png": png(64, 64, 8, 3, before=png_chunk(b"PLTE", b"abc") + png_chunk(b"tRNS", bytes(400))),
        "short-transparency.png": png(64, 64, 8, 2, before=png_chunk(b"tRNS", b"\0")),
        "exif.png": png(before=png_chunk(b"eXIf", b"II*\0" + b"\xff" * 64)),
        "gamma.png": png(before=png_chunk(b"gAMA", b"") + png_chunk(b"cHRM", b"") + png_chunk(b"pHYs", b"a")),
        "9000-by-9000.webp": webp_lossless(9_000, 9_000),
        "16383-by-16383.webp": webp_lossless(16_383, 16_383),
        "16383-by-16383-lossy.webp": webp_lossy(16_383, 16_383),
        "9000-by-9000-lossy.webp": webp_lossy(9_000, 9_000),
        "extended.webp": webp_extended(1 << 24, 1 << 24),
        "strip.webp": webp_lossless(16_383, 16),
        "no-content.webp": webp(b"VP8L", b""),
        "128-of-nothing.webp": webp_lossy(128, 128),
        "huge.jpg": b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + b"\1\x22\0\2\x11\1\3\x11\1" + b"\xff\xd9",
        "comment-that-never-ends.jpg": b"\xff\xd8\xff\xfe\xff\xff" + b"a" * 100,
        "markers.jpg": b"\xff\xd8" + b"\xff\xe1\x00\x02" * 20_000,
        "exif-loop.jpg": b"\xff\xd8\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\xff\x08\0\0\0\x08\0\0\0",
        "multi-picture.jpg": b"\xff\xd8\xff\xe2\x00\x40MPF\0II*\0\x08\0\0\0\x03\0" + b"\xff" * 50,
        "huge.bmp": bmp(2**31 - 1, 2**31 - 1),
        "upside-down.bmp": bmp(64, -(2**31)),
        "far-offset.bmp": bmp(64, 64, 2**32 - 1),
        "no-such-depth.bmp": bmp(64, 64, 54, 7),
        "100000-frames.gif": gif(100_000),
        "huge.gif": gif(1, 65_535, 65_535),
        "no-frames.gif": gif(0, 64, 64),
        "no-end.gif": b"GIF89a" + bytes(7) + b"\x21\xfe" + (b"\xff" + b"a" * 255) * 3_000,
        "table-only.gif": b"GIF89a\x40\0\x40\0\xf7\0\0",
        "frame-outside.gif": b"GIF89a\x40\0\x40\0\0\0\0\x2c\xff\xff\xff\xff\xff\xff\xff\xff\0\2\2\x44\1\0;",
        "entity.svg": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "laughs.svg": b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 1000 + b'">]><svg>' + b"&b;" * 1000 + b"</svg>",
        "onload.svg": b"<svg onload='alert(1)'/>",
        "remote.svg": b'<svg><image href="http://169.254.169.254/"/></svg>',
        "huge.tiff": b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 100,
        "page.pdf": b"%PDF-1.7\n/JavaScript",
        "postscript.png": b"%!PS\n(touch hostile) system",
        "icon.ico": b"\0\0\1\0\xff\xff" + b"\xff" * 64,
        "photo.heic": b"\0\0\0\x18ftypheic" + bytes(100),
        "lying-data.wav": wav(2**32 - 1),
        "lying-riff.wav": wav(64, 2**32 - 1),
        "no-samples.wav": wav(0, samples=b""),
        "65535-channels.wav": wav(64, channels=65_535),
        "no-channels.wav": wav(64, channels=0),
        "no-rate.wav": wav(64, rate=0),
        "no-bits.wav": wav(64, bits=0),
        "60000-bits.wav": wav(64, bits=60_000),
        "hours.wav": lambda: wav(2 << 20, rate=1, samples=bytes(2 << 20)),
        "many-lists.wav": b"RIFF\0\0\0\0WAVE" + b"LIST\4\0\0\0INFO" * 50_000,
        "lying-list.wav": b"RIFF\0\0\0\0WAVELIST\x20\0\0\0INFOICMT\xff\xff\xff\xff" + bytes(20),
        "deep-comment.wav": b"RIFF\0\0\0\0WAVELIST" + struct.pack("<I", 12 + 60_000) + b"INFOICMT" + struct.pack("<I", 60_000) + deep,
        "absurd.flac": flac(2**36 - 1),
        "flac.wav": flac(2**36 - 1),
        "vorbis.ogg": b"OggS" + b"\xff" * 200,
        "junk.mp3": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(100),
        "midi.mid": b"MThd\0\0\0\6\0\1\xff\xff\0\x60MTrk\xff\xff\xff\xff",
        "lying-length.glb": glb(b"{}", 2**32 - 1),
        "deep.glb": glb(b"[" * 200_000),
        "deep-in-recipe.glb": glb(endless + deep),
        "deep-dicts.glb": glb(b'{"a":' * 50_000),
        "number.glb": glb(b'{"asset":{"extras":{"gan_demos.recipe":5}}}'),
        "list.glb": glb(b"[]"),
        "digits.glb": glb(b"9" * 6_000),
        "no-text.glb": glb(b"\xff\xfe" * 100),
        "cut.glb": b"glTF\2\0\0\0",
        "recipe-of-deep.glb": glb(json.dumps({"asset": {"extras": {"gan_demos.recipe": "[" * 9_000}}}).encode()),
        "lying-box.mp4": box(b"ftyp", b"isom") + box(b"moov", b"", 2**32 - 1),
        "64-bit-box.mp4": box(b"ftyp", b"isom") + struct.pack(">I", 1) + b"moov" + struct.pack(">Q", 2**64 - 1),
        "many-boxes.mp4": box(b"ftyp", b"isom") + box(b"free", b"") * 50_000,
        "boxes-in-boxes.mp4": box(b"ftyp", b"isom") + b"\0\0\0\0moov" * 20_000,
        "deep-comment.mp4": box(b"ftyp", b"") + _comment(deep),
        "no-end.ply": b"ply\n" + b"comment a\n" * 50_000,
        "many-comments.ply": b"ply\n" + b"comment gan_demos.recipe [\n" * 5_000 + b"end_header\n",
        "lying-count.ply": b"ply\nformat binary_little_endian 1.0\nelement vertex 99999999999\nend_header\n",
        "many-comments.obj": b"# gan_demos.recipe [\n" * 10_000,
        "material.obj": b"mtllib /etc/passwd\nusemtl a\n",
        "no-line-end.obj": b"# gan_demos.recipe " + b" " * (1 << 20),
        "trap.safetensors": lambda: pickle.dumps(Trap()),
        "trap-behind-a-head.safetensors": lambda: safetensors(pickle.dumps(Trap())),
        "torch.safetensors": b"PK\3\4" + bytes(26) + b"archive/data.pkl",
        "header-bomb.safetensors": safetensors(b"{" * 100, 2**63),
        "header-of-spaces.safetensors": lambda: safetensors(b" " * (2 << 20)),
        "deep.safetensors": safetensors(b'{"a":' * 50_000),
        "lying-shape.safetensors": safetensors(b'{"a":{"dtype":"F32","shape":[4294967296,65536],"data_offsets":[0,4]}}', None, bytes(4)),
        "overlap.safetensors": safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999]}}', None, bytes(4)),
        "negative.safetensors": safetensors(b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[-4,0]}}'),
        "no-type.safetensors": safetensors(b'{"a":{"dtype":"PICKLE","shape":[1],"data_offsets":[0,4]}}', None, bytes(4)),
        "archive.npz": lambda: zip_bomb(),
        "object.npy": lambda: b"\x93NUMPY\1\0\x10\0{'descr':'|O'}  \n" + pickle.dumps(Trap()),
    }  # fmt: skip
    for name, content in made.items():
        found[name] = content() if callable(content) else content
    for kind, whole in made_here().items():
        for part in (1, 2, 4, 8, 16):
            found[f"cut-at-{part}-of-32.{kind}"] = whole[: max(4, len(whole) * part // 32)]
        for seed in range(8):
            rng, damaged = random.Random(seed), bytearray(whole)
            for place in rng.sample(range(min(len(damaged), 400)), 6):
                damaged[place] ^= rng.randrange(1, 256)
            found[f"damaged-{seed}.{kind}"] = bytes(damaged)
    return found


def _comment(text: bytes) -> bytes:
    content = box(b"data", bytes(8) + text)
    for name, gap in ((b"\xa9cmt", b""), (b"ilst", b""), (b"meta", bytes(4)), (b"udta", b""), (b"moov", b"")):
        content = box(name, gap + content)
    return content


@functools.cache
def links() -> dict[str, str]:
    """Hostile ends of an address."""
    import base64

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")

    return {
        "bomb": packed(b" " * (64 << 20)),
        "deep": packed(b"[" * 60_000),
        "digits": packed(b"9" * 60_000),
        "pickle": packed(pickle.dumps(Trap())),
        "script": packed(b"<script>"),
        "endpoint": packed(b'{"demo":"toy","endpoint":"../../etc","parameters":{},"checkpoints":{},"version":"0","format":1}'),
        "gzip": base64.urlsafe_b64encode(gzip.compress(b"{}", mtime=0)).decode().rstrip("="),
        "long": "A" * (1 << 20),
        **{f"path-{number}": path for number, path in enumerate(PATHS)},
    }


def size() -> int:
    """How many hostile things there are."""
    return sum(1 for _ in values()) + len(files()) + len(links()) + len(NAMES) + len(encoded_paths(Path("/secret")))


# The process of its own.


def readers(folder: Path) -> dict[str, Callable[[bytes, str], Any]]:
    """Everything of ours that reads a file of strangers, or of whoever put a checkpoint there."""
    from gan_demos import checkpoints, media
    from gan_demos.demos.swap import preparing
    from tests import toy

    def of_a_file(data: bytes, name: str) -> Any:
        path = folder / f"upload-{Path(name).name}"
        path.write_bytes(data)
        try:
            return media.read_recipe_file(path)
        finally:
            path.unlink()

    def as_weights(data: bytes, name: str) -> Any:
        import hashlib

        own = folder / "checkpoints" / toy.NAME
        (own / "model.safetensors").write_bytes(data)
        config = json.loads((own / "config.json").read_text())
        config["gan_demos"]["sha256"]["model.safetensors"] = hashlib.sha256(data).hexdigest()  # whoever can write one can write both
        (own / "config.json").write_text(json.dumps(config))
        return checkpoints.load(toy.NAME, toy.DEMO.networks)

    return {
        "recipe": of_a_file,
        "picture": lambda data, name: preparing.prepare(data).webp,
        "sound": lambda data, name: media.wav.decode(data, max_seconds=60)[1],
        "weights": as_weights,
    }


def play(folder: Path) -> dict[str, Any]:
    """Every file to every reader: what came of it, by how many bytes the process grew at most, and what was unpickled."""
    unpickled: list[str] = []
    sys.addaudithook(lambda event, facts: unpickled.append(".".join(facts)) if event == "pickle.find_class" else None)

    from gan_demos import application
    from gan_demos.demo import run
    from gan_demos.errors import UserError
    from tests import toy

    os.environ["GAN_DEMOS_CHECKPOINTS"] = str(folder / "checkpoints")
    toy.save(folder / "checkpoints" / toy.NAME)
    with application.make_engine([toy.DEMO]) as engine:  # a checkpoint of a file, then one that is made up
        answered = [run(toy.DEMO, "tone", {"seed": 1}, engine).artefacts[0].name]
        os.environ["GAN_DEMOS_DEBUG"] = "1"
        answered.append(run(toy.DEMO, "tone", {"seed": 1}, engine).artefacts[0].name)
    del os.environ["GAN_DEMOS_DEBUG"]
    corpus, ways = files(), readers(folder)
    before = {path.name for path in folder.rglob("*")}
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes: dict[str, dict[str, str]] = {}
    for name, data in corpus.items():
        outcomes[name] = {}
        for way, reader in ways.items():
            try:
                reader(data, name)
            except UserError as error:
                outcomes[name][way] = f"refused: {error}"
            except Exception as error:
                outcomes[name][way] = f"broken: {type(error).__name__}: {error}"
            else:
                outcomes[name][way] = "taken"
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
    left = sorted({path.name for path in folder.rglob("*")} - before)
    seen = list(unpickled)
    pickle.loads(pickle.dumps(OrderedDict()))  # had anything been unpickled, it would have been seen
    return {"answered": answered, "outcomes": outcomes, "grown": grown, "left": left, "unpickled": seen, "control": unpickled[len(seen) :]}


if __name__ == "__main__":
    print(json.dumps(play(Path(sys.argv[1]))))
