"""What a prompt means to the models: the known concepts nearest to it, several things in one prompt, and words that say nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ... import clip
from ...clip.tokens import whole_words
from ...demo import Context
from ...prompts import words
from .memory import MEMORY, Known
from .reading import EMPTY, Reading, read

NEAREST = 5  # known concepts that are told
SAME = 0.9  # cosine with one concept's label from which on a prompt is that concept, however many things it names
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
    things of the prompt that are different known concepts, with them, none where it is about one; `ignored`: words that change nothing or
    are unknown; `notes`: sentences."""

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


def understand(context: Context, prompt: str) -> Prompt:
    """What `prompt`, as typed, asks for. `context` must declare clip-small and pictures-memory."""
    facts = context.extra(MEMORY)
    reading = read(prompt, facts["labels"], whole_words(), facts["emoji"])
    if not reading.text:
        return Prompt(reading, Understanding(), None)
    parts, weighed = parts_of(reading.text), telling_words(reading.text)
    texts = [reading.text, *parts, *(without(reading.text, start, end) for _, start, end in weighed)]
    features = clip.encode_text(context, texts)
    sentences = features.sentence
    near = nearest_concepts(context, sentences[: 1 + len(parts)], facts)
    moved = 1 - sentences[1 + len(parts) :] @ sentences[0]
    idle = [word for (word, _, _), far in zip(weighed, moved.tolist(), strict=True) if far < NOTHING]
    unknown = unknown_words(reading.text, facts["labels"], whole_words())
    understood = judge(reading.text, near[0], list(zip(parts, near[1:], strict=True)), idle, unknown, float(facts["threshold"]))
    return Prompt(reading, understood, clip.TextFeatures(sentences[:1], features.words[:1], features.mask[:1]))


def nearest_concepts(context: Context, sentences: Tensor, facts: dict) -> list[list[Known]]:
    """For each sentence (N, 256) the known concepts nearest to it, nearest first."""
    items = [{"sentence": sentence} for sentence in sentences]
    rows = torch.stack(context.engine.call_many(context.model(MEMORY), items, owner=context.owner))  # (N, concepts)
    best, numbers = rows.topk(min(NEAREST, rows.shape[1]), dim=1)
    return [
        [Known(facts["labels"][i], facts["emoji"][i], similarity) for i, similarity in zip(places, cosines, strict=True)]
        for places, cosines in zip(numbers.tolist(), best.tolist(), strict=True)
    ]


def judge(
    text: str, nearest: Sequence[Known], parts: Sequence[tuple[str, Sequence[Known]]], idle: Sequence[str], unknown: Sequence[str],
    threshold: float,
) -> Understanding:  # fmt: skip
    """What follows from the concepts nearest to the whole `text` and to each of its `parts`, from words that change nothing and from
    unknown ones. threshold: the cosine from which on a concept is meant."""
    notes = []
    best = nearest[0]
    several: dict[str, tuple[str, Known]] = {}
    if best.similarity < SAME:
        for part, near in parts:
            if near[0].similarity >= threshold:
                several.setdefault(near[0].label, (part, near[0]))
    found = tuple(several.values()) if len(several) > 1 else ()
    known = best.similarity >= threshold
    if found:
        each = ", ".join(f"“{one.label}”" for _, one in found)
        notes.append(f"I was trained on {each} one at a time, never in one picture: expect one of them, or a blend.")
    elif not known:
        notes.append(
            f"I was trained on nothing like “{_short(text)}”; the nearest I know is “{best.label}” ({best.similarity:.2f} of 1): "
            "expect a guess."
        )
    if unknown:
        names = ", ".join(f"“{_short(word, 20)}”" for word in unknown[:MAX_PARTS])
        notes.append(f"I do not know {names}: the picture may go anywhere with it.")
    return Understanding(tuple(nearest), known, found, tuple(dict.fromkeys([*unknown, *idle])), tuple(notes))


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


def unknown_words(text: str, labels: Sequence[str], known: frozenset[str]) -> list[str]:
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
