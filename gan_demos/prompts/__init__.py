"""What people type, made readable: emoji become words, invisible characters go, typing mistakes are found. Nothing here knows a demo."""

from .cleaning import MAX_CHARACTERS, Prompt, clean
from .emoji import name_words
from .spelling import Vocabulary, correct
from .tokens import Word, words

__all__ = ["MAX_CHARACTERS", "Prompt", "Vocabulary", "Word", "clean", "correct", "name_words", "words"]
