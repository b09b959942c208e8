"""A smaller vocabulary for the text tower: the teacher's tokens that its texts need and the most frequent others, numbered anew.

The table of words is half of a small BERT. Rows of words that are left out are not needed: such a word is written with shorter pieces, as
the tokenizer does with every word it does not know. The rows that stay are the teacher's own, so nothing has to be learnt again.
"""

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def choose(tokenizer: Tokenizer, texts: Iterable[str], size: int, least: int = 2) -> list[int]:
    """The numbers of the `size` tokens to keep, [PAD] first.

    Kept are the special tokens, every ASCII character alone and inside a word, and the tokens that `texts` hold at least `least` times; the
    rest of the room goes to the lowest numbers among words of Latin letters, which in BERT's vocabulary are the most frequent ones.
    `ValueError` if the texts alone need more.
    """
    table = tokenizer.get_vocab()
    counts = Counter(number for text in texts for number in tokenizer.encode(text).ids)
    letters = {table[token] for character in map(chr, range(33, 127)) for token in (character, "##" + character) if token in table}
    kept = letters | {number for number, count in counts.items() if count >= least} | {table[token] for token in SPECIAL}
    if len(kept) > size:
        raise ValueError(f"the texts need {len(kept)} tokens, more than {size}")
    plain = sorted(number for token, number in table.items() if (word := token.removeprefix("##")).isascii() and word.isalpha())
    for number in plain:
        if len(kept) == size:
            break
        kept.add(number)
    first = [table[token] for token in SPECIAL]
    return first + sorted(kept - set(first))


def renumber(tokenizer: Tokenizer, kept: list[int]) -> str:
    """The JSON of a tokenizer that knows only the tokens `kept`, numbered by their place in it."""
    facts = json.loads(tokenizer.to_str())
    new = {old: place for place, old in enumerate(kept)}
    table = [(new[old], token) for token, old in facts["model"]["vocab"].items() if old in new]
    facts["model"]["vocab"] = {token: number for number, token in sorted(table)}
    facts["added_tokens"] = [{**entry, "id": new[entry["id"]]} for entry in facts["added_tokens"] if entry["id"] in new]
    for entry in facts["post_processor"].get("special_tokens", {}).values():
        entry["ids"] = [new[old] for old in entry["ids"]]
    facts["padding"], facts["truncation"] = None, None
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
