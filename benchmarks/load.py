"""`make load`: many visitors at once. Every answer under load is held to the one that the same question got alone.

Starts the app on a port of this machine, asks every question alone, then lets visitors (Locust) play, drag, upload and leave in the
middle. Exit status 1 if an answer was wrong, a request failed or the server said 5xx.
"""

from locust import HttpUser, task  # first: it makes sockets and sleeps cooperative  # isort: skip
from locust.env import Environment  # isort: skip

import argparse
import base64
import io
import json
import os
import platform
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
import numpy as np
import requests
import soundfile
from PIL import Image, ImageSequence

from gan_demos import catalog
from gan_demos.inference.statistics import came_true

START_SECONDS, ANSWER_SECONDS = 180, 180
LONG = {"faces_walk", "pictures_walk", "pictures_guide"}  # long jobs, in slices between the others; all else is what a slider may ask for
# How far an answer from a batch may lie from that alone: of 255 (nearly all pixels), of 1, and of a fact (relative).
LEVELS, SAMPLES, NUMBERS = 2, 2e-3, 2e-2
FILM_LEVELS = 3  # on average of a film with a palette, which one level of one pixel may change
TINY_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class WrongAnswerError(Exception):
    """An answer that is not the one that its question has alone."""


class BusyError(Exception):
    """The server asked to come again in `seconds`."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


@dataclass(frozen=True)
class Question:
    """A call of the API: its name and its parameters."""

    name: str
    parameters: dict[str, Any]


@dataclass
class Answer:
    """The files and the facts of a result, and how many seconds it took."""

    files: list[tuple[str, bytes]]
    facts: dict[str, Any]
    seconds: float


@dataclass
class Exam:
    """Questions with the answers that they have alone."""

    known: dict[int, tuple[Question, Answer]] = field(default_factory=dict)
    busy: list[tuple[float, float]] = field(default_factory=list)  # seconds that "busy" said, and that it was
    queue: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # bytes, every second too
    line: list[float] = field(default_factory=list)  # long jobs that wait for their turn, every second too

    def forget(self) -> None:
        """What was noted of visitors."""
        for noted in (self.busy, self.queue, self.memory, self.line):
            noted.clear()

    def some(self, short: bool) -> tuple[Question, Answer] | None:
        fitting = [pair for pair in self.known.values() if (pair[0].name not in LONG) == short]
        return random.choice(fitting) if fitting else None


class Server:
    """The API of a running app at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        described = requests.get(f"{url}/gradio_api/info", timeout=60).json()["named_endpoints"]
        self.parameters = {name.lstrip("/"): facts["parameters"] for name, facts in described.items()}

    def ask(self, question: Question, leave_after: float | None = None) -> Answer | None:
        """The answer; None for a visitor who left after so many seconds."""
        started = time.perf_counter()
        given = [question.parameters.get(one["parameter_name"], one["parameter_default"]) for one in self.parameters[question.name]]
        path = f"{self.url}/gradio_api/call/{question.name}"
        posted = requests.post(path, json={"data": given}, timeout=60)
        posted.raise_for_status()
        timeout = (10, leave_after or ANSWER_SECONDS)
        try:
            with requests.get(f"{path}/{posted.json()['event_id']}", stream=True, timeout=timeout) as stream:
                stream.raise_for_status()
                files, facts = self._last(stream, started, leave_after)
        except requests.exceptions.RequestException:
            if leave_after is not None:
                return None
            raise
        if facts is None:
            return None
        kept = [(one["orig_name"], requests.get(one["url"], timeout=60).content) for one in files]
        return Answer(kept, facts, time.perf_counter() - started)

    @staticmethod
    def _last(stream: requests.Response, started: float, leave_after: float | None) -> tuple[list, dict | None]:
        event = ""
        for line in stream.iter_lines(decode_unicode=True):
            if leave_after is not None and time.perf_counter() - started > leave_after:
                return [], None
            kind, _, text = line.partition(": ")
            event = text if kind == "event" else event
            if kind == "data" and event == "complete":
                return tuple(json.loads(text))
            if kind == "data" and event == "error":
                said = re.search(r"try again in about (\d+) s", text)
                raise BusyError(text, float(said[1])) if said else WrongAnswerError(text)
        raise WrongAnswerError("the answer ended before it was complete")

    def memory(self, calm: float) -> float:
        """Bytes of the app's process, when nothing has been asked for `calm` seconds: only then does it give back what it freed."""
        gevent.sleep(calm)
        return float(self.gauges("process_resident_memory_bytes")[0])

    def gauges(self, *names: str) -> np.ndarray:
        """Numbers of /metrics, all of one moment."""
        text = requests.get(f"{self.url}/metrics", timeout=60).text
        found = [re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE) for name in names]
        return np.array([float(one[1]) if one else float("nan") for one in found])

    def waits(self) -> np.ndarray:
        """Requests that the engine answered, their seconds in its queue together, and how many waited for a second at most; long jobs that
        waited for their turn, and how many did so for half to twice as long as was told."""
        wait, jobs = "gan_demos_queue_wait_seconds", "gan_demos_jobs_told"
        return self.gauges(f"{wait}_count", f"{wait}_sum", f'{wait}_bucket{{le="1.0"}}', f"{jobs}_total", f"{jobs}_true_total")


