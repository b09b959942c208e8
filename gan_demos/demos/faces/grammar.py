"""The words of a prompt -> what they say about the twelve slots, by rules: which word describes what, and what is denied."""

from collections.abc import Container
from dataclasses import dataclass, field

from .lexicon import HINT, MEANT, NEGATORS, SAID, STOP, Entry, Token, Weights, describes, is_colour, meaning, tokens_of, trie
from .vocabulary import HATS, SLOTS
from .wording import BARE, HAIRY

# Words that may stand between a thing and what is said of it afterwards: "hair that is really red".
_LINKS = frozenset("is are was be being that which look looking the very his her its their color colour colored coloured so really dyed "
                   "painted tone should must has have got".split())  # fmt: skip
_BETWEEN = frozenset("very really his her its their my your of so".split())  # inside a phrase: "flowers in her hair"
_PREPOSITIONS = frozenset(
    "with in on at of to for from by and or but against behind under over near who that "
    "wearing wear wore having has have had w while".split()
)
_WORN = frozenset("in wearing wear wore dressed clad".split())
_DRESSED = frozenset("dressed clad all only entirely".split())
_POSITIVE = frozenset("with in on but just only who and".split())  # a denial does not reach across these
_COLOURLESS = {"eyes": "Eyes have no colour here.", "glasses": "Glasses are black here.", "sunglasses": "Glasses are black here.",
               "mouth": "Lips have one colour here."}  # fmt: skip
_THINGS = {"hairColor": "hair", "hatColor": "hats", "clothesColor": "clothes", "bg": "background", "skin": "skin"}
_ALWAYS = {"eyes": "eyes", "mouth": "a mouth", "brows": "eyebrows", "skin": "skin", "bg": "a background", "clothes": "clothes"}
_FAINT = 1e-3  # weight of what a denial leaves possible: "no beard" means none, but "a moustache, no beard" a moustache
_SMILING = frozenset({"smile", "twinkle", "default", "tongue"})


@dataclass(frozen=True)
class Evidence:
    """What the prompt says of one slot: values with weights, the words that say it, and how plainly (`SAID`, `MEANT`, `HINT`)."""

    weights: Weights
    words: str
    level: int


@dataclass(frozen=True)
class Reading:
    """`evidence` by slot; `unknown`: words (as typed, with start and end) that say nothing known; `notes`: sentences for the person."""

    evidence: dict[str, Evidence]
    unknown: tuple[tuple[str, int, int], ...]
    notes: tuple[str, ...]


@dataclass
class _Match:
    entry: Entry
    first: int
    last: int  # tokens first … last, both included
    describing: list[int] = field(default_factory=list)
    denied: int | None = None  # the token that denies it


@dataclass(frozen=True)
class _Claim:
    slot: str
    weights: Weights
    level: int
    words: str
    kind: str
    near: str = ""  # a note if it is used


def read(text: str, known: Container[str] = frozenset()) -> Reading:
    """What the words of `text` say, as far as the dictionary goes. `known`: English words that are never taken for mistakes."""
    tokens, notes = tokens_of(text, known)
    matches = _matches(tokens)
    covered = {at: match for match in matches for at in range(match.first, match.last + 1)}
    loose = [at for at in range(len(tokens)) if at not in covered]
    undescribed = [at for at in loose if describes(tokens[at].word) and not _attach(tokens, at, matches, covered, notes)]
    matches.sort(key=lambda match: match.first)
    _deny(tokens, matches, covered)
    claims = []
    for match in matches:
        made = _claims(text, tokens, match)
        if match.denied is not None and not made and match.entry.kind in _ALWAYS:
            notes.append(f"Every face here has {_ALWAYS[match.entry.kind]}.")
        claims += made
    evidence, more = _together(claims)
    unknown = [at for at in loose if tokens[at].word not in STOP and (at in undescribed or not describes(tokens[at].word))]
    words = tuple((text[t.start : t.end], t.start, t.end) for t in (tokens[at] for at in unknown) if any(c.isalpha() for c in t.word))
    return Reading(evidence, tuple(one for one in words if len(one[0]) > 1), tuple(dict.fromkeys(notes + more)))


