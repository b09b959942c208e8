"""Training and measuring of the swap's checkpoints; `python -m gan_demos train | evaluate NAME` lands here. Never imported by the app."""

import functools
import json
from pathlib import Path

from PIL import Image
from torch import nn

from ... import checkpoints
from ...errors import UserError
from ...media import sheets
from ...process import keep_freed_pages
from ...training import card
from ...training.loop import GANTrainer
from . import evaluation, likeness, likeness_training, swap_training
from .cards import ABOUT, NOTES
from .networks import SwapGenerator
from .pairs_training import Pairs, avatar_pairs, emoji_pairs
from .vocabulary import EMOJI, FACES, MODELS

NETWORKS = {"SwapGenerator": SwapGenerator}
AVATARS, VARIANTS = 3000, 3  # training avatars, each with so many edits of it: 12,000 pictures are drawn before the training begins
CHECKED = 160  # avatars of the validation part
SHEET = 16  # held-out pairs on the card's sheet


def train(
    name: str,
    minutes: float = 60.0,
    device: str = "auto",
    seed: int = 0,
    out: Path | None = None,
    fresh: bool = False,
    avatars: int = AVATARS,
    settings: dict | None = None,
) -> None:
    """Train checkpoint `name` for `minutes`, measure it and write its folder (`out`, else its place under checkpoints/).

    avatars: how many of the training split to draw; settings: changes to `swap_training.SETTINGS` and the loop's.
    """
    keep_freed_pages()
    model = model_of(name)
    target, run = out or checkpoints.folder(name), Path("runs") / name
    facts = train_generator(model, minutes, device, seed, run, fresh, avatars, settings)
    keep(model, run, target)
    write_sheet(model, target)
    training = card.run_facts(name, facts, seed, device) | evaluation.latency(name)
    card.write(target, ABOUT[name], measure(name), training, NOTES.get(name, []))


def model_of(name: str) -> str:
    """The model that a checkpoint is of; `UserError` for another name."""
    for model, checkpoint in MODELS.items():
        if checkpoint == name:
            return model
    raise UserError(f"The swap has no checkpoint {name!r}: there are {', '.join(MODELS.values())}.")


def evaluate(name: str) -> None:
    """Measure `name` again and compare with its card; prints a line a metric, `UserError` if the card is not true."""
    keep_freed_pages()
    print("\n".join(card.compare(checkpoints.folder(name), measure(name))))


def measure(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`; see training.card.summary for their form."""
    measured = checkpoints.extra(name).get(likeness.KEY)
    return evaluation.swap_metrics(name) | (likeness_training.likeness_metrics(measured) if measured else {})


def training_pairs(model: str, avatars: int, seed: int) -> tuple[Pairs, Pairs]:
    """Pairs to train on, and those that choose the checkpoint."""
    if model != FACES:
        return emoji_pairs("train"), emoji_pairs("validation")
    print(f"Drawing {avatars * (1 + VARIANTS)} avatars", flush=True)
    return avatar_pairs("train", avatars, VARIANTS, seed), avatar_pairs("validation", CHECKED, 1, seed)


def train_generator(
    model: str, minutes: float, device: str, seed: int, run: Path, fresh: bool, avatars: int, settings: dict | None
) -> dict:  # fmt: skip
    """The adversarial part, measured by the judge on the way; the best averaged generator lies in `run`/best. Returns the facts of it."""
    name = MODELS[model]

    def save(generator: nn.Module, facts: dict) -> None:
        extra = {"step": facts["step"], "seconds": facts["seconds"]}
        checkpoints.save(run / "best", name, "swap", "SwapGenerator", generator, swap_training.ARGUMENTS[model], extra)

    pairs, validation = training_pairs(model, avatars, seed)
    score = functools.partial(evaluation.quick_score, evaluation.load_judge(model))
    task = swap_training.task(model, pairs, validation, seed, save, score, settings)
    if model == EMOJI:
        task.generator.generator.palette.learn(pairs.pictures, pairs.labels[:, 0])
    GANTrainer(task, run, device, fresh).run(minutes)
    if not (run / "best" / checkpoints.MODEL_FILE).is_file():
        raise UserError(f"There is no trained generator in {run}: give it more minutes.")
    return json.loads((run / "best" / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]["extra"]


def keep(model: str, run: Path, target: Path) -> None:
    """Copy the best generator of a run into its place; that of faces learns where likeness to them ends."""
    target.mkdir(parents=True, exist_ok=True)
    config = json.loads((run / "best" / checkpoints.CONFIG_FILE).read_text())
    if model == FACES:
        config[checkpoints.OWN_KEY]["extra"][likeness.KEY] = likeness_training.measure_likeness()
    (target / checkpoints.MODEL_FILE).write_bytes((run / "best" / checkpoints.MODEL_FILE).read_bytes())
    (target / checkpoints.CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n")


def write_sheet(model: str, folder: Path) -> None:
    """Held-out pairs for the card: input, made, true, mask, back again; evenly chosen, two halves side by side."""
    generator = checkpoints.load(MODELS[model], NETWORKS)
    pairs = evaluation.held_out_pairs(model, 0)
    halves = [swap_training.sheet(generator, pairs, half) for half in swap_training.spread(pairs, SHEET).chunk(2)]
    rows = [sheets.levels(half) for half in halves]
    Image.fromarray(sheets.strip(rows)).save(folder / "samples.webp", quality=90)
