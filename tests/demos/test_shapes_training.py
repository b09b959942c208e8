"""How the shape networks are trained and measured, on shapes made here and tiny networks."""

import dataclasses

import numpy as np
import pytest
import torch

from gan_demos import checkpoints
from gan_demos.data.shapes import Clouds, Voxels
from gan_demos.demos.shapes import evaluation, judge_training, points_training, train, voxel_training
from gan_demos.demos.shapes.judge_training import VoxelJudge, moved, soften
from gan_demos.demos.shapes.networks import DEBUG, NETWORKS, VoxelGenerator
from gan_demos.demos.shapes.vocabulary import CLASSES, FINE_VOXELS, HOUSEHOLD, JUDGE, POINTS, RAW_POINTS, VOXELS
from gan_demos.errors import UserError
from gan_demos.training.loop import GANTrainer


def grids(count=24, side=32, seed=0):
    """Boxes (label 0) and boxes with a wall on their left end (label 1)."""
    rng, made = np.random.default_rng(seed), np.zeros((count, side, side, side), bool)
    for i, grid in enumerate(made):
        wide, high, deep = rng.integers(5, 11, 3)
        grid[16 - wide : 16 + wide, 4 : 4 + high, 16 - deep : 16 + deep] = True
        if i % 2:
            grid[16 - wide : 20 - wide, 4 + high : 28, 8:24] = True
    return Voxels(made, np.arange(count) % 2, [str(i) for i in range(count)])


def clouds(count=24, points=64, seed=0):
    rng = np.random.default_rng(seed)
    made = rng.uniform(-1, 1, (count, points, 3)) * rng.uniform(0.2, 1, (count, 1, 3))
    made[1::2, :, 1] += 0.5
    return Clouds(made.astype(np.float32).clip(-1, 1), np.arange(count) % 2, [str(i) for i in range(count)])


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Tiny families of two classes, an untrained judge, and runs in a folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    torch.manual_seed(0)
    judge = VoxelJudge(2, (4, 4, 4), 8).eval()
    for module in (voxel_training, evaluation):
        monkeypatch.setattr(module, "load_judge", lambda: judge)
    splits = {"train": 0, "validation": 1, "test": 2}
    family = voxel_training.FAMILIES[VOXELS]
    few = DEBUG["VoxelGenerator"] | {"classes": 2}
    family = dataclasses.replace(
        family, voxels=lambda split: grids(8, seed=splits[split]), arguments=few, critic={"classes": 2, "widths": [4, 4, 4]}, batch=4
    )
    monkeypatch.setitem(voxel_training.FAMILIES, VOXELS, family)
    fine = dataclasses.replace(family, voxels=lambda split: grids(8, 64, splits[split]), arguments=few | {"mender": [4, 4, 4], "finer": 4})
    monkeypatch.setitem(voxel_training.FAMILIES, FINE_VOXELS, fine)
    read = {"clouds": lambda split: clouds(seed=splits[split]), "batch": 8}
    latent = dataclasses.replace(points_training.LATENT[POINTS], arguments=DEBUG["PointLatentGAN"] | {"classes": 2}, **read)
    raw = dataclasses.replace(points_training.RAW[RAW_POINTS], arguments=DEBUG["RawPointGenerator"] | {"classes": 2}, **read)
    monkeypatch.setitem(points_training.LATENT, POINTS, latent)
    monkeypatch.setitem(points_training.RAW, RAW_POINTS, raw)
    for name in (POINTS, RAW_POINTS):
        monkeypatch.setitem(points_training.RANKS, name, 4)
    return tmp_path


def steps(task, folder, count):
    trainer = GANTrainer(task, folder, "cpu", True)
    return trainer, [trainer.step() for _ in range(count)]


