import io
import os
import shutil
import struct
import subprocess
import zlib

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from PIL import Image

from gan_demos import __version__, media
from gan_demos.errors import MediaError, RecipeError, UserError
from gan_demos.media import frames, gif, mp4, png, wav
from gan_demos.recipes import Recipe
from tests.test_recipes import random_recipe

RECIPE = Recipe("sound", "clip", {"seed": 7, "title": "žlutý 🥁"}, {"wavegan-digits": "ab" * 32}, "0.1.0")
PICTURE = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
MOVING = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 3), dtype=np.uint8)
SOUND = np.random.default_rng(0).uniform(-1, 1, 801).astype(np.float32)


def wav_file():
    return media.encode("wav", SOUND, 16000, RECIPE)


def png_file():
    return media.encode("png", PICTURE, recipe=RECIPE)


def gif_file():
    return media.encode("gif", MOVING, RECIPE)


def mp4_file():
    return media.encode("mp4", MOVING, RECIPE)


def film(count: int = 8, height: int = 48, width: int = 64) -> np.ndarray:
    """A red square that moves to the right over a grey ground: (count, height, width, 3)."""
    picture = np.full((count, height, width, 3), 90, np.uint8)
    for i, frame in enumerate(picture):
        frame[16:32, 4 * i : 4 * i + 16] = (220, 40, 40)
    return picture


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("seed", range(50))
def test_any_recipe_comes_back_from_any_format(seed):
    recipe = random_recipe(seed)
    rng = np.random.default_rng(seed)
    sound = rng.uniform(-1, 1, rng.integers(1, 50)).astype(np.float32)
    assert media.read_recipe(media.encode("wav", sound, 8000, recipe)) == recipe
    assert media.read_recipe(media.encode("png", rng.integers(0, 256, rng.integers(1, 9, 2), dtype=np.uint8), recipe)) == recipe
    assert media.read_recipe(media.encode("gif", rng.integers(0, 256, (*rng.integers(1, 9, 3), 3), dtype=np.uint8), recipe)) == recipe
    if seed < 5:  # ffmpeg takes its time to start
        assert media.read_recipe(media.encode("mp4", film(3), recipe)) == recipe


def test_the_same_content_gives_the_same_bytes():
    for make in (wav_file, png_file, gif_file, mp4_file):
        assert make() == make()


def test_formats_describe_themselves():
    for name, module in media.FORMATS.items():
        assert module.SUFFIX == "." + name and module.__doc__
    assert [media.sniff(make()) for make in (wav_file, png_file, gif_file, mp4_file)] == ["wav", "png", "gif", "mp4"]


def test_an_unknown_format_is_refused():
    with pytest.raises(MediaError, match="no format 'bmp'"):
        media.encode("bmp", PICTURE, RECIPE)


# WAV


@pytest.mark.parametrize("shape", [(801,), (801, 1), (800, 2), (1,)])
def test_soundfile_reads_the_same_samples(shape):
    samples = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    data = wav.encode(samples, 22050, RECIPE)
    assert len(data) % 2 == 0 and int.from_bytes(data[4:8], "little") == len(data) - 8
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.samplerate, file.format, file.subtype) == (22050, "WAV", "PCM_16")
        assert file.comment == RECIPE.to_json()
        assert file.software.startswith(f"gan_demos {__version__}")
        read = file.read(dtype="int16", always_2d=True)
    expected = np.rint(samples.astype(np.float64) * 32767).astype(np.int16).reshape(len(samples), -1)
    np.testing.assert_array_equal(read, expected)


