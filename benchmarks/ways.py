"""Ways to compute one network, what each takes, and how much of what the machine can do that is."""

import contextlib
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

BATCHES = (1, 8, 32, 128)  # more than a GPU needs to be busy with the largest of our networks
APP = "as the app"  # fp32, contiguous, operation by operation
HALF, LAST, BOTH, COMPILED, GRAPH = "bf16", "channels last", "bf16, channels last", "torch.compile", "CUDA graph"

Run = Callable[[Mapping[str, Tensor]], Tensor]


def ways(device: torch.device) -> tuple[str, ...]:
    """The ways that there are on a device."""
    return (APP, LAST, HALF, BOTH, COMPILED, *((GRAPH,) if device.type == "cuda" else ()))


def first_of(outputs: Tensor | dict[str, Tensor]) -> Tensor:
    """A network's output, or the first of several."""
    return next(iter(outputs.values())) if isinstance(outputs, dict) else outputs


def prepare(way: str, module: nn.Module, method: str, batch: Mapping[str, Tensor]) -> Run:
    """`module.method` computed so. `module` is changed: take a fresh one for each way. batch: inputs of the shapes that will be asked."""
    run = getattr(module, method)
    if way in (LAST, BOTH):
        module.to(memory_format=torch.channels_last)
    if way == COMPILED:
        torch.compiler.reset()
        run = torch.compile(run, dynamic=False)
    if way == GRAPH:
        return _captured(run, batch)
    device = next(iter(batch.values())).device.type

    def computed(inputs: Mapping[str, Tensor]) -> Tensor:
        with torch.autocast(device, torch.bfloat16) if way in (HALF, BOTH) else contextlib.nullcontext():
            return first_of(run(**inputs))

    return computed


def _captured(run: Callable[..., Any], batch: Mapping[str, Tensor]) -> Run:
    """All kernels of one forward as one launch; the inputs are copied to where it reads them."""
    kept = {name: value.clone() for name, value in batch.items()}
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # what a library sets up at its first call cannot be captured
        for _ in range(3):
            run(**kept)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = first_of(run(**kept))

    def replayed(inputs: Mapping[str, Tensor]) -> Tensor:
        for name, value in inputs.items():
            kept[name].copy_(value)
        graph.replay()
        return output

    return replayed


def median_ms(run: Callable[[], object], seconds: float = 1.5, least: int = 5, device: torch.device | None = None) -> float:
    """Median milliseconds of `run` after a warm-up call; on CUDA until the device is done."""
    done = torch.cuda.synchronize if device is not None and device.type == "cuda" else lambda: None
    run()
    done()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        done()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def ceilings(device: torch.device) -> dict[str, float]:
    """What the machine can do: "fp32" and "bf16", floating-point operations a second of a matrix product, the best of some sizes, with
    TF32 off as in the app; "copy", bytes a second, read and written, of copying what no cache holds."""
    found = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        best = 0.0
        for side in (512, 1024, 2048) if device.type == "cpu" else (4096, 8192):
            a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
            best = max(best, 2 * side**3 / median_ms(lambda a=a, b=b: a @ b, 0.5, device=device) * 1000)
        found[name] = best
    source = torch.zeros(1 << 26 if device.type == "cpu" else 1 << 29, dtype=torch.float32, device=device)
    target = torch.empty_like(source)
    found["copy"] = 2 * source.numel() * 4 / median_ms(lambda: target.copy_(source), 0.5, device=device) * 1000
    return found


def work(module: nn.Module, method: str, batch: Mapping[str, Tensor]) -> dict[str, float]:
    """What one forward cannot do without: "flops" of its products and convolutions, and "bytes": every weight, input and output once."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        output = first_of(getattr(module, method)(**batch))
    tensors = [*module.parameters(), *module.buffers(), *batch.values(), output]
    return {"flops": counter.get_total_flops(), "bytes": sum(tensor.numel() * tensor.element_size() for tensor in tensors)}


def measure(
    load: Callable[[], nn.Module], method: str, item: Mapping[str, Tensor], device: torch.device, limits: Mapping[str, float],
    seconds: float = 1.0, skip: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """One network every way. load: a fresh module; item: one item's inputs, on the CPU; limits: as `ceilings` gives them.

    Returns {way: {"ms" (one item), "batch" and "per_second" (the best of `BATCHES`), "difference" (largest to the app's way, as a share
    of its largest value)}}, a way that failed as {"problem": what it said}; and under `APP` also "matmul" and "copy": which share of the
    ceilings it reaches, the first at the best batch, the second with one item.
    """
    batches = {size: {name: torch.stack([value] * size).to(device) for name, value in item.items()} for size in BATCHES}
    rows: dict[str, Any] = {}
    expected: Tensor | None = None
    with torch.inference_mode():
        for way in ways(device):
            if way in skip:
                continue
            try:
                # One set-up for each size that is fixed in it
                module = load().to(device)
                run = prepare(way, module, method, batches[1])
                made = run(batches[1]).float().clone()
                row: dict[str, Any] = {"ms": median_ms(lambda run=run: run(batches[1]), seconds, device=device)}
                row |= {"batch": 1, "per_second": 1000 / row["ms"]}
                for size in BATCHES[1:]:
                    run = prepare(way, load().to(device), method, batches[size]) if way in (COMPILED, GRAPH) else run
                    per_second = 1000 * size / median_ms(lambda run=run, size=size: run(batches[size]), seconds, 3, device)
                    if per_second < 1.03 * row["per_second"]:  # more at once takes as long: the machine is full
                        break
                    row |= {"batch": size, "per_second": per_second}
            except Exception as error:  # compilers fail in many ways, and a benchmark goes on
                rows[way] = {"problem": f"{type(error).__name__}: {str(error).splitlines()[0][:80] if str(error) else ''}"}
                continue
            expected = made if expected is None else expected
            row["difference"] = float((made - expected).abs().max() / expected.abs().max().clamp_min(1e-9))
            rows[way] = row
    found = work(load().to(device), method, batches[1])
    own = rows[APP]
    own["matmul"] = found["flops"] * own["per_second"] / limits["fp32"]
    own["copy"] = found["bytes"] / own["ms"] * 1000 / limits["copy"]
    return rows
