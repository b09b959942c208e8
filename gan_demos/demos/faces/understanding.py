"""What a prompt says about a face: the dictionary's evidence where it has the words, and for words it lacks the reader's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import clip
from ...clip.tokens import whole_words
from ...demo import Context
from ...prompts import clean
from .captions import LABELS, prior
from .grammar import Reading, read
from .lexicon import MEANT, describes, singular
from .vocabulary import HATS, SIZES, SLOTS
from .wording import BARE

READER = "faces-reader"
Array = NDArray[np.float32]

# The reader is believed about a slot when it moves at least so much of its probability away from what is usual (total variation distance,
# 0-1), and a word the dictionary lacks is why: without that word at least so much of it moves back. Chosen on phrases of the dictionary
# that are in no caption, read by the reader alone, and on random English words: it names the slot of 52 % of the former, and something for
# 12 % of the latter, often with reason ("fatigue": half closed eyes). With 0.65 for both it would be 45 % and 9 %.
SURE = 0.5
DUE_TO_WORD = 0.5
MAX_WORDS = 8  # unknown words that are weighed one by one; a prompt with more of them is no description of a face
_LIKELY = 0.05  # values with less than this share of the likeliest one's weight are not told as named
_LIKELIER = 1.5  # values of a slot named by the reader: so many times likelier than before

# Sets of values with a name of their own
_SETS = {
    "facialHair": {("beardLight", "beardMajestic", "beardMedium"): "beard", ("moustacheFancy", "moustacheMagnum"): "moustache"},
    "accessories": {("prescription01", "prescription02", "round"): "glasses", ("kurt", "sunglasses", "wayfarers"): "sunglasses"},
    "top": {tuple(sorted(BARE)): "no hat", ("hat", "winterHat02", "winterHat03", "winterHat04", "winterHat1"): "hat", HATS: "hat or scarf",
            ("winterHat02", "winterHat03", "winterHat04", "winterHat1"): "winter hat", ("fro", "froBand"): "afro",
            ("dreads", "dreads01", "dreads02"): "dreadlocks"},
    "mouth": {("default", "smile", "twinkle"): "smile"},
    "eyes": {("wink", "winkWacky"): "wink"},
    "clothing": {("blazerAndShirt", "blazerAndSweater"): "blazer",
                 ("graphicShirt", "shirtCrewNeck", "shirtScoopNeck", "shirtVNeck"): "T-shirt"},
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What a prompt says of one slot: values that agree with it, in words for a person, the prompt's own words, and who read them:
    "words" (the dictionary) or "model" (the reader)."""

    values: frozenset[str]
    label: str
    words: str
    source: str


@dataclass(frozen=True)
class Understanding:
    """`probabilities`: 132, each slot's sum is 1. `named`: slots the prompt says something of. `ignored`: words that changed nothing.
    `notes`: sentences for the person."""

    probabilities: tuple[float, ...]
    named: dict[str, Named]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


def understand(context: Context, text: str) -> Understanding:
    """What `text`, a prompt as typed, says about a face. `context` must declare clip-small and faces-reader.

    The models are asked only where the dictionary lacks a word: the reader reads the prompt as it is and without each of these words.
    """
    prompt = clean(text)
    reading = read(prompt.text, whole_words())
    unknown = fragments(prompt.text, reading)
    texts = texts_to_read(prompt.text, reading)
    told = reader_probabilities(context, texts) if texts else ()
    return join(reading, [words for words, _, _ in unknown], told, prompt.notes)


def fragments(text: str, reading: Reading) -> list[tuple[str, int, int]]:
    """The unknown words of a prompt with their places, those that stand side by side as one ("red motorcycle")."""
    found: list[tuple[str, int, int]] = []
    for _, start, end in reading.unknown:
        if found and not text[found[-1][2] : start].strip("- "):
            start = found.pop()[1]
        found.append((text[start:end], start, end))
    return found


def texts_to_read(text: str, reading: Reading) -> list[str]:
    """What the reader is asked: the prompt, then the prompt without each of its unknown fragments, of the first `MAX_WORDS`; nothing where
    all words are known. The colour of an unknown thing is left out of all: a red motorcycle is no reason for red clothes."""
    rest = text
    for _, start, end in reading.unknown:
        if describes(singular(text[start:end].lower())):
            rest = rest[:start] + " " * (end - start) + rest[end:]
    kept = fragments(text, reading)[:MAX_WORDS]
    if not any(rest[start:end].strip() for _, start, end in kept):
        return []
    texts = [rest, *(rest[:start] + " " + rest[end:] for _, start, end in kept)]
    return [" ".join(one.split()) for one in texts]