def test_full_scale_stays_full_scale():
    read, _ = soundfile.read(io.BytesIO(wav.encode(np.array([1.0, -1.0, 1.0005, 0.0], np.float32), 8000, RECIPE)), dtype="int16")
    assert read.tolist() == [32767, -32767, 32767, 0]


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
def test_sox_reads_it_without_a_warning(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_file())
    done = subprocess.run(["sox", tmp_path / "a.wav", "-t", "s16", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    np.testing.assert_array_equal(np.frombuffer(done.stdout, "<i2"), np.rint(SOUND.astype(np.float64) * 32767))


def test_a_recipe_as_long_as_recipes_get_fits():
    recipe = Recipe("sound", "clip", {"x": "a" * 65_000}, {}, "0.1.0")
    data = wav.encode(SOUND, 8000, recipe)
    assert media.read_recipe(data) == recipe
    np.testing.assert_allclose(wav.decode(data)[0], SOUND, atol=1e-4)


@pytest.mark.parametrize(
    "samples, rate, says",
    [
        (np.array([0, np.nan], np.float32), 8000, "not numbers"),
        (np.array([0, np.inf], np.float32), 8000, "not numbers"),
        (np.array([0, -1.01], np.float32), 8000, "peak is 1.010"),
        (np.zeros(0, np.float32), 8000, "shape"),
        (np.zeros((2, 3), np.float32), 8000, "shape"),
        (np.zeros((2, 2, 2), np.float32), 8000, "shape"),
        (np.zeros(5, np.int16), 8000, "floating point"),
        (np.zeros(5, np.float32), 0, "rate"),
    ],
)
def test_sound_that_cannot_be_written_is_refused(samples, rate, says):
    with pytest.raises(MediaError, match=says):
        wav.encode(samples, rate, RECIPE)


def test_decode_gives_samples_and_rate():
    samples, rate = wav.decode(wav_file())
    assert rate == 16000 and samples.dtype == np.float32 and samples.shape == SOUND.shape
    np.testing.assert_allclose(samples, SOUND, atol=1e-4)
    assert wav.decode(wav.encode(np.zeros((5, 2), np.float32), 8000, RECIPE))[0].shape == (5, 2)


def test_decode_refuses_what_is_long_before_decoding_it():
    data = wav.encode(np.zeros(8000 * 3, np.float32), 8000, RECIPE)
    assert len(wav.decode(data, max_seconds=3)[0]) == 24000
    with pytest.raises(MediaError, match="3 s long; at most 2 s"):
        wav.decode(data, max_seconds=2)


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", png_file(), b"OggS" + bytes(99)]
)
def test_decode_refuses_what_is_no_sound(data):
    with pytest.raises(MediaError):
        wav.decode(data)


# PNG


@pytest.mark.parametrize("shape, mode", [((5, 4), "L"), ((5, 4, 3), "RGB"), ((5, 4, 4), "RGBA"), ((1, 1), "L")])
def test_pillow_reads_the_same_levels(shape, mode):
    array = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(png.encode(array, RECIPE))) as image:
        assert (image.format, image.mode) == ("PNG", mode)
        assert image.text == {"gan_demos.recipe": RECIPE.to_json()}
        np.testing.assert_array_equal(np.asarray(image), array)


@pytest.mark.parametrize(
    "array, says",
    [
        (np.zeros((4, 4), np.float32), "uint8"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros((0, 4), np.uint8), "sides"),
        (np.zeros((1, 20_000), np.uint8), "sides"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused(array, says):
    with pytest.raises(MediaError, match=says):
        png.encode(array, RECIPE)


def test_a_recipe_in_a_plain_text_chunk_is_read_too():
    """Some programs write text back as tEXt, and after the pixels."""
    plain = io.BytesIO()
    Image.fromarray(PICTURE).save(plain, "PNG")
    end = plain.getvalue().index(b"IEND") - 4
    data = plain.getvalue()[:end] + png_chunk(b"tEXt", b"gan_demos.recipe\0" + RECIPE.to_json().encode()) + plain.getvalue()[end:]
    assert media.read_recipe(data) == RECIPE


def test_pixels_are_not_decoded_for_the_recipe():
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0))
    text = png_chunk(b"iTXt", b"gan_demos.recipe\0\0\0\0\0" + RECIPE.to_json().encode())
    assert media.read_recipe(b"\x89PNG\r\n\x1a\n" + header + text + png_chunk(b"IDAT", b"junk")) == RECIPE


@pytest.mark.parametrize("kind", [b"iTXt", b"zTXt"])
def test_compressed_text_is_never_unpacked(kind):
    bomb = zlib.compress(b" " * (200 << 20), 9)  # 200 MB in 200 KB
    flags = b"\1\0\0\0" if kind == b"iTXt" else b"\0"
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(kind, b"gan_demos.recipe\0" + flags + bomb)
    with pytest.raises(MediaError):
        media.read_recipe(data)


def test_a_recipe_damaged_on_its_way_is_refused():
    data = bytearray(png_file())
    data[data.index(b'"seed":7') + 7] = ord("8")
    with pytest.raises(MediaError, match="damaged"):
        media.read_recipe(bytes(data))


# Moving pictures


def test_pillow_reads_the_frames_of_a_gif_which_repeats():
    with Image.open(io.BytesIO(gif.encode(film(), RECIPE, rate=20))) as image:
        assert (image.format, image.n_frames, image.info["loop"], image.info["duration"]) == ("GIF", 8, 0, 50)
        assert image.info["comment"].decode() == RECIPE.to_json()
        for i, frame in enumerate(film()):
            image.seek(i)
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - frame).max() <= 8