def _matches(tokens: list[Token]) -> list[_Match]:
    """The phrases in a prompt, the longest first at each place; describing words may stand inside them ("long red hair")."""
    found, at = [], 0
    while at < len(tokens):
        best = _longest(tokens, at)
        if best is None or (len(best[0]) == 1 and describes(tokens[at].word) and _described_next(tokens, at)):
            at += 1
            continue
        used, entry = best
        inside = [k for k in range(used[0], used[-1]) if k not in used and describes(tokens[k].word)]
        found.append(_Match(entry, used[0], used[-1], inside))
        at = used[-1] + 1
    return found


def _longest(tokens: list[Token], at: int) -> tuple[list[int], Entry] | None:
    """The phrase that begins at a token and has most words: the tokens that are its words, and its entry."""
    best: tuple[list[int], Entry] | None = None
    waiting = [(at, trie(), [])]
    while waiting:
        here, node, used = waiting.pop()
        if used and "" in node and (best is None or len(used) > len(best[0])):
            best = used, node[""]
        if here >= len(tokens) or (used and tokens[here].cut):
            continue
        word = tokens[here].word
        if used and here - used[-1] < 4 and (is_colour(word) or word in _BETWEEN):
            waiting.append((here + 1, node, used))
        if word in node:
            waiting.append((here + 1, node[word], [*used, here]))
    return best


def _after(tokens: list[Token], at: int, covered: dict[int, _Match]) -> _Match | None:
    """The thing that a describing word in front of it may describe: across other describing words, fillers and one unknown word."""
    unknown, filled = 0, False
    for here in range(at + 1, min(len(tokens), at + 8)):
        token, describing = tokens[here], describes(tokens[here].word)
        colours = is_colour(token.word) and is_colour(tokens[at].word)
        if token.cut and (colours or filled or not describing or here in covered):  # "long, red hair", but not "hat, red hair"
            return None
        if here in covered:
            return covered[here]
        if describing or (token.word in ("and", "or") and here + 1 < len(tokens) and describes(tokens[here + 1].word)):
            continue
        if token.word in _PREPOSITIONS or token.word in NEGATORS:
            return None
        unknown, filled = unknown + (token.word not in STOP), True
        if unknown > 1:
            return None
    return None


def _described_next(tokens: list[Token], at: int) -> bool:
    """Whether a describing word that also is a phrase of its own ("sad") describes what follows ("sad eyes")."""
    here = at + 1
    while here < len(tokens) and not tokens[here].cut and describes(tokens[here].word):
        here += 1
    if here >= len(tokens) or tokens[here].cut:
        return False
    following = _longest(tokens, here)
    return following is not None and meaning(tokens[at].word, following[1].kind) is not None


def _attach(tokens: list[Token], at: int, matches: list[_Match], covered: dict[int, _Match], notes: list[str]) -> bool:
    """Gives a loose describing word to the thing that it describes; False if there is none."""
    word = tokens[at].word
    if at > 1 and tokens[at - 1].word == "in" and tokens[at - 2].word in _DRESSED and is_colour(word):
        matches.append(_Match(Entry("clothes"), at, at, [at]))
        return True
    following = _after(tokens, at, covered)
    if following is not None and meaning(word, following.entry.kind):
        following.describing.append(at)
        return True
    before = _before(tokens, at, covered)
    if before is not None and meaning(word, before.entry.kind):
        before.describing.append(at)
        return True
    thing = next((one.entry.kind for one in (following, before) if one is not None and one.entry.kind in _COLOURLESS), None)
    if thing is not None and is_colour(word):
        notes += [_COLOURLESS[thing]] if word not in ("black", "dark") else []
        return True
    ends = at + 1 == len(tokens) or tokens[at + 1].cut or tokens[at + 1].word in STOP or describes(tokens[at + 1].word)
    previous = tokens[at - 1].word if at and not tokens[at].cut and ends else ""
    kind = "clothes" if previous in _WORN else "bg" if previous in ("on", "against") else "alone"
    if meaning(word, kind) is None:
        return False
    matches.append(_Match(Entry(kind), at, at, [at]))
    return True