@torch.inference_mode()
@pytest.mark.parametrize("network", ["PointLatentGAN", "RawPointGenerator"])
def test_a_thinner_last_layer_draws_the_same_as_far_as_its_rank_goes(network):
    torch.manual_seed(0)
    before = NETWORKS[network](**DEBUG[network]).eval()
    latent, condition = torch.randn(50, before.latent_dim), torch.eye(before.classes).repeat(5, 1)
    drawn = before(latent, condition)

    def apart(rank):
        made = points_training.thinner(before, DEBUG[network], rank)
        return float((made(latent, condition) - drawn).norm() / (drawn - drawn.mean(0)).norm())

    assert apart(16) < 1e-3  # as wide as what is before it
    assert 0.01 < apart(4) < 0.75 * apart(1) < 0.75


def test_softening_keeps_thin_legs_boards_and_the_middle_of_a_wall():
    grid = torch.zeros(1, 16, 16, 16)
    grid[0, 8, :, 8] = 1  # a leg of one voxel
    grid[0, 2, 2:14, 2:14] = 1  # a board
    soft = soften(grid)
    assert ((soft > 0.5) == grid.bool())[0, :, 3:13, 3:13].all()
    wall = soften((torch.arange(16) < 8).float().view(1, 16, 1, 1).expand(1, 16, 16, 16))[0, :, 8, 8]
    assert wall[7] + wall[8] == 1 and float(wall[7]) == 0.875  # one half lies exactly between them
    turned = grid.permute(0, 3, 1, 2)
    torch.testing.assert_close(soften(turned), soft.permute(0, 3, 1, 2))


def test_moved_mirrors_left_and_right_only_and_loses_nothing():
    torch.manual_seed(0)
    grid = torch.zeros(16, 16, 16)
    grid[4, 5, 6], grid[6, 10, 9] = 1.0, 0.5  # the weaker one is to the right, above and nearer
    seen = set()
    for one in moved(grid.expand(64, 16, 16, 16), 2):
        (a,), (b,) = torch.nonzero(one == 1), torch.nonzero(one == 0.5)
        assert (b - a)[1:].tolist() == [5, 3] and abs(int((b - a)[0])) == 2
        seen.add((int((b - a)[0]), *((a - torch.tensor([4, 5, 6]))[1:].tolist())))
    assert {x for x, _, _ in seen} == {-2, 2} and {y for _, y, _ in seen} == set(range(-2, 3))


def test_squeezed_shapes_are_smaller_along_every_axis_by_its_own_factor_and_others_as_they_were():
    torch.manual_seed(0)
    grid = torch.zeros(32, 32, 32)
    grid[2:30, 6:26, 10:22] = 1
    seen = voxel_training.squeezed(grid.expand(200, 32, 32, 32), 0.5)
    kept = torch.tensor([torch.equal(one, grid) for one in seen])
    assert 70 < kept.sum() < 130
    # lengths by how much is filled along the middle of each axis: a box stays a box
    lengths = torch.stack([seen[:, :, 16, 16].sum(1), seen[:, 16, :, 16].sum(1), seen[:, 16, 16, :].sum(1)], 1)[~kept]
    factors = lengths / torch.tensor([28.0, 20.0, 12.0])
    assert factors.min() > voxel_training.SQUEEZED - 0.05 and factors.max() < 1.05
    assert factors.std(0).min() > 0.02 and factors.T.corrcoef().fill_diagonal_(0).abs().max() < 0.3
    middle = (seen * torch.arange(32)[:, None, None]).sum((1, 2, 3)) / seen.sum((1, 2, 3))
    assert torch.allclose(middle, torch.tensor(15.5), atol=0.01)


def test_mirrored_clouds_change_the_sign_of_x_alone():
    torch.manual_seed(0)
    cloud = torch.rand(32, 5, 3) + 0.1
    other = points_training.mirrored(cloud)
    assert torch.equal(other.abs(), cloud) and (other[..., 1:] > 0).all()
    assert 4 < int((other[:, 0, 0] < 0).sum()) < 28
    assert ((other[..., 0] < 0).all(1) | (other[..., 0] > 0).all(1)).all()


