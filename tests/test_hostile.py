"""What strangers send, played against everything that takes something from a stranger: docs/security.md says which test holds which threat.

The corpus is `tests.hostile`. Its values go to the check of every parameter of the catalogue, its files to every reader, in a process of
its own, and all of it to a running application over HTTP.
"""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import httpx
import pytest
from gradio import routes
from gradio.data_classes import DataWithFiles
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from torch.utils._python_dispatch import TorchDispatchMode

from gan_demos import catalog, checkpoints, links
from gan_demos.demo import prepare
from gan_demos.demos.swap import preparing, tab_inputs
from gan_demos.demos.swap.vocabulary import MODELS
from gan_demos.errors import RecipeError, UserError
from gan_demos.recipes import Recipe
from gan_demos.ui import gate, save_bytes
from tests import hostile, toy, toy_tab
from tests.support import ROOT, answers, wait_until
from tests.test_application import Running, start

ENDPOINTS = [pytest.param(demo, one, id=f"{demo.name}-{one.name}") for demo in catalog.DEMOS for one in demo.endpoints.values()]
VALUES = dict(hostile.values())
OURS = (str(ROOT), sys.prefix, "site-packages", "Traceback", 'File "')  # what no visitor may read
LARGEST = 200 << 20  # bytes that a process may grow by while it reads any hostile file; a bomb that bursts takes more
SECRET = "the-secret-of-the-server"
FINE = {"seed": 1, "loudness": 0.5, "voice": "low", "sliders": [0, 0], "rows": [[0, 1, 0, 1], [1, 0, 0, 0]], "title": "", "repeats": 1}


class NoTensors(TorchDispatchMode):
    """While it is entered, whatever torch computes fails the test."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise AssertionError(f"a tensor was computed: {func}")


def assert_sentence(text: Any) -> None:
    """One plain sentence or two on one line, with nothing in it that a terminal or a page would act on, and nothing of the server."""
    assert isinstance(text, str) and 10 < len(text) < 700, text
    assert text.isprintable() and text.rstrip().endswith((".", ".)", "…")), ascii(text)
    assert not any(word in text for word in OURS), text


def assert_tells_nothing(text: str) -> None:
    assert SECRET not in text and "root:x:0" not in text and "HOME=" not in text
    assert not any(word in text for word in OURS), text[:600]


# The corpus.


def test_the_corpus_is_large_and_each_name_stands_for_one_thing():
    assert hostile.size() >= 300
    assert len(VALUES) == sum(1 for _ in hostile.values()) >= 200
    assert len(hostile.files()) >= 150
    assert hostile.webp_lossless(9_000, 9_000)[:4] == b"RIFF" and len(hostile.webp_lossless(9_000, 9_000)) < 50


def test_the_threat_model_names_tests_that_there_are():
    named, file = 0, ""
    for first, test in re.findall(r"`([\w/]+\.py)?::(test_\w+)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8")):
        file = first or file  # in a cell, a name without a file is of the file before
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file}::{test}"
        named += 1
    assert named >= 30


# Requests.


@pytest.fixture
def pure(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No checkpoint is read, and nothing computes."""
    monkeypatch.setattr(checkpoints, "digest", lambda name, debug=None: "0" * 64)
    with NoTensors():
        yield


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS)
def test_a_hostile_value_of_any_parameter_is_legal_or_refused_in_a_sentence(pure, demo, endpoint):
    refused = 0
    for parameter in endpoint.schema()["properties"]:
        for name, value in VALUES.items():
            try:
                context, _ = prepare(demo, endpoint.name, {**endpoint.example, parameter: value}, engine=None)
            except UserError as error:
                refused += 1
                assert_sentence(str(error))
            except Exception as error:
                pytest.fail(f"{parameter} = {name}: {type(error).__name__}: {str(error)[:300]}")
            else:
                json.dumps(context.recipe.parameters, allow_nan=False)
    assert refused > len(VALUES) // 3, "hardly anything was refused"


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS)
def test_names_of_parameters_are_held_to_those_that_there_are(pure, demo, endpoint):
    for name in (*hostile.SCRIPTS, *hostile.CHARACTERS, "k" * (1 << 20), "__class__", "self", "engine", "owner"):
        with pytest.raises(UserError) as caught:
            prepare(demo, endpoint.name, {**endpoint.example, name: 1}, engine=None)
        assert_sentence(str(caught.value))
    for name, value in VALUES.items():
        if not value and isinstance(value, dict):
            continue
        with pytest.raises(UserError) as caught:
            prepare(demo, endpoint.name, value, engine=None)
            pytest.fail(f"{name} was taken for parameters")
        assert_sentence(str(caught.value))


