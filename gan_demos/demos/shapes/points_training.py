"""Training of the point-cloud GANs: the autoencoder, the l-GAN on its codes, and the r-GAN on the points themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ...data import shapes
from ...metrics import shapes as measures
from ...metrics.audio import frechet_distance
from ...training.loop import GANTask
from . import render
from .chamfer import chamfer, pairwise_chamfer
from .networks import CodeCritic, PointCritic, PointLatentGAN, RawPointGenerator
from .vocabulary import AIRPLANE_POINTS, AIRPLANES, HOUSEHOLD, POINTS, RAW_AIRPLANES, RAW_POINTS
from .voxel_training import draw, one_hot, other_class


@dataclass(frozen=True)
class Family:
    """One checkpoint of points: its data and the constructor arguments of its generator."""

    clouds: Callable[[str], shapes.Clouds]
    arguments: dict
    batch: int  # clouds in a step of the autoencoder or of the r-GAN


LATENT = {
    POINTS: Family(shapes.household_points, {"points": 1024, "classes": len(HOUSEHOLD)}, 32),
    AIRPLANE_POINTS: Family(shapes.airplane_points, {"points": 2048, "classes": len(AIRPLANES)}, 16),
}
RAW = {
    RAW_POINTS: Family(shapes.household_points, {"points": 1024, "classes": len(HOUSEHOLD)}, 32),
    RAW_AIRPLANES: Family(shapes.airplane_points, {"points": 2048, "classes": len(AIRPLANES)}, 32),
}
AUTOENCODER_SHARE = 0.7  # of the minutes; the l-GAN is far smaller
AUTOENCODER = {"lr": 1e-3, "lr_end": 2e-5, "auxiliary": 100.0, "betas": (0.9, 0.99), "ema": 0.998, "evaluate_minutes": 4.0}
CODES = {"lr": 4e-4, "lr_end": 4e-5, "gamma": 0.3, "penalty_every": 4, "mismatch": 0.5, "ema": 0.9995, "evaluate_minutes": 2.0}
RAW_SETTINGS = {"lr": 5e-4, "lr_end": 5e-5, "penalty_every": 4, "mismatch": 0.5, "evaluate_minutes": 3.0}
# A penalty as strong as that of codes would leave the critic blind: thousands of coordinates add up in it. A weaker one for airplanes, of
# which there is but one class, and all come out alike.
RAW_GAMMA = {RAW_POINTS: 0.01, RAW_AIRPLANES: 0.1}
CODE_BATCH, CODE_NOISE = 128, 0.05  # noise: of a code's spread, on real and generated codes alike
# Of the last layer once trained, by which points move by one or two thousandths.
RANKS = {POINTS: 256, AIRPLANE_POINTS: 192, RAW_POINTS: 256, RAW_AIRPLANES: 192}
COMPONENTS_FROM = 3000  # clouds
SEEN_POINTS = 512  # points of a cloud that the r-GAN's critic sees at a time: more steps in the same minutes
WATCHED, WATCHED_POINTS = 120, 512  # clouds, and points of each, that a run is watched with


def mirrored(clouds: Tensor) -> Tensor:
    """Each of the clouds (B, N, 3) mirrored left to right, or not."""
    sign = torch.ones(len(clouds), 1, 3, device=clouds.device)
    sign[:, 0, 0] = torch.randint(0, 2, (len(clouds),), device=clouds.device) * 2.0 - 1
    return clouds * sign


@torch.inference_mode()
def thinner(generator: PointLatentGAN | RawPointGenerator, arguments: dict, rank: int) -> PointLatentGAN | RawPointGenerator:
    """`generator`, made with `arguments`, with a last layer of `rank`: along the principal components of clouds that it draws.

    The last layer holds most of the weights, and the clouds lie near a plane of far fewer dimensions.
    """
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(COMPONENTS_FROM) % generator.classes
    drawn = torch.cat([draw(generator, one_hot(part, generator.classes), rng).flatten(1) for part in labels.split(200)])
    mean = drawn.mean(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _, _, axes = torch.pca_lowrank(drawn - mean, q=rank, center=False)  # (3 N, rank)
    made = type(generator)(**arguments, rank=rank)
    weights = generator.state_dict()
    layers = "decoder" if isinstance(generator, PointLatentGAN) else "layers"
    number = len(getattr(generator, layers)) - 1
    weight, bias = weights.pop(f"{layers}.{number}.weight"), weights.pop(f"{layers}.{number}.bias")
    last = {"weight": axes.T @ weight, "bias": axes.T @ (bias - mean)}, {"weight": axes, "bias": mean}
    made.load_state_dict(weights | {f"{layers}.{number + i}.{key}": value for i, one in enumerate(last) for key, value in one.items()})
    return made.eval()


def some_points(clouds: Tensor) -> Tensor:
    """Clouds (B, N, 3) -> (B, min(N, 512), 3), the same random ones of each cloud."""
    return clouds[:, torch.randperm(clouds.shape[1], device=clouds.device)[:SEEN_POINTS]]


@torch.inference_mode()
def clouds_like(generator: nn.Module, labels: Tensor, seed: int, batch: int = 100) -> Tensor:
    """Clouds (N, P, 3), one for each of labels (N,), on the CPU, from one seed."""
    rng, device = torch.Generator().manual_seed(seed), next(generator.parameters()).device
    parts = [one_hot(part, generator.classes).to(device) for part in labels.split(batch)]
    return torch.cat([draw(generator, part, rng).float().cpu() for part in parts])


def write_sheet(clouds: Tensor, folder: Path) -> None:
    """Clouds (N, P, 3) from three sides; numbered, so that one sees how they change."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(render.sheet(clouds.numpy(), columns=4, size=96))
    picture.save(folder / f"shapes-{len(list(folder.glob('shapes-*.png'))):03d}.png")
    picture.save(folder / "shapes.png")