def test_the_other_class_is_another_one():
    torch.manual_seed(0)
    condition = voxel_training.one_hot(torch.arange(10).repeat_interleave(100), 10)
    wrong = voxel_training.other_class(condition)
    assert (wrong.sum(1) == 1).all() and ((wrong * condition).sum(1) == 0).all()
    assert wrong[:100].argmax(1).unique().tolist() == list(range(1, 10))
    assert torch.equal(voxel_training.other_class(condition[:, :1]), condition[:, :1])


def test_a_voxel_gan_trains_and_leaves_a_checkpoint(small):
    run = small / "runs" / VOXELS
    task = voxel_training.task(VOXELS, "cpu", 0, train.saver(VOXELS, run, voxel_training.FAMILIES[VOXELS].arguments))
    real, condition = task.batch()
    assert real.shape == (4, 32, 32, 32) and 0 <= real.min() and real.max() <= 1 and (condition.sum(1) == 1).all()
    trainer, losses = steps(task, run, 2)
    assert all(np.isfinite(list(one.values())).all() and set(one) == {"critic", "generator"} for one in losses)
    found = task.evaluate(trainer.ema.module)
    assert found["score"] == 100 * found["connected"] - found["frechet"] and 0 <= found["connected"] <= 1
    task.samples(trainer.ema.module, run / "samples")
    assert (run / "samples" / "shapes-000.png").is_file()
    task.save(trainer.ema.module, trainer.facts)
    facts = train.finish(VOXELS, run, small / "checkpoints" / VOXELS)
    assert facts["step"] == 2 and facts["classes"][0] == "bathtub"
    metrics = evaluation.voxel_metrics(VOXELS)
    assert metrics["one piece of ≥ 95 % of the volume"]["floor"] == 1 and metrics["one piece of ≥ 95 % of the volume"]["seeds"] == 3
    assert metrics["empty shapes"]["mean"] in (0, 1) or 0 < metrics["empty shapes"]["mean"] < 1
    assert {"class recognised as asked", "1-NNA, overlap", "overlap with the nearest training shape"} <= set(metrics)


def test_calibrated_shapes_fill_as_much_as_real_ones():
    generator = VoxelGenerator(**DEBUG["VoxelGenerator"] | {"classes": 2}).eval()
    torch.nn.init.normal_(generator.last.weight, std=0.5)
    validation = grids(16)
    before = voxel_training.grids_like(generator, torch.from_numpy(validation.labels), 1)
    level = voxel_training.calibrate(generator, validation)
    after = voxel_training.grids_like(generator, torch.from_numpy(validation.labels), 1)
    assert torch.equal(after > 0.5, before > level) or ((after > 0.5) ^ (before > level)).float().mean() < 1e-3
    filled, real = (float((grid > 0.5).float().mean()) for grid in (after, torch.from_numpy(validation.grids).float()))
    assert level != 0.5 and abs(filled - real) < abs(float((before > 0.5).float().mean()) - real)


def test_an_autoencoder_learns_and_an_l_gan_learns_its_codes(small):
    run = small / "runs" / "auto"
    arguments = points_training.LATENT[POINTS].arguments
    task = points_training.autoencoder_task(POINTS, 0, train.saver(POINTS, run, arguments))
    before = task.evaluate(task.generator)
    trainer, losses = steps(task, run, 60)
    assert np.mean([one["generator"] for one in losses[-5:]]) < 0.7 * losses[0]["generator"]
    assert task.evaluate(trainer.generator)["chamfer"] < before["chamfer"]
    task.save(trainer.generator, trainer.facts)
    autoencoder = points_training.PointLatentGAN.from_pretrained(train.trained(run))
    kept = autoencoder.decoder[0].weight.clone()
    codes = points_training.code_task(POINTS, 0, autoencoder, lambda *_: None)
    real, condition = codes.batch()
    every = (points_training.codes_of(autoencoder, torch.from_numpy(clouds().points)) - autoencoder.centre) / autoencoder.spread
    assert abs(float(every.mean())) < 1e-4 and real.shape == (128, 8) and condition.shape == (128, 2)
    start = codes.generator.mapping[0].weight.clone()
    trainer, losses = steps(codes, small / "runs" / "codes", 3)
    assert torch.equal(trainer.generator.decoder[0].weight, kept) and not torch.equal(trainer.generator.mapping[0].weight, start)
    found = codes.evaluate(trainer.ema.module)
    assert np.isfinite(list(found.values())).all() and 0 <= found["1-nna"] <= 1