def questions(seeds: int) -> list[Question]:
    """Every endpoint's example, with `seeds` different seeds where it has one."""
    found = []
    for demo in catalog.DEMOS:
        for endpoint in demo.endpoints.values():
            count = seeds if "seed" in endpoint.schema()["properties"] else 1
            for seed in range(count):
                more = {"seed": 100 + seed} if count > 1 else {}
                found.append(Question(f"{demo.name}_{endpoint.name}", json.loads(json.dumps({**endpoint.example, **more}))))
    return found


def hold(answer: Answer, alone: Answer) -> None:
    """`WrongAnswerError` if an answer is not that of the same question alone, but for the last bits that a batch may change."""
    if [name for name, _ in answer.files] != [name for name, _ in alone.files]:
        raise WrongAnswerError(f"files {[name for name, _ in answer.files]}, alone {[name for name, _ in alone.files]}")
    for (name, one), (_, other) in zip(answer.files, alone.files, strict=True):
        if one != other and (apart := distance(name, one, other)) > 1:
            raise WrongAnswerError(f"{name} is {apart:.3g} times further from that alone than it may be")
    if found := differing(answer.facts, alone.facts):
        raise WrongAnswerError(found)


def distance(name: str, one: bytes, other: bytes) -> float:
    """How far two files of one kind are apart, 1 being as far as they may. Videos and surfaces are compared by their length: a voxel whose
    value crosses the threshold changes triangles."""
    if name.endswith(".gif"):
        first, second = map(film, (one, other))
        return float(np.abs(first - second).mean()) / FILM_LEVELS if first.shape == second.shape else float("inf")
    if name.endswith((".png", ".webp")):
        first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int) for data in (one, other))
        if first.shape != second.shape:
            return float("inf")
        apart = np.abs(first - second)
        # a pixel at an edge of a rendered surface may fall to the other side
        return float(np.quantile(apart, 0.999)) / LEVELS
    if name.endswith(".wav"):
        first, second = (soundfile.read(io.BytesIO(data))[0] for data in (one, other))
        return float(np.abs(first - second).max()) / SAMPLES if first.shape == second.shape else float("inf")
    return abs(len(one) - len(other)) / (0.05 * len(other))


def film(data: bytes) -> np.ndarray:
    """The frames of a GIF: whole numbers (frames, height, width, 3)."""
    with Image.open(io.BytesIO(data)) as file:
        return np.stack([np.asarray(frame.convert("RGB"), int) for frame in ImageSequence.Iterator(file)])


