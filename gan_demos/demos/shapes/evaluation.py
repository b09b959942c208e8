"""Held-out measures of the shape checkpoints, each with its value on real shapes, over three seeds."""

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ... import checkpoints
from ...data import shapes
from ...metrics import shapes as measures
from ...metrics.audio import frechet_distance
from ...training.card import summary
from . import meshing, render
from .chamfer import chamfer, pairwise_chamfer, pairwise_earth_movers
from .judge_training import judged, load_judge, soften
from .networks import NETWORKS
from .points_training import LATENT, RAW, clouds_like
from .voxel_training import FAMILIES, LEVEL, grids_like

SEEDS = (0, 1, 2)
COPY = 0.95  # intersection over union from which on two grids look the same
PRINTED = 100  # shapes whose surfaces are looked at
COARSE_POINTS, COARSE_SHAPES = 512, 150  # of all classes together
NEAREST_POINTS = 256  # of each cloud, to find the nearest training cloud
EARTH_POINTS, EARTH_SHAPES = 256, 30
# Chairs of ShapeNet, 2,048 points, by Yang et al. 2019 (PointFlow); ours are ModelNet's, so near, not the same
# 1-NNA by Chamfer distance on ShapeNet, as Yang et al. 2019 (https://arxiv.org/abs/1906.12320) measured them.
PUBLISHED = {
    "chairs": "≤ 0.68 (published on ShapeNet's chairs: r-GAN 0.837, l-GAN 0.686, PointFlow 0.628)",
    "airplanes": "≤ 0.85 (published on ShapeNet's airplanes: r-GAN 0.984, l-GAN 0.873, PointFlow 0.757)",
}


def voxel_metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of a voxel checkpoint; see training.card.summary for their form."""
    family = FAMILIES[name]
    generator = checkpoints.load(name, NETWORKS).to(memory_format=torch.channels_last_3d)
    train, test = family.voxels("train"), family.voxels("test")
    labels = torch.from_numpy(test.labels)
    soft = [grids_like(generator, labels, seed) for seed in SEEDS]
    made = [(grids > LEVEL).numpy() for grids in soft]
    found = recognised(family.named_by_judge, made, test, labels) | pieces(made, soft, test)
    return found | neighbours(made, train, test)


def recognised(named_by_judge: bool, made: list[NDArray], test: shapes.Voxels, labels: Tensor) -> dict[str, dict]:
    """What the judge says: is it what was asked for, and how far are its features from those of real shapes?"""
    judge = load_judge()
    named, features = zip(*(judged(judge, torch.from_numpy(grids)) for grids in made), strict=True)
    ceiling, real = judged(judge, torch.from_numpy(test.grids))
    found = {}
    if named_by_judge:
        share = [float((one == labels).float().mean()) for one in named]
        found["class recognised as asked"] = summary(share, float((ceiling == labels).float().mean()), "≥ 0.85")
    half = np.random.default_rng(0).permutation(len(test))
    parts = [real[half[k::2]].double().numpy() for k in range(2)]
    distances = [frechet_distance(one.double().numpy(), real.double().numpy()) for one in features]
    found["Fréchet distance of judge features"] = summary(distances, frechet_distance(*parts))
    return found


def pieces(made: list[NDArray], soft: list[Tensor], test: shapes.Voxels) -> dict[str, dict]:
    """Do shapes hold together, is there anything at all, and are their surfaces closed?"""
    rng = np.random.default_rng(0)
    some = rng.permutation(len(test))[:PRINTED]
    real = soften(torch.from_numpy(test.grids[some]).float()).numpy()
    return {
        "one piece of ≥ 95 % of the volume": summary(
            [measures.connected_share(grids) for grids in made], measures.connected_share(test.grids), "≥ 0.90"
        ),
        "empty shapes": summary([float(np.mean([not grid.any() for grid in grids])) for grids in made], 0.0, "0"),
        "surfaces that are watertight": summary(
            [watertight_share(grids[some].numpy()) for grids in soft], watertight_share(real), "≥ 0.90"
        ),
    }


def watertight_share(grids: NDArray) -> float:
    """The share of soft grids (N, R, R, R) whose surface trimesh calls watertight; an empty one is not."""
    return float(np.mean([(grid > LEVEL).any() and meshing.is_watertight(meshing.surface(grid)) for grid in grids]))


def neighbours(made: list[NDArray], train: shapes.Voxels, test: shapes.Voxels) -> dict[str, dict]:
    """1-NNA, coverage and the nearest training shape by intersection over union, each next to that of real shapes."""
    real = 1 - measures.overlaps(test.grids, test.grids)
    like = alike(train.labels, test.labels, 0)
    twin = train.grids[like]
    floor = (1 - measures.overlaps(twin, twin), real, 1 - measures.overlaps(twin, test.grids))
    pairs = [(1 - measures.overlaps(grids, grids), real, 1 - measures.overlaps(grids, test.grids)) for grids in made]
    nearest = [nearest_overlap(grids, train.grids) for grids in (*made, test.grids)]
    told_apart = [measures.nearest_neighbour_accuracy(*pair) for pair in (*pairs, floor)]
    return {
        "1-NNA, overlap": summary(told_apart[:-1], told_apart[-1]),
        "coverage, overlap": summary([measures.coverage(pair[2]) for pair in pairs], measures.coverage(floor[2])),
        "overlap with the nearest training shape": summary([float(one.mean()) for one in nearest[:-1]], float(nearest[-1].mean())),
        "copies of a training shape": summary(
            [float((one > COPY).mean()) for one in nearest[:-1]], float((nearest[-1] > COPY).mean())
        ),
    }  # fmt: skip


def nearest_overlap(grids: NDArray[np.bool_], train: NDArray[np.bool_], part: int = 512) -> NDArray[np.float64]:
    """For each of the grids (N, R, R, R) the largest intersection over union with a training shape, (N,)."""
    best = [measures.overlaps(grids, train[start : start + part]).max(1) for start in range(0, len(train), part)]
    return np.max(best, 0)


def alike(labels: NDArray[np.int64], wanted: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Numbers of random shapes, with labels (N,), of the same classes as those wanted (M,), in their order; none twice while they last."""
    rng = np.random.default_rng(seed)
    found = np.empty(len(wanted), np.int64)
    for label in np.unique(wanted):
        places, stock = np.flatnonzero(wanted == label), rng.permutation(np.flatnonzero(labels == label))
        found[places] = np.resize(stock, len(places))
    return found


