"""`make bench`: latency and throughput of every model against ONNX Runtime, what batching brings, what a picture and its guidance cost and
what they cost others, what the HTTP call costs. All in one run.

The numbers are ratios within this run; results go to benchmarks/results.json beside a description of the machine.
"""

import argparse
import functools
import io
import json
import logging
import os
import platform
import socket
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import batching, guidance
from gan_demos import application, catalog, checkpoints, demo
from gan_demos.inference import Engine
from gan_demos.process import keep_freed_pages, leave_cores

BATCHES = (1, 8, 32)
RESULTS = Path(__file__).parent / "results.json"


class Recorder:
    """Stands before an engine and notes for each model that is called a method and one item's inputs: of `forward` where it is called, else
    of the method called last, which makes what is shown from what the others gave."""

    def __init__(self, engine: Engine):
        self.engine, self.seen = engine, {}

    def call_many(self, model: str, items: list[dict[str, Tensor]], method: str = "forward", **options) -> list[Tensor]:
        if items and self.seen.get(model, ("",))[0] != "forward":
            self.seen[model] = (method, items[0])
        return self.engine.call_many(model, items, method=method, **options)

    def call(self, model: str, inputs: dict[str, Tensor], method: str = "forward", **options) -> Tensor:
        return self.call_many(model, [inputs], method=method, **options)[0]

    def __getattr__(self, name: str):
        return getattr(self.engine, name)  # jobs and the like


class Method(nn.Module):
    """One method of a module, called with its arguments in the order of `names`, as a module: what the exporter takes."""

    def __init__(self, module: nn.Module, method: str, names: list[str]):
        super().__init__()
        self.module, self.method, self.names = module, method, names

    def forward(self, *values: Tensor) -> Tensor:
        return first_of(getattr(self.module, self.method)(**dict(zip(self.names, values, strict=True))))


def typical_inputs() -> dict[str, tuple[str, dict[str, Tensor]]]:
    """For every model of the catalogue a method and one item's inputs, taken from the endpoints' examples."""
    with application.make_engine() as engine:
        recorder = Recorder(engine)
        for one in catalog.DEMOS:
            for endpoint in one.endpoints.values():
                demo.run(one, endpoint.name, endpoint.example, recorder)
    return recorder.seen


def median_ms(run: Callable[[], object], seconds: float = 1.5, least: int = 5) -> float:
    """Median milliseconds of `run` after a warm-up call."""
    run()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def onnx_session(module: nn.Module, method: str, inputs: dict[str, Tensor]):
    """An ONNX Runtime session of the method with a free batch axis, and None; or None and why it cannot be had."""
    import onnxruntime

    names = list(inputs)
    batch = torch.export.Dim("batch", min=1, max=64)
    two = tuple(torch.stack([inputs[name]] * 2) for name in names)
    shapes: Any = tuple({0: batch} for _ in names)
    if method != "forward":
        module, shapes = Method(module, method, names), {"values": shapes}
    quiet = io.StringIO()  # the exporter talks a lot
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            torch.no_grad(),
            redirect_stdout(quiet),
            redirect_stderr(quiet),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            file = Path(folder) / "model.onnx"
            program = torch.onnx.export(module, two, dynamo=True, verbose=False, input_names=names, dynamic_shapes=shapes)
            program.save(str(file))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = torch.get_num_threads()  # as many as ours
            return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]), None
    except Exception as error:  # an exporter fails in many ways, and a benchmark goes on
        return None, f"{type(error).__name__} in the exporter"


def first_of(outputs: Tensor | dict[str, Tensor]) -> Tensor:
    """A network's output, or the first of several."""
    return next(iter(outputs.values())) if isinstance(outputs, dict) else outputs


