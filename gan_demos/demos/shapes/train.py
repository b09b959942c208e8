"""Training and measuring of the checkpoints of shapes; `python -m gan_demos train | evaluate NAME` lands here. Never imported by the
app."""

import json
from collections.abc import Callable
from pathlib import Path

from torch import nn

from ... import checkpoints
from ...errors import UserError
from ...process import keep_freed_pages
from ...training import card
from ...training.loop import GANTask, GANTrainer
from . import directions_training, evaluation, evaluation_directions, evaluation_sheets, judge_training, points_training, voxel_training
from .cards import ABOUT, NOTES
from .networks import NETWORKS, PointLatentGAN, VoxelGenerator
from .points_training import LATENT, RAW
from .vocabulary import CLASSES, JUDGE
from .voxel_training import FAMILIES

Save = Callable[[nn.Module, dict], None]


def train(name: str, minutes: float = 30.0, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> None:
    """Train checkpoint `name` for `minutes`, measure it and write its folder (`out`, else its place under checkpoints/).

    A run that is in runs/NAME goes on from there, unless `fresh`; minutes of 0 only find its named directions, measure it and write its
    card.
    """
    keep_freed_pages()
    if name not in ABOUT:
        raise UserError(f"There is no training of {name!r} here: there is {', '.join(ABOUT)}.")
    target = out or checkpoints.folder(name)
    if name == JUDGE:
        facts = judge_training.train_judge(minutes, device, seed, target)
        card.write(target, ABOUT[name], judge_training.metrics(), card.run_facts(name, facts, seed, device), NOTES[name])
        return
    train_generator(name, minutes, device, seed, fresh)
    facts = finish(name, Path("runs") / name, target)
    directions_training.add(name, target, seed)
    evaluation_sheets.write_all(name, target)
    run = card.run_facts(name, facts, seed, device) | evaluation.latency(name)
    card.write(target, ABOUT[name], measure(name), run, NOTES[name])


def evaluate(name: str) -> None:
    """Measure `name` again and compare with its card; prints a line a metric, `UserError` if the card is not true."""
    keep_freed_pages()
    print("\n".join(card.compare(checkpoints.folder(name), measure(name))))


def measure(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`; see training.card.summary for their form."""
    if name == JUDGE:
        return judge_training.metrics()
    found = evaluation.voxel_metrics(name) if name in FAMILIES else evaluation.point_metrics(name)
    return found | evaluation_directions.metrics(name)


def train_generator(name: str, minutes: float, device: str, seed: int, fresh: bool) -> None:
    """The adversarial part: leaves the best averaged generator in runs/`name`/best."""
    run = Path("runs") / name
    if name in LATENT:
        train_latent(name, minutes, device, seed, run, fresh)
        return
    if name in FAMILIES:
        train_voxels(name, minutes, device, seed, run, fresh)
        return
    go_on(points_training.raw_task(name, seed, saver(name, run, RAW[name].arguments)), run, minutes, device, fresh)


def train_voxels(name: str, minutes: float, device: str, seed: int, run: Path, fresh: bool) -> None:
    """The adversarial game and then, one by one, the parts of the generator that come after it, each on the best weights of what is before
    it. The last one is in runs/`name`, the others in runs/`name`-game and runs/`name`-PART."""
    if minutes <= 0:
        return
    family = FAMILIES[name]
    arguments, voxels = voxel_training.coarse(family)
    parts = {part: share for part, share in voxel_training.PARTS.items() if family.arguments.get(part)}
    folders = [run.with_name(f"{name}-{step}") for step in ("game", *parts)][: len(parts)] + [run]
    game = voxel_training.task(name, device, seed, saver(name, folders[0], arguments))
    go_on(game, folders[0], minutes * (1 - sum(parts.values())), device, fresh)
    for (part, share), before, folder in zip(parts.items(), folders[:-1], folders[1:], strict=True):
        best = VoxelGenerator.from_pretrained(trained(before))
        if before == folders[0]:
            voxel_training.calibrate(best, voxels("validation"))
        arguments = arguments | {part: family.arguments[part]}
        generator = VoxelGenerator(**arguments)
        generator.load_state_dict(best.state_dict(), strict=False)  # all but this part
        save = saver(name, folder, arguments, facts_of(before / "best"))
        # what is before it has changed, so that this starts anew
        go_on(voxel_training.part_task(name, part, generator, seed, save), folder, minutes * share, device, True)


def train_latent(name: str, minutes: float, device: str, seed: int, run: Path, fresh: bool) -> None:
    """The autoencoder first, in runs/`name`-autoencoder, then the l-GAN on the codes of its best weights."""
    first, arguments = run.with_name(f"{name}-autoencoder"), LATENT[name].arguments
    spent = minutes * points_training.AUTOENCODER_SHARE
    go_on(points_training.autoencoder_task(name, seed, saver(name, first, arguments)), first, spent, device, fresh)
    autoencoder = PointLatentGAN.from_pretrained(trained(first))
    before = facts_of(first / "best")
    # the codes are other ones after the autoencoder has changed, so the l-GAN starts anew
    changed = fresh or spent > 0
    go_on(points_training.code_task(name, seed, autoencoder, saver(name, run, arguments, before)), run, minutes - spent, device, changed)


def go_on(task: GANTask, run: Path, minutes: float, device: str, fresh: bool) -> None:
    """Train for `minutes`, if there are any."""
    if minutes > 0:
        GANTrainer(task, run, device, fresh).run(minutes)


def saver(name: str, run: Path, arguments: dict, before: dict | None = None) -> Save:
    """What writes the best weights of a run; `before`: the facts of the training that it stands on."""
    before = before or {}

    def save(generator: nn.Module, facts: dict) -> None:
        extra = {key: before.get(key, 0) + facts[key] for key in ("step", "seconds")} | {"latent_dim": generator.latent_dim}
        extra["classes"] = list(CLASSES[name])
        checkpoints.save(run / "best", name, "shapes", type(generator).__name__, generator, arguments, extra)

    return save


def trained(run: Path) -> Path:
    """The folder of a run's best weights."""
    if not (run / "best" / checkpoints.MODEL_FILE).is_file():
        raise UserError(f"There is no trained generator in {run}: give it more minutes.")
    return run / "best"


def finish(name: str, run: Path, target: Path) -> dict:
    """Put the best weights of a run into the checkpoint's folder; returns the facts of the run."""
    best = trained(run)
    own = json.loads((best / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]
    facts, generator = own["extra"], NETWORKS[own["network"]].from_pretrained(best)
    arguments = (FAMILIES | LATENT | RAW)[name].arguments
    if rank := points_training.RANKS.get(name):
        generator, arguments = points_training.thinner(generator.float(), arguments, rank), arguments | {"rank": rank}
    checkpoints.save(target, name, "shapes", own["network"], generator, arguments, facts)
    return facts


def facts_of(folder: Path) -> dict:
    """Steps, seconds and the like, as `saver` wrote them beside the weights."""
    return json.loads((folder / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]["extra"]
