"""`make bench`: what every network takes on this machine, one item and many, as the app computes it and in other ways; what batching and
the engine bring and cost; what a picture and its guidance cost and what they cost others; what the HTTP call costs. All in one run.

The numbers are ratios within this run. They go to docs/performance.md, into the part of the device that they are from.
"""

import argparse
import functools
import io
import logging
import os
import platform
import re
import socket
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import batching, guidance, ways
from benchmarks.ways import first_of, median_ms
from gan_demos import application, catalog, checkpoints, demo
from gan_demos.inference import Engine
from gan_demos.inference.models import choose_device
from gan_demos.process import keep_freed_pages, leave_cores

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"
ONNX = "ONNX Runtime"
INTRODUCTION = """# Performance

What `make bench` measured, on each machine that it was run on. The app computes in fp32, operation by operation; guidance alone
takes bf16 where the processor has it.
"""


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


def onnx_row(module: nn.Module, method: str, item: Mapping[str, Tensor], expected: Tensor, best: int) -> dict[str, Any]:
    """As a row of `ways.measure`, by ONNX Runtime on the CPU: one item, and batches of `best`."""
    session, problem = onnx_session(module, method, dict(item))
    if session is None:
        return {"problem": problem}
    feeds = [{name: torch.stack([value] * size).numpy() for name, value in item.items()} for size in (1, best)]
    made = torch.from_numpy(session.run(None, feeds[0])[0])
    one, many = (median_ms(lambda feed=feed: session.run(None, feed), 1.0) for feed in feeds)
    row = {"ms": one, "batch": best, "per_second": 1000 * best / many}
    return row | {"difference": float((made - expected).abs().max() / expected.abs().max().clamp_min(1e-9))}


def engine_ms(name: str, method: str, item: dict[str, Tensor], device: torch.device) -> tuple[float, float]:
    """Median ms of one call through an idle engine, and of the bare forward with its way to the device and back."""
    module = checkpoints.load(name, catalog.networks()).to(device)

    def bare() -> Tensor:
        return first_of(getattr(module, method)(**{key: value[None].to(device) for key, value in item.items()}))[0].cpu()

    with Engine(catalog.networks(), device) as engine, torch.inference_mode():
        through = median_ms(lambda: engine.call(name, item, method=method, timeout=None), 1.0)
        return through, median_ms(bare, 1.0)


def model_row(
    name: str, method: str, item: dict[str, Tensor], device: torch.device, limits: Mapping[str, float], options: argparse.Namespace
) -> dict[str, Any]:
    """All that is measured of one network."""
    load = functools.partial(checkpoints.load, name, catalog.networks())
    row: dict[str, Any] = {"model": name, "method": method}
    row["ways"] = ways.measure(load, method, item, device, limits, options.seconds, tuple(options.skip))
    if device.type == "cpu" and ONNX not in options.skip:
        module = load()
        with torch.inference_mode():
            expected = first_of(getattr(module, method)(**{key: value[None] for key, value in item.items()}))
        row["ways"][ONNX] = onnx_row(module, method, item, expected, row["ways"][ways.APP]["batch"])
    row["engine_ms"], row["bare_ms"] = engine_ms(name, method, item, device)

    def factory(size: int) -> Engine:
        return Engine(catalog.networks(), device, max_batch=size)

    # As many that it goes on for about as long as any other number is measured: a network of microseconds would answer four in no time.
    each = max(4, min(256, round(1000 * options.seconds / row["engine_ms"] / options.clients)))
    row["batching"] = batching.run(factory, name, functools.partial(vary, item), options.clients, each, method=method)
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


