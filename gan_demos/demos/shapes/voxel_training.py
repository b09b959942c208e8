"""Training of the voxel GANs: soft grids, critic, augmentation, and the measures that choose a checkpoint."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ... import checkpoints
from ...data import shapes
from ...metrics.audio import frechet_distance
from ...metrics.shapes import connected_share
from ...training.loop import GANTask
from . import render
from .judge_training import judged, load_judge, moved, soften
from .networks import NETWORKS, VoxelCritic, VoxelGenerator
from .vocabulary import CLASSES, FINE, FINE_VOXELS, HOUSEHOLD, VOXELS


@dataclass(frozen=True)
class Family:
    """One voxel checkpoint: its data, the constructor arguments of generator and critic, the size of a batch. The `PARTS` of the
    generator are trained after the game."""

    voxels: Callable[[str], shapes.Voxels]
    arguments: dict
    critic: dict
    batch: int
    named_by_judge: bool  # whether the judge knows these classes
    squeezed: float  # share of training shapes that are given other proportions, where there are few
    begin: str = ""  # checkpoint whose weights it begins with


FAMILIES = {
    VOXELS: Family(
        shapes.household_voxels,
        {"latent_dim": 200, "classes": len(HOUSEHOLD), "widths": [144, 96, 40], "style_width": 128, "mender": [32, 64, 96]},
        {"classes": len(HOUSEHOLD), "side": 32, "widths": [40, 96, 192]},
        batch=16,
        named_by_judge=True,
        squeezed=0.0,
    ),
    FINE_VOXELS: Family(
        shapes.fine_voxels,
        {"latent_dim": 200, "classes": len(FINE), "widths": [144, 96, 40], "style_width": 128, "mender": [32, 64, 96], "finer": 24},
        {"classes": len(FINE), "side": 32, "widths": [40, 96, 192]},
        batch=16,
        named_by_judge=False,
        squeezed=0.7,
        begin=VOXELS,
    ),
}
ALIKE = ("chair", "table", "sofa", "bed")  # kinds of both families, seen alike: their shapes face the same way
SETTINGS = {"lr": 2e-4, "lr_end": 4e-5, "mismatch": 0.5, "gamma": 0.5, "evaluate_minutes": 6.0}
PARTS = {"mender": 0.25, "finer": 0.15}  # what may come after the game, in this order, and its share of the minutes
PART_BATCH = {"mender": 12, "finer": 4}
PART_SETTINGS = {"lr": 1e-3, "lr_end": 5e-5, "betas": (0.9, 0.99), "auxiliary": 1.0, "evaluate_minutes": 4.0}
THIN = 4.0  # how much more an error at a thin part weighs
TORN, FAINT, GAPS = 0.9, 0.5, 0.04  # at most: the share of thin parts that is torn, how much is left of it, the share missing elsewhere
CRUMBS, UNEVEN = 0.004, 0.15  # at most: the share of voxels near a shape that are crumbs, and how far a level at a surface is off
EMPTY = 4  # voxels at every side of a household grid
FEW = 0.5  # how often a shape of a kind that is ALIKE is one of the fine ones, which are few
WIDENED = 0.35  # of a household grid made larger: from there on a voxel is filled, or legs of one voxel would be lost
HALF_FULL = 0.25  # of the eight voxels that become one: from there on it is filled, or legs of one voxel would be lost
LEVEL = 0.5
SQUEEZED = 0.85  # of its length along an axis, at most
CALIBRATED = 400  # shapes that tell how much is filled


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Numbers of classes (B,) -> weights (B, classes)."""
    return F.one_hot(labels, classes).float()


def weights_of(labels: Tensor) -> Tensor:
    """How often each shape, of labels (N,), is drawn: a class as often as the root of its size."""
    return 1 / torch.bincount(labels).sqrt()[labels]


def other_class(condition: Tensor) -> Tensor:
    """Each row of one-hot conditions (B, classes) with another class; the same where there is but one."""
    classes = condition.shape[1]
    if classes == 1:
        return condition
    step = torch.randint(1, classes, (len(condition),), device=condition.device)
    return one_hot((condition.argmax(1) + step) % classes, classes)


def draw(generator: nn.Module, condition: Tensor, rng: torch.Generator | None = None) -> Tensor:
    """Shapes for conditions (B, classes), latents standard normal."""
    latent = torch.randn(len(condition), generator.latent_dim, generator=rng, device=condition.device if rng is None else "cpu")
    return generator(latent.to(condition.device), condition)