def _before(tokens: list[Token], at: int, covered: dict[int, _Match]) -> _Match | None:
    """The thing that a describing word comes after: "hair: long and red"."""
    back = at - 1
    while back >= 0 and (back not in covered or (tokens[back + 1].cut and describes(tokens[back].word))):
        word, following = tokens[back].word, tokens[back + 1]
        joins = word in _LINKS and not following.cut or word in ("and", "or") and describes(tokens[back - 1].word) and back > 0
        joins = joins or (word == "in" and back == at - 1)  # "a hat in red"
        if not (describes(word) or joins):
            return None
        back -= 1
    return covered[back] if back >= 0 and not tokens[back + 1].cut else None


def _deny(tokens: list[Token], matches: list[_Match], covered: dict[int, _Match]) -> None:
    """Marks what is denied: "no beard", "without glasses or hat", "isn't wearing glasses", "beard: none"."""
    for position, match in enumerate(matches):
        begin = min([match.first, *match.describing])
        match.denied = _denied_before(tokens, begin, covered)
        if match.denied is None and match.last + 1 < len(tokens) and tokens[match.last + 1].word in ("no", "none", "nope"):
            if match.last + 2 >= len(tokens) or tokens[match.last + 2].cut:
                match.denied = match.last + 1
        if position and match.denied is None and matches[position - 1].denied is not None and _goes_on(tokens, matches, position, begin):
            match.denied = matches[position - 1].denied


def _denied_before(tokens: list[Token], begin: int, covered: dict[int, _Match]) -> int | None:
    """The denying token in front of what begins at a token: "without any", "isn't wearing"."""
    unknown = 0
    for back in range(begin - 1, max(-1, begin - 8), -1):
        word = tokens[back].word
        if tokens[back + 1].cut or back in covered:
            return None
        if word in NEGATORS:
            return back
        if word in _POSITIVE:
            return back - 1 if word == "with" and back > 0 and tokens[back - 1].word in NEGATORS else None
        unknown += word not in STOP and not describes(word)
        if unknown > 2:
            return None
    return None


def _goes_on(tokens: list[Token], matches: list[_Match], position: int, begin: int) -> bool:
    """Whether the denial of the thing before reaches this one: "no hat, glasses or beard", "without hat and glasses"."""

    def link(a: _Match, first: int) -> list[str]:
        return [token.word for token in tokens[max([a.last, *a.describing]) + 1 : first]]

    words = link(matches[position - 1], begin)
    if words in (["or"], ["nor"]):
        return True
    if words == ["and"] and begin == matches[position].first:  # "no glasses and a red hat" begins anew
        return tokens[matches[position - 1].denied or 0].word in ("without", "san", "neither", "nor")
    if words:
        return False
    for later in range(position + 1, len(matches)):  # a list of things: its last link tells
        words = link(matches[later - 1], min([matches[later].first, *matches[later].describing]))
        if words:
            return words in (["or"], ["nor"])
    return False


def _claims(text: str, tokens: list[Token], match: _Match) -> list[_Claim]:
    """What one phrase, with the words that describe it, says."""
    places = sorted([match.first, match.last, *match.describing])
    said = text[tokens[places[0]].start : tokens[places[-1]].end]
    entry, described = match.entry, {}
    nearest: dict[str, str] = {}
    for at in sorted(match.describing):
        found = meaning(tokens[at].word, entry.kind)
        if found is None:
            continue
        slot, weights, near = found
        if near:
            typed = text[tokens[at].start : tokens[at].end]
            nearest[slot] = f"No {typed} {_THINGS[slot]} here: I took {max(weights, key=weights.get)}."
        before = described.get(slot)
        if before is None:
            described[slot] = weights
        elif is_colour(tokens[at].word):  # "red and blue": either
            described[slot] = before | weights
        else:
            described[slot] = _both(before, weights) or weights
    if match.denied is not None:
        negator = tokens[match.denied]
        near = negator.start < tokens[places[0]].start and places[0] - match.denied < 5
        said = text[negator.start : tokens[places[-1]].end] if near else f"{text[negator.start : negator.end]} {said}"
        return _denied_claims(match, described, said)
    claims = []
    for slot, values, level in entry.effects:
        weights = dict(values)
        if slot in described:
            weights, level = _both(weights, described.pop(slot)) or weights, max(level, SAID)
        claims.append(_Claim(slot, weights, level, said, entry.kind, entry.near))
    return claims + [_Claim(slot, weights, SAID, said, entry.kind, nearest.get(slot, "")) for slot, weights in described.items()]


