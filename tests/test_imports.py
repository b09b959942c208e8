"""The directions of imports, as docs/architecture.md draws them."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What a room may import of ours, besides itself and the version number in `gan_demos`. Rooms that are not named here fail.
BASE = {"errors", "recipes", "checkpoints", "parameters", "media"}
ALLOWED = {
    "errors": set(),
    "dsp": {"errors"},
    "process": set(),
    "logs": {"errors"},
    "palettes": set(),
    "recipes": {"errors"},
    "links": {"errors", "recipes"},
    "checkpoints": {"errors"},
    "parameters": {"errors"},
    "media": {"errors", "recipes"},
    "prompts": {"errors"},
    "inference": {"errors", "checkpoints", "process"},
    "remembered": {"checkpoints"},
    "clip": {"errors", "checkpoints", "remembered"},
    "clip workshop": {"errors", "checkpoints", "remembered", "inference", "data", "training"},
    "demo": BASE | {"inference"},
    "ui": BASE | {"inference", "demo", "links"},
    "catalog": {"errors", "demo", "demos"},
    "health": {"errors", "checkpoints", "inference", "demo"},
    "application": BASE | {"process", "logs", "inference", "demo", "ui", "catalog", "health"},
    "metrics": BASE | {"dsp", "clip"},
    "data": BASE | {"dsp"},
    "training": BASE | {"process", "inference", "demo", "data", "metrics", "dsp"},
    "space": {"errors", "checkpoints", "demo"},
    "cli": BASE | {"process", "inference", "demo", "catalog", "application", "training", "data", "metrics", "space"},
    "__main__": {"cli"},
}
# Files of the clip room that only its training uses.
CLIP_WORKSHOP = {"card", "contrastive", "distillation", "evaluation", "pairs", "training", "vocabulary"}
# The same for the files of a demo's folder; `tab_*.py` counts as "tab", other files of it as "generate".
SERVING = BASE | {"inference", "demo", "dsp", "prompts", "clip", "remembered"}
ALLOWED_IN_DEMO = {
    "__init__": {"demo", "errors", "parameters", "clip"},
    "networks": {"dsp", "palettes"},
    "generate": SERVING,
    "tab": SERVING | {"ui"},
    "train": SERVING | {"process", "training", "data", "metrics", "clip workshop"},
}


def role_of(file: str) -> str:
    """Which line of `ALLOWED_IN_DEMO` holds for a file of a demo's folder."""
    if file in ALLOWED_IN_DEMO:
        return file
    if file.startswith("tab_"):
        return "tab"
    if file.startswith("tab"):
        return "tab"
    return "train" if "train" in file or "evaluation" in file else "networks" if "networks" in file else "generate"


# Which files of its own folder a demo's file may import.
SIBLINGS = {
    "__init__": {"networks", "generate"},
    "networks": {"networks"},
    "generate": {"networks", "generate"},
    "tab": {"generate", "tab"},
    "train": {"networks", "generate", "train"},
}
UNPICKLING = {"pickle", "_pickle", "pickletools", "cloudpickle", "dill", "joblib", "shelve", "marshal", "jsonpickle"}
EVALUATING = {"torch.load", "torch.hub.load", "eval", "exec", "__import__"}
WORKSHOP = {"training", "data", "metrics", "clip workshop"}


def sources() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / "gan_demos").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


SOURCES = sources()


