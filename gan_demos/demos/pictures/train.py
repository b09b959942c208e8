"""Training and measuring of the checkpoints of text → image; `python -m gan_demos train | evaluate NAME` lands here. Never imported by the
app."""

import copy
import functools
import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ... import checkpoints, clip
from ...data import images
from ...errors import UserError
from ...process import keep_freed_pages
from ...training import card
from ...training.loop import GANTrainer
from ...training.state import STATE_FILE
from . import (
    damsm,
    damsm_training,
    evaluation,
    evaluation_guidance,
    evaluation_sheets,
    evaluation_table,
    judge_training,
    mapping_training,
    memory_training,
    networks,
    synthesis_training,
    text_training,
)
from .cards import ABOUT, NOTES
from .cards_judges import ABOUT as JUDGES_ABOUT
from .cards_judges import NOTES as JUDGES_NOTES
from .emoji_training import EmojiData, read
from .generate import MEMORY
from .networks import AttnGAN, ClipGAN, Generator, PictureCritic, StackGAN
from .vocabulary import ATTN_GAN, CLIP_GAN, MODELS, STACK_GAN

NETWORKS: dict[str, type[Generator]] = {MODELS[CLIP_GAN]: ClipGAN, MODELS[STACK_GAN]: StackGAN, MODELS[ATTN_GAN]: AttnGAN}
CRITICS = {ClipGAN: (128,), StackGAN: (128, 64, 32), AttnGAN: (128, 64, 32)}
SYNTHESIS_SHARE = 0.35  # of the minutes, for synthesis network and codes, where no run has left them yet
# Chosen on training and validation pairs: OpenMoji asked for more strongly fills areas with a hatch and loses their colours, FxEmojis are
# told best when asked for less.
EMPHASIS = [{"openmoji": 0.05, "fxemoji": -0.3}.get(style, 0.25) for style in images.EMOJI_STYLES]
VARIETY = {ClipGAN: 1.0, StackGAN: 6.0, AttnGAN: 6.0}  # the variance that conditioning augmentation learns is small
HEAD_START = 150  # steps that new critics learn beside a trained generator before it learns from them
SYNTHESIS = Path("runs") / "pictures-synthesis"  # what the three share
CODES = SYNTHESIS / "codes.safetensors"


