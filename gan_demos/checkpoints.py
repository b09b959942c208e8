"""Checkpoints: find, verify, load and save the folders `checkpoints/<name>/`.

A folder holds `model.safetensors` (fp16) and `config.json`; docs/architecture.md describes both. Nothing here unpickles anything.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import nn

from gan_demos.errors import CheckpointError

FORMAT = 1
MODEL_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
MAX_MODEL_BYTES = 64 << 20
MAX_HEADER_BYTES = 1 << 20
MAX_CONFIG_BYTES = 1 << 20
DEBUG_PREFIX = "debug-"
DEBUG_VARIABLE = "GAN_DEMOS_DEBUG"
OWN_KEY = "gan_demos"

# checkpoint name -> (network key, constructor arguments, extra)
DebugTable = Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]]


def root() -> Path:
    """The folder of all checkpoints: `$GAN_DEMOS_CHECKPOINTS`, else `checkpoints/` beside the package."""
    chosen = os.environ.get("GAN_DEMOS_CHECKPOINTS")
    return Path(chosen) if chosen else Path(__file__).resolve().parent.parent / "checkpoints"


def names() -> list[str]:
    """Names of the checkpoints on disk, sorted; debug checkpoints are not among them."""
    if not root().is_dir():
        return []
    return sorted(
        path.name
        for path in root().iterdir()
        if re.fullmatch("[a-z0-9-]+", path.name) and not path.name.startswith(DEBUG_PREFIX) and (path / CONFIG_FILE).is_file()
    )


def folder(name: str) -> Path:
    """The folder of checkpoint `name`, which may not exist. `CheckpointError` for a name that is not made of a-z, 0-9 and '-'."""
    if not isinstance(name, str) or not re.fullmatch("[a-z0-9-]{1,100}", name):
        raise CheckpointError(f"{str(name)[:60]!r} is not the name of a checkpoint: names are made of a-z, 0-9 and '-'.")
    return root() / name


def debug_enabled() -> bool:
    """Whether debug checkpoints may be used: `GAN_DEMOS_DEBUG=1`."""
    return os.environ.get(DEBUG_VARIABLE) == "1"


def read_config(name: str, debug: DebugTable | None = None) -> dict[str, Any]:
    """The checked `config.json` of checkpoint `name`: constructor arguments at top level, the rest under `"gan_demos"`.

    `debug` maps a checkpoint to what its debug twin `debug-<name>` is built from. `CheckpointError` if anything is missing or malformed.
    """
    path = folder(name) / CONFIG_FILE
    if name.startswith(DEBUG_PREFIX):
        return _debug_config(name, debug or {})
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise CheckpointError(_damaged(name, path, f"is larger than {MAX_CONFIG_BYTES} bytes"))
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(_missing(name, path)) from None
    except (ValueError, RecursionError):
        raise CheckpointError(_damaged(name, path, "is not valid JSON")) from None
    except OSError as error:
        raise CheckpointError(_damaged(name, path, f"cannot be read ({error.strerror})")) from None
    _check_config(name, path, config)
    return config


def digest(name: str, debug: DebugTable | None = None) -> str:
    """The sha256 (64 hex digits) of the checkpoint's weights as its config states it; `load` and `verify` hold the file to it."""
    return read_config(name, debug)[OWN_KEY]["sha256"][MODEL_FILE]


def extra(name: str, debug: DebugTable | None = None) -> dict[str, Any]:
    """What the demo stored beside the weights: a sample rate, the directions of sliders, …"""
    return read_config(name, debug)[OWN_KEY]["extra"]


def verify(name: str) -> str:
    """Read the weights of `name` and hold them to the sha256 of its config; returns it. `CheckpointError` if they differ."""
    _read_weights(name, read_config(name))
    return digest(name)


