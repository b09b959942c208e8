"""What the tests share: a quiet environment, an engine on debug checkpoints, the real application in a process of its own."""

import os
import tempfile
from collections.abc import Iterator

# Set before anything imports Gradio or the Hub's client: no test may depend on another host.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", DO_NOT_TRACK="1")
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    # Beside other workers: no more threads than cores, for torch's wait spinning; and temporary files that only this worker makes.
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // int(workers)))
    tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="gan-demos-tests-")

import pytest

from tests.support import Server, serving


@pytest.fixture
def debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debug checkpoints in place of the real ones, for one test."""
    monkeypatch.setenv("GAN_DEMOS_DEBUG", "1")
    monkeypatch.setenv("GAN_DEMOS_TESTING", "1")


@pytest.fixture(scope="session")
def session_engine() -> Iterator:
    """The application's own engine, for the whole catalogue. A test takes `engine` instead."""
    from gan_demos import application

    with application.make_engine() as made:
        yield made


@pytest.fixture
def engine(debug: None, session_engine):
    """An engine that answers with debug checkpoints."""
    return session_engine


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application as `make run` starts it, with the real checkpoints, ready to answer."""
    with serving(["app.py"], tmp_path_factory.mktemp("server"), {}) as running:
        yield running
