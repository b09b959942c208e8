"""Typing mistakes: the word of a vocabulary that a mistyped word was meant to be."""

from collections.abc import Container, Iterable, Iterator

SHORTEST = 4  # letters; below it nearly every mistake is another word
_LONG = 7  # letters from which on two mistakes are allowed
_MIXED = str.maketrans("0134578@$", "oleastbas")  # letters as digits, "b34rd"; found among letters only


class Vocabulary:
    """Words that mistyped ones may be corrected to, likelier ones first, with an index by what is left of each when up to two letters go
    (Garbe's symmetric deletes), so that looking up takes the same time however many words there are. `words`: word -> its place."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = {word: order for order, word in enumerate(dict.fromkeys(words)) if len(word) >= SHORTEST}
        self._index: dict[str, list[str]] = {}
        for word in self.words:
            for left in _deletes(word):
                self._index.setdefault(left, []).append(word)

    def near(self, word: str) -> set[str]:
        """Words that may be within the allowed distance of `word`; a few too many."""
        return {found for left in _deletes(word) for found in self._index.get(left, ())}


def _deletes(word: str) -> Iterator[str]:
    """`word` without no, one or (for long words) two letters; the first letter stays, or the first two changed places."""
    once = {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}
    yield from once
    if len(word) >= _LONG - 1:  # a long word that lost a letter is still compared with long ones
        yield from {short[:at] + short[at + 1 :] for short in once for at in range(1, len(short))} - once


def distance(first: str, second: str) -> int:
    """The number of letters left out, put in, changed, or swapped with their neighbour between two words (optimal string alignment)."""
    before, row = [0] * (len(second) + 1), list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        new = [i]
        for j, b in enumerate(second, 1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        before, row = row, new
    return row[-1]


def correct(word: str, vocabulary: Vocabulary, known: Container[str] = frozenset()) -> str | None:
    """The word of `vocabulary` that `word` (lower case) is a misspelling of; None for no such, for words of the vocabulary, and for words
    that are `known` to be right as they are.

    One mistake is allowed in words of four to six letters, two in longer ones. The first letter must be right, unless it changed places
    with the second. Letters written as digits ("b34rd") are read as such.
    """
    if word in vocabulary.words or word in known or not SHORTEST <= len(word) <= 24:
        return None
    letters = word
    if not word.isalpha():
        if sum(map(str.isalpha, word)) < 2:
            return None
        letters = word.translate(_MIXED)
        if letters in vocabulary.words:
            return letters
    allowed = 1 if len(letters) < _LONG else 2
    best = None
    for near in sorted(vocabulary.near(letters)):
        if near[0] != letters[0] and near[:2] != letters[1::-1]:
            continue
        far = distance(letters, near)
        # Of words equally far: letters swapped, then letters left out, then the same end, then the likelier word
        rank = (far, sorted(near) != sorted(letters), len(near) <= len(letters), near[-1] != letters[-1], vocabulary.words[near])
        if far <= min(allowed, 1 if len(near) < _LONG - 1 else 2) and (best is None or rank < best[0]):
            best = (rank, near)
    return best[1] if best else None
