"""Answers that are asked for again and again: who tries seeds, sliders and styles does it with the same words."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from gan_demos.checkpoints import OWN_KEY

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """The last `size` answers, by key, of each engine, given by the weights that the checkpoints `models` have now: when their files are
    replaced and loaded anew, nothing is remembered of what was before. Safe from any thread. Nobody may write into an answer."""

    def __init__(self, size: int, *models: str) -> None:
        self._size, self._models = size, models
        self._lock = threading.Lock()
        self._engines: WeakKeyDictionary[Any, OrderedDict[Hashable, V]] = WeakKeyDictionary()

    def get(self, context: Any, keys: Iterable[K]) -> dict[K, V]:
        """What is known of `keys`. context: a request's `Context`, which must declare the checkpoints."""
        weights = self._weights(context)
        with self._lock:
            memory = self._engines.setdefault(context.engine, OrderedDict())
            return {key: memory[weights, key] for key in keys if (weights, key) in memory}

    def put(self, context: Any, answers: Mapping[K, V]) -> None:
        """Remember these, as the newest."""
        weights = self._weights(context)
        with self._lock:
            memory = self._engines.setdefault(context.engine, OrderedDict())
            for key, answer in answers.items():
                memory[weights, key] = answer
                memory.move_to_end((weights, key))
            while len(memory) > self._size:
                memory.popitem(last=False)

    def _weights(self, context: Any) -> Hashable:
        models = [context.model(name) for name in self._models]
        configs = [context.engine.config(model) or {} for model in models]  # none before it is first loaded
        return tuple((model, *config.get(OWN_KEY, {}).get("sha256", {}).values()) for model, config in zip(models, configs, strict=True))
