"""Surfaces: closed, outward, where the soft values say, the right way up; and files that give their recipe back."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from gan_demos import media
from gan_demos.demos.shapes import meshing, render
from gan_demos.errors import MediaError, UserError
from gan_demos.media import meshes
from gan_demos.recipes import Recipe
from tests.test_recipes import random_recipe

trimesh = pytest.importorskip("trimesh")
RECIPE = Recipe("shapes", "voxels", {"seed": 7, "title": "žlutý"}, {"voxels-household": "ab" * 32}, "0.1.0")
SIDE = 24


def places(side=SIDE):
    line = (2 * np.arange(side) + 1) / side - 1
    return np.stack(np.meshgrid(line, line, line, indexing="ij"), -1)


def ball(radius=0.6, centre=(0, 0, 0), side=SIDE):
    """Soft occupancy whose surface at one half is exactly the sphere."""
    away = np.linalg.norm(places(side) - centre, axis=-1) - radius
    return np.clip(0.5 - away * side / 4, 0, 1).astype(np.float32)


def box(*spans, side=SIDE):
    grid = np.zeros((side,) * 3, np.float32)
    grid[tuple(slice(*span) for span in spans)] = 1
    return grid


def test_a_ball_is_closed_outward_and_within_a_twentieth_of_a_voxel():
    mesh = meshing.surface(ball(0.6, (0.1, -0.2, 0.05)))
    away = mesh.vertices - np.float32([0.1, -0.2, 0.05])
    radius = np.linalg.norm(away, axis=1)
    assert np.abs(radius - 0.6).max() < 0.05 * 2 / SIDE
    assert meshing.is_watertight(mesh)
    assert ((away / radius[:, None]) * mesh.normals).sum(1).min() > 0.97
    body = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert body.volume == pytest.approx(4 / 3 * np.pi * 0.6**3, rel=0.02)


def test_soft_values_place_the_surface_and_thresholded_ones_do_not():
    soft = meshing.surface(ball(0.61))
    hard = meshing.surface((ball(0.61) > 0.5).astype(np.float32))
    error = [np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.61).mean() for mesh in (soft, hard)]
    assert error[0] < 0.1 * error[1]


def test_what_touches_the_border_is_closed_too():
    assert meshing.is_watertight(meshing.surface(np.ones((6, 6, 6), np.float32)))
    assert meshing.is_watertight(meshing.surface(box((0, 9), (3, 24), (20, 24))))
    assert meshing.is_watertight(meshing.blocks(box((0, 9), (3, 24), (20, 24))))


def test_values_on_the_level_itself_leave_it_closed():
    grid = np.round(ball() * 4) / 4  # many voxels are 0.5 exactly
    assert (grid == 0.5).any()
    assert meshing.is_watertight(meshing.surface(grid))


def test_random_fields_are_closed():
    rng = np.random.default_rng(0)
    for _ in range(5):
        field = meshing.ndimage.gaussian_filter(rng.random((14, 14, 14)), 1).astype(np.float32)
        mesh = meshing.surface((field - field.min()) / np.ptp(field), least=0)
        assert meshing.is_watertight(mesh)


def test_smoothing_keeps_closed_and_about_as_large():
    rough = ball(0.6) > 0.5
    hard, smooth = (trimesh.Trimesh(m.vertices, m.faces) for m in (meshing.surface(rough), meshing.surface(rough, smooth=8)))
    assert smooth.is_watertight and smooth.volume == pytest.approx(hard.volume, rel=0.03)
    assert np.linalg.norm(smooth.vertices, axis=1).std() < 0.7 * np.linalg.norm(hard.vertices, axis=1).std()


def test_loose_pieces_go_and_the_rest_does_not_move():
    whole, crumb = ball(0.5, (-0.3, 0, 0)), box((22, 24), (22, 24), (22, 24))
    tidy = meshing.tidy(np.maximum(whole, crumb))
    assert tidy[22:, 22:, 22:].max() == 0
    np.testing.assert_array_equal(tidy[:20], whole[:20])
    two = np.maximum(ball(0.4, (-0.5, 0, 0)), ball(0.4, (0.5, 0, 0)))
    np.testing.assert_array_equal(meshing.tidy(two), two)  # each is half of it


@pytest.mark.parametrize("make", [meshing.surface, meshing.blocks, meshing.tidy])
def test_empty_and_broken_grids_are_told(make):
    with pytest.raises(meshing.EmptyShapeError, match="empty"):
        make(np.full((8, 8, 8), 0.4))
    for value in (np.nan, np.inf):
        with pytest.raises(UserError, match="not numbers"):
            make(np.full((8, 8, 8), value))


def test_blocks_are_the_voxels():
    grid = box((3, 9), (4, 20), (5, 7)) + box((9, 12), (4, 6), (5, 7))
    mesh = meshing.blocks(grid)
    body = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert body.is_watertight and body.volume == pytest.approx(grid.sum() * (2 / SIDE) ** 3)
    normal = np.cross(*(mesh.vertices[mesh.faces[:, k]] - mesh.vertices[mesh.faces[:, 0]] for k in (1, 2)))
    assert ((normal * mesh.normals[mesh.faces[:, 0]]).sum(1) > 0).all()
    assert np.allclose(body.bounds, [[3 / 12 - 1, 4 / 12 - 1, 5 / 12 - 1], [12 / 12 - 1, 20 / 12 - 1, 7 / 12 - 1]])


def test_points_become_closed_balls_of_their_own():
    cloud = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    mesh = meshing.balls(cloud, 0.001)
    assert meshing.is_watertight(mesh) and (len(mesh.vertices), len(mesh.faces)) == (300, 400)
    np.testing.assert_allclose(mesh.vertices.reshape(50, 6, 3).mean(1), cloud, atol=1e-6)
    with pytest.raises(meshing.EmptyShapeError):
        meshing.balls(np.zeros((0, 3)))


def test_a_skin_round_points_is_closed_and_near_them():
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(800, 3))
    cloud *= 0.8 / np.linalg.norm(cloud, axis=1, keepdims=True)
    mesh = meshing.surface(meshing.round_points(cloud, 40, 0.15), extent=meshing.PADDED)
    assert meshing.is_watertight(mesh)
    away = np.linalg.norm(mesh.vertices, axis=1)
    assert away.max() < 0.8 + 0.16 and away.max() > 0.8 + 0.12 and away.min() < 0.8 - 0.05


def test_a_mesh_checks_itself():
    fine = meshing.surface(ball())
    for change in ({"vertices": fine.vertices * np.nan}, {"faces": fine.faces + 1}, {"faces": fine.faces[:0]}, {"colours": fine.normals}):
        with pytest.raises(MediaError):
            meshes.Mesh(**{**vars(fine), **change})


class TestFiles:
    mesh = meshing.surface(box((2, 20), (4, 12), (6, 18)) + box((2, 5), (12, 20), (6, 18)))

    @pytest.mark.parametrize("kind", ["glb", "ply", "obj"])
    @pytest.mark.parametrize("seed", range(6))
    def test_any_recipe_comes_back(self, kind, seed):
        recipe = random_recipe(seed)
        data = media.encode(kind, self.mesh, recipe)
        assert media.sniff(data) == kind and media.read_recipe(data) == recipe
        assert media.encode(kind, self.mesh, recipe) == data

    @pytest.mark.parametrize("kind", ["glb", "ply", "obj"])
    def test_trimesh_reads_the_same_surface(self, kind):
        read = trimesh.load(io.BytesIO(media.encode(kind, self.mesh, RECIPE)), file_type=kind, force="mesh")
        np.testing.assert_allclose(read.bounds, [self.mesh.vertices.min(0), self.mesh.vertices.max(0)], atol=1e-5)
        assert read.is_watertight and read.volume == pytest.approx(trimesh.Trimesh(self.mesh.vertices, self.mesh.faces).volume, rel=1e-3)

    def test_glb_holds_normals_linear_colours_and_no_metal(self):
        data = media.encode("glb", self.mesh, RECIPE)
        tree = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
        (primitive,) = tree["meshes"][0]["primitives"]
        assert {"POSITION", "NORMAL", "COLOR_0"} <= set(primitive["attributes"])
        assert tree["materials"][primitive["material"]]["pbrMetallicRoughness"]["metallicFactor"] == 0
        assert int.from_bytes(data[8:12], "little") == len(data)

    def test_glb_of_blocks_shares_its_corners_and_leaves_normals_to_the_viewer(self):
        blocks = meshing.blocks(box((3, 9), (4, 20), (5, 7)))
        data = media.encode("glb", blocks, RECIPE)
        tree = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
        assert set(tree["meshes"][0]["primitives"][0]["attributes"]) == {"POSITION", "COLOR_0"}
        read = trimesh.load(io.BytesIO(data), file_type="glb", force="mesh", process=False)
        assert len(read.vertices) == 2 + len(read.faces) / 2  # Euler's formula, each corner once
        assert read.is_watertight and read.volume == pytest.approx(trimesh.Trimesh(blocks.vertices, blocks.faces).volume)
        assert len(data) < 0.4 * len(media.encode("glb", replace(blocks, flat=False), RECIPE))
        colours = {place: colour for place, colour in zip(map(tuple, blocks.vertices), blocks.colours, strict=True)}
        places, painted, corners = blocks.shared()
        assert (painted == np.array([colours[tuple(place)] for place in places])).all()
        np.testing.assert_array_equal(places[corners], blocks.vertices[blocks.faces])

    def test_ply_of_points_alone(self):
        read = trimesh.load(io.BytesIO(media.encode("ply", self.mesh, RECIPE, points_only=True)), file_type="ply")
        np.testing.assert_allclose(read.vertices, self.mesh.vertices)
        assert (np.asarray(read.colors)[:, :3] == self.mesh.colours).all()

    def test_stl_is_in_millimetres_stands_upright_and_is_closed(self):
        data = meshes.stl(self.mesh, RECIPE, 90.0)
        read = trimesh.load(io.BytesIO(data), file_type="stl")
        assert read.is_watertight and read.volume > 0
        assert read.extents.max() == pytest.approx(90) and read.bounds[0][2] == pytest.approx(0, abs=1e-4)
        ratio = np.ptp(self.mesh.vertices, axis=0)
        np.testing.assert_allclose(read.extents / 90, ratio[[0, 2, 1]] / ratio.max(), atol=1e-5)
        assert not data.startswith(b"solid") and len(data) == 84 + 50 * len(self.mesh.faces)
        with pytest.raises(MediaError):
            media.read_recipe(data)

    @pytest.mark.parametrize("size", [0, -1, np.nan, np.inf])
    def test_stl_of_no_size_is_refused(self, size):
        with pytest.raises(MediaError, match="millimetres"):
            meshes.stl(self.mesh, RECIPE, size)

    @pytest.mark.parametrize("kind", ["glb", "ply", "obj"])
    def test_damaged_files_are_refused_in_a_sentence(self, kind):
        data = media.encode(kind, self.mesh, RECIPE)
        for damaged in (data[:40], data[:16] + b"\xff" * 200, data.replace(b"gan_demos.recipe", b"gan_demos.receipt")[:4000]):
            with pytest.raises(UserError):
                media.read_recipe(damaged)


class TestRender:
    def test_up_is_up_and_right_is_right(self):
        picture = render.voxels(box((16, 22), (16, 22), (9, 15)) + box((2, 5), (2, 5), (9, 15)), (0, 0), 64)
        dark = (picture < 250).any(2)
        assert dark[:32, 32:].sum() > 3 * dark[32:, :32].sum() > 0 and not dark[:30, :30].any()

    def test_the_viewer_sees_the_side_that_faces_him(self):
        plate = box((4, 20), (4, 20), (16, 18))
        knob = box((10, 14), (10, 14), (18, 22))  # towards +z
        seen = [render.voxels(plate + knob, (azimuth, 0), 64) for azimuth in (0, 180)]
        only = [render.voxels(plate, (azimuth, 0), 64) for azimuth in (0, 180)]
        change = [np.abs(a.astype(int) - b).mean() for a, b in zip(seen, only, strict=True)]
        assert change[0] > 0
        side = (render.voxels(plate + knob, (90, 0), 64) < 250).any(2)  # from +x, +z is on the left
        assert np.argwhere(side)[:, 1].min() < 32 - 4
        assert side[:, : 32 - 6].sum() < side[:, 32 - 6 :].sum()

    def test_points_hide_what_is_behind_them(self):
        near, far = [[0.0, 0.9, 0.8]], [[0.0, 0.9, -0.8]]
        spread = [[-0.9, -0.9, 0], [0.9, -0.9, 0]]
        both = render.points(np.array(near + far + spread), (0, 0), 64, 0.05)
        swapped = render.points(np.array(far + near + spread), (0, 0), 64, 0.05)
        np.testing.assert_array_equal(both, swapped)

    @pytest.mark.parametrize("view", [(0, 0), *render.VIEWS.values(), (0, 90), (0, -90)])
    def test_axes_are_a_rotation(self, view):
        axes = render.axes(view)
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1)

    def test_nothing_is_white_and_three_sides_differ(self):
        assert (render.voxels(np.zeros((8, 8, 8))) == 255).all()
        sides = np.split(render.three_sides(ball(0.3, (0.3, 0.2, 0)) + box((2, 5), (2, 20), (2, 5)), 40), 3, 1)
        assert all((one < 250).any() for one in sides) and (sides[0] != sides[1]).any()
        assert render.sheet([np.zeros((8, 8, 8))] * 3, 2, 16).shape == (32, 2 * (48 + 2), 3)
