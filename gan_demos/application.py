"""The application: the catalogue's demos as tabs, their named API, the replay panel, health; one inference engine for all of them."""

import functools
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from gan_demos import __version__, catalog, checkpoints, logs, ui
from gan_demos.demo import Demo
from gan_demos.errors import UserError
from gan_demos.health import Health
from gan_demos.inference import Engine
from gan_demos.inference.backends import ZeroGPUBackend
from gan_demos.process import keep_freed_pages, leave_cores, open_more
from gan_demos.ui import api, replay
from gan_demos.ui.files import sweep
from gan_demos.ui.gate import Gate, Page, answer_tools_here
from gan_demos.ui.guard import DOOR
from gan_demos.ui.sessions import VISITORS, remember
from gan_demos.ui.travel import Travel

TITLE = "GAN demos"
PITCH = "Small generative adversarial networks to play with: move a slider, hear and see what changes."
NOTE = (
    f"Version {__version__} · code under Apache-2.0 · each model's card names the data it was trained on and that data's licence · "
    "what you make or drop here is deleted after about an hour."
)
CACHE_SECONDS = 60 * 60
# The engine's queue is the bound on work. Events must be let through to it side by side, or visitors could never share a batch.
CONCURRENT_EVENTS = 32
MAX_EVENTS = 256
MAX_THREADS = 64
KEEP = 256 << 20  # bytes of freed memory
# Whoever stops a process waits some 10 s for it to end by itself.
FINISH_SECONDS = 4.0  # for the requests at work
GIVE_UP_SECONDS = 0.5  # for those that are broken off then, to say so
FETCH_SECONDS = 1.5  # for a browser to get an answer and the files in it
CLOSE_SECONDS = 1  # for connections still open then
# A connection that the server closes just as it is used again fails its request. So whoever is on the other side gives it up first: a page
# that asks every few seconds never waits for so long, and a proxy in front commonly keeps one for 60 s.
IDLE_SECONDS = 65

LOGGER = logging.getLogger("gan_demos.application")


def make_engine(demos: Sequence[Demo] | None = None, ray: Mapping[str, Any] | None = None) -> Engine:
    """The one engine of the application, for the networks of `demos` (the catalogue's), debug twins too.

    ray: arguments of `RayBackend`, for replicas in a Ray cluster; None computes in this process.
    """
    networks, loader = catalog.networks(demos), functools.partial(checkpoints.load, debug=catalog.debug(demos))
    if ray is not None:
        from gan_demos.inference.ray_backend import RayBackend  # needs a package that nothing else does

        return Engine(networks, device="cpu", loader=loader, backend=functools.partial(RayBackend, **ray))
    if os.environ.get("SPACES_ZERO_GPU"):  # a Space whose GPU exists only inside a call
        return Engine(networks, device="cpu", loader=loader, backend=ZeroGPUBackend)
    return Engine(networks, loader=loader)


def build(engine: Engine, demos: Sequence[Demo] | None = None) -> gr.Blocks:
    """The page: a tab for each of `demos` (the catalogue's) and the replay panel; named API calls for every endpoint.

    A demo whose checkpoints are missing or damaged gets a sentence instead of its tab; the others work. `UserError` if debug
    checkpoints are switched on outside of tests.
    """
    _refuse_debug()
    # Gradio would summarise its last 10,000 events in a pandas table after every single event; `/metrics` is ours and costs nothing.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")
    demos = catalog.DEMOS if demos is None else demos
    with Page(title=TITLE, analytics_enabled=False, delete_cache=(600, CACHE_SECONDS)) as blocks:
        gr.Markdown(f"# {TITLE}\n{PITCH}", elem_id="header")
        places: dict[str, ui.Place] = {}
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            for demo in demos:
                with gr.Tab(demo.title, id=demo.name, elem_id=f"tab-{demo.name}"):
                    if place := _build_tab(demo, engine):
                        places[demo.name] = place
            with gr.Tab("Replay a file", id="replay", elem_id="tab-replay"):
                replay.build(demos, engine)
        Travel(demos, places, tabs, engine).build()
        for demo in demos:
            api.register(demo, engine)
        gr.Markdown(NOTE, elem_id="footer")
        blocks.unload(_leave(engine))
    blocks.queue(max_size=MAX_EVENTS, default_concurrency_limit=CONCURRENT_EVENTS)
    return blocks


def serve(host: str | None = None, port: int | None = None, ray: Mapping[str, Any] | None = None) -> None:
    """Build the application and serve it until SIGTERM or SIGINT (Ctrl+C); then `drain` and end the process with status 0.

    ray: see `make_engine`.

    Without arguments the address is `GRADIO_SERVER_NAME` or `HOST`, and `GRADIO_SERVER_PORT` or `PORT`, else 127.0.0.1:7860, and on a
    Space 0.0.0.0:7860. `UserError` if the port cannot be had, or results cannot be stored. The main thread of a process calls it, once.
    """
    logs.set_up()
    host, port = host or _host(), port or _port()
    _check_storage()
    keep_freed_pages(KEEP, arenas=1)
    leave_cores()
    open_more()
    engine = make_engine(ray=ray)
    for ending in (signal.SIGINT, signal.SIGTERM):  # after Ray has set its own
        signal.signal(ending, _end)
    blocks = launch(build(engine), engine, host, port)
    try:
        blocks.block_thread()
    except SystemExit:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending; a second Ctrl+C ends it at once
        drain(blocks, engine)
        end_workers()
        logging.shutdown()
        sys.stdout.flush()
        # The interpreter would wait for a handler that is stuck, and take seconds to take all modules apart.
        os._exit(0)


