"""Training of the notes: judge, vocoder and mel generator, on rendered instrument notes, with held-out measures.

Order: `train_judge`, then `train_vocoder` and `train_mel` in any order. Runs go on from their last state in `runs/<name>`.
"""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import checkpoints, dsp
from ...data import notes
from ...errors import UserError
from ...metrics.audio import accuracy, frechet_distance
from ...training.ema import EMA
from ...training.loop import GANTask, GANTrainer
from ...training.state import STATE_FILE, load_state, save_state
from .mel_networks import HOP, SCALE, MelCritic, MelGenerator, NoteJudge, Vocoder, griffin_lim, hertz, to_mel
from .wavegan_training import draw, generate_like, pair_sampler

NETWORKS = {"MelGenerator": MelGenerator, "Vocoder": Vocoder, "NoteJudge": NoteJudge}
MEL, VOCODER, JUDGE = "melgan-notes", "vocoder-notes", "judge-notes"
SIZES = (len(notes.FAMILIES), notes.PITCHES)
MEL_ARGUMENTS = {
    "latent_dim": 64,
    "widths": [192, 128, 96, 48, 24],
    "condition_sizes": list(SIZES),
    "lowest_pitch": notes.LOWEST,
    "style_width": 128,
}
VOCODER_ARGUMENTS = {"width": 256, "blocks": 5}
JUDGE_ARGUMENTS = {"families": SIZES[0], "pitches": SIZES[1], "width": 24}
EXTRA = {"rate": notes.RATE, "families": list(notes.FAMILIES), "lowest_pitch": notes.LOWEST, "pitches": notes.PITCHES}
SEGMENT = 32  # frames of a vocoder training example


