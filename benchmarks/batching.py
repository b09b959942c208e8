"""What batching brings: many clients at once against one engine that batches and one that does not."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from gan_demos.inference import Engine


def run(
    engine_factory: Callable[[int], Engine],
    model: str,
    make_inputs: Callable[[int], Mapping[str, Tensor]],
    clients: int = 32,
    requests_per_client: int = 8,
    max_batch: int = 32,
    method: str = "forward",
) -> dict[str, Any]:
    """Throughput of `method` of `model` with batches of up to `max_batch` and with batches of one.

    engine_factory: max_batch -> a new engine, closed here. make_inputs: a number -> one item's inputs.
    Returns `on` and `off`, each {per_second, latency_p50 in seconds, batch_sizes {size: forwards}}, and `speedup`, on over off.
    """
    result: dict[str, Any] = {"model": model, "clients": clients, "requests": clients * requests_per_client}
    for label, size in (("off", 1), ("on", max_batch)):
        with engine_factory(size) as engine:
            # Loading and the first forward of a shape are not what is compared.
            engine.call_many(model, [make_inputs(number) for number in range(clients)], method=method)
            before = engine.stats()["batch_sizes"]
            seconds, latencies = _drive(engine, model, make_inputs, clients, requests_per_client, method)
            after = engine.stats()["batch_sizes"]
        result[label] = {
            "per_second": clients * requests_per_client / seconds,
            "latency_p50": statistics.median(latencies),
            "batch_sizes": {size: count - before.get(size, 0) for size, count in after.items() if count > before.get(size, 0)},
        }
    result["speedup"] = result["on"]["per_second"] / result["off"]["per_second"]
    return result


def _drive(
    engine: Engine, model: str, make_inputs: Callable[[int], Mapping[str, Tensor]], clients: int, requests: int, method: str
) -> tuple[float, list[float]]:
    """Seconds until every client had all its answers, asking one after the other; and the latencies of all requests."""
    latencies: list[float] = []
    errors: list[BaseException] = []
    start = threading.Barrier(clients + 1)

    def client(first: int) -> None:
        inputs = [make_inputs(first + number) for number in range(requests)]
        start.wait()
        try:
            for item in inputs:
                began = time.perf_counter()
                engine.call(model, item, method=method, timeout=None)
                latencies.append(time.perf_counter() - began)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=(number * requests,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if errors:
        raise errors[0]
    return seconds, latencies