def launch(blocks: gr.Blocks, engine: Engine, host: str, port: int, demos: Sequence[Demo] | None = None) -> gr.Blocks:
    """Start serving `blocks` in the background, and warm the models of `demos` (the catalogue's). Returns the blocks.

    `/healthz` answers 503 until a model of the first usable demo has answered, then 200; `/readyz` waits for all demos. `/metrics` is for
    Prometheus.
    """
    demos = catalog.DEMOS if demos is None else demos
    route_utils.delete_files_created_by_app = sweep  # which the `delete_cache` of a page calls
    health = Health(demos, engine)
    # Gradio asks its own address once at the start; a proxy for the outside world must not be asked for it.
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    try:
        blocks.launch(
            server_name=host,
            server_port=port,
            theme=ui.theme(),
            css=ui.CSS,
            app_kwargs={"routes": health.routes, "middleware": [Middleware(Gate, leave=engine.cancel)]},
            max_threads=MAX_THREADS,
            state_session_capacity=VISITORS,
            max_file_size="32mb",
            allowed_paths=[],
            # `gr.Error` is always shown; this would show the text of other exceptions too, with paths of the server in it.
            show_error=False,
            ssr_mode=False,
            mcp_server=True,
            run_history=False,
            footer_links=["api"],
            share=False,
            _frontend=False,  # else Gradio asks for its page once, and gives up if that takes 3 s: it can, where much is going on
            enable_monitoring=False,
            quiet=True,
            prevent_thread_lock=True,
        )
    except OSError:
        raise UserError(f"Port {port} of {host} cannot be used; another program may hold it. Choose another: make run PORT=7861") from None
    blocks.server.config.timeout_keep_alive = IDLE_SECONDS  # Gradio hands no such setting on; every new connection reads it here
    remember(blocks)
    answer_tools_here(blocks)
    LOGGER.info("serving on %s", blocks.local_url)
    health.warm_up()
    return blocks


def drain(blocks: gr.Blocks, engine: Engine) -> None:
    """End within 10 s: requests at work are finished and answered, new ones refused with a sentence; then server and engine close.

    Pages and files are served until then, for an answer names files that are fetched after it. What takes too long is broken off, and
    answered with a sentence.
    """
    LOGGER.info("ending")
    DOOR.shut(FINISH_SECONDS)
    engine.close(GIVE_UP_SECONDS)
    time.sleep(FETCH_SECONDS)
    if blocks.server is not None:
        blocks.server.config.timeout_graceful_shutdown = CLOSE_SECONDS
    blocks.close(verbose=False)


def end_workers() -> None:
    """End the processes that were forked from this one, as ZeroGPU does: they would wait for work of it for ever."""
    for worker in multiprocessing.active_children():
        worker.kill()


def problem_of(demo: Demo) -> str | None:
    """Why the checkpoints of `demo` cannot be used: a sentence with the file and the command that rebuilds it. None if they can."""
    made_up = demo.debug if checkpoints.debug_enabled() else {}
    try:
        for name in demo.needed:
            if name not in made_up:
                checkpoints.verify(name)
    except UserError as error:
        return str(error)
    return None


def _build_tab(demo: Demo, engine: Engine) -> ui.Place | None:
    gr.Markdown(demo.pitch)
    if sentence := problem_of(demo):
        LOGGER.error("demo=%s %s", demo.name, sentence)
        ui.problem_note(sentence)
        return None
    module, function = demo.tab.split(":")
    return getattr(importlib.import_module(module), function)(demo, engine)


def _leave(engine: Engine) -> Callable[[gr.Request], None]:
    def leave(request: gr.Request) -> None:
        engine.cancel(ui.visitor_of(request))

    return leave


def _refuse_debug() -> None:
    if checkpoints.debug_enabled() and os.environ.get("GAN_DEMOS_TESTING") != "1":
        raise UserError("GAN_DEMOS_DEBUG=1 puts random weights in place of the models, which is for tests only: unset it and start again.")


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _check_storage() -> None:
    folder = Path(get_upload_folder())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"Results cannot be stored: {folder} cannot be written ({error.strerror}). Name another folder: GRADIO_TEMP_DIR=/path/to/it"
        ) from None
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = str(folder)  # the only folder that can be written


def _host() -> str:
    on_space = "0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1"
    return os.environ.get("GRADIO_SERVER_NAME") or os.environ.get("HOST") or on_space


def _port() -> int:
    text = os.environ.get("GRADIO_SERVER_PORT") or os.environ.get("PORT") or "7860"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise UserError(f"The port must be a number from 1 to 65535; got {text[:20]!r}.")
    return int(text)
