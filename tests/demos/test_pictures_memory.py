"""What the generators of pictures were trained on: the file of thumbnails, the labels, and how both are built."""

import functools
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from gan_demos import checkpoints
from gan_demos.demo import Context
from gan_demos.demos.pictures import memory, memory_training
from gan_demos.demos.pictures.memory import MEMORY, Memory, Neighbour
from gan_demos.errors import CheckpointError
from gan_demos.inference import Engine
from gan_demos.recipes import Recipe
from tests.demos.pictures_data import drawn, emoji_data

MAX_FOLDER = 6_000_000


@pytest.fixture
def context(debug):
    name, table = checkpoints.DEBUG_PREFIX + MEMORY, {MEMORY: memory.DEBUG}
    with Engine({"Memory": Memory}, device="cpu", loader=functools.partial(checkpoints.load, debug=table)) as engine:
        yield Context(engine, Recipe("pictures", "nearest", {}, {name: checkpoints.digest(name, table)}, "1"), None, table)


def thumbnails(count=70, seed=0):
    """Pictures (N, 64, 64, 3): each a rectangle of its own on white."""
    rng, made = np.random.default_rng(seed), np.full((count, 64, 64, 3), 255, np.uint8)
    for one in made:
        top, left = rng.integers(4, 28, 2)
        one[top : top + 28, left : left + 28] = rng.integers(0, 255, 3)
    return made


