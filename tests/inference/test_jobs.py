"""Long jobs run in slices between short requests, and belong to their owners."""

import gc
import math
import re
import threading
from contextlib import closing
from types import SimpleNamespace

import pytest
import torch

from gan_demos.errors import BusyError, CancelledError, UserError
from gan_demos.inference import jobs, part_of
from gan_demos.inference.jobs import GUESS
from gan_demos.inference.statistics import Statistics

from .networks import Gate, Recorder, Weights, keep, x


class Noting(Recorder):
    """Notes each of its forwards in `order`."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def forward(self, x):
        self.order.append("short")
        return x.clone()


def endless(models):
    value = 0
    while True:
        yield value
        value += 1


def test_a_job_gives_everything_it_yields_in_order(make_engine):
    def job(models):
        for value in range(20):
            yield {"value": value, "tensor": models.call("recorder", x=torch.full((3,), float(value)))}

    progress = list(make_engine().run_job(job, name="walk"))
    assert [step["value"] for step in progress] == list(range(20))
    assert torch.equal(progress[7]["tensor"], torch.full((3,), 7.0))


def test_short_requests_run_between_slices_and_slices_between_short_requests(make_engine):
    order = []
    inside, go_on = threading.Event(), threading.Event()

    def job(models):
        for number in range(3):
            if number == 0:
                inside.set()
                assert go_on.wait(30)
            order.append(f"slice {number}")
            yield number

    engine = make_engine(loader=keep(one=Noting(order), two=Noting(order)))
    stream = engine.run_job(job)
    assert inside.wait(30)
    tickets = [engine.submit("one", x(0)), engine.submit("two", x(0))]
    go_on.set()
    for ticket in tickets:
        ticket.result(30)
    assert list(stream) == [0, 1, 2]
    assert order == ["slice 0", "short", "short", "slice 1", "slice 2"]


def test_a_pause_lets_others_go_first_and_is_not_told_to_the_reader(make_engine):
    order = []
    inside, go_on = threading.Event(), threading.Event()

    def job(models):
        inside.set()
        assert go_on.wait(30)
        for number in range(4):  # more of them than values that may wait for a reader
            order.append(f"pause {number}")
            yield None
        yield "made"

    engine = make_engine(loader=keep(one=Noting(order)))
    stream = engine.run_job(job)
    assert inside.wait(30)
    ticket = engine.submit("one", x(0))
    go_on.set()
    ticket.result(30)
    assert list(stream) == ["made"]
    assert order == ["pause 0", "short", "pause 1", "pause 2", "pause 3"]


def test_an_endless_stream_of_short_requests_does_not_starve_a_job(make_engine):
    """A network that queues a new request in every forward: the queue is never empty until the job has run."""
    advanced = threading.Event()
    tickets = []

    class Busy(torch.nn.Module):
        def forward(self, x):
            if not advanced.is_set() and len(tickets) < 1000:
                worker = threading.Thread(target=lambda: tickets.append(engine.submit("busy", {"x": torch.zeros(())})))
                worker.start()
                worker.join()
            return x.clone()

    def job(models):
        advanced.set()
        yield "done"

    engine = make_engine(loader=keep(busy=Busy(), gate=(gate := Gate())), max_queue=2000)
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    tickets.append(engine.submit("busy", x(0)))
    stream = engine.run_job(job)
    gate.leave.set()
    assert next(stream) == "done"
    assert len(tickets) < 10


def test_several_jobs_take_turns(make_engine):
    order = []
    gate = Gate()

    def counting(name):
        def job(models):
            for _ in range(2):
                order.append(name)
                yield name

        return job

    engine = make_engine(loader=keep(gate=gate))
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    streams = [engine.run_job(counting(name)) for name in "abc"]
    gate.leave.set()
    assert [list(stream) for stream in streams] == [["a", "a"], ["b", "b"], ["c", "c"]]
    assert order[:6] == ["a", "b", "c", "a", "b", "c"]


def test_a_job_nobody_reads_is_not_advanced_and_blocks_nobody(make_engine):
    produced = []

    def job(models):
        for value in range(100):
            produced.append(value)
            yield value

    engine = make_engine()
    stream = engine.run_job(job)
    assert next(stream) == 0
    for value in range(20):
        assert engine.call("recorder", x(value)) == value  # every one a round in which the job could have had its slice
    assert len(produced) <= 4
    assert list(stream) == list(range(1, 100))


def test_cancel_stops_the_owners_job_and_nobody_elses(make_engine):
    engine = make_engine()
    mine = engine.run_job(endless, owner=part_of("me", "faces"), name="my walk")
    theirs = engine.run_job(endless, owner=part_of("you", "faces"))
    nobodys = engine.run_job(endless)
    assert [next(mine), next(theirs), next(nobodys)] == [0, 0, 0]
    assert engine.cancel(None) == engine.cancel("stranger") == engine.cancel("m") == engine.cancel(part_of("me", "pictures")) == 0
    assert engine.cancel("me") == 1
    with pytest.raises(CancelledError, match="my walk"):
        next(mine)
    with pytest.raises(StopIteration):
        next(mine)
    assert [next(theirs) for _ in range(10)] == list(range(1, 11))
    assert [next(nobodys) for _ in range(10)] == list(range(1, 11))


def test_a_reader_that_waits_is_woken_by_cancel(make_engine):
    gate = Gate()
    engine = make_engine(loader=keep(gate=gate))

    def job(models):
        models.call("gate", x=torch.zeros(1))
        yield 0

    errors = []

    def read():
        try:
            next(stream)
        except CancelledError as error:
            errors.append(error)

    stream = engine.run_job(job, owner="me")
    assert gate.entered.wait(30)
    reader = threading.Thread(target=read)
    reader.start()
    assert engine.cancel("me") == 1
    reader.join(30)  # although the slice still runs
    assert len(errors) == 1
    gate.leave.set()


def test_a_wait_is_told_by_the_slices_that_are_left_and_the_time_they_take_now(monkeypatch):
    now, told = 0.0, []
    monkeypatch.setattr(jobs, "time", SimpleNamespace(perf_counter=lambda: now))
    line = jobs.Jobs(2, 3, threading.Condition(threading.RLock()), statistics := Statistics())

    def work(rounds, seconds):
        nonlocal now
        for _ in range(rounds):
            job = line.take()
            now += seconds
            line.put(job, None)
            if job.done_slices == job.all_slices:
                line.finish(job)
            line.give_back(job)

    streams = [line.start(endless, "walk", None, slices=slices) for slices in (40, 60)]
    work(4, 5.0)  # a slow beginning
    work(34, 1.0)  # nineteen slices each, by now: a turn of both takes two seconds
    streams += [line.start(endless, "walk", who, told.append, slices) for who, slices in (("me", 5), ("me", 50), (None, None))]
    with pytest.raises(BusyError, match=r"before: try again in about 52 s\.$"):  # when the first of them is over, which waits 42 s
        line.start(endless, "walk", "me")
    with pytest.raises(BusyError, match=r"try again in about 42 s\.$"):
        line.start(endless, "walk", None)
    seconds = [int(re.search(r"(\d+) s\.$", one)[1]) for one in told]
    assert seconds == [42, 52, 82], "21 and 41 slices are left; in the first one's place 5 more, and then 50"
    begun = []
    monkeypatch.setattr(statistics, "told", lambda said, was: begun.append((said, was)))
    work(86, 1.0)
    assert len(begun) == 3 and all(abs(said - was) < 2.5 for said, was in begun), begun


def test_of_those_who_leave_early_the_wait_is_told_shorter(monkeypatch):
    now, told = 0.0, []
    monkeypatch.setattr(jobs, "time", SimpleNamespace(perf_counter=lambda: now))
    line = jobs.Jobs(1, 5, threading.Condition(threading.RLock()), Statistics())

    def work(rounds):
        nonlocal now
        for _ in range(rounds):
            while (job := line.take()).over:
                pass  # it is forgotten now
            now += 1.0
            line.put(job, None)
            if job.done_slices == job.all_slices:
                line.finish(job)
            line.give_back(job)

    def ask():
        return line.start(endless, "walk", None, lambda said: told.append(int(re.search(r"(\d+) s\.$", said)[1])), 20)

    stayed = ask()
    work(20)
    for _ in range(3):  # three begin and leave after one slice of twenty, ...
        stream = ask()
        work(1)
        stream.close()
    stayed = ask()
    work(2)
    leavers = [ask() for _ in range(3)]
    fresh = 20 * (1 + 3 * 0.05 + 1) / 5  # the one who stayed, the three who left, and one that stays for good measure
    assert told == [math.ceil(18 + many * fresh) for many in range(3)], "who has come further than they goes on to the end"
    now += 5.0
    for stream in leavers:
        stream.close()  # ... and three leave the line after five seconds
    waiting = [ask()]
    now += 2.0
    waiting += [ask(), ask()]
    older, fresh = 20 * (1 + 3 * 0.0 + 1) / 5, 20 * (1 + 3 * 0.05 + 3 * 0.0 + 1) / 8  # who has waited two seconds may leave after five
    assert told[3:] == [18, math.ceil(18 + older), math.ceil(18 + older + fresh)]
    stayed.close()


def test_of_a_job_without_a_number_of_slices_nothing_is_known(make_engine):
    engine = make_engine(max_jobs=1, max_line=0)
    with closing(engine.run_job(endless)) as stream:
        assert next(stream) == 0
        with pytest.raises(BusyError) as caught:
            engine.run_job(endless, slices=1)
        assert GUESS / 2 <= caught.value.retry_seconds <= GUESS


def test_jobs_wait_in_line_and_begin_in_order(make_engine):
    engine, begun, told = make_engine(max_jobs=1, max_line=2), [], []

    def job(name):
        def slices(models):
            begun.append(name)
            yield from endless(models)

        return slices

    streams = [engine.run_job(job(name), name=name, tell=told.append) for name in "abc"]
    assert next(streams[0]) == 0
    assert begun == ["a"] and engine.stats()["jobs_waiting"] == 2
    assert [one["name"] for one in engine.stats()["jobs"]] == ["a"]
    with pytest.raises(BusyError, match=r"^Busy with 3 long jobs: try again in about \d+ s\.$"):
        engine.run_job(job("d"))
    first, second = (int(re.search(r"(\d+) s\.$", one)[1]) for one in told)
    assert "yours is the next" in told[0] and "1 more" in told[1], told
    assert GUESS / 2 <= first <= GUESS and GUESS * 1.5 <= second <= 2 * GUESS, told
    streams[0].close()
    assert next(streams[1]) == 0
    assert begun == ["a", "b"]
    streams[1].close()
    assert next(streams[2]) == 0
    stats = engine.stats()
    assert (stats["told"], stats["kept"], stats["jobs_waiting"]) == (2, 0, 0), "it was told of half a minute and was none"


def test_a_wait_as_long_as_was_told_counts_as_such():
    statistics = Statistics()
    for said, was in ((10, 5), (10, 20), (0.2, 2), (10, 4.9), (10, 21)):
        statistics.told(said, was)
    assert (statistics.snapshot()["told"], statistics.snapshot()["kept"]) == (5, 3)


@pytest.mark.parametrize("leave", ["cancel", "close", "drop"])
def test_who_leaves_the_line_makes_room_in_it_and_never_begins(make_engine, leave):
    begun = []

    def job(models):
        begun.append(True)
        yield

    engine = make_engine(max_jobs=1, max_line=1)
    working = engine.run_job(endless, owner="a")
    waiting = engine.run_job(job, owner="b")
    assert next(working) == 0
    if leave == "cancel":
        assert engine.cancel("b") == 1
        with pytest.raises(CancelledError):
            next(waiting)
    elif leave == "close":
        waiting.close()
    del waiting
    gc.collect()
    other = engine.run_job(endless, owner="c")
    assert engine.stats()["jobs_waiting"] == 1
    working.close()
    assert next(other) == 0 and not begun


def test_who_waits_in_line_is_told_when_the_engine_closes(make_engine):
    engine = make_engine(max_jobs=1)
    working, waiting = engine.run_job(endless), engine.run_job(endless)
    assert next(working) == 0
    engine.close()
    with pytest.raises(UserError, match="shutting down"):
        next(waiting)


def test_one_visitor_gets_half_of_the_places_for_long_jobs(make_engine):
    engine = make_engine(max_jobs=1, max_line=3)
    mine = [engine.run_job(endless, owner=part_of("me", part)) for part in ("faces", "pictures")]
    with pytest.raises(BusyError, match="with what you asked for before"):
        engine.run_job(endless, owner=part_of("me", "api"))
    theirs = engine.run_job(endless, owner="you")
    assert engine.stats()["jobs_waiting"] == 2
    mine[0].close()
    engine.run_job(endless, owner="me").close()
    mine[1].close()
    assert next(theirs) == 0


@pytest.mark.parametrize("leave", ["close", "drop", "break"])
def test_a_reader_that_leaves_frees_the_place_and_the_job_cleans_up(make_engine, leave):
    cleaned = threading.Event()

    def job(models):
        try:
            yield from endless(models)
        finally:
            cleaned.set()

    engine = make_engine(max_jobs=1, max_line=0)
    stream = engine.run_job(job)
    assert next(stream) == 0
    with pytest.raises(BusyError, match="try again in about") as caught:
        engine.run_job(endless)
    assert caught.value.retry_seconds >= 1
    if leave == "close":
        stream.close()
        with pytest.raises(StopIteration):
            next(stream)
    elif leave == "break":
        for value in stream:
            assert value == 1
            break
    del stream
    gc.collect()
    assert next(engine.run_job(endless)) == 0
    assert cleaned.wait(30)


def test_a_handler_generator_that_is_closed_stops_its_job(make_engine):
    def handler(engine):
        for value in engine.run_job(endless):
            yield f"step {value}"

    engine = make_engine(max_jobs=1)
    visit = handler(engine)
    assert next(visit) == "step 0"
    visit.close()
    assert engine.stats()["jobs"] == []
    assert next(engine.run_job(endless)) == 0


def test_a_job_that_ends_frees_its_place(make_engine):
    engine = make_engine(max_jobs=1)
    for _ in range(5):
        assert list(engine.run_job(lambda models: iter_three())) == [0, 1, 2]


def iter_three():
    yield from range(3)


def test_a_job_may_take_gradients_through_a_model_that_short_requests_loaded(make_engine):
    engine = make_engine()
    short = engine.call("audio", {"latent": torch.ones(16)})

    def guidance(models):
        latent = torch.ones(1, 16, requires_grad=True)
        for _ in range(3):
            loss = models.call("audio", latent=latent).square().mean()
            (gradient,) = torch.autograd.grad(loss, latent)
            latent = (latent - gradient).detach().requires_grad_()
            yield loss, gradient
        assert all(not weight.requires_grad for weight in models.module("audio").parameters())

    steps = list(engine.run_job(guidance))
    assert float(steps[0][0]) == pytest.approx(float(short.square().mean()), abs=1e-5)
    assert steps[0][1].abs().max() > 0
    assert not steps[0][0].requires_grad and steps[0][0].grad_fn is None
    assert float(steps[2][0]) < float(steps[0][0])


def test_what_a_job_yielded_does_not_change_when_the_job_writes_on(make_engine):
    def job(models):
        state = torch.zeros(2)
        for _ in range(3):
            state += 1
            yield [state]

    assert [step[0].tolist() for step in make_engine().run_job(job)] == [[1, 1], [2, 2], [3, 3]]


def test_a_job_cannot_leave_a_torch_mode_on_for_the_next_visitor(make_engine):
    def careless(models):
        with torch.no_grad():
            yield 1

    def guidance(models):
        value = torch.ones(1, requires_grad=True)
        yield (2 * value).requires_grad

    engine = make_engine()
    with pytest.raises(RuntimeError, match="no_grad"):
        next(engine.run_job(careless))
    assert list(engine.run_job(guidance)) == [True]


def test_a_job_that_raises_tells_its_reader_after_what_it_had_yielded(make_engine):
    def job(models):
        yield 1
        raise ValueError("no such direction")

    engine = make_engine()
    stream = engine.run_job(job)
    assert next(stream) == 1
    with pytest.raises(ValueError, match="no such direction"):
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)
    assert engine.call("recorder", x(1)) == 1


def test_a_job_out_of_memory_says_so_in_a_sentence(make_engine):
    def job(models):
        yield torch.empty(1 << 60, dtype=torch.uint8)

    with pytest.raises(UserError, match="does not fit into the memory"):
        list(make_engine().run_job(job, name="search"))


def test_close_ends_jobs_and_their_readers(make_engine):
    cleaned = []

    def job(models):
        try:
            yield from endless(models)
        finally:
            cleaned.append(threading.current_thread().name)

    engine = make_engine()
    stream = engine.run_job(job)
    assert next(stream) == 0
    engine.close()
    with pytest.raises(UserError, match="shutting down"):
        next(stream)
    assert cleaned == ["inference"]


def test_a_job_that_calls_the_engine_is_told_instead_of_waiting_for_itself(make_engine):
    engine = make_engine()

    def job(models):
        yield engine.call("recorder", x(0))

    with pytest.raises(RuntimeError, match="models it is given"):
        list(engine.run_job(job))


def test_jobs_share_the_model_cache(make_engine):
    loads = []

    def loader(name, networks):
        loads.append(name)
        return Weights(2.0)

    def job(models):
        yield float(models.call("weights", x=torch.ones(1)))

    engine = make_engine(loader=loader)
    assert engine.call("weights", x(1)) == 3
    assert list(engine.run_job(job)) == [3.0]
    assert loads == ["weights"]


def test_stats_name_running_jobs_but_not_their_owners(make_engine):
    engine = make_engine()
    stream = engine.run_job(endless, owner="secret", name="walk")
    next(stream)
    (job,) = engine.stats()["jobs"]
    assert job["name"] == "walk" and job["slices"] >= 1
    assert "secret" not in str(engine.stats())