def test_an_r_gan_trains_on_points(small):
    task = points_training.raw_task(RAW_POINTS, 0, lambda *_: None)
    trainer, losses = steps(task, small / "runs" / "raw", 2)
    assert np.isfinite([list(one.values()) for one in losses]).all()
    assert {"1-nna", "mmd", "cov", "score"} == set(task.evaluate(trainer.ema.module))


def test_points_are_measured_class_by_class_and_real_ones_score_best(small, monkeypatch):
    train_set, test = clouds(60, seed=0), clouds(40, seed=2)

    class Copies(torch.nn.Module):
        """A generator that hands out other real clouds, or one and the same."""

        def __init__(self, same):
            super().__init__()
            self.latent_dim, self.classes, self.same, self.weight = 4, 2, same, torch.nn.Parameter(torch.zeros(1))

        def forward(self, latent, condition):
            stock = clouds(60, seed=int(latent[0, 0].abs() * 1e4) + 5)
            pick = [2 * (0 if self.same else i % 30) + int(c) for i, c in enumerate(condition.argmax(1))]
            return torch.from_numpy(stock.points[pick])

    monkeypatch.setattr(evaluation, "EARTH_SHAPES", 5)
    good, poor = (evaluation.of_class(Copies(same), train_set, test, 1, "things") for same in (False, True))
    name = "1-NNA, Chamfer, things"
    assert abs(good[name]["mean"] - 0.5) < 0.2 < poor[name]["mean"] - 0.5 and good[name]["floor"] < 0.7
    assert poor["COV, Chamfer, things"]["mean"] < 0.1 < good["COV, Chamfer, things"]["mean"]


def test_the_judge_learns_boxes_from_walls_and_halves_fine_grids():
    torch.manual_seed(0)
    data = grids(32)
    judge = VoxelJudge(2, (8, 8, 8), 16)
    facts = judge_training.fit(judge, torch.from_numpy(data.grids), torch.from_numpy(data.labels), 10.0, epochs=30, batch=16)
    test = grids(32, seed=3)
    named, features = judge_training.judged(judge, torch.from_numpy(test.grids))
    assert facts["step"] == 60 and (named.numpy() == test.labels).mean() > 0.9 and features.shape == (32, 16)
    doubled = torch.from_numpy(test.grids).repeat_interleave(2, 1).repeat_interleave(2, 2).repeat_interleave(2, 3)
    again, _ = judge_training.judged(judge, doubled[:8])
    assert torch.equal(again, named[:8])


def test_training_shapes_of_the_same_classes_are_found_for_the_floor():
    labels, wanted = np.array([0, 0, 1, 1, 1, 2]), np.array([1, 1, 0, 1, 2])
    found = evaluation.alike(labels, wanted, 0)
    assert (labels[found] == wanted).all() and len(set(found)) == 5


def test_what_cannot_be_trained_is_told(small):
    with pytest.raises(UserError, match=JUDGE):
        train.train("voxels-houses", 0)
    with pytest.raises(UserError, match="no trained generator"):
        train.train(VOXELS, 0, "cpu")


def test_shapes_are_alike_where_a_class_has_one_shape_only():
    def box(x: int) -> torch.Tensor:
        grid = torch.zeros(8, 8, 8, dtype=torch.bool)
        grid[x : x + 4, :4, :4] = True
        return grid

    grids = torch.stack([box(0), box(4), box(0), box(4), box(2)])  # of boxes 2 apart a third is common
    alike = voxel_training.likeness
    assert alike(grids, torch.tensor([0, 1, 0, 1, 2])) == 1
    assert alike(grids, torch.tensor([0, 0, 1, 1, 2])) == 0
    assert alike(grids[[0, 4, 1]], torch.zeros(3)) == pytest.approx(1 / 3)
    assert alike(grids[:2], torch.arange(2)) == 0, "no class has two"


