"""Soft occupancy and points → surfaces of triangles.

Axes are glTF's (y up). A grid's voxel (i, j, k) of R has its centre at (2 (i, j, k) + 1) / R - 1, so a shape lies in the cube [-1, 1]³.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.spatial import cKDTree

from gan_demos.errors import UserError
from gan_demos.media.meshes import Mesh

from . import render
from .render import Tint

LEVEL = 0.5
LEAST = 0.05  # of a shape's volume: smaller loose pieces are left out
NUDGE = 1e-3  # a value on the level itself would give triangles without area
TOUCHING = np.ones((3, 3, 3), bool)
TINT: Tint = (render.LOW, render.HIGH)
PADDED = 1.12  # half the side of the cube in which a surface round points is looked for
CORNERS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)  # of an octahedron
SIDES = np.array([[2, 4, 0], [2, 1, 4], [2, 5, 1], [2, 0, 5], [3, 0, 4], [3, 4, 1], [3, 1, 5], [3, 5, 0]])


class EmptyShapeError(UserError):
    """There is nothing to show. Its text says what to do."""


def tidy(occupancy: NDArray, level: float = LEVEL, least: float = LEAST) -> NDArray[np.float32]:
    """The grid (R, R, R) without the loose pieces that hold less than `least` of its volume; the largest always stays.

    What stays keeps its soft values, so that the surface does not move. `EmptyShapeError` where no voxel is above `level`, `UserError`
    where values are not numbers.
    """
    grid = np.asarray(occupancy, np.float32)
    if not np.isfinite(grid).all():
        raise UserError("This shape holds values that are not numbers: draw another one.")
    pieces, count = ndimage.label(grid > level, TOUCHING)
    if not count:
        raise EmptyShapeError("This one came out empty: draw again with another seed.")
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    keep = sizes >= max(least * sizes.sum(), 1)
    keep[sizes.argmax()] = True
    loose = ~keep[pieces] & (pieces > 0)
    return np.where(loose, 0, grid) if loose.any() else grid


def surface(
    occupancy: NDArray, level: float = LEVEL, smooth: int = 0, tint: Tint = TINT, extent: float = 1.0, least: float = LEAST
) -> Mesh:
    """Where occupancy (R, R, R) in [0, 1] crosses `level`, by marching cubes (Lewiner et al. 2003): a closed surface, normals outward.

    The places between two voxels follow from their soft values, not from the thresholded grid. An empty layer is put round the grid, so
    that what touches its border is closed too. `smooth`: rounds of smoothing that keep the volume (Taubin 1995); extent: half the side of
    the cube that the grid fills. Errors as for `tidy`.
    """
    from skimage.measure import marching_cubes

    grid = np.pad(tidy(occupancy, level, least), 1)
    on_level = np.abs(grid - level) < NUDGE
    grid[on_level] = np.where(grid[on_level] > level, level + NUDGE, level - NUDGE)
    vertices, faces, _, _ = marching_cubes(grid, level)
    faces = faces.astype(np.int64)
    if _volume(vertices, faces) < 0:
        faces = faces[:, ::-1]
    if smooth:
        vertices = _smoothed(vertices.astype(np.float64), faces, smooth)
    normals = _normals(vertices, faces)
    soft = ndimage.gaussian_filter(grid, 0.8, truncate=2.0)
    slope = -np.stack([ndimage.map_coordinates(part, vertices.T, order=1) for part in np.gradient(soft)], 1)
    slope /= np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)
    agree = (slope * normals).sum(1, keepdims=True) > 0.3  # elsewhere the part is thinner than the filter
    normals = np.where(agree, slope, normals)
    side = len(grid) - 2
    places = (2 * (vertices - 1) + 1) / side - 1  # the empty layer is index 0
    colours = render.by_height(places[:, 1], tint).round().astype(np.uint8)
    return Mesh((extent * places).astype(np.float32), np.ascontiguousarray(faces), normals.astype(np.float32), colours)


def blocks(occupancy: NDArray, level: float = LEVEL, tint: Tint = TINT, least: float = LEAST) -> Mesh:
    """The filled voxels as cubes, only their outer faces. Where two cubes meet along an edge alone, that edge has four faces: such a shape
    is closed, but no manifold, and trimesh calls it not watertight."""
    solid = np.pad(tidy(occupancy, level, least) > level, 1)
    side = len(solid) - 2
    corners, normals = [], []
    for axis in range(3):
        for sign in (1, -1):
            at = np.argwhere(solid & ~np.roll(solid, -sign, axis)) - 1  # the empty layer is index 0
            square = np.array([[0, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]])[:: sign, :]  # counter-clockwise seen from outside
            square = np.roll(square, axis, 1)
            square[:, axis] = sign > 0
            corners.append(at[:, None] + square)  # (Q, 4, 3)
            normals.append(np.full((len(at), 3), sign * np.eye(3)[axis]))
    places = np.concatenate(corners).reshape(-1, 3) * (2 / side) - 1
    first = np.arange(0, len(places), 4)[:, None]
    faces = np.concatenate([first + [0, 1, 2], first + [0, 2, 3]])
    colours = render.by_height(places[:, 1], tint).round().astype(np.uint8)
    return Mesh(places.astype(np.float32), faces, np.repeat(np.concatenate(normals), 4, 0).astype(np.float32), colours, flat=True)


def balls(points: NDArray, radius: float = 0.018, tint: Tint = TINT) -> Mesh:
    """Points (N, 3) as small octahedra of `radius`, because viewers draw a point one pixel large: 6 N vertices, 8 N faces."""
    points = np.asarray(points, np.float32)
    if not len(points) or not np.isfinite(points).all():
        raise EmptyShapeError("There are no points to show: draw again with another seed.")
    vertices = (points[:, None] + radius * CORNERS).reshape(-1, 3)
    faces = (6 * np.arange(len(points))[:, None, None] + SIDES).reshape(-1, 3)
    colours = np.repeat(render.by_height(points[:, 1], tint).round().astype(np.uint8), 6, 0)
    return Mesh(vertices, faces, np.tile(CORNERS, (len(points), 1)), colours)


def round_points(points: NDArray, side: int = 56, radius: float | None = None) -> NDArray[np.float32]:
    """A soft grid (side, side, side) of the cube [-PADDED, PADDED]³ that is filled within `radius` of the points (N, 3): `surface` makes a
    closed skin of it. The radius follows from how far points lie apart if none is given. The skin has an inside and an outside: what the
    points do not fill stays hollow."""
    points = np.asarray(points, np.float64)
    tree = cKDTree(points)
    voxel = 2 * PADDED / side
    if radius is None:
        radius = max(1.6 * float(np.median(tree.query(points, 4)[0][:, 3])), 1.2 * voxel)
    line = (np.arange(side) + 0.5) * voxel - PADDED
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
    reach = radius + voxel
    far = tree.query(grid, distance_upper_bound=reach)[0]  # infinite beyond
    soft = np.clip(0.5 + (radius - np.minimum(far, reach)) / (2 * voxel), 0, 1)
    return soft.reshape(side, side, side).astype(np.float32)


def is_watertight(mesh: Mesh) -> bool:
    """Whether trimesh finds the mesh closed, vertices at one place taken as one, and its volume positive: the faces look outward."""
    import trimesh

    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True, validate=False)
    return bool(body.is_watertight and body.volume > 0)


def _volume(vertices: NDArray, faces: NDArray) -> float:
    """Signed volume: positive where faces are counter-clockwise seen from outside."""
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def _normals(vertices: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """Normals (V, 3) of length 1: the faces' round each vertex, larger ones counting more."""
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    area = np.cross(b - a, c - a)  # (F, 3)
    total = np.stack([np.bincount(faces.ravel(), np.repeat(area[:, k], 3), len(vertices)) for k in range(3)], 1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-12, total / np.maximum(length, 1e-12), (0.0, 1.0, 0.0))  # a normal has length 1 even where there is none


def _smoothed(vertices: NDArray, faces: NDArray, rounds: int, shrink: float = 0.5, grow: float = -0.53) -> NDArray:
    """Taubin's smoothing: each round pulls every vertex to the middle of its neighbours, then pushes it a little farther back."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = np.concatenate([ends, ends[:, ::-1]])
    links = sparse.csr_matrix((np.ones(len(ends)), ends.T), (len(vertices),) * 2)
    links.data[:] = 1.0
    mean = sparse.diags(1 / np.maximum(np.asarray(links.sum(1)).ravel(), 1)) @ links
    for _ in range(rounds):
        for step in (shrink, grow):
            vertices = vertices + step * (mean @ vertices - vertices)
    return vertices
