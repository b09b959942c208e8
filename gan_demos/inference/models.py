"""Models on their device: loaded on first use, kept within a memory budget."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from gan_demos.process import give_back

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")

Loader = Callable[[str, Mapping[str, type[nn.Module]]], nn.Module]


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """The device named, or for "auto" the first of CUDA, MPS and CPU that is there."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out; torch tells it by class on CUDA and by words elsewhere."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in words for phrase in OUT_OF_MEMORY)


def size_in_bytes(module: nn.Module) -> int:
    """Bytes of parameters and buffers, shared ones counted once."""
    return sum(tensor.numel() * tensor.element_size() for tensor in [*module.parameters(), *module.buffers()])


class ModelCache:
    """Models by checkpoint name. One thread uses it (the worker, a long job's slices included); any thread may read `loaded`
    and `configs`.

    `precision` maps a model's name to an autocast dtype. Without an entry a model runs in fp32: bf16 on this project's audio networks
    is off by more than 2 LSB of 16-bit samples, so it is a choice to be made per model, by measurement, and never the default.

    A model larger than the whole budget is still kept while it is the one in use.
    """

    def __init__(
        self,
        networks: Mapping[str, type[nn.Module]],
        loader: Loader,
        device: str | torch.device = "auto",
        budget: int = 1 << 30,
        precision: Mapping[str, torch.dtype] | None = None,
    ) -> None:
        self.device = choose_device(device)
        self.budget = budget
        self.loaded: Mapping[str, int] = {}  # name -> bytes; replaced as a whole, so that other threads need no lock
        self.configs: Mapping[str, Mapping[str, Any]] = {}  # name -> config of the checkpoint it was loaded from; replaced likewise
        self._networks = networks
        self._loader = loader
        self._precision = dict(precision or {})
        self._modules: OrderedDict[str, nn.Module] = OrderedDict()  # least recently used first

    def module(self, name: str) -> nn.Module:
        """The model, in eval mode, on the device, its weights frozen. Raises what the loader raises, `CheckpointError` above all.

        Ask for it again in every slice of a long job rather than keep it: a module somebody holds can be evicted but not freed.
        """
        if name in self._modules:
            self._modules.move_to_end(name)
            return self._modules[name]
        # Weights made in inference mode could never take part in a gradient; frozen ones cannot collect one visitor's gradient for another.
        with torch.inference_mode(False):
            module = self._loader(name, self._networks).to(self.device).eval().requires_grad_(False)
        self._modules[name] = module
        sizes = {**self.loaded, name: size_in_bytes(module)}
        while sum(sizes.values()) > self.budget and len(sizes) > 1:
            oldest, _ = self._modules.popitem(last=False)
            del sizes[oldest]
        self.loaded = sizes
        self.configs = {name: kept.checkpoint_config for name, kept in self._modules.items() if hasattr(kept, "checkpoint_config")}
        return module

    def call(self, model: str, /, *, method: str = "forward", **inputs: Tensor) -> Any:
        """One forward of a whole batch: inputs of shape (batch, ...) are moved to `device`, outputs stay there.

        With gradients on, as they are inside a job, the outputs carry their graph back to the inputs.
        """
        module = self.module(model)
        batch = {name: value.to(self.device) for name, value in inputs.items()}
        with self._numerics(model):
            return getattr(module, method)(**batch)

    def on(self, device: str | torch.device, loader: Loader | None = None) -> "ModelCache":
        """An empty cache of the same networks, budget, precision and, unless another is given, loader on another device."""
        return ModelCache(self._networks, loader or self._loader, device, self.budget, self._precision)

    def release(self) -> None:
        """Gives memory that was freed back, the device's and the host's."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        give_back()

    def _numerics(self, model: str) -> AbstractContextManager[Any]:
        stack = ExitStack()
        if self.device.type == "cuda":
            # cuDNN's defaults (TF32, the fastest algorithm whichever it is) let one item's samples depend on who shared its batch.
            stack.enter_context(torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False))
        if model in self._precision:
            stack.enter_context(torch.autocast(self.device.type, dtype=self._precision[model]))
        return stack