def load(name: str, networks: Mapping[str, type[nn.Module]], debug: DebugTable | None = None) -> nn.Module:
    """The network of checkpoint `name`: fp32, on the CPU, in eval mode, without gradients; its config as `checkpoint_config`.

    `networks` maps the network key of `config.json` to its class. `CheckpointError` if the folder or a file is missing, the file's
    sha256 is not the config's, or the weights do not fit the network; the text names the file and the command that rebuilds it.
    """
    config = read_config(name, debug)
    own = config[OWN_KEY]
    if own["network"] not in networks:
        raise CheckpointError(_damaged(name, folder(name) / CONFIG_FILE, f"names the network {own['network']!r}, which is not known here"))
    if name.startswith(DEBUG_PREFIX):
        module = _debug_module(name, config, networks)
    else:
        weights = _read_weights(name, config)
        module = _construct(name, config, networks)
        _fill(name, module, weights)
    module.checkpoint_config = config  # the files may be replaced later, and then config.json speaks of other weights than these
    return module.float().eval().requires_grad_(False)


def save(
    folder: Path | str,
    name: str,
    demo: str,
    network_name: str,
    module: nn.Module,
    arguments: Mapping[str, Any],
    extra: Mapping[str, Any],
    half: bool = True,
) -> str:
    """Write `model.safetensors` and `config.json` of `module` into `folder` and return the weights' sha256.

    `arguments` are the constructor arguments of `module`, `extra` anything JSON-able the demo wants beside them; `half` stores floating
    point weights as fp16, and those that are whole numbers from -127 to 127 throughout as bytes, which loses nothing. Each file is written
    whole under another name, then renamed, so that a reader never sees half a file.
    `CheckpointError` for weights that are not finite once stored, or that are more than `MAX_MODEL_BYTES`.
    """
    if OWN_KEY in arguments:
        raise CheckpointError(f"A network cannot take a constructor argument called {OWN_KEY!r}: config.json keeps its own facts there.")
    target = Path(folder)
    weights = {}
    for key, tensor in module.state_dict().items():
        stored = tensor.detach().to("cpu", torch.float16 if half and tensor.is_floating_point() else tensor.dtype, copy=True)
        if stored.is_floating_point() and not torch.isfinite(stored).all():
            raise CheckpointError(f"The weights {key!r} of {name} are not finite as {stored.dtype}: train with a lower rate, or keep fp32.")
        if half and stored.numel() and stored.is_floating_point() and stored.abs().max() <= 127 and torch.equal(stored, stored.round()):
            stored = stored.to(torch.int8)
        weights[key] = stored.contiguous()
    data = safetensors.torch.save(weights)
    if len(data) > MAX_MODEL_BYTES:
        raise CheckpointError(f"The weights of {name} take {len(data)} bytes; a checkpoint may take {MAX_MODEL_BYTES}.")
    sha256 = hashlib.sha256(data).hexdigest()
    own = {"format": FORMAT, "name": name, "demo": demo, "network": network_name, "sha256": {MODEL_FILE: sha256}, "extra": dict(extra)}
    text = json.dumps({**arguments, OWN_KEY: own}, indent=2, allow_nan=False) + "\n"
    target.mkdir(parents=True, exist_ok=True)
    _write(target / MODEL_FILE, data)
    _write(target / CONFIG_FILE, text.encode("utf-8"))
    return sha256


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes a file that only its owner may read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _command(name: str) -> str:
    return f"rebuild it with: python -m gan_demos train {name}"


def _missing(name: str, path: Path) -> str:
    return f"The checkpoint {name} is not here ({path} is missing); {_command(name)}"


def _damaged(name: str, path: Path, what: str) -> str:
    return f"The checkpoint {name} cannot be used: {path} {what}; {_command(name)}"


def _check_config(name: str, path: Path, config: Any) -> None:
    own = config.get(OWN_KEY) if isinstance(config, dict) else None
    if not isinstance(own, dict):
        raise CheckpointError(_damaged(name, path, f"has no {OWN_KEY!r} part"))
    if own.get("format") != FORMAT:
        raise CheckpointError(_damaged(name, path, f"has the format {own.get('format')!r}, where {FORMAT} is read"))
    if own.get("name") != name:
        raise CheckpointError(_damaged(name, path, f"belongs to the checkpoint {own.get('name')!r}"))
    sha256 = own.get("sha256")
    if not isinstance(sha256, dict) or not re.fullmatch("[0-9a-f]{64}", str(sha256.get(MODEL_FILE))):
        raise CheckpointError(_damaged(name, path, f"states no sha256 of {MODEL_FILE}"))
    if not isinstance(own.get("network"), str) or not isinstance(own.get("extra"), dict):
        raise CheckpointError(_damaged(name, path, "names no network or has no 'extra'"))


