"""What a prompt means to the models: the known concepts nearest to it, several things in one prompt, and words that say nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from ... import clip
from ...clip.tokens import whole_words
from ...demo import Context
from ...prompts import words
from ...remembered import Remembered
from .memory import MEMORY, Known
from .reading import EMPTY, Reading, read

# Cosines of our CLIP, looked at on some seventy prompts that are in no training text.
NEAREST = 5  # known concepts that are told
SAME = 0.9  # with one concept's label, from which on a prompt is that concept, however many things it names
THING = 0.75  # with a label, from which on a part of a prompt is a thing of its own
STRANGE = 0.5  # with the nearest label, below which a word that is in no list is unknown ("asdfgh" 0.42, "sadness" 0.64)
NOTHING = 0.02  # a word whose absence turns the prompt's embedding by less (1 - cosine) changes nothing
MAX_WORDS = 8  # words that are weighed one by one
MAX_PARTS = 4
_JOINTS = re.compile(
    r"\s*(?:[,;+&/]|\b(?:and|with|without|on|in|at|under|over|above|below|beside|behind|inside|near|next to|in front of|riding|holding|"
    r"wearing|eating|drinking|chasing|versus|vs|plus|or|is|who|that)\b)\s*",
    re.I,
)


@dataclass(frozen=True)
class Understanding:
    """`concepts`: the known concepts nearest to the whole prompt; `known`: whether the nearest is near enough to be what is meant; `parts`:
    things of the prompt that are different known concepts, with them, none where it is about one; `ignored`: words that are unknown or
    change nothing; `notes`: sentences."""

    concepts: tuple[Known, ...] = ()
    known: bool = True
    parts: tuple[tuple[str, Known], ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """A prompt as read and understood. `features`: of its text, one row; None where nothing is named."""

    reading: Reading
    understood: Understanding
    features: clip.TextFeatures | None


_UNDERSTOOD: Remembered[str, Understanding] = Remembered(1024, clip.MODEL, MEMORY)  # by the text as it was read


def understand(context: Context, prompt: str) -> Prompt:
    """What `prompt`, as typed, asks for. `context` must declare clip-small and pictures-memory."""
    facts = context.extra(MEMORY)
    reading = read(prompt, facts["labels"], whole_words(), facts["emoji"])
    if not reading.text:
        return Prompt(reading, Understanding(), None)
    known = _UNDERSTOOD.get(context, [reading.text])
    if reading.text not in known:
        known = {reading.text: _asked(context, reading.text, facts)}
        _UNDERSTOOD.put(context, known)
    return Prompt(reading, known[reading.text], clip.encode_text(context, [reading.text]))


def _asked(context: Context, text: str, facts: dict) -> Understanding:
    """What the models say of a text. facts: of the checkpoint `MEMORY`."""
    parts, weighed = parts_of(text), telling_words(text)
    odd = unlisted_words(text, facts["labels"], whole_words())[:MAX_WORDS]
    named = [text, *parts, *odd]
    sentences = clip.encode_text(context, [*named, *(without(text, start, end) for _, start, end in weighed)]).sentence
    whole, *others = nearest_concepts(context, sentences[: len(named)], facts)
    moved = 1 - sentences[len(named) :] @ sentences[0]
    idle = [word for (word, _, _), far in zip(weighed, moved.tolist(), strict=True) if far < NOTHING]
    unknown = [word for word, near in zip(odd, others[len(parts) :], strict=True) if near[0].similarity < STRANGE]
    things = list(zip(parts, (near[0] for near in others), strict=False))
    threshold = float(facts["threshold"])
    if whole[0].similarity < threshold and not any(one.similarity >= THING for _, one in things):
        words_alone = [word for word, _, _ in weighed if word not in odd]
        alone = clip.encode_text(context, words_alone).sentence
        things += zip(words_alone, (near[0] for near in nearest_concepts(context, alone, facts)), strict=True)
    understood = judge(text, whole, things, threshold, idle, unknown)
    if cut := cut_off(text):
        understood = replace(understood, notes=(cut, *understood.notes))
    return understood


def nearest_concepts(context: Context, sentences: Tensor, facts: dict) -> list[list[Known]]:
    """For each sentence (N, 256) the known concepts nearest to it, nearest first."""
    items = [{"sentence": sentence} for sentence in sentences]
    if not items:
        return []
    rows = torch.stack(context.engine.call_many(context.model(MEMORY), items, owner=context.owner))  # (N, concepts)
    best, numbers = rows.topk(min(NEAREST, rows.shape[1]), dim=1)
    return [
        [Known(facts["labels"][i], facts["emoji"][i], similarity) for i, similarity in zip(places, cosines, strict=True)]
        for places, cosines in zip(numbers.tolist(), best.tolist(), strict=True)
    ]


def judge(
    text: str, nearest: Sequence[Known], things: Sequence[tuple[str, Known]], threshold: float, idle: Sequence[str] = (),
    unknown: Sequence[str] = (),
) -> Understanding:  # fmt: skip
    """What follows from the concepts `nearest` to the whole `text`, from the one nearest to each of its parts or words (`things`), from
    words that change nothing and from unknown ones. threshold: the cosine from which on a concept is meant."""
    best, notes = nearest[0], []
    several: dict[str, tuple[str, Known]] = {}
    for part, near in things if best.similarity < SAME else ():
        if near.similarity >= THING:
            several.setdefault(near.label, (part, near))
    found = list(several.values())
    known = best.similarity >= threshold
    if len(found) > 1:
        each = ", ".join(f"“{one.label}”" for _, one in found)
        notes.append(f"I was trained on {each} one at a time, never in one picture: expect one of them, or a blend.")
    elif not known and found:
        notes.append(f"I know “{found[0][1].label}”, but not “{_short(text)}” as a whole: expect something near it.")
    elif not known:
        notes.append(
            f"I may not know “{_short(text)}”: the nearest that I was trained on is “{best.label}” ({best.similarity:.2f} of 1), "
            "so expect a guess."
        )
    if unknown and len(unknown) < len(words(text)):
        names = ", ".join(f"“{_short(word, 20)}”" for word in unknown[:MAX_PARTS])
        notes.append(f"I do not know {names}: the picture may go anywhere with it.")
    parts = tuple(found) if len(found) > 1 else ()
    return Understanding(tuple(nearest), known, parts, tuple(dict.fromkeys([*unknown, *idle])), tuple(notes))


def cut_off(text: str) -> str:
    """A sentence where the text tower does not read all of `text`, which has room for some forty words; else ""."""
    end = max(stop for _, stop in clip.spans(text))
    return f"That is long: what comes after “…{text[max(0, end - 30) : end]}” does not count." if text[end:].strip(" .,!?") else ""


def parts_of(text: str) -> list[str]:
    """The things that a prompt names beside each other ("cat with a rocket" → "cat", "a rocket"); none where it names only one."""
    parts = [part for part in _JOINTS.split(text) if any(word.word not in EMPTY for word in words(part))]
    return list(dict.fromkeys(parts))[:MAX_PARTS] if len(parts) > 1 else []


def telling_words(text: str) -> list[tuple[str, int, int]]:
    """The words of `text` with their places that could mean something, of which the first `MAX_WORDS`; none where there is but one."""
    found = [tuple(word) for word in words(text) if word.word not in EMPTY]
    return found[:MAX_WORDS] if len(found) > 1 else []


def without(text: str, start: int, end: int) -> str:
    """`text` without the characters [start, end)."""
    return " ".join((text[:start] + " " + text[end:]).split())


def unlisted_words(text: str, labels: Sequence[str], known: frozenset[str]) -> list[str]:
    """The words of `text` that are neither in a label nor known to be words, nor their plurals; numbers count as known."""
    named = _words_of(tuple(labels))

    def is_word(word: str) -> bool:
        return any(form in named or form in known or form in EMPTY for form in (word, word.removesuffix("s"), word.removesuffix("es")))

    found = [word.word for word in words(text) if not word.word.isdigit()]
    return list(dict.fromkeys(word for word in found if not is_word(word)))


@lru_cache(maxsize=4)
def _words_of(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.word for label in labels for word in words(label))


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
