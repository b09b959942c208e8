"""What every demo of the catalogue promises. A new demo is tested by being in the catalogue."""

import functools
import importlib
import importlib.util
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_demos import catalog, checkpoints, clip, media
from gan_demos.demo import Demo, Endpoint, Result, replay, run
from gan_demos.errors import UserError
from tests.support import ROOT

DEMOS = [pytest.param(demo, id=demo.name) for demo in catalog.DEMOS]
ENDPOINTS = [pytest.param(demo, one, id=f"{demo.name}-{one.name}") for demo in catalog.DEMOS for one in demo.endpoints.values()]
CHECKPOINTS = [pytest.param(demo, name, id=name) for demo in catalog.DEMOS for name in demo.checkpoints]
# Same request, other company: at most two steps of 16-bit sound, which is also finer than one of 255 levels of a picture.
TOLERANCE = 2 / 32768
MAX_MODEL_BYTES = 16 << 20
DEBUG_PARAMETERS = 1 << 18
# A table of ten thousand words is most of a text tower, and of its debug twin, which takes the same tokens.
WORDY = {clip.MODEL: (30 << 20, 1 << 22)}


class Recorder:
    """An engine that also notes which calls went through it."""

    def __init__(self, engine) -> None:
        self.engine, self.calls, self.jobs = engine, [], []

    def call(self, model, inputs, method="forward", *rest, **more):
        self.calls.append((model, method, inputs))
        return self.engine.call(model, inputs, method, *rest, **more)

    def submit(self, model, inputs, method="forward", *rest, **more):
        self.calls.append((model, method, inputs))
        return self.engine.submit(model, inputs, method, *rest, **more)

    def call_many(self, model, inputs, method="forward", *rest, **more):
        self.calls.extend((model, method, item) for item in inputs)
        return self.engine.call_many(model, inputs, method, *rest, **more)

    def run_job(self, job, *rest, slices=None, **more):
        def counted(models):
            for value in job(models):
                note["slices"] += 1
                yield value

        self.jobs.append(note := {"said": slices, "slices": 0})
        return self.engine.run_job(counted, *rest, slices=slices, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


def files(result: Result) -> dict[str, bytes]:
    return {artefact.file_name: artefact.data for artefact in result.artefacts}


def tensors(answer: Any) -> list[torch.Tensor]:
    """The tensors of a network's answer: of one, or of a tuple or dict of them."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    return list(answer.values() if isinstance(answer, dict) else answer)


def limits(checkpoint: str) -> tuple[int, int]:
    """Bytes that a checkpoint may take, and parameters that its debug twin may have."""
    return WORDY.get(checkpoint, (MAX_MODEL_BYTES, DEBUG_PARAMETERS))


def folder_of(demo: Demo) -> Path:
    return ROOT.joinpath(*demo.tab.split(":")[0].split(".")[:-1])


def bad_values(facts: dict[str, Any]) -> list[Any]:
    """Values that a parameter with this JSON Schema must refuse."""
    kind = facts.get("type")
    bad: list[Any] = [None, {"a": math.nan}]
    if "enum" in facts:
        bad += ["no such choice", 10**30, -1.5]
    if kind in ("integer", "number"):
        bad += [math.nan, math.inf, "abc", True, 10**30, [1]]
        if "minimum" in facts:
            bad += [facts["minimum"] - 1, facts["maximum"] + 1]
    if kind == "integer":
        bad.append(0.5)
    if kind == "array":
        bad += ["abc", [math.nan] * facts.get("minItems", 1), [0] * (facts["maxItems"] + 1)]
    if kind == "string" and "enum" not in facts:
        bad += ["x" * (facts["maxLength"] + 1), "a\0b", 7]
    if kind == "boolean":
        bad += ["yes", 1, math.nan]
    if kind is None:
        bad += [math.nan, "no structure", [[math.nan]]]
    return bad


def test_the_catalogue_is_not_empty_and_its_names_are_its_own():
    assert catalog.DEMOS
    names = [demo.name for demo in catalog.DEMOS]
    assert len(set(names)) == len(names)
    assert len(set(catalog.checkpoint_names())) == len(catalog.checkpoint_names())
    named = {(key, network) for demo in catalog.DEMOS for key, network in demo.networks.items()}
    assert len(named) == len(catalog.networks()), "two demos use one network key for different networks"
    for demo in catalog.DEMOS:
        owners = {name for other in catalog.DEMOS if other is not demo for name in other.checkpoints}
        assert set(demo.shared) <= owners, "what is shared is another demo's"


@pytest.mark.parametrize("demo", DEMOS)
def test_it_presents_itself(demo):
    assert re.fullmatch("[a-z0-9_]{1,30}", demo.name)
    assert 0 < len(demo.title) <= 24
    assert 0 < len(demo.pitch) <= 120
    assert len((folder_of(demo) / "README.md").read_text(encoding="utf-8")) > 200
    assert demo.endpoints and demo.networks and demo.checkpoints
    assert set(demo.warm) <= set(demo.needed)
    assert set(demo.debug) == {*demo.needed, *demo.pending}, "every checkpoint has a debug twin"
    for name, endpoint in demo.endpoints.items():
        assert name == endpoint.name and re.fullmatch("[a-z0-9_]{1,30}", name)
        assert endpoint.summary and len(endpoint.summary) <= 200
    module, function = demo.tab.split(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert importlib.util.find_spec(demo.train) is not None


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS)
def test_its_example_gives_files_that_replay_to_the_same_bytes(engine, demo, endpoint):
    result = run(demo, endpoint.name, endpoint.example, engine)
    json.dumps(result.values, allow_nan=False)
    assert result.artefacts or result.values
    if not result.artefacts:
        assert run(demo, endpoint.name, endpoint.example, engine) == result
        return
    made = files(result)
    assert len(made) == len(result.artefacts), "file names of one result differ"
    for artefact in result.artefacts:
        recipe = media.read_recipe(artefact.data)
        assert (recipe.demo, recipe.endpoint) == (demo.name, endpoint.name)
        assert set(recipe.parameters) == set(endpoint.schema()["properties"]), "a recipe is complete"
        assert recipe.checkpoints
        assert media.FORMATS[media.sniff(artefact.data)].SUFFIX == artefact.suffix
    again = replay(recipe, catalog.DEMOS, engine)
    assert files(again) == made
    assert again.values == result.values


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS)
def test_another_seed_gives_another_result(engine, demo, endpoint):
    if "seed" not in endpoint.schema()["properties"]:
        pytest.skip("it draws no noise")
    results = [run(demo, endpoint.name, {**endpoint.example, "seed": seed}, engine) for seed in (1, 2)]
    sounds = [[artefact.data for artefact in result.artefacts if artefact.kind == result.artefacts[0].kind] for result in results]
    assert sounds[0] != sounds[1]


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS)
def test_it_refuses_what_does_not_fit_before_it_computes(demo, endpoint: Endpoint):
    with pytest.raises(UserError, match="no parameter"):
        run(demo, endpoint.name, {**endpoint.example, "no_such_parameter": 1}, engine=None)
    for name, facts in endpoint.schema()["properties"].items():
        for value in bad_values(facts):
            try:
                run(demo, endpoint.name, {**endpoint.example, name: value}, engine=None)
            except UserError as error:
                assert 10 < len(str(error)) < 400 and facts["title"] in str(error), f"{name}={value!r}: {error}"
            else:
                pytest.fail(f"{name}={value!r} was accepted")


@pytest.mark.parametrize("demo", DEMOS)
def test_an_item_of_a_batch_equals_the_item_alone(engine, demo):
    groups: dict[tuple, list[dict]] = {}
    for endpoint in demo.endpoints.values():
        recorder = Recorder(engine)
        for seed in (1, 2, 3) if "seed" in endpoint.schema()["properties"] else (None,):
            run(demo, endpoint.name, endpoint.example | ({} if seed is None else {"seed": seed}), recorder)
        assert all(job["said"] == job["slices"] for job in recorder.jobs), "those who wait in line are told something else"
        for model, method, inputs in recorder.calls:
            shapes = tuple(sorted((key, tuple(value.shape)) for key, value in inputs.items()))
            groups.setdefault((model, method, shapes), []).append(inputs)
    assert {model.removeprefix(checkpoints.DEBUG_PREFIX) for model, _, _ in groups} == set(demo.needed), "examples use every model"
    for (model, method, _), items in groups.items():
        items = (items * 3)[:3]
        together = engine.call_many(model, items, method=method)
        for item, shared in zip(items, together, strict=True):
            alone = tensors(engine.call(model, item, method=method))
            # what is beyond full scale (a debug model's output) is scaled down to it before it is encoded
            allowed = TOLERANCE * max(1.0, *(float(part.abs().max()) for part in alone))
            message = functools.partial("{}: {}".format, (model, method))
            torch.testing.assert_close(tensors(shared), alone, rtol=1e-4, atol=allowed, msg=message)
    assert max(engine.stats()["batch_sizes"]) >= 3, "nothing was ever computed together"


@pytest.mark.parametrize("demo, name", CHECKPOINTS)
def test_its_network_is_saved_and_loaded_whole(debug, monkeypatch, tmp_path, demo, name):
    network, arguments, extra = demo.debug[name]
    module = checkpoints.load(checkpoints.DEBUG_PREFIX + name, demo.networks, demo.debug)
    assert sum(tensor.numel() for tensor in module.state_dict().values()) <= limits(name)[1], "a debug twin is tiny"
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    sha256 = checkpoints.save(tmp_path / name, name, demo.name, network, module, arguments, extra, half=False)
    assert checkpoints.verify(name) == checkpoints.digest(name) == sha256
    assert checkpoints.extra(name) == json.loads(json.dumps(extra))
    loaded = checkpoints.load(name, demo.networks)
    expected = module.state_dict()
    assert set(loaded.state_dict()) == set(expected)
    for key, tensor in loaded.state_dict().items():
        torch.testing.assert_close(tensor, expected[key], rtol=0, atol=0)
    hub = demo.networks[network].from_pretrained(str(tmp_path / name))
    assert {key: tuple(t.shape) for key, t in hub.state_dict().items()} == {key: tuple(t.shape) for key, t in expected.items()}


@pytest.mark.parametrize("demo, name", CHECKPOINTS)
def test_its_checkpoint_is_here_whole_small_and_described(demo, name):
    folder = checkpoints.folder(name)
    checkpoints.verify(name)
    assert (folder / checkpoints.MODEL_FILE).stat().st_size <= limits(name)[0]
    config = checkpoints.read_config(name)
    assert config["gan_demos"]["demo"] == demo.name and config["gan_demos"]["network"] in demo.networks
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert isinstance(metrics, dict) and metrics
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert re.search("licen[cs]e", card, re.IGNORECASE), "the card names the licence of the data"
    assert f"python -m gan_demos train {name}" in card, "the card names the command that rebuilds it"


def test_debug_checkpoints_are_never_listed(debug):
    assert not [name for name in checkpoints.names() if name.startswith(checkpoints.DEBUG_PREFIX)]
    assert not [name for name in catalog.checkpoint_names() if name.startswith(checkpoints.DEBUG_PREFIX)]
