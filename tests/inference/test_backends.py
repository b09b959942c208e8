"""The engine behaves the same on every backend."""

import contextvars
import functools
import importlib
import pickle
import sys
import threading
import types

import pytest
import torch

from gan_demos.errors import UserError
from gan_demos.inference import backends, worker
from gan_demos.inference.backends import Backend, LocalBackend, ZeroGPUBackend

from .networks import NETWORKS, load, x

visitor = contextvars.ContextVar("visitor", default="nobody")


def walk(steps, models):
    """A job that can be pickled."""
    for value in range(steps):
        yield models.call("recorder", x=torch.full((1,), float(value)))


@pytest.fixture
def space(monkeypatch):
    """A stand-in for `spaces` on ZeroGPU: arguments and results cross a pickle, as on their way to the GPU's process.

    Its value is the list of what was asked: (task, seconds, visitor).
    """
    asked = []

    def gpu(task, duration):
        if "slices" in task.__name__:

            def decorated(*arguments):
                asked.append((task.__name__, duration(*arguments), visitor.get()))
                for value in task(*pickle.loads(pickle.dumps(arguments))):
                    yield pickle.loads(pickle.dumps(value))
        else:

            def decorated(*arguments):
                asked.append((task.__name__, duration(*arguments), visitor.get()))
                return pickle.loads(pickle.dumps(task(*pickle.loads(pickle.dumps(arguments)))))

        return decorated

    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=gpu))
    return asked


def test_zerogpu_runs_every_forward_and_every_job_under_spaces_gpu(make_engine, space):
    engine = make_engine(backend=ZeroGPUBackend)
    latent = torch.linspace(-1, 1, 16)
    visitor.set("alice")
    answers = engine.call_many("audio", [{"latent": latent}] * 16)
    visitor.set("bob")
    assert torch.equal(answers[3], make_engine().call_many("audio", [{"latent": latent}] * 16)[3])
    frames = list(engine.run_job(functools.partial(walk, 3)))
    assert [float(frame) for frame in frames] == [0, 1, 2]
    # 10 s and one more for every 8 items; charged to who asked
    assert space == [("_run_inside", 12, "alice"), ("_slices_inside", 60, "bob")]


def test_zerogpu_keeps_the_waiting_models_in_main_memory_and_copies_them_to_the_gpu(make_engine, space, monkeypatch):
    modules = {}

    def loader(name, networks):
        modules[name] = load(name, networks)
        return modules[name]

    # A device that is equal to no other and still the CPU: as if the call had found a GPU
    monkeypatch.setattr(backends, "choose_device", lambda device: torch.device("cpu", 0))
    seen = []

    def look(models):
        seen.append(models.module("pair"))
        yield 0

    monkeypatch.setattr(pickle, "dumps", lambda value: value)
    monkeypatch.setattr(pickle, "loads", lambda value: value)
    engine = make_engine(backend=ZeroGPUBackend, loader=loader)
    vector = torch.ones(8)
    assert torch.equal(engine.call("pair", {"vector": vector}, method="double"), 2 * vector)
    assert list(engine.run_job(look)) == [0]
    assert seen[0] is not modules["pair"]
    assert torch.equal(seen[0].linear.weight, modules["pair"].linear.weight)
    assert list(engine.stats()["loaded"]) == ["pair"]


def test_zerogpu_out_of_memory_inside_the_gpu_process_still_halves_the_batch(make_engine, space):
    class Hungry(torch.nn.Module):
        def forward(self, x):
            if len(x) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return x.clone()

    engine = make_engine(backend=ZeroGPUBackend, loader=lambda name, networks: Hungry())
    assert [float(answer) for answer in engine.call_many("hungry", [x(value) for value in range(4)])] == [0, 1, 2, 3]
    assert engine.stats()["batch_sizes"] == {2: 2}