def section(device: torch.device, limits: Mapping[str, float], rows: Sequence[Mapping[str, Any]], clients: int) -> str:
    """The part of the report about one device, but for what the app as a whole was measured by."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    threads = f"{torch.get_num_threads()} of its cores" if device.type == "cpu" else "one GPU"
    text = [f"## {name}\n", f"torch {torch.__version__}, {platform.system()}, Python {platform.python_version()}; {threads}."]
    text.append(
        f"A matrix product reaches {limits['fp32'] / 1e9:,.0f} GFLOP/s in fp32 and {limits['bf16'] / 1e9:,.0f} in bf16, a copy "
        f"{limits['copy'] / 1e9:,.0f} GB/s (read and written).\n"
    )
    text.append(
        "As the app computes: milliseconds of one item; items a second at the batch size that gives most of them; the share of the "
        f"matrix product's speed reached then, and of the copy's with one item; the engine's own milliseconds; what batching gives "
        f"{clients} callers at once.\n"
    )
    text.append("| network | ms | items/s (batch) | of matmul | of copy | engine | batching |\n|---|---|---|---|---|---|---|")
    for row in rows:
        own = row["ways"][ways.APP]
        text.append(
            f"| {row['model']}.{row['method']} | {own['ms']:.2f} | {own['per_second']:.0f} ({own['batch']}) | {own['matmul']:.0%} "
            f"| {own['copy']:.0%} | {row['engine_ms'] - row['bare_ms']:+.2f} | {row['batching']['speedup']:.2f}x |"
        )
    others = [way for way in (*ways.ways(device), ONNX) if way != ways.APP and any(way in row["ways"] for row in rows)]
    text.append(
        "\nOther ways, times as fast as the app's with one item / at the best batch, and how far the result is from the app's at most, as "
        "a share of its largest value:\n"
    )
    text.append(f"| network | {' | '.join(others)} |\n|---|{'---|' * len(others)}")
    problems = {}
    for row in rows:
        own, cells = row["ways"][ways.APP], []
        for way in others:
            found = row["ways"].get(way, {"problem": "not measured"})
            if "problem" in found:
                problems[f"{row['model']}, {way}"] = found["problem"]
                cells.append("–")
            else:
                faster, more = own["ms"] / found["ms"], found["per_second"] / own["per_second"]
                cells.append(f"{faster:.2f} / {more:.2f} ({found['difference']:.0e})")
        text.append(f"| {row['model']}.{row['method']} | {' | '.join(cells)} |")
    if problems:
        text.append("\n" + "\n".join(f"- {what}: {why}" for what, why in problems.items()))
    return "\n".join(text) + "\n"


def processor() -> str:
    """The processor's name as the system tells it."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def put(report: str, part: str) -> str:
    """The report with `part` in place of the one with the same heading, or at the end."""
    parts = re.split(r"(?m)^(?=## )", report or INTRODUCTION + "\n")
    heading = part.splitlines()[0]
    kept = [one for one in parts[1:] if one.splitlines()[0] != heading]
    return "\n".join(one.strip() + "\n" for one in (INTRODUCTION, *kept, part))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each number")
    parser.add_argument("--models", nargs="*", help="these alone; then nothing is written")
    parser.add_argument("--skip", nargs="*", default=[], help="ways that are not measured, such as torch.compile")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    keep_freed_pages(application.KEEP, arenas=1)  # as the app
    leave_cores()
    device = choose_device(options.device)
    limits, rows = ways.ceilings(device), []
    for name, (method, item) in typical_inputs().items():
        if options.models and name not in options.models:
            continue
        rows.append(model_row(name, method, item, device, limits, options))
        own = rows[-1]["ways"][ways.APP]
        print(f"{name:20} {own['ms']:8.2f} ms {own['per_second']:9.1f} items/s", flush=True)
    text = [section(device, limits, rows, options.clients)]
    with application.make_engine() as engine:
        text.append("The app as a whole:\n\n```")
        text += guidance.lines(guidance.run(engine))
    first = catalog.DEMOS[0]
    for endpoint in list(first.endpoints.values())[:3]:
        row = http_row(first.name, endpoint.name, endpoint.example)
        inside = f"HTTP {row['http_ms']:.1f} ms, inside {row['inside_ms']:.1f} ms: overhead {row['overhead_ms']:.1f} ms"
        text.append(f"{row['endpoint']:21} {inside}")
    part = "\n".join([*text, "```"])
    print(part)
    if not options.models:
        REPORT.write_text(put(REPORT.read_text() if REPORT.is_file() else "", part))


if __name__ == "__main__":
    main()