def zipped(rows, parts):
    """A file as `memory.read` takes it, and its sha256."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        for name, data in parts.items():
            out.writestr(name, data)
    return file.getvalue(), hashlib.sha256(file.getvalue()).hexdigest()


def packed(side, kind="WEBP"):
    file = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(file, kind)
    return file.getvalue()


def test_similarity_is_the_cosine_with_each_label():
    module = Memory(5)
    texts = F.normalize(torch.randn(5, 256, generator=torch.Generator().manual_seed(0)), dim=1)
    module.texts.copy_(texts)
    sentence = F.normalize(texts[3] + 0.1 * texts[1], dim=0)[None]
    found = module(sentence)
    assert found.shape == (1, 5) and torch.allclose(found[0], F.cosine_similarity(sentence, texts), atol=1e-6)
    assert found.argmax() == 3


def test_every_thumbnail_finds_itself_and_comes_back_as_it_was():
    pictures = thumbnails()
    small = memory.Thumbnails([(i, "noto") for i in range(len(pictures))], memory.packed(pictures, 80))
    for number in (0, 7, 63, 64, 69):
        large = pictures[number].repeat(2, 0).repeat(2, 1).astype(np.float32)
        near = small.nearest(large, 3)
        assert near[0][0] == number and near[0][1] < 0.02 < near[1][1] <= near[2][1]
        assert np.abs(small.thumbnail(number).astype(int) - pictures[number]).mean() < 4


def test_the_distance_is_the_mean_absolute_difference():
    plain = np.stack([np.full((64, 64, 3), shade, np.uint8) for shade in (255, 200, 100, 0)])
    small = memory.Thumbnails([(0, "a"), (1, "a"), (2, "b"), (3, "b")], memory.packed(plain, 95))
    asked = np.full((128, 128, 3), 110, np.float32)
    assert [number for number, _ in small.nearest(asked, 4)] == [2, 1, 3, 0]
    assert [error for _, error in small.nearest(asked, 4)] == pytest.approx([10 / 255, 90 / 255, 110 / 255, 145 / 255], abs=0.01)
    # the filling of the last block is no picture
    assert len(small.nearest(asked, 64)) == 4


def test_a_file_that_is_missing_changed_or_too_large_is_refused(tmp_path, monkeypatch):
    data, sha256 = zipped([{"concept": 0, "style": "noto"}], {"000.webp": memory.packed(thumbnails(1), 50)[0]})
    file = tmp_path / "a.zip"
    with pytest.raises(CheckpointError, match="python -m gan_demos train pictures-memory"):
        memory.read(file, sha256, 1)
    file.write_bytes(data)
    assert memory.read(file, sha256, 1).rows == [(0, "noto")]
    other = tmp_path / "b.zip"
    other.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="sha256"):
        memory.read(other, sha256, 1)
    monkeypatch.setattr(memory, "MAX_BYTES", len(data) - 1)
    with pytest.raises(CheckpointError, match="damaged"):
        memory.read(file, sha256, 2)


@pytest.mark.parametrize(
    "rows, parts",
    [
        ([{"concept": 1, "style": "noto"}], {"000.webp": packed(512)}),  # a concept that is not there
        ([{"concept": -1, "style": "noto"}], {"000.webp": packed(512)}),
        ([{"style": "noto"}], {"000.webp": packed(512)}),
        ([{"concept": 0, "style": "noto"}], {"000.webp": packed(500)}),
        ([{"concept": 0, "style": "noto"}], {"000.webp": packed(512, "PNG")}),
        ([{"concept": 0, "style": "noto"}], {"000.webp": packed(512)[:100]}),
        ([{"concept": 0, "style": "noto"}], {"000.webp": b"x" * (memory.MAX_MEMBER_BYTES + 1)}),
        ([{"concept": 0, "style": "noto"}] * 65, {"000.webp": packed(512)}),  # a block short
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path, rows, parts):
    data, sha256 = zipped(rows, parts)
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        memory.read(tmp_path / "a.zip", sha256, 1)


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="damaged"):
        memory.read(tmp_path / "a.zip", hashlib.sha256(b"nothing").hexdigest(), 1)


def test_known_concepts_come_nearest_first_with_label_and_emoji(context):
    module = checkpoints.load(checkpoints.DEBUG_PREFIX + MEMORY, {"Memory": Memory}, {MEMORY: memory.DEBUG})
    labels = memory.DEBUG[2]["labels"]
    found = memory.known(context, F.normalize(module.texts[2] + 0.3 * module.texts[7], dim=0), 3)
    assert [one.label for one in found[:2]] == [labels[2], labels[7]] and found[0].emoji == memory.DEBUG[2]["emoji"][2]
    assert 1 > found[0].similarity > found[1].similarity > found[2].similarity
    assert len(memory.known(context, module.texts[0], 99)) == len(labels)
    assert memory.threshold(context) == 0.5


def test_nearest_training_pictures_of_a_picture(context):
    shown = memory.thumbnails(memory.DEBUG[2]).thumbnail(9).repeat(2, 0).repeat(2, 1)
    near = memory.nearest(context, torch.from_numpy(shown).permute(2, 0, 1).float() / 255, 4)
    assert all(isinstance(one, Neighbour) for one in near) and len(near) == 4
    assert (near[0].label, near[0].style) == (memory.DEBUG[2]["labels"][4], "openmoji") and near[0].distance < 0.01
    assert near[0].thumbnail.shape == (64, 64, 3) and near[0].thumbnail.dtype == np.uint8
    assert [one.distance for one in near] == sorted(one.distance for one in near)


@pytest.mark.parametrize(
    "codepoints, character",
    [
        ("1f680", "🚀"),
        ("2764", "❤️"),
        ("31-20e3", "1️⃣"),
        ("1f468-200d-1f373", "👨‍🍳"),
        ("2764-200d-1f525", "❤️‍🔥"),
        ("1f46e-200d-2640", "👮‍♀️"),
    ],
)
def test_emoji_of_codepoints(codepoints, character):
    assert memory_training.emoji_of(codepoints) == character


def test_texts_are_in_one_half_and_strange_keywords_are_of_unseen_concepts_alone():
    known = [{"label": f"thing {i}", "keywords": [f"word {i}", "shared"], "codepoints": str(i)} for i in range(60)]
    unseen = [{"label": f"other {i}", "keywords": [f"strange {i}", "shared", "thing 3"], "codepoints": str(i)} for i in range(40)]
    found = memory_training.Concepts(known, unseen)
    halves = [memory_training.Texts.of(found, choosing) for choosing in (True, False)]
    for name, count in (("known", 60), ("unseen", 40), ("keywords", 61), ("strange", 40)):
        one, other = (getattr(half, name) for half in halves)
        assert len(one) + len(other) == count and not set(one) & set(other) and min(len(one), len(other)) > count / 5
    assert all(f"thing {number}" in text for half in halves for text, number in half.known)
    assert not {"shared", "thing 3"} & {word for half in halves for word in half.strange}


def test_it_is_built_from_the_training_split_alone(tmp_path, monkeypatch):
    rows = emoji_data(tmp_path, monkeypatch)
    root = tmp_path / "checkpoints"
    root.mkdir()
    (root / "clip-small").symlink_to(checkpoints.folder("clip-small"))
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(root))
    facts = memory_training.build_memory(root / MEMORY)
    assert set(facts) >= {"step", "seconds"}
    extra, found = checkpoints.extra(MEMORY), memory_training.concepts()
    module, small = checkpoints.load(MEMORY, {"Memory": Memory}), memory.thumbnails(extra)
    assert extra["labels"] == found.labels and len(extra["emoji"]) == len(found.labels) == len(module.texts)
    assert not set(extra["labels"]) & {row["label"] for row in found.unseen} and found.unseen
    assert torch.allclose(module.texts.norm(dim=1), torch.ones(len(module.texts)), atol=1e-3)
    assert 0 < extra["threshold"] < 1
    kept = memory_training.images.emoji("train").rows
    assert sorted((extra["labels"][c], s) for c, s in small.rows) == sorted((row["label"], row["style"]) for row in kept)
    for row in rows[:: len(rows) // 20]:
        if (row["label"], row["style"]) in {(one["label"], one["style"]) for one in kept}:
            place, error = small.nearest(np.asarray(drawn(row), np.float32), 1)[0]
            assert (extra["labels"][small.rows[place][0]], small.rows[place][1]) == (row["label"], row["style"]) and error < 0.06
    again = memory_training.thumbnail_file(memory_training.images.emoji("train"), [row["codepoints"] for row in found.known])
    assert hashlib.sha256(again).hexdigest() == extra["thumbnails"]["sha256"], "the same data gives the same file"


@pytest.mark.skipif(not (checkpoints.root() / MEMORY).is_dir(), reason="it is not built yet")
def test_the_one_that_is_here_is_small_and_whole():
    folder, extra = checkpoints.folder(MEMORY), checkpoints.extra(MEMORY)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MAX_FOLDER
    small = memory.thumbnails(extra)
    assert len(small.rows) == 9543 and len(extra["labels"]) == len(extra["emoji"]) == len(set(extra["labels"])) == 1514
    assert {concept for concept, _ in small.rows} == set(range(1514)), "every known concept has a picture"
    for number in (0, 4771, 9542):
        large = small.thumbnail(number).repeat(2, 0).repeat(2, 1).astype(np.float32)
        assert small.nearest(large, 1)[0] == (number, pytest.approx(0, abs=0.002))
