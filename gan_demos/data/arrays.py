"""Datasets that are one `.npz` file of plain arrays each: shapes as voxels and as points. Nothing in them is unpickled.

They were made from public meshes by programs that are not part of this project, so they are not rebuilt here: what is known of their
making is said by `how`, and a file that is at hand is held to its checksum.
"""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError

UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError)
RESEARCH = "ModelNet: for research; the rights to the single models lie with their authors"


@dataclass(frozen=True, kw_only=True)
class ArraySource:
    """A dataset that is one `.npz`; `content` is the sha256 over its arrays, see `digest`."""

    name: str
    file: str  # below `sources.root()`
    title: str
    address: str
    licence: str
    how: str  # how one comes from the address to such a file
    content: str


def digest(file: Path) -> str:
    """sha256 over the arrays of a `.npz` in the order of their names: name, type and shape as a line, then the values in C order. How the
    file was packed does not matter. `UserError` where it is damaged."""
    found = hashlib.sha256()
    try:
        with np.load(file, allow_pickle=False) as arrays:
            for key in sorted(arrays.files):
                values = np.ascontiguousarray(arrays[key])
                found.update(f"{key} {values.dtype.str} {values.shape}\n".encode())
                found.update(values.tobytes())
    except UNREADABLE as error:
        raise UserError(f"{file} is damaged: {error}.") from None
    return found.hexdigest()


def verify(source: ArraySource, file: Path) -> str:
    """Hold a dataset file to its checksum; "" where it fits, else what is wrong."""
    try:
        content = digest(file)
    except UserError as error:
        return str(error).rstrip(".")
    return "" if content == source.content else f"the sha256 of its arrays is {content} instead of {source.content}"


def build(source: ArraySource, file: Path) -> None:
    """Nothing to do where `file` is here and good; else a `UserError` that says how one gets it."""
    problem = verify(source, file) if file.is_file() else "it is not here"
    if problem:
        raise UserError(f"{source.name} cannot be built by this program, and {file} won't do: {problem}. {source.how}")


MODELNET = "https://modelnet.cs.princeton.edu/"
CENTRED = "Each mesh's longest side takes 24 of the 30 voxels, in the middle of the grid."
SHAPES: tuple[ArraySource, ...] = (
    ArraySource(
        name="modelnet10-voxels",
        file="shapes/modelnet10_30.npz",
        title="ModelNet10, filled voxels 30 × 30 × 30",
        address=MODELNET,
        licence=RESEARCH,
        how=f"Download ModelNet10.zip from {MODELNET} and voxelise each mesh, filled. {CENTRED} Arrays: voxels_packed (np.packbits of "
        "each flattened grid, x, y, z up), label (0-9, alphabetical); the training split first, each class in the order of file names.",
        content="13c0c39e776be6f40d655439428c1437095f6f2eef667465fe08fbe440f5df1b",
    ),
    ArraySource(
        name="modelnet-chairs",
        file="shapes/modelnet_chairs_30.npz",
        title="ModelNet10's chairs again with finer legs, filled voxels 30 × 30 × 30",
        address=MODELNET,
        licence=RESEARCH,
        how=f"Download the voxelised meshes of 3D ShapeNets (Wu et al. 2015) that {MODELNET} leads to and take the chairs of ModelNet10 in "
        "one orientation, training split first. Array: voxels_packed.",
        content="4367f28fbbcab09087c6f3762d341c736ea650aad2cce750c3f81ce881d2e44b",
    ),
    ArraySource(
        name="modelnet10-points",
        file="shapes/modelnet10_points_1024.npz",
        title="ModelNet10, 1,024 points on each mesh",
        address=MODELNET,
        licence=RESEARCH,
        how=f"Download ModelNet10.zip from {MODELNET}, draw 1,024 spread-out points on each mesh and scale each cloud into the unit ball. "
        "Arrays: points (fp16, z up), name (class/split/file).",
        content="edfa939758ec59e6be86526dcdbf7dfd782e71fe9ed26dd53ccb117286e74f37",
    ),
    ArraySource(
        name="airplane-points",
        file="shapes/airplane_points_2048.npz",
        title="ModelNet40's airplanes, 2,048 points on each mesh",
        address=MODELNET,
        licence=RESEARCH,
        how=f"Download ModelNet40.zip from {MODELNET} and draw 2,048 points on each mesh of the airplanes. Arrays: points (fp16, y up), "
        "name.",
        content="d00b382d76491bc0561ed9cbd81c841021e9f590ac594db9e9e858d2c357a904",
    ),
    ArraySource(
        name="airplane-voxels",
        file="shapes/airplane_64.npz",
        title="ModelNet40's airplanes, voxels 64 × 64 × 64",
        address=MODELNET,
        licence=RESEARCH,
        how=f"Download ModelNet40.zip from {MODELNET} and voxelise the airplanes, y up, in the order of their names. Array: voxels_packed.",
        content="a7c172ea702541a58720878b27e952d8e92b2544610133ce4717944e4bd19984",
    ),
    ArraySource(
        name="sweethome-furniture",
        file="shapes/sweethome_furniture.npz",
        title="Household items of Sweet Home 3D, voxels 32 and 64, 2,048 points",
        address="Debian package sweethome3d-furniture",
        licence="CC-BY-3.0 and CC0, by item: see the package's copyright file",
        how="Install the Debian package sweethome3d-furniture and voxelise its models, y up. Arrays: voxels32_packed, voxels64_packed, "
        "points (fp16, in [-0.5, 0.5]), label.",
        content="1d4394f544bf114b85ec6ad5819f6fe0adfb8fb6b14950e3b1fabffb18d63113",
    ),
)  # fmt: skip
