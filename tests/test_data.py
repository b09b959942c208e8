import io
import json
import re
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import soundfile

from gan_demos import cli, data
from gan_demos.data import archives, audio, download, notes, sounds, sources
from gan_demos.data.splits import held_out
from gan_demos.errors import UserError

CLIPS = {"0_ann_0": 1, "0_ann_10": 2, "0_ann_2": 3, "7_bob_1": 4}  # name → seed, in the order of the rows


def clip(seed, length=300):
    return np.random.default_rng(seed).integers(-20000, 20000, length).astype(np.int16)


def wav(wave, rate=8000, subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, wave, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def packed(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def archive_of(clips, **more):
    """A public archive: in another order than the rows, with files that are no clips."""
    members = {"things-1.0/README.md": b"clips", "things-1.0/recordings/notes.txt": b"no clip"}
    members |= {f"things-1.0/recordings/{name}.wav": wav(clip(seed)) for name, seed in reversed(clips.items())}
    return packed(members | more)


class Handler(BaseHTTPRequestHandler):
    """Answers with what the test put into `server.answers`: path → (status, headers, body)."""

    def do_GET(self):
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"no"))
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            if value is not None:
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def web():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.answers = {"/things.zip": (200, {}, archive_of(CLIPS))}
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def things(web, tmp_path, monkeypatch):
    """The only dataset there is: four clips from the local server, with the checksums of a file packed here, in another way."""
    rows = [dict(zip(("digit", "speaker", "take"), (int(d), s, int(t)), strict=True)) for d, s, t in (name.split("_") for name in CLIPS)]
    expected = tmp_path / "expected.zip"
    with zipfile.ZipFile(expected, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("rows.jsonl", "".join(json.dumps(dict(reversed(row.items()))) + "\n" for row in rows))
        for number, seed in enumerate(CLIPS.values()):
            file = io.BytesIO()
            soundfile.write(file, clip(seed), 8000, format="FLAC", subtype="PCM_16", compression_level=0)
            made.writestr(f"{number:05d}.flac", file.getvalue())
    entry = replace(
        sounds.DIGITS, name="things", file="audio/things.zip", address=f"{web.url}/things.zip", rows=len(CLIPS), max_bytes=100_000
    )  # fmt: skip
    count, labels, content = archives.digests(entry, expected)
    assert count == len(CLIPS)
    expected.unlink()
    entry = replace(entry, labels=labels, content=content)
    for module in (sources, data):
        monkeypatch.setattr(module, "SOURCES", (entry,))
    monkeypatch.setattr(data.arrays, "SHAPES", ())
    monkeypatch.setattr(notes, "folder", lambda: tmp_path / "no-notes")
    monkeypatch.setenv("GAN_DEMOS_DATA", str(tmp_path / "data"))
    return entry


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refuses_to_build(tmp_path):
    with pytest.raises(UserError) as caught:
        data.build("things")
    assert files(tmp_path) == []
    return str(caught.value)


def test_build_makes_the_file_and_check_finds_it_good(things, tmp_path, capsys):
    assert cli.main(["data", "build", "things"]) == 0
    assert files(tmp_path) == ["data/audio/things.zip"]
    made = list(archives.items(tmp_path / "data" / "audio" / "things.zip", "{:05d}.flac"))
    assert [tuple(row.values()) for row, _ in made] == [(0, "ann", 0), (0, "ann", 10), (0, "ann", 2), (7, "bob", 1)]
    for (_, file), seed in zip(made, CLIPS.values(), strict=True):
        wave, rate = soundfile.read(io.BytesIO(file), dtype="int16")
        assert rate == 8000 and wave.dtype == np.int16 and (wave == clip(seed)).all()
    assert cli.main(["data", "check"]) == 0
    shown = capsys.readouterr().out
    assert "CC-BY-SA-4.0" in shown and things.address in shown and "things           good\n" in shown


def test_build_leaves_a_good_file_alone_and_replaces_a_bad_one(things, web, tmp_path, capsys):
    data.build("things")
    good = (tmp_path / "data" / "audio" / "things.zip").read_bytes()
    answer = web.answers.pop("/things.zip")
    data.build("things")  # nothing is asked for
    (tmp_path / "data" / "audio" / "things.zip").write_bytes(good[:-100])
    with pytest.raises(UserError, match="404"):
        data.build("things")
    web.answers["/things.zip"] = answer
    data.build("things")
    assert (tmp_path / "data" / "audio" / "things.zip").read_bytes() == good


def test_check_names_what_is_missing_and_what_is_wrong(things, tmp_path, capsys):
    assert cli.main(["data", "check"]) == 0
    assert "missing; build it with: python -m gan_demos data build things" in capsys.readouterr().out
    data.build("things")
    file = tmp_path / "data" / "audio" / "things.zip"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def check_says(content):
        file.write_bytes(content)
        assert cli.main(["data", "check"]) == 1
        return capsys.readouterr().out

    swapped = members | {"00000.flac": members["00001.flac"], "00001.flac": members["00000.flac"]}
    assert "sha256" in check_says(packed(swapped))
    relabelled = members | {"rows.jsonl": members["rows.jsonl"].replace(b"bob", b"eve")}
    assert "other ones" in check_says(packed(relabelled))
    assert "damaged" in check_says(packed(members)[:-30])
    assert "damaged" in check_says(packed({key: value for key, value in members.items() if key != "00003.flac"}))
    other_rate = io.BytesIO()
    soundfile.write(other_rate, clip(1), 16000, format="FLAC", subtype="PCM_16")
    assert "not mono at 8000 Hz" in check_says(packed(members | {"00000.flac": other_rate.getvalue()}))
    file.write_bytes(packed(dict(reversed(members.items()))))  # packed another way: the same content
    assert cli.main(["data", "check"]) == 0


def test_an_inexact_source_is_held_to_its_labels(things, web, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SOURCES", (entry := replace(things, exact=False, content="0" * 64),))
    monkeypatch.setattr(sources, "SOURCES", (entry,))
    data.build("things")
    assert data.check()
    (tmp_path / "data" / "audio" / "things.zip").unlink()
    web.answers["/things.zip"] = (200, {}, archive_of({"8_bob_1" if name == "7_bob_1" else name: seed for name, seed in CLIPS.items()}))
    assert "other ones" in refuses_to_build(tmp_path)


def test_the_wrong_archive_is_refused(things, web, tmp_path):
    web.answers["/things.zip"] = (200, {}, archive_of(CLIPS | {"7_bob_1": 5}))
    assert "sha256" in refuses_to_build(tmp_path)
    web.answers["/things.zip"] = (200, {}, archive_of(CLIPS | {"8_bob_1": 5}))
    assert "has 5 such files, not 4" in refuses_to_build(tmp_path)
    web.answers["/things.zip"] = (200, {}, b"<html>hello</html>")
    assert "cannot be read" in refuses_to_build(tmp_path)
    web.answers["/things.zip"] = (200, {}, archive_of(CLIPS, **{"things-1.0/recordings/7_bob_1.wav": b"RIFF no"}))
    assert "cannot be read" in refuses_to_build(tmp_path)


def test_names_in_an_archive_are_never_paths(things, web, tmp_path):
    more = {"../../x": b"out", "/etc/x": b"out", "things-1.0/../../recordings/9_eve_1.wav": wav(clip(9))}
    web.answers["/things.zip"] = (200, {}, archive_of(CLIPS, **more))
    data.build("things")
    assert files(tmp_path) == ["data/audio/things.zip"]
    assert data.check()


def test_a_file_that_unpacks_to_too_much_is_refused(things, web, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 10_000)
    web.answers["/things.zip"] = (200, {}, archive_of(CLIPS, **{"things-1.0/recordings/7_bob_1.wav": wav(np.zeros(200_000, np.int16))}))
    assert "far too large" in refuses_to_build(tmp_path)


@pytest.mark.parametrize("announced", [True, False])
def test_a_download_that_is_too_large_is_refused(things, web, tmp_path, announced):
    web.answers["/things.zip"] = (200, {} if announced else {"Content-Length": None}, bytes(100_001))
    assert "than it should" in refuses_to_build(tmp_path)


def test_a_truncated_download_is_refused(things, web, tmp_path):
    whole = archive_of(CLIPS)
    web.answers["/things.zip"] = (200, {"Content-Length": str(len(whole))}, whole[:-50])
    assert "ended early" in refuses_to_build(tmp_path)
    web.answers["/things.zip"] = (200, {"Content-Length": None}, whole[:-50])  # the end is only known when the connection closes
    assert "cannot be read" in refuses_to_build(tmp_path)


def test_what_is_not_there_is_told(things, web, tmp_path, capsys):
    web.answers.clear()
    assert "answered 404" in refuses_to_build(tmp_path)
    web.shutdown()
    web.server_close()
    assert "could not be fetched" in refuses_to_build(tmp_path)
    assert cli.main(["data", "build", "thongs"]) == 2
    assert "There is no dataset 'thongs'" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["http://example.org/x.zip", "file:///etc/hostname", "ftp://127.0.0.1/x", "x.zip"])
def test_only_https_is_fetched(tmp_path, address):
    with pytest.raises(UserError, match="not an https address"):
        download.download(address, tmp_path / "x", 1000)
    assert not (tmp_path / "x").exists()


def test_redirects_are_followed_to_allowed_addresses_only(web, tmp_path):
    for address in ("http://example.org/x.zip", "ftp://127.0.0.1/x"):
        web.answers["/moved"] = (302, {"Location": address}, b"")
        with pytest.raises(UserError, match="not an https address"):
            download.download(f"{web.url}/moved", tmp_path / "x", 1000)
    web.answers["/moved"] = (302, {"Location": "file:///etc/hostname"}, b"")
    with pytest.raises(UserError, match="answered 302"):
        download.download(f"{web.url}/moved", tmp_path / "x", 1000)
    assert not (tmp_path / "x").exists()
    web.answers["/moved"] = (302, {"Location": "/things.zip"}, b"")
    download.download(f"{web.url}/moved", tmp_path / "x", 100_000)
    assert (tmp_path / "x").read_bytes() == web.answers["/things.zip"][2]


def test_one_shots_are_resampled_levelled_and_trimmed():
    drums = sources.source("drum-machines")
    t = np.arange(44100) / 44100
    wave = 0.1 * np.sin(2 * np.pi * 440 * t) * np.exp(-20 * t)
    made = drums.samples(wav(np.stack([wave, wave], 1), 44100, "FLOAT"))
    assert abs(np.abs(made).max() - 0.95 * 32768) < 2
    # 60 dB are e^-6.91, reached after 345 ms
    assert 0.33 < len(made) / 16000 < 0.36 and abs(int(made[-1])) >= 31
    spectrum = np.abs(np.fft.rfft(made, 16000))
    assert abs(spectrum.argmax() - 440) <= 3
    assert len(drums.samples(wav(np.full(100_000, 0.5), 44100))) <= 16384
    assert (drums.samples(wav(np.zeros(1000, np.int16), 44100)) == 0).all()


def test_paths_of_the_public_archives_give_the_labels():
    digits, drums = (sources.source(name) for name in ("spoken-digits", "drum-machines"))
    assert re.fullmatch(digits.pattern, "recordings/3_george_12.wav").groupdict() == {"digit": "3", "speaker": "george", "take": "12"}
    found = re.fullmatch(drums.pattern, "machines/AkaiMPC60/akaimpc60-bd/0 Bassdrum.wav").groupdict()
    assert found == {"file": "AkaiMPC60/akaimpc60-bd/0 Bassdrum.wav", "machine": "AkaiMPC60", "kind": "bd"}
    assert re.fullmatch(drums.pattern, "machines/RolandTR808/rolandtr808-bd/BD0000.WAV")
    for path in ("machines/../x-bd/a.wav/b", "machines/A/B/a-bd/a.wav", "README.md"):
        assert not re.fullmatch(drums.pattern, path)


def test_list_tells_place_licence_and_source(things, capsys):
    assert cli.main(["data", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["things", "missing"] and "CC-BY-SA-4.0" in first and things.address in first
    assert second.split()[:2] == ["notes", "missing"] and "MIT" in second


def test_a_missing_dataset_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_DATA", str(tmp_path))
    with pytest.raises(UserError, match="python -m gan_demos data build spoken-digits"):
        audio.digits("train")


def test_held_out_is_a_fixed_tenth():
    groups = [f"group {n}" for n in range(20_000)]
    share = np.mean([held_out(group) for group in groups])
    assert abs(share - 0.1) < 0.01
    assert abs(np.mean([held_out(group, 0.5) for group in groups]) - 0.5) < 0.015
    assert all(map(held_out, ("AlesisHR16", "BossDR550", "CasioRZ1", "RolandD110", "SimmonsSDS5")))
    assert not any(map(held_out, ("AkaiLinn", "AlesisSR16", "KorgM1", "LinnDrum", "RolandTR808", "RolandTR909", "YamahaRX5")))
    assert held_out("anything", 1.0) and not held_out("anything", 0.0)


def test_fit_pads_cuts_and_fades():
    wave = np.ones(300, np.float32)
    short = audio.fit(wave, 400)
    assert len(short) == 400 and short[:300].min() == 1 and short[300:].max() == 0
    cut = audio.fit(wave, 200)
    assert len(cut) == 200 and cut[:72].min() == 1 and cut[-1] == 0 and (np.diff(cut[72:]) < 0).all()


REAL = all((sources.root() / source.file).is_file() for source in (sounds.DIGITS, sounds.DRUMS))


@pytest.mark.skipif(not REAL, reason="the sound datasets are not on this machine; build them with: python -m gan_demos data build NAME")
class TestRealData:
    def test_the_files_are_the_ones_the_checksums_are_of(self, capsys, monkeypatch, tmp_path):
        monkeypatch.setattr(notes, "folder", lambda: tmp_path)
        assert data.check()
        shown = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
        assert shown[:2] == [["spoken-digits", "good"], ["drum-machines", "good"]]

    def test_digits_are_split_by_take_and_speaker(self):
        test, new = audio.digits("test"), audio.digits("new-voice")
        assert len(test) == 5 * 10 * 5 and len(new) == 500  # voices × digits × takes
        assert test.waves.shape == (250, 8192) and test.waves.dtype == np.float32
        assert (np.bincount(test.labels[:, 0]) == 25).all() and (np.bincount(test.labels[:, 1]) == 50).all()
        assert np.abs(test.waves).max() <= 0.95 + 1e-6