def test_ffmpeg_reads_the_frames_of_a_video_and_its_comment(tmp_path):
    (tmp_path / "a.mp4").write_bytes(mp4.encode(film(12), RECIPE, rate=24))
    read = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "a.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(read, capture_output=True, check=True)
    shown = np.frombuffer(done.stdout, np.uint8).reshape(-1, 48, 64, 3)
    assert shown.shape == film(12).shape
    assert np.abs(shown.astype(int) - film(12)).mean() < 4
    assert b"h264" in done.stderr and b" 24 fps" in done.stderr
    assert f"comment         : {RECIPE.to_json()}".encode() in done.stderr


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_a_film_with_a_recipe_as_long_as_recipes_get(format):
    recipe = Recipe("faces", "walk", {"x": "a" * 65_000}, {}, "0.1.0")
    assert media.read_recipe(media.encode(format, film(2), recipe)) == recipe


@pytest.mark.parametrize("format", ["gif", "mp4"])
@pytest.mark.parametrize(
    "array, rate, says",
    [
        (np.zeros((2, 4, 4, 3), np.float32), 12, "uint8"),
        (np.zeros((4, 4, 3), np.uint8), 12, "shape"),
        (np.zeros((2, 4, 4, 4), np.uint8), 12, "shape"),
        (np.zeros((0, 4, 4, 3), np.uint8), 12, "1 to 2000 frames"),
        (np.zeros((frames.MAX_FRAMES + 1, 2, 2, 3), np.uint8), 12, "1 to 2000 frames"),
        (np.zeros((1, 2, 4_000, 3), np.uint8), 12, "sides"),
        (np.zeros((2, 4, 4, 3), np.uint8), 0, "frames a second"),
        (np.zeros((2, 4, 4, 3), np.uint8), float("nan"), "frames a second"),
    ],
)
def test_a_film_that_cannot_be_written_is_refused(format, array, rate, says):
    with pytest.raises(MediaError, match=says):
        media.encode(format, array, RECIPE, rate=rate)


def test_a_video_of_odd_sides_is_refused():
    with pytest.raises(MediaError, match="even numbers of pixels, not 5 by 4"):
        mp4.encode(np.zeros((2, 4, 5, 3), np.uint8), RECIPE)