def model_row(name: str, method: str, inputs: dict[str, Tensor]) -> dict:
    """Latency in ms at each batch size by this process and by ONNX Runtime, clips a second, and the largest difference between the two."""
    module = checkpoints.load(name, catalog.networks())
    session, problem = onnx_session(module, method, inputs)
    run = getattr(module, method)
    row = {"model": name, "method": method, "onnx_problem": problem, "batches": {}}
    for size in BATCHES:
        batch = {key: torch.stack([value] * size) for key, value in inputs.items()}
        with torch.inference_mode():
            ours = median_ms(lambda batch=batch: run(**batch))
        entry = {"ms": ours, "items_per_second": 1000 * size / ours}
        if session is not None:
            feed = {key: value.numpy() for key, value in batch.items()}
            entry["onnx_ms"] = median_ms(lambda feed=feed: session.run(None, feed))
            with torch.inference_mode():
                entry["difference"] = float(np.abs(session.run(None, feed)[0] - first_of(run(**batch)).numpy()).max())
        row["batches"][size] = entry
    return row


def http_row(name: str, endpoint: str, parameters: dict) -> dict:
    """Median ms of one HTTP call of an endpoint through the running app, and of the same request run in this process (forward and
    encode)."""
    from gradio_client import Client

    engine = application.make_engine()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    blocks = application.launch(application.build(engine), engine, "127.0.0.1", port)
    try:
        client = Client(f"http://127.0.0.1:{port}", verbose=False, download_files=False)
        api_name = f"/{name}_{endpoint}"
        http = median_ms(lambda: client.predict(**parameters, api_name=api_name), 4.0)
        inside = median_ms(lambda: demo.run(catalog.get(name), endpoint, parameters, engine), 2.0)
    finally:
        blocks.close()
        engine.close()
    return {"endpoint": api_name, "http_ms": http, "inside_ms": inside, "overhead_ms": http - inside}


def vary(inputs: dict[str, Tensor], number: int) -> dict[str, Tensor]:
    """The inputs with another latent."""
    rng = torch.Generator().manual_seed(number)
    return inputs | ({"latent": torch.rand(inputs["latent"].shape, generator=rng) * 2 - 1} if "latent" in inputs else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    keep_freed_pages()
    leave_cores()
    inputs = typical_inputs()
    results = {
        "machine": {"threads": torch.get_num_threads(), "platform": platform.platform(), "torch": torch.__version__},
        "models": [],
        "batching": [],
    }
    print(f"{'model':18} {'batch':>5} {'ms':>8} {'items/s':>8} {'ONNX ms':>8}  ONNX / ours")
    for name, (method, item) in inputs.items():
        row = model_row(name, method, item)
        results["models"].append(row)
        for size, entry in row["batches"].items():
            onnx = f"{entry['onnx_ms']:8.1f}  {entry['onnx_ms'] / entry['ms']:.2f}" if "onnx_ms" in entry else "       –"
            print(f"{name:18} {size:5} {entry['ms']:8.1f} {entry['items_per_second']:8.1f} {onnx}")
        if row["onnx_problem"]:
            print(f"{'':18} no ONNX: {row['onnx_problem']}")
    for name, (method, item) in inputs.items():
        factory = functools.partial(Engine, catalog.networks())
        row = batching.run(
            lambda size, factory=factory: factory(max_batch=size), name, functools.partial(vary, item), options.clients, 4, method=method
        )
        results["batching"].append(row)
        print(
            f"batching {name:18} {row['off']['per_second']:7.1f} → {row['on']['per_second']:7.1f} requests/s "
            f"with {options.clients} clients: {row['speedup']:.2f}x"
        )
    with application.make_engine() as engine:
        results["guidance"] = guidance.run(engine)
    print("\n".join(guidance.lines(results["guidance"])))
    first = catalog.DEMOS[0]
    results["http"] = [http_row(first.name, endpoint.name, endpoint.example) for endpoint in list(first.endpoints.values())[:3]]
    for row in results["http"]:
        print(f"{row['endpoint']:18} HTTP {row['http_ms']:.1f} ms, inside {row['inside_ms']:.1f} ms: overhead {row['overhead_ms']:.1f} ms")
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
