"""The shapes' endpoints: files that hold what they say, seeds that stay themselves, and what happens to a shape that comes out empty."""

import io
import json

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from gan_demos import application, media
from gan_demos.demo import run
from gan_demos.demos.shapes import DEMO, generate, latents, looks, measuring, render
from gan_demos.demos.shapes.meshing import EmptyShapeError
from gan_demos.demos.shapes.networks import VoxelGenerator
from gan_demos.demos.shapes.vocabulary import CLASSES, CODED, DIRECTIONS, LOOKS, OFFERED
from gan_demos.errors import UserError

GRID = next(name for name in OFFERED if name.startswith("voxels"))
KIND = next(iter(CLASSES[GRID]))


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


def table(width, high, side=32):
    """Soft occupancy of a table `width` voxels wide whose top is at `high`."""
    grid = np.zeros((side,) * 3, np.float32)
    x = slice(16 - width // 2, 16 - width // 2 + width)
    grid[x, high : high + 3, 8:24] = 0.9
    for leg in (x.start, x.stop - 2):
        grid[leg : leg + 2, 4:high, 8:10] = grid[leg : leg + 2, 4:high, 22:24] = 0.9
    return grid


@pytest.fixture
def tables(debug, monkeypatch):
    """A voxel model whose first latent is how wide its tables are, the second how high; where the third is above 1 there is nothing."""

    def forward(self, latent, condition):
        made = [table(16 + round(2 * float(z[0])), 20 + round(2 * float(z[1]))) * float(z[2] < 1) for z in latent]
        return torch.from_numpy(np.stack(made))

    monkeypatch.setattr(VoxelGenerator, "forward", forward)


def shape(engine, **more):
    return run(DEMO, "shape", {"model": GRID, "kind": KIND, **more}, engine)


def files(result):
    return {artefact.suffix: artefact.data for artefact in result.artefacts}


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def fuller(size, empty):
    """The first seeds whose latents have a third number below (or, where `empty`, above) 1, with room for what else is tested."""
    return [seed for seed in range(200) if (float(latents.noise(seed, size)[2]) > 1) == empty]


def test_every_file_holds_the_shape_and_all_but_stl_the_recipe(tables, own_engine):
    result = shape(own_engine, seed=fuller(8, False)[0], formats=["stl", "obj", "glb", "ply"], millimetres=80)
    assert [artefact.suffix for artefact in result.artefacts] == [".glb", ".obj", ".ply", ".stl", ".png"]
    made = files(result)
    for suffix in (".glb", ".obj", ".ply", ".png"):
        assert media.read_recipe(made[suffix]).parameters["millimetres"] == 80
    solids = (".glb", ".obj", ".ply", ".stl")
    bodies = {suffix: trimesh.load(io.BytesIO(made[suffix]), file_type=suffix[1:], force="mesh") for suffix in solids}
    assert {len(body.faces) for body in bodies.values()} == {result.values["triangles"]}
    sides = bodies[".glb"].extents
    np.testing.assert_allclose(bodies[".ply"].extents, sides, rtol=1e-3)
    solid = bodies[".stl"]
    assert solid.is_watertight and result.values["watertight"] is True and solid.volume > 0
    assert solid.extents.max() == pytest.approx(80, rel=1e-4)
    np.testing.assert_allclose(solid.extents, np.array([sides[0], sides[2], sides[1]]) * 80 / sides.max(), rtol=1e-3)
    assert solid.bounds[0][2] == pytest.approx(0, abs=1e-4), "it stands on z = 0"


@pytest.mark.parametrize("model", OFFERED)
@pytest.mark.parametrize("look", LOOKS)
def test_every_look_fits_every_model(debug, own_engine, model, look):
    result = run(DEMO, "shape", {"model": model, "kind": next(iter(CLASSES[model])), "look": look, "formats": ["glb", "stl"]}, own_engine)
    made = files(result)
    body = trimesh.load(io.BytesIO(made[".glb"]), file_type="glb", force="mesh")
    assert len(body.faces) == result.values["triangles"] > 0
    assert np.isfinite(body.vertices).all() and np.abs(body.vertices).max() < 4
    assert (picture(made[".png"]) < 250).any(-1).mean() > 0.0005, "the picture shows something"
    balls = look == "points" or (look == "own" and not model.startswith("voxels"))
    assert any("loose points" in note for note in result.values["notes"]) == balls
    assert (result.values["triangles"] % 8 == 0) or not balls


def test_blocks_are_cubes_and_a_surface_is_smooth():
    grid = table(16, 20)
    blocks, smooth = (looks.mesh(grid, looks.look_of(look, "Dusk", grid)) for look in ("blocks", "smooth"))
    assert set(np.abs(blocks.normals).max(1)) == {1.0} and (np.abs(smooth.normals).max(1) < 0.99).any()
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (300, 3)).astype(np.float32)
    skin = looks.mesh(points, looks.look_of("smooth", "Dusk", points))
    far = np.linalg.norm(skin.vertices[:, None] - points, axis=2).min(1)
    assert far.max() < 0.35, "the skin lies round the points"


