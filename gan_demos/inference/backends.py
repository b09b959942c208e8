"""Where forwards run. A tab cannot tell which backend answers it.

A further backend, as `RayBackend` in `ray_backend.py` is, is one more class with the methods of `Backend`;
`Engine(..., backend=ThatClass)` is all that changes.
"""

import copy
import importlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gan_demos.errors import UserError
from gan_demos.inference.batching import map_tensors, to_cpu
from gan_demos.inference.models import ModelCache, choose_device, is_out_of_memory

JobFunction = Callable[[ModelCache], Iterator[Any]]
LOGGER = logging.getLogger(__name__)


class Backend(Protocol):
    """Used by one thread at a time, save for `loaded`, `config` and `where`; by several if `parallel` was ever more than 1."""

    parallel: int = 1  # forwards that may be in flight now; what is 1 at the start stays 1

    def load(self, model: str) -> None:
        """Makes the model ready to run. Raises what its loader raises."""

    def run(self, model: str, method: str, batch: Mapping[str, Tensor]) -> Any:
        """One forward: tensors of shape (batch, ...) -> a tensor, or a tuple or dict of tensors, (batch, ...), on the CPU."""

    def slices(self, job: JobFunction) -> Iterator[Any]:
        """What `job(models)` yields, a slice of work per `next()`, tensors copied to the CPU."""

    def loaded(self) -> Mapping[str, int]:
        """Bytes of each model in memory now."""

    def release(self) -> None:
        """Called after memory ran out, before a smaller batch is tried, and once nothing was asked for a while."""

    def config(self, model: str) -> Mapping[str, Any] | None:
        """The config of the checkpoint that answers for `model`; None if it has none, or none is known before it is loaded."""
        return None

    def where(self) -> str:
        """A device, or whatever else computes, for those who run it."""
        return "elsewhere"

    def close(self) -> None:
        """Called once nothing is asked any more."""


def _plain(value: Tensor) -> Tensor:
    """On the CPU, halves as fp32: NumPy has no bf16."""
    return value.to("cpu", torch.float32 if value.dtype in (torch.bfloat16, torch.float16) else value.dtype)


def _torch_modes() -> tuple[bool, ...]:
    autocast = torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled(), autocast


class LocalBackend(Backend):
    """This process, on CPU, CUDA or MPS."""

    def __init__(self, models: ModelCache) -> None:
        self.models = models

    def load(self, model: str) -> None:
        self.models.module(model)

    def run(self, model: str, method: str, batch: Mapping[str, Tensor]) -> Any:
        self.load(model)
        with torch.inference_mode():
            outputs = self.models.call(model, method=method, **batch)
            return map_tensors(_plain, outputs)

    def slices(self, job: JobFunction) -> Iterator[Any]:
        with closing(job(self.models)) as values:
            while True:
                before = _torch_modes()
                try:
                    value = next(values)
                except StopIteration:
                    return
                if _torch_modes() != before:
                    # Modes belong to the thread: left on at a yield they would be the next visitor's.
                    raise RuntimeError("A job must leave torch.no_grad(), torch.inference_mode() and torch.autocast() before it yields.")
                yield to_cpu(value)

    def loaded(self) -> Mapping[str, int]:
        return self.models.loaded

    def release(self) -> None:
        self.models.release()

    def config(self, model: str) -> Mapping[str, Any] | None:
        return self.models.configs.get(model)

    def where(self) -> str:
        return str(self.models.device)


