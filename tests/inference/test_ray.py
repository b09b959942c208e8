"""Replicas of a real Ray cluster on this machine answer as this process does. Without the package ray these tests are skipped."""

import functools
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from gan_demos.errors import BusyError, CancelledError, CheckpointError, UserError
from gan_demos.inference import Engine
from tests import toy
from tests.inference import ray_networks as remote  # by the name under which replicas import it
from tests.inference.networks import x
from tests.support import wait_until

ray = pytest.importorskip("ray", reason="replicas need the package ray: pip install -r requirements-ray.txt")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def engine(folder):
    """Two replicas, in a cluster of this machine or in the one that RAY_ADDRESS names."""
    from gan_demos.inference.ray_backend import RayBackend

    toy.save(folder / toy.NAME)
    loader = functools.partial(remote.load_from, str(folder))
    os.environ.setdefault("RAY_prestart_worker_first_driver", "0")
    address = "auto" if "RAY_ADDRESS" in os.environ else "local"
    backend = functools.partial(RayBackend, address=address, replicas=(2, 2), name="tests", start_seconds=400)
    with Engine(remote.ALL, device="cpu", loader=loader, backend=backend) as made:
        yield made


@pytest.fixture
def replica(folder):
    """What a replica is, in this process."""
    from gan_demos.inference.models import ModelCache
    from gan_demos.inference.ray_backend import Replica

    toy.save(folder / toy.NAME)
    return Replica(ModelCache(remote.ALL, functools.partial(remote.load_from, str(folder))), torch.get_num_threads(), 4)


def call(model, values, method="forward", digest=None):
    from gan_demos.inference.ray_backend import Call

    return Call(model, method, {"x": torch.tensor(values)}, digest)


def test_answers_are_those_of_this_process(engine, make_engine):
    generator = torch.Generator().manual_seed(0)
    here = make_engine()
    for model, method, item in [
        ("audio", "forward", lambda: {"latent": torch.randn(16, generator=generator)}),
        ("picture", "forward", lambda: {"image": torch.rand(3, 9, 7, generator=generator), "label": torch.tensor(3)}),
        ("pair", "double", lambda: {"vector": torch.randn(8, generator=generator)}),
    ]:
        items = [item() for _ in range(40)]
        for theirs, ours in zip(engine.call_many(model, items, method, timeout=120), here.call_many(model, items, method), strict=True):
            assert type(theirs) is type(ours)
            pairs = [(theirs[key], ours[key]) for key in ours] if isinstance(ours, dict) else [(theirs, ours)]
            for their, our in pairs:
                assert their.dtype == our.dtype and their.shape == our.shape
                assert (their - our).abs().max() <= 2 / 32768
            pairs[0][0].add_(1)  # it is the caller's own


def test_requests_that_wait_share_forwards_and_are_spread_over_all_replicas(engine):
    answers = torch.stack(engine.call_many("about", [x(value) for value in range(128)], timeout=120))
    sizes, processes, threads = answers.unbind(1)
    assert sizes.max() > 4
    assert len(set(processes.tolist()) - {os.getpid()}) == 2
    assert set(threads.tolist()) == {1}  # a replica's share
    assert engine.stats()["device"] == "Ray, 2 replicas"


def test_a_replica_joins_calls_that_come_together(engine):
    handle = engine._backend._shared
    sent = [handle.run.remote(call("about", [0.0])) for _ in range(40)]
    assert max(int(response.result(timeout_s=60)[0, 0]) for response in sent) > 1


def test_a_joined_forward_is_of_one_kind_and_bounded_and_nobody_fails_for_another(replica):
    from gan_demos.inference.ray_backend import Failure

    wanted = [("recorder", [1.0, 2.0]), ("about", [0.0]), ("recorder", [3.0]), ("recorder", [4.0, 5.0]), ("about", [0.0])]
    answers = replica._run([call(*one) for one in wanted])
    assert [answer[:, 0].tolist() for answer in (answers[1], answers[4])] == [[2], [2]]
    assert [answers[number].tolist() for number in (0, 2, 3)] == [[1, 2], [3], [4, 5]]
    assert replica._local.models.module("recorder").batches == [[1, 2, 3], [4, 5]]
    good, bad = replica._run([call("raising", [1.0]), call("raising", [-1.0])])
    assert good.tolist() == [1] and isinstance(bad, Failure) and str(bad.error) == "Not this."


def test_a_replica_with_other_weights_refuses(replica):
    config = replica._load(toy.NAME).config
    digest = config["gan_demos"]["sha256"]["model.safetensors"]
    assert replica._run([call("recorder", [1.0])])[0].tolist() == [1]
    refused = replica._run([call(toy.NAME, [[0.0] * 4], digest="0" * 64)])[0].error
    assert isinstance(refused, CheckpointError) and "different weights" in str(refused)
    replica._check(toy.NAME, digest)
    refused = replica._attempt(replica._advance, iter([1]), {toy.NAME: "0" * 64}).error
    assert isinstance(refused, CheckpointError)
    assert replica._attempt(replica._advance, iter([1]), {toy.NAME: digest}) == 1


def test_recipes_name_the_weights_that_the_replicas_loaded(engine, folder):
    first = toy.save(folder / toy.NAME)
    assert engine.config(toy.NAME)["gan_demos"]["sha256"]["model.safetensors"] == first
    before = engine.call(toy.NAME, {"latents": torch.ones(4)}, timeout=60)
    toy.save(folder / toy.NAME, weight_seed=1)
    assert engine.config(toy.NAME)["gan_demos"]["sha256"]["model.safetensors"] == first
    assert torch.equal(engine.call(toy.NAME, {"latents": torch.ones(4)}, timeout=60), before)
    assert engine.stats()["loaded"][toy.NAME] > 0


