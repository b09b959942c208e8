"""The dictionary of prompts: what phrases mean, what words describe, and the words of a prompt in the form they have there."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache

from ...prompts import Vocabulary, correct, words
from . import lexicon_words as tables
from .vocabulary import HATS, SLOTS
from .wording import BARE, HAIRY, WORDINGS

Weights = dict[str, float]
SAID, MEANT, HINT = 3, 2, 1  # a thing itself; what a word brings to mind; what only makes values likelier, and is not listed
_LEVELS = {"said": SAID, "meant": MEANT, "hint": HINT}
_GROUPS = {"bare": BARE, "hairy": HAIRY}
_COLOUR_SLOT = {"hair": "hairColor", "beard": "hairColor", "moustache": "hairColor", "hat": "hatColor", "clothes": "clothesColor",
                "bg": "bg", "skin": "skin"}  # fmt: skip
_BOUNDARY = re.compile(r"[,.;|\n!?()/*–—\[\]{}\"]|\s-\s")


@dataclass(frozen=True)
class Entry:
    """What a phrase means: effects (slot, values, level); `kind`: what it is, for the words that describe it; `near`: a note on what is
    drawn instead."""

    kind: str
    effects: tuple[tuple[str, tuple[tuple[str, float], ...], int], ...] = ()
    near: str = ""


@dataclass
class Token:
    word: str  # in the form the tables have
    start: int
    end: int
    cut: bool = False  # a comma or so before it
    colon: bool = False  # a colon before it


def singular(word: str) -> str:
    """The form in which the tables have a word: without a plural s."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


STOP = tables.STOP | {singular(word) for word in tables.STOP}
NEGATORS = tables.NEGATORS | {singular(word) for word in tables.NEGATORS}


def _values(slot: str, text: str) -> tuple[tuple[str, float], ...]:
    found: Weights = {}
    for part in text.split():
        value, _, weight = part.partition(":")
        names = _GROUPS[value[1:]] if value.startswith("@") else [value.replace("_", " ")]
        found |= {name: float(weight or 1) for name in names}
    unknown = set(found) - set(SLOTS[slot])
    if unknown:
        raise ValueError(f"{slot} has no {sorted(unknown)}")
    return tuple(sorted(found.items()))


def _effects(text: str, level: int) -> tuple[tuple[str, tuple[tuple[str, float], ...], int], ...]:
    effects = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        hint = part.startswith("hint:")
        slot, values = part.removeprefix("hint:").split("=")
        effects.append((slot, _values(slot, values), HINT if hint else level))
    return tuple(effects)


def _kind(slot: str, values: Iterable[str], thing: bool = False) -> str:
    """What a phrase about a slot is, for the words that describe it. Moods ("surprised") are described by none, unlike eyes (a `thing`)."""
    values = set(values)
    if slot in ("eyes", "mouth", "eyebrows") and not thing:
        return "mood"
    if slot == "top":
        return "hat" if values <= set(HATS) else "hair"
    if slot == "facialHair":
        return "beard" if any(value.startswith("beard") for value in values) else "moustache"
    if slot == "accessories":
        return "sunglasses" if "kurt" in values else "glasses"
    return {"clothing": "clothes", "clothesColor": "clothes", "hairColor": "person", "hatColor": "hat", "eyebrows": "brows"}.get(slot, slot)


def _key(phrase: str) -> tuple[str, ...]:
    """A phrase of the tables as the words to look for, colours of several words as one."""
    return tuple(token.word for token in _join_colours([Token(singular(w.word), w.start, w.end) for w in words(phrase)
                                                        if w.word not in ("a", "an", "the", "their")]))  # fmt: skip


@cache
def _colours() -> dict[str, dict[str, tuple[tuple[str, float, bool], ...]]]:
    """colour -> slot -> (value, weight, whether it is only the nearest)"""
    table = {}
    for line in tables.COLOURS.strip().splitlines():
        names, *columns = (part.strip() for part in line.split("|"))
        hair, cloth, bg, skin = [*columns, "", "", "", ""][:4]
        meaning = {}
        for slot, text in (("hairColor", hair), ("hatColor", cloth), ("clothesColor", cloth), ("bg", bg), ("skin", skin)):
            values = [part.strip().lstrip("~").partition(":") for part in text.split(",") if part.strip()]
            if values:
                meaning[slot] = tuple((value, float(weight or 1), text.startswith("~")) for value, _, weight in values)
        table |= {tuple(singular(w.word) for w in words(name)): meaning for name in names.split(";")}
    return {" ".join(key): meaning for key, meaning in table.items()}


@cache
def _modifiers() -> dict[str, dict[str, tuple[str, tuple[tuple[str, float], ...] | None]]]:
    """word -> kind -> (slot, values; None: those of the colour that the word is)"""
    table: dict[str, dict] = {}
    for line in tables.MODIFIERS.strip().splitlines():
        kind, names, effect = (part.strip() for part in line.split("|"))
        slot, values = effect.split("=")
        for name in names.split(";"):
            key = " ".join(singular(w.word) for w in words(name))
            table.setdefault(key, {})[kind] = (slot, None if values == "@colour" else _values(slot, values))
    return table


def describes(word: str) -> bool:
    """Whether a word describes things: a colour, a length, …"""
    return word in _modifiers() or word in _colours()


def is_colour(word: str) -> bool:
    return word in _colours()


