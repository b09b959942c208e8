"""Training state on disk: everything a run needs to go on, as safetensors (never pickle)."""

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

STATE_FILE = "state.safetensors"  # in the folder of a run


def _optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    return {
        f"{i}.{key}": value
        for i, entry in optimizer.state_dict()["state"].items()
        for key, value in entry.items()
        if torch.is_tensor(value)
    }


def save_state(file: Path, modules: dict[str, nn.Module], optimizers: dict[str, Optimizer], facts: dict) -> None:
    """Write modules, optimizers and JSON-able facts to `file`; the old file is replaced only when the new one is whole."""
    tensors = {f"module/{name}/{key}": value for name, module in modules.items() for key, value in module.state_dict().items()}
    tensors |= {
        f"optimizer/{name}/{key}": value for name, optimizer in optimizers.items() for key, value in _optimizer_tensors(optimizer).items()
    }
    temporary = file.with_suffix(".tmp")
    save_file({key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}, temporary, {"facts": json.dumps(facts)})
    os.replace(temporary, file)


def load_state(file: Path, modules: dict[str, nn.Module], optimizers: dict[str, Optimizer]) -> dict:
    """Fill modules and optimizers from `file`; returns the facts. KeyError or RuntimeError where the file is of other networks."""
    with safe_open(file, "pt") as opened:
        tensors = {key: opened.get_tensor(key) for key in opened.keys()}
        facts = json.loads(opened.metadata()["facts"])
    for name, module in modules.items():
        prefix = f"module/{name}/"
        module.load_state_dict({key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)})
    for name, optimizer in optimizers.items():
        prefix, state = f"optimizer/{name}/", {}
        for key, value in tensors.items():
            if key.startswith(prefix):
                index, field = key.removeprefix(prefix).split(".", 1)
                state.setdefault(int(index), {})[field] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return facts