def test_names_of_demos_and_endpoints_are_never_looked_up_elsewhere():
    for name in (*hostile.PATHS, "<b>", "__class__", "", None, 7):
        for ask in (lambda name: catalog.get(name), lambda name: catalog.DEMOS[0].endpoint(name), lambda name: checkpoints.folder(name)):
            with pytest.raises(UserError) as caught:
                ask(name)
            assert_sentence(str(caught.value))


# Files and links.


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `tests.hostile` reports of every file and every reader, from a process of its own."""
    folder = tmp_path_factory.mktemp("played")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GAN_DEMOS_")}
    environment |= {"GAN_DEMOS_TESTING": "1", "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", "tests.hostile", str(folder)], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_reader_takes_a_hostile_file_or_refuses_it_in_a_sentence(played):
    assert len(played["outcomes"]) == len(hostile.files())
    for name, ways in played["outcomes"].items():
        for way, outcome in ways.items():
            kind, _, text = outcome.partition(": ")
            assert kind in ("taken", "refused"), f"{name} as a {way}: {outcome}"
            if kind == "refused" and way != "weights":  # that sentence names the file, for whoever runs the application
                assert_sentence(text)


def test_what_is_no_picture_recipe_or_checkpoint_is_refused_by_its_reader(played):
    for name, ways in played["outcomes"].items():
        assert ways["weights"].startswith("refused"), name
        if not name.startswith(("cut-", "damaged-")):
            assert ways["recipe"].startswith("refused"), name
    bombs = ["zip-bomb.png", "gzip-bomb.png", "30000-by-30000.png", "largest.png", "9000-by-9000.webp", "16383-by-16383-lossy.webp"]
    bombs += ["extended.webp", "huge.jpg", "huge.bmp", "huge.gif", "entity.svg", "laughs.svg", "text.png", "empty.png", "trap.safetensors"]
    for name in bombs:
        assert played["outcomes"][name]["picture"].startswith("refused"), name
    assert played["outcomes"]["hours.wav"]["sound"].startswith("refused")


def test_bombs_do_not_burst_and_nothing_is_left_behind(played):
    assert played["grown"] < LARGEST
    assert played["left"] == []


def test_nothing_is_unpickled_while_a_checkpoint_is_loaded_and_answers(played):
    assert played["answered"] == ["tone", "tone"]
    assert played["unpickled"] == []
    assert played["control"] == ["collections.OrderedDict"], "the hook would not have seen it"


@pytest.mark.parametrize("make", [hostile.webp_lossless, hostile.webp_lossy, hostile.webp_extended])
@pytest.mark.parametrize("side", [9_000, 16_383])
def test_the_head_of_a_picture_is_asked_for_its_size_before_its_reader_makes_room(monkeypatch, make, side):
    def opened(*arguments, **more):
        raise AssertionError("it was opened")

    monkeypatch.setattr(preparing.Image, "open", opened)
    with pytest.raises(UserError, match=f"{side} × {side} pixels"):
        preparing.prepare(make(side, side))


def test_links_are_unfolded_within_bounded_memory():
    hostile_links = hostile.links()
    tracemalloc.start()
    try:
        for name, text in hostile_links.items():
            with pytest.raises(RecipeError) as caught:
                links.unpack(text)
                pytest.fail(f"{name} was taken")
            assert_sentence(str(caught.value))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_names_of_results_stay_in_the_cache_whatever_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    for name in hostile.NAMES:
        path = Path(save_bytes(b"result", name, name))
        assert path.is_relative_to(tmp_path) and re.fullmatch(r"[A-Za-z0-9_-]{1,60}\.[a-z0-9]{1,8}", path.name)
    assert all(path.is_relative_to(tmp_path) for path in tmp_path.rglob("*"))


def test_a_canvas_takes_pictures_of_its_own_size_and_makes_no_room_for_layers():
    with gr.Blocks():
        canvas = tab_inputs.build(list(MODELS)).drawing

    def send(type: str, index: str, content: bytes) -> None:
        canvas.accept_blobs(DataWithFiles(data={"type": type, "index": index, "id": f"{type}-{index}"}, files=[("blob", content)]))

    send("layer", str(10**12), b"a")
    send("layer", "0", b"a")
    send("background", "null", b"a")
    send("composite", "1", bytes(tab_inputs.MAX_DRAWING + 1))
    assert not canvas.blob_storage
    send("composite", "null", b"a")
    assert canvas.blob_storage["composite-null"].composite == b"a"


@pytest.mark.parametrize("payload", [{"path": None}, {"path": ""}, {"path": None, "url": hostile.METADATA}, {"path": "/dev/zero"}])
def test_a_picture_that_is_no_file_is_a_sentence(payload):
    with pytest.raises(UserError) as caught:
        tab_inputs.from_file(payload, list(MODELS))
    assert_sentence(str(caught.value))


# A running application.


@dataclass(frozen=True)
class Target:
    """A running application, its folder of files, and a file that is nobody's business."""

    running: Running
    cache: Path
    canary: Path

    @property
    def url(self) -> str:
        return f"{self.running.url}/gradio_api"

    def files(self) -> set[str]:
        """Names of the files, and of the folders, in the cache."""
        return {str(path.relative_to(self.cache)) for path in self.cache.rglob("*")}

    def index(self, handler: str) -> int:
        """The number by which the page calls the handler of this name."""
        return next(number for number, fn in self.running.blocks.fns.items() if fn.name == handler)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    cache = tmp_path_factory.mktemp("hostile-cache")
    canary = tmp_path_factory.mktemp("hostile-canary") / "canary.png"
    canary.write_text(SECRET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_DEMOS_DEBUG", "1")
        patch.setenv("GAN_DEMOS_TESTING", "1")
        patch.setenv("GRADIO_TEMP_DIR", str(cache))
        running = start([toy_tab.DEMO])
        wait_until(lambda: answers(f"{running.url}/healthz"), 120, "the toy application did not become ready")
        yield Target(running, cache, canary)
        running.blocks.close(verbose=False)
        running.engine.close()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=120, trust_env=False) as client:
        yield client