def _both(a: Weights, b: Weights) -> Weights:
    return {value: a[value] * b[value] for value in a if value in b}


def _others(slot: str, values: Container[str], among: Container[str] | None = None) -> Weights:
    return {value: 1.0 for value in SLOTS[slot] if value not in values and (among is None or value in among)}


def _denied_claims(match: _Match, described: dict[str, Weights], said: str) -> list[_Claim]:
    """What the denial of a phrase says: no beard at all, no glasses at all, another hair, another mouth."""
    kind, claims = match.entry.kind, []
    if kind == "hair" and "hairColor" in described:  # "not red hair": hair of another colour
        return [_Claim("hairColor", _others("hairColor", described["hairColor"]), SAID, said, kind)]
    effects = dict((slot, dict(values)) for slot, values, level in match.entry.effects if level == SAID)
    if kind == "hair" and not effects:
        effects = {"top": described["top"] if "top" in described else dict.fromkeys(HAIRY, 1.0)}
    for slot, values in effects.items():
        if slot in ("facialHair", "accessories") and "none" not in values:
            weights = {value: 1.0 if value == "none" else _FAINT for value in SLOTS[slot] if value not in values}
        elif slot == "top":
            hats = set(values) <= set(HATS)
            weights = {"sides": 1.0} if set(values) >= HAIRY else _others(slot, values, BARE if hats else HAIRY)
        else:
            weights = _others(slot, _SMILING | set(values) if slot == "mouth" and "smile" in values else values)
        claims.append(_Claim(slot, weights, SAID, said, kind))
    return claims


def _together(claims: list[_Claim]) -> tuple[dict[str, Evidence], list[str]]:
    """All claims about each slot as one; what disagrees gives way, and is told."""
    evidence, notes = {}, []
    for slot in SLOTS:
        here = sorted((claim for claim in claims if claim.slot == slot and claim.weights), key=_precedence)
        if not here:
            continue
        kept = [here[0]]
        weights = here[0].weights
        for claim in here[1:]:
            if claim.level < kept[0].level:  # what a word brings to mind does not bring back what was denied
                weights = {value: weight for value, weight in weights.items() if weight > _FAINT * max(weights.values())}
            both = _both(weights, claim.weights)
            if both:
                weights = both
                kept += [claim] if claim.level == kept[0].level and claim.words not in kept[0].words else []
            elif claim.level == SAID and claim.words != kept[0].words:
                notes.append(f"“{kept[0].words}” and “{claim.words}” do not go together here: I took “{kept[0].words}”.")
        notes += [claim.near for claim in kept if claim.near]
        evidence[slot] = Evidence(weights, ", ".join(dict.fromkeys(claim.words for claim in kept)), kept[0].level)
    hair = [claim.kind for claim in claims if claim.slot == "hairColor" and claim.level > HINT]
    top, face = evidence.get("top"), evidence.get("facialHair")
    if top is None and {"hair", "person"} & set(hair):  # who speaks of hair wants to see it
        evidence["top"] = Evidence(dict.fromkeys(sorted(HAIRY), 1.0), evidence["hairColor"].words, HINT)
    if top and set(top.weights) <= set(HATS) and "hair" in hair and not (face and "none" not in face.weights):
        notes.append("A hat or scarf hides the hair here: its colour shows only in a beard.")
    return evidence, notes


def _precedence(claim: _Claim) -> tuple:
    """Plainer claims first; a hat before the hair under it, hair before a beard for their colour, a beard before a moustache."""
    order = ("hat", "hair", "person", "beard", "moustache")
    return -claim.level, order.index(claim.kind) if claim.kind in order else len(order)


__all__ = ["HINT", "MEANT", "SAID", "Evidence", "Reading", "read"]