def test_errors_arrive_as_themselves_and_the_replica_lives_on(engine):
    for value, kind, says in [(-1, UserError, "Not this."), (-2, BusyError, "Busy."), (-3, ValueError, "negative")]:
        with pytest.raises(kind) as caught:
            engine.call("raising", x(value), timeout=60)
        assert type(caught.value) is kind and str(caught.value) == says
        assert value != -2 or caught.value.retry_seconds == 7
    with pytest.raises(UserError, match="broke off on our side"):
        engine.call("raising", x(-4), timeout=60)
    with pytest.raises(CheckpointError, match="missing is not here"):
        engine.call("missing", x(0), timeout=60)
    with pytest.raises(AttributeError):
        engine.call("raising", x(0), method="nothing", timeout=60)
    assert engine.call("raising", x(5), timeout=60) == 5


def test_out_of_memory_halves_the_batch_and_one_too_large_alone_is_told_so(engine):
    assert [float(answer) for answer in engine.call_many("raising", [x(value) for value in range(32)], timeout=120)] == list(range(32))
    with pytest.raises(UserError, match="does not fit into the memory"):
        engine.call("raising", x(100), timeout=60)


def test_what_waits_is_cancelled_by_its_owner_and_a_full_queue_says_busy(engine):
    mine = [engine.submit("slow", {"x": torch.zeros(size)}, owner="me") for size in range(1, 60)]  # no two share a forward
    theirs = engine.submit("slow", x(1), owner="you")
    dropped = engine.cancel("me")
    assert dropped > 30
    outcomes = []
    for ticket in mine:
        try:
            outcomes.append(ticket.result(60))
        except CancelledError:
            outcomes.append(None)
    assert outcomes.count(None) == dropped
    assert theirs.result(60) == 2
    held = [engine.submit("slow", {"x": torch.zeros(size)}, owner="me") for size in range(1, 100)]
    with pytest.raises(BusyError):
        for size in range(1, 300):
            held.append(engine.submit("slow", {"x": torch.zeros(size)}, owner="me"))
    engine.cancel("me")


def test_a_job_streams_with_gradients_and_its_pauses_are_told_to_the_engine_alone(engine, make_engine):
    theirs = list(engine.run_job(functools.partial(remote.climb, 6), name="climb"))
    ours = list(make_engine(loader=functools.partial(remote.load_from, "")).run_job(functools.partial(remote.climb, 6)))
    assert len(theirs) == len(ours) == 6
    assert torch.allclose(torch.stack(theirs), torch.stack(ours), atol=1e-6)
    slices = engine._backend.slices(functools.partial(remote.climb, 6))  # by whose number those in line are told how long they wait
    assert [one is None for one in slices] == [True, False] * 6


def test_short_requests_are_answered_while_jobs_run(engine, tmp_path):
    streams = [engine.run_job(functools.partial(remote.endless, tmp_path / str(number))) for number in range(4)]
    for stream in streams:
        next(stream)
    assert engine.call("slow", x(4), timeout=60) == 8
    for number, stream in enumerate(streams):
        assert next(stream) == 1
        stream.close()
        wait_until((tmp_path / str(number)).exists, 60, "the replica still runs the job")


def test_a_job_stopped_by_its_owner_frees_its_replica(engine, tmp_path):
    file = tmp_path / "said"
    stream = engine.run_job(functools.partial(remote.endless, file), owner="me", name="count")
    assert [next(stream), next(stream)] == [0, 1]
    assert engine.cancel("you") == 0
    assert engine.cancel("me") == 1
    with pytest.raises(CancelledError, match="count"):
        while True:
            next(stream)
    wait_until(file.exists, 60, "the replica still runs the job")
    assert engine.stats()["jobs"] == []


def test_errors_of_a_job_arrive_as_themselves(engine):
    stream = engine.run_job(remote.failing)
    assert next(stream) == 1
    with pytest.raises(UserError, match=r"^The job said no\.$"):
        next(stream)
    with pytest.raises(RuntimeError, match="must leave torch.no_grad"):
        list(engine.run_job(remote.untidy))
    assert len(list(engine.run_job(functools.partial(remote.climb, 1)))) == 1  # gradients are on again


def test_a_replica_killed_under_load_loses_no_request_and_no_job(engine, tmp_path):
    job = engine.run_job(functools.partial(remote.whereabouts, tmp_path / "go on"))
    first = [next(job) for _ in range(3)]
    victim = first[-1][1]
    done = threading.Semaphore(0)

    def ask(value):
        answer = engine.call("slow", x(value), timeout=300)
        done.release()
        return float(answer)

    with ThreadPoolExecutor(24) as visitors:
        answers = [visitors.submit(ask, value) for value in range(500)]
        for _ in range(100):
            assert done.acquire(timeout=120)
        os.kill(victim, signal.SIGKILL)
        (tmp_path / "go on").touch()
        told = first + list(job)
        assert [answer.result() for answer in answers] == [2 * value for value in range(500)]
    assert [value for value, _ in told] == list(range(10))
    assert len({process for _, process in told}) == 2
    assert engine.stats()["models"]["slow"]["errors"] == 0
    deadline = time.monotonic() + 200
    while len(set(torch.stack(engine.call_many("about", [x(0)] * 64, timeout=120))[:, 1].tolist()) - {victim}) < 2:
        assert time.monotonic() < deadline, "the dead replica was not replaced"
        time.sleep(1)