def _read_weights(name: str, config: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    path = folder(name) / MODEL_FILE
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_MODEL_BYTES:
                raise CheckpointError(_damaged(name, path, f"has {size} bytes, where at most {MAX_MODEL_BYTES} are read"))
            # The first 8 bytes state the length of a JSON header: a false one must not make anybody allocate it.
            header = int.from_bytes(file.read(8), "little")
            if size < 8 or header > min(MAX_HEADER_BYTES, size - 8):
                raise CheckpointError(_damaged(name, path, "is damaged (its header does not fit)"))
            file.seek(0)
            data = file.read(MAX_MODEL_BYTES + 1)
    except FileNotFoundError:
        raise CheckpointError(_missing(name, path)) from None
    except OSError as error:
        raise CheckpointError(_damaged(name, path, f"cannot be read ({error.strerror})")) from None
    if hashlib.sha256(data).hexdigest() != config[OWN_KEY]["sha256"][MODEL_FILE]:
        raise CheckpointError(_damaged(name, path, f"is damaged (its sha256 is not the one in {CONFIG_FILE})"))
    try:
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(_damaged(name, path, f"is not a safetensors file ({error})")) from None


def _construct(name: str, config: Mapping[str, Any], networks: Mapping[str, type[nn.Module]]) -> nn.Module:
    own = config[OWN_KEY]
    try:
        return networks[own["network"]](**{key: value for key, value in config.items() if key != OWN_KEY})
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(_damaged(name, folder(name) / CONFIG_FILE, f"does not fit {own['network']} ({error})")) from None


def _fill(name: str, module: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    path = folder(name) / MODEL_FILE
    expected = module.state_dict()
    if odd := sorted(set(expected) ^ set(weights)):
        raise CheckpointError(_damaged(name, path, f"does not fit its network (weights missing or unknown: {', '.join(odd[:5])})"))
    for key, tensor in weights.items():
        if tensor.shape != expected[key].shape:
            shapes = f"{key} has the shape {tuple(tensor.shape)}, not {tuple(expected[key].shape)}"
            raise CheckpointError(_damaged(name, path, f"does not fit its network ({shapes})"))
    module.load_state_dict(weights)


def _debug_config(name: str, debug: DebugTable) -> dict[str, Any]:
    if not debug_enabled():
        raise CheckpointError(f"{name} has random weights and is for tests only (they set {DEBUG_VARIABLE}=1).")
    if (original := name.removeprefix(DEBUG_PREFIX)) not in debug:
        raise CheckpointError(f"There is no debug checkpoint {name}: no demo declares one for {original!r}.")
    network, arguments, more = debug[original]
    # Debug weights follow from these alone, so their digest stands for the weights.
    facts = json.dumps([name, network, dict(arguments), dict(more)], sort_keys=True)
    sha256 = {MODEL_FILE: hashlib.sha256(facts.encode()).hexdigest()}
    own = {"format": FORMAT, "name": name, "demo": "debug", "network": network, "sha256": sha256, "extra": dict(more)}
    return {**arguments, OWN_KEY: own}


def _debug_module(name: str, config: Mapping[str, Any], networks: Mapping[str, type[nn.Module]]) -> nn.Module:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "little")
    with torch.random.fork_rng(devices=[]):  # a buffer drawn at construction is fixed too
        torch.manual_seed(seed)
        module = _construct(name, config, networks)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() < 2:  # biases and the scales of norms: near what they were built as, or the output would vanish
                parameter.add_(0.02 * noise)
            else:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
    return module
