"""`python -m tests.space_check FOLDER [--zerogpu]`: start the folder of a Space as Hugging Face does, and use every demo once.

The Python that runs it runs the Space too, so it is that of an environment with the folder's own requirements. With `--zerogpu` the Space
has ZeroGPU, as `tests.zerogpu` plays it.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from gradio_client import Client

from gan_demos import catalog, space
from tests.support import ROOT, answers, free_port, wait_until

# What the Hub's image for Gradio sets, as far as an app can see it.
HUB = {
    "SYSTEM": "spaces",
    "SPACE_ID": "someone/gan-demos",
    "SPACE_AUTHOR_NAME": "someone",
    "SPACE_REPO_NAME": "gan-demos",
    "SPACE_TITLE": "GAN demos",
    "SPACE_HOST": "someone-gan-demos.hf.space",
    "GRADIO_SERVER_NAME": "0.0.0.0",
    "GRADIO_NUM_PORTS": "1",
    "GRADIO_ALLOW_FLAGGING": "never",
    "GRADIO_THEME": "huggingface",
    "PYTHONUNBUFFERED": "1",
}
READY_SECONDS, ANSWER_SECONDS, END_SECONDS = 600, 300, 20


def check(folder: Path, zerogpu: bool) -> None:
    """Start it, use it, end it. `AssertionError` for what is not as it should be."""
    before = space.files_of(folder)
    with tempfile.TemporaryDirectory() as scratch:
        port, log = free_port(), Path(scratch) / "log.txt"
        hidden = ("GAN_DEMOS_", "GRADIO_", "SPACE", "HF_")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
        environment |= {**HUB, "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": f"{scratch}/cache", "HOME": scratch}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT) if zerogpu else ""}  # the Space's own modules come first
        command = [sys.executable, *(["-m", "tests.zerogpu"] if zerogpu else []), "app.py"]
        with log.open("wb") as output:
            started = time.monotonic()
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            _use(f"http://127.0.0.1:{port}", process, started)
            process.terminate()
            assert process.wait(END_SECONDS) == 0, f"it ended with status {process.returncode}"
            wait_until(lambda: not _alive(process.pid), END_SECONDS, "processes of it are left")
            assert not re.search(r" ERROR |Exception in ", text := log.read_text()), "it logged an error"
            assert zerogpu == ("SPACES_ZERO_GPU_DEBUG" in text), "the forked processes of ZeroGPU"
        except BaseException:
            print(f"The end of its log:\n{log.read_text()[-6000:]}", file=sys.stderr)
            raise
        finally:
            if _alive(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert space.files_of(folder) == before, "it wrote into its own folder"


def _use(url: str, process: subprocess.Popen, started: float) -> None:
    def ready() -> bool:
        assert process.poll() is None, f"it ended with status {process.returncode} before it was ready"
        return answers(f"{url}/readyz")

    wait_until(ready, READY_SECONDS, "it did not become ready")
    print(f"ready after {time.monotonic() - started:.0f} s", flush=True)
    states: Mapping[str, str] = httpx.get(f"{url}/readyz").json()["demos"]
    assert states == {demo.name: "ok" for demo in catalog.DEMOS}, states
    client = Client(url, verbose=False, httpx_kwargs={"timeout": ANSWER_SECONDS})
    for demo in catalog.DEMOS:
        for endpoint in demo.endpoints.values():
            begun, name = time.monotonic(), f"/{demo.name}_{endpoint.name}"
            files, facts = client.submit(**endpoint.example, api_name=name).result(ANSWER_SECONDS)
            sizes = [Path(file).stat().st_size for file in files]
            assert all(sizes) and (sizes or facts), name
            print(f"{name}: {len(files)} files of {sum(sizes)} bytes, {time.monotonic() - begun:.1f} s", flush=True)


def _alive(group: int) -> bool:
    """Whether there is a process of the group that the Space was started in."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    check(Path(sys.argv[1]).resolve(), "--zerogpu" in sys.argv[2:])