def differing(one: Any, other: Any, path: str = "facts") -> str:
    """Where two facts first say something else, beyond the last bits of their numbers; "" if nowhere."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(filter(None, (differing(one[key], other[key], f"{path}.{key}") for key in one)), "")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next(filter(None, (differing(*pair, f"{path}[{place}]") for place, pair in pairs)), "")
    if isinstance(one, float) or isinstance(other, float):
        same = abs(one - other) <= NUMBERS * max(1.0, abs(other))
    elif path.endswith(".latent") and isinstance(one, str) and isinstance(other, str):  # half floats as text
        first, second = (np.frombuffer(base64.b64decode(text), "<f2").astype(float) for text in (one, other))
        same = first.shape == second.shape and np.linalg.norm(first - second) <= NUMBERS * np.linalg.norm(second)
    elif isinstance(one, str) and one.startswith("data:"):
        same = isinstance(other, str) and other.startswith("data:")  # a picture, which is among the files too
    else:
        same = one == other
    return "" if same else f"{path} is {str(one)[:80]}, alone {str(other)[:80]}"


class Visitor(HttpUser):
    """Somebody at the page: mostly plays, sometimes drags a slider, asks for something long, uploads, or leaves in the middle."""

    def wait_time(self) -> float:
        return random.uniform(3, 9) * self.environment.pause

    @task(2)
    def look(self) -> None:
        self.client.get("/", name="page")

    @task(8)
    def play(self) -> None:
        self._ask(short=True)

    @task(2)
    def drag(self) -> None:
        """Four moves of a slider within half a second. As on the page: one question at a time, and after its answer the newest."""
        started, asked = time.perf_counter(), -1
        while asked < 3:
            gevent.sleep(max(0.0, 0.15 * (asked + 1) - (time.perf_counter() - started)))
            asked = min(3, int((time.perf_counter() - started) / 0.15))
            self._ask(short=True, kind="drag ")

    @task(1)
    def long(self) -> None:
        self._ask(short=False)

    @task(1)
    def leave(self) -> None:
        if asked := self.environment.exam.some(short=False):
            with suppress(BusyError):
                self.environment.server.ask(asked[0], leave_after=random.uniform(0.05, 1.0))

    @task(1)
    def upload(self) -> None:
        with self.client.post("/gradio_api/upload", files={"files": ("a.png", TINY_PNG)}, name="upload", catch_response=True) as sent:
            path = sent.json()[0] if sent.ok else ""
            back = requests.get(f"{self.host}/gradio_api/file={path}", timeout=60)
            if back.content != TINY_PNG:
                sent.failure(f"the upload came back as {back.status_code}, {len(back.content)} bytes")

    def _ask(self, short: bool, kind: str = "") -> None:
        exam, server = self.environment.exam, self.environment.server
        if (asked := exam.some(short)) is None:
            return
        question, alone = asked
        first, said, problem, length = time.perf_counter(), 0.0, None, 0
        while True:
            started = time.perf_counter()
            try:
                answer = server.ask(question)
                hold(answer, alone)
                length = sum(len(data) for _, data in answer.files)
            except BusyError as error:
                said = said or error.seconds
                gevent.sleep(error.seconds / 2)  # so that it shows, too, whether it was said too long
                continue
            except Exception as error:
                problem = error
            break
        if said:
            exam.busy.append((said, started - first))
        taken = 1000 * (time.perf_counter() - started)
        name = f"{kind}{'short' if short else 'long'}"
        for label in (name, question.name):
            self.environment.events.request.fire(
                request_type="ask", name=label, response_time=taken, response_length=length, exception=problem, context={}
            )


@contextmanager
def app() -> Iterator[str]:
    """The app in a process of its own, all models warm; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen([sys.executable, "app.py"], env=settings, cwd=Path(__file__).parents[1])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Until the app at `url` has warmed its models."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{url}/readyz", timeout=5).ok:
                return
        except requests.exceptions.RequestException:
            pass
        time.sleep(0.5)
    raise SystemExit("The app did not start.")


def examine(server: Server, asked: Sequence[Question], only_short: bool) -> Exam:
    """What each question has for an answer alone; twice, for the first time may load a model."""
    exam = Exam()
    for number, question in enumerate(asked):
        if question.name not in LONG or not only_short:
            server.ask(question)
            exam.known[number] = question, server.ask(question)
    return exam


def play(server: Server, exam: Exam, visitors: int, seconds: float, pause: float) -> Environment:
    """The visitors, for so long; their numbers are in `stats` of what is returned."""
    environment = Environment(user_classes=[Visitor], host=server.url)
    environment.exam, environment.server, environment.pause = exam, server, pause
    runner = environment.create_local_runner()
    runner.start(visitors, spawn_rate=max(1.0, visitors / 10))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gevent.sleep(1)
        found = server.gauges("gan_demos_queue_waiting", "gan_demos_jobs_waiting", "process_resident_memory_bytes")
        for noted, value in zip((exam.queue, exam.line, exam.memory), found, strict=True):
            noted.append(float(value))
    runner.quit()
    return environment


