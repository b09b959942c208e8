"""The folder of a Hugging Face Space."""

import ast
import re
from pathlib import Path

import pytest

from gan_demos import checkpoints, space
from gan_demos.errors import CheckpointError, UserError
from tests import toy

ROOT = Path(space.__file__).parents[1]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A Space of the toy alone, made of this project."""
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    for name in (toy.NAME, "judge-of-toys"):
        toy.save(tmp_path / "checkpoints" / name)
    space.assemble([toy.DEMO], tmp_path / "space", ROOT)
    return tmp_path / "space"


def test_it_holds_what_the_app_needs_and_nothing_else(made):
    paths = {str(path) for path in space.files_of(made)}
    assert {"app.py", "README.md", "requirements.txt", f"checkpoints/{toy.NAME}/model.safetensors"} <= paths
    assert not [path for path in paths if path.startswith(("tests", "benchmarks", "checkpoints/judge")) or "__pycache__" in path]
    assert space.check(made) == []
    for picture in re.findall(r"\]\((docs/pictures/[^)]+)\)", (made / "README.md").read_text()):
        assert picture in paths, "pictures of the README come along"


def test_every_module_of_the_app_is_in_it(made):
    for path in made.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("gan_demos"):
                place = made / node.module.replace(".", "/")
                assert place.is_dir() or place.with_suffix(".py").is_file(), f"{path} imports {node.module}"


def test_its_requirements_are_the_apps_but_for_zerogpus_torch():
    ours, theirs = ((ROOT / "requirements.txt").read_text(), space.requirements((ROOT / "requirements.txt").read_text()))
    asked = dict(line.split("==") for line in ours.splitlines() if "==" in line)
    given = dict(line.split("==") for line in theirs.splitlines())
    assert {name for name, version in given.items() if asked.get(name) != version} == {"torch", "torchvision", "spaces"}
    assert set(asked) < set(given)
    assert space.SPACES in (ROOT / "requirements-test.txt").read_text().splitlines(), "what tests play ZeroGPU with"


def test_a_missing_checkpoint_or_a_folder_that_is_in_use_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "none"))
    with pytest.raises(CheckpointError, match="is not here"):
        space.assemble([toy.DEMO], tmp_path / "space", ROOT)
    with pytest.raises(UserError, match="is not empty"):
        space.assemble([toy.DEMO], tmp_path / "space", ROOT)


@pytest.mark.parametrize(
    "was, becomes, fault",
    [
        ("emoji: 🎛️", "", "says no emoji"),
        ("colorFrom: indigo", "colorFrom: mauve", "colorFrom is 'mauve'"),
        ("short_description: ", f"short_description: {'very ' * 12}", "longer than 60"),
        ("app_file: app.py", "app_file: main.py", "there is no main.py"),
        ("sdk_version: 6", "sdk_version: 5", "sdk_version is 5"),
    ],
)
def test_front_matter_that_would_not_do_is_named(made, was, becomes, fault):
    readme = made / "README.md"
    assert was in readme.read_text()
    readme.write_text(readme.read_text().replace(was, becomes))
    assert fault in "; ".join(space.check(made))


def test_what_is_too_large_or_a_link_is_named(made, monkeypatch):
    (made / "link").symlink_to(made / "app.py")
    monkeypatch.setattr(space, "MAX_BYTES", 1000)
    monkeypatch.setattr(space, "MAX_FILES", 3)
    found = "; ".join(space.check(made))
    assert "1000 are allowed" in found and "link is a link" in found and re.search(r"has \d+ files", found)


def test_checkpoints_are_verified_before_they_are_copied(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    toy.save(tmp_path / "checkpoints" / toy.NAME)
    model = checkpoints.folder(toy.NAME) / checkpoints.MODEL_FILE
    data = model.read_bytes()
    model.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="damaged|sha256"):
        space.assemble([toy.DEMO], tmp_path / "space", ROOT)