def test_a_generator_begins_with_the_weights_of_another_and_the_kinds_that_are_alike(small):
    known = VoxelGenerator(**{**DEBUG["VoxelGenerator"], "classes": 10})
    checkpoints.save(checkpoints.folder(VOXELS), VOXELS, "shapes", "VoxelGenerator", known, {**DEBUG["VoxelGenerator"], "classes": 10}, {})
    own = VoxelGenerator(**{**DEBUG["VoxelGenerator"], "classes": 2})
    before = own.embed.weight.clone()
    voxel_training.begin(own, ["lamp", "sofa"], VOXELS)
    torch.testing.assert_close(own.start.weight, known.start.weight, rtol=1e-3, atol=1e-3)  # half floats in the file
    assert torch.equal(own.embed.weight[:, 0], before[:, 0]), "no lamp is known there"
    sofa = [*CLASSES[VOXELS]].index("sofa")
    torch.testing.assert_close(own.embed.weight[:, 1], known.embed.weight[:, sofa], rtol=1e-3, atol=1e-3)


def test_household_shapes_of_a_kind_that_is_alike_help_the_fine_ones(monkeypatch):
    house = np.zeros((3, 32, 32, 32), bool)
    house[:, 4:28, 8, 8] = True  # as long as household shapes get: 24 voxels
    known = np.array([[*HOUSEHOLD].index(kind) for kind in ("sofa", "sofa", "toilet")])
    monkeypatch.setattr(voxel_training.shapes, "household_voxels", lambda split: Voxels(house, known, ["a", "b", "c"]))
    grids, labels, weights = torch.zeros(3, 32, 32, 32, dtype=torch.bool), torch.tensor([0, 1, 1]), torch.tensor([0.5, 0.2, 0.2])
    more, kinds, asked = voxel_training.with_alike(grids, labels, weights, ["lamp", "sofa"])
    assert kinds.tolist() == [0, 1, 1, 1, 1] and torch.equal(more[:3], grids)
    assert more[3].any((1, 2)).all(), "made as long as fine shapes are"
    torch.testing.assert_close(asked, torch.tensor([0.5, 0.1, 0.1, 0.1, 0.1]))  # a sofa is drawn as often as before
    assert weights.tolist() == pytest.approx([0.5, 0.2, 0.2]), "what was given stays"


# The parts that mend grids and make them finer


def test_halved_grids_keep_legs_of_one_voxel_and_lose_single_ones():
    grid = np.zeros((1, 8, 8, 8), bool)
    grid[0, 1, :, 1] = True  # a leg of one voxel: two of eight
    grid[0, 6, 6, 6] = True
    half = voxel_training.halved(Voxels(grid, np.zeros(1, int), ["a"])).grids
    assert half.shape == (1, 4, 4, 4) and half[0, 0, :, 0].all() and half.sum() == 4


def table(side=32):
    """A thick board on four thin legs, (1, side, side, side)."""
    grid = torch.zeros(1, side, side, side)
    grid[:, 4:-4, 20:26, 4:-4] = 1
    for x in (5, -6):
        for z in (5, -6):
            grid[:, x, 4:20, z] = 1
    return grid


def test_thin_parts_are_legs_and_not_the_board():
    found = voxel_training.thin(table())
    assert found[:, 5, 5:18, 5].all() and not found[:, 8:-8, 21:25, 8:-8].any()
    assert not voxel_training.thin(torch.zeros(1, 8, 8, 8)).any()