def report(environments: Sequence[Environment], exam: Exam, options: argparse.Namespace, memory: Sequence[float], waits: np.ndarray) -> str:
    """The run in Markdown; memory: bytes at first, before and after; waits: `Server.waits` of the time between."""
    environment = environments[-1]
    rows = ["| what | answers | failures | p50 ms | p95 ms | p99 ms |", "|---|---|---|---|---|---|"]
    for entry in sorted(environment.stats.entries.values(), key=lambda one: (one.method != "ask", "_" in one.name, one.name)):
        times = [entry.get_response_time_percentile(part) or 0 for part in (0.5, 0.95, 0.99)]
        rows.append(f"| {entry.name} | {entry.num_requests} | {entry.num_failures} | " + " | ".join(f"{one:.0f}" for one in times) + " |")
    answers = sum(entry.num_requests for entry in environment.stats.entries.values() if "_" in entry.name)
    start, before, after = memory[0], *memory[-2:]
    answered, waited, soon, told, kept = waits
    full = "- Told that the line is full: nobody."
    if exam.busy:
        said, was = (np.median(column) for column in zip(*exam.busy, strict=True))
        full = (
            f"- Told that the line is full: {len(exam.busy)} visitors, who asked again after half of the time that they were told. They "
            f"could after half to twice of it: {sum(came_true(*one) for one in exam.busy)} (median: told {said:.1f} s, was {was:.1f} s)."
        )
    facts = [
        f"- {options.visitors} visitors for {options.seconds:.0f} s on {os.cpu_count()} cores ({platform.machine()}), which they share "
        f"with the app: {answers / options.seconds:.1f} answers a second.",
        f"- Questions: {len(exam.known)}, each asked alone first; an answer under load that differs is a failure.",
        f"- Long jobs that waited for their turn: {told:.0f}; {kept:.0f} of them for half to twice the time that was told. Looked at every "
        f"second, {np.mean(exam.line):.1f} were waiting, {np.max(exam.line):.0f} at most.",
        full,
        f"- Forwards' requests: {answered:.0f}. They waited in the engine's queue {1000 * waited / answered:.0f} ms on average, "
        f"{100 * (1 - soon / answered):.1f} % longer than a second; looked at every second, {np.mean(exam.queue):.1f} were waiting, "
        f"{np.max(exam.queue):.0f} at most.",
        f"- Memory, each time when nothing had been asked for {options.calm:.0f} s: {start / 1e6:.0f} MB when each question had been asked "
        f"alone, {before / 1e6:.0f} MB after {options.first:.0f} s of these visitors, {after / 1e6:.0f} MB after the "
        f"{options.seconds:.0f} s that followed ({100 * (after / before - 1):+.1f} %). Most at once, with what was freed and kept for the "
        f"next request: {np.max(exam.memory) / 1e6:.0f} MB.",
    ]
    failures = [f"- {error.name}: {error.error} ({error.occurrences} times)" for one in environments for error in one.stats.errors.values()]
    return "\n".join([*facts, "", *rows, "", *failures])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Visitors, many at once.")
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--first", type=float, default=60.0, help="seconds of the same before, of which only the failures count (60)")
    parser.add_argument("--pause", type=float, default=1.0, help="times 3 to 9 seconds: how long a visitor waits between two questions (1)")
    parser.add_argument("--calm", type=float, default=15.0, help="seconds without visitors before memory is read (15)")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds of each endpoint's example (3)")
    parser.add_argument("--short", action="store_true", help="only short questions")
    parser.add_argument("--report", type=Path, help="a Markdown file to write the numbers to")
    options = parser.parse_args(arguments)
    with app() as url:
        server = Server(url)
        exam = examine(server, questions(options.seeds), options.short)
        memory = [server.memory(options.calm)]
        environments = []
        for seconds in filter(None, (options.first, options.seconds)):
            exam.forget()
            before = server.waits()
            environments.append(environment := play(server, exam, options.visitors, seconds, options.pause))
            waits = server.waits() - before
            memory.append(server.memory(options.calm))
        text = report(environments, exam, options, memory, waits)
    print(text)
    if options.report:
        options.report.write_text(f"# Under load\n\nWhat `make load` measured.\n\n{text.rstrip()}\n")
    asked = [entry for entry in environment.stats.entries.values() if entry.method == "ask"]
    failures = sum(one.stats.total.num_failures for one in environments)
    return 1 if failures or not any(entry.num_requests for entry in asked) else 0


if __name__ == "__main__":
    sys.exit(main())
