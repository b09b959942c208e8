"""Shapes as data: one orientation for all, the splits, and checksums over arrays."""

import numpy as np
import pytest

from gan_demos import cli, data
from gan_demos.data import arrays, shapes, sources
from gan_demos.errors import UserError


def packed(grids):
    return np.packbits(grids.reshape(len(grids), -1), axis=1)


def z_up(faces):
    """A thing of 30³ in the axes of the files (x, y, z up): a tall back on the side away from `faces`, (0, -1) or (-1, 0), and a seat
    whose left end, seen by a viewer in front, is marked by a low leg."""
    grid = np.zeros((30, 30, 30), bool)
    grid[5:25, 5:25, 10:12] = True
    if faces == (0, -1):
        grid[5:25, 22:25, 12:25] = True
        grid[5:8, 5:8, 3:10] = True  # the viewer stands at -y and has -x on the left
    else:
        grid[22:25, 5:25, 12:25] = True
        grid[5:8, 22:25, 3:10] = True  # the viewer stands at -x and has +y on the left
    return grid


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_DATA", str(tmp_path))
    (tmp_path / "shapes").mkdir()

    def write(dataset, /, **values):
        np.savez(tmp_path / sources.FILES[dataset], **values)

    labels = np.arange(10, dtype=np.uint8).repeat(20)
    grids = np.stack([z_up((-1, 0) if k in shapes.FACING_LEFT else (0, -1)) for k in labels])
    grids[0] = False  # nearly empty ones are left out
    chairs = np.stack([z_up((-1, 0))] * 20)
    chairs[:, 14:16, 14:16, 12] = True  # the finer ones can be told from those in the first file
    order = np.argsort(np.arange(200) % 20 >= 15, kind="stable")  # three quarters of each class are for training and come first
    write("modelnet10-voxels", voxels_packed=packed(grids[order]), label=labels[order])
    write("modelnet-chairs", voxels_packed=packed(chairs))
    points, names = [], []
    for k, name in enumerate(shapes.HOUSEHOLD):
        for split, count in (("test", 5), ("train", 15)):
            inside = np.argwhere(z_up((-1, 0) if k in shapes.FACING_LEFT else (0, -1)))[:1024] / 15 - 1
            points += [np.resize(inside, (1024, 3)).astype(np.float16)] * count
            names += [f"{name}/{split}/{name}_{i}.pcd" for i in range(count)]
    write("modelnet10-points", points=np.stack(points), name=np.array(names))
    monkeypatch.setattr(shapes, "HOUSEHOLD_TRAIN", 150)
    return write


def test_every_thing_stands_upright_and_faces_the_viewer(root):
    parts = [shapes.household_voxels(split) for split in shapes.SPLITS]
    assert sum(map(len, parts)) == 199 and len(parts[2]) == 50
    for part in parts:
        for grid, label in zip(part.grids, part.labels, strict=True):
            x, y, z = np.argwhere(grid).T
            assert z[y > 18].max() <= 9, "the back is away from the viewer"
            low = y < 10
            assert low.any() and x[low].max() < 12 and z[low].min() > 20, "the leg is in front, on the left"
            assert grid[15:17, 13, 15:17].any() == (label == shapes.HOUSEHOLD.index("chair"))


def test_splits_share_no_shape_and_validation_comes_out_of_train(root):
    for read in (shapes.household_voxels, shapes.household_points):
        names = [set(read(split).names) for split in shapes.SPLITS]
        assert not names[0] & names[1] and not (names[0] | names[1]) & names[2]
        assert 0 < len(names[1]) < 40 and all("/test/" in name for name in names[2])
        assert not any("/test/" in name for name in names[0] | names[1])
    with pytest.raises(UserError, match="no split 'all'"):
        shapes.household_points("all")


