"""Training and measuring of the faces' checkpoints; `python -m gan_demos train | evaluate NAME` lands here. Never imported by the app."""

import functools
import json
import random
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip import card as clip_card
from ...clip import evaluation as clip_evaluation
from ...clip import training as clip_training
from ...errors import UserError
from ...process import keep_freed_pages
from ...training import card
from ...training.loop import GANTrainer
from . import captions, evaluation, evaluation_sheets, faces_training, generate, judge_training, reader_training
from .cards import ABOUT, NOTES
from .faces_training import FaceData


def train(name: str, minutes: float = 30.0, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> None:
    """Train checkpoint `name` for `minutes`, measure it and write its folder (`out`, else its place under checkpoints/)."""
    keep_freed_pages()
    target, run = out or checkpoints.folder(name), Path("runs") / name
    if name == clip.MODEL:
        facts = clip_training.train(minutes, device, seed, target, fresh, caption_of)
    elif name == generate.READER:
        reader, facts = reader_training.train_reader(minutes, device, seed)
        checkpoints.save(target, name, "faces", "FaceReader", reader, reader_training.ARGUMENTS, {})
    elif name == generate.FACES:
        facts = train_faces(minutes, device, seed, run, target, fresh)
    else:
        facts = judge_training.train_judge(minutes, device, seed, target)
    about, notes = (clip_card.ABOUT, clip_card.NOTES) if name == clip.MODEL else (ABOUT[name], NOTES.get(name, []))
    if name == generate.FACES:
        evaluation_sheets.write_all(target)
    card.write(target, about, measure(name), card.run_facts(name, facts, seed, device), notes)


def caption_of(row: dict[str, str], rng: random.Random) -> str:
    """A caption of an avatar, for the CLIP, which must not know this demo."""
    return captions.caption(row, rng).text


def evaluate(name: str) -> None:
    """Measure `name` again and compare with its card; prints a line a metric, `UserError` if the card is not true."""
    keep_freed_pages()
    print("\n".join(card.compare(checkpoints.folder(name), measure(name))))


def measure(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`; see training.card.summary for their form."""
    measures: dict[str, Callable[[], dict]] = {
        clip.MODEL: functools.partial(clip_evaluation.measure, caption_of),
        generate.READER: evaluation.reader_metrics,
        generate.FACES: evaluation.face_metrics,
        judge_training.JUDGE: judge_training.metrics,
    }
    return measures[name]()


def train_faces(minutes: float, device: str, seed: int, run: Path, target: Path, fresh: bool) -> dict:
    """The adversarial part, measured by the judge on the way; the best averaged generator becomes the checkpoint."""

    def save(generator: nn.Module, facts: dict) -> None:
        extra = {"step": facts["step"], "seconds": facts["seconds"], "noise_dim": generator.noise_dim}
        checkpoints.save(run / "best", generate.FACES, "faces", "FaceSynthesis", generator, faces_training.ARGUMENTS, extra)

    judge = judge_training.load_judge()

    def score(generator: nn.Module, data: FaceData, index: Tensor) -> dict:
        fake = faces_training.pictures_of(generator, data.choice[index])
        return evaluation.quick_score(judge, fake, data, index)

    GANTrainer(faces_training.task(device, seed, save, score), run, device, fresh).run(minutes)
    if not (run / "best" / checkpoints.MODEL_FILE).is_file():
        raise UserError(f"There is no trained generator in {run}: give it more minutes.")
    facts = json.loads((run / "best" / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]["extra"]
    target.mkdir(parents=True, exist_ok=True)
    for file in (checkpoints.MODEL_FILE, checkpoints.CONFIG_FILE):
        (target / file).write_bytes((run / "best" / file).read_bytes())
    return facts
