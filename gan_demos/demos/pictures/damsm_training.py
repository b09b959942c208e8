"""Pretraining of DAMSM on real emoji, and its R-precision on real ones, which is the ceiling of generated ones'.

What the frozen CLIP gives for pictures and texts is computed once, so that a step costs little.
"""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import checkpoints, clip
from ...clip.pairs import emoji_key, emoji_texts
from ...data import images
from ...metrics.image_classifier import augment
from ...training.card import summary
from .damsm import DAMSM, NAME, WRONG, Matcher, load_damsm, pair_loss, r_precision, word_scores

ARGUMENTS = {"width": 256}
# batch: pairs that whole texts tell apart; by_words: how many of them words tell apart, which costs much more
SETTINGS = {"batch": 96, "by_words": 32, "rate": 2e-3, "decay": 0.05, "dropout_words": 0.3, "dropout_maps": 0.3, "label": 0.4}
LONGEST = 7  # words of a text besides the label; a batch is as wide as its longest text
SEEDS = (0, 1, 2)
CHUNK = 64


@dataclass(frozen=True)
class Maps:
    """What the image tower gives for N pictures: `lower` (N, 112, 8, 8), `upper` (N, 320, 4, 4), `pooled` (N, 1280), all fp16."""

    lower: Tensor
    upper: Tensor
    pooled: Tensor

    def of(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Those of the pictures `index` (B,)."""
        return self.lower[index], self.upper[index], self.pooled[index]


@dataclass(frozen=True)
class Texts:
    """What the text tower gives for N texts: `words` (N, L, 384) fp16, `mask` (N, L), `sentence` (N, 256). L: the longest length."""

    words: Tensor
    mask: Tensor
    sentence: Tensor

    def of(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Those of the texts `index` (B,), in fp32."""
        return self.words[index].float(), self.mask[index], self.sentence[index]


class Emoji:
    """Pictures of a split with the texts that fit them: `pictures` (N, 3, 128, 128) uint8, `texts`: those of each picture, the label first;
    `names`: of each picture the concept, where those of other sex or number are the same one."""

    def __init__(self, split: str, seed: int = 0) -> None:
        found, rng = images.emoji(split), random.Random(seed)
        self.pictures = torch.from_numpy(found.images).permute(0, 3, 1, 2).contiguous()
        by_key: dict[str, list[str]] = {}
        for row in found.rows:
            if emoji_key(row) not in by_key:
                label, *others = dict.fromkeys(emoji_texts(row, rng))
                by_key[emoji_key(row)] = [label, *(text for text in others if len(text.split()) <= LONGEST)]
        self.keys = [emoji_key(row) for row in found.rows]
        self.texts = [by_key[key] for key in self.keys]
        self.names = [images.concept(row["codepoints"]) for row in found.rows]


@torch.inference_mode()
def maps_of(matcher: Matcher, pictures: Tensor, changed: bool = False) -> Maps:
    """Maps of pictures (N, 3, 128, 128) uint8; `changed`: a little, as a generator may change them."""
    parts = []
    for part in pictures.split(CHUNK):
        x = part.float() / 255
        parts.append([one.to("cpu", torch.float16) for one in matcher.maps(augment(x, CHUNK // 4) if changed else x)])
    return Maps(*(torch.cat(column).clone() for column in zip(*parts, strict=True)))


@torch.inference_mode()
def texts_of(matcher: Matcher, texts: Sequence[str]) -> Texts:
    """Features of texts by the CLIP's text tower, texts of one length together: that saves most of the time."""
    tokens, mask = clip.tokenize(list(texts))
    longest, order = int(mask.sum(1).max()), mask.sum(1).argsort()
    words = torch.zeros(len(texts), longest, clip.configs.WORD_WIDTH, dtype=torch.float16)
    sentence = torch.zeros(len(texts), clip.configs.EMBED_DIM)
    for index in order.split(CHUNK):
        length = int(mask[index].sum(1).max())
        found = matcher.clip(tokens=tokens[index, :length], mask=mask[index, :length])
        words[index, :length], sentence[index] = found["words"].half(), found["sentence"]
    return Texts(words.clone(), mask[:, :longest].clone(), sentence.clone())


def train_damsm(minutes: float, device: str, seed: int, target: Path) -> dict:
    """Pretrain DAMSM for about `minutes` (computing what is frozen included) and write its checkpoint to `target`; returns the facts of the
    run. It is small: whatever the device, the CPU trains it."""
    started = time.monotonic()
    torch.manual_seed(seed)
    matcher = Matcher(DAMSM(**ARGUMENTS), checkpoints.load(clip.MODEL, clip.NETWORKS))
    data = Emoji("train", seed)
    kinds = [maps_of(matcher, data.pictures), maps_of(matcher, data.pictures, changed=True)]
    step = fit(matcher, data, kinds, 60 * minutes - (time.monotonic() - started), seed)
    checkpoints.save(target, NAME, "pictures", "DAMSM", matcher.damsm, ARGUMENTS, {"clip": checkpoints.digest(clip.MODEL)})
    return {"step": step, "seconds": time.monotonic() - started}


def fit(matcher: Matcher, data: Emoji, kinds: Sequence[Maps], seconds: float, seed: int = 0, most: int = 1500) -> int:
    """Train `matcher.damsm` for `seconds` or `most` steps, whichever ends first; returns the steps. kinds: the maps of the pictures, in as
    many versions as there are."""
    rng, damsm, started, step = random.Random(seed), matcher.damsm, time.monotonic(), 0
    every = sorted({text for texts in data.texts for text in texts})
    number, table = {text: i for i, text in enumerate(every)}, texts_of(matcher, every)
    members: dict[str, list[int]] = {}
    for i, name in enumerate(data.names):
        members.setdefault(name, []).append(i)
    damsm.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(damsm.parameters(), lr=SETTINGS["rate"], weight_decay=SETTINGS["decay"])
    while (done := max(step / most, (time.monotonic() - started) / max(seconds, 1))) < 1:
        optimizer.param_groups[0]["lr"] = SETTINGS["rate"] * min(1.0, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * done))
        # One picture of a concept at most: all others of the batch are mismatches.
        drawn = [rng.choice(members[name]) for name in rng.sample(list(members), min(SETTINGS["batch"], len(members)))]
        texts = [data.texts[i][0] if rng.random() < SETTINGS["label"] else rng.choice(data.texts[i]) for i in drawn]
        index = torch.tensor([number[text] for text in texts])
        losses = training_losses(damsm, rng.choice(kinds).of(torch.tensor(drawn)), table.of(index), index)
        optimizer.zero_grad(set_to_none=True)
        sum(losses).backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            words, text = (float(one.detach()) for one in losses)
            print(f"{100 * done:5.0f} %  step {step}  by words {words:.3f}  by text {text:.3f}", flush=True)
    damsm.eval().requires_grad_(False)
    return step


def training_losses(damsm: DAMSM, seen: Sequence[Tensor], read: Sequence[Tensor], groups: Tensor) -> tuple[Tensor, Tensor]:
    """The losses by words and by text of frozen maps and texts, with dropout on both. groups (B,): two concepts may have a text in common
    ("face"), and such pairs are no mismatch either."""
    regions, whole = damsm.pictures(*(F.dropout(one.float(), SETTINGS["dropout_maps"]) for one in seen))
    words, mask, sentence = read
    features, there, text = damsm.texts(F.dropout(words, SETTINGS["dropout_words"]), mask, F.dropout(sentence, SETTINGS["dropout_words"]))
    by_text = F.normalize(whole, dim=1) @ F.normalize(text, dim=1).T
    some = SETTINGS["by_words"]
    return pair_loss(word_scores(regions[:some], features[:some], there[:some]), groups[:some]), pair_loss(by_text, groups)


def real_r_precision(matcher: Matcher, data: Emoji, maps: Maps, keywords: bool = False) -> dict[str, list[float]]:
    """R-precision of real pictures for their own labels (with `keywords`, and two of their keywords) among 99 of other concepts of the
    split, a value a seed: "damsm" by the whole picture and text as in the paper, "clip" by our CLIP's embeddings for comparison."""
    own_texts = [texts[1 if keywords and len(texts) > 1 else 0] for texts in data.texts]
    every = list(dict.fromkeys(zip(own_texts, data.names, strict=True)))
    place = {pair: i for i, pair in enumerate(every)}
    own = torch.tensor([place[pair] for pair in zip(own_texts, data.names, strict=True)])
    kinds = {name: i for i, name in enumerate(dict.fromkeys(data.names))}
    groups = torch.tensor([kinds[name] for _, name in every])
    table = texts_of(matcher, [text for text, _ in every])
    _, _, text = matcher.read(table.words.float(), table.mask, table.sentence)
    with torch.inference_mode():
        whole = torch.cat([matcher.damsm.whole(part.float()) for part in maps.pooled.split(CHUNK)])
        embedding = torch.cat([matcher.clip.visual.head(part.float()) for part in maps.pooled.split(CHUNK)])
    return {
        "damsm": [r_precision(whole, own, text, groups, WRONG, seed) for seed in SEEDS],
        "clip": [r_precision(embedding, own, table.sentence, groups, WRONG, seed) for seed in SEEDS],
    }


def metrics() -> dict[str, dict]:
    """R-precision of real pictures, see training.card.summary for the form; `floor` is chance."""
    matcher, found = load_damsm(), {}
    for split, name in (("new-pairs", "new pairs"), ("test", "new concepts")):
        data = Emoji(split)
        maps = maps_of(matcher, data.pictures)
        for keywords, texts in ((False, "labels"), (True, "labels with two keywords")):
            values = real_r_precision(matcher, data, maps, keywords)
            found[f"R-precision, {name}, {texts}"] = summary(values["damsm"], 1 / (WRONG + 1))
            found[f"the same by our CLIP, {name}, {texts}"] = summary(values["clip"], 1 / (WRONG + 1))
    return found
