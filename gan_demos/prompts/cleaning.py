"""The first thing that happens to a prompt: what cannot be seen goes, emoji become words, and what was done is said."""

import re
import unicodedata
from dataclasses import dataclass

from .emoji import JOINER, PRESENTATION, emoji_to_words
from .languages import translate

MAX_CHARACTERS = 1000  # of a prompt are read
_MARKS = 2  # accents on one letter; more is decoration
_SHOWN = 4  # things a note names


@dataclass(frozen=True)
class Prompt:
    """`original` as typed; `text` in words, on one line, at most about `MAX_CHARACTERS` long; `notes`: sentences about what was changed."""

    original: str
    text: str
    notes: tuple[str, ...]


def clean(text: str, limit: int = MAX_CHARACTERS) -> Prompt:
    """What a person typed, of any length and with any characters, as words that a model can read. HTML stays the text that it is.

    Takes time in proportion to `limit`, however long the text is.
    """
    original, notes = text, []
    visible, hidden = _visible(text[: 4 * limit])
    if hidden:
        notes.append(f"I left out {hidden} invisible character{'s' * (hidden > 1)}.")
    spaced = " ".join(visible.split())
    short = _shortened(spaced, limit)
    if len(short) < len(spaced) or len(text) > 4 * limit:
        notes.append(f"That is long: I read the first {len(short)} characters.")
    spoken, read, unknown = emoji_to_words(short)
    if read:
        notes.append("I read " + ", ".join(f"{sign} as “{said}”" for sign, said in read[:_SHOWN]) + "." if len(read) <= _SHOWN else
                     "I read the emoji as words.")  # fmt: skip
    if unknown:
        notes.append(f"I have no words for {' '.join(unknown[:_SHOWN])}.")
    english, language, unread = translate(_plain(spoken))
    english = _shortened(_tidy(english), limit)
    if language:
        notes.append(f"I know only a few words of {language} and read “{_shortened(english, 80)}”.")
    if unread:
        notes.append(f"I read English best and could not read “{_shortened(' '.join(unread), 40)}”.")
    return Prompt(original, english, tuple(notes))


def _visible(text: str) -> tuple[str, int]:
    """In compatibility form (NFKC) without characters that are not seen; and how many of those there were. What joins emoji stays."""
    kept, hidden, marks = [], 0, 0
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" and character != PRESENTATION else 0
        if character in (JOINER, PRESENTATION) or "\U000e0020" <= character <= "\U000e007f":
            kept.append(character)
        elif character.isspace():
            kept.append(" " if character not in "\n\r" else "\n")
        elif (category in ("Cc", "Cf", "Cs", "Co", "Cn") and not "\U0001f300" <= character <= "\U0001faff") or marks > _MARKS:
            hidden += 1
        else:
            kept.append(character)
    return "".join(kept).strip().replace("\n", ", "), hidden


def _shortened(text: str, limit: int) -> str:
    """The first whole words of `text`, up to `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rfind(" ")
    return text[: cut if cut > 0 else limit]


def _plain(text: str) -> str:
    """Without the joiners and marks that were meant for emoji, without accents on Latin letters, without symbols that are no words."""
    if text.isascii():
        return text
    out: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if character in (JOINER, PRESENTATION) or "\U000e0000" <= character <= "\U000e007f" or "🏻" <= character <= "🏿":
            continue
        if "\u0300" <= character <= "\u036f":
            continue
        if unicodedata.category(character) in ("So", "Sk"):
            out.append(" ")
        elif "À" <= character <= "ɏ":
            out.append(unicodedata.normalize("NFD", character)[0])
        else:
            out.append(character)
    return "".join(out)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;!?])", r"\1", text)
    return re.sub(r"^[\s,]+|(,)(?:\s*,)+|[\s,]+$", r"\1", text)
