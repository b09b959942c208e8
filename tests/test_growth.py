"""Nothing grows: what the server holds after one round of requests is what it holds after the same round again."""

import gc
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from gradio import route_utils

from gan_demos import catalog
from gan_demos.ui.sessions import EMPTY, Sessions
from tests import toy_tab
from tests.support import Running, answers, start, wait_until

ROUND, CALLERS = 500, 4
QUICK = {"sound_digit", "sound_drum", "faces_understand", "pictures_understand", "swap_look"}  # the others are asked once a round


@pytest.fixture
def served(tmp_path, monkeypatch) -> Iterator:
    """What serves demos from this process with tiny twins of their models, their files in a folder of their own."""
    monkeypatch.setenv("GAN_DEMOS_DEBUG", "1")
    monkeypatch.setenv("GAN_DEMOS_TESTING", "1")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    running: list[Running] = []

    def serve(demos) -> Running:
        running.append(start(demos))
        wait_until(lambda: answers(f"{running[0].url}/readyz"), 120, "the application did not become ready")
        return running[0]

    yield serve
    for one in running:
        one.close()


def ask(url: str, name: str, parameters: list, session: str | None = None) -> str:
    """The answer to one call of the API, as the event stream has it."""
    with httpx.Client(base_url=f"{url}/gradio_api", timeout=120) as client:
        data = {"data": parameters} | ({"session_hash": session} if session else {})
        event = client.post(f"/call/{name}", json=data).raise_for_status().json()["event_id"]
        return client.get(f"/call/{name}/{event}").text


def census(running: Running, folder: Path) -> dict[str, Any]:
    """What can be counted, when nothing is at work. Results are counted by their names: they lie in folders named after their bytes, whose
    last bits are another batch's, and are deleted after an hour."""
    gc.collect()
    tensors = [one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter)]
    threads = [thread.name for thread in threading.enumerate() if not thread.name.startswith("AnyIO")]  # the pool's come and go
    queue, sessions = running.blocks._queue, running.blocks.app.state_holder
    return {
        "threads": len(threads),
        "open files": len(os.listdir("/proc/self/fd")),
        "results": sorted({path.name for path in folder.rglob("*") if path.is_file()}),
        "temporary files": sorted(os.listdir(tempfile.gettempdir())),
        "tensors": len(tensors),
        "bytes of tensors": sum(one.nbytes for one in tensors),
        "sessions": (len(sessions.session_data), len(sessions.time_last_used)),
        "iterators": len(running.blocks.app.iterators),
        "messages": (len(queue.pending_messages_per_session), len(queue.pending_event_ids_session)),
        "events": len(queue.event_ids_to_events) + sum(map(len, queue.pending_event_ids_session.values())),
    }


def test_a_second_round_of_requests_leaves_what_the_first_one_left(served, tmp_path):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files in /proc")
    running = served(catalog.DEMOS)
    described = httpx.get(f"{running.url}/gradio_api/info", timeout=60).json()["named_endpoints"]
    all_questions, quick = [], []
    for demo in catalog.DEMOS:
        for endpoint in demo.endpoints.values():
            parameters = described[f"/{demo.name}_{endpoint.name}"]["parameters"]
            example = json.loads(json.dumps(endpoint.example))
            name = f"{demo.name}_{endpoint.name}"
            question = name, [example.get(one["parameter_name"], one["parameter_default"]) for one in parameters]
            all_questions.append(question)
            if name in QUICK:
                quick.append(question)
    asked = [*all_questions, *(quick[number % len(quick)] for number in range(ROUND - len(all_questions)))]
    found, objects = [], []
    for _ in range(3):  # the first one loads what is loaded when it is first asked for
        with ThreadPoolExecutor(CALLERS) as pool:
            told = list(pool.map(lambda question: ask(running.url, *question), asked if found else [*all_questions, *quick * 4]))
        assert all("event: complete" in one for one in told), next(one for one in told if "event: complete" not in one)
        wait_until(lambda: len(running.blocks.app.state_holder.session_data) <= EMPTY, 20, "sessions that are over are kept")
        found.append(census(running, tmp_path))
        objects.append(len(gc.get_objects()))
    assert found[2] == found[1]
    assert objects[2] < 1.005 * objects[1]
    names, examples = running.blocks.temp_file_sets, {one for block in running.blocks.blocks.values() for one in block.keep_in_cache}
    assert set().union(*names) > examples
    route_utils.delete_files_created_by_app(running.blocks, None)  # as Gradio does at the end, and every ten minutes with what is old
    assert set().union(*names) == examples, "names of files are kept"
    left = {path for path in tmp_path.joinpath("cache").rglob("*")}
    assert left <= {Path(one) for one in examples} | {folder for one in examples for folder in Path(one).parents}, "something is kept"


def test_calls_of_the_api_do_not_push_out_what_is_kept_of_a_visitor(served):
    running = served([toy_tab.DEMO])
    sessions = running.blocks.app.state_holder
    assert isinstance(sessions, Sessions)
    visitor = sessions["visitor"]
    state = next(iter(one for one in running.blocks.default_config.blocks if running.blocks.default_config.blocks[one].stateful), None)
    visitor[state if state is not None else next(iter(running.blocks.default_config.blocks))] = "remembered"
    for number in range(3 * EMPTY):
        assert "event: complete" in ask(running.url, "toy_tone", [1, 0.5, "low", [0, 0], [[0] * 4] * 2, "", 1]), number
    wait_until(lambda: len(sessions.session_data) <= EMPTY + 1, 20, "sessions that are over are kept")
    assert sessions["visitor"] is visitor
    assert all(not one.config_values for one in sessions.session_data.values())
    visitor.is_closed = True
    visitor.state_data.clear()
    wait_until(lambda: "visitor" not in sessions.session_data, 20, "a visitor who left is remembered")


def test_an_answer_that_was_not_fetched_yet_is_kept(served):
    running = served([toy_tab.DEMO])
    with closing(httpx.Client(base_url=f"{running.url}/gradio_api", timeout=60)) as client:
        event = client.post("/call/toy_tone", json={"data": [1, 0.5, "low", [0, 0], [[0] * 4] * 2, "", 1]}).json()["event_id"]
        for _ in range(EMPTY + 8):
            assert "event: complete" in ask(running.url, "toy_tone", [2, 0.5, "low", [0, 0], [[0] * 4] * 2, "", 1])
        wait_until(lambda: len(running.blocks.app.state_holder.session_data) <= EMPTY + 1, 20, "sessions that are over are kept")
        assert "event: complete" in client.get(f"/call/toy_tone/{event}").text
