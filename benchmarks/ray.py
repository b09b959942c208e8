"""`python -m benchmarks.ray`: what a replica of the Ray backend answers in a second, and what two answer, on a cluster of this machine.

For the model that each endpoint's example ends in: many clients ask one after the other, of this process with one thread of torch, then
of 1, 2, … replicas with one core each. Beside answers a second stands what an answer costs this process: for itself all of it, with
replicas what the front pays. The front and the clients need a core too: where there is none left for them, 2 replicas gain less.
"""

import argparse
import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.__main__ import Recorder
from gan_demos import application, catalog, demo
from gan_demos.inference import Engine

ENDPOINTS = ("sound/digit", "faces/faces", "pictures/pictures")


def question(engine: Engine, endpoint: str) -> tuple[str, str, Mapping[str, Tensor]]:
    """The model, the method and one item's inputs that the endpoint's example ends in."""
    name, _, which = endpoint.partition("/")
    recorder = Recorder(engine)
    demo.run(catalog.get(name), which, catalog.get(name).endpoints[which].example, recorder)
    model, (method, inputs) = list(recorder.seen.items())[-1]
    return model, method, inputs


def measure(engine: Engine, row: Mapping[str, Any], clients: int, seconds: float) -> dict[str, float]:
    """Answers a second to clients that ask one after the other, once all is warm, and this process's milliseconds of a core for each."""
    model, method, inputs = row["model"], row["method"], row["inputs"]
    engine.call_many(model, [inputs] * 2 * clients, method, timeout=None)
    counts, errors = [0] * clients, []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        try:
            while time.perf_counter() < end:
                engine.call(model, inputs, method, timeout=None)
                counts[number] += 1
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    began, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    answers = sum(counts)
    return {"per_second": answers / (time.perf_counter() - began), "own_ms": 1000 * (time.process_time() - worked) / answers}


def show(endpoint: str, row: Mapping[Any, Any], where: Any) -> None:
    found, one = row[where], row.get(1)
    gain = f", {found['per_second'] / one['per_second']:.2f}x of one" if one and where not in ("here", 1) else ""
    place = where if where == "here" else f"replicas: {where}"
    what = f"{endpoint:18} {row['model']}.{row['method']:8} {place:12}"
    print(f"{what} {found['per_second']:7.1f}/s, {found['own_ms']:6.1f} ms of this process an answer{gain}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", nargs="+", default=ENDPOINTS, metavar="DEMO/ENDPOINT")
    parser.add_argument("--replicas", nargs="*", type=int, default=(1, 2))
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--gpus", type=float, default=0.0, help="of each replica; a fraction shares one")
    parser.add_argument("--address", default="local", help="a cluster that runs already, or local")
    parser.add_argument("--out", type=Path, help="a JSON file for the numbers")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    rows: dict[str, dict[str, Any]] = {}
    with application.make_engine() as engine:
        for endpoint in options.endpoints:
            model, method, inputs = question(engine, endpoint)
            rows[endpoint] = {"model": model, "method": method, "inputs": inputs}
            rows[endpoint]["here"] = measure(engine, rows[endpoint], options.clients, options.seconds)
            show(endpoint, rows[endpoint], "here")
    for count in options.replicas:
        cluster = {"address": options.address, "replicas": (count, count), "gpus": options.gpus, "start_seconds": 600}
        with application.make_engine(ray=cluster) as engine:
            for endpoint, row in rows.items():
                row[count] = measure(engine, row, options.clients, options.seconds)
                show(endpoint, row, count)
    if options.out:
        for row in rows.values():
            del row["inputs"]
        options.out.write_text(json.dumps({"cores": os.cpu_count(), "clients": options.clients, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
