"""3D shapes: voxels and points from a latent vector, as a surface to turn, to keep and to print."""

import torch

from ...demo import Demo, Endpoint
from . import generate, latents, requests
from .networks import DEBUG, PointLatentGAN, RawPointGenerator, VoxelGenerator
from .vocabulary import AIRPLANE_POINTS, CLASSES, CODED, DIRECTIONS, FINE_VOXELS, JUDGE, MODELS, OFFERED, RAW_AIRPLANES, RAW_POINTS, VOXELS

_NETWORK = {name: "PointLatentGAN" if name in CODED else "RawPointGenerator" for name in MODELS} | dict.fromkeys(
    (VOXELS, FINE_VOXELS), "VoxelGenerator"
)


def _debug(name: str) -> tuple[str, dict, dict]:
    """The tiny twin of a checkpoint; its directions are the first axes of its latents."""
    arguments = {**DEBUG[_NETWORK[name]], "classes": len(CLASSES[name])}
    if name == FINE_VOXELS:
        arguments["finer"] = 4
    size = arguments["latent_dim"]
    axes = {direction: latents.pack(2 * axis) for direction, axis in zip(DIRECTIONS, torch.eye(size), strict=False)}
    extra = {"latent_dim": size, "classes": [*CLASSES[name]], "directions": dict.fromkeys(CLASSES[name], axes)}
    return _NETWORK[name], arguments, extra


def _example(number: int, *keys: str) -> dict:
    """A model and kinds of it: the examples take the models in turn, so that between them they use every one."""
    model = OFFERED[number % len(OFFERED)]
    kinds = [*CLASSES[model]]
    return {"model": model} | {key: kinds[place % len(kinds)] for place, key in enumerate(keys, start=len(kinds) // 2)}


_MORPHED = _example(OFFERED.index(AIRPLANE_POINTS) if AIRPLANE_POINTS in OFFERED else 2, "kind", "to_kind")
_SHELVED = _example(OFFERED.index(RAW_POINTS) if RAW_POINTS in OFFERED else 1, "kind") | {"count": 3}
_ADDED = _example(2)
_TERMS = {key: {"kind": kind, "seed": seed} for seed, (key, kind) in enumerate(zip("abc", [*CLASSES[_ADDED["model"]]] * 3, strict=False))}
_ENDPOINTS = (
    Endpoint("shape", requests.Shape, generate.shape, "One shape, as files to keep and a picture.", _example(0, "kind"), generate.uses),
    Endpoint("shelf", requests.Shelf, generate.shelf, "Small pictures of several shapes.", _SHELVED, generate.uses),
    Endpoint(
        "morph",
        requests.Morph,
        generate.morph,
        "From one shape to another and back on a turntable, as MP4 and GIF.",
        _MORPHED | {"frames": 12, "to_seed": 5},
        generate.uses,
    ),
    Endpoint("arithmetic", requests.Arithmetic, generate.arithmetic, "a - b + c of three shapes.", _ADDED | _TERMS, generate.uses),
    Endpoint(
        "compare",
        requests.Compare,
        generate.compare,
        "One kind and seed, by every model that knows the kind.",
        {"kind": "airplane" if {FINE_VOXELS, RAW_AIRPLANES} & {*OFFERED} else requests.FIRST_KIND},
        generate.uses_all,
    ),
)

DEMO = Demo(
    name="shapes",
    title="3D shapes",
    pitch="Chairs, tables, airplanes out of latent space: turn them, stretch them, mix them, print them.",
    checkpoints=OFFERED,
    networks={"VoxelGenerator": VoxelGenerator, "PointLatentGAN": PointLatentGAN, "RawPointGenerator": RawPointGenerator},
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    debug={name: _debug(name) for name in MODELS},
    tab="gan_demos.demos.shapes.tab:build",
    train="gan_demos.demos.shapes.train",
    warm=OFFERED[:2],
    judges=(JUDGE,),
    pending=tuple(name for name in MODELS if name not in OFFERED),
)