def mels(items: notes.Notes) -> Tensor:
    """(M, 80, 128) fp16 log-mels of all items; computed once for the whole dataset and kept beside it."""
    file = notes.folder() / "mels.npy"
    if not file.is_file() or file.stat().st_mtime < (notes.folder() / "facts.json").stat().st_mtime:
        whole = np.empty((len(items.waves), 80, notes.LENGTH // HOP), np.float16)
        for i in range(0, len(whole), 64):
            whole[i : i + 64] = to_mel(torch.from_numpy(items.waves[i : i + 64].astype(np.float32) / 32767)).numpy()
        np.save(file.with_name("mels-new.npy"), whole)
        file.with_name("mels-new.npy").replace(file)  # whole or not at all, also when a run is stopped here
    return torch.from_numpy(np.load(file, mmap_mode="r")[items.rows])


def balance(labels: Tensor) -> Tensor:
    """Sampling weights (M,): families of many programs are drawn as often as families of few."""
    return 1 / torch.bincount(labels[:, 0], minlength=SIZES[0]).clamp_min(1)[labels[:, 0]]


def clock(minutes: float, optimizer: torch.optim.Optimizer, lr: float, warm: float = 0.02):
    """Yields the elapsed share (0 … 1) until `minutes` have passed and sets the rate: a short warm-up, then a cosine to a fiftieth."""
    start = time.monotonic()
    while (share := (time.monotonic() - start) / (minutes * 60)) < 1:
        optimizer.param_groups[0]["lr"] = lr * min(share / warm, 1) * (0.02 + 0.49 * (1 + math.cos(math.pi * share))) + 1e-6
        yield share


# ---- judge --------------------------------------------------------------------------------------------------------------------------


def blur(mel: Tensor) -> Tensor:
    """Augmentation for the judge: level ±6 dB, spectral tilt, a time shift, a masked time span, noise; the floor stays -1."""
    batch, bands, frames = mel.shape
    tilt = torch.randn(batch, 1, 1) * 0.1 * torch.linspace(-1, 1, bands).view(1, -1, 1)
    x = mel + (torch.rand(batch, 1, 1) - 0.5) * 0.28 + tilt + 0.03 * torch.randn_like(mel)
    x = x.roll(int(torch.randint(-3, 4, ())), 2)
    start = int(torch.randint(0, frames - 16, ()))
    x[..., start : start + 16] = -1
    return x.clamp_min(-1)


@torch.inference_mode()
def judge_scores(judge: NoteJudge, mel: Tensor, labels: Tensor) -> dict[str, float]:
    """Share of spectrograms whose family and whose exact pitch the judge recognises."""
    parts = [judge(m.float()) for m in mel.split(128)]
    family, pitch = (torch.cat([p[i] for p in parts]) for i in range(2))
    return {"family": accuracy(family, labels[:, 0]), "pitch": accuracy(pitch, labels[:, 1])}


@torch.inference_mode()
def judge_features(judge: NoteJudge, mel: Tensor) -> np.ndarray:
    return torch.cat([judge.features(m.float()) for m in mel.split(128)]).double().numpy()


def train_judge(minutes: float = 4, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> dict:
    """Fit the judge of family and pitch and save it as `judge-notes`; returns its accuracies. Short: always starts anew, on the CPU."""
    torch.manual_seed(seed)
    train = notes.notes("train")
    mel, labels = mels(train), torch.from_numpy(train.labels)
    weights, judge = balance(labels), NoteJudge(**JUDGE_ARGUMENTS)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.02)
    for step, share in enumerate(clock(minutes, optimizer, 2e-3)):
        pick = torch.multinomial(weights, 64)
        with torch.autocast("cpu", torch.bfloat16):
            family, pitch = judge(blur(mel[pick].float()))
        loss = F.cross_entropy(family.float(), labels[pick, 0], label_smoothing=0.05) + F.cross_entropy(pitch.float(), labels[pick, 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(f"judge {share:4.0%}  step {step}  loss {float(loss.detach()):.3f}", flush=True)
    judge.eval()
    facts = {}
    for split in ("new-notes", "test"):
        items = notes.notes(split)
        facts[split] = judge_scores(judge, mels(items), torch.from_numpy(items.labels))
    print(json.dumps(facts), flush=True)
    checkpoints.save(out or checkpoints.folder(JUDGE), JUDGE, "sound", "NoteJudge", judge, JUDGE_ARGUMENTS, EXTRA | {"accuracy": facts})
    return facts


# ---- vocoder ------------------------------------------------------------------------------------------------------------------------


def spectral_loss(made: Tensor, real: Tensor) -> Tensor:
    """Multi-resolution STFT distance of (B, L) waves: L1 of log magnitudes + L1 of magnitudes relative to the mean real one.

    Mean over windows of 512, 1,024 and 2,048 samples (Yamamoto et al. 2020, https://arxiv.org/abs/1910.11480).
    """
    total = torch.zeros((), device=made.device)
    for n in (512, 1024, 2048):
        a, b = dsp.magnitudes(made, n, n // 4), dsp.magnitudes(real, n, n // 4)
        floor = 0.01 * n / 1024
        total = total + (torch.log(a + floor) - torch.log(b + floor)).abs().mean() + (a - b).abs().mean() / b.mean().clamp_min(0.05)
    return total / 3


def mel_error(made: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference of log-mels, in nats (1 nat = 8.7 dB)."""
    return (to_mel(made) - to_mel(real)).abs().mean() * SCALE


@torch.inference_mode()
def vocode(vocoder: Vocoder, mel: Tensor, f0: Tensor, seed: int = 0) -> Tensor:
    """(B, 80, T), (B,) Hz → (B, 256·T) on the CPU; the noise is drawn from `seed`."""
    device = next(vocoder.parameters()).device
    noise = torch.randn(len(mel), mel.shape[2] * HOP, generator=torch.Generator().manual_seed(seed))
    return vocoder(mel.float().to(device), f0.to(device), noise.to(device)).cpu()


def held_out_waves(count: int = 64) -> tuple[Tensor, Tensor, Tensor]:
    """Waves, mels and f0 of a fixed choice of notes of instruments kept apart."""
    items = notes.notes("test")
    picks = np.linspace(0, len(items) - 1, count).astype(np.int64)
    waves = torch.from_numpy(items.read(picks))
    return waves, to_mel(waves), hertz(torch.from_numpy(items.labels[picks, 1]) + notes.LOWEST)


def compare(made: Tensor, real: Tensor) -> dict[str, float]:
    return {"mel_nats": float(mel_error(made, real)), "stft": float(spectral_loss(made, real))}


class VocoderExamples:
    """Draws family-balanced notes, `SEGMENT` frames of each: a third begin with the attack, the others lie where there is sound."""

    def __init__(self, items: notes.Notes, batch: int = 16):
        self.items, self.batch, self.mel = items, batch, mels(items)
        self.labels = torch.from_numpy(items.labels)
        self.weights = balance(self.labels)

    def __call__(self) -> tuple[Tensor, Tensor, Tensor]:
        """Waves (B, 256·SEGMENT), mels (B, 80, SEGMENT), f0 (B,) in Hz."""
        pick = torch.multinomial(self.weights, self.batch)
        mel = self.mel[pick].float()  # (B, 80, 128)
        sound = (mel[:, :, :-SEGMENT].mean(1) + 1).clamp_min(1e-3)
        start = torch.multinomial(sound, 1).squeeze(1) * (torch.rand(self.batch) > 0.3)
        frames = start.unsqueeze(1) + torch.arange(SEGMENT)  # (B, SEGMENT)
        samples = HOP * start.unsqueeze(1) + torch.arange(HOP * SEGMENT)
        wave = torch.from_numpy(self.items.read(pick.numpy())).gather(1, samples)
        mel = mel.gather(2, frames.unsqueeze(1).expand(-1, mel.shape[1], -1))
        return wave, mel, hertz(self.labels[pick, 1] + notes.LOWEST)


class VocoderRun:
    """The vocoder's networks, optimizer and held-out measure; goes on from the state in `folder` unless `fresh`."""

    def __init__(self, device: str, folder: Path, out: Path, fresh: bool):
        self.device, self.folder, self.out = device, folder, out
        self.vocoder = Vocoder(**VOCODER_ARGUMENTS).to(device)
        self.average = EMA(self.vocoder, 0.998)
        self.optimizer = torch.optim.AdamW(self.vocoder.parameters(), lr=1e-3, betas=(0.8, 0.99), weight_decay=0.01)
        self.waves, self.mel, self.f0 = held_out_waves()
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / STATE_FILE).is_file() and not fresh:
            self.facts = load_state(folder / STATE_FILE, self.modules, {"vocoder": self.optimizer})
            self.average.steps = self.facts["ema_steps"]
        else:
            others = {"griffin_lim": griffin_lim(self.mel), "untrained": vocode(self.average.module, self.mel, self.f0)}
            self.facts = {"step": 0, "best": math.inf, "history": []} | {key: compare(made, self.waves) for key, made in others.items()}
            print(json.dumps(self.facts), flush=True)

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"vocoder": self.vocoder, "ema": self.average.module}

    def step(self, wave: Tensor, mel: Tensor, f0: Tensor) -> float:
        made = self.vocoder(mel.to(self.device), f0.to(self.device), torch.randn_like(wave).to(self.device))
        real = wave.to(self.device)
        loss = spectral_loss(made, real) + mel_error(made, real)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.vocoder.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(self.vocoder)
        self.facts["step"] += 1
        return float(loss.detach())

    def checkpoint(self) -> None:
        """Measure the averaged vocoder on held-out instruments, keep it if it is the best so far, and write the state."""
        made = vocode(self.average.module, self.mel, self.f0)
        metrics = compare(made, self.waves)
        self.facts["history"].append({"step": self.facts["step"], **metrics})
        if metrics["stft"] < self.facts["best"]:
            self.facts["best"] = metrics["stft"]
            measured = {"held_out": metrics} | {key: self.facts[key] for key in ("griffin_lim", "untrained", "step")}
            extra = EXTRA | {"metrics": measured}
            checkpoints.save(self.out, VOCODER, "sound", "Vocoder", self.average.module, VOCODER_ARGUMENTS, extra)
        self.facts["ema_steps"] = self.average.steps
        save_state(self.folder / STATE_FILE, self.modules, {"vocoder": self.optimizer}, self.facts)
        write_sound(self.folder / "samples.wav", torch.stack([self.waves[::8], made[::8]], 1).flatten(0, 1))  # real, made, real, made, …
        print(f"evaluated at step {self.facts['step']}: {json.dumps(metrics)}", flush=True)


def train_vocoder(minutes: float = 20, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> dict:
    """Fit `vocoder-notes`, keep the best by its STFT distance on held-out instruments; returns its facts, Griffin-Lim's beside them."""
    torch.manual_seed(seed)
    device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    run = VocoderRun(device, Path("runs") / VOCODER, out or checkpoints.folder(VOCODER), fresh)
    examples, last = VocoderExamples(notes.notes("train")), time.monotonic()
    for share in clock(minutes, run.optimizer, 1e-3):
        loss = run.step(*examples())
        if not math.isfinite(loss):
            raise UserError(f"The loss is not finite at step {run.facts['step']}. Start again from the last state.")
        if run.facts["step"] % 50 == 0:
            print(f"vocoder {share:4.0%}  step {run.facts['step']}  loss {loss:.3f}", flush=True)
        if time.monotonic() - last > 240:
            run.checkpoint()
            last = time.monotonic()
    run.checkpoint()
    return run.facts


def write_sound(file: Path, waves: Tensor) -> None:
    """(B, L) → one sound file to listen to, item after item."""
    soundfile.write(file, waves.flatten().clamp(-1, 1).numpy(), notes.RATE)


# ---- mel generator ------------------------------------------------------------------------------------------------------------------


def wrong(condition: Tensor) -> Tensor:
    """The same rows with either another family or a pitch up to an octave off (never the same)."""
    other, n, device = condition.clone(), len(condition), condition.device
    family = (condition[:, 0] + torch.randint(1, SIZES[0], (n,), device=device)) % SIZES[0]
    step = torch.randint(1, 13, (n,), device=device)
    pitch = torch.where(condition[:, 1] + step < SIZES[1], condition[:, 1] + step, condition[:, 1] - step)
    pitch = torch.where((torch.rand(n, device=device) < 0.5) & (condition[:, 1] >= step), condition[:, 1] - step, pitch)
    which = torch.rand(n, device=device) < 0.5
    other[:, 0] = torch.where(which, family, condition[:, 0])
    other[:, 1] = torch.where(which, condition[:, 1], pitch)
    return other


def mel_task(name: str, device: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The adversarial game of `melgan-notes`: family-balanced batches, wrong families or pitches at half weight.

    The score is minus the Fréchet distance of the judge's features to notes kept apart.
    """
    torch.manual_seed(seed)
    train, unseen = notes.notes("train"), notes.notes("new-notes")
    mel, labels, asked = mels(train), torch.from_numpy(train.labels), torch.from_numpy(unseen.labels)
    weights, judge = balance(labels), checkpoints.load(JUDGE, NETWORKS)
    asked = asked[torch.multinomial(balance(asked), 800, replacement=True, generator=torch.Generator().manual_seed(0))]
    real = judge_features(judge, mels(unseen))

    pairs = pair_sampler(labels, weights)

    def batch() -> tuple[Tensor, Tensor]:
        pick = pairs(32)
        return mel[pick].float(), labels[pick]

    def evaluate(generator: nn.Module) -> dict:
        made = generate_like(generator, asked, 1234)
        distance = frechet_distance(judge_features(judge, made), real)
        return judge_scores(judge, made, asked) | {"frechet": distance, "score": -distance}

    def samples(generator: nn.Module, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = torch.tensor([[family, pitch] for family in range(SIZES[0]) for pitch in (12, 24)])
        made = generate_like(generator, rows, 0)
        vocoder = checkpoints.load(VOCODER, NETWORKS) if VOCODER in checkpoints.names() else Vocoder(**VOCODER_ARGUMENTS).eval()
        write_sound(folder / "grid.wav", vocode(vocoder, made, hertz(rows[:, 1] + notes.LOWEST)))
        np.save(folder / "mels.npy", made.numpy())

    return GANTask(
        generator=MelGenerator(**MEL_ARGUMENTS),
        critics=[MelCritic(condition_sizes=SIZES, lowest_pitch=notes.LOWEST)],
        batch=batch,
        generate=draw,
        evaluate=evaluate,
        samples=samples,
        save=save,
        augment=lambda x: x + 0.02 * torch.randn_like(x),  # real silence is exactly -1: without noise the critic would look at nothing else
        wrong=wrong,
        settings={"gamma": 0.2, "mismatch": 0.25},
    )


def train_mel(minutes: float = 40, device: str = "auto", seed: int = 0, out: Path | None = None, fresh: bool = False) -> dict:
    """Train `melgan-notes` with the one loop and keep the best averaged generator; needs `judge-notes`. Returns the facts of the run."""

    def save(generator: nn.Module, facts: dict) -> None:
        extra = EXTRA | {"metrics": facts["history"][-1]}
        checkpoints.save(out or checkpoints.folder(MEL), MEL, "sound", "MelGenerator", generator, MEL_ARGUMENTS, extra)

    return GANTrainer(mel_task(MEL, device, seed, save), Path("runs") / MEL, device, fresh).run(minutes)


# ---- what the cards say -------------------------------------------------------------------------------------------------------------


def cents(waves: Tensor, f0: Tensor) -> dict[str, float]:
    """Median absolute pitch error in cents and the share within 50, by autocorrelation; a note without a pitch counts as an octave off."""
    found = np.concatenate([dsp.pitch(w[None], notes.RATE, 0.45 * float(f), 4.2 * float(f), 4096) for w, f in zip(waves, f0, strict=True)])
    error = np.where(found > 0, np.abs(1200 * np.log2(np.maximum(found, 1) / f0.numpy())), 1200)
    return {"median_cents": float(np.median(error)), "within_50": float((error < 50).mean())}
