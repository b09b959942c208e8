"""A ZeroGPU Space on a machine without a GPU: the real package `spaces`, with a stand-in for what lends the GPUs and for a GPU itself.

What `spaces` does there is done here too: torch's CUDA is emulated in the process that serves, every call of `spaces.GPU` asks the lender
over HTTP, and its work is done in a forked process. Only that process's first touch of the GPU finds none, and the work runs on its CPU.

`python -m tests.zerogpu PROGRAM.py` runs a program so; `python -m tests.zerogpu` plays the catalogue's real models and prints what
happened as JSON.
"""

import hashlib
import json
import os
import runpy
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gan_demos.errors import UserError

MANY = 300  # values of a job


class Lender(ThreadingHTTPServer):
    """Lends one GPU as Hugging Face's service does, to a process for as long as it likes.

    asked: seconds of each call. failed: how many were given back as failures. workers: process -> the task that it was let at the GPU for.
    fresh: let each call have a process of its own, and end the one before. quota: whether a visitor has some left.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[int] = []
        self.failed = 0
        self.workers: dict[int, str] = {}
        self.fresh, self.quota = False, True

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a program on such a Space."""
        group = Path(tempfile.gettempdir()) / "zerogpu-cgroup"
        group.write_text("0::/a-space\n")
        return {
            "SPACES_ZERO_GPU": "true",
            "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{self.server_port}",
            "ZEROGPU_PROC_SELF_CGROUP_PATH": str(group),
        }

    def schedule(self, task: str, seconds: int) -> tuple[int, dict[str, Any]]:
        self.asked.append(seconds)
        if not self.quota:
            return 429, {"left": 0, "wait": 60}
        kept = [worker for worker, its in self.workers.items() if its == task]
        for worker in kept if self.fresh else ():
            del self.workers[worker]
            os.kill(worker, signal.SIGKILL)
        return 200, {"idle": bool(kept) and not self.fresh, "nvidiaIndex": 0, "nvidiaUUID": "GPU-none", "allowToken": task}


class _Answers(BaseHTTPRequestHandler):
    server: Lender

    def do_POST(self) -> None:  # noqa: N802
        address = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(address.query).items()}
        status, body = 200, {}
        if address.path == "/schedule":
            status, body = self.server.schedule(asked["taskId"], int(asked["durationSeconds"]))
        elif address.path == "/allow":
            self.server.workers[int(asked["pid"])] = asked["allowToken"]
        elif address.path == "/release":
            self.server.failed += asked["fail"] == "true"
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        pass


def move_in() -> Lender:
    """Make of this process one on such a Space, before it imports `spaces`, which keeps what it finds in torch."""
    import torch

    lender = Lender()
    threading.Thread(target=lender.serve_forever, daemon=True).start()
    os.environ.update(lender.settings)
    torch.Tensor.cuda = lambda tensor, *arguments, **more: tensor
    torch.cuda.synchronize = lambda *arguments: None
    if torch.version.cuda is None:  # a torch for CPUs lacks what is to be emulated
        torch.version.cuda, torch._C._cuda_init = "13.0", lambda: None
        torch.cuda._is_in_bad_fork = torch.cuda.is_initialized  # no, and by a name that can be pickled
    return lender


