"""What the engine has measured: batch sizes, latencies, errors."""

import bisect
import itertools
import math
import statistics
import threading
from collections import Counter, deque
from typing import Any

RECENT = 128  # measurements a median is taken over
GUESS_PER_ITEM = 0.05  # seconds, before anything was measured
WAITS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, math.inf)  # seconds: how long requests waited is counted in these steps


class Statistics:
    """Counts and medians of recent times. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batch_sizes: Counter[int] = Counter()
        self._answers: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._latencies: dict[str, deque[float]] = {}
        self._per_item: dict[str, deque[float]] = {}
        self._told = self._kept = 0
        self._waits = [0] * len(WAITS)
        self._waited = 0.0

    def batch(self, model: str, size: int, seconds: float) -> None:
        """One forward of `size` items took `seconds`."""
        with self._lock:
            self._batch_sizes[size] += 1
            self._per_item.setdefault(model, deque(maxlen=RECENT)).append(seconds / size)

    def answer(self, model: str, seconds: float, waited: float) -> None:
        """One request was answered `seconds` after it came in, of which it `waited` for its forward to begin."""
        with self._lock:
            self._waits[bisect.bisect_left(WAITS, waited)] += 1
            self._waited += waited
            self._answers[model] += 1
            self._latencies.setdefault(model, deque(maxlen=RECENT)).append(seconds)

    def error(self, model: str) -> None:
        with self._lock:
            self._errors[model] += 1

    def told(self, said: float, was: float) -> None:
        """One job waited `was` seconds in line, after its visitor was told of `said`."""
        with self._lock:
            self._told += 1
            self._kept += came_true(said, was)

    def seconds_per_item(self, model: str) -> float:
        """Median seconds of computing per item of `model`, batching included; a guess while nothing is known."""
        with self._lock:
            measured = self._per_item.get(model)
            return statistics.median(measured) if measured else GUESS_PER_ITEM

    def snapshot(self) -> dict[str, Any]:
        """`batch_sizes` {size: forwards}; `waits` {seconds: requests that waited as long at most}, `waited` seconds in all; `told`: jobs
        that waited in line, `kept`: those that waited half to twice as long as was told; `errors` in all; `models` {name: {count,
        errors, latency_p50, seconds_per_item}} (seconds)."""
        with self._lock:
            return {
                "batch_sizes": dict(sorted(self._batch_sizes.items())),
                "waits": dict(zip(WAITS, itertools.accumulate(self._waits), strict=True)),
                "waited": self._waited,
                "told": self._told,
                "kept": self._kept,
                "errors": self._errors.total(),
                "models": {
                    model: {
                        "count": self._answers[model],
                        "errors": self._errors[model],
                        "latency_p50": _median(self._latencies.get(model)),
                        "seconds_per_item": _median(self._per_item.get(model)),
                    }
                    for model in sorted({*self._answers, *self._errors, *self._per_item})
                },
            }


def came_true(said: float, was: float) -> bool:
    """Whether somebody who was told to wait `said` seconds waited half to twice as long; less than one is one, for that is what is said."""
    said, was = max(1.0, said), max(1.0, was)
    return was <= 2 * said and said <= 2 * was


def _median(values: deque[float] | None) -> float | None:
    return statistics.median(values) if values else None