def squeezed(grids: Tensor, share: float) -> Tensor:
    """About `share` of the grids (B, R, R, R) made smaller about the middle, each axis by a factor of its own down to `SQUEEZED`."""
    side, device = grids.shape[1], grids.device
    voxels, middle = torch.arange(side, device=device), (side - 1) / 2
    chosen = torch.rand(len(grids), 1, device=device) < share
    for axis in (1, 2, 3):
        factor = 1 - (1 - SQUEEZED) * torch.rand(len(grids), 1, device=device) * chosen
        places = (voxels - middle) / factor + middle  # (B, R): where each voxel's value is read
        weights = (1 - (places.unsqueeze(2) - voxels).abs()).clamp_min(0)  # (B, R, R)
        grids = (weights @ grids.movedim(axis, 1).flatten(2)).unflatten(2, (side, side)).movedim(1, axis)
    return grids


@torch.inference_mode()
def grids_like(generator: nn.Module, labels: Tensor, seed: int, batch: int = 25) -> Tensor:
    """Soft occupancy (N, R, R, R), one grid for each of labels (N,), on the CPU, from one seed."""
    rng, device = torch.Generator().manual_seed(seed), next(generator.parameters()).device
    parts = [one_hot(part, generator.classes).to(device) for part in labels.split(batch)]
    return torch.cat([draw(generator, part, rng).float().cpu() for part in parts])


