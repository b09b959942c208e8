"""What a shape is drawn as: its surface, its picture and its files, by the look that was asked for.

A shape is soft occupancy (R, R, R) or points (N, 3); every look fits both. Points get a surface by a grid that is filled within a fixed
distance of them (`meshing.round_points`), and a grid gets points by taking some of its surface's.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ... import media
from ...demo import Artefact
from ...media import meshes
from ...media.meshes import Mesh
from ...recipes import Recipe
from . import meshing, render
from .render import Picture, Tint, View
from .vocabulary import COLOURS

SAMPLED = 2048  # points of a grid's surface
SKIN, COARSE = 52, 36  # voxels along a side of the grid round points: for its skin, and as blocks
FINE = 96  # voxels along a side from which on blocks are drawn as blocks
PICTURE = 384  # pixels along a side


class Look(NamedTuple):
    """`kind`: "smooth", "blocks" or "points"; `tint`: colours at the bottom and at the top of the cube [-1, 1]³."""

    kind: str
    tint: Tint


def look_of(look: str, colour: str, shape: NDArray) -> Look:
    """The look that a request asks for; its own look is a surface for a grid, balls for points. The colours go from the shape's own bottom
    to its own top."""
    own = "smooth" if np.ndim(shape) == 3 else "points"
    low, high = _span(shape)
    bottom, top = (np.array(end, float) for end in COLOURS[colour])
    rise = (top - bottom) / (high - low)
    return Look(own if look == "own" else look, (bottom - (1 + low) * rise, top + (1 - high) * rise))


def is_empty(shape: NDArray) -> bool:
    """Whether there is nothing to see of it."""
    return not np.isfinite(shape).all() or (np.ndim(shape) == 3 and not (shape > meshing.LEVEL).any())


def mesh(shape: NDArray, look: Look) -> Mesh:
    """The surface, the cubes or the balls. `EmptyShapeError` where there is nothing."""
    if look.kind == "points":
        return meshing.balls(_points(shape), tint=look.tint)
    if np.ndim(shape) == 3:
        return meshing.surface(shape, tint=look.tint) if look.kind == "smooth" else meshing.blocks(shape, tint=look.tint)
    grid = _around(shape, look)
    if look.kind == "smooth":
        return meshing.surface(grid, tint=look.tint, extent=meshing.PADDED, least=0)
    made = meshing.blocks(grid, tint=look.tint, least=0)
    return replace(made, vertices=made.vertices * np.float32(meshing.PADDED))


def picture(shape: NDArray, look: Look, view: View = render.VIEWS["front"], size: int = PICTURE) -> Picture:
    """What `mesh` looks like, uint8 (size, size, 3), on white. `EmptyShapeError` where there is nothing."""
    if look.kind == "points":
        # twice as large and then smaller, so that small balls are round
        large = Image.fromarray(render.points(_points(shape), view, 2 * size, tint=look.tint))
        return np.asarray(large.resize((size, size), Image.Resampling.BOX))
    grid = meshing.tidy(shape) if np.ndim(shape) == 3 else _around(shape, look)
    if look.kind == "blocks":
        times = max(2, -(-FINE // len(grid)))
        grid = np.kron((grid > meshing.LEVEL).astype(np.float32), np.ones((times,) * 3, np.float32))
    return render.voxels(grid, view, size, tint=look.tint)


def files(name: str, shape: NDArray, look: Look, formats: Sequence[str], millimetres: float, recipe: Recipe) -> tuple[list[Artefact], dict]:
    """An artefact for each of the formats, in their order, and what is known of them: "triangles"; for STL "watertight", and "notes"."""
    body = mesh(shape, look)
    facts: dict = {"triangles": len(body.faces), "notes": []}
    made = []
    for format in formats:
        if format == "stl":
            data, more = _print(shape, look, body, millimetres, recipe)
            facts |= {"watertight": more["watertight"], "notes": more["notes"]}
        elif format == "ply" and look.kind == "points":
            data = media.encode("ply", _bare(_points(shape), body), recipe, points_only=True)
        else:
            data = media.encode(format, body, recipe)
        made.append(Artefact(name, "shape", f".{format}", data))
    return made, facts


def _print(shape: NDArray, look: Look, body: Mesh, millimetres: float, recipe: Recipe) -> tuple[bytes, dict]:
    """An STL file, and whether a slicer will take it as it is. Balls that only touch the air cannot be printed, so points get a skin."""
    notes = []
    if look.kind == "points":
        body = mesh(shape, Look("smooth", look.tint))
        notes.append("STL: loose points cannot be printed, so the STL holds the surface instead.")
    closed = meshing.is_watertight(body)
    if not closed:
        notes.append("STL: this surface is not watertight (cubes that meet along an edge alone); the smooth surface is the one to print.")
    return meshes.stl(body, recipe, millimetres), {"watertight": closed, "notes": notes}


def _span(shape: NDArray) -> tuple[float, float]:
    """The heights between which a shape lies; those of the whole cube where there is nothing."""
    if is_empty(shape):
        return -1.0, 1.0
    if np.ndim(shape) == 2:
        low, high = float(shape[:, 1].min()), float(shape[:, 1].max())
    else:
        filled = np.flatnonzero((meshing.tidy(shape) > meshing.LEVEL).any((0, 2)))
        low, high = 2 * filled[0] / len(shape) - 1, 2 * (filled[-1] + 1) / len(shape) - 1
    return low, max(high, low + 0.1)


def _points(shape: NDArray) -> NDArray:
    """The points, or some of a grid's surface, always the same."""
    if np.ndim(shape) == 2:
        return shape
    places = meshing.surface(shape).vertices
    return places[np.random.default_rng(0).permutation(len(places))[:SAMPLED]]


def _around(points: NDArray, look: Look) -> NDArray[np.float32]:
    if not len(points) or not np.isfinite(points).all():
        raise meshing.EmptyShapeError("There are no points to show: draw again with another seed.")
    return meshing.round_points(points, SKIN if look.kind == "smooth" else COARSE)


def _bare(points: NDArray, body: Mesh) -> Mesh:
    """Points as a mesh of which only the vertices are written: normals away from the middle, the colours of their balls."""
    away = points - points.mean(0)
    away = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    return Mesh(points.astype(np.float32), np.zeros((1, 3), np.int64), away.astype(np.float32), body.colours[::6])
