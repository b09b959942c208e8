"""Out of memory, poisonous requests, a worker that breaks off: only those are hit whom it concerns."""

import logging

import pytest
import torch
from torch import nn

from gan_demos.errors import UserError
from gan_demos.inference.models import is_out_of_memory

from .networks import Gate, Recorder, keep, x


class Hungry(nn.Module):
    """Identity for up to `room` items; above that it asks the real allocator for more than there is."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.tried: list[int] = []

    def forward(self, x):
        self.tried.append(len(x))
        if len(x) > self.room:
            torch.empty(1 << 60, dtype=torch.uint8)
        return x.clone()


class Poisonable(nn.Module):
    """Identity that raises when an item is negative."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error

    def forward(self, x):
        if (x < 0).any():
            raise self.error("negative")
        return x.clone()


def test_out_of_memory_halves_the_batch_until_it_fits(make_engine):
    hungry = Hungry(room=3)
    answers = make_engine(loader=keep(hungry=hungry)).call_many("hungry", [x(value) for value in range(16)])
    assert [float(answer) for answer in answers] == list(range(16))
    assert hungry.tried == [16, 8, 4, 2, 2, 4, 2, 2, 8, 4, 2, 2, 4, 2, 2]


def test_one_item_too_large_alone_fails_alone(make_engine):
    class Selective(Hungry):
        def forward(self, x):
            if (x == 2).any():
                torch.empty(1 << 60, dtype=torch.uint8)
            return x.clone()

    gate = Gate()
    engine = make_engine(loader=keep(gate=gate, hungry=Selective(0)))
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    tickets = [engine.submit("hungry", x(value)) for value in range(5)]
    gate.leave.set()
    for value, ticket in enumerate(tickets):
        if value == 2:
            with pytest.raises(UserError, match="does not fit into the memory"):
                ticket.result(30)
        else:
            assert ticket.result(30) == value
    assert engine.stats()["errors"] == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error, expected):
    assert is_out_of_memory(error) is expected


def test_a_poisonous_request_does_not_fail_its_neighbours(make_engine, caplog):
    gate = Gate()
    engine = make_engine(loader=keep(gate=gate, poisonable=Poisonable(ValueError)))
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    values = [0, 1, -2, 3, 4, 5, -6]
    tickets = [engine.submit("poisonable", x(value)) for value in values]
    gate.leave.set()
    for value, ticket in zip(values, tickets, strict=True):
        if value < 0:
            with pytest.raises(ValueError, match="negative"):
                ticket.result(30)
        else:
            assert ticket.result(30) == value
    assert engine.stats()["models"]["poisonable"]["errors"] == 2
    assert engine.stats()["models"]["poisonable"]["count"] == 5


def test_a_method_or_argument_that_is_not_there_is_told_to_who_asked(make_engine):
    engine = make_engine()
    with pytest.raises(AttributeError, match="nothing"):
        engine.call("recorder", x(0), method="nothing")
    with pytest.raises(TypeError, match="unexpected"):
        engine.call("recorder", {"y": torch.zeros(1)})
    with pytest.raises(KeyError, match="unknown"):
        engine.call("unknown", x(0))
    assert engine.call("recorder", x(1)) == 1


@pytest.mark.parametrize("where", ["forward", "loader", "warm", "job"])
def test_a_worker_that_breaks_off_leaves_nobody_waiting_and_goes_on(make_engine, caplog, where):
    def loader(name, networks):
        if name == "fatal":
            raise SystemExit("loader")
        return Poisonable(SystemExit) if name == "poisonable" else Recorder()

    def job(models):
        yield 1
        raise SystemExit("job")

    engine = make_engine(loader=loader)
    with caplog.at_level(logging.ERROR, "gan_demos.inference"):
        if where == "warm":
            with pytest.raises(SystemExit):
                engine.warm(["fatal"])[0].result(30)
        else:
            with pytest.raises(UserError, match="broke off"):
                if where == "job":
                    list(engine.run_job(job))
                else:
                    engine.call(*(("poisonable", x(-1)) if where == "forward" else ("fatal", x(0))), timeout=30)
        assert engine.call("recorder", x(1), timeout=30) == 1
    assert "broke off" in caplog.text
    assert engine.stats()["jobs"] == []
    assert engine.stats()["queue"]["waiting"] == 0