def test_colours_go_from_the_shape_s_own_bottom_to_its_own_top():
    grid = table(16, 12)
    body = looks.mesh(grid, looks.look_of("own", "Sea", grid))
    low, high = body.vertices[:, 1].argmin(), body.vertices[:, 1].argmax()
    np.testing.assert_allclose(body.colours[low], (22, 58, 110), atol=12)
    np.testing.assert_allclose(body.colours[high], (150, 228, 206), atol=12)
    clay = looks.mesh(grid, looks.look_of("own", "Clay", grid))
    assert len(np.unique(clay.colours, axis=0)) == 1


def test_a_ply_of_points_holds_the_points_themselves(debug, own_engine):
    model = next(name for name in OFFERED if not name.startswith("voxels"))
    result = run(DEMO, "shape", {"model": model, "kind": next(iter(CLASSES[model])), "formats": ["ply"]}, own_engine)
    assert b"element vertex 64\n" in files(result)[".ply"] and b"element face" not in files(result)[".ply"]


def test_a_direction_moves_its_shape_and_the_measures_say_so(tables, own_engine):
    seed = fuller(8, False)[0]
    narrow, wide = (shape(own_engine, seed=seed, width=place).values["size"] for place in (-1, 1))
    assert wide["width"] > narrow["width"] + 0.05
    low, high = (shape(own_engine, seed=seed, height=place).values["size"] for place in (-1, 1))
    assert high["legs"] > low["legs"] + 0.05, "a higher table has longer legs"


def test_a_direction_that_was_not_found_changes_nothing_and_says_so(tables, monkeypatch):
    monkeypatch.setitem(DEMO.debug[GRID][2], "directions", {})
    seed = fuller(8, False)[0]
    with application.make_engine((DEMO,)) as engine:  # that has loaded no model yet, for a loaded one keeps its directions
        still, moved = shape(engine, seed=seed), shape(engine, seed=seed, legs=1)
    assert np.array_equal(picture(files(still)[".png"]), picture(files(moved)[".png"]))
    assert any("No direction for leg length" in note for note in moved.values["notes"]) and not still.values["notes"]


def test_truncation_goes_to_the_middle_of_the_kind(tables, own_engine):
    seeds = fuller(8, False)[:6]
    middle = {json.dumps(shape(own_engine, seed=seed, truncation=0).values["size"]) for seed in seeds}
    whole = {json.dumps(shape(own_engine, seed=seed, truncation=1).values["size"]) for seed in seeds}
    assert len(middle) == 1 < len(whole)


def test_a_latent_of_one_s_own_is_what_its_seed_would_give(debug, own_engine):
    latent = latents.noise(5, 8).tolist()
    given, seeded = shape(own_engine, latent=latent), shape(own_engine, seed=5)
    assert np.array_equal(picture(files(given)[".png"]), picture(files(seeded)[".png"]))
    with pytest.raises(UserError, match="Latent: the model .* takes 8 numbers, not 7"):
        shape(own_engine, latent=latent[:7])


