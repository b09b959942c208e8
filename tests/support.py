"""Small helpers of the tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """An application in a process of its own: its address, where its output goes, and the process."""

    url: str
    log: Path
    process: subprocess.Popen


@contextmanager
def serving(
    arguments: Sequence[str], folder: Path, settings: Mapping[str, str], unset: Sequence[str] = (), cwd: Path = ROOT
) -> Iterator[Server]:
    """Run `python *arguments` with `HOST` and `PORT` until its `/healthz` answers 200; end it afterwards. `folder` takes its files;
    environment variables whose names begin with one of `unset` are kept from it."""
    port, log = free_port(), folder / "log.txt"
    hidden = ("GAN_DEMOS_", "GRADIO_SERVER_", "SPACE", *unset)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    environment |= {"HOST": "127.0.0.1", "PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "cache"), **settings}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *arguments], cwd=cwd, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            assert process.poll() is None, f"the application ended with {process.returncode}:\n{log.read_text()[-4000:]}"
            return answers(f"{url}/healthz")

        wait_until(ready, 180, f"the application did not become ready; see {log}")
        yield Server(url, log, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Running:
    """An application in this process."""

    url: str
    engine: Any
    blocks: Any

    def close(self) -> None:
        self.blocks.close(verbose=False)
        self.engine.close()


def start(demos: Sequence[Any]) -> Running:
    """Serve `demos` from this process, on a free port."""
    from gan_demos import application

    engine = application.make_engine(demos)
    blocks = application.build(engine, demos)
    port = free_port()
    application.launch(blocks, engine, "127.0.0.1", port, demos)
    return Running(f"http://127.0.0.1:{port}", engine, blocks)


def free_port() -> int:
    """A TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    """Whether a GET of `url` gives 200."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float, message: str) -> None:
    """Poll `condition` until it holds; fail with `message` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)