def train(name: str, minutes: float = 30.0, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> None:
    """Train checkpoint `name` for `minutes`, measure it and write its folder (`out`, else its place under checkpoints/)."""
    keep_freed_pages()
    target = out or checkpoints.folder(name)
    if name in NETWORKS:
        facts = train_generator(name, minutes, device, seed, target, fresh)
        evaluation_sheets.write_all(name, target)
    elif name == MEMORY:
        facts = memory_training.build_memory(target)
    else:
        trainer = {judge_training.JUDGE: judge_training.train_judge, damsm.NAME: damsm_training.train_damsm}[name]
        facts = trainer(minutes, device, seed, target)
    about, notes = (ABOUT | JUDGES_ABOUT)[name], (NOTES | JUDGES_NOTES).get(name, [])
    run = card.run_facts(name, facts, seed, device)
    if name in NETWORKS:
        run |= evaluation.latency(name) | evaluation_guidance.speed(name)
    card.write(target, about, measure(name), run, notes)
    if name in NETWORKS and all((checkpoints.folder(other) / "metrics.json").is_file() for other in NETWORKS):
        evaluation_table.write()


def evaluate(name: str) -> None:
    """Measure `name` again and compare with its card; prints a line a metric, `UserError` if the card is not true."""
    keep_freed_pages()
    print("\n".join(card.compare(checkpoints.folder(name), measure(name))))


def measure(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`; see training.card.summary for their form."""
    measures: dict[str, Callable[[], dict]] = {
        MEMORY: memory_training.memory_metrics,
        judge_training.JUDGE: judge_training.metrics,
        damsm.NAME: damsm_training.metrics,
        **{generator: functools.partial(_generator_metrics, generator) for generator in NETWORKS},
    }
    return measures[name]()


def _generator_metrics(name: str) -> dict[str, dict]:
    """Guidance, which takes minutes, is measured with the generator that the tab begins with."""
    guidance = evaluation_guidance.guidance_metrics(name) if name == MODELS[CLIP_GAN] else {}
    return evaluation.generator_metrics(name) | guidance


def train_generator(name: str, minutes: float, device: str, seed: int, target: Path, fresh: bool) -> dict:
    """End to end: on from the checkpoint, with new critics, if there is one of the same arguments. Else, or if `fresh`, ClipGAN begins with
    codes and synthesis network, which are trained first unless a run has left them, and the others with ClipGAN's memory, synthesis
    network and critic."""
    torch.manual_seed(seed)
    first = MODELS[CLIP_GAN]
    goes_on = is_current(name) and not fresh
    derived = name != first and is_current(first)
    spent = 0.0
    if not (goes_on or derived) and (fresh or not CODES.is_file()):
        spent = SYNTHESIS_SHARE * minutes
        train_synthesis(spent, device, seed)
    data = EmojiData("train")
    texts = texts_of(data)
    generator = NETWORKS[name](**arguments(name))
    critics = {side: PictureCritic(9 + texts.table.sentence.shape[1], side) for side in CRITICS[type(generator)]}
    if goes_on:
        generator.load_state_dict(checkpoints.load(name, evaluation.NETWORKS).state_dict())
        generator.recall.codes.data = networks.normalise(generator.recall.codes.data) / networks.CODE_RATE  # they are stored as bytes
        return train_end_to_end(name, generator, critics, data, texts, minutes, device, target, {"head_start": HEAD_START})
    if derived:
        before = checkpoints.load(first, evaluation.NETWORKS)
        generator.synthesis.load_state_dict(before.synthesis.state_dict(), strict=False)
        codes = before.codes()
        load_critic(critics[networks.SIDE], Path("runs") / first)
    else:
        codes = load_codes(generator)
    mapping_training.fill(generator, mapping_training.keys(texts.table.sentence, texts.weight, texts.of), codes)
    return train_end_to_end(name, generator, critics, data, texts, minutes - spent, device, target)


def arguments(name: str) -> dict:
    """What the network of checkpoint `name` is made with."""
    return {"depth": 2, "emphasis": EMPHASIS, "variety": VARIETY[NETWORKS[name]]}


def is_current(name: str) -> bool:
    """Whether there is a checkpoint `name` of today's arguments."""
    return name in checkpoints.names() and arguments(name).items() <= checkpoints.read_config(name).items()


def load_critic(critic: PictureCritic, run: Path) -> None:
    """Fill `critic` from the state that a run of ClipGAN left in folder `run`, if there is one."""
    if (run / STATE_FILE).is_file():
        prefix = "module/critics/0.critic."
        found = load_file(run / STATE_FILE)
        critic.load_state_dict({key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)})


def texts_of(data: EmojiData) -> text_training.Texts:
    """The texts of the training concepts with their features."""
    texts, model = data.texts(), checkpoints.load(clip.MODEL, clip.NETWORKS)
    return text_training.texts_of(texts, read(model, [text for group in texts for text in group]))


def train_synthesis(minutes: float, device: str, seed: int) -> None:
    """The synthesis network and the codes of the training concepts, into `CODES`."""
    CODES.parent.mkdir(parents=True, exist_ok=True)

    templates = EmojiData("train").templates()

    def save(module: synthesis_training.Redrawer, facts: dict) -> None:
        weights = {"table": module.codes(templates), **module.state_dict()}
        save_file({key: value.detach().cpu().contiguous().clone() for key, value in weights.items()}, CODES)

    task = synthesis_training.task(ClipGAN(**arguments(MODELS[CLIP_GAN])).synthesis, device, seed, save)
    GANTrainer(task, SYNTHESIS, device, True).run(minutes)


def load_codes(generator: Generator) -> torch.Tensor:
    """Fill the synthesis network of `generator` from `CODES`; returns the codes (K, code_width, 16, 16), of mean square 1."""
    weights = load_file(CODES)
    prefix = "synthesis."
    found = {key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)}
    missing = generator.synthesis.load_state_dict(found, strict=False)
    if missing.unexpected_keys or any(not key.startswith("attend") for key in missing.missing_keys):
        raise UserError(f"{CODES} is of another network: train it again with --fresh.")
    return networks.normalise(weights["table"])


def train_end_to_end(
    name: str, generator: Generator, critics: dict[int, PictureCritic], data: EmojiData, texts: text_training.Texts, minutes: float,
    device: str, target: Path, settings: dict | None = None,
) -> dict:  # fmt: skip
    """The adversarial part; the best averaged generator becomes the checkpoint."""
    best = Path("runs") / name / "best"
    generator.palette.learn(data.pictures[~data.kept_apart], data.style[~data.kept_apart])

    def save(trained: nn.Module, facts: dict) -> None:
        extra = {"step": facts["step"], "seconds": facts["seconds"]}
        trained = copy.deepcopy(trained)
        trained.recall.round()
        checkpoints.save(best, name, "pictures", type(trained).__name__, trained, arguments(name), extra)

    index = torch.nonzero(data.kept_apart).squeeze(1)
    rows = [data.rows[i] for i in index.tolist()]
    validation = evaluation.Validation.of(rows, data.pictures[index], data.labels())
    score = functools.partial(evaluation.quick_score, validation=validation)
    task = text_training.task(generator, critics, data, texts, save, score, damsm.load_damsm(), settings)
    GANTrainer(task, Path("runs") / name, device, True).run(minutes)
    if not (best / checkpoints.MODEL_FILE).is_file():
        raise UserError(f"There is no trained generator in {best}: give it more minutes.")
    target.mkdir(parents=True, exist_ok=True)
    for file in (checkpoints.MODEL_FILE, checkpoints.CONFIG_FILE):
        (target / file).write_bytes((best / file).read_bytes())
    return json.loads((best / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]["extra"]
