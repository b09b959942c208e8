import subprocess
import sys
from pathlib import Path

import pytest

from gan_demos import __version__, application, catalog, checkpoints, cli, demo
from gan_demos.errors import UserError
from tests import toy, toy_train

ROOT = Path(cli.__file__).parents[1]


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """A catalogue of the toy alone, its checkpoint, and one of its files."""
    monkeypatch.setattr(catalog, "DEMOS", (toy.DEMO,))
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.delenv(checkpoints.DEBUG_VARIABLE, raising=False)
    monkeypatch.setattr(toy_train, "CALLS", [])
    toy.save(tmp_path / "checkpoints" / toy.NAME)
    result = demo.run(toy.DEMO, "tone", {"seed": 3}, toy.DirectEngine(toy.DEMO.networks))
    (tmp_path / "mine.wav").write_bytes(result.artefacts[0].data)
    return tmp_path


def fails(capsys, *arguments):
    """The sentence that a failing command says; it fails with 2."""
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err and captured.err.count("\n") == 1
    return captured.err


def test_catalogue_helpers(toys):
    assert catalog.get("toy") is catalog.owner_of(toy.NAME) is toy.DEMO
    assert catalog.networks() == toy.DEMO.networks and catalog.debug() == toy.DEMO.debug
    assert catalog.checkpoint_names() == (toy.NAME,)
    with pytest.raises(UserError, match="There is no demo 'moon': the demos are toy."):
        catalog.get("moon")


def test_the_module_runs_as_a_program(tmp_path):
    def run(*arguments):
        return subprocess.run([sys.executable, "-m", "gan_demos", *arguments], capture_output=True, text=True, cwd=ROOT)

    assert run("--version").stdout.strip() == __version__
    missing = run("replay", str(tmp_path / "none.wav"))
    assert (missing.returncode, missing.stderr) == (2, "There is no file none.wav.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "sing",
        "serve --port x",
        "serve --port 70000",
        "serve --replicas 3:2",
        "serve --backend moon",
        "train x --minutes nan",
        "train x --fresh --resume",
    ],
)
def test_mistyped_commands_are_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments.split())
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


def test_help_does_not_import_torch():
    code = "import sys; from gan_demos import cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass\nsys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


@pytest.mark.parametrize(
    "arguments, ray",
    [
        ("", None),
        ("--address elsewhere:6379", None),
        ("--backend ray", {"address": "auto", "replicas": (1, 4), "cpus": 1, "gpus": 0.0, "apart": []}),
        (
            "--backend ray --address 10.0.0.2:6379 --replicas 2:8 --cpus 2 --gpus 0.5 --apart faces --apart vocoder-notes",
            {"address": "10.0.0.2:6379", "replicas": (2, 8), "cpus": 2, "gpus": 0.5, "apart": ["faces", "vocoder-notes"]},
        ),
    ],
)
def test_serve_says_where_to_compute(arguments, ray, monkeypatch):
    calls = []
    monkeypatch.setattr(application, "serve", lambda *given: calls.append(given))
    assert cli.main(["serve", "--port", "8080", *arguments.split()]) == 0
    assert calls == [("127.0.0.1", 8080, ray)]


def test_train_hands_everything_to_the_demo_that_owns_the_checkpoint(toys):
    assert cli.main(["train", toy.NAME]) == 0
    more = "--minutes 1.5 --device cpu --seed 4 --fresh --set width=16 --set objective=r3gan"
    assert cli.main(["train", toy.NAME, "--out", str(toys), *more.split()]) == 0
    assert cli.main(["evaluate", toy.NAME]) == 0
    assert toy_train.CALLS == [
        ("train", toy.NAME, 25.0, "auto", 0, None, False, 8, "wgan"),
        ("train", toy.NAME, 1.5, "cpu", 4, toys, True, 16, "r3gan"),
        ("evaluate", toy.NAME),
    ]


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["train", "moon"], "No demo has a checkpoint 'moon': there are toy-tones."),
        (["evaluate", "moon"], "No demo has a checkpoint 'moon'"),
        (["train", toy.NAME, "--set", "widht=3"], "--set takes KEY=VALUE with a KEY of width, objective; got 'widht=3'."),
        (["train", toy.NAME, "--set", "name=3"], "--set takes KEY=VALUE"),
        (["train", toy.NAME, "--set", "width"], "--set takes KEY=VALUE"),
    ],
)
def test_training_what_cannot_be_trained_is_told(toys, capsys, arguments, says):
    assert fails(capsys, *arguments).startswith(says)
    assert toy_train.CALLS == []


def test_checkpoints_list_and_verify(toys, capsys, monkeypatch):
    monkeypatch.setattr(catalog, "DEMOS", (toy.DEMO, demo.Demo("other", "Other", "", ("toy-missing",), {}, {})))
    assert cli.main(["checkpoints", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].split() == ["toy-missing", "missing:", "python", "-m", "gan_demos", "train", "toy-missing"]
    assert listed[1].split() == [toy.NAME, checkpoints.digest(toy.NAME)[:12]]

    monkeypatch.setattr(catalog, "DEMOS", (toy.DEMO,))
    assert cli.main(["checkpoints", "verify"]) == 0
    assert capsys.readouterr().out.split() == [toy.NAME, "good"]
    path = checkpoints.folder(toy.NAME) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert cli.main(["checkpoints", "verify"]) == 1
    assert str(path) in capsys.readouterr().err


def test_replay_writes_the_same_bytes_and_says_so(toys, capsys):
    assert cli.main(["replay", str(toys / "mine.wav"), "--out", str(toys / "new" / "folder")]) == 0
    made = toys / "new" / "folder" / "tone.wav"
    assert made.read_bytes() == (toys / "mine.wav").read_bytes()
    out = capsys.readouterr().out
    assert str(made) in out and f"The bytes equal those of {toys / 'mine.wav'}." in out


def test_replay_says_when_the_bytes_differ(toys, capsys):
    data = bytearray((toys / "mine.wav").read_bytes())
    data[-1] ^= 1  # a sample, not the recipe
    (toys / "mine.wav").write_bytes(data)
    assert cli.main(["replay", str(toys / "mine.wav"), "--out", str(toys / "new")]) == 0
    assert "The bytes differ from" in capsys.readouterr().out


def test_replay_never_overwrites_the_file_it_is_given(toys, capsys):
    (toys / "mine.wav").rename(toys / "tone.wav")
    before = (toys / "tone.wav").stat().st_mtime_ns
    assert "would be overwritten" in fails(capsys, "replay", str(toys / "tone.wav"), "--out", str(toys))
    assert (toys / "tone.wav").stat().st_mtime_ns == before


def test_replay_of_what_is_no_result_is_told(toys, capsys):
    (toys / "note.wav").write_text("hello")
    (toys / "empty.wav").touch()
    assert "none of the kinds" in fails(capsys, "replay", str(toys / "note.wav"))
    assert "empty" in fails(capsys, "replay", str(toys / "empty.wav"))
    assert "not a file" in fails(capsys, "replay", str(toys))