def call_duration(model: str, method: str, batch: Mapping[str, Tensor]) -> int:
    """Seconds of GPU to ask for: moving a small model there, then the forward. Short, for a visitor's quota is minutes a day."""
    return min(60, 10 + max(len(value) for value in batch.values()) // 8)


def job_duration(job: JobFunction) -> int:
    """Seconds of GPU to ask for a long job."""
    return 60


class ZeroGPUBackend(Backend):
    """Hugging Face ZeroGPU: each forward borrows a GPU through `spaces.GPU`. Outside such a Space `spaces.GPU` changes nothing.

    A GPU exists only inside the decorated call, which runs in a forked process; so build the engine with `device="cpu"`: models
    wait in main memory, and a copy goes to the GPU inside the call. A job crosses to that process by pickle: make it a module's
    generator function or a `functools.partial` of one. A batch counts against the quota of the visitor who waited longest in it.
    """

    def __init__(
        self,
        local: LocalBackend,
        call_duration: Callable[[str, str, Mapping[str, Tensor]], int] = call_duration,
        job_duration: Callable[[JobFunction], int] = job_duration,
    ) -> None:
        try:
            spaces = importlib.import_module("spaces")
        except ModuleNotFoundError as error:
            raise UserError("ZeroGPU needs the package `spaces`: install it with `pip install spaces`, or use another backend.") from error
        self._local = local
        self._inside: LocalBackend | None = None
        self._run = spaces.GPU(self._run_inside, duration=call_duration)
        self._slices = spaces.GPU(self._slices_inside, duration=job_duration)

    def load(self, model: str) -> None:
        self._local.load(model)

    def run(self, model: str, method: str, batch: Mapping[str, Tensor]) -> Any:
        self.load(model)  # before the fork: the GPU's process starts with the weights in its memory
        with _borrowing():
            return _arrived(self._run(model, method, batch))

    def slices(self, job: JobFunction) -> Iterator[Any]:
        with _borrowing(), closing(self._slices(job)) as values:
            for value in values:
                yield map_tensors(torch.from_numpy, _arrived(value), np.ndarray)

    def loaded(self) -> Mapping[str, int]:
        return self._local.loaded()

    def release(self) -> None:
        self._local.release()

    def config(self, model: str) -> Mapping[str, Any] | None:
        return self._local.config(model)

    def where(self) -> str:
        return self._local.where()

    def _run_inside(self, model: str, method: str, batch: Mapping[str, Tensor]) -> Any:
        try:
            return self._gpu().run(model, method, batch)
        except Exception as error:
            failure = _as_value(error)
        self._gpu().release()  # here, where the exception is gone and with it the tensors that its traceback held
        return failure

    def _slices_inside(self, job: JobFunction) -> Iterator[Any]:
        try:
            with closing(self._gpu().slices(job)) as values:
                for value in values:
                    # A tensor would be an open file of the process that serves, and a job may be hundreds of values ahead of its reader.
                    yield map_tensors(_array, value)
        except Exception as error:
            yield _as_value(error)

    def _gpu(self) -> LocalBackend:
        if self._inside is None:
            models = self._local.models
            if choose_device("auto") == models.device:
                self._inside = self._local
            else:
                self._inside = LocalBackend(models.on("auto", lambda name, networks: copy.deepcopy(models.module(name))))
        return self._inside


@contextmanager
def _borrowing() -> Iterator[None]:
    """What `spaces` tells a visitor, such as that their quota is used up, is a notice of Gradio's: make a `UserError` of it."""
    try:
        yield
    except importlib.import_module("gradio.exceptions").Error as notice:
        text = str(notice.message).strip().rstrip(".")  # of HTML the plain version
        raise UserError(f"{notice.title}: {text}.") from None


def _as_value(error: Exception) -> Exception:
    """`error` as a result of the GPU's process. If it were raised there, the name of its class would arrive and the process be given up."""
    if is_out_of_memory(error):
        return MemoryError(str(error))
    if isinstance(error, UserError):
        return UserError(str(error))
    LOGGER.error("a computation failed in the GPU's process", exc_info=error)
    return RuntimeError(f"{type(error).__name__}: {error}")


def _array(value: Tensor) -> Any:
    return value if value.dtype == torch.bfloat16 else value.numpy()  # NumPy has none


def _arrived(value: Any) -> Any:
    """A result of the GPU's process; raises what `_as_value` made."""
    if isinstance(value, Exception):
        raise value
    return value
