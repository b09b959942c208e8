"""ZeroGPU with the real package `spaces`, which forks a process for the work, and the real models: see `tests.zerogpu`."""

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT
from tests.zerogpu import MANY

pytestmark = pytest.mark.skipif(importlib.util.find_spec("spaces") is None, reason="the package `spaces` is not installed")


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """From a process of its own: what has computed gradients, as other tests here do, must not be forked to compute more."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GAN_DEMOS_", "SPACE"))}
    done = subprocess.run([sys.executable, "-m", "tests.zerogpu"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_application_takes_zerogpu_by_itself_where_there_is_one(played):
    assert played["made"] == ["ZeroGPUBackend", "cpu"]


def test_every_forward_runs_in_a_forked_process(played):
    (worker,) = played["forwards"]["forward"]  # one, which the package keeps
    assert worker != played["parent"] and not played["forwards"]["slice"]
    each = played["forwards again"]["forward"]  # one for each, where none is kept
    assert len(each) > 1 and not {worker, played["parent"]} & set(each)


def test_results_are_those_of_one_process(played):
    assert len(played["same"]) >= 5 and all(played["same"])
    assert all(played["same again"]) and played["same guidance"]


def test_every_slice_of_a_job_with_gradients_runs_in_a_forked_process(played):
    assert len(played["guide"]["slice"]) == 1
    assert played["parent"] not in played["guide"]["slice"] + played["guide"]["forward"]


def test_guidance_shows_previews_and_can_be_stopped(played):
    assert played["previews"][:3] == [[128, 128, 3]] * 3
    stopped, steps = played["stopped"]
    assert stopped and steps < 40


def test_a_job_ahead_of_its_reader_holds_no_files_open(played):
    assert played["values"] == list(range(MANY))
    assert played["files"] < 30  # pipes and the like, and not one for each value


def test_what_fails_there_is_a_sentence_and_the_process_goes_on(played):
    failures = played["failures"]
    for ours in ("forward", "job"):
        assert failures[ours].startswith("Something went wrong on our side")
    assert failures["sentence"] == "This picture is too small."
    assert failures["quota"].startswith("ZeroGPU quota exceeded: ") and failures["quota"].endswith(".")
    assert played["given back as failures"] == 0 and played["after it"]


def test_the_process_that_serves_never_touches_cuda(played):
    assert played["cuda"] == [True, False]  # there seems to be a GPU, and nobody asked it anything
