"""The application's shell: what programs that call it, those who run it and a visitor who leaves get."""

import http.client
import json
import logging
import multiprocessing
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import gradio as gr
import httpx
import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gan_demos import application, logs, media
from gan_demos.demo import run
from gan_demos.errors import CancelledError, UserError
from gan_demos.health import Health
from gan_demos.ui.guard import guarded
from tests import toy, toy_tab
from tests.support import ROOT, Running, answers, start, wait_until
from tests.toy import Gate


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_DEMOS_DEBUG", "1")
        patch.setenv("GAN_DEMOS_TESTING", "1")
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
        running = start([toy_tab.DEMO, toy_tab.MISSING])
        wait_until(lambda: answers(f"{running.url}/healthz"), 60, "the toy application did not become ready")
        yield running
        running.close()


@pytest.fixture(scope="module")
def client(running: Running, tmp_path_factory) -> Iterator[Client]:
    made = Client(running.url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield made
    made.close()


def test_every_endpoint_is_a_named_call_with_its_parameters(running, client):
    calls = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(calls) == {"/toy_tone", "/toy_broken", "/toy_busy", "/gone_tone"}, "tab events must not be public"
    parameters = {entry["parameter_name"]: entry for entry in calls["/toy_tone"]["parameters"]}
    assert list(parameters) == ["seed", "loudness", "voice", "sliders", "rows", "title", "repeats"]
    assert parameters["voice"]["parameter_default"] == "low"
    assert parameters["sliders"]["parameter_default"] == [0.0, 0.0]
    assert parameters["seed"]["type"]["type"] == "integer"


def test_a_call_gives_the_file_of_the_command_line(running, client):
    files, values = client.predict(seed=5, repeats=3, api_name="/toy_tone")
    expected = run(toy_tab.DEMO, "tone", {"seed": 5, "repeats": 3}, running.engine)
    with open(files[0], "rb") as file:
        data = file.read()
    assert files[0].endswith("tone.wav")
    assert data == expected.artefacts[0].data
    assert values == expected.values
    assert media.read_recipe(data).parameters["seed"] == 5


def documented(language: str, word: str) -> str:
    """The example of docs/serving.md in that language which holds that word."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/serving.md").read_text(), re.DOTALL)
    (found,) = [block for block in blocks if word in block]
    return found


@pytest.mark.parametrize(("language", "word", "program"), [("sh", "curl", ["sh", "-e"]), ("python", "mcp", [sys.executable, "-"])])
def test_the_documented_examples_give_the_file_that_the_client_gives(running, client, language, word, program):
    if word == "curl" and not shutil.which("curl"):
        pytest.skip("there is no curl here")
    example = documented(language, word)
    for ours, theirs in (("http://127.0.0.1:7860", running.url), ("sound_digit", "toy_tone"), ('"digit": 7, "seed": 3', '"seed": 7')):
        assert ours in example
        example = example.replace(ours, theirs)
    done = subprocess.run(program, input=example, capture_output=True, text=True, timeout=120)
    addresses = re.findall(rf"{re.escape(running.url)}/gradio_api/file=[^\"' ]+\.wav", done.stdout)
    assert addresses, done.stdout + done.stderr
    paths, _ = client.predict(seed=7, api_name="/toy_tone")
    assert httpx.get(addresses[0]).content == Path(paths[0]).read_bytes()
    broken = subprocess.run(program, input=example.replace('"seed": 7', '"seed": -7'), capture_output=True, text=True, timeout=120)
    assert "Seed must be a whole number between" in broken.stdout and "Traceback" not in broken.stdout


@pytest.mark.parametrize(
    "parameters, sentence",
    [
        ({"seed": 10**30}, "Seed must be a whole number between 0 and 4294967295"),
        ({"seed": "abc"}, "Seed must be a whole number"),
        ({"loudness": 7.5}, "Loudness must be a number between 0 and 1"),
        ({"loudness": None}, "Loudness must be a number"),
        ({"voice": "tenor"}, "Voice must be one of low, high"),
        ({"rows": [[1] * 10**4] * 2}, "Drum pattern must be 2 rows of 4 zeros or ones"),
    ],
)
def test_a_bad_value_is_a_sentence_and_the_next_call_works(running, client, parameters, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(**parameters, api_name="/toy_tone")
    assert client.predict(seed=1, api_name="/toy_tone")[0]


def test_a_fault_of_ours_says_so_and_tells_nothing_else(running, client, caplog):
    with pytest.raises(AppError, match="Something went wrong on our side; nothing of yours was lost.*request [0-9a-f]{12}") as caught:
        client.predict(api_name="/toy_broken")
    assert "secret" not in str(caught.value)
    request_id = str(caught.value).split("(request ")[1][:12]
    assert any(request_id in record.getMessage() and record.exc_info for record in caplog.records), "the log must hold the cause"


def test_a_refusal_reaches_the_caller_as_text_not_as_html(running, client):
    with pytest.raises(AppError, match="&lt;b&gt;now&lt;/b&gt;: try again in about 3 s"):
        client.predict(api_name="/toy_busy")


def test_a_demo_without_its_checkpoint_says_so_and_the_others_work(running, client):
    page = httpx.get(f"{running.url}/config", timeout=30).text
    assert "The checkpoint no-such-model is not here" in page and "problem-note" in page
    wait_until(lambda: httpx.get(f"{running.url}/healthz").json()["demos"] == {"toy": "ok", "gone": "broken"}, 30, "wrong health")
    assert client.predict(seed=2, api_name="/toy_tone")[0]


def test_a_missing_and_a_damaged_checkpoint_name_file_and_command(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    monkeypatch.delenv("GAN_DEMOS_DEBUG", raising=False)
    folder = tmp_path / toy.NAME
    command = f"python -m gan_demos train {toy.NAME}"
    missing = application.problem_of(toy.DEMO)
    assert str(folder) in missing and command in missing
    toy.save(folder)
    assert application.problem_of(toy.DEMO) is None
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    damaged = application.problem_of(toy.DEMO)
    assert str(weights) in damaged and "sha256" in damaged and command in damaged

    with application.make_engine([toy_tab.DEMO]) as engine:
        blocks = application.build(engine, [toy_tab.DEMO])
        shown = [str(getattr(block, "value", "")) for block in blocks.blocks.values()]
        assert any("problem-note" in text and str(weights) in text for text in shown)
        assert any("Replay a file" in str(getattr(block, "label", "")) for block in blocks.blocks.values())


def test_an_upload_beyond_the_limit_is_refused(running, client):
    answer = httpx.post(f"{running.url}/gradio_api/upload", files={"files": ("huge.wav", bytes((32 << 20) + 1))}, timeout=120)
    assert answer.status_code == 413
    assert client.predict(seed=2, api_name="/toy_tone")[0]


def test_a_connection_waits_for_its_next_request(running):
    """uvicorn closes it after 5 s, unless told otherwise: then a request that comes at that moment fails."""
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    connection.connect()
    connection.auto_open = 0  # it must not come back by itself
    for pause in (0, 6):
        time.sleep(pause)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
    connection.close()
    assert application.IDLE_SECONDS > 60, "longer than a proxy keeps one"


def test_health_waits_for_the_first_answer(debug, monkeypatch):
    demo = replace(toy_tab.DEMO, networks={"ToyGenerator": Gate})
    Gate.open.clear()
    running = start([demo])
    try:
        assert Gate.entered.wait(60)
        early = httpx.get(f"{running.url}/healthz", timeout=30)
        assert early.status_code == 503 and early.json()["status"] == "starting"
        assert httpx.get(f"{running.url}/readyz", timeout=30).status_code == 503
        Gate.open.set()
        wait_until(lambda: answers(f"{running.url}/healthz"), 30, "not ready after the model could answer")
        wait_until(lambda: answers(f"{running.url}/readyz"), 30, "not warm")
    finally:
        Gate.open.set()
        running.close()


def test_it_starts_where_the_first_page_takes_long(debug, monkeypatch):
    monkeypatch.setattr("gradio.networking.url_ok", lambda url: False)
    running = start([toy_tab.DEMO])
    assert answers(f"{running.url}/config")
    running.close()


def test_forked_processes_end_with_it():
    worker = multiprocessing.get_context("spawn").Process(target=signal.pause, daemon=True)
    worker.start()
    application.end_workers()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL


def test_metrics_count_what_was_asked(running, client):
    def requests() -> float:
        lines = httpx.get(f"{running.url}/metrics", timeout=30).text.splitlines()
        samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        assert float(samples["gan_demos_queue_capacity"]) > 0 and float(samples["process_resident_memory_bytes"]) > 1e6
        answered = float(samples['gan_demos_requests_total{model="debug-toy-tones"}'])
        assert float(samples['gan_demos_queue_wait_seconds_bucket{le="+Inf"}']) >= answered
        return answered

    before = requests()
    for seed in range(3):
        client.predict(seed=seed, api_name="/toy_tone")
    wait_until(lambda: requests() == before + 3, 10, "the requests were not counted")


def test_status_is_for_who_has_the_token(running, debug, monkeypatch):
    assert httpx.get(f"{running.url}/status", timeout=30).status_code == 404  # no token was set
    monkeypatch.setenv("GAN_DEMOS_STATUS_TOKEN", "sésame")
    engine = application.make_engine([toy_tab.DEMO])
    try:
        page = Starlette(routes=Health([toy_tab.DEMO], engine).routes)
        with TestClient(page) as visitor:
            for auth in (None, ("operator", ""), ("operator", "sesame"), ("sésame".encode(), b"x")):
                refused = visitor.get("/status", auth=auth)
                assert refused.status_code == 401 and "Models" not in refused.text
            assert visitor.get("/status", headers={"Authorization": "Basic ?"}).status_code == 401
            run(toy_tab.DEMO, "tone", {"seed": 1}, engine)
            shown = visitor.get("/status", auth=("anybody", "sésame".encode()))
        assert shown.status_code == 200 and "<td>debug-toy-tones</td>" in shown.text and "<td>starting</td>" in shown.text
    finally:
        engine.close()


def test_logs_are_lines_or_json_with_the_request(capsys, monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setenv("LOG_FORMAT", "json")
    logs.set_up()
    with pytest.raises(gr.Error):
        guarded(toy_tab.break_down)(None, None)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failed, told = (line for line in lines if line["logger"] == "gan_demos.requests")
    assert failed["request"] == told["request"] and len(told["request"]) == 12
    assert "Traceback" in failed["trace"] and told["outcome"] == "failed" and told["ms"] >= 0 and told["level"] == "INFO"
    for name, value in (("LOG_FORMAT", "yaml"), ("LOG_LEVEL", "loud")):
        monkeypatch.setenv(name, value)
        with pytest.raises(UserError, match=name):
            logs.set_up()
        monkeypatch.delenv(name)


def test_who_leaves_takes_only_their_own_work_along(debug):
    demo = replace(toy_tab.DEMO, networks={"ToyGenerator": Gate})
    Gate.open.set()
    running = start([demo])
    try:
        wait_until(lambda: answers(f"{running.url}/healthz"), 60, "not ready")
        Gate.open.clear()
        Gate.entered.clear()
        with ThreadPoolExecutor() as pool:
            inputs = {"latents": torch.zeros(4)}
            model = "debug-" + toy.NAME
            pool.submit(running.engine.call, model, inputs, owner="somebody")
            assert Gate.entered.wait(30)
            leaver = running.engine.submit(model, inputs, owner="leaver")
            stayer = running.engine.submit(model, inputs, owner="stayer")

            def left() -> bool:
                # Gradio does not always notice a visitor who leaves in the very moment of the first heartbeat
                with httpx.stream("GET", f"{running.url}/gradio_api/heartbeat/leaver", timeout=30) as heartbeat:
                    next(heartbeat.iter_lines())
                try:
                    leaver.result(3)
                except TimeoutError:
                    return False
                except CancelledError:
                    return True
                raise AssertionError("it was answered behind a closed gate")

            wait_until(left, 45, "the work of a visitor who left goes on")
            assert stayer.position()[0] >= 0
            Gate.open.set()
            assert stayer.result(30).shape == (16,)
    finally:
        Gate.open.set()
        running.close()


@pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")  # Gradio forgets the socket it tried the port with
def test_a_taken_port_is_a_sentence(running):
    port = int(running.url.rsplit(":", 1)[1])
    with application.make_engine([]) as engine:
        blocks = application.build(engine, [])
        with pytest.raises(UserError, match=f"Port {port} .* cannot be used.*PORT="):
            application.launch(blocks, engine, "127.0.0.1", port, [])


def test_debug_weights_are_never_served(monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_DEBUG", "1")
    monkeypatch.delenv("GAN_DEMOS_TESTING", raising=False)
    with application.make_engine([]) as engine, pytest.raises(UserError, match="GAN_DEMOS_DEBUG"):
        application.build(engine, [])
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 1
    assert "GAN_DEMOS_DEBUG=1" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_bad_port_is_a_sentence(monkeypatch, port):
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)
    monkeypatch.setenv("PORT", port)
    with pytest.raises(UserError, match="port must be a number from 1 to 65535"):
        application.serve(host="127.0.0.1")