@pytest.fixture
def untouched(target: Target) -> Iterator[None]:
    """Nothing comes into the cache but results of the toy."""
    before = target.files()
    yield
    strange = [name for name in target.files() - before if not re.fullmatch(r"[0-9a-f]{64}(/tone\.wav)?", name)]
    assert not strange, strange


def call(http: httpx.Client, target: Target, body: Any, name: str = "toy_tone") -> tuple[str, Any]:
    """A call of the API with any body: ("complete" | "error" | the status as text, what was answered)."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = http.post(f"{target.url}/call/{name}", content=content, headers={"Content-Type": "application/json"})
    assert_tells_nothing(answer.text)
    if answer.status_code != 200:
        return str(answer.status_code), answer.text
    text = http.get(f"{target.url}/call/{name}/{answer.json()['event_id']}").text
    assert_tells_nothing(text)
    event, _, data = text.partition("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def happen(http: httpx.Client, target: Target, handler: str, data: Any, event_data: Any = None) -> dict[str, Any]:
    """An event of the page with any data, as a browser sends it: what comes back."""
    session = uuid.uuid4().hex
    body = {"fn_index": target.index(handler), "data": data, "event_data": event_data, "session_hash": session}
    answer = http.post(f"{target.url}/queue/join", json=body)
    assert answer.status_code == 200, answer.text
    with http.stream("GET", f"{target.url}/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            assert_tells_nothing(line)
            if line.startswith("data: ") and (message := json.loads(line[6:]))["msg"] == "process_completed":
                return message
    raise AssertionError("no answer came")


def assert_still_fine(http: httpx.Client, target: Target) -> None:
    event, answer = call(http, target, {"data": list(FINE.values())})
    assert event == "complete", answer
    assert http.get(f"{target.url}/file={answer[0][0]['path']}").content[:4] == b"RIFF"


def test_hostile_values_over_http_are_legal_or_refused_in_a_sentence(target, http, untouched):
    names = list(FINE)

    def outcome(numbered: tuple[int, tuple[str, Any]]) -> str:
        number, (name, value) = numbered
        parameter = names[number % len(names)]
        event, answer = call(http, target, {"data": list({**FINE, parameter: value}.values())})
        if event != "complete":
            assert event == "error" and isinstance(answer, dict), f"{parameter} = {name}: {event} {answer}"
            assert_sentence(answer["error"])
        return event

    small = {name: value for name, value in VALUES.items() if _goes_over_the_wire(value)}
    assert len(small) > 150
    with ThreadPoolExecutor(4) as pool:
        events = list(pool.map(outcome, enumerate(small.items())))
    assert events.count("error") > len(small) // 2
    assert_still_fine(http, target)


def _goes_over_the_wire(value: Any) -> bool:
    try:
        return len(json.dumps(value)) < 20_000
    except (ValueError, RecursionError):  # an integer of thousands of digits, or too deep for the sender
        return False


def test_bodies_that_fit_no_call_are_refused(target, http, untouched):
    fine = list(FINE.values())
    bodies = [{"data": []}, {"data": fine[:-1]}, {"data": [fine]}, {"data": [None] * 6}]
    for body in bodies:
        event, answer = call(http, target, body)
        assert event == "error" and "7 values" in answer["error"], f"{body}: {answer}"
    strange = [{}, [], None, 7, "a", {"data": None}, {"data": {}}, {"data": "a"}, {"fn_index": 1}, {"data": fine, "session_hash": {}}]
    raw = [b"", b"{", b"\xff\xfe", b'{"data":' + b"[" * 100_000, b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b"9" * 10_000]
    for body in [*strange, *raw]:
        event, answer = call(http, target, body)
        assert event in ("400", "422"), f"{body!r:.60}: {event} {answer}"
    event, answer = call(http, target, b'{"data":[NaN,Infinity,-Infinity,1e999,-1e999,NaN,NaN]}')
    assert event == "error"
    assert_sentence(answer["error"])
    for name in ("toy_none", "__init__", "toy_tone%00", "a" * 5_000):
        event, answer = call(http, target, {"data": fine}, name)
        assert event == "404", f"{name}: {answer}"
    assert_still_fine(http, target)


def test_calls_by_names_that_there_are_not_are_refused_in_a_sentence(target, http, untouched):
    for name, body, status in (("toy_tone", {"nobody": 1}, 422), ("toy_tone", {**FINE, "self": 1}, 422), ("toy_none", {}, 404)):
        answer = http.post(f"{target.url}/call/v2/{name}", json=body)
        assert answer.status_code == status, answer.text
        assert_sentence(answer.text)
    answer = http.post(f"{target.url}/call/v2/toy_tone", json=FINE)
    assert answer.status_code == 200 and answer.json()["event_id"]
    assert_still_fine(http, target)


def test_a_body_without_end_is_cut_off(target, http, untouched):
    fine = json.dumps({"data": list(FINE.values())}).encode()

    def pieces() -> Iterator[bytes]:
        yield from (b" " * (1 << 20) for _ in range(gate.MAX_BODY >> 20))
        yield fine

    parts = [("files", (f"{number}.png", bytes(12 << 20))) for number in range(3)]
    whole = b" " * gate.MAX_BODY + fine  # without a limit it would be answered
    for path, body in (("call/toy_tone", {"content": whole}), ("call/toy_tone", {"content": pieces()}), ("upload", {"files": parts})):
        kind = {"Content-Type": "application/json"} if "content" in body else {}
        try:
            status = http.post(f"{target.url}/{path}", headers=kind, **body).status_code
        except httpx.TransportError:
            continue  # it hung up while we were still talking
        assert status in (400, 413), f"{path}: {status}"
    assert_still_fine(http, target)


def test_no_file_outside_the_cache_is_served(target, http, untouched):
    ends = hostile.encoded_paths(target.canary)
    ends += [f"{target.cache.name}/../{target.canary.parent.name}/canary.png", f"{target.cache}/../{target.canary.parent.name}/canary.png"]
    for end in ends:
        for route in ("file=", "file/", "stream/", "../file=", "proxy="):
            answer = http.get(f"{target.url}/{route}{end}")
            assert answer.status_code >= 400, f"{route}{end}"
            assert SECRET not in answer.text and "Traceback" not in answer.text and "root:x:0" not in answer.text
    for route in ("static", "assets", "svelte", "custom_component/a/b/c", "theme.css"):
        answer = http.get(f"{target.running.url}/{route}/..%2f..%2f..%2f..%2f..%2f..%2f..{target.canary}")
        assert answer.status_code >= 400 and SECRET not in answer.text
    assert SECRET in target.canary.read_text()


def test_no_address_is_fetched(target, http, untouched, monkeypatch):
    fetched = []

    async def fetch(host: str, *arguments: Any, **more: Any) -> None:
        fetched.append(host)
        raise RuntimeError(host)

    monkeypatch.setattr("safehttpx.async_validate_url", fetch)
    monkeypatch.setattr("gradio.processing_utils.async_ssrf_protected_get", fetch)
    for address in hostile.ADDRESSES:
        for method in ("GET", "HEAD"):
            answer = http.request(method, f"{target.url}/file={address}")
            assert answer.status_code in (403, 404), f"{address}: {answer.status_code}"
        message = happen(http, target, "handle", [hostile.uploaded(address)])
        assert not message["success"], f"{address}: {message}"
        assert_sentence(message["output"]["error"])
        event, answer = call(http, target, {"data": [*list(FINE.values())[:4], [hostile.uploaded(address)], "", 1]})
        assert event == "error"
        assert_sentence(answer["error"])
    assert fetched == []


def test_files_of_the_server_are_no_input(target, http, untouched):
    for path in (*hostile.PATHS, str(target.canary)):
        for given in (hostile.uploaded(path), hostile.uploaded(path, is_stream=True), {"path": path}, path, [hostile.uploaded(path)]):
            message = happen(http, target, "handle", [given])
            assert not message["success"], f"{given}: {message}"
            assert_sentence(message["output"]["error"])
    message = happen(http, target, "handle", [None])
    assert "There is no file" in message["output"]["data"][0]


def test_settings_behind_a_link_bring_no_file_of_the_server_along(target, http, untouched):
    """Gradio puts files that a handler returns into the cache, where they are served; settings of strangers are returned too."""
    for path in (str(target.canary), "app.py", "/etc/passwd", hostile.METADATA):
        file, update = hostile.uploaded(path), {"__type__": "update", "value": path}
        for given in (file, hostile.uploaded("a", url=path), [file], update):
            link = links.pack(Recipe("toy", "tone", {"seed": 1, "rows": given}, {}, "0.1.0"))
            happen(http, target, "open", [], {"link": link})
            pair = happen(http, target, "compare", [], {"pair": [link, link]})
            assert not pair["success"]
    assert_still_fine(http, target)


def test_hostile_names_of_uploads_stay_in_the_cache_and_out_of_headers(target, http):
    before = target.files()
    kept = []
    for number, name in enumerate(hostile.NAMES):
        safe = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22")
        head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="' + safe + b'"\r\nContent-Type: text/html\r\n\r\n'
        body = head + f"hostile {number}".encode() + b"\r\n--edge--\r\n"
        answer = http.post(f"{target.url}/upload", content=body, headers={"Content-Type": "multipart/form-data; boundary=edge"})
        assert "Traceback" not in answer.text
        if answer.status_code == 200:
            for path in map(Path, answer.json()):
                assert path.is_relative_to(target.cache) and ".." not in path.parts and len(path.name.encode()) <= 255
                kept.append(str(path))
    assert len(kept) > 20
    for path in kept:
        answer = http.get(f"{target.url}/file={quote(path)}")
        assert answer.status_code == 200 and re.search(r"hostile \d+$", answer.text), path
        assert "set-cookie" not in answer.headers and "text/html" not in answer.headers["content-type"]
        acts = re.search("html|svg|xml|script", answer.headers["content-type"])  # in a browser that opens it
        assert not acts or answer.headers["content-disposition"].startswith("attachment"), path
    # what was given up half-way goes later, see the next test; nobody is told its name
    known = re.compile(r"tmp[a-z0-9_]{8}")
    new = {str(target.cache / name) for name in target.files() - before if (target.cache / name).is_file() and not known.fullmatch(name)}
    assert new <= set(kept), "something lies there that nobody was told of"
    assert target.canary.read_text() == SECRET and not Path(ROOT, "hostile").exists()


def test_names_of_uploads_are_forgotten(target, http):
    kept = routes.file_upload_statuses
    for number in range(2 * gate.UPLOADS):
        kept.track(f"made up {number}")
    assert http.post(f"{target.url}/upload", params={"upload_id": "mine"}, files={"files": ("a.txt", b"a")}).status_code == 200
    wait_until(lambda: len(kept._signals) <= gate.UPLOADS and len(kept._statuses) <= gate.UPLOADS, 10, "names are kept")
    assert "done" in http.get(f"{target.url}/upload_progress", params={"upload_id": "mine"}).text


def test_the_gate_holds_behind_a_proxy_under_a_path():
    async def app(scope, receive, send) -> None:
        await PlainTextResponse("within")(scope, receive, send)

    left: list[str] = []
    guarded = gate.Gate(app, leave=left.append)
    visitor = TestClient(guarded, root_path="/gan")
    for path in ("/monitoring", "/gan/monitoring", "/gan/gradio_api/process_recording", "/gan/gradio_api/deep_link"):
        assert visitor.get(path).status_code == 404, path
    assert visitor.get("/gan/").text == visitor.get("/ganymede").text == visitor.get("/gan/gradio_api/info").text == "within"

    async def broken_off() -> None:
        async def send(message) -> None:
            raise OSError("the caller is gone")

        scope = {"type": "http", "path": "/gan/gradio_api/call/toy_tone/event", "root_path": "/gan", "headers": [], "method": "GET"}
        with contextlib.suppress(OSError):
            await guarded(scope, None, send)

    asyncio.run(broken_off())
    assert left == ["event"]


def test_uploads_that_end_too_early_leave_nothing_for_long(target, http):
    def temporary() -> set[Path]:
        return set(target.cache.glob("tmp*"))

    def age(path: Path) -> None:
        os.utime(path, (time.time() - 3600,) * 2)

    def upload(end: bytes) -> None:
        head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
        http.post(f"{target.url}/upload", content=head + b"half" + end, headers={"Content-Type": "multipart/form-data; boundary=edge"})

    def broken() -> Path:
        before = temporary()
        upload(b"")
        (left,) = temporary() - before
        return left

    others = target.cache / "tmpofothers"
    others.write_text("theirs")
    age(others)
    left, young = broken(), broken()
    age(left)
    upload(b"\r\n--edge--\r\n")
    wait_until(lambda: not left.exists(), 10, "it is there still")  # the answer is sent before what follows an upload
    assert young.is_file(), "one that may go on still was swept"
    age(young)
    upload(b"\r\n--edge--\r\n")
    wait_until(lambda: not young.exists(), 10, "it is there still")
    assert others.is_file()
    others.unlink()


def test_uploads_that_are_no_recipe_are_a_sentence_on_the_page(target, http):
    def replayed(named: tuple[str, bytes]) -> None:
        name, data = named
        path = http.post(f"{target.url}/upload", files={"files": (name, data)}).json()[0]
        message = happen(http, target, "handle", [hostile.uploaded(path)])
        assert message["success"], f"{name}: {message}"
        shown = message["output"]["data"][0]
        assert shown.startswith('<span role="alert">') and "on our side" not in shown, f"{name}: {shown}"

    kinds = ("30000-by", "itxt", "recipe-of", "deep", "lying", "trap", "zip-bomb", "many", "9000", "entity", "object", "page")
    chosen = {name: data for name, data in hostile.files().items() if name.startswith(kinds)}
    assert len(chosen) > 20
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(replayed, chosen.items()))
    assert_still_fine(http, target)


def test_the_work_of_another_visitor_cannot_be_read_or_guessed(target, http, untouched):
    session = "visitor-" + uuid.uuid4().hex
    body = {"fn_index": target.index("toy_tone"), "data": list(FINE.values()), "session_hash": session}
    event = http.post(f"{target.url}/queue/join", json=body).json()["event_id"]
    assert uuid.UUID(event).version == 4, "drawn at random"
    for page in ("config", "gradio_api/info", "gradio_api/queue/status", "healthz", "readyz", "metrics", "gradio_api/app_id", "robots.txt"):
        text = http.get(f"{target.running.url}/{page}").text
        assert session not in text and event not in text, page
    for guess in ("", "null", "undefined", "*", "%", event, session[:-1], uuid.uuid4().hex):
        heard = []
        with http.stream("GET", f"{target.url}/queue/data", params={"session_hash": guess}) as stream:
            with contextlib.suppress(httpx.RemoteProtocolError):  # it hangs up on whom it does not know
                heard.extend(stream.iter_lines())
        assert not any("process_completed" in line or "tone.wav" in line for line in heard), guess
    http.post(f"{target.url}/cancel", json={"session_hash": "another", "fn_index": body["fn_index"], "event_id": uuid.uuid4().hex})
    with http.stream("GET", f"{target.url}/queue/data", params={"session_hash": session}) as stream:
        lines = "".join(stream.iter_lines())
    assert "tone.wav" in lines and '"success":true' in lines


def test_what_only_gradio_itself_needs_is_not_open(target, http, untouched):
    unused = ("monitoring", "monitoring/summary", "dev/reload", "deep_link", "process_recording", "vibe-code", "vibe-edit")
    for path in unused:
        for prefix in (target.running.url, target.url):
            for method in ("GET", "POST"):
                with http.stream(method, f"{prefix}/{path}") as answer:  # some would never end
                    assert answer.status_code == 404, path
    number = next(iter(target.running.blocks.blocks))
    for name in ("__init__", "preprocess", "move_resource_to_block_cache", "get_config", "constructor_args", "__class__"):
        sent = {"data": [str(target.canary)], "component_id": number, "session_hash": "a", "fn_name": name}
        answer = http.post(f"{target.url}/component_server", json=sent)
        assert answer.status_code == 404
        assert_tells_nothing(answer.text)


def test_a_fine_request_works_after_all_of_it(target, http, untouched):
    assert_still_fine(http, target)
    assert answers(f"{target.running.url}/healthz")
    assert not Path("hostile").exists(), "something of the corpus was executed"
    assert toy.NAME and not any(name.endswith((".part", ".tmp")) or "/.writing-" in name for name in target.files())