def test_an_empty_shape_is_drawn_again_and_it_is_said_and_is_the_same_in_any_company(tables, own_engine):
    empty = [seed for seed in fuller(8, True) if float(latents.noise(latents.stand_in(seed, 1), 8)[2]) < 1]
    result = shape(own_engine, seed=empty[0])
    other = latents.stand_in(empty[0], 1)
    assert result.values["drawn_from"] == other and result.values["seed"] == empty[0]
    assert f"Seed {empty[0]} came out empty, so it was drawn again, from seed {other}." in result.values["notes"]
    alone = run(DEMO, "shelf", {"model": GRID, "kind": KIND, "seed": empty[0], "count": 1}, own_engine)
    shelf = run(DEMO, "shelf", {"model": GRID, "kind": KIND, "seed": empty[0] - 1 if empty[0] else 0, "count": 3}, own_engine)
    place = [one["seed"] for one in shelf.values["shapes"]].index(empty[0])
    assert shelf.values["shapes"][place]["drawn_from"] == other
    assert np.array_equal(picture(shelf.artefacts[place].data), picture(alone.artefacts[0].data))


def test_a_model_that_gives_nothing_gets_a_sentence_from_every_endpoint(debug, own_engine, monkeypatch):
    monkeypatch.setattr(VoxelGenerator, "forward", lambda self, latent, condition: torch.zeros(len(latent), 32, 32, 32))
    kind, term = {"kind": KIND}, {"kind": KIND, "seed": 0}
    asked = {"shape": kind, "shelf": kind, "morph": {**kind, "to_kind": KIND}, "arithmetic": dict.fromkeys("abc", term)}
    for endpoint, more in asked.items():
        with pytest.raises(EmptyShapeError, match="empty"):
            run(DEMO, endpoint, {"model": GRID, **more}, own_engine)
    with pytest.raises(EmptyShapeError, match="The shape of this latent is empty"):
        shape(own_engine, latent=[0.0] * 8)


def test_values_that_are_no_numbers_count_as_empty(debug, own_engine, monkeypatch):
    monkeypatch.setattr(VoxelGenerator, "forward", lambda self, latent, condition: torch.full((len(latent), 32, 32, 32), torch.nan))
    with pytest.raises(EmptyShapeError):
        shape(own_engine)


def test_a_morph_begins_at_one_shape_passes_the_other_and_turns_once(tables, own_engine):
    a, b = fuller(8, False)[:2]
    given = {"model": GRID, "kind": KIND, "seed": a, "to_kind": KIND, "to_seed": b, "frames": 12}
    result = run(DEMO, "morph", given, own_engine)
    assert [artefact.suffix for artefact in result.artefacts] == [".mp4", ".gif"]
    film = Image.open(io.BytesIO(files(result)[".gif"]))
    assert film.n_frames == 12 and result.values["frames"] == 12
    azimuth, elevation = render.VIEWS["front"]
    for number, seed, turned in ((0, a, 0), (6, b, 180)):
        film.seek(number)
        shown = np.asarray(film.convert("RGB")).astype(int)
        z = latents.noise(seed, 8)
        grid = table(16 + round(2 * float(z[0])), 20 + round(2 * float(z[1])))
        expected = looks.picture(grid, looks.look_of("own", "Dusk", grid), (azimuth + turned, elevation), generate.MOVING).astype(int)
        assert np.abs(shown - expected).mean() < 3, f"frame {number} is that of seed {seed}"


def test_a_minus_a_plus_c_is_c_for_every_kind_of_model(debug, own_engine):
    for model in OFFERED:
        kinds = [*CLASSES[model]]
        same, c = {"kind": kinds[0], "seed": 1}, {"kind": kinds[-1], "seed": 2}
        summed = run(DEMO, "arithmetic", {"model": model, "a": same, "b": same, "c": c}, own_engine)
        alone = run(DEMO, "shape", {"model": model, **c}, own_engine)
        assert summed.values["triangles"] == pytest.approx(alone.values["triangles"], rel=0.02)
        assert summed.values["size"] == pytest.approx(alone.values["size"], abs=0.01)


def test_arithmetic_adds_what_the_first_has_and_the_second_has_not(tables, own_engine, monkeypatch):
    rows = {1: (4.0, 0.0), 2: (0.0, 0.0), 3: (0.0, 3.0)}  # wide, plain, high
    monkeypatch.setattr(latents, "noise", lambda seed, size: torch.tensor([*rows[seed], *[0.0] * (size - 2)]))
    terms = {name: {"kind": KIND, "seed": seed} for name, seed in zip("abc", (1, 2, 3), strict=True)}
    sizes = run(DEMO, "arithmetic", {"model": GRID, **terms}, own_engine).values["size"]
    plain, wide, high = (shape(own_engine, seed=seed).values["size"] for seed in (2, 1, 3))
    assert sizes["width"] > plain["width"] + 0.15 and sizes["width"] <= wide["width"] + 0.01
    assert sizes["height"] > plain["height"] + 0.1 and sizes["height"] <= high["height"] + 0.01


