"""Grouping single requests into one batch and taking the batch apart again."""

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


def signature(inputs: Mapping[str, Tensor]) -> Hashable:
    """Names, shapes and dtypes of one item's inputs: items with equal signatures can share a batch."""
    return tuple(sorted((name, tuple(value.shape), str(value.dtype)) for name, value in inputs.items()))


def stack(items: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Items of one signature -> tensors of shape (batch, ...); 0-d tensors become shape (batch,)."""
    return {name: torch.stack([item[name] for item in items]) for name in items[0]}


def split(outputs: Any, size: int) -> list[Any]:
    """Outputs of shape (batch, ...), or a tuple or dict of them -> one ordinary tensor (or tuple, dict) per item.

    Items are copies: a caller that keeps one does not keep its neighbours' memory, and may write into it.
    """
    _check(outputs, size)
    return [map_tensors(lambda value, i=i: value[i].clone(), outputs) for i in range(size)]


def cut(outputs: Any, sizes: Sequence[int]) -> list[Any]:
    """Outputs of several batches that were one, of `sizes` items -> the outputs of each, copies too."""
    _check(outputs, sum(sizes))
    ends = list(itertools.accumulate(sizes))
    return [map_tensors(lambda value, i=i: value[ends[i] - sizes[i] : ends[i]].clone(), outputs) for i in range(len(sizes))]


def _check(outputs: Any, size: int) -> None:
    def check(value: Tensor) -> Tensor:
        if value.ndim == 0 or value.shape[0] != size:
            raise RuntimeError(f"A network's output of shape {tuple(value.shape)} has no batch axis of {size} in front.")
        return value

    map_tensors(check, outputs)


def map_tensors(function: Callable[[Any], Any], value: Any, kind: type = Tensor) -> Any:
    """`value` with `function` applied to every tensor, or other `kind`, inside its tuples, lists and dicts; all else is left as it is."""
    if isinstance(value, kind):
        return function(value)
    if isinstance(value, Mapping):
        return {name: map_tensors(function, part, kind) for name, part in value.items()}
    if isinstance(value, tuple | list):
        parts = [map_tensors(function, part, kind) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def to_cpu(value: Any) -> Any:
    """Copies of all tensors inside `value`, on the CPU, without a graph: nothing that happens to the original later shows."""
    return map_tensors(lambda tensor: tensor.detach().to("cpu", copy=True), value)
