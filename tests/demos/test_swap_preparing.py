"""Pictures as people give them: what becomes of each, and the sentence for what is refused."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from gan_demos.demos.swap import preparing
from gan_demos.demos.swap.examples import EXAMPLES, path, prepared
from gan_demos.demos.swap.preparing import prepare, prepare_array, read
from gan_demos.errors import UserError

RED, BLUE = (220, 30, 30), (30, 60, 200)


def face(width=128, height=128, mode="RGB"):
    """Red above blue, so that one sees which way is up, with a black corner at the top left."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2], picture[height // 2 :] = RED, BLUE
    picture[: height // 8, : width // 8] = 0
    return Image.fromarray(picture).convert(mode)


def file(image, format="PNG", **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width, height):
    """A PNG that states a size and packs a few rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 4096)) + chunk(b"IEND", b"")


def webp_of(width, height):
    """The head of an extended WebP that states a size."""
    head = b"\x10\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 4 + 8 + len(head)) + b"WEBPVP8X" + struct.pack("<I", len(head)) + head + b"\0" * 40


def near(pixel, colour, tolerance=12):
    return np.abs(np.asarray(pixel).astype(int) - np.asarray(colour)).max() <= tolerance


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_a_picture_of_any_kind_and_size_becomes_one_of_ours(format):
    found = prepare(file(face(300, 300), format))
    picture = found.picture
    assert picture.shape == (128, 128, 3) and picture.dtype == np.uint8 and found.notes == ()
    assert near(picture[3, 3], (0, 0, 0)) and near(picture[40, 100], RED) and near(picture[100, 20], BLUE)
    assert len(found.webp) <= preparing.MAX_KEPT


def test_what_is_prepared_stays_as_it_is():
    rng = np.random.default_rng(0)
    for array in (np.asarray(face()), rng.integers(0, 256, (128, 128, 3), dtype=np.uint8), np.full((128, 128, 3), 200, np.uint8)):
        first = prepare_array(array)
        again = read(read(first.plain()).plain())
        assert again == first and prepare(first.webp).webp == first.webp
        assert len(first.plain()["webp"]) < 50_000
    assert np.array_equal(prepare_array(np.asarray(face())).picture, np.asarray(face())), "a drawing is kept without loss"


def test_a_camera_that_was_held_sideways():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise by a quarter
    turned = prepare(file(face(200, 200).rotate(90), "JPEG", exif=exif, quality=95))
    assert turned.notes == ("turned",) and near(turned.picture[3, 3], (0, 0, 0), 40)
    assert near(turned.picture[30, 100], RED, 30) and near(turned.picture[110, 64], BLUE, 30)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode):
    whole = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    whole.paste(Image.new("RGBA", (120, 120), (90, 90, 90, 255)), (4, 4))
    found = prepare(file(whole.convert("LA") if mode == "LA" else whole.quantize(4) if mode == "P" else whole))
    assert found.notes == ("transparent",) and near(found.picture[0, 0], (255, 255, 255), 0) and near(found.picture[64, 64], (90,) * 3, 2)


def test_half_transparent_colour_is_mixed_with_white():
    found = prepare(file(Image.new("RGBA", (64, 64), (0, 0, 0, 128))))
    assert near(found.picture[64, 64], (127,) * 3, 1) and found.notes == ("transparent", "enlarged")


def test_printing_colours_and_sixteen_bits():
    found = prepare(file(face(mode="CMYK"), "JPEG", quality=95))
    assert found.notes == ("cmyk",) and near(found.picture[40, 100], RED, 30)
    grey = Image.fromarray(np.tile(np.linspace(0, 65535, 128).astype(np.uint16), (128, 1)))
    deep = prepare(file(grey))
    assert deep.notes == ("deep",) and near(deep.picture[9, 64], (128,) * 3, 3) and near(deep.picture[9, 127], (255,) * 3, 3)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(format):
    found = prepare(file(face(), format, save_all=True, append_images=[Image.new("RGB", (128, 128), "white")]))
    assert found.notes == ("animated",) and near(found.picture[40, 100], RED, 20) and "first frame" in found.sentences[0]


def test_what_is_not_square_is_in_the_middle_of_its_own_ground():
    wide = Image.new("RGB", (300, 100), (10, 200, 10))
    wide.paste(face(220, 80), (40, 10))
    found = prepare(file(wide))
    assert found.notes == ("padded",) and near(found.picture[2, 64], (10, 200, 10)) and near(found.picture[125, 64], (10, 200, 10))
    assert near(found.picture[58, 64], RED) and near(found.picture[70, 64], BLUE)
    striped = np.asarray(face(300, 100)).copy()
    striped[:, ::2] = 128
    assert near(prepare_array(striped).picture[2, 64], (255,) * 3), "no plain ground: white"


def test_what_is_small_on_a_plain_ground_is_brought_nearer_and_to_the_middle():
    whole = Image.new("RGB", (400, 300), "white")
    whole.paste(face(60, 60), (20, 30))
    found = prepare(file(whole))
    assert found.notes == ("nearer", "enlarged") or found.notes == ("nearer",)
    assert near(found.picture[40, 90], RED) and near(found.picture[90, 40], BLUE) and near(found.picture[1, 1], (255,) * 3)
    centre = [int(axis.mean()) for axis in np.nonzero(found.picture.min(2) < 200)]
    assert all(abs(place - 63.5) < 3 for place in centre)
    for name, (_, _) in EXAMPLES.items():
        assert prepare_array(prepared(name).picture).notes == (), f"{name} stays where it is"


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "the file is empty"),
        (b"x" * (preparing.MAX_BYTES + 1), "12 are read"),
        (file(Image.new("RGB", (1, 1))), "1 × 1 pixels, too few"),
        (file(Image.new("RGB", (15, 500))), "too few"),
        (file(Image.new("RGB", (20, 900))), "a strip"),
        (png_of(12_000, 12_000), "12000 × 12000 pixels, 144 million"),
        (png_of(30_000, 30_000), "million"),
        (png_of(2**31 - 1, 2**31 - 1), "million|damaged"),
        (webp_of(16_000, 16_000), "16000 × 16000 pixels, 256 million"),
        (png_of(128, 128), "damaged or cut short"),
        (file(face(400, 400), "JPEG")[:3000], "damaged or cut short"),
        (file(face(400, 400))[:200], "damaged or cut short"),
        (file(face(), "GIF")[:60], "damaged|no picture"),
        (b"This is only a text, whatever its name says.\n" * 20, "this is a text"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
        (b"<svg onload='alert(1)'></svg>", "SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100, "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 100, "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0" + b"\0" * 100, "a film"),
        (b"%PDF-1.7\n" + b"\0" * 100, "PDF"),
        (file(face(), "TIFF"), "TIFF"),
        (bytes(range(256)) * 8, "no picture of a kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "damaged"),
    ],
    ids=range(23),
)
def test_what_is_refused_and_why(data, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        prepare(data)
    assert str(caught.value).startswith("Picture: ") and len(str(caught.value)) < 250


def test_a_bomb_of_text_in_a_picture_is_refused_or_ignored():
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"0" * (80 << 20)))
    good = file(face())
    try:
        assert prepare(good[:33] + bomb + good[33:]).picture.shape == (128, 128, 3)
    except UserError as error:
        assert "Picture" in str(error)


@pytest.mark.parametrize(
    "given, sentence",
    [
        ("", "there is none"),
        ("   ", "there is none"),
        (None, "base64"),
        (7, "base64"),
        ({}, '"webp" and "notes"'),
        ({"webp": "", "notes": []}, "there is none"),
        ({"webp": "AAAA", "notes": ["<b>"]}, "its notes are"),
        ({"webp": "AAAA", "notes": "animated"}, '"webp" and "notes"'),
        ("https://example.org/a.png", "addresses are not fetched"),
        ("file:///etc/passwd", "addresses are not fetched"),
        ("../../etc/passwd", "neither the text"),
        ("A" * 17_000_000, "12 MB"),
        ("SGVsbG8gd29ybGQ=", "a text"),
    ],
)
def test_texts_that_are_no_picture(given, sentence):
    with pytest.raises(UserError, match=sentence):
        read(given)


def test_a_data_address_is_a_file_and_notes_go_along():
    data = base64.b64encode(file(face(200, 100))).decode()
    found = read(f"data:image/png;base64,{data}")
    assert found == read(data) and found.notes == ("padded",) == read(found.plain()).notes
    assert read({**found.plain(), "notes": ["animated", "padded"]}).notes == ("animated", "padded")


def test_examples_are_as_the_models_take_them():
    for name in EXAMPLES:
        assert preparing.is_prepared(path(name).read_bytes()) and prepared(name).notes == ()