def meaning(word: str, kind: str) -> tuple[str, Weights, bool] | None:
    """What a describing word says of a thing of this kind: slot, values, and whether they are only the nearest there is. None: nothing."""
    slot, values = _modifiers().get(word, {}).get(kind) or (_COLOUR_SLOT.get(kind), None)
    if values is not None:
        return slot, dict(values), False
    colours = _colours().get(word, {}).get(slot)
    return (slot, {value: weight for value, weight, _ in colours}, colours[0][2]) if colours else None


@cache
def _longest_colour() -> dict[str, int]:
    """first word -> most words of a describing phrase that begins so"""
    longest: dict[str, int] = {}
    for name in (*_colours(), *_modifiers()):
        first, *rest = name.split()
        longest[first] = max(longest.get(first, 1), 1 + len(rest))
    return longest


def _join_colours(tokens: list[Token]) -> list[Token]:
    """Describing words that belong together ("light blue") as one token."""
    joined, at = [], 0
    while at < len(tokens):
        for length in range(_longest_colour().get(tokens[at].word, 1), 0, -1):
            run = tokens[at : at + length]
            name = " ".join(token.word for token in run)
            if length == 1 or (len(run) == length and describes(name) and not any(token.cut for token in run[1:])):
                joined.append(Token(name, run[0].start, run[-1].end, run[0].cut, run[0].colon))
                at += length
                break
    return joined


@cache
def trie() -> dict:  # a tree of dictionaries
    """All phrases with a meaning, by their words; the entry of a phrase is under the key ""."""
    root: dict = {}

    def add(phrase: str, entry: Entry) -> None:
        node = root
        for word in _key(phrase):
            node = node.setdefault(word, {})
        node[""] = entry

    for wording in WORDINGS:
        if len(wording.values) > 6 and wording.slot in ("top", "mouth") and (wording.values & {"bob", "sad"}):
            continue  # "no hat", "no smile": denials are found by rule
        thing = wording.form in ("noun", "worn")
        entry = Entry(
            _kind(wording.slot, wording.values, thing), ((wording.slot, tuple((value, 1.0) for value in sorted(wording.values)), SAID),)
        )
        for phrase in wording.phrases:
            if not set(phrase.split()) & NEGATORS:
                add(phrase.replace("{c} ", "").replace("{their} ", ""), entry)
    for line in tables.NOUNS.strip().splitlines():
        kind, names, effect = (part.strip() for part in line.split("|"))
        effects = (("top", _values("top", "@hairy"), HINT),) if effect == "?" else _effects(effect, SAID)
        for name in names.split(";"):
            add(name, Entry(kind, effects))
    for line in tables.PHRASES.strip().splitlines():
        level, effect, names = (part.strip() for part in line.split("|"))
        effects = _effects(effect, _LEVELS.get(level, SAID))
        slot, values, _ = effects[0]
        for name in filter(None, map(str.strip, names.split(";"))):
            near = f"I can't draw this: {name}. I took {level[1:]}." if level.startswith("~") else ""
            add(name, Entry(_kind(slot, dict(values)), effects, near))
    return root


@cache
def _known_words() -> frozenset[str]:
    found: set[str] = set()
    waiting = [trie()]
    while waiting:
        node = waiting.pop()
        found |= {word for key in node if key for word in key.split()}
        waiting += [node[key] for key in node if key]
    return frozenset(found | {word for name in (*_colours(), *_modifiers()) for word in name.split()})


@cache
def _vocabulary() -> Vocabulary:
    """What mistyped words are corrected to: the words of the tables as they are written there."""
    lines = "\n".join((tables.NOUNS, tables.COLOURS, tables.PHRASES, tables.MODIFIERS)).splitlines()  # likelier ones first
    cells = [cell for line in lines for cell in line.split("|") if "=" not in cell]
    phrases = [phrase for wording in WORDINGS for phrase in wording.phrases]
    found = dict.fromkeys(w.word for text in (*cells, *phrases) for w in words(text))
    named = [word for word in found if word.isalpha() and singular(word) in _known_words() and word not in STOP]
    return Vocabulary([*sorted(word for word in tables.STOP | tables.NEGATORS if len(word) > 4), *named])


def tokens_of(text: str, known: Container[str]) -> tuple[list[Token], list[str]]:
    """The words of a prompt in the form of the tables, mistakes corrected; and a note for each correction."""
    tokens, notes, end = [], [], 0
    vocabulary = _known_words()
    for word, start, stop in words(text):
        between = text[end:start]
        form = singular(word)
        if form not in vocabulary and word not in STOP:
            meant = correct(word, _vocabulary(), known)
            if meant is not None and meant not in STOP:
                notes.append(f"I read “{text[start:stop]}” as “{meant}”.")
            form = form if meant is None else singular(meant)
        tokens.append(
            Token(form, start, stop, bool(_BOUNDARY.search(between)) or "+" in between or "&" in between, ":" in between or "=" in between)
        )
        end = stop
    at = 0
    while at + 1 < len(tokens):  # "sun glasses", "eye patch": two words where the tables have one
        both = tokens[at].word + tokens[at + 1].word
        if len(both) > 5 and both in vocabulary and not tokens[at + 1].cut and " " not in both and tokens[at].word not in STOP:
            tokens[at : at + 2] = [Token(both, tokens[at].start, tokens[at + 1].end, tokens[at].cut, tokens[at].colon)]
        at += 1
    return _join_colours(_without_articles(tokens)), notes


def _without_articles(tokens: list[Token]) -> list[Token]:
    kept, cut = [], False
    for token in tokens:
        cut = cut or token.cut
        if token.word not in ("a", "an", "the"):
            token.cut, cut = cut, False
            kept.append(token)
    return kept
