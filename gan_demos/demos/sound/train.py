"""Training and measuring of the sound checkpoints; `python -m gan_demos train | evaluate NAME` lands here. Never imported by the app."""

import json
from pathlib import Path

import torch
from torch import nn

from ... import checkpoints
from ...data import audio, notes
from ...errors import UserError
from ...metrics.audio import accuracy, inception_score
from ...metrics.audio_classifier import SpectrogramClassifier, probabilities, train_classifier
from ...process import keep_freed_pages
from ...training import card
from ...training.loop import GANTrainer
from . import evaluation, notes_evaluation, notes_training, steering
from .cards import ABOUT, NOTES
from .mel_networks import MelGenerator
from .networks import WaveGANGenerator
from .wavegan_training import FAMILIES, task

JUDGES = {
    "judge-digits": (audio.digits, {"classes": 10, "rate": 8000}, ("test", "new-voice")),
    "judge-drums": (audio.drums, {"classes": len(audio.DRUM_KINDS), "rate": 16000, "n_fft": 512, "hop": 128}, ("test",)),
}


def train(name: str, minutes: float = 30.0, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> None:
    """Train checkpoint `name` for `minutes`, measure it and write its folder (`out`, else its place under checkpoints/)."""
    keep_freed_pages()
    target, run = out or checkpoints.folder(name), Path("runs") / name
    if name in FAMILIES:
        train_wavegan(name, minutes, device, seed, run, fresh)
        finish_wavegan(name, run, target, seed, device)
    elif name in JUDGES:
        train_judge(name, minutes, seed, target)
    elif name == notes_training.MEL:
        facts = notes_training.train_mel(minutes, device, seed, run / "best", fresh)
        finish_mel(run, target, card.run_facts(name, facts, seed, device), seed)
    else:
        trainer = {notes_training.VOCODER: notes_training.train_vocoder, notes_training.JUDGE: notes_training.train_judge}[name]
        facts = trainer(minutes, device, seed, target, fresh)
        write_card(name, target, measure(name), card.run_facts(name, facts, seed, device))


def evaluate(name: str) -> None:
    """Measure `name` again and compare with its card; prints a line a metric, `UserError` if the card is not true."""
    keep_freed_pages()
    print("\n".join(card.compare(checkpoints.folder(name), measure(name))))


def measure(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`; see training.card.summary for their form."""
    if name in JUDGES:
        return judge_metrics(name)
    return evaluation.wavegan_metrics(name) if name in FAMILIES else notes_evaluation.metrics(name)


def train_wavegan(name: str, minutes: float, device: str, seed: int, run: Path, fresh: bool) -> dict:
    """The adversarial part: leaves the best averaged generator in `run`/best."""

    def save(generator: WaveGANGenerator, facts: dict) -> None:
        extra = {"step": facts["step"], "seconds": facts["seconds"]}
        checkpoints.save(run / "best", name, "sound", "WaveGANGenerator", generator, FAMILIES[name].arguments, extra)

    return GANTrainer(task(name, device, seed, save), run, device, fresh).run(minutes)


def finish_wavegan(name: str, run: Path, target: Path, seed: int, device: str) -> None:
    """Learn the named directions for the best generator of `run`, write the checkpoint to `target`, measure it, write its card."""
    family = FAMILIES[name]
    if not (run / "best" / checkpoints.MODEL_FILE).is_file():
        raise UserError(f"There is no trained generator in {run}: train it with python -m gan_demos train {name}")
    torch.manual_seed(seed)
    arguments = family.arguments | {"steering": len(steering.QUANTITIES)}
    generator = with_directions(WaveGANGenerator(**arguments), WaveGANGenerator.from_pretrained(run / "best"))
    clips = family.clips("train")
    labels = torch.from_numpy(clips.labels)

    def sample(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.rand(count, generator.latent_dim) * 2 - 1, labels[torch.randint(len(labels), (count,))]

    steering.learn_directions(generator, sample, lambda wave: steering.quantities(wave, clips.rate))
    extra = {"sample_rate": clips.rate, "sliders": list(steering.QUANTITIES)}
    checkpoints.save(target, name, "sound", "WaveGANGenerator", generator, arguments, extra)
    facts = json.loads((run / "best" / checkpoints.CONFIG_FILE).read_text())[checkpoints.OWN_KEY]["extra"]
    write_card(name, target, evaluation.wavegan_metrics(name), card.run_facts(name, facts, seed, device))


def finish_mel(run: Path, target: Path, training: dict, seed: int) -> None:
    """Learn the named directions of the best mel generator of `run`, write the checkpoint to `target`, measure it, write its card."""
    torch.manual_seed(seed)
    arguments = notes_training.MEL_ARGUMENTS | {"steering": len(steering.QUANTITIES)}
    generator = with_directions(MelGenerator(**arguments), MelGenerator.from_pretrained(run / "best"))
    labels = torch.from_numpy(notes.notes("train").labels)

    def sample(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.rand(count, generator.latent_dim) * 2 - 1, labels[torch.randint(len(labels), (count,))]

    steering.learn_directions(generator, sample, steering.mel_quantities)
    extra = notes_training.EXTRA | {"sliders": list(steering.QUANTITIES)}
    checkpoints.save(target, notes_training.MEL, "sound", "MelGenerator", generator, arguments, extra)
    write_card(notes_training.MEL, target, notes_evaluation.metrics(notes_training.MEL), training)


def with_directions(steerable: nn.Module, trained: nn.Module) -> nn.Module:
    """`steerable` with the weights of `trained`, which has no directions yet."""
    steerable.load_state_dict({key: value for key, value in trained.state_dict().items() if key != "directions"}, strict=False)
    return steerable


def write_card(name: str, target: Path, metrics: dict, training: dict) -> None:
    card.write(target, ABOUT[name], metrics, training, NOTES.get(name, []))


def train_judge(name: str, minutes: float, seed: int, target: Path) -> None:
    """Fit a judge for about `minutes` (at most 40 epochs) on the training split."""
    clips, arguments, _ = JUDGES[name]
    data = clips("train")
    torch.manual_seed(seed)
    judge = SpectrogramClassifier(**arguments)
    facts = train_classifier(judge, torch.from_numpy(data.waves), torch.from_numpy(data.labels[:, 0]), minutes=minutes, seed=seed)
    checkpoints.save(target, name, "sound", "SpectrogramClassifier", judge, arguments, {"sample_rate": data.rate})
    write_card(name, target, judge_metrics(name), card.run_facts(name, facts, seed, "cpu"))


def judge_metrics(name: str) -> dict[str, dict]:
    clips, _, splits = JUDGES[name]
    judge = checkpoints.load(name, {"SpectrogramClassifier": SpectrogramClassifier})
    metrics = {}
    for split in splits:
        data = clips(split)
        p = probabilities(judge, torch.from_numpy(data.waves))
        metrics[f"accuracy, {split}"] = card.summary(
            [accuracy(p, torch.from_numpy(data.labels[:, 0]))], None, "≥ 0.97" if (name, split) == ("judge-digits", "test") else None
        )
        metrics[f"Inception Score of real clips, {split}"] = card.summary([inception_score(p)])
    return metrics
