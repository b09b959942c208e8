"""Training of the checkpoint `faces-reader`: captions of random faces, written anew for every step, against the values they name."""

import random
import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ... import checkpoints, clip
from ...clip import configs
from . import captions
from .networks import FaceReader
from .vocabulary import SIZES, SLOTS, TOTAL

ARGUMENTS = {"sizes": list(SIZES)}
SETTINGS = {"new": 16, "old": 80, "lr": 2e-3, "lr_end": 1e-5, "weight_decay": 0.02}


def load_clip() -> nn.Module:
    return checkpoints.load(clip.MODEL, clip.NETWORKS)


@torch.inference_mode()
def encode(model: nn.Module, texts: Sequence[str]) -> dict[str, Tensor]:
    """What the reader reads, as an engine would get it one text at a time: words, mask, sentence. Padding is cut to the longest text."""
    tokens, mask = clip.tokenize(list(texts))
    length = int(mask.sum(1).max())
    found = model(tokens=tokens[:, :length], mask=mask[:, :length])
    return {"words": found["words"], "mask": mask[:, :length], "sentence": found["sentence"]}


def random_row(rng: random.Random) -> dict[str, str]:
    """A face as the data set draws them, but with beards, glasses and hats as often as not: captions of them are what must be learned."""
    row = {slot: rng.choice(values) for slot, values in SLOTS.items()}
    for slot in ("facialHair", "accessories"):
        if rng.random() < 0.35:
            row[slot] = "none"
    return row


def targets(named: Sequence[dict[str, frozenset[str]]], prior: Tensor) -> Tensor:
    """(N, 132): for a named slot the prior within the named values, for another the prior."""
    rows = []
    for caption in named:
        parts = []
        for part, (slot, values) in zip(prior.split(list(SIZES)), SLOTS.items(), strict=True):
            if slot in caption:
                part = part * torch.tensor([value in caption[slot] for value in values])
            parts.append(part / part.sum())
        rows.append(torch.cat(parts))
    return torch.stack(rows)


def loss_of(logits: Tensor, target: Tensor) -> Tensor:
    """Mean over items and slots of the cross-entropy."""
    parts = zip(logits.split(list(SIZES), 1), target.split(list(SIZES), 1), strict=True)
    return sum(-(wanted * found.log_softmax(1)).sum(1).mean() for found, wanted in parts) / len(SIZES)


class Pool:
    """Encoded captions with their targets, the oldest replaced by the newest: encoding costs five times what learning from it does."""

    def __init__(self, model: nn.Module, seed: int, size: int = 16384) -> None:
        self.model, self.rng, self.prior = model, random.Random(seed), torch.tensor(captions.prior())
        self.words = torch.zeros(size, configs.CONTEXT, configs.WORD_WIDTH, dtype=torch.bfloat16)  # (N, T, W)
        self.mask = torch.zeros(size, configs.CONTEXT, dtype=torch.bool)
        self.sentence = torch.zeros(size, configs.EMBED_DIM)
        self.target = torch.zeros(size, TOTAL)
        self.size, self.filled, self.next = size, 0, 0

    def add(self, count: int) -> Tensor:
        """Write `count` new captions, encode them and return where they lie: (count,)."""
        made = [captions.caption(random_row(self.rng), self.rng) for _ in range(count)]
        with torch.autocast("cpu", torch.bfloat16):
            found = encode(self.model, [caption.text for caption in made])
        where = torch.arange(self.next, self.next + count) % self.size
        length = found["mask"].shape[1]
        self.words[where, :length], self.words[where, length:] = found["words"].to(torch.bfloat16), 0
        self.mask[where, :length], self.mask[where, length:] = found["mask"], False
        self.sentence[where] = found["sentence"].float()
        self.target[where] = targets([caption.named for caption in made], self.prior)
        self.next, self.filled = int(where[-1] + 1) % self.size, min(self.size, self.filled + count)
        return where

    def take(self, new: int, old: int) -> tuple[dict[str, Tensor], Tensor]:
        """Inputs and targets of `new` new captions and `old` that were there before."""
        where = self.add(new)
        where = torch.cat([where, torch.randint(self.filled, (old,))])
        length = int(self.mask[where].sum(1).max())
        inputs = {"words": self.words[where, :length].float(), "mask": self.mask[where, :length], "sentence": self.sentence[where]}
        return inputs, self.target[where]


def train_reader(minutes: float, device: str, seed: int) -> tuple[FaceReader, dict]:
    """A reader trained for `minutes` on captions of the training phrases; returns it with the facts of the run."""
    torch.manual_seed(seed)
    pool = Pool(load_clip(), seed)
    reader = FaceReader(**ARGUMENTS).train()
    optimizer = torch.optim.AdamW(reader.parameters(), lr=SETTINGS["lr"], weight_decay=SETTINGS["weight_decay"])
    start, step = time.monotonic(), 0
    while (done := (time.monotonic() - start) / (minutes * 60)) < 1:
        optimizer.param_groups[0]["lr"] = SETTINGS["lr_end"] + (SETTINGS["lr"] - SETTINGS["lr_end"]) * (1 - done)
        inputs, target = pool.take(SETTINGS["new"], SETTINGS["old"])
        loss = loss_of(reader(**inputs)["logits"], target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"{done * minutes:6.1f} min  step {step}  loss {loss.item():.4f}", flush=True)
    return reader.eval(), {"step": step, "seconds": time.monotonic() - start}