class Watch:
    """A few validation clouds that a run is held to; 1-NNA and MMD of as many generated ones of the same classes."""

    def __init__(self, clouds: shapes.Clouds, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        pick = rng.permutation(len(clouds))[:WATCHED]
        self.labels = torch.from_numpy(clouds.labels[pick])
        points = rng.permutation(clouds.points.shape[1])[:WATCHED_POINTS]
        self.points, self.real = torch.from_numpy(points), torch.from_numpy(clouds.points[pick][:, points])
        self.within = pairwise_chamfer(self.real, self.real).numpy()

    def measure(self, generator: nn.Module) -> dict[str, float]:
        made = clouds_like(generator, self.labels, 1234)[:, self.points]
        between = pairwise_chamfer(made, self.real).numpy()
        found = measures.nearest_neighbour_accuracy(pairwise_chamfer(made, made).numpy(), self.within, between)
        return {"1-nna": found, "mmd": measures.minimum_matching_distance(between), "cov": measures.coverage(between)}


def autoencoder_task(name: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """Clouds through the code and back, by Chamfer distance alone; the clouds are their own condition."""
    family = LATENT[name]
    torch.manual_seed(seed)
    clouds = torch.from_numpy(family.clouds("train").points)
    held = torch.from_numpy(family.clouds("validation").points)

    def batch() -> tuple[Tensor, Tensor]:
        real = mirrored(clouds[torch.randint(len(clouds), (family.batch,))])
        return real, real

    def rebuilt(module: nn.Module, some: Tensor) -> Tensor:
        return module.decode(module.encode(some))

    def evaluate(module: nn.Module) -> dict:
        device = next(module.parameters()).device
        with torch.inference_mode():
            error = torch.cat([chamfer(rebuilt(module, part.to(device)), part.to(device)).cpu() for part in held.split(32)]).mean()
        return {"chamfer": float(error), "score": -float(error)}

    def samples(module: nn.Module, folder: Path) -> None:
        shown = held[:: max(1, len(held) // 8)][:8]
        with torch.inference_mode():
            again = rebuilt(module, shown.to(next(module.parameters()).device)).cpu()
        write_sheet(torch.stack([shown, again], 1).flatten(0, 1), folder)

    return GANTask(
        generator=PointLatentGAN(**family.arguments),
        critics=[],
        batch=batch,
        generate=rebuilt,
        evaluate=evaluate,
        samples=samples,
        save=save,
        auxiliary=lambda fake, real: chamfer(fake, real).mean(),
        settings=AUTOENCODER,
    )


@torch.inference_mode()
def codes_of(module: PointLatentGAN, clouds: Tensor) -> Tensor:
    """Codes (2 N, W) of clouds (N, P, 3), then of their mirror images."""
    other = clouds * torch.tensor([-1.0, 1.0, 1.0])
    return torch.cat([module.encode(part) for some in (clouds, other) for part in some.split(64)]).clone()


def fit_normal(module: PointLatentGAN, codes: Tensor) -> None:
    """Set what makes the codes (N, W) of mean 0 and spread 1."""
    module.centre.copy_(codes.mean(0))
    module.spread.copy_(codes.std(0).clamp_min(1e-3))


def code_task(name: str, seed: int, autoencoder: PointLatentGAN, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The l-GAN on the codes of a trained autoencoder, which stays as it is."""
    family = LATENT[name]
    torch.manual_seed(seed)
    train, held = family.clouds("train"), family.clouds("validation")
    generator = autoencoder.float().requires_grad_(False)
    codes = codes_of(generator, torch.from_numpy(train.points))
    fit_normal(generator, codes)
    for module in (generator.mapping, generator.embed):
        module.requires_grad_(True)
    normal = (codes - generator.centre) / generator.spread
    labels = torch.from_numpy(train.labels).repeat(2)
    watch, classes = Watch(held), generator.classes
    apart = ((codes_of(generator, torch.from_numpy(held.points)) - generator.centre) / generator.spread).double().numpy()
    asked = torch.from_numpy(held.labels).repeat(2)

    def batch() -> tuple[Tensor, Tensor]:
        pick = torch.randint(len(labels), (CODE_BATCH,))
        return normal[pick], one_hot(labels[pick], classes)

    @torch.inference_mode()
    def evaluate(module: nn.Module) -> dict:
        rng, device = torch.Generator().manual_seed(1234), next(module.parameters()).device
        latent = torch.randn(len(asked), module.latent_dim, generator=rng).to(device)
        made = module.normal_code(latent, one_hot(asked, classes).to(device)).double().cpu().numpy()
        distance = frechet_distance(made, apart)
        return {"frechet": distance, **watch.measure(module), "score": -distance}

    def generate(module: nn.Module, condition: Tensor) -> Tensor:
        return module.normal_code(torch.randn(len(condition), module.latent_dim, device=condition.device), condition)

    return GANTask(
        generator=generator,
        critics=[CodeCritic(generator.code_width, classes)],
        batch=batch,
        generate=generate,
        evaluate=evaluate,
        samples=lambda module, folder: write_sheet(clouds_like(module, torch.arange(20) % classes, 0), folder),
        save=save,
        augment=lambda x: x + CODE_NOISE * torch.randn_like(x),
        wrong=other_class if classes > 1 else None,
        settings=CODES,
    )


def raw_task(name: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The r-GAN: a critic on the points themselves."""
    family = RAW[name]
    torch.manual_seed(seed)
    train = family.clouds("train")
    clouds, labels = torch.from_numpy(train.points), torch.from_numpy(train.labels)
    watch, classes = Watch(family.clouds("validation")), family.arguments["classes"]
    of_class = [torch.nonzero(labels == k).squeeze(1) for k in range(classes)]

    def batch() -> tuple[Tensor, Tensor]:
        first = torch.randint(len(labels), (family.batch // 2,))
        second = torch.stack([of_class[k][torch.randint(len(of_class[k]), ())] for k in labels[first].tolist()])
        pick = torch.stack([first, second], 1).flatten()  # neighbours are of one class, for the critic
        return mirrored(clouds[pick]), one_hot(labels[pick], classes)

    def evaluate(module: nn.Module) -> dict:
        found = watch.measure(module)
        return found | {"score": -found["1-nna"] - found["mmd"]}

    return GANTask(
        generator=RawPointGenerator(**family.arguments),
        critics=[PointCritic(classes)],
        batch=batch,
        generate=draw,
        evaluate=evaluate,
        samples=lambda module, folder: write_sheet(clouds_like(module, torch.arange(20) % classes, 0), folder),
        save=save,
        augment=some_points,
        wrong=other_class if classes > 1 else None,
        settings=RAW_SETTINGS | {"gamma": RAW_GAMMA[name]},
    )
