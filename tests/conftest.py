"""What the tests share: a quiet environment, engines on debug checkpoints, the real application in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Set before anything imports Gradio or the Hub's client: no test may depend on another host.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", DO_NOT_TRACK="1")
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

import pytest

from tests.support import ROOT, answers, free_port, wait_until


@dataclass(frozen=True)
class Server:
    """The running application: its address and where its output goes."""

    url: str
    log: Path


@pytest.fixture
def debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debug checkpoints in place of the real ones, for one test."""
    monkeypatch.setenv("GAN_DEMOS_DEBUG", "1")
    monkeypatch.setenv("GAN_DEMOS_TESTING", "1")


@pytest.fixture(scope="session")
def session_engine() -> Iterator:
    """The application's own engine, for the whole catalogue. A test takes `engine` instead."""
    from gan_demos import application

    made = application.make_engine()
    yield made
    made.close()


@pytest.fixture
def engine(debug: None, session_engine):
    """An engine that answers with debug checkpoints."""
    return session_engine


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application as `make run` starts it, with the real checkpoints, ready to answer."""
    folder = tmp_path_factory.mktemp("server")
    port, log = free_port(), folder / "log.txt"
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "cache")}
    hidden = ("GAN_DEMOS_", "GRADIO_SERVER_", "SPACE_ID")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)} | settings
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            assert process.poll() is None, f"the application ended with {process.returncode}:\n{log.read_text()[-4000:]}"
            return answers(f"{url}/healthz")

        wait_until(ready, 180, f"the application did not become ready; see {log}")
        yield Server(url, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
