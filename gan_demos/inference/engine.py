"""The engine: what tabs, API and command line talk to."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import torch
from torch import Tensor, nn

from gan_demos import checkpoints
from gan_demos.errors import CancelledError
from gan_demos.inference.backends import Backend, JobFunction, LocalBackend
from gan_demos.inference.jobs import Jobs, JobStream
from gan_demos.inference.models import Loader, ModelCache
from gan_demos.inference.queueing import Queue, Ticket
from gan_demos.inference.statistics import Statistics
from gan_demos.inference.worker import Worker


class Engine:
    """One queue for all visitors of all tabs, and one computing thread, or replicas elsewhere.

    Requests for the same model, method and input shapes that wait together run as one forward; nothing waits for company. Whether a
    request shared its batch does not show in its result: fp32, within 1/255 of a picture level and 2/32768 of a sample.

    networks: a network's key in a checkpoint's config -> its class, over all demos.
    device: "auto", or what `torch.device` takes.
    max_queue: requests that may wait. max_batch: items in one forward. max_jobs: long jobs at a time. max_line: those that wait for
    their turn then.
    memory_budget: bytes of parameters and buffers that stay loaded.
    loader: (checkpoint's name, networks) -> module.
    backend: takes the `LocalBackend` and gives the backend to use, such as the class `ZeroGPUBackend` or `RayBackend`.
    precision: model's name -> autocast dtype; see `ModelCache`.
    """

    def __init__(
        self,
        networks: Mapping[str, type[nn.Module]],
        device: str | torch.device = "auto",
        max_queue: int = 256,
        max_batch: int = 32,
        memory_budget: int = 1 << 30,
        loader: Loader = checkpoints.load,
        backend: Callable[[LocalBackend], Backend] | None = None,
        max_jobs: int = 4,
        precision: Mapping[str, torch.dtype] | None = None,
        max_line: int = 16,
    ) -> None:
        models = ModelCache(networks, loader, device, memory_budget, precision)
        local = LocalBackend(models)
        self.device = models.device
        self._memory_budget = memory_budget
        self._max_batch = max_batch
        self._backend: Backend = local if backend is None else backend(local)
        self._statistics = Statistics()
        changed = threading.Condition(threading.RLock())
        self._queue = Queue(max_queue, changed, self._statistics, lambda: self._backend.parallel)
        self._jobs = Jobs(max_jobs, max_line, changed, self._statistics)
        self._worker = Worker(self._queue, self._jobs, self._backend, self._statistics, changed, max_batch)

    def submit(self, model: str, inputs: Mapping[str, Tensor], method: str = "forward", owner: str | None = None) -> Ticket:
        """Queues one item: tensors without batch axis, 0-d for scalars. `BusyError` when the queue is full, `UserError` after `close`."""
        return self._submit_all(model, [inputs], method, owner)[0]

    def call(
        self, model: str, inputs: Mapping[str, Tensor], method: str = "forward", owner: str | None = None, timeout: float | None = 60
    ) -> Any:
        """`submit`, then wait: a tensor, or a tuple or dict of tensors, without batch axis, on the CPU.

        Raises `BusyError` when the queue is full or no answer came within `timeout` seconds, `CancelledError` when the owner
        cancelled, `CheckpointError` when the model cannot be loaded, and whatever the network itself raised.
        """
        return self.submit(model, inputs, method, owner).result(timeout)

    def call_many(
        self,
        model: str,
        inputs: Sequence[Mapping[str, Tensor]],
        method: str = "forward",
        owner: str | None = None,
        timeout: float | None = 60,
        alone: bool = False,
    ) -> list[Any]:
        """The answers to several items, in their order. At most `max_batch` of them wait at a time, so that a long list leaves room
        for others. The first error is raised, and what still waits then is dropped.

        alone: each is a forward by itself, and so the same to the last bit whatever else is computed (in this process; replicas elsewhere
        may join it with others). For what many steps go on from."""
        deadline = None if timeout is None else time.monotonic() + timeout
        answers: list[Any] = []
        size = min(self._max_batch, self._queue.capacity)
        for start in range(0, len(inputs), size):
            tickets = self._submit_all(model, inputs[start : start + size], method, owner, alone)
            try:
                for ticket in tickets:
                    answers.append(ticket.result(None if deadline is None else max(0.0, deadline - time.monotonic())))
            finally:
                for ticket in tickets:
                    ticket.cancel(owner)
        return answers

    def run_job(
        self,
        job: JobFunction,
        owner: str | None = None,
        name: str = "job",
        tell: Callable[[str], object] | None = None,
        slices: int | None = None,
    ) -> JobStream:
        """Starts a long job and returns an iterator over what it yields, tensors copied to the CPU.

        `job(models)` is a generator function; each `next()` is a slice, run on the computing thread between short requests. A slice that
        yields None is a pause for others, which the reader does not see. Inside, `models.call(model, **batch)` and `models.module(name)`
        compute directly, with gradients where wanted, on `models.device`.
        The job runs at most two values ahead of its reader. Closing or dropping the iterator stops it. When `max_jobs` run already it waits
        in line, and `tell` is told for how long, in a sentence; `slices`, how many a job will have, serves those behind it. Raises
        `BusyError` when the line is full; the iterator raises `CancelledError` when the owner stopped the job, or what the job raised.
        """
        self._check_thread()
        self._worker.ensure_running()
        return self._jobs.start(job, name, owner, tell, slices)

    def cancel(self, owner: str | None) -> int:
        """Drops the waiting requests of the owner and its parts (`part_of`), and stops their jobs. How many; None owns nothing."""
        if owner is None:
            return 0
        return self._queue.drop_owner(owner, lambda: CancelledError("Cancelled.")) + self._jobs.stop_owner(owner)

    def warm(self, names: Iterable[str]) -> list[Future[None]]:
        """Loads models in the background, after everything else. The futures end when each is loaded, or with its loader's error."""
        return self._worker.warm(names)

    def config(self, model: str) -> Mapping[str, Any] | None:
        """The config of the checkpoint that the loaded `model` came from, whatever its files hold by now; None if it is not loaded."""
        return self._backend.config(model)

    def stats(self) -> dict[str, Any]:
        """`device`; `queue` {waiting, running, capacity}; `batch_sizes` {size: forwards}; `waits` {seconds: requests that waited as long
        at most}, `waited`; `models` {name: {count, errors, latency_p50, seconds_per_item}}; `errors`; `loaded` {name: bytes},
        `loaded_bytes`, `memory_budget`; `jobs` [{name, slices, seconds}], `jobs_waiting`; of those that
        waited in line `told` for how long, and `kept` of them that waited half to twice as long."""
        loaded = dict(self._backend.loaded())
        running = sum(not ticket.done for ticket in self._queue.running())
        return {
            "device": self._backend.where(),
            "queue": {"waiting": len(self._queue), "running": running, "capacity": self._queue.capacity},
            **self._statistics.snapshot(),
            "loaded": loaded,
            "loaded_bytes": sum(loaded.values()),
            "memory_budget": self._memory_budget,
            "jobs": self._jobs.snapshot(),
            "jobs_waiting": self._jobs.waiting(),
        }

    def close(self, timeout: float = 30) -> None:
        """Fails everything that waits and stops all jobs; what is at work now is still answered within `timeout` seconds, or fails."""
        self._queue.close()
        self._jobs.close()
        self._worker.close(timeout)
        self._backend.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit_all(
        self, model: str, inputs: Sequence[Mapping[str, Tensor]], method: str, owner: str | None, alone: bool = False
    ) -> list[Ticket]:
        self._check_thread()
        tickets = [Ticket(self._queue, model, method, item, owner, alone) for item in inputs]
        self._queue.put(tickets)
        self._worker.ensure_running()
        return tickets

    def _check_thread(self) -> None:
        if self._worker.is_current_thread():
            raise RuntimeError("A long job computes with the models it is given: it would wait for itself here.")