def reader_probabilities(context: Context, texts: list[str]) -> list[Array]:
    """What the reader says of each text: 132 probabilities, each slot's sum is 1."""
    features = clip.encode_text(context, texts)
    items = [{"words": words, "mask": mask, "sentence": sentence}
             for words, mask, sentence in zip(features.words, features.mask, features.sentence, strict=True)]  # fmt: skip
    found = context.engine.call_many(context.model(READER), items, owner=context.owner)
    return [softmax(one["logits"].float().numpy()) for one in found]


def softmax(logits: Array) -> Array:
    """132 logits -> 132 probabilities, slot by slot."""
    parts = np.split(logits, np.cumsum(SIZES)[:-1])
    powers = [np.exp(part - part.max()) for part in parts]
    return np.concatenate([power / power.sum() for power in powers]).astype(np.float32)


def join(reading: Reading, unknown: Sequence[str], told: Sequence[Array] = (), notes: Sequence[str] = ()) -> Understanding:
    """The dictionary's reading and the reader's probabilities as one understanding.

    `unknown`: the words that the dictionary lacks; `told`: the reader's probabilities (132) of the whole prompt, then of the prompt without
    each of these words (of the first `MAX_WORDS`); empty: there is no reader's word on it.
    """
    chances, named = [], {}
    used: set[int] = set()
    starts = np.cumsum((0, *SIZES))
    base = prior()
    for number, slot in enumerate(SLOTS):
        here = slice(starts[number], starts[number + 1])
        part, evidence = base[here], reading.evidence.get(slot)
        if evidence is not None:
            part = part * np.array([evidence.weights.get(value, 0.0) for value in SLOTS[slot]], np.float32)
            if evidence.level >= MEANT:
                likely = _LIKELY * max(evidence.weights.values())
                named[slot] = _named(slot, {v for v, weight in evidence.weights.items() if weight >= likely}, evidence.words, "words")
        if slot not in named and told:
            due = _due_to(told, here, base[here])
            values = {v for v, now, before in zip(SLOTS[slot], told[0][here], base[here], strict=True) if now > _LIKELIER * before}
            if due and values:
                used |= set(due)
                part = told[0][here] * np.array([value in values for value in SLOTS[slot]], np.float32)
                named[slot] = _named(slot, values, ", ".join(unknown[word] for word in due), "model")
        chances.append(part / part.sum())
    ignored = dict.fromkeys(word for number, word in enumerate(unknown) if number not in used)
    said = [*notes, *reading.notes]
    if not named:
        said.append("Nothing here says what the face looks like: it is a surprise." if ignored else "Surprise: every face is another.")
    return Understanding(tuple(map(float, np.concatenate(chances))), named, tuple(ignored), tuple(dict.fromkeys(said)))


def distance(a: Array, b: Array) -> float:
    """Total variation distance of two distributions: the share of probability that is elsewhere, 0-1."""
    return float(np.abs(a - b).sum() / 2)


def _due_to(told: Sequence[Array], here: slice, base: Array) -> list[int]:
    """The unknown words to which the reader owes what it says of a slot; none if it says nothing."""
    whole = told[0][here]
    if distance(whole, base) < SURE:
        return []
    return [word for word, without in enumerate(told[1:]) if distance(whole, without[here]) >= DUE_TO_WORD]


def _named(slot: str, values: set[str], words: str, source: str) -> Named:
    return Named(frozenset(values), label_of(slot, values), words, source)


def label_of(slot: str, values: set[str]) -> str:
    """A few values of a slot in words: "glasses", "black or dark brown", "not red"."""
    common = _SETS.get(slot, {}).get(tuple(sorted(values)))
    if common:
        return common
    labels = [LABELS[slot][value] for value in SLOTS[slot] if value in values]
    missing = [LABELS[slot][value] for value in SLOTS[slot] if value not in values]
    if len(missing) in (1, 2):
        return "not " + " or ".join(missing)
    if len(labels) <= 3:
        return " or ".join(labels)
    return f"{labels[0]}, {labels[1]} or {len(labels) - 2} more"