def test_without_ffmpeg_a_video_gets_a_sentence(monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(MediaError, match="ffmpeg cannot be run here"):
        mp4_file()


def test_a_recipe_is_found_where_another_program_puts_the_comment_of_a_gif():
    """After the frames, and after an extension that is no comment."""
    bare = io.BytesIO()
    Image.fromarray(PICTURE).quantize(16).save(bare, "GIF")
    text = RECIPE.to_json().encode()
    blocks = b"".join(bytes([len(part)]) + part for part in (text[i : i + 100] for i in range(0, len(text), 100)))
    extension = b"\x21\xff\x0bSOMEPROGRAM\x03\x01\x02\x03\0"
    assert media.read_recipe(bare.getvalue()[:-1] + extension + b"\x21\xfe" + blocks + b"\0;") == RECIPE


def test_a_gif_comment_that_never_ends_is_cut():
    endless = b"GIF89a" + bytes(7) + b"\x21\xfe" + (b"\xff" + b"a" * 255) * 100_000
    with pytest.raises(RecipeError, match="at most 65536"):
        media.read_recipe(endless)


# Files from anywhere


@pytest.mark.parametrize("make", [wav_file, png_file, gif_file, mp4_file])
def test_a_file_cut_anywhere_gives_its_recipe_or_a_sentence(make):
    data = make()
    outcomes = set()
    for length in range(len(data)):
        try:
            assert media.read_recipe(data[:length]) == RECIPE
            outcomes.add("recipe")
        except UserError as error:
            assert str(error).endswith(".")
            outcomes.add("sentence")
    assert outcomes == {"recipe", "sentence"}


@pytest.mark.parametrize("make", [wav_file, png_file, gif_file, mp4_file])
def test_a_file_with_any_byte_changed_gives_a_recipe_or_a_sentence(make):
    data = make()
    rng = np.random.default_rng(3)
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= int(rng.integers(1, 256))
        try:
            assert isinstance(media.read_recipe(bytes(damaged)), Recipe)
        except UserError:
            pass


@pytest.mark.parametrize(
    "head, chunk",
    [
        (b"RIFF\0\0\0\0WAVE", b"\0"),
        (b"\x89PNG\r\n\x1a\n", b"\0"),
        (b"GIF89a" + bytes(7) + b"\x21\x01", b"\1\1"),
        (b"GIF89a" + bytes(7), b"\x21\x01\0"),
        (b"\0\0\0\x08ftyp", b"\0\0\0\x08free"),
    ],
)
def test_millions_of_empty_chunks_are_not_walked(head, chunk, monkeypatch):
    steps = []
    module = media.FORMATS[media.sniff(head)]
    monkeypatch.setattr(module, "range", lambda count: (steps.append(step) or step for step in range(count)), raising=False)
    with pytest.raises(MediaError, match="holds no recipe"):
        media.read_recipe(head + chunk * ((media.MAX_BYTES - len(head)) // len(chunk)))
    assert 0 < len(steps) <= module.MAX_CHUNKS


@pytest.mark.parametrize(
    "data", [b"hello", b"\x7fELF" + bytes(100), b"RIFF\0\0\0\0AVI ", b"GIF88a", b"\x89PNG", b"\0\0\0\x08free", b" " + wav_file()]
)
def test_a_file_of_another_kind_is_refused(data):
    with pytest.raises(MediaError, match="none of the kinds"):
        media.read_recipe(data)


def test_files_without_a_recipe_are_refused():
    sound, picture, moving = io.BytesIO(), io.BytesIO(), io.BytesIO()
    soundfile.write(sound, SOUND, 8000, format="WAV")
    Image.fromarray(PICTURE).save(picture, "PNG")
    Image.fromarray(PICTURE).save(moving, "GIF")
    for file in (sound, picture, moving):
        with pytest.raises(MediaError, match="holds no recipe"):
            media.read_recipe(file.getvalue())


def test_a_comment_that_is_no_recipe_is_refused():
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format="WAV") as sound:
        sound.comment = "my holiday"
        sound.write(SOUND)
    with pytest.raises(RecipeError, match="not valid JSON"):
        media.read_recipe(file.getvalue())


def test_another_programs_copy_keeps_the_recipe():
    """soundfile writes the comment into a chunk of its own making."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format="WAV") as sound:
        sound.comment = RECIPE.to_json()
        sound.write(SOUND)
    assert media.read_recipe(file.getvalue()) == RECIPE


def test_a_mislabelled_file_is_read_by_its_content(tmp_path):
    (tmp_path / "sound.png").write_bytes(wav_file())
    assert media.read_recipe_file(tmp_path / "sound.png") == RECIPE


def test_a_huge_file_is_refused_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "huge.wav"
    path.write_bytes(wav_file())
    os.truncate(path, 2 << 30)
    opened = []
    monkeypatch.setattr(type(path), "open", lambda *arguments: opened.append(arguments))
    with pytest.raises(MediaError, match="has 2048 MB; files of at most 32 MB"):
        media.read_recipe_file(path)
    assert not opened


def test_the_cap_holds_for_bytes_too():
    with pytest.raises(MediaError, match="at most 32 MB"):
        media.read_recipe(bytes(media.MAX_BYTES + 1))


def test_files_that_are_empty_missing_or_no_files_are_refused(tmp_path):
    (tmp_path / "empty.wav").touch()
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    says = {"empty.wav": "empty", "none.wav": "no file none.wav", ".": "not a file", "pipe": "not a file", "a\0b": "cannot be read"}
    for name, sentence in says.items():
        with pytest.raises(MediaError, match=sentence):
            media.read_recipe_file(tmp_path / name)