class Watched:
    """Notes which process computes: a line in a file for each forward and each slice of a job, whichever process it is in."""

    def __init__(self, file: Path) -> None:
        from gan_demos.inference.backends import LocalBackend

        self.file = file
        self.file.touch()
        run, slices = LocalBackend.run, LocalBackend.slices

        def watched_run(backend: LocalBackend, *arguments: Any) -> Any:
            self.note("forward")
            return run(backend, *arguments)

        def watched_slices(backend: LocalBackend, job: Any) -> Iterator[Any]:
            with closing(slices(backend, job)) as values:
                for value in values:
                    self.note("slice")
                    yield value

        LocalBackend.run, LocalBackend.slices = watched_run, watched_slices

    def note(self, kind: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{kind} {os.getpid()}\n")

    def seen(self) -> dict[str, list[int]]:
        """The processes of the forwards and of the slices since it was asked last, in order, each once."""
        lines = [line.split() for line in self.file.read_text().splitlines()]
        self.file.write_text("")
        return {kind: list(dict.fromkeys(int(pid) for one, pid in lines if one == kind)) for kind in ("forward", "slice")}


def long(models: Any) -> Iterator[dict[str, Any]]:
    """A job of many values, far ahead of whoever reads them."""
    import torch

    for number in range(MANY):
        yield {"halves": [torch.tensor(number / 2, dtype=torch.bfloat16)] * 2} if number == 3 else torch.tensor(number)


def broken(models: Any) -> Iterator[int]:
    """A job that fails after its first slice."""
    yield 1
    raise ValueError("this is nobody's business")


def refusing(models: Any) -> Iterator[int]:
    """A job that has something to say."""
    yield 1
    raise UserError("This picture is too small.")


def sentence(call: Callable[[], Any]) -> str | None:
    """What a visitor is told when `call` fails."""
    import gradio as gr

    from gan_demos.ui.guard import guarded

    try:
        guarded(call)()
    except gr.Error as notice:
        return str(notice.message)
    return None


def play(lender: Lender, folder: Path) -> dict[str, Any]:
    """What real models of the catalogue do on such a Space, beside the same in this process."""
    import torch

    from gan_demos import application, catalog
    from gan_demos.demo import prepare, run
    from gan_demos.demos.pictures import DEMO, generate
    from gan_demos.inference import Engine
    from tests.support import wait_until

    watched, facts = Watched(folder / "notes"), {"parent": os.getpid()}
    asked = [(demo, *next(iter(demo.endpoints.items()))) for demo in catalog.DEMOS]
    guide = {**DEMO.endpoints["guide"].example, "steps": 3}

    def files(engine: Engine, demo: Any, name: str, parameters: Any) -> list[str]:
        return [hashlib.sha256(one.data).hexdigest() for one in run(demo, name, parameters, engine).artefacts]

    here = Engine(catalog.networks(), device="cpu")
    ours = [files(here, demo, name, one.example) for demo, name, one in asked]  # first, so that OpenMP has threads when this process forks
    engine = application.make_engine()
    facts["made"] = [type(engine._backend).__name__, str(engine.device)]
    watched.seen()
    facts["same"] = [files(engine, demo, name, one.example) == mine for (demo, name, one), mine in zip(asked, ours, strict=True)]
    facts["forwards"] = watched.seen()
    lender.fresh = True
    demo, name, one = asked[0]
    facts["same again"] = [files(engine, demo, name, one.example) == ours[0] for _ in range(2)]
    facts["forwards again"], lender.fresh = watched.seen(), False

    guided = files(engine, DEMO, "guide", guide)
    facts["guide"] = watched.seen()
    context, request = prepare(DEMO, "guide", {**guide, "steps": 40}, engine, owner="a visitor")
    facts["previews"], result = [], None
    for shown in generate.stream(context, request):
        if isinstance(shown, generate.Preview):
            facts["previews"].append(shown.picture.shape)
            if len(facts["previews"]) == 3:
                engine.cancel("a visitor")
        else:
            result = shown
    facts["stopped"] = [result.values["stopped"], result.values["steps"]]

    watched.seen()  # before the job, which is at work at once
    stream, before = engine.run_job(long), len(os.listdir("/proc/self/fd"))
    facts["values"] = [int(next(stream))]
    wait_until(lambda: len(watched.file.read_text().splitlines()) == MANY, 60, "the job did not run ahead of its reader")
    facts["files"] = len(os.listdir("/proc/self/fd")) - before
    facts["values"] += [int(sum(value["halves"])) if isinstance(value, dict) else int(value) for value in stream]

    name = demo.checkpoints[0]
    failing = {
        "forward": lambda: engine.call(name, {"nothing of it": torch.zeros(1)}),
        "job": lambda: list(engine.run_job(broken)),
        "sentence": lambda: list(engine.run_job(refusing)),
    }
    facts["failures"] = {kind: sentence(call) for kind, call in failing.items()}
    facts["given back as failures"] = lender.failed
    lender.quota = False
    facts["failures"]["quota"] = sentence(lambda: run(demo, asked[0][1], one.example, engine))
    lender.quota = True
    facts["after it"] = files(engine, demo, asked[0][1], one.example) == ours[0]
    facts["cuda"] = [torch.cuda.is_available(), torch.cuda.is_initialized()]  # the first is emulated
    facts["same guidance"] = files(here, DEMO, "guide", guide) == guided  # last: what has had a gradient must not be forked for another
    engine.close()
    here.close()
    return facts


def main() -> None:
    lender = move_in()
    if len(sys.argv) > 1:
        sys.argv = sys.argv[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_path(sys.argv[0], run_name="__main__")
        return
    with tempfile.TemporaryDirectory() as folder:
        facts = play(lender, Path(folder))
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