def test_torn_grids_miss_pieces_of_thin_parts_and_have_crumbs_beside_them():
    torch.manual_seed(0)
    whole = table().expand(40, -1, -1, -1)
    faulty = voxel_training.torn(whole)
    assert faulty.shape == whole.shape and 0 <= float(faulty.min()) and float(faulty.max()) <= 1
    legs, board = (soften(whole) - faulty)[:, 5, 6:18, 5], (soften(whole) - faulty)[:, 8:-8, 22:24, 8:-8]
    assert float(legs.mean()) > 0.1 > 0.05 > float(board.mean()) > 0
    beside = (faulty > 0.3) & (whole < 0.5)
    assert 0 < int(beside.sum()) < 0.05 * int(whole.sum())
    assert not voxel_training.torn(torch.zeros(2, 16, 16, 16)).any(), "no crumbs where nothing is near"


@pytest.mark.parametrize("part", ["mender", "finer"])
def test_a_part_learns_alone_and_what_is_before_it_stays(small, part):
    name, saved = FINE_VOXELS, []
    generator = VoxelGenerator(**voxel_training.FAMILIES[name].arguments)
    assert generator(torch.randn(2, 8), torch.eye(2)).shape == (2, 64, 64, 64)
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    task = voxel_training.part_task(name, part, generator, 0, lambda module, facts: saved.append(facts))
    start = task.evaluate(generator)["cross_entropy"]
    trainer, _ = steps(task, small / "run", 40)
    assert trainer.task.evaluate(trainer.generator)["cross_entropy"] < 0.7 * start
    changed = {key for key, value in trainer.generator.state_dict().items() if not torch.equal(value, before[key])}
    assert changed and all(key.startswith(f"{part}.") for key in changed)


def test_a_mender_makes_torn_tables_whole(small):
    torch.manual_seed(0)
    generator = VoxelGenerator(**DEBUG["VoxelGenerator"] | {"classes": 2, "mender": [16, 16, 16]})
    name, whole = VOXELS, table().expand(8, -1, -1, -1)
    task = voxel_training.part_task(name, "mender", generator, 0, lambda module, facts: None)
    task.batch = lambda: (soften(whole), voxel_training.torn(whole))
    trainer, _ = steps(task, small / "run", 60)
    faulty = voxel_training.torn(whole)
    with torch.inference_mode():
        mended = trainer.generator.mender(faulty)
    wrong = [float(((grids > 0.5) != whole.bool()).float().mean()) for grids in (mended, faulty)]
    assert wrong[0] < 0.5 * wrong[1]


def test_a_mender_begins_with_the_one_of_the_checkpoint_that_the_family_begins_with(small, monkeypatch):
    family = dataclasses.replace(voxel_training.FAMILIES[FINE_VOXELS], begin=VOXELS)
    monkeypatch.setitem(voxel_training.FAMILIES, FINE_VOXELS, family)
    known, own = (VoxelGenerator(**family.arguments) for _ in range(2))
    checkpoints.save(checkpoints.folder(VOXELS), VOXELS, "shapes", "VoxelGenerator", known, family.arguments, {})
    voxel_training.part_task(FINE_VOXELS, "finer", own, 0, lambda module, facts: None)
    torch.testing.assert_close(own.finer.last.weight, known.finer.last.weight, rtol=1e-3, atol=1e-3)  # half floats in the file


def test_fine_voxels_are_trained_in_three_parts(small):
    train.train_generator(FINE_VOXELS, 0.03, "cpu", 0, False)
    runs = [small / "runs" / f"{FINE_VOXELS}{end}" for end in ("-game", "-mender", "")]
    game, mended, fine = (VoxelGenerator.from_pretrained(run / "best") for run in runs)
    assert (game.side, mended.side, fine.side) == (32, 32, 64) and game.mender is None and mended.finer is None
    assert torch.equal(game.start.weight, fine.start.weight), "each part stands on what is before it"
    assert torch.equal(mended.mender.first.weight, fine.mender.first.weight)


def test_neighbours_in_a_batch_of_the_r_gan_are_of_one_class(small):
    task = points_training.raw_task(RAW_POINTS, 0, lambda *_: None)
    _, condition = task.batch()
    assert condition.shape == (8, 2) and torch.equal(condition[::2], condition[1::2])
    seen = {int(k) for _ in range(9) for k in task.batch()[1].argmax(1)}
    assert seen == {0, 1}
