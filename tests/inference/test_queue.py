"""One bounded queue: full, cancelled, too late, closed; nobody is left hanging."""

import math
import re
import threading
import time

import pytest
import torch

from gan_demos.errors import BusyError, CancelledError, UserError
from gan_demos.inference import part_of
from gan_demos.inference.statistics import Statistics

from .networks import Gate, Recorder, keep, x


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.leave.set()


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def held(make_engine, gate, recorder):
    """An engine of queue size 4 whose worker is inside the gate's forward."""
    engine = make_engine(loader=keep(gate=gate, recorder=recorder), max_queue=4)
    engine.submit("gate", x(0), owner="holder")
    assert gate.entered.wait(30)
    return engine


def test_a_full_queue_says_busy_at_once_and_when_to_come_back(held, gate):
    tickets = [held.submit("recorder", x(value)) for value in range(4)]
    with pytest.raises(BusyError, match=r"^Busy: try again in about \d+ s\.$") as caught:
        held.call("recorder", x(4))
    assert caught.value.retry_seconds == int(re.search(r"(\d+) s", str(caught.value))[1]) >= 1
    gate.leave.set()
    assert [float(ticket.result(30)) for ticket in tickets] == [0, 1, 2, 3]
    assert held.call("recorder", x(4)) == 4  # there is room again


def test_one_visitor_gets_half_of_the_places_and_others_the_rest(held, gate):
    tickets = [held.submit("recorder", x(value), owner="greedy") for value in range(2)]
    with pytest.raises(BusyError, match=r"^Busy with what you asked for before: try again in about \d+ s\.$"):
        held.submit("recorder", x(2), owner="greedy")
    tickets += [held.submit("recorder", x(2), owner="other"), held.submit("recorder", x(3))]
    gate.leave.set()
    assert [float(ticket.result(30)) for ticket in tickets] == [0, 1, 2, 3]
    assert held.call("recorder", x(4), owner="greedy") == 4


def test_a_visitors_parts_share_their_half_of_the_places(held, gate):
    tickets = [held.submit("recorder", x(value), owner=part_of("greedy", f"tab {value}")) for value in range(2)]
    with pytest.raises(BusyError, match="with what you asked for before"):
        held.submit("recorder", x(2), owner=part_of("greedy", "another"))
    tickets.append(held.submit("recorder", x(2), owner=part_of("greed", "tab 0")))
    gate.leave.set()
    assert [float(ticket.result(30)) for ticket in tickets] == [0, 1, 2]


def test_stopping_a_part_leaves_the_visitors_other_parts_and_leaving_takes_all(held, gate):
    owners = (part_of("a", "faces"), part_of("a", "sound"), part_of("ab", "faces"))
    faces, sound, other = (held.submit("recorder", x(value), owner=owner) for value, owner in enumerate(owners))
    assert held.cancel(part_of("a", "faces")) == 1
    with pytest.raises(CancelledError):
        faces.result(30)
    assert held.cancel("a") == 1
    with pytest.raises(CancelledError):
        sound.result(30)
    gate.leave.set()
    assert float(other.result(30)) == 2


def test_call_many_that_does_not_fit_leaves_nothing_behind(held, gate):
    held.submit("recorder", x(0))
    with pytest.raises(BusyError):
        held.call_many("recorder", [x(value) for value in range(4)])
    assert held.stats()["queue"] == {"waiting": 1, "running": 1, "capacity": 4}


def test_position_counts_who_is_ahead_and_estimates_from_measured_times(held, gate, recorder):
    first, second = held.submit("recorder", x(1)), held.submit("recorder", x(2))
    ahead, seconds = first.position()
    assert ahead == 1  # the one at work
    assert second.position()[0] == 2
    assert second.position()[1] > seconds > 0
    gate.leave.set()
    second.result(30)
    assert second.position() == (0, 0.0)


def test_estimates_are_medians_of_seconds_per_item():
    statistics = Statistics()
    assert statistics.seconds_per_item("a") > 0
    for size, seconds in [(4, 8.0), (1, 2.0), (2, 400.0)]:
        statistics.batch("a", size, seconds)
    assert statistics.seconds_per_item("a") == 2.0
    assert statistics.snapshot()["batch_sizes"] == {1: 1, 2: 1, 4: 1}