def write_samples(generator: nn.Module, classes: int, folder: Path, each: int = 0) -> None:
    """A sheet of shapes of seed 0 from three sides, classes in turn; numbered, so that one sees how they change."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 20 if not each else each * classes
    grids = grids_like(generator, torch.arange(count) % classes, 0).numpy()
    picture = Image.fromarray(render.sheet(grids, columns=4, size=96))
    picture.save(folder / f"shapes-{len(list(folder.glob('shapes-*.png'))):03d}.png")
    picture.save(folder / "shapes.png")


def likeness(grids: Tensor, labels: Tensor) -> float:
    """How alike shapes of one class are: the mean intersection over union of each of grids (N, R, R, R), bool, with the next one of its
    class, labels (N,); 0 where no class has two. A generator that has collapsed draws one shape a class, and has nearly 1."""
    found = []
    for kind in labels.unique():
        these = grids[labels == kind].flatten(1)
        both, either = (these[:-1] & these[1:]).sum(1), (these[:-1] | these[1:]).sum(1)
        found.append(both / either.clamp_min(1))
    return float(torch.cat(found).mean().nan_to_num())


def measure(generator: nn.Module, labels: Tensor, real: Tensor, alike: float, named_by_judge: bool, seed: int = 1234) -> dict:
    """Fréchet distance in the judge's features to the real grids' features (M, F), class accuracy, connectedness, `likeness`; "score" is
    the share of shapes in one piece in per cent, less the distance, and less by how many per cent shapes are more alike than real ones,
    which are so by `alike`. One grid for each of labels (N,)."""
    made = grids_like(generator, labels, seed) > LEVEL
    named, features = judged(load_judge(), made)
    distance = frechet_distance(features.double().numpy(), real.double().numpy())
    found = {"frechet": distance, "connected": connected_share(made.numpy()), "filled": float(made.float().mean())}
    if named_by_judge:
        found["accuracy"] = float((named == labels).float().mean())
    found["alike"] = likeness(made, labels)
    return found | {"score": 100 * found["connected"] - distance - 100 * max(0.0, found["alike"] - alike)}


def task(name: str, device: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The adversarial game of one voxel checkpoint; classes drawn by the root of their size, wrong classes at half weight."""
    family = FAMILIES[name]
    torch.manual_seed(seed)
    arguments, voxels = coarse(family)
    train, validation = voxels("train"), voxels("validation")
    grids, labels = torch.from_numpy(train.grids), torch.from_numpy(train.labels)
    classes = family.arguments["classes"]
    weights = weights_of(labels)
    _, known = judged(load_judge(), torch.cat([grids[::4], torch.from_numpy(validation.grids)]))
    alike = likeness(grids.bool(), labels)
    asked = torch.from_numpy(validation.labels).repeat(-(-300 // len(validation)))[:400]
    if family.begin:
        grids, labels, weights = with_alike(grids, labels, weights, CLASSES[name])

    def batch() -> tuple[Tensor, Tensor]:
        pick = torch.multinomial(weights, family.batch, replacement=True)
        real = soften(grids[pick].float())
        return squeezed(real, family.squeezed) if family.squeezed else real, one_hot(labels[pick], classes)

    generator = VoxelGenerator(**arguments)
    if family.begin:
        begin(generator, CLASSES[name], family.begin)
    return GANTask(
        generator=generator.to(memory_format=torch.channels_last_3d),
        critics=[VoxelCritic(**family.critic).to(memory_format=torch.channels_last_3d)],
        batch=batch,
        generate=draw,
        evaluate=lambda generator: measure(generator, asked, known, alike, family.named_by_judge),
        samples=lambda generator, folder: write_samples(generator, classes, folder),
        save=save,
        augment=lambda x: moved(x, 1),
        wrong=other_class,
        settings=SETTINGS,
    )


def with_alike(grids: Tensor, labels: Tensor, weights: Tensor, kinds: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    """To training grids (N, 32, 32, 32), labels (N,) and weights (N,) of `kinds` those of the household shapes that are `ALIKE`; how often
    a kind is drawn stays as it is."""
    house = shapes.household_voxels("train")
    grids, labels, weights = [grids], [labels], [weights.clone()]
    for kind in (kind for kind in ALIKE if kind in kinds):
        more = torch.from_numpy(house.grids[house.labels == [*HOUSEHOLD].index(kind)])[(slice(None), *[slice(EMPTY, -EMPTY)] * 3)]
        wide = F.interpolate(more.float().unsqueeze(1), size=grids[0].shape[1:], mode="trilinear").squeeze(1)
        number = [*kinds].index(kind)
        own = labels[0] == number
        grids.append(wide >= WIDENED)
        labels.append(torch.full((len(wide),), number))
        weights.append(torch.full((len(wide),), float(weights[0][own].sum()) * (1 - FEW) / len(wide)))
        weights[0][own] *= FEW
    return torch.cat(grids), torch.cat(labels), torch.cat(weights)


@torch.no_grad()
def begin(generator: VoxelGenerator, kinds: Sequence[str], name: str) -> None:
    """Give `generator` of `kinds` the weights of the checkpoint `name`, another of its shape; to kinds that are `ALIKE` theirs."""
    known, own = checkpoints.load(name, NETWORKS).float().state_dict(), generator.state_dict()
    theirs, mine = [*CLASSES[name]], [*kinds]
    embed = own["embed.weight"].clone()
    for kind in {*ALIKE} & {*mine} & {*theirs}:
        embed[:, mine.index(kind)] = known["embed.weight"][:, theirs.index(kind)]
    generator.load_state_dict({key: known[key] for key in own} | {"embed.weight": embed})


def coarse(family: Family) -> tuple[dict, Callable[[str], shapes.Voxels]]:
    """The constructor arguments and the data of the adversarial game: without the parts that come after it, and at half the side where one
    of them makes grids finer."""
    arguments = {key: value for key, value in family.arguments.items() if key not in PARTS}
    return arguments, (lambda split: halved(family.voxels(split))) if family.arguments.get("finer") else family.voxels


def half(grids: Tensor) -> Tensor:
    """Filled voxels (N, R, R, R) -> grids of half the side, bool."""
    return F.avg_pool3d(grids.float().unsqueeze(1), 2).squeeze(1) >= HALF_FULL


def halved(voxels: shapes.Voxels) -> shapes.Voxels:
    """Grids of half the side."""
    return shapes.Voxels(half(torch.from_numpy(voxels.grids)).numpy(), voxels.labels, voxels.names)


def dilated(grids: Tensor) -> Tensor:
    """The largest of a voxel and its 26 neighbours, in grids (B, R, R, R)."""
    return F.max_pool3d(grids.unsqueeze(1), 3, 1, 1).squeeze(1)


def thin(grids: Tensor) -> Tensor:
    """What of filled voxels (B, R, R, R) in {0, 1} lies at parts of less than three voxels: legs, edges of boards, handles."""
    return dilated(grids - grids * dilated(1 - dilated(1 - grids))) * grids


def fields(count: int, side: int, device: torch.device) -> Tensor:
    """Smooth random fields (count, R, R, R) with blobs of several sizes, each field's mean 0 and deviation 1."""
    sizes = (torch.randn(count, 1, *[blobs] * 3, device=device) for blobs in (4, 8, 16))
    field = sum(F.interpolate(noise, size=[side] * 3, mode="trilinear").squeeze(1) for noise in sizes)
    return (field - field.mean((1, 2, 3), keepdim=True)) / field.std((1, 2, 3), keepdim=True)


def torn(grids: Tensor) -> Tensor:
    """Filled voxels (B, R, R, R) in {0, 1} -> soft grids with faults as generated ones have them: thin parts faint or missing in places,
    fewer and smaller gaps elsewhere, crumbs near by, uneven surfaces. How much of each differs from grid to grid."""
    count, side, device = len(grids), grids.shape[1], grids.device

    def much(most: float) -> Tensor:
        return most * torch.rand(count, 1, 1, 1, device=device)

    place = torch.special.ndtr(fields(count, side, device))  # in [0, 1]; below a share lies about that share of the voxels
    left = torch.where(thin(grids) > 0, 1 - (1 - much(FAINT)) * (place < much(TORN)), (place >= much(GAPS)).float())
    crumbs = (torch.rand_like(grids) < much(CRUMBS)) * torch.rand_like(grids) * dilated(dilated(grids))
    soft = torch.maximum(soften(grids * left), soften(dilated(crumbs)))
    return (soft + 4 * soft * (1 - soft) * much(UNEVEN) * fields(count, side, device)).clamp(0, 1)


def cross_entropy(made: Tensor, real: Tensor) -> Tensor:
    """Between levels in [0, 1] of one shape (B, R, R, R), thin parts at more weight; PyTorch's own is refused where numbers are of half
    precision."""
    made, real = made.float().clamp(1e-4, 1 - 1e-4), real.float()
    weights = 1 + THIN * thin((real > LEVEL).float())
    return -(weights * (real * made.log() + (1 - real) * (1 - made).log())).mean()


def part_task(name: str, part: str, generator: VoxelGenerator, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """One of `PARTS` of `generator`, whose other weights stay: from torn real grids, as the parts before it leave them, to whole ones."""
    family = FAMILIES[name]
    torch.manual_seed(seed)
    voxels = family.voxels if part == "finer" else coarse(family)[1]
    train, validation = voxels("train"), voxels("validation")
    grids, labels = torch.from_numpy(train.grids), torch.from_numpy(train.labels)
    weights = weights_of(labels)
    if family.begin and part == "mender":
        grids, _, weights = with_alike(grids, labels, weights, CLASSES[name])
    if family.begin and (known := getattr(checkpoints.load(family.begin, NETWORKS), part)) is not None:
        getattr(generator, part).load_state_dict(known.float().state_dict())
    generator.requires_grad_(False)
    getattr(generator, part).requires_grad_(True)

    def pairs(whole: Tensor) -> tuple[Tensor, Tensor]:
        return soften(whole.float()), torn(half(whole).float() if part == "finer" else whole.float())

    def batch() -> tuple[Tensor, Tensor]:
        whole = grids[torch.multinomial(weights, PART_BATCH[part], replacement=True)]
        if part == "mender" and family.squeezed:
            whole = squeezed(whole.float(), family.squeezed) >= WIDENED
        return pairs(whole.flip(1) if torch.rand(()) < 0.5 else whole)

    def made(module: nn.Module, faulty: Tensor) -> Tensor:
        if part == "finer" and module.mender is not None:
            with torch.no_grad():
                faulty = module.mender(faulty)
        return getattr(module, part)(faulty)

    held, faulty = pairs(torch.from_numpy(validation.grids))

    @torch.inference_mode()
    def evaluate(module: nn.Module) -> dict:
        device = next(module.parameters()).device
        error = float(cross_entropy(torch.cat([made(module, some.to(device)).float().cpu() for some in faulty.split(8)]), held))
        return {"cross_entropy": error, "score": -error}

    return GANTask(
        generator=generator.to(memory_format=torch.channels_last_3d),
        critics=[],
        batch=batch,
        generate=made,
        evaluate=evaluate,
        samples=lambda module, folder: write_samples(module, family.arguments["classes"], folder),
        save=save,
        auxiliary=cross_entropy,
        settings=PART_SETTINGS,
    )


@torch.no_grad()
def calibrate(generator: VoxelGenerator, validation: shapes.Voxels, seed: int = 0) -> float:
    """Shift the last bias of a generator without `PARTS` until at `LEVEL` as much is filled as in validation shapes of the same classes;
    returns the level where it was.

    A critic hardly minds a leg that is half a voxel too thin, and at a fixed level it breaks.
    """
    labels = torch.from_numpy(validation.labels).repeat(-(-CALIBRATED // len(validation)))[:CALIBRATED]
    filled = float(torch.from_numpy(validation.grids).float().mean((1, 2, 3)).repeat(-(-CALIBRATED // len(validation)))[:CALIBRATED].mean())
    levels = grids_like(generator, labels, seed).flatten().numpy()
    place = int((1 - filled) * (levels.size - 1))
    level = float(np.clip(np.partition(levels, place)[place], 0.1, 0.9))
    generator.last.bias -= math.log(level / (1 - level))
    return level
