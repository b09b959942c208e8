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
    """One voxel checkpoint: its data, the constructor arguments of generator and critic, the size of a batch. Where the generator has a
    part that makes grids finer (`finer`), the game is played at half the side, and that part is trained after it."""

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
        {"latent_dim": 200, "classes": len(HOUSEHOLD), "widths": [144, 96, 40], "style_width": 128},
        {"classes": len(HOUSEHOLD), "side": 32, "widths": [40, 96, 192]},
        batch=16,
        named_by_judge=True,
        squeezed=0.0,
    ),
    FINE_VOXELS: Family(
        shapes.fine_voxels,
        {"latent_dim": 200, "classes": len(FINE), "widths": [144, 96, 40], "style_width": 128, "finer": 24},
        {"classes": len(FINE), "side": 32, "widths": [40, 96, 192]},
        batch=16,
        named_by_judge=False,
        squeezed=0.7,
        begin=VOXELS,
    ),
}
ALIKE = {"chair": "chair", "table": "table", "cabinet": "dresser", "sofa": "sofa", "bed": "bed"}  # kinds of two families, seen alike
SETTINGS = {"lr": 2e-4, "lr_end": 4e-5, "mismatch": 0.5, "gamma": 0.5, "evaluate_minutes": 6.0}
FINER_SETTINGS = {"lr": 1e-3, "lr_end": 1e-4, "betas": (0.9, 0.99), "auxiliary": 1.0, "evaluate_minutes": 3.0}
FINER_SHARE = 0.25  # of the minutes
FINER_BATCH = 4
HALF_FULL = 0.25  # of the eight voxels that become one: from there on it is filled, or legs of one voxel would be lost
TORN, CRUMBS = 0.06, 0.0005  # share of blocks of two voxels that are missing in what is made finer, and of single ones that are too many
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


@torch.no_grad()
def begin(generator: VoxelGenerator, kinds: Sequence[str], name: str) -> None:
    """Give `generator` of `kinds` the weights of the checkpoint `name`, another of its shape; to kinds that are `ALIKE` theirs."""
    known, own = checkpoints.load(name, NETWORKS).float().state_dict(), generator.state_dict()
    theirs, mine = [*CLASSES[name]], [*kinds]
    embed = own["embed.weight"].clone()
    for kind, other in ALIKE.items():
        if kind in mine and other in theirs:
            embed[:, mine.index(kind)] = known["embed.weight"][:, theirs.index(other)]
    generator.load_state_dict({**known, "embed.weight": embed})


def coarse(family: Family) -> tuple[dict, Callable[[str], shapes.Voxels]]:
    """The constructor arguments and the data of the adversarial game: at half the side where the generator has a part that makes finer."""
    if not family.arguments.get("finer"):
        return family.arguments, family.voxels
    return {key: value for key, value in family.arguments.items() if key != "finer"}, lambda split: halved(family.voxels(split))


def halved(voxels: shapes.Voxels) -> shapes.Voxels:
    """Grids of half the side."""
    half = F.avg_pool3d(torch.from_numpy(voxels.grids).float().unsqueeze(1), 2).squeeze(1)
    return shapes.Voxels((half >= HALF_FULL).numpy(), voxels.labels, voxels.names)


def torn(grids: Tensor) -> Tensor:
    """Filled voxels (B, R, R, R) in {0, 1} with faults as generated grids have them: missing pieces of two voxels, and crumbs."""
    keep = (torch.rand(len(grids), 1, *[side // 2 for side in grids.shape[1:]]) >= TORN).float()
    keep = F.interpolate(keep, scale_factor=2.0).squeeze(1).to(grids.device)
    return torch.maximum(grids * keep, (torch.rand(grids.shape) < CRUMBS).float().to(grids.device))


def cross_entropy(made: Tensor, real: Tensor) -> Tensor:
    """Between levels in [0, 1] of one shape; PyTorch's own is refused where numbers are of half precision."""
    made, real = made.float().clamp(1e-4, 1 - 1e-4), real.float()
    return -(real * made.log() + (1 - real) * (1 - made).log()).mean()


def finer_task(name: str, generator: VoxelGenerator, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The part of `generator` that makes grids finer, whose other weights stay: from real grids of half the side, torn, to whole ones. Half
    of the validation shapes' error is that of torn ones."""
    family = FAMILIES[name]
    torch.manual_seed(seed)
    train, validation = family.voxels("train"), family.voxels("validation")
    grids, halves = torch.from_numpy(train.grids), torch.from_numpy(halved(train).grids)
    weights = weights_of(torch.from_numpy(train.labels))
    held, half = soften(torch.from_numpy(validation.grids).float()), torch.from_numpy(halved(validation).grids).float()
    half[::2] = torn(half[::2])
    generator.requires_grad_(False).finer.requires_grad_(True)

    def batch() -> tuple[Tensor, Tensor]:
        pick = torch.multinomial(weights, FINER_BATCH, replacement=True)
        mirror = [1] if torch.rand(()) < 0.5 else []
        return soften(grids[pick].float()).flip(mirror), soften(torn(halves[pick].float())).flip(mirror)

    @torch.inference_mode()
    def evaluate(module: nn.Module) -> dict:
        made = torch.cat([module.finer(part).cpu() for part in soften(half).to(next(module.parameters()).device).split(8)])
        error = float(cross_entropy(made, held))
        return {"cross_entropy": error, "score": -error}

    return GANTask(
        generator=generator.to(memory_format=torch.channels_last_3d),
        critics=[],
        batch=batch,
        generate=lambda module, half: module.finer(half),
        evaluate=evaluate,
        samples=lambda module, folder: write_samples(module, family.arguments["classes"], folder),
        save=save,
        auxiliary=cross_entropy,
        settings=FINER_SETTINGS,
    )


@torch.no_grad()
def calibrate(generator: VoxelGenerator, validation: shapes.Voxels, seed: int = 0) -> float:
    """Shift the last bias until at `LEVEL` as much is filled as in validation shapes of the same classes; returns the level where it was.

    A critic hardly minds a leg that is half a voxel too thin, and at a fixed level it breaks.
    """
    labels = torch.from_numpy(validation.labels).repeat(-(-CALIBRATED // len(validation)))[:CALIBRATED]
    filled = float(torch.from_numpy(validation.grids).float().mean((1, 2, 3)).repeat(-(-CALIBRATED // len(validation)))[:CALIBRATED].mean())
    levels = grids_like(generator, labels, seed).flatten().numpy()
    place = int((1 - filled) * (levels.size - 1))
    level = float(np.clip(np.partition(levels, place)[place], 0.1, 0.9))
    generator.final.bias -= math.log(level / (1 - level))
    return level
