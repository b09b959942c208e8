"""What goes wrong around the application: the disk, the files under it, the clock, visitors who vanish, an end by signal, a bare machine.

Elsewhere: a worker that breaks off and memory that runs out (inference/test_failures.py), a taken port, a visitor who leaves the page
(test_application.py), a job whose reader leaves (inference/test_jobs.py).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr
import httpx
import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError

from gan_demos import application, checkpoints, media, ui
from gan_demos.demo import Endpoint, Result
from gan_demos.errors import UserError
from gan_demos.ui import guard
from tests import toy, toy_tab
from tests.support import ROOT, Running, answers, serving, start, wait_until

LATE = "toy-late"
DAY = 24 * 60 * 60.0
READY = 180  # seconds that a start may take on a busy machine


class Gate(toy.ToyGenerator):
    """A network that answers while its gate is open."""

    open, entered = threading.Event(), threading.Event()

    def forward(self, latents):
        Gate.entered.set()
        assert Gate.open.wait(120), "the gate was never opened"
        return super().forward(latents)


@dataclass(frozen=True)
class NoRequest:
    """Nothing can be chosen."""


def late(context, request):
    """The one endpoint with a model of its own, which nobody has loaded yet."""
    context.engine.call(context.model(LATE), {"latents": torch.zeros(4)}, owner=context.owner)
    return Result(())


DEMO = replace(
    toy_tab.DEMO,
    checkpoints=(toy.NAME, LATE),
    networks={"ToyGenerator": Gate},
    endpoints={**toy.DEMO.endpoints, "late": Endpoint("late", NoRequest, late, "Loads a model.", {}, (LATE,))},
    debug={},
    tab="tests.toy_tab:build_stream",
)


def save_late(folder: Path) -> None:
    arguments = {"latent_dim": 4, "length": 8}
    checkpoints.save(folder, LATE, "toy", "ToyGenerator", toy.ToyGenerator(**arguments), arguments, {})


def endless(models):
    while True:
        yield models.call(toy.NAME, latents=torch.zeros(1, 4)).shape


def tab_with_a_stream(demo, engine):
    """The toy's tab, with a stream that ends only when somebody ends it."""

    def walk(request: gr.Request):
        for number, _ in enumerate(engine.run_job(endless, owner=ui.owner_of(request, "walk"), name="walk")):
            yield (str(number),)

    def film(request: gr.Request):
        for _ in engine.run_job(endless, owner=ui.owner_of(request, "film"), name="film"):
            pass

    status, shown = ui.status_line(), gr.Textbox()
    gr.Button("Walk").click(ui.with_status(walk, 1), None, [status, shown], api_name="walk")
    gr.Button("Film").click(ui.guarded(film), None, None, api_name="film")
    return toy_tab.build_tab(demo, engine)