def point_metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of a checkpoint of points; see training.card.summary for their form."""
    family = (LATENT | RAW)[name]
    generator = checkpoints.load(name, NETWORKS)
    train, test = family.clouds("train"), family.clouds("test")
    household = family.arguments["classes"] > 1
    label, what = (shapes.HOUSEHOLD.index("chair"), "chairs") if household else (0, "airplanes")
    found = of_class(generator, train, test, label, what)
    if household:
        found |= of_all(generator, train, test)
    if name in LATENT:
        found |= through_the_code(generator, train, test, label, what)
    return found


def of_class(generator: nn.Module, train: shapes.Clouds, test: shapes.Clouds, label: int, what: str) -> dict[str, dict]:
    """Chamfer and earth mover's measures of one class, all its test shapes against as many generated ones; the floor is as many training
    shapes in their place."""
    real = torch.from_numpy(test.points[test.labels == label])
    known = torch.from_numpy(train.points[train.labels == label])
    labels = torch.full((len(real),), label)
    twin = known[torch.from_numpy(np.random.default_rng(0).permutation(len(known))[: len(real)])]
    drawn = [clouds_like(generator, labels, seed) for seed in SEEDS]
    within = pairwise_chamfer(real, real).numpy()
    floor, *found = (trio(clouds, real, within, lambda a, b: pairwise_chamfer(a, b).numpy()) for clouds in (twin, *drawn))
    metrics = {
        f"1-NNA, Chamfer, {what}": summary([one["1-nna"] for one in found], floor["1-nna"], PUBLISHED.get(what)),
        f"COV, Chamfer, {what}": summary([one["cov"] for one in found], floor["cov"], "≥ 0.40"),
        f"MMD, Chamfer × 1000, {what}": summary([1000 * one["mmd"] for one in found], 1000 * floor["mmd"]),
    }
    few = [sparse_of(clouds, EARTH_SHAPES, EARTH_POINTS) for clouds in (real, twin, *drawn)]
    within = pairwise_earth_movers(few[0], few[0])
    floor, *found = (trio(clouds, few[0], within, pairwise_earth_movers) for clouds in few[1:])
    few_of = f"{EARTH_SHAPES} shapes of {EARTH_POINTS} points"
    metrics |= {
        f"1-NNA, earth mover's, {what}, {few_of}": summary([one["1-nna"] for one in found], floor["1-nna"]),
        f"MMD, earth mover's × 1000, {what}, {few_of}": summary([1000 * one["mmd"] for one in found], 1000 * floor["mmd"]),
    }
    coarse = [clouds[:, some_points(clouds, NEAREST_POINTS)] for clouds in (known, real, *drawn)]
    nearest = [1000 * float(pairwise_chamfer(clouds, coarse[0]).min(1).values.mean()) for clouds in coarse[1:]]
    metrics[f"Chamfer × 1000 to the nearest training shape, {what}"] = summary(nearest[1:], nearest[0])
    return metrics


@torch.inference_mode()
def through_the_code(generator: nn.Module, train: shapes.Clouds, test: shapes.Clouds, label: int, what: str) -> dict[str, dict]:
    """What the autoencoder does to real clouds: its error, and how well training shapes that went through it can be told from test shapes,
    which is what a perfect GAN on its codes would come to."""
    again = [generator.decode(generator.encode(part)) for part in torch.from_numpy(test.points).split(32)]
    error = torch.cat([chamfer(one, part) for one, part in zip(again, torch.from_numpy(test.points).split(32), strict=True)])
    real, known = (torch.from_numpy(some.points[some.labels == label]) for some in (test, train))
    twin = known[torch.from_numpy(np.random.default_rng(0).permutation(len(known))[: len(real)])]
    rebuilt = generator.decode(generator.encode(twin))
    found = trio(rebuilt, real, pairwise_chamfer(real, real).numpy(), lambda a, b: pairwise_chamfer(a, b).numpy())
    return {
        "reconstruction, Chamfer × 1000": summary([1000 * float(error.mean())]),
        f"1-NNA, Chamfer, training {what} through the code": summary([found["1-nna"]]),
    }


def of_all(generator: nn.Module, train: shapes.Clouds, test: shapes.Clouds) -> dict[str, dict]:
    """The same over all classes, on fewer shapes and points."""
    pick = np.random.default_rng(0).permutation(len(test))[:COARSE_SHAPES]
    labels = test.labels[pick]
    some = some_points(torch.from_numpy(test.points), COARSE_POINTS)
    real, twin = (torch.from_numpy(points)[:, some] for points in (test.points[pick], train.points[alike(train.labels, labels, 0)]))
    within = pairwise_chamfer(real, real).numpy()
    drawn = [clouds_like(generator, torch.from_numpy(labels), seed)[:, some] for seed in SEEDS]
    floor, *found = (trio(clouds, real, within, lambda a, b: pairwise_chamfer(a, b).numpy()) for clouds in (twin, *drawn))
    return {
        "1-NNA, Chamfer, all classes": summary([one["1-nna"] for one in found], floor["1-nna"]),
        "COV, Chamfer, all classes": summary([one["cov"] for one in found], floor["cov"]),
    }


def trio(made, real, within: NDArray, distances: Callable) -> dict[str, float]:
    """1-NNA, COV and MMD of generated and real shapes; `within`: the distances of the real ones, which do not change."""
    between = distances(made, real)
    return {
        "1-nna": measures.nearest_neighbour_accuracy(distances(made, made), within, between),
        "cov": measures.coverage(between),
        "mmd": measures.minimum_matching_distance(between),
    }


def sparse_of(clouds: Tensor, count: int, points: int) -> NDArray[np.float32]:
    """Fewer clouds, and fewer points of each, always the same: (count, points, 3)."""
    return clouds[:count, some_points(clouds, points)].numpy()


def some_points(clouds: Tensor, count: int) -> Tensor:
    """Numbers of `count` of the points of clouds (N, P, 3), always the same: the first ones may lie otherwise than the rest."""
    return torch.from_numpy(np.random.default_rng(0).permutation(clouds.shape[1])[:count])


def latency(name: str, tries: int = 9) -> dict[str, float]:
    """Median milliseconds on this machine: one shape, drawn and turned into a surface; for a card's facts."""
    generator = checkpoints.load(name, NETWORKS)
    label, taken = torch.zeros(1, dtype=torch.int64), []
    for seed in range(tries + 1):
        start = time.perf_counter()
        if name in FAMILIES:
            meshing.surface(grids_like(generator, label, seed)[0].numpy())
        else:
            meshing.balls(clouds_like(generator, label, seed)[0].numpy())
        taken.append(1000 * (time.perf_counter() - start))
    return {"milliseconds for a shape and its surface": round(float(np.median(taken[1:])), 1)}


def contact_sheet(name: str, count: int = 60, columns: int = 5, size: int = 96) -> NDArray[np.uint8]:
    """Shapes of fixed seeds from three sides, classes in turn: what `count` visitors would get. uint8 (height, width, 3)."""
    generator = checkpoints.load(name, NETWORKS)
    labels = torch.arange(count) % generator.classes
    draw = grids_like if name in FAMILIES else clouds_like
    return render.sheet(draw(generator, labels, 0).numpy(), columns, size)