def test_cancel_drops_the_owners_waiting_requests_and_no_others(held, gate, recorder):
    mine = [held.submit("recorder", x(value), owner="me") for value in (1, 2)]
    theirs, nobodys = held.submit("recorder", x(3), owner="you"), held.submit("recorder", x(4))
    assert held.cancel("stranger") == held.cancel(None) == 0
    assert held.cancel("me") == 2
    for ticket in mine:
        with pytest.raises(CancelledError):
            ticket.result(30)
    gate.leave.set()
    assert (theirs.result(30), nobodys.result(30)) == (3, 4)
    assert recorder.batches == [[3.0, 4.0]]  # the cancelled ones were never computed


def test_a_ticket_is_cancelled_by_its_owner_only(held, gate, recorder):
    ticket = held.submit("recorder", x(1), owner="me")
    assert not ticket.cancel("you")
    assert not ticket.cancel()
    assert ticket.cancel("me")
    assert not ticket.cancel("me")
    with pytest.raises(CancelledError):
        ticket.result(30)
    anonymous = held.submit("recorder", x(2))
    assert anonymous.cancel()
    gate.leave.set()
    assert held.call("recorder", x(3)) == 3
    assert recorder.batches == [[3.0]]


def test_a_caller_whose_time_is_up_gets_busy_and_its_work_is_dropped(held, gate, recorder):
    with pytest.raises(BusyError, match="did not come in time: try again in about"):
        held.call("recorder", x(1), timeout=0.01)
    with pytest.raises(BusyError):
        held.call_many("recorder", [x(2), x(3)], timeout=0.01)
    assert held.stats()["queue"]["waiting"] == 0
    gate.leave.set()
    assert held.call("recorder", x(4)) == 4
    assert recorder.batches == [[4.0]]


def test_a_timeout_error_of_the_network_is_not_taken_for_the_callers(make_engine):
    class Slow(torch.nn.Module):
        def forward(self, x):
            raise TimeoutError("inside")

    with pytest.raises(TimeoutError, match="inside"):
        make_engine(loader=keep(slow=Slow())).call("slow", x(0))


def test_close_answers_what_runs_fails_what_waits_and_refuses_what_comes(make_engine):
    gate = Gate()
    engine = make_engine(loader=keep(gate=gate, recorder=Recorder()))
    running = engine.submit("gate", x(1))
    assert gate.entered.wait(30)
    waiting = engine.submit("recorder", x(2))
    warming = engine.warm(["recorder"])[0]
    closing = threading.Thread(target=engine.close)
    closing.start()
    for pending in (waiting.result, warming.result):
        with pytest.raises(UserError, match="shutting down"):
            pending(30)
    gate.leave.set()
    closing.join(30)
    assert not closing.is_alive()
    assert running.result(0) == 1
    for refused in (lambda: engine.call("recorder", x(3)), lambda: engine.run_job(iter), lambda: engine.warm(["recorder"])):
        with pytest.raises(UserError, match="shutting down"):
            refused()
    engine.close()  # a second time does no harm


def test_an_engine_never_used_closes(make_engine):
    with make_engine() as engine:
        assert engine.stats()["queue"]["waiting"] == 0


def test_waits_are_counted_by_how_long_they_were(held, gate):
    statistics = Statistics()
    for waited in (0.02, 0.5, 99.0):
        statistics.answer("a", waited + 0.001, waited)
    waits = statistics.snapshot()["waits"]
    assert (waits[0.01], waits[0.03], waits[0.3], waits[1.0], waits[math.inf]) == (0, 1, 1, 2, 3)
    ticket, since = held.submit("recorder", x(1)), time.perf_counter()
    gate.leave.wait(0.05)
    waited = time.perf_counter() - since
    gate.leave.set()
    ticket.result(30)
    stats = held.stats()
    assert stats["waited"] >= waited and stats["waits"][math.inf] == 2


def test_what_a_forward_takes_is_no_waiting(held, gate):
    since = time.perf_counter()
    gate.leave.wait(0.05)
    worked = time.perf_counter() - since
    gate.leave.set()
    assert float(held.call("recorder", x(1))) == 1
    stats = held.stats()
    ages = sum(stats["models"][model]["latency_p50"] for model in ("gate", "recorder"))
    assert stats["waited"] <= ages - worked
