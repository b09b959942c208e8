"""Replicas on many machines, through Ray Serve: each loads models by name from its own disk, one front process asks them.

Importing this module needs the package ray. What the processes of a cluster tell each other goes by pickle, which is Ray's way: its ports
belong into a private network (docs/security.md). Nothing that a visitor sent is unpickled; it comes as checked tensors.
"""

import asyncio
import logging
import os
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gan_demos.checkpoints import MODEL_FILE, OWN_KEY
from gan_demos.errors import CheckpointError, UserError
from gan_demos.inference.backends import Backend, JobFunction, LocalBackend
from gan_demos.inference.batching import cut, signature
from gan_demos.inference.models import ModelCache, is_out_of_memory
from gan_demos.inference.queueing import broken_off_error, closed_error
from gan_demos.process import keep_freed_pages

try:
    import ray
    from ray import serve
    from ray.serve.schema import ApplicationStatus
except ModuleNotFoundError as missing:
    raise UserError("Replicas need the package ray: install it with `pip install .[ray]`, or serve without --backend ray.") from missing

IN_FLIGHT = 2  # forwards a replica: one is computed, the next one lies there already
MAX_ONGOING = 64  # calls and jobs that a replica takes at once
JOIN_SECONDS = 0.002  # calls that come this close after one another share a forward
JOIN_CALLS = 8
TRIES = 4  # of one call, when replicas die under it
CALL_SECONDS = 300.0  # the longest forward, loading included
WATCH_SECONDS = 1.0
KEEP = 256 << 20  # bytes of freed memory
LOCAL_STORE = 256 << 20  # bytes of shared memory of a cluster that is this machine alone
LOST = (
    ray.exceptions.RayActorError,
    ray.exceptions.WorkerCrashedError,
    ray.exceptions.NodeDiedError,
    ray.exceptions.ObjectLostError,
    serve.exceptions.ReplicaUnavailableError,
)
END = object()

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """A forward: inputs of shape (batch, ...), and the sha256 of the weights that are to answer, None for whatever there is."""

    model: str
    method: str
    batch: dict[str, Tensor]
    digest: str | None

    def __len__(self) -> int:
        return max(len(value) for value in self.batch.values())

    @property
    def key(self) -> Any:
        """Calls of one key can share a forward."""
        return self.model, self.method, self.digest, signature({name: value[:1] for name, value in self.batch.items()})


@dataclass(frozen=True)
class Loaded:
    """A model in a replica's memory: its checkpoint's config, and how many bytes it takes."""

    config: Mapping[str, Any] | None
    size: int


@dataclass(frozen=True)
class Failure:
    """An error as a value: as an exception Ray would wrap it into one of its own."""

    error: Exception


