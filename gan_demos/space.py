"""Assemble the folder that a Hugging Face Space is made of, and check it before it is sent.

https://huggingface.co/docs/hub/spaces-config-reference
"""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import metadata_load

from gan_demos import checkpoints
from gan_demos.demo import Demo
from gan_demos.errors import UserError

PARTS = ("app.py", "LICENSE", "README.md", "gan_demos", "docs/pictures")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
# ZeroGPU brings its own torch: of those that it takes, the newest. Everything else is as the app is tested with.
PINS = {"torch": "2.11.0", "torchvision": "0.26.0"}
SPACES = "spaces==0.51.3"
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
NEEDED = ("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license", "short_description")
MAX_DESCRIPTION, MAX_BYTES, MAX_FILES = 60, 1_000_000_000, 10_000  # characters; of the whole Space; in one folder
PUBLISH = """Publish it (the first time; later the second line alone):
  hf repos create {space} --type space --space-sdk gradio
  hf upload {space} {folder} . --type space"""


def assemble(demos: Sequence[Demo], out: Path, source: Path | None = None) -> list[Path]:
    """Fill the new folder `out` with what a Space needs of the project at `source`; returns its files, relative to it.

    Checkpoints that no request uses stay behind. `UserError` if `out` holds something, or if `check` finds fault with what was made.
    """
    source = source or Path(__file__).resolve().parent.parent
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty: name a new folder with --out, or delete it.")
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, out / part, ignore=LEFT_OUT, dirs_exist_ok=True)
        else:
            (out / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / part, out / part)
    for name in sorted({name for demo in demos for name in demo.needed}):
        checkpoints.verify(name)
        shutil.copytree(checkpoints.folder(name), out / "checkpoints" / name, ignore=LEFT_OUT)
    (out / "requirements.txt").write_text(requirements((source / "requirements.txt").read_text()))
    if faults := check(out):
        raise UserError("This folder would not do as a Space: " + "; ".join(faults) + ".")
    return files_of(out)


def requirements(text: str) -> str:
    """The app's requirements with `PINS` in place of its own, and the package `spaces`."""
    lines = [re.sub(r"^([\w-]+)==.*$", _pinned, line) for line in text.splitlines() if not line.startswith("#")]
    return "\n".join([*lines, SPACES]) + "\n"


def _pinned(line: re.Match[str]) -> str:
    name = line[1]
    return f"{name}=={PINS[name]}" if name in PINS else line[0]


def check(folder: Path) -> list[str]:
    """What is wrong with the folder of a Space, in words; nothing if it is ready."""
    facts: dict[str, Any] = metadata_load(folder / "README.md") or {}
    faults = [f"README.md says no {name}" for name in NEEDED if not facts.get(name)]
    faults += [f"{name} is {facts.get(name)!r}" for name in ("colorFrom", "colorTo") if facts.get(name) not in COLOURS]
    if len(facts.get("short_description") or "") > MAX_DESCRIPTION:
        faults.append(f"short_description is longer than {MAX_DESCRIPTION} characters")
    if facts.get("app_file") and not (folder / facts["app_file"]).is_file():
        faults.append(f"there is no {facts['app_file']}")
    asked = re.search(r"^gradio(?:\[.*\])?==(.*)$", (folder / "requirements.txt").read_text(), re.MULTILINE)
    version = asked[1] if asked else "of any version"
    if version != str(facts.get("sdk_version")):
        faults.append(f"sdk_version is {facts.get('sdk_version')}, and requirements.txt asks for gradio {version}")
    paths = files_of(folder)
    if (size := sum((folder / path).stat().st_size for path in paths)) > MAX_BYTES:
        faults.append(f"it has {size} bytes, and {MAX_BYTES} are allowed")
    for path, _, names in os.walk(folder):
        if len(names) > MAX_FILES:
            faults.append(f"{path} has {len(names)} files")
    return faults + [f"{path} is a link" for path in paths if (folder / path).is_symlink()]


def files_of(folder: Path) -> list[Path]:
    """Its files, relative to it, sorted."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
