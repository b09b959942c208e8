"""Pictures of shapes without a display and without OpenGL: rays marched through a voxel grid, points drawn as small balls.

Axes are glTF's: x to the right, y up, z towards the viewer; a grid's voxel (i, j, k) of R has its centre at (2 (i, j, k) + 1) / R - 1 in
the cube [-1, 1]³. A view is (azimuth, elevation) in degrees: (0, 0) looks at the front, azimuth 90 at the side that lies at +x, elevation
90 from above. The projection is orthographic, and a shape is as large from every side, so that a turntable does not breathe.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

View = tuple[float, float]
Tint = tuple[Sequence[float], Sequence[float]]
Picture = NDArray[np.uint8]

VIEWS: dict[str, View] = {"front": (35.0, 22.0), "back": (160.0, 22.0), "above": (-40.0, 60.0)}
LEVEL = 0.5
PAPER = 255
LOW, HIGH = (64.0, 96.0, 168.0), (250.0, 196.0, 122.0)  # colours at the bottom and at the top
LIGHT = np.array([-0.45, 0.75, 0.6]) / np.linalg.norm([-0.45, 0.75, 0.6])  # in the camera's own axes: from the upper left, before the shape
STEP = 0.8  # of a voxel: how far a ray goes between two looks
LOOKS = 4  # of all rays that have met nothing yet, at a time
MARGIN = 1.06


def axes(view: View) -> NDArray[np.float64]:
    """The camera's axes in the shape's: rows right, up and towards the viewer, (3, 3), a rotation."""
    azimuth, elevation = np.deg2rad(view)
    towards = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    return np.stack([right, np.cross(towards, right), towards])


def voxels(
    occupancy: NDArray, view: View = VIEWS["front"], size: int = 128, level: float = LEVEL, tint: Tint = (LOW, HIGH)
) -> Picture:
    """The surface at `level` of occupancy (R, R, R) in [0, 1], on white: uint8 (size, size, 3). An empty grid gives an empty picture."""
    grid = np.asarray(occupancy, np.float32)
    solid = grid > level
    if not solid.any():
        return np.full((size, size, 3), PAPER, np.uint8)
    centre, reach = _ball(2 * (np.argwhere(solid) + 0.5) / len(grid) - 1, 1 / len(grid))
    camera = axes(view)
    places, hit = _march(grid, camera, centre, reach, size, level)
    soft = ndimage.gaussian_filter(grid, 0.8, truncate=2.0)
    slope = np.stack([_look(part, places) for part in np.gradient(soft)], 1)  # (H, 3)
    normal = -slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    # where the shape closes in on a place, less light comes to it
    near = _look(ndimage.gaussian_filter(grid, 1.6, truncate=2.0), places + (2.0 / len(grid)) * 2 * normal)
    picture = np.full((size, size, 3), float(PAPER))
    picture[hit] = _shade(places, normal @ camera.T, np.clip(1.15 - 1.2 * near, 0.35, 1.0), tint)
    return picture.round().astype(np.uint8)


def points(
    cloud: NDArray, view: View = VIEWS["front"], size: int = 128, radius: float = 0.022, tint: Tint = (LOW, HIGH)
) -> Picture:
    """Points (N, 3) as balls of `radius`, the nearer ones before the farther, on white: uint8 (size, size, 3)."""
    cloud = np.asarray(cloud, np.float64)
    centre, reach = _ball(cloud, radius)
    seen = (cloud - centre) @ axes(view).T  # (N, 3): right, up, towards the viewer
    scale = size / (2 * reach)
    reach_pixels = max(radius * scale, 0.9)
    span = np.arange(-int(reach_pixels + 0.5), int(reach_pixels + 0.5) + 1)
    across, down = (part.ravel() for part in np.meshgrid(span, span))
    inside = across**2 + down**2 <= reach_pixels**2 + 0.3
    across, down = across[inside] / reach_pixels, down[inside] / reach_pixels
    bulge = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))  # (D,) of a ball's half
    column = np.floor(size / 2 + seen[:, :1] * scale + across * reach_pixels).astype(int)  # (N, D)
    row = np.floor(size / 2 - seen[:, 1:2] * scale + down * reach_pixels).astype(int)
    depth = seen[:, 2:] + radius * bulge
    keep = ((row >= 0) & (row < size) & (column >= 0) & (column < size)).ravel()
    order = np.flatnonzero(keep)[np.argsort(depth.ravel()[keep], kind="stable")]  # the nearest is drawn last
    last = np.full(size * size, -1)
    last[(row * size + column).ravel()[order]] = order  # what is assigned last stays
    drawn = np.flatnonzero(last >= 0)
    one, part = np.divmod(last[drawn], len(bulge))  # which point, and which place of its ball
    light = np.clip(0.8 + 0.25 * depth[one, part] / reach, 0.5, 1.0)
    picture = np.full((size * size, 3), float(PAPER))
    picture[drawn] = _shade(cloud[one], np.stack([across, -down, bulge], 1)[part], light, tint)
    return picture.reshape(size, size, 3).round().astype(np.uint8)


def three_sides(shape: NDArray, size: int = 128) -> Picture:
    """A grid (R, R, R) or a cloud (N, 3) from the three `VIEWS`, side by side: uint8 (size, 3 size, 3)."""
    draw = voxels if np.ndim(shape) == 3 else points
    return np.concatenate([draw(shape, view, size) for view in VIEWS.values()], 1)


def sheet(shapes: Sequence[NDArray], columns: int = 4, size: int = 96) -> Picture:
    """Each shape from three sides, `columns` of them in a row: uint8 (height, width, 3)."""
    tiles = [three_sides(shape, size) for shape in shapes]
    tiles += [np.full_like(tiles[0], PAPER)] * (-len(tiles) % columns)
    gap = np.full((size, 2, 3), 200, np.uint8)
    rows = [np.concatenate([part for tile in tiles[i : i + columns] for part in (tile, gap)], 1) for i in range(0, len(tiles), columns)]
    return np.concatenate(rows)


def by_height(y: NDArray, tint: Tint = (LOW, HIGH)) -> NDArray[np.float64]:
    """Colours (N, 3), 0 to 255, of heights y (N,) in [-1, 1]."""
    share = np.clip(np.asarray(y)[:, None] * 0.5 + 0.5, 0, 1)
    low, high = (np.asarray(end, float) for end in tint)
    return np.clip(low + share * (high - low), 0, 255)


def _ball(places: NDArray, half: float) -> tuple[NDArray, float]:
    """Centre of the box round places (N, 3), and the distance from it within which all of them lie, `half` more on every side."""
    centre = (places.min(0) + places.max(0)) / 2
    return centre, MARGIN * (float(np.linalg.norm(places - centre, axis=1).max()) + half)


def _march(
    grid: NDArray, camera: NDArray, centre: NDArray, reach: float, size: int, level: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where the rays of a picture first cross `level`: places (H, 3) in the shape's axes, and which pixels these are, bool (size, size)."""
    pixel = ((np.arange(size) + 0.5) / size * 2 - 1) * reach
    depth = np.arange(reach, -reach, -2 * STEP / len(grid))  # from the viewer away
    right, up, towards = camera
    flat = centre + pixel[None, :, None] * right - pixel[:, None, None] * up  # (size, size, 3)
    # a ray that no voxel's column comes near is not followed
    solid = ndimage.binary_dilation(grid > level)
    at = (2 * (np.argwhere(solid) + 0.5) / len(grid) - 1 - centre) @ camera[:2].T  # (S, 2)
    column, row = ((at[:, 0] / reach + 1) * size / 2).astype(int), ((1 - at[:, 1] / reach) * size / 2).astype(int)
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    wide = 2 * int(size / reach / len(grid)) + 3  # pixels that a voxel may reach over
    away = reach - (2 * (np.argwhere(solid)[inside] + 0.5) / len(grid) - 1 - centre) @ towards  # (S,) from where rays start
    nearest, farthest = np.full((size, size), np.inf), np.full((size, size), -np.inf)
    np.minimum.at(nearest, (row[inside], column[inside]), away)
    np.maximum.at(farthest, (row[inside], column[inside]), away)
    nearest, farthest = ndimage.minimum_filter(nearest, wide), ndimage.maximum_filter(farthest, wide)
    hit = np.isfinite(nearest)
    rays = flat[hit]  # (Q, 3)
    step = 2 * STEP / len(grid)
    start, stop = (nearest[hit] / step).astype(int) - 3, (farthest[hit] / step).astype(int) + 4  # looks between which a ray may meet it
    first, share = _crossings(grid, rays, depth, towards, np.maximum(start, 0), np.minimum(stop, len(depth)), level)
    found = np.flatnonzero(first >= 0)
    first, share = first[found], share[found]
    before = depth[np.maximum(first - 1, 0)]
    places = rays[found] + (before + share * (depth[first] - before))[:, None] * towards
    hit[hit] = np.isin(np.arange(len(rays)), found)
    return places.astype(np.float32), hit