class Replica:
    """A process with models of its own. All of torch happens on one thread, call by call and slice by slice in their order of arrival, so
    that a job and short requests take turns."""

    def __init__(self, models: ModelCache, threads: int, max_batch: int) -> None:
        torch.set_num_threads(threads)
        keep_freed_pages(KEEP)
        self._local = LocalBackend(models.on("auto"))
        self._max_batch = max_batch
        self._thread = ThreadPoolExecutor(1, "inference")

    async def load(self, model: str) -> Loaded | Failure:
        return await self._compute(self._load, model)

    @serve.batch(max_batch_size=JOIN_CALLS, batch_wait_timeout_s=JOIN_SECONDS)
    async def run(self, calls: list[Call]) -> list[Any]:
        """The outputs of each call, or its `Failure`."""
        return await self._compute(self._run, calls)

    async def slices(self, job: JobFunction, digests: Mapping[str, str | None]) -> AsyncIterator[Any]:
        """What the job yields, for pauses before a value their number; a `Failure` is the last of it. Who cancels the stream stops the job.

        digests: the sha256 of models' weights that the job may find here.
        """
        slices, pauses = self._local.slices(job), 0
        try:
            while (value := await self._compute(self._advance, slices, digests)) is not END:
                if value is None:
                    pauses += 1
                    continue
                yield pauses, value
                pauses = 0
                if isinstance(value, Failure):
                    break
        finally:
            self._thread.submit(self._attempt, slices.close)  # behind the slice at work

    async def _compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._attempt, function, *arguments)

    def _attempt(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            if not is_out_of_memory(error):
                if not isinstance(error, UserError):
                    error.add_note(f"In a replica:\n{traceback.format_exc()}")  # frames do not travel
                return Failure(error.with_traceback(None))
            text = str(error)
        except BaseException:  # SystemExit and its like out of a network would end the replica
            logger.exception("A replica's computation broke off")
            return Failure(broken_off_error())
        self._local.release()
        return Failure(MemoryError(text))

    def _advance(self, slices: Iterator[Any], digests: Mapping[str, str | None]) -> Any:
        value = next(slices, END)
        for model in self._local.loaded():
            self._check(model, digests.get(model))
        return value

    def _load(self, model: str) -> Loaded:
        self._local.load(model)
        return Loaded(self._local.config(model), self._local.loaded().get(model, 0))

    def _run(self, calls: Sequence[Call]) -> list[Any]:
        answers: list[Any] = [None] * len(calls)
        for group in _groups(calls, self._max_batch):
            joined = self._attempt(self._together, [calls[number] for number in group]) if len(group) > 1 else None
            if joined is None or isinstance(joined, Failure):  # each alone, so that none fails for another
                joined = [self._attempt(self._alone, calls[number]) for number in group]
            for number, answer in zip(group, joined, strict=True):
                answers[number] = answer
        return answers

    def _alone(self, call: Call) -> Any:
        self._local.load(call.model)
        self._check(call.model, call.digest)
        return self._local.run(call.model, call.method, call.batch)

    def _together(self, calls: Sequence[Call]) -> list[Any]:
        """One forward for calls of one key."""
        first = calls[0]
        batch = {name: torch.cat([call.batch[name] for call in calls]) for name in first.batch}
        return cut(self._alone(replace(first, batch=batch)), [len(call) for call in calls])

    def _check(self, model: str, digest: str | None) -> None:
        if digest is not None and _digest(self._local.config(model)) != digest:
            raise CheckpointError(
                f"Machines hold different weights of the model {model}: give the same checkpoints to all and start the server anew."
            )


def _groups(calls: Sequence[Call], limit: int) -> list[list[int]]:
    """Numbers of the calls that can share a forward of at most `limit` items; one that is larger is alone."""
    groups: list[list[int]] = []
    open_groups: dict[Any, tuple[list[int], int]] = {}
    for number, call in enumerate(calls):
        group, size = open_groups.get(call.key, ([], limit))
        if size + len(call) > limit:
            group, size = [], 0
            groups.append(group)
        group.append(number)
        open_groups[call.key] = group, size + len(call)
    return groups


def _digest(config: Mapping[str, Any] | None) -> str | None:
    return config[OWN_KEY]["sha256"][MODEL_FILE] if config is not None else None


class RayBackend(Backend):
    """Replicas in the Ray cluster at `address`, which this process's machine is part of; "local" starts one of this machine alone.

    Replicas come and go between `replicas` (least, most) with the load. Each takes `cpus` cores, that many threads of torch, and `gpus`
    GPUs. Models share one deployment, each replica loading what it is asked for, but for those named in `apart`, which get a deployment
    of their own and scale by themselves. All that belongs to `local` but the device goes to the replicas: so build the engine with
    `device="cpu"`, and networks, loader and jobs from modules that are installed on every machine.

    A call whose replica dies is asked again, of another one, and a job is started again and goes on after what it has told: both make the
    same again. A job does not wait for its reader as it would in this process; what it makes waits in Ray's memory. Which weights answer
    for a model is settled when it is first loaded; a replica that has others refuses.

    `UserError` if there is no such cluster, or it has no room for the least number of replicas within `start_seconds`.
    """

    def __init__(
        self,
        local: LocalBackend,
        address: str = "auto",
        replicas: tuple[int, int] = (1, 4),
        cpus: int = 1,
        gpus: float = 0.0,
        apart: Collection[str] = (),
        max_batch: int = 32,
        name: str = "gan-demos",
        start_seconds: float = 180.0,
    ) -> None:
        self._known: dict[str, Loaded] = {}
        self._live = 0
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        if not ray.is_initialized():
            _connect(address)
        serve.start(proxy_location="Disabled")
        deployment = serve.deployment(
            Replica,
            name="models",
            max_ongoing_requests=MAX_ONGOING,
            autoscaling_config={
                "min_replicas": replicas[0],
                "max_replicas": replicas[1],
                "target_ongoing_requests": 1,  # with `IN_FLIGHT` to each, a queue that never empties doubles them
                "upscale_delay_s": 5,
                "downscale_delay_s": 300,
                "look_back_period_s": 10,
                "metrics_interval_s": 2,
            },
            ray_actor_options={"num_cpus": cpus, "num_gpus": gpus},
            health_check_period_s=2,
            graceful_shutdown_timeout_s=5,
            graceful_shutdown_wait_loop_s=0.5,
            logging_config={"log_level": "WARNING", "enable_access_log": False},
        )
        self._names = [name, *(f"{name}-{model}" for model in apart)]
        try:
            targets = [serve.RunTarget(deployment.bind(local.models, cpus, max_batch), name, None) for name in self._names]
            handles = serve.run_many(targets, wait_for_applications_running=False)
            self._shared, self._apart = handles[0], dict(zip(apart, handles[1:], strict=True))
            self._await_start(address, replicas[0], start_seconds)
        except BaseException:
            self.close()
            raise
        self._watcher = threading.Thread(target=self._watch, name="replicas", daemon=True)
        self._watcher.start()

    @property
    def parallel(self) -> int:
        return IN_FLIGHT * max(1, self._live)

    def load(self, model: str) -> None:
        if model not in self._known:
            handle = self._handle(model)
            self._known[model] = self._ask(lambda: handle.load.remote(model))
            try:
                handle.broadcast("load", model).results(timeout_s=CALL_SECONDS)  # so that nobody waits for it at the others
            except (*LOST, TimeoutError):
                logger.warning("A replica went away while it loaded %s", model)

    def run(self, model: str, method: str, batch: Mapping[str, Tensor]) -> Any:
        self.load(model)
        call = Call(model, method, dict(batch), _digest(self._known[model].config))
        return self._ask(lambda: self._handle(model).run.remote(call))

    def slices(self, job: JobFunction) -> Iterator[Any]:
        told = 0
        for tries_left in reversed(range(TRIES)):
            self._check_open()
            digests = {model: _digest(known.config) for model, known in list(self._known.items())}
            stream = self._shared.options(stream=True).slices.remote(job, digests)
            try:
                for number, (pauses, value) in enumerate(stream):
                    if isinstance(value, Failure):
                        raise value.error
                    if number >= told:
                        told += 1
                        yield from (None,) * pauses
                        yield value
                return
            except LOST as error:
                if not tries_left:
                    raise _lost() from error
            finally:
                stream.cancel()

    def loaded(self) -> Mapping[str, int]:
        """Of one replica that has loaded all it was asked for."""
        return {model: known.size for model, known in list(self._known.items())}

    def release(self) -> None:
        """A replica has done so itself."""

    def config(self, model: str) -> Mapping[str, Any] | None:
        """Loads the model if need be: a recipe must not name the weights on this machine's disk while others answer."""
        self.load(model)
        return self._known[model].config

    def where(self) -> str:
        return f"Ray, {self._live} replicas"

    def close(self) -> None:
        """Ends the replicas. The connection lasts as long as this process, and so does a cluster that it started: Serve's own threads go
        on asking it."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join(5)
        if not ray.is_initialized():
            return
        for name in self._names:
            serve.delete(name, _blocking=False)

    def _handle(self, model: str) -> Any:
        return self._apart.get(model, self._shared)

    def _ask(self, send: Callable[[], Any]) -> Any:
        for tries_left in reversed(range(TRIES)):
            self._check_open()
            response = send()
            try:
                answer = response.result(timeout_s=CALL_SECONDS)
            except LOST as error:
                if not tries_left:
                    raise _lost() from error
                time.sleep(0.1)
            except TimeoutError as error:
                response.cancel()
                raise UserError("The machine that computes this does not answer: try again later.") from error
            except ray.exceptions.OutOfMemoryError as error:
                raise MemoryError(str(error)) from None
            else:
                if isinstance(answer, Failure):
                    raise answer.error
                return answer
        raise AssertionError

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise closed_error()

    def _states(self) -> tuple[list[ApplicationStatus], int]:
        """Of each deployment, and how many replicas run in all."""
        applications = serve.status().applications
        mine = [applications[name] for name in self._names if name in applications]
        running = sum(deployment.replica_states.get("RUNNING", 0) for one in mine for deployment in one.deployments.values())
        return [one.status for one in mine], running

    def _await_start(self, address: str, least: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            states, self._live = self._states()
            if all(state == ApplicationStatus.RUNNING for state in states):
                return
            if ApplicationStatus.DEPLOY_FAILED in states or time.monotonic() > deadline:
                wanted = least * len(self._names)
                raise UserError(
                    f"Of {wanted} replicas only {self._live} started in the Ray cluster at {address}. It has "
                    f"{ray.cluster_resources().get('CPU', 0):.0f} cores and {ray.cluster_resources().get('GPU', 0):.0f} GPUs; its logs "
                    "say more. The project must be installed on all of its machines, in one version."
                )
            time.sleep(0.2)

    def _watch(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            try:
                self._live = self._states()[1]
            except Exception:  # Serve's controller comes back by itself; what is known of it holds until then
                logger.warning("Ray Serve's controller does not answer", exc_info=True)


def _connect(address: str) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_worker_niceness", "0")  # it would have replicas wait for every other process of the machine
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    here = {"include_dashboard": False, "object_store_memory": LOCAL_STORE} if address == "local" else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING, **here)
    except ConnectionError:
        raise UserError(f"No Ray cluster answers at {address}: start one as docs/serving.md says, or take --address local.") from None


def _lost() -> UserError:
    return UserError("The machines that compute this broke off: try again, or ask for something smaller.")