def test_a_sum_that_comes_out_empty_adds_less_and_says_so(tables, own_engine, monkeypatch):
    rows = {1: 1.2, 2: 0.0, 3: 0.0}  # the whole of a - b is empty, three quarters of it are not
    monkeypatch.setattr(latents, "noise", lambda seed, size: torch.tensor([0.0, 0.0, rows[seed], *[0.0] * (size - 3)]))
    terms = {name: {"kind": KIND, "seed": seed} for name, seed in zip("abc", (1, 2, 3), strict=True)}
    result = run(DEMO, "arithmetic", {"model": GRID, **terms}, own_engine)
    assert result.values["amount"] == 0.75
    assert result.values["notes"] == ["The whole sum came out empty, so only 75 % of a - b was added to c.", "Term a is empty."]


def test_ways_between_latents_keep_their_length_and_codes_go_straight(debug, own_engine):
    context = type("Context", (), {"extra": lambda self, model: {"latent_dim": 8}})()
    a, b = (torch.cat([latents.noise(seed, 8), torch.eye(2)[seed]]) for seed in (0, 1))
    space = latents.LatentSpace(context, GRID)
    start, middle, end = space.between(a, b, [0.0, 0.5, 1.0])
    torch.testing.assert_close(start, a)
    torch.testing.assert_close(end, b)
    assert middle[:8].norm() == pytest.approx(float((a[:8].norm() + b[:8].norm()) / 2), rel=1e-5)
    assert middle[8:].tolist() == [0.5, 0.5]
    codes = latents.CodeSpace(context, CODED[0])
    torch.testing.assert_close(codes.between(a, b, [0.25])[0], a * 0.75 + b * 0.25)
    assert space.sum(a, a, b)[8:].tolist() == [0, 1]
    assert (space.sum(a, b, b)[8:] >= 0).all() and float(space.sum(a, b, b)[8:].sum()) == pytest.approx(1)


def test_steering_keeps_the_length_of_a_latent_and_a_direction_survives_its_packing():
    latent, direction = latents.noise(0, 64), latents.noise(1, 64)
    moved = latents.steered(latent, {"width": direction}, {"width": 0.7})
    assert moved.norm() == pytest.approx(float(latent.norm()), rel=1e-5) and not torch.equal(moved, latent)
    assert torch.equal(latents.steered(latent, {}, {}), latent)
    torch.testing.assert_close(latents.unpack(latents.pack(direction)), direction, rtol=1e-3, atol=1e-3)


def test_measures_know_a_table_s_sides_and_legs():
    found = measuring.measured(table(16, 20))
    assert found["width"] == pytest.approx(16 / 32, abs=0.02) and found["depth"] == pytest.approx(16 / 32, abs=0.02)
    assert found["height"] == pytest.approx(19 / 32, abs=0.02)
    assert found["legs"] == pytest.approx(16 / 32, abs=0.05), "from the floor to the top's underside"
    box = np.zeros((32, 32, 32), np.float32)
    box[8:24, 4:20, 8:24] = 1
    assert measuring.measured(box)["legs"] == 0
    corners = (np.argwhere(table(16, 20) > 0.5) + 0.5) / 16 - 1
    cloud = measuring.measured(corners.astype(np.float32))
    for name in DIRECTIONS:
        assert cloud[name] == pytest.approx(found[name], abs=0.12)
    with pytest.raises(EmptyShapeError):
        measuring.measured(np.zeros((32, 32, 32), np.float32))


def test_a_comparison_has_a_picture_of_every_model_that_knows_the_kind(debug, own_engine):
    kind = "chair" if any("chair" in CLASSES[model] for model in OFFERED) else KIND
    knowing = [model for model in OFFERED if kind in CLASSES[model]]
    result = run(DEMO, "compare", {"kind": kind, "seed": 3}, own_engine)
    assert [one["model"] for one in result.values["models"]] == knowing
    assert len(result.artefacts) == len(knowing) + (len(knowing) > 1)
    assert len(media.read_recipe(result.artefacts[0].data).checkpoints) == len(knowing)
