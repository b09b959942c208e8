"""Texts -> words with their places."""

import re
from typing import NamedTuple

# Letters and digits, with apostrophes inside; what joins words by a hyphen separates them here ("clean-shaven" is two words).
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Word(NamedTuple):
    """A word in lower case without apostrophes ("isn't" is "isnt", "man's" is "mans"), and its characters [start, end) in the text."""

    word: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of `text` in order; digits count as letters, punctuation and emoji characters separate."""
    return [Word(found[0].lower().replace("'", "").replace("’", ""), found.start(), found.end()) for found in _WORD.finditer(text)]
