"""What the application tells those who run it: `/healthz` (does a model answer?), `/readyz` (are all warm?) and `/metrics`
(Prometheus text)."""

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gan_demos import __version__, checkpoints
from gan_demos.demo import Demo, run
from gan_demos.errors import UserError
from gan_demos.inference import Engine

LOGGER = logging.getLogger("gan_demos.health")


class Health:
    """Warms the models of `demos` one demo after the other in the background, and reports on `engine`."""

    def __init__(self, demos: Sequence[Demo], engine: Engine) -> None:
        self._demos = demos
        self._engine = engine
        self._ready = threading.Event()
        self._states = {demo.name: "starting" for demo in demos}

    @property
    def routes(self) -> list[Route]:
        """`/healthz`, `/readyz` and `/metrics`."""
        return [
            Route("/healthz", lambda request: self._respond(self._ready.is_set())),
            Route("/readyz", lambda request: self._respond("starting" not in self._states.values())),
            Route("/metrics", self._respond_metrics),
        ]

    def warm_up(self) -> None:
        """Start warming; returns at once."""
        threading.Thread(target=self._warm_all, name="warm-up", daemon=True).start()

    def _respond(self, ready: bool) -> Response:
        facts = {"status": "ok" if ready else "starting", "version": __version__, "demos": dict(self._states)}
        return JSONResponse(facts, status_code=200 if ready else 503)

    def _respond_metrics(self, request: Request) -> Response:
        return PlainTextResponse(metrics_text(self._engine.stats()), media_type="text/plain; version=0.0.4")

    def _warm_all(self) -> None:
        for demo in self._demos:
            try:
                endpoint = next(iter(demo.endpoints.values()))
                run(demo, endpoint.name, endpoint.example, self._engine, owner="warm-up")
                self._ready.set()
                names = () if checkpoints.debug_enabled() else demo.warm
                for loaded in self._engine.warm(names):
                    loaded.result()
                self._states[demo.name] = "ok"
            except UserError as error:
                LOGGER.error("demo=%s %s", demo.name, error)
                self._states[demo.name] = "broken"
            except Exception:
                LOGGER.exception("demo=%s cannot be warmed", demo.name)
                self._states[demo.name] = "broken"


def metrics_text(stats: dict[str, Any]) -> str:
    """`Engine.stats()` and this process's memory in the Prometheus text format."""
    return "".join(f"gan_demos_{name} {value:g}\n" for name, value in _samples(stats))


def _samples(stats: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in stats["queue"].items():
        yield f"queue_{name}", value
    yield "jobs_running", len(stats["jobs"])
    yield "errors_total", stats["errors"]
    for size, count in stats["batch_sizes"].items():
        yield f'forwards_total{{batch_size="{size}"}}', count
    for model, facts in stats["models"].items():
        yield f'requests_total{{model="{model}"}}', facts["count"]
        yield f'request_errors_total{{model="{model}"}}', facts["errors"]
        if facts["latency_p50"] is not None:
            yield f'request_seconds_median{{model="{model}"}}', facts["latency_p50"]
    yield "models_loaded_bytes", stats["loaded_bytes"]
    if (statm := Path("/proc/self/statm")).exists():
        yield "resident_bytes", int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
