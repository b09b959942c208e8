"""Held-out measures of the notes' checkpoints, each with its value on real notes, over three seeds."""

import numpy as np
import torch
from torch import Tensor

from ... import checkpoints
from ...data import notes
from ...metrics.audio import broken_share, diversity, frechet_distance, monotonicity, spread_within
from ...training.card import summary
from .mel_networks import Vocoder, griffin_lim, hertz, to_mel
from .notes_training import (
    JUDGE,
    MEL,
    NETWORKS,
    VOCODER,
    balance,
    cents,
    compare,
    generate_like,
    held_out_waves,
    judge_features,
    judge_scores,
    mels,
    vocode,
)
from .steering import QUANTITIES, quantities
from .wavegan_training import draw

SEEDS = (0, 1, 2)
COUNT = 260


def metrics(name: str) -> dict[str, dict]:
    """All numbers of the card of `name`, one of the notes' checkpoints; see training.card.summary for their form."""
    return {JUDGE: judge_metrics, VOCODER: vocoder_metrics, MEL: mel_metrics}[name]()


def judge_metrics() -> dict[str, dict]:
    judge = checkpoints.load(JUDGE, NETWORKS)
    result = {}
    for split in ("new-notes", "test"):
        items = notes.notes(split)
        for key, value in judge_scores(judge, mels(items), torch.from_numpy(items.labels)).items():
            result[f"{key} accuracy, {split}"] = summary([value])
    return result


def vocoder_metrics() -> dict[str, dict]:
    """The vocoder on spectrograms of real notes of instruments it has not heard; Griffin-Lim's values stand where a floor would."""
    vocoder = checkpoints.load(VOCODER, NETWORKS)
    waves, mel, f0 = held_out_waves()
    classic = griffin_lim(mel)
    theirs = compare(classic, waves) | cents(classic, f0)
    ours = [(made, compare(made, waves) | cents(made, f0)) for made in (vocode(vocoder, mel, f0, seed) for seed in SEEDS)]
    names = {
        "mel_nats": "mel error, nats",
        "stft": "STFT distance",
        "median_cents": "pitch error, median cents",
        "within_50": "within 50 cents",
    }
    result = {f"{names.get(key, key)}, held-out instruments": summary([m[key] for _, m in ours]) for key in theirs}
    return result | {f"{names.get(key, key)}, Griffin-Lim": summary([value]) for key, value in theirs.items()}


def mel_metrics() -> dict[str, dict]:
    """Generated notes, heard through the vocoder; real notes of unseen pitches as floor or ceiling."""
    generator, vocoder, judge = (checkpoints.load(name, NETWORKS) for name in (MEL, VOCODER, JUDGE))
    unseen, train = notes.notes("new-notes"), notes.notes("train")
    labels = torch.from_numpy(unseen.labels)
    rng = torch.Generator().manual_seed(0)
    pick = torch.multinomial(balance(labels), COUNT, generator=rng)
    asked, f0 = labels[pick], hertz(labels[pick, 1] + notes.LOWEST)
    many = labels[torch.multinomial(balance(labels), 1000, replacement=True, generator=rng)]
    others = torch.multinomial(balance(torch.from_numpy(train.labels)), 1000, generator=rng)
    reference, floor = judge_features(judge, mels(unseen)), judge_features(judge, mels(train)[others])
    real = torch.from_numpy(unseen.read(pick.numpy())).float()
    real_scores = judge_scores(judge, to_mel(real), asked) | cents(real, f0)
    made = [generate_like(generator, asked, seed) for seed in SEEDS]
    waves = [vocode(vocoder, mel, f0, seed) for seed, mel in zip(SEEDS, made, strict=True)]
    scores = [judge_scores(judge, to_mel(w), asked) | cents(w, f0) for w in waves]
    features = [judge_features(judge, generate_like(generator, many, seed)) for seed in SEEDS]
    # notes kept apart are of a program or two for each family and pitch: how far seeds are to differ, all programs show
    rows = np.flatnonzero(train.labels[:, 1] % 6 == 0)
    alike = torch.from_numpy(train.labels[rows])
    spread = spread_within(judge_features(judge, mels(train)[torch.from_numpy(rows)]), alike)
    twins = [judge_features(judge, generate_like(generator, alike, seed)) for seed in SEEDS]
    result = {
        "recognised as the asked family": summary([s["family"] for s in scores], real_scores["family"]),
        "pitch error, median cents": summary([s["median_cents"] for s in scores], real_scores["median_cents"]),
        "within 50 cents of the asked pitch": summary([s["within_50"] for s in scores], real_scores["within_50"]),
        "Fréchet distance of judge features": summary(
            [frechet_distance(f, reference) for f in features], frechet_distance(floor, reference)
        ),
        "spread of judge features, share of real": summary([diversity(f) / diversity(reference) for f in features], 1.0),
        "spread within a family and pitch, share of real": summary([spread_within(f, alike) / spread for f in twins], 1.0),
        "silent or broken notes": summary([max(v for k, v in broken_share(w).items() if k != "clipped") for w in waves], 0.0, "0"),
    }
    for k, quantity in enumerate(QUANTITIES):
        result[f"slider {quantity}: rank correlation"] = summary(
            [slider(generator, vocoder, asked, k, seed) for seed in SEEDS], None, "≥ 0.8"
        )
    return result


@torch.inference_mode()
def slider(
    generator: torch.nn.Module, vocoder: Vocoder, labels: Tensor, index: int, seed: int, count: int = 24, positions: int = 7
) -> float:
    """Mean Spearman correlation between a slider's position and what it is named after, measured on the sound."""
    rows = labels[torch.linspace(0, len(labels) - 1, count).long()]
    f0, places, columns = hertz(rows[:, 1] + notes.LOWEST), torch.linspace(-1, 1, positions), []
    for place in places:
        steer = torch.zeros(count, len(QUANTITIES))
        steer[:, index] = place
        mel = draw(generator, rows, torch.Generator().manual_seed(seed), steer)  # the same latents at every position
        columns.append(quantities(vocode(vocoder, mel, f0, seed), notes.RATE)[:, index].numpy())
    return monotonicity(places.numpy(), np.stack(columns, axis=1))