def _crossings(
    grid: NDArray, rays: NDArray, depth: NDArray, towards: NDArray, start: NDArray, stop: NDArray, level: float
) -> tuple[NDArray, NDArray]:
    """For each of rays (Q, 3) the number of its first look, from `start` (Q,) on and before `stop` (Q,), that finds more than `level`, or
    -1; and how far between that look and the one before it the level lies. Looks are at `rays + depth · towards`."""
    first, share = np.full(len(rays), -1), np.ones(len(rays))
    active, at = np.arange(len(rays)), start
    while len(active):
        looks = at[:, None] + np.arange(-1, LOOKS)  # (A, 1 + LOOKS): the last one of before comes along
        places = rays[active, None] + depth[np.clip(looks, 0, len(depth) - 1)][..., None] * towards
        values = _look(grid, places.reshape(-1, 3)).reshape(looks.shape)
        above = (values[:, 1:] > level) & (looks[:, 1:] < stop[active, None])
        seen = np.flatnonzero(above.any(1))
        number = above[seen].argmax(1)
        low, high = values[seen, number], values[seen, number + 1]
        first[active[seen]] = looks[seen, number + 1]
        share[active[seen]] = np.where(looks[seen, number + 1] > 0, np.clip((level - low) / np.maximum(high - low, 1e-6), 0, 1), 1.0)
        left = ~above.any(1) & (at + LOOKS < stop[active])
        active, at = active[left], at[left] + LOOKS
    return first, share


def _look(grid: NDArray, places: NDArray) -> NDArray[np.float32]:
    """The grid's values at places (Q, 3) of the cube [-1, 1]³, trilinear, 0 outside: (Q,)."""
    index = ((places + 1) * (len(grid) / 2) - 0.5).T
    return ndimage.map_coordinates(grid, index, order=1, mode="constant", output=np.float32)


def _shade(places: NDArray, normal: NDArray, light: NDArray, tint: Tint) -> NDArray[np.float64]:
    """Colours (H, 3) of surface at places (H, 3) with normals (H, 3) in the camera's axes; `light` (H,): the share that comes there."""
    direct = np.clip(normal @ LIGHT, 0, 1)
    return np.clip(by_height(places[:, 1], tint) * (light * (0.42 + 0.72 * direct))[:, None], 0, 255)
