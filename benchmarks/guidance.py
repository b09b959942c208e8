"""What a picture costs, how fast guidance goes, and what another visitor's sound request takes meanwhile."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.ways import median_ms
from gan_demos import catalog, demo
from gan_demos.demos.pictures import generate
from gan_demos.inference import Engine

PICTURE = {"prompt": "a red apple", "count": 1, "candidates": 1}
GUIDED = {"prompt": "a red apple", "steps": 200, "strength": 1.0}
# What the issue of this tab asks for
BARS = {"picture_ms": 250.0, "steps_per_second": 12.0, "longest_gap_ms": 500.0, "ratio": 3.0}


def run(engine: Engine, seconds: float = 6.0) -> dict[str, Any]:
    """Medians in ms: `picture_ms` of one picture end to end; `sound_idle_ms` and `sound_guided_ms` of a drum and their `ratio`, the latter
    while guidance runs; `steps_per_second` of guidance alone and `guided_steps_per_second` beside the drums; `longest_gap_ms` between
    two previews of guidance alone."""
    pictures, sound = catalog.get("pictures"), catalog.get("sound")
    result: dict[str, Any] = {"bars": BARS}
    result["picture_ms"] = _median_ms(lambda seed: demo.run(pictures, "pictures", {**PICTURE, "seed": seed}, engine), seconds)

    def drum(seed: int) -> None:
        demo.run(sound, "drum", {**sound.endpoints["drum"].example, "seed": seed}, engine, owner="visitor")

    result["sound_idle_ms"] = _median_ms(drum, seconds)
    gaps = _gaps(engine, seconds)
    result["steps_per_second"], result["longest_gap_ms"] = len(gaps) / sum(gaps), 1000 * max(gaps)
    beside: list[float] = []
    guided = threading.Thread(target=lambda: beside.extend(_gaps(engine, 2 * seconds)))
    guided.start()
    _wait(lambda: engine.stats()["jobs"])
    result["sound_guided_ms"] = _median_ms(drum, seconds)
    guided.join()
    result["guided_steps_per_second"] = len(beside) / sum(beside)
    result["ratio"] = result["sound_guided_ms"] / result["sound_idle_ms"]
    return result


def lines(result: dict[str, Any]) -> Iterable[str]:
    """The result in words, each number beside its bar."""
    bars = result["bars"]
    yield f"one picture           {result['picture_ms']:8.1f} ms (bar {bars['picture_ms']:.0f})"
    yield f"guidance              {result['steps_per_second']:8.1f} steps/s (bar {bars['steps_per_second']:.0f})"
    yield f"longest wait          {result['longest_gap_ms']:8.1f} ms between two previews (bar {bars['longest_gap_ms']:.0f})"
    yield (
        f"a drum meanwhile      {result['sound_guided_ms']:8.1f} ms, idle {result['sound_idle_ms']:.1f} ms: {result['ratio']:.2f}x "
        f"(bar {bars['ratio']:.0f}x); guidance then {result['guided_steps_per_second']:.1f} steps/s"
    )


def _gaps(engine: Engine, seconds: float) -> list[float]:
    """Guidance over and over for so long: the seconds between each two previews of a run."""
    gaps, end, seed = [], time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        seed += 1
        context, request = demo.prepare(catalog.get("pictures"), "guide", {**GUIDED, "seed": seed}, engine, owner="guided")
        last = None
        for found in generate.stream(context, request):
            now = time.perf_counter()
            if not isinstance(found, generate.Preview) or now > end:
                break
            if last is not None:
                gaps.append(now - last)
            last = now
    return gaps


def _wait(condition: Callable[[], Any]) -> None:
    while not condition():
        time.sleep(0.005)


def _median_ms(run: Callable[[int], Any], seconds: float) -> float:
    """Median milliseconds of `run(seed)`, each time with another seed."""
    seeds = itertools.count()
    return median_ms(lambda: run(next(seeds)), seconds, 10)
