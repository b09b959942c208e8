"""Models load on first use and stay within a budget."""

import threading

import pytest
import torch

from gan_demos.errors import CheckpointError
from gan_demos.inference.models import choose_device, size_in_bytes

from .networks import Gate, Weights, keep, x


class Shelf:
    """A loader of `Weights` by name, which counts."""

    def __init__(self) -> None:
        self.loads: list[str] = []

    def __call__(self, name, networks):
        self.loads.append(name)
        return Weights(float(ord(name)))


def test_a_model_loads_on_first_use_and_once(make_engine):
    shelf = Shelf()
    engine = make_engine(loader=shelf)
    assert engine.stats()["loaded"] == {} and shelf.loads == []
    assert [float(engine.call("a", x(value))) for value in (0, 1)] == [97, 98]
    assert shelf.loads == ["a"]
    assert engine.stats()["loaded"] == {"a": 4096}
    assert engine.stats()["loaded_bytes"] == 4096


def test_a_model_is_in_eval_mode_and_frozen(make_engine):
    module = torch.nn.Sequential(torch.nn.Dropout(0.99), torch.nn.Linear(1, 1))
    engine = make_engine(loader=keep(dropout=module))
    one = engine.call("dropout", {"input": torch.ones(1)})
    assert torch.equal(one, engine.call("dropout", {"input": torch.ones(1)}))
    assert not module.training and not module[1].weight.requires_grad


def test_the_least_recently_used_model_goes_first_and_comes_back(make_engine):
    shelf = Shelf()
    engine = make_engine(loader=shelf, memory_budget=2 * 4096)
    for name in "abac":
        assert engine.call(name, x(0)) == ord(name)
    assert set(engine.stats()["loaded"]) == {"a", "c"}  # b was used longest ago, though loaded after a
    assert engine.call("b", x(0)) == ord("b")
    assert set(engine.stats()["loaded"]) == {"b", "c"}
    assert engine.stats()["loaded_bytes"] <= engine.stats()["memory_budget"]
    assert shelf.loads == ["a", "b", "c", "b"]


def test_a_model_larger_than_the_budget_still_answers(make_engine):
    shelf = Shelf()
    engine = make_engine(loader=shelf, memory_budget=100)
    for name in "aba":
        assert engine.call(name, x(0)) == ord(name)
    assert engine.stats()["loaded"] == {"a": 4096}


def test_warm_loads_in_the_background_after_everything_else(make_engine):
    order, gate = [], Gate()

    def loader(name, networks):
        order.append(name)
        return gate if name == "gate" else Weights()

    def job(models):
        order.append("slice")
        yield 0

    engine = make_engine(loader=loader)
    first = engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    warming = engine.warm(["warm 1", "warm 2"])
    stream = engine.run_job(job)
    short = engine.submit("short", x(0))
    gate.leave.set()
    for future in warming:
        future.result(30)
    assert (order[0], {*order[1:3]}, order[3:]) == ("gate", {"short", "slice"}, ["warm 1", "warm 2"])
    assert first.result(0) == short.result(0) == next(stream) == 0
    assert set(engine.stats()["loaded"]) == {"gate", "short", "warm 1", "warm 2"}


def test_a_request_that_came_after_the_round_began_still_goes_before_warming(make_engine):
    order, gate = [], Gate()

    def loader(name, networks):
        order.append(name)
        return gate if name == "gate" else Weights()

    engine = make_engine(loader=loader)
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    warming = engine.warm(["warm"])
    engine.submit("short", x(0))
    gate.leave.set()
    warming[0].result(30)
    assert order == ["gate", "short", "warm"]


def test_a_checkpoint_that_cannot_be_loaded_answers_only_its_own_requests(make_engine):
    gate, healed = Gate(), threading.Event()

    def loader(name, networks):
        if name == "damaged" and not healed.is_set():
            raise CheckpointError("checkpoints/damaged is damaged: build it again.")
        return gate if name == "gate" else Weights(1.0)

    engine = make_engine(loader=loader)
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    broken = [engine.submit("damaged", x(0)) for _ in range(3)]
    fine = engine.submit("fine", x(0))
    gate.leave.set()
    for ticket in broken:
        with pytest.raises(CheckpointError, match="build it again"):
            ticket.result(30)
    assert fine.result(30) == 1
    with pytest.raises(CheckpointError):
        engine.warm(["damaged"])[0].result(30)
    assert engine.stats()["models"]["damaged"]["errors"] == 3
    healed.set()
    assert engine.call("damaged", x(0)) == 1  # a failure is not remembered


def test_bytes_count_shared_weights_once():
    layer = torch.nn.Linear(10, 10, bias=False)
    assert size_in_bytes(torch.nn.Sequential(layer, layer)) == 400
    assert size_in_bytes(Weights()) == 4096


def test_device_names():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