@dataclass(frozen=True)
class House:
    """The application in this process, on checkpoints and a cache that a test may harm."""

    running: Running
    client: Client
    cache: Path
    weights: Path

    def tone(self, seed: int) -> bytes:
        """The file of a tone, as a program gets it."""
        files, _ = self.client.predict(seed=seed, api_name="/toy_tone")
        return Path(files[0]).read_bytes()

    def stored(self) -> set[Path]:
        return {path for path in self.cache.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    weights, cache = root / "checkpoints", root / "cache"
    toy.save(weights / toy.NAME)
    save_late(weights / LATE)
    Gate.open.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_DEMOS_CHECKPOINTS", str(weights))
        patch.delenv("GAN_DEMOS_DEBUG", raising=False)
        patch.setenv("GRADIO_TEMP_DIR", str(cache))
        patch.setattr(toy_tab, "build_stream", tab_with_a_stream, raising=False)
        running = start([DEMO])
        wait_until(lambda: answers(f"{running.url}/readyz"), READY, "the toy application did not become ready")
        client = Client(running.url, verbose=False, download_files=str(root / "downloads"))
        yield House(running, client, cache, weights)
        client.close()
        running.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a file that is always full")
def test_a_full_disk_is_a_sentence_and_leaves_no_half_file(house, monkeypatch, caplog):
    before, mkstemp = house.stored(), tempfile.mkstemp

    def full(*args, prefix=None, **kwargs):
        handle, path = mkstemp(*args, prefix=prefix, **kwargs)
        if prefix == ".writing-":  # the file of a result: what is written to it goes where there is no room
            os.close(handle)
            handle = os.open("/dev/full", os.O_WRONLY)
        return handle, path

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", full)
        with pytest.raises(AppError, match="disk of this server is full.*: try again in a few minutes"):
            house.tone(31)
    assert house.stored() == before
    assert "No space left on device" in caplog.text, "those who run it must read it in the log"
    assert media.read_recipe(house.tone(31)).parameters["seed"] == 31


def test_a_cache_deleted_under_the_application_is_made_anew(house):
    first = house.tone(41)
    shutil.rmtree(house.cache)
    assert house.tone(41) == first
    assert house.tone(42) != first
    shutil.rmtree(house.cache)
    answer = httpx.post(f"{house.running.url}/gradio_api/upload", files={"files": ("tone.wav", first)}, timeout=60)
    assert answer.status_code == 200 and Path(answer.json()[0]).read_bytes() == first


def test_a_loaded_model_answers_the_same_after_its_files_are_replaced(house):
    before, sha256 = house.tone(51), checkpoints.digest(toy.NAME)
    weights = house.weights / toy.NAME
    kept = {path: path.read_bytes() for path in weights.iterdir()}
    try:
        (weights / checkpoints.MODEL_FILE).write_bytes(b"half a file")
        assert house.tone(51) == before
        assert toy.save(weights, weight_seed=1) != sha256
        # The recipe too: with the new sha256 in it, it would vouch for weights that did not make this.
        assert house.tone(51) == before
        assert media.read_recipe(before).checkpoints == {toy.NAME: sha256}
    finally:
        for path, data in kept.items():
            path.write_bytes(data)


def test_a_model_loaded_later_must_fit_its_config(house):
    file = house.weights / LATE / checkpoints.MODEL_FILE
    good = file.read_bytes()
    file.write_bytes(bytes([*good[:-1], good[-1] ^ 1]))
    with pytest.raises(AppError, match="checkpoint toy-late cannot be used: .*is damaged .*its sha256.*rebuild it with"):
        house.client.predict(api_name="/toy_late")
    assert house.tone(1)
    file.write_bytes(good)
    house.client.predict(api_name="/toy_late")


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "backward"])
def test_a_clock_that_jumps_expires_nothing_and_waits_for_nothing(house, monkeypatch, jump):
    real, engine, inputs = time.time, house.running.engine, {"latents": torch.zeros(4)}
    Gate.open.clear()
    Gate.entered.clear()
    try:
        with ThreadPoolExecutor() as pool, monkeypatch.context() as patch:
            asked = pool.submit(house.tone, 61)
            assert Gate.entered.wait(60)
            several = pool.submit(engine.call_many, toy.NAME, [inputs] * 33, timeout=120)  # one more than is queued at once
            wait_until(lambda: engine.stats()["queue"]["waiting"] == 32, 60, "the calls do not wait")
            stream = engine.run_job(endless, name="walk")
            patch.setattr(time, "time", lambda: real() + jump)
            waiting = engine.submit(toy.NAME, inputs)
            ahead, seconds = waiting.position()
            assert ahead == 33 and 0 <= seconds < DAY / 2
            assert 0 <= engine.stats()["jobs"][0]["seconds"] < DAY / 2
            Gate.open.set()
            assert waiting.result(120).shape == (32,)
            assert len(several.result(120)) == 33
            assert next(stream) == (1, 32)
            stream.close()
            assert media.read_recipe(asked.result(120)).parameters["seed"] == 61
            assert house.tone(62)
            facts = engine.stats()["models"][toy.NAME]
            assert 0 <= facts["latency_p50"] < DAY / 2 and 0 <= facts["seconds_per_item"] < DAY / 2
    finally:
        Gate.open.set()


def test_a_stream_whose_reader_vanishes_is_stopped(house):
    """No heartbeat and no page that is closed: only a connection that is gone."""
    url, engine = f"{house.running.url}/gradio_api", house.running.engine
    config = httpx.get(f"{house.running.url}/config", timeout=60).json()
    number = next(event["id"] for event in config["dependencies"] if event["api_name"] == "walk")
    join = {"data": [], "fn_index": number, "session_hash": "vanishing"}
    assert httpx.post(f"{url}/queue/join", json=join, timeout=60).status_code == 200
    with httpx.stream("GET", f"{url}/queue/data", params={"session_hash": "vanishing"}, timeout=60) as answer:
        assert any("process_generating" in line for line in answer.iter_lines())
        assert [job["name"] for job in engine.stats()["jobs"]] == ["walk"]
    wait_until(lambda: not engine.stats()["jobs"], 60, "the work of a reader who vanished goes on")
    assert house.tone(71)


