"""A prompt as typed → the words to draw: without what is about drawing and style, typing mistakes corrected. No model is asked."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...prompts import MAX_CHARACTERS, Vocabulary, clean, correct, name_words, words
from .vocabulary import STYLE_TITLES

_PRESENTATION = "\ufe0f"
_SHOWN = 4  # corrections that a note names
_LONG_ENOUGH = 6  # letters of a word that may be any mistyped word; a shorter one may be one that nobody listed ("blob", "doggo")

# Names of styles, the longer ones first: they mean the style wherever they stand.
_NAMES = {
    "noto-v1": r"(?:old|first|original|blob) noto|noto (?:v ?1|blobs?)|old blobs?",
    "fluent-emoji-flat": r"(?:fluent(?: emojis?)?|microsoft) flat|flat (?:fluent|microsoft)",
    "emojione-v1": r"(?:old|first|original) emoji ?one|emoji ?one (?:v ?1|1)",
    "fluent-3d": r"fluent(?: emojis?)? 3[ -]?d|fluent|3[ -]?d|three[ -]dimensional",
    "noto": r"noto(?: emojis?)?",
    "twemoji": r"twemojis?",
    "openmoji": r"open ?mojis?",
    "emojione": r"emoji ?one|joypixels",
    "fxemoji": r"fx ?emojis?",
}
# Words that mean the style only beside "style", "look" or the like: there are flat tires and blobs of paint.
_MAKERS = {
    "noto-v1": r"blobs?",
    "noto": r"google|android",
    "twemoji": r"twitter",
    "fluent-3d": r"microsoft|windows(?: 11)?",
    "fluent-emoji-flat": r"flat",
    "fxemoji": r"firefox(?: os)?|mozilla",
}
_BEFORE = r"(?:\b(?:drawn |made |painted )?(?:in|as|by|like|with|using) )?(?:\b(?:the|a|an) )?"
_OF = r"(?:(?:style|look|manner) of |styled? like )"
_AFTER = r"(?:[ -](?:styled?|look|version|design|emojis?))"
_STYLES = [(style, re.compile(rf"{_BEFORE}{_OF}?\b(?:{names})\b{_AFTER}*\b", re.I)) for style, names in _NAMES.items()] + [
    (style, re.compile(rf"{_BEFORE}(?:{_OF}\b(?:{names})\b{_AFTER}*|\b(?:{names})\b[ -](?:styled?|look|emojis?|version)\b)", re.I))
    for style, names in _MAKERS.items()
]
_PICTURE = r"(?:emojis?|icon|picture|pic|image|drawing|illustration|sticker|photo|sketch|painting)"
# "Please draw me a picture of a cat": only the cat is to be drawn.
_REQUEST = re.compile(
    r"^(?:please,? )?(?:(?:can|could|would) you )?(?:i (?:want|would like|'d like) (?:to see )?)?"
    r"(?:(?:draw|paint|make|show|create|generate|give)(?: me| us)? )?(?:please )?"
    rf"(?:(?:an?|the) (?:\w+ )?{_PICTURE} (?:of|with|showing) )?",
    re.I,
)
_TAIL = re.compile(r"(?<=\w) (?:emojis?|icon|sticker)$|,? please[.!]?$", re.I)
# Words that name nothing to draw.
EMPTY = frozenset(
    """
    a an the of and or but not no so as if then than too very just can could would should will may might must do does did be been being is
    are was were am have has had having it its this that these those some any all each every my your his her our their mine yours i you he
    she we they me him us them who what which there here to for from by at with in on into about please draw paint make show create generate
    give want something anything thing things stuff picture image drawing emoji emojis icon style
    """.split()
)


@dataclass(frozen=True)
class Reading:
    """`text`: what is to be drawn, "" where the prompt names nothing; `style`: the drawing style that it names, if any; `corrected`: words
    as typed and as read; `notes`: sentences for the person."""

    text: str
    style: str | None = None
    corrected: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def vocabularies(labels: tuple[str, ...], known: frozenset[str]) -> tuple[Vocabulary, Vocabulary]:
    """What mistyped words may have been meant to be: first of all words of the known concepts' labels, the commoner ones first; then any
    word that is known. Takes a part of a second, once."""
    counts = Counter(word.word for label in labels for word in words(label))
    return Vocabulary(word for word, _ in counts.most_common()), Vocabulary(sorted(known))


def read(prompt: str, labels: Sequence[str], known: frozenset[str], emoji: Sequence[str] = ()) -> Reading:
    """What `prompt`, of any length and with any characters, asks for.

    labels: of the known concepts: mistyped words are taken for theirs. known: words that are no mistakes. emoji: the character of each
    concept, which is read as its label.
    """
    prompt, said = spoken(prompt, tuple(emoji), tuple(labels)) if emoji else (prompt, {})
    cleaned = clean(prompt)
    text, style = without_style(cleaned.text)
    text = _TAIL.sub("", _REQUEST.sub("", text)).strip()
    text, corrected = spelled(text, vocabularies(tuple(labels), known), known | name_words())
    notes = list(cleaned.notes)
    if said:
        names = ", ".join(f"{sign} as “{label}”" for sign, label in list(said.items())[:_SHOWN])
        notes.insert(0, f"I read {names}{' and so on' * (len(said) > _SHOWN)}.")
    if corrected:
        said = ", ".join(f"“{typed}” as “{meant}”" for typed, meant in corrected[:_SHOWN])
        notes.append(f"I read {said}{' and so on' * (len(corrected) > _SHOWN)}.")
    if style:
        notes.append(f"The prompt names the style {STYLE_TITLES[style]}.")
    if all(word.word in EMPTY for word in words(text)):
        if any(character.isalnum() for character in cleaned.text) and not style:
            notes.append("These words name nothing that can be drawn.")
        text = ""
    return Reading(text, style, corrected, tuple(notes))


def spoken(text: str, emoji: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """`text` with the characters of known concepts as their labels, set off by commas; and which were read as which. Of a long text only
    as much is looked at as is read."""
    pattern, names = _signs(emoji, labels)
    read: dict[str, str] = {}

    def say(found: re.Match) -> str:
        read[found[0]] = names[found[0].replace(_PRESENTATION, "")]
        return f", {read[found[0]]}, "

    looked_at = text[: 4 * MAX_CHARACTERS]
    return (text, read) if looked_at.isascii() else (pattern.sub(say, looked_at) + text[len(looked_at) :], read)


@lru_cache(maxsize=4)
def _signs(emoji: tuple[str, ...], labels: tuple[str, ...]) -> tuple[re.Pattern, Mapping[str, str]]:
    """A pattern of all emoji, the longest first, with or without the mark that asks for the coloured form; and the label of each."""
    names = {sign.replace(_PRESENTATION, ""): label for sign, label in zip(emoji, labels, strict=True)}
    each = (f"{_PRESENTATION}?".join(map(re.escape, sign)) for sign in sorted(names, key=len, reverse=True))
    first = "".join(sorted({re.escape(sign[0]) for sign in names}))  # nearly no character of a text is one of these
    return re.compile(f"(?=[{first}])(?:{'|'.join(each)}){_PRESENTATION}?"), names


def without_style(text: str) -> tuple[str, str | None]:
    """`text` without the words that name a drawing style, and the style: the first that `STYLES`' patterns find, others go unsaid."""
    named: str | None = None
    for style, pattern in _STYLES:
        text, count = pattern.subn(" ", text)
        named = named or (style if count else None)
    if named is None:
        return text, None
    return re.sub(r"(?:\s*,)+\s*", ", ", " ".join(text.split())).strip(" ,;:.-"), named


def spelled(text: str, vocabularies: tuple[Vocabulary, Vocabulary], known: frozenset[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`text` with mistyped words as the first of the two that knows better has them; and which were taken for which."""
    out, end, corrected = [], 0, {}
    for word, start, stop in words(text):
        names, others = vocabularies
        meant = correct(word, names, known)
        if meant is None and word not in names.words and len(word) >= _LONG_ENOUGH:
            meant = correct(word, others, known)
        if meant is not None:
            corrected[text[start:stop]] = meant
            out += [text[end:start], meant]
            end = stop
    return "".join(out) + text[end:], tuple(corrected.items())