def test_zerogpu_without_the_package_says_what_to_install(make_engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    with pytest.raises(UserError, match="pip install spaces"):
        make_engine(backend=ZeroGPUBackend)


def test_a_backend_of_ones_own_needs_five_methods(make_engine):
    class Elsewhere(Backend):
        """Forwards leave this process, here in spirit; what a handle to remote replicas would look like."""

        def __init__(self, local: LocalBackend) -> None:
            self.local = local
            self.asked = []

        def load(self, model):
            pass

        def run(self, model, method, batch):
            self.asked.append((model, method, {name: tuple(value.shape) for name, value in batch.items()}))
            return batch["x"] + 1

        def slices(self, job):
            return self.local.slices(job)

        def loaded(self):
            return {}

        def release(self):
            pass

    made = []

    def backend(local):
        made.append(Elsewhere(local))
        return made[0]

    engine = make_engine(backend=backend)
    assert [float(answer) for answer in engine.call_many("far away", [x(1), x(2)])] == [2, 3]
    assert made[0].asked == [("far away", "forward", {"x": (2,)})]


def test_replicas_without_the_package_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "gan_demos.inference.ray_backend", raising=False)
    with pytest.raises(UserError, match=r"pip install \.\[ray\]"):
        importlib.import_module("gan_demos.inference.ray_backend")


def test_several_forwards_and_jobs_run_side_by_side_where_the_backend_takes_them(make_engine):
    class Wide(Backend):
        parallel = 3

        def __init__(self, local):
            self.asked = []
            self.together = threading.Barrier(3)

        def load(self, model):
            pass

        def run(self, model, method, batch):
            self.asked.append(len(batch["x"]))
            self.together.wait(30)  # passes only if three are at work at once
            return batch["x"] + 1

        def slices(self, job):
            return job(self)

        def loaded(self):
            return {}

        def release(self):
            pass

    def job(backend):
        backend.together.wait(30)
        yield 1

    backend = []
    engine = make_engine(backend=lambda local: backend.append(Wide(local)) or backend[0])
    assert [float(answer) for answer in engine.call_many("far away", [x(value) for value in range(6)])] == [1, 2, 3, 4, 5, 6]
    assert sorted(backend[0].asked) == [2, 2, 2]  # spread over the three
    streams = [engine.run_job(job) for _ in range(3)]
    assert [list(stream) for stream in streams] == [[1]] * 3
    assert engine.stats()["device"] == "elsewhere"


def test_memory_is_given_back_once_each_time_that_nothing_is_asked_for_a_while(make_engine, monkeypatch):
    released = threading.Semaphore(0)

    class Watched(LocalBackend):
        def release(self):
            released.release()

    monkeypatch.setattr(worker, "SECOND", 0.01)
    engine = make_engine(backend=lambda local: Watched(local.models))
    for value in range(2):
        engine.call("recorder", x(value))
        assert released.acquire(timeout=30), "nothing was given back"
    assert not released.acquire(timeout=0.3), "given back again, though nothing was asked meanwhile"


def test_local_outputs_are_fp32_on_the_cpu(make_engine):
    class Half(torch.nn.Module):
        def forward(self, x):
            return x.to(torch.bfloat16), x.to(torch.float64), x.to(torch.int64)

    half, double, whole = make_engine(loader=lambda name, networks: Half()).call("half", x(3))
    assert (half.dtype, double.dtype, whole.dtype) == (torch.float32, torch.float64, torch.int64)


def test_short_requests_run_in_inference_mode(make_engine):
    class Mode(torch.nn.Module):
        def forward(self, x):
            return torch.full_like(x, torch.is_inference_mode_enabled())

    assert make_engine(loader=lambda name, networks: Mode()).call("mode", x(0)) == 1


def test_networks_reach_the_loader(make_engine):
    seen = []

    def loader(name, networks):
        seen.append(networks)
        return load(name, networks)

    make_engine(loader=loader).call("recorder", x(0))
    assert seen == [NETWORKS]