def test_points_are_turned_as_grids_are(root):
    clouds = shapes.household_points("test")
    assert clouds.points.dtype == np.float32 and clouds.labels.tolist() == [k for k in range(10) for _ in range(5)]
    for cloud in clouds.points:
        low = cloud[:, 1] < -0.4
        assert low.any() and (cloud[low, 0] < 0).all() and (cloud[low, 2] > 0).all()


def test_turning_grids_and_points_is_one_rotation():
    grid = np.random.default_rng(0).random((6, 6, 6)) < 0.2
    centres = (2 * np.argwhere(grid) + 1) / 6 - 1
    turned = (2 * np.argwhere(shapes.turn_grid(grid)) + 1) / 6 - 1
    expected = shapes.turn_points(centres)
    np.testing.assert_allclose(turned, expected[np.lexsort(expected.T[::-1])], atol=1e-12)
    assert shapes.turn_points(np.array([-1.0, 0, 0])).tolist() == [0, 0, 1]


def test_a_changed_number_is_found(root, tmp_path, monkeypatch, capsys):
    file = tmp_path / "shapes" / "things.npz"
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.savez(file, b=values, a=np.array(["x", "yz"]))
    digest = arrays.digest(file)
    np.savez_compressed(file, a=np.array(["x", "yz"]), b=values)
    assert arrays.digest(file) == digest
    about = {"title": "", "address": "", "licence": "L", "how": "Ask.", "content": digest}
    entry = arrays.ArraySource(name="things", file="shapes/things.npz", **about)
    monkeypatch.setattr(arrays, "SHAPES", (entry,))
    monkeypatch.setattr(data, "SOURCES", ())
    assert cli.main(["data", "build", "things"]) == 0
    for change in ({"b": values + 1}, {"b": values.T}, {"b": values.astype(np.float64)}, {"c": values}):
        np.savez(file, **({"a": np.array(["x", "yz"])} | change))
        assert "sha256" in arrays.verify(entry, file)
    file.write_bytes(b"no zip")
    assert "damaged" in arrays.verify(entry, file)
    assert cli.main(["data", "check"]) == 1 and "wrong" in capsys.readouterr().out
    assert cli.main(["data", "build", "things"]) == 2
    assert "Ask." in capsys.readouterr().err


def test_a_missing_set_says_how_one_gets_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_DATA", str(tmp_path))
    with pytest.raises(UserError, match="data build airplane-voxels"):
        shapes.fine_voxels("train")
    with pytest.raises(UserError, match="ModelNet40"):
        data.build("airplane-voxels")


def test_pickled_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(UserError, match="damaged"):
        arrays.digest(tmp_path / "a.npz")


REAL = all((sources.root() / entry.file).is_file() for entry in arrays.SHAPES)


@pytest.mark.skipif(not REAL, reason="the shapes are not on this machine")
class TestRealData:
    def test_the_small_files_are_those_that_the_checksums_are_of(self):
        for entry in arrays.SHAPES:
            if (sources.root() / entry.file).stat().st_size < 1_000_000:
                assert arrays.verify(entry, sources.root() / entry.file) == ""

    def test_backs_of_real_things_are_away_from_the_viewer(self):
        test = shapes.household_voxels("test")
        assert len(test) == 906 and test.grids.shape[1:] == (32, 32, 32)
        for name in ("bed", "chair", "sofa", "toilet"):
            grids = test.grids[test.labels == shapes.HOUSEHOLD.index(name)]
            away = 0
            for grid in grids:
                y, z = np.argwhere(grid).T[1:]
                away += z[y > y.min() + 0.7 * np.ptp(y)].mean() < z.mean()
            assert away > 0.8 * len(grids), name

    def test_airplanes_are_level_and_as_wide_as_long(self):
        test = shapes.airplane_points("test")
        extent = np.ptp(test.points, axis=1).mean(0)
        assert len(test) == 100 and extent[1] < 0.6 and extent[[0, 2]].min() > 1.5
        assert np.abs(test.points[:, :, 0].mean(1)).mean() < 0.05  # left is as heavy as right