def test_the_work_of_a_program_that_vanishes_is_stopped(house):
    """It asks for what is told only when all is done, and goes."""
    url, engine = f"{house.running.url}/gradio_api/call/film", house.running.engine
    asked = [httpx.post(url, json={"data": []}, timeout=60).json()["event_id"] for _ in range(2)]
    with httpx.Client() as one, httpx.Client() as other:
        asking = zip((one, other), asked, strict=True)
        waiting = [client.send(client.build_request("GET", f"{url}/{call}"), stream=True) for client, call in asking]
        wait_until(lambda: len(engine.stats()["jobs"]) == 2, 60, "the films are not made")
        waiting[0].close()
        wait_until(lambda: len(engine.stats()["jobs"]) < 2, 60, "the work of a program that vanished goes on")
        assert len(engine.stats()["jobs"]) == 1, "it took the work of another one along"
        waiting[1].close()
    wait_until(lambda: not engine.stats()["jobs"], 60, "the work of a program that vanished goes on")
    assert house.tone(72)


def test_what_does_not_end_in_time_is_told_so(house, monkeypatch):
    """Last, for it ends the application."""
    door = guard.Door()
    monkeypatch.setattr(guard, "DOOR", door)
    monkeypatch.setattr(application, "DOOR", door)
    Gate.open.clear()
    Gate.entered.clear()
    try:
        with ThreadPoolExecutor() as pool:
            stuck = pool.submit(house.tone, 81)
            assert Gate.entered.wait(60)
            waiting = pool.submit(house.tone, 82)
            wait_until(lambda: house.running.engine.stats()["queue"]["waiting"] == 1, 60, "the second request does not wait")
            started = time.monotonic()
            application.drain(house.running.blocks, house.running.engine)
            assert time.monotonic() - started < 10
            for asked in (stuck, waiting):
                with pytest.raises(AppError, match="shutting down"):
                    asked.result(60)
    finally:
        Gate.open.set()
    assert not answers(f"{house.running.url}/healthz")


# Root may write everywhere, unless a program is started without that right (CAP_DAC_OVERRIDE).
AS_ANYBODY = """
import ctypes, os, sys
if os.geteuid() == 0:
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
UNSET = ("HOME", "XDG_", "TMP", "TEMP", "HF_", "GRADIO_ANALYTICS", "DO_NOT_TRACK", "NO_PROXY", "no_proxy", "PYTHON")


def test_a_bare_machine_serves_and_a_signal_to_end_lets_work_finish(tmp_path):
    """Without a home, a name for the user, another host or a folder to write to but its own for results, it answers; and when it is told
    to end, what is at work is answered, new work is refused, and it ends by itself."""
    house, notes = tmp_path / "house", tmp_path / "notes"
    notes.mkdir()
    for room in ("gan_demos", "tests"):
        shutil.copytree(ROOT / room, house / room)
    folders = [house, *(path for path in house.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    nowhere = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    settings = {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1", **nowhere}
    arguments = ["-c", AS_ANYBODY, "-m", "tests.fault_server", str(notes)]
    try:
        with serving(arguments, tmp_path, settings, UNSET, house) as server:
            client = Client(server.url, verbose=False, download_files=str(tmp_path / "downloads"))
            assert Path(client.predict(seed=1, api_name="/toy_tone")[0][0]).is_file()

            (notes / "hold").touch()
            asked = client.submit(seed=5, api_name="/toy_twice")
            wait_until((notes / "entered").exists, 60, "the request did not reach the network")
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "ending" in server.log.read_text(), 60, "the signal was not noticed")
            with pytest.raises(AppError, match="shutting down and takes no more requests"):
                client.predict(seed=6, api_name="/toy_tone")
            (notes / "leave").touch()
            files, _ = asked.result(60)
            assert media.read_recipe(Path(files[0]).read_bytes()).parameters["seed"] == 5
            assert server.process.wait(10) == 0
            log = server.log.read_text()
            assert "Traceback" not in log, log
            assert not (notes / "asked").exists(), f"other hosts were asked for: {(notes / 'asked').read_text()}"
            client.close()
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_nowhere_to_store_results_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match=f"{tmp_path}/file/cache cannot be written.*GRADIO_TEMP_DIR="):
        application.serve("127.0.0.1", 7860)


def test_no_folder_for_temporary_files_is_a_sentence():
    nowhere = (
        "import runpy, tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere']; runpy.run_path('app.py', run_name='__main__')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    done = subprocess.run([sys.executable, "-c", nowhere], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 1
    assert "No usable temporary directory" in done.stderr and "Traceback" not in done.stderr
