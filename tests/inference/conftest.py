from collections.abc import Callable, Iterator

import pytest

from gan_demos.inference import Engine

from .networks import NETWORKS, load


@pytest.fixture
def make_engine() -> Iterator[Callable[..., Engine]]:
    """`Engine` on the CPU with the networks of these tests; every engine made is closed at the end."""
    engines: list[Engine] = []

    def make(**options: object) -> Engine:
        engines.append(Engine(NETWORKS, **{"device": "cpu", "loader": load, **options}))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
