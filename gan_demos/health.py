"""What the application tells those who run it: `/healthz` (does a model answer?), `/readyz` (are all warm?), `/metrics` (for Prometheus)
and `/status` (a page behind a token)."""

import base64
import binascii
import hmac
import html
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gan_demos import __version__, checkpoints
from gan_demos.demo import Demo, run
from gan_demos.errors import UserError
from gan_demos.inference import Engine

LOGGER = logging.getLogger("gan_demos.health")
STATUS_TOKEN = "GAN_DEMOS_STATUS_TOKEN"
STYLE = "body{font:15px system-ui;margin:2em}td,th{text-align:left;padding:.2em 1.2em .2em 0}th{border-bottom:1px solid}"


class Health:
    """Warms the models of `demos` one demo after the other in the background, and reports on `engine`."""

    def __init__(self, demos: Sequence[Demo], engine: Engine) -> None:
        self._demos = demos
        self._engine = engine
        self._ready = threading.Event()
        self._states = {demo.name: "starting" for demo in demos}
        self._registry = CollectorRegistry()
        self._registry.register(Collector(engine))
        ProcessCollector(registry=self._registry)

    @property
    def routes(self) -> list[Route]:
        """`/healthz`, `/readyz` and `/metrics`; `/status` if the environment names a token for it."""
        return [
            Route("/healthz", lambda request: self._respond(self._ready.is_set())),
            Route("/readyz", lambda request: self._respond("starting" not in self._states.values())),
            Route("/metrics", lambda request: Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)),
            *([Route("/status", self._respond_status)] if os.environ.get(STATUS_TOKEN) else []),
        ]

    def warm_up(self) -> None:
        """Start warming; returns at once."""
        threading.Thread(target=self._warm_all, name="warm-up", daemon=True).start()

    def _respond(self, ready: bool) -> Response:
        facts = {"status": "ok" if ready else "starting", "version": __version__, "demos": dict(self._states)}
        return JSONResponse(facts, status_code=200 if ready else 503)

    def _respond_status(self, request: Request) -> Response:
        if not hmac.compare_digest(_password(request), os.environ[STATUS_TOKEN].encode()):
            return Response("Give the token as the password.", 401, {"WWW-Authenticate": 'Basic realm="status", charset="UTF-8"'})
        return HTMLResponse(status_page(self._engine.stats(), dict(self._states)), headers={"Cache-Control": "no-store"})

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


def _password(request: Request) -> bytes:
    """Of HTTP's basic authentication (RFC 7617), which browsers ask a person for; empty if there is none."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(text, validate=True).partition(b":")[2] if kind.lower() == "basic" else b""
    except binascii.Error:
        return b""


class Collector:
    """`Engine.stats()` as Prometheus takes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        stats = self._engine.stats()
        for state, value in stats["queue"].items():
            yield GaugeMetricFamily(f"gan_demos_queue_{state}", f"Requests in the queue: {state}.", value)
        yield GaugeMetricFamily("gan_demos_jobs_running", "Long jobs that take turns.", len(stats["jobs"]))
        yield GaugeMetricFamily("gan_demos_jobs_waiting", "Long jobs that wait for their turn.", stats["jobs_waiting"])
        yield CounterMetricFamily("gan_demos_jobs_told", "Long jobs that waited and whose visitors were told for how long.", stats["told"])
        kept = "Those that waited between half and twice as long as was told."
        yield CounterMetricFamily("gan_demos_jobs_told_true", kept, stats["kept"])
        yield GaugeMetricFamily("gan_demos_models_loaded_bytes", "Weights in memory.", stats["loaded_bytes"])
        forwards = CounterMetricFamily("gan_demos_forwards", "Forwards by how many requests shared one.", labels=["batch_size"])
        for size, count in stats["batch_sizes"].items():
            forwards.add_metric([str(size)], count)
        requests = CounterMetricFamily("gan_demos_requests", "Requests that were answered.", labels=["model"])
        errors = CounterMetricFamily("gan_demos_request_errors", "Requests that failed.", labels=["model"])
        seconds = GaugeMetricFamily("gan_demos_request_seconds_median", "From asking to answer, of the last 128.", labels=["model"])
        for model, facts in stats["models"].items():
            requests.add_metric([model], facts["count"])
            errors.add_metric([model], facts["errors"])
            if facts["latency_p50"] is not None:
                seconds.add_metric([model], facts["latency_p50"])
        waits = HistogramMetricFamily("gan_demos_queue_wait_seconds", "From asking to the beginning of the forward.")
        waits.add_metric([], [(floatToGoString(step), count) for step, count in stats["waits"].items()], stats["waited"])
        yield from (forwards, requests, errors, seconds, waits)


def status_page(stats: dict[str, Any], states: dict[str, str]) -> str:
    """What the engine does now, for whoever runs it: a page that renews itself."""

    def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
        tagged = [("th", head), *(("td", row) for row in rows)]
        lines = [f"<tr>{''.join(f'<{tag}>{html.escape(str(cell))}</{tag}>' for cell in row)}</tr>" for tag, row in tagged]
        return f"<h2>{title}</h2><table>{''.join(lines)}</table>"

    def ms(seconds: float | None) -> str:
        return "" if seconds is None else f"{1000 * seconds:.1f}"

    queue, loaded, mb = stats["queue"], stats["loaded"], stats["loaded_bytes"] / 1e6
    jobs = [(one["name"], one["slices"], f"{one['seconds']:.1f}") for one in stats["jobs"]]
    models = [
        (name, f"{loaded.get(name, 0) / 1e6:.1f}", one["count"], one["errors"], ms(one["latency_p50"]), ms(one["seconds_per_item"]))
        for name, one in stats["models"].items()
    ]
    parts = [
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=5><title>Status</title>",
        f"<style>{STYLE}</style><p>Version {__version__} on {html.escape(stats['device'])}; {queue['waiting']} requests waiting, ",
        f"{queue['running']} running, room for {queue['capacity']}; {mb:.0f} MB of weights loaded.</p>",
        table("Demos", ("demo", "state"), states.items()),
        f"<p>{stats['jobs_waiting']} long jobs wait for their turn.</p>",
        table("Long jobs", ("job", "slices", "seconds"), jobs),
        table("Models", ("model", "loaded MB", "answered", "failed", "median ms", "ms an item"), models),
        table("Forwards", ("requests in one", "forwards"), stats["batch_sizes"].items()),
    ]
    return "".join(parts)