def imports_of(path: Path, module: str) -> set[str]:
    """Dotted names of all modules that `path` imports anywhere in it, in a function too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            found.update(name if (name := f"{source}.{alias.name}") in SOURCES else source for alias in node.names)
    return found


IMPORTS = {module: imports_of(path, module) for module, path in SOURCES.items()}


def room_of(module: str) -> str | None:
    """The part of the package that a module of ours is in; None for the package itself."""
    parts = module.split(".")
    if parts[1:2] == ["clip"] and parts[-1] in CLIP_WORKSHOP:
        return "clip workshop"
    return parts[1] if len(parts) > 1 else None


def ours(module: str) -> set[str]:
    return {name for name in IMPORTS[module] if name.split(".")[0] == "gan_demos"}


@pytest.mark.parametrize("module", [name for name in SOURCES if room_of(name) not in (None, "demos")])
def test_a_room_imports_only_rooms_below_it(module):
    room = room_of(module)
    assert room in ALLOWED, f"{room} is a new room: say in this test what it may import"
    imported = {room_of(name) for name in ours(module)} - {None, room} - ({"clip"} if room == "clip workshop" else set())
    assert imported <= ALLOWED[room], f"{module} may not import {sorted(imported - ALLOWED[room])}"


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("gan_demos.demos.")])
def test_a_demo_imports_only_what_its_files_may(module):
    demo = ".".join(module.split(".")[:3])
    role = role_of(SOURCES[module].stem)
    for name in ours(module):
        if room_of(name) == "demos":
            assert name == demo or name.startswith(demo + "."), f"{module} imports another demo: {name}"
            assert name == demo or role_of(name.split(".")[-1]) in SIBLINGS[role], f"{module} may not import {name}"
        elif room_of(name) is not None:
            assert room_of(name) in ALLOWED_IN_DEMO[role], f"{module} may not import {name}"


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("gan_demos.demos.")])
def test_networks_are_torch_only_and_tabs_do_not_touch_it(module):
    outside = {name.split(".")[0] for name in IMPORTS[module]} - set(sys.stdlib_module_names)
    role = role_of(SOURCES[module].stem)
    if role == "networks":
        assert outside <= {"torch", "huggingface_hub", "gan_demos"}, f"{module} imports {sorted(outside)}"
    if role == "tab":
        assert "torch" not in outside, f"{module} touches tensors: that belongs to generate"


def reachable(start: set[str]) -> set[str]:
    """Every module of ours that importing `start` can load, packages on the way included."""
    seen, waiting = set(), set(start)
    while waiting:
        module = waiting.pop()
        parents = {".".join(module.split(".")[:length]) for length in range(1, module.count(".") + 2)}
        new = (parents & set(SOURCES)) - seen
        seen |= new
        for name in new:
            waiting |= ours(name) - seen
    return seen


def test_the_application_never_loads_the_training_side():
    tabs = {name for name in SOURCES if role_of(SOURCES[name].stem) == "tab" and room_of(name) == "demos"}
    loaded = reachable({"gan_demos.application"} | tabs)
    assert {"gan_demos.catalog", "gan_demos.demo", "gan_demos.inference", "gan_demos.errors"} <= loaded
    training = {name for name in SOURCES if room_of(name) == "demos" and role_of(SOURCES[name].stem) == "train"}
    wrong = sorted(name for name in loaded if room_of(name) in WORKSHOP or name in training)
    assert not wrong, f"serving loads {wrong}"


def test_nothing_loads_ray_unless_it_is_asked_for():
    users = {module for module, names in IMPORTS.items() if any(name.split(".")[0] == "ray" for name in names)}
    assert users == {"gan_demos.inference.ray_backend"}
    for module in SOURCES:
        for node in ast.parse(SOURCES[module].read_text(encoding="utf-8")).body:  # what runs when it is imported
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "ray_backend" not in ast.unparse(node), f"{module} always loads ray"


def test_the_door_imports_only_the_application():
    imported = {name for name in imports_of(ROOT / "app.py", "app") if name.startswith("gan_demos")}
    assert imported <= {"gan_demos.application", "gan_demos.errors"}


@pytest.mark.parametrize("module", SOURCES)
def test_nothing_unpickles(module):
    """Nor evaluates text, which is as good. `tests/test_hostile.py` watches the same while a checkpoint is loaded and answers."""
    assert not {name.split(".")[0] for name in IMPORTS[module]} & UNPICKLING
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "torch":
            assert not {alias.name for alias in node.names} & {"load"}, f"{module} imports torch.load in line {node.lineno}"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        assert called not in EVALUATING, f"{module} calls {called} in line {node.lineno}"
        assert not called.endswith(".read_pickle"), f"{module} calls {called} in line {node.lineno}"
        for given in node.keywords:
            allows = given.arg == "allow_pickle" and not (isinstance(given.value, ast.Constant) and given.value.value is False)
            assert not allows, f"{module} lets {called} unpickle in line {node.lineno}"
