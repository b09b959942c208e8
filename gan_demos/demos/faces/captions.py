"""Captions of faces, as people would type them: written from the attributes of a face, in many styles, with what each one really says."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from .caption_styles import AGELESS, PEOPLE, PRONOUNS, STYLES, THEIR
from .vocabulary import HATS, SIZES, SLOTS
from .wording import CARRIERS, COLOURS, FORMS, HAIRY, WORDINGS, Carrier, Wording

# How often a person leaves a thing out of the data's faces; the other slots are uniform.
NONE_SHARE = {"facialHair": 0.7, "accessories": 0.61}
# Slots by how often a caption mentions them when it could, and how much less often it mentions that a thing is absent or plain.
_MENTIONED = {"bg": 0.7, "skin": 0.7, "hairColor": 1.2, "top": 1.6, "hatColor": 1.0, "eyes": 1.0, "mouth": 1.2, "eyebrows": 0.7,
              "facialHair": 1.3, "accessories": 1.3, "clothing": 0.9, "clothesColor": 0.9}  # fmt: skip
_PLAIN = {("facialHair", "none"): 0.25, ("accessories", "none"): 0.3, ("eyes", "default"): 0.5, ("eyebrows", "default"): 0.5}
_LENGTHS = (14, 18, 18, 14, 10, 8, 6, 4, 3, 2, 2, 1)  # weights of captions about 1, 2, … 12 slots
_MISSPELT = 0.22  # share of captions with one or two typing mistakes

SPLITS = tuple(STYLES)

TITLES = {
    "bg": "Background", "skin": "Skin", "hairColor": "Hair colour", "top": "Hair or hat", "hatColor": "Hat colour", "eyes": "Eyes",
    "mouth": "Mouth", "eyebrows": "Eyebrows", "facialHair": "Beard", "accessories": "Glasses", "clothing": "Clothes",
    "clothesColor": "Clothes colour",
}  # fmt: skip
LABELS: dict[str, dict[str, str]] = {slot: {value: value for value in values} for slot, values in SLOTS.items()}
LABELS["top"] = {
    "bigHair": "big and long", "bob": "bob, side fringe", "bun": "bun", "curly": "big curls", "curvy": "long and wavy",
    "dreads": "long dreadlocks", "dreads01": "short twists", "dreads02": "messy twists", "frida": "flower crown",
    "frizzle": "quiff, shaved sides", "fro": "afro", "froBand": "afro and headband", "hat": "wide-brimmed hat", "hijab": "hijab",
    "longButNotTooLong": "shoulder-length", "miaWallace": "bob, straight fringe", "shaggy": "shaggy", "shaggyMullet": "mullet",
    "shavedSides": "long, shaved sides", "shortCurly": "short and curly", "shortFlat": "short and spiky", "shortRound": "short and round",
    "shortWaved": "short and wavy", "sides": "bald, hair at the sides", "straight01": "long and straight, to the side",
    "straight02": "long and straight", "straightAndStrand": "long, with a strand", "theCaesar": "very short",
    "theCaesarAndSidePart": "very short, side part", "turban": "turban", "winterHat02": "knitted hat, zigzags", "winterHat03": "beanie",
    "winterHat04": "cat-ear hat", "winterHat1": "hat with earflaps",
}  # fmt: skip
LABELS["eyes"] = {
    "closed": "closed", "cry": "a tear", "default": "plain", "eyeRoll": "rolling up", "happy": "smiling", "hearts": "hearts",
    "side": "to the side", "squint": "half closed", "surprised": "wide open", "wink": "wink", "winkWacky": "wild wink",
    "xDizzy": "crossed out",
}  # fmt: skip
LABELS["mouth"] = {
    "concerned": "worried", "default": "small and open", "disbelief": "disbelief", "eating": "full cheeks", "grimace": "gritted teeth",
    "sad": "sad", "screamOpen": "screaming", "serious": "serious", "smile": "big smile", "tongue": "tongue out", "twinkle": "slight smile",
}  # fmt: skip
LABELS["eyebrows"] = {
    "angry": "angry", "default": "plain", "raisedExcited": "raised", "sadConcerned": "sad", "unibrowNatural": "thick and pale",
}  # fmt: skip
LABELS["facialHair"] = {
    "beardLight": "short beard", "beardMajestic": "long beard", "beardMedium": "full beard", "moustacheFancy": "curled moustache",
    "moustacheMagnum": "thick moustache", "none": "none",
}  # fmt: skip
LABELS["accessories"] = {
    "eyepatch": "eyepatch", "kurt": "big black sunglasses", "none": "none", "prescription01": "thin", "prescription02": "thick",
    "round": "round", "sunglasses": "sunglasses", "wayfarers": "wayfarers",
}  # fmt: skip
LABELS["clothing"] = {
    "blazerAndShirt": "blazer, T-shirt", "blazerAndSweater": "blazer, white collar", "collarAndSweater": "sweater with collar",
    "graphicShirt": "printed T-shirt", "hoodie": "hoodie", "overall": "overalls", "shirtCrewNeck": "crew neck",
    "shirtScoopNeck": "scoop neck", "shirtVNeck": "V-neck",
}  # fmt: skip
# From one word to a whole description.
EXAMPLES = (
    "bald man with a long gray beard",
    "girl with pink curly hair and round glasses",
    "pirate, eyepatch, angry eyebrows, tongue out",
    "an old wizard-like guy with a long gray beard and glasses",
    "woman in a purple hijab, slight smile, light blue background",
    "ginger with freckles, green hoodie, winking",
    "crying",
    "🧔🕶️",
    "no beard, no glasses, blue mohawk, white background",
    "somebody in love, flower crown, yellow overalls",
    "gafas de sol y barba roja",
    "grumpy grandpa in a red santa hat who refuses to smile",
)


@dataclass(frozen=True)
class Caption:
    """A caption, and for each slot it says something about, the values that agree with its words. Slots left open are not in `named`."""

    text: str
    named: dict[str, frozenset[str]]


@dataclass(frozen=True)
class _Part:
    form: str
    text: str
    named: dict[str, frozenset[str]]


def prior() -> np.ndarray:
    """How often each of the 132 values occurs in faces about which nothing is said; float32 (132,), each slot's sum is 1."""
    shares = []
    for slot, size in zip(SLOTS, SIZES, strict=True):
        none = NONE_SHARE.get(slot)
        shares += [1 / size if none is None else none if value == "none" else (1 - none) / (size - 1) for value in SLOTS[slot]]
    return np.array(shares, dtype=np.float32)


def random_row(rng: random.Random) -> dict[str, str]:
    """A face drawn from `prior`: a value per slot."""
    row = {}
    for slot, values in SLOTS.items():
        none = NONE_SHARE.get(slot, 0.0)
        row[slot] = "none" if rng.random() < none else rng.choice([value for value in values if value != "none"])
    return row


def shown(row: Mapping[str, str]) -> list[str]:
    """The slots that can be seen in the picture of a row: no hair colour under a hat (but in a beard), no hat colour without a hat, no eyes
    behind the one pair of opaque glasses."""
    hidden = set()
    if row["top"] in HATS:
        hidden |= {"hairColor"} if row["facialHair"] == "none" else set()
    else:
        hidden.add("hatColor")
    if row["accessories"] == "kurt":
        hidden.add("eyes")
    return [slot for slot in SLOTS if slot not in hidden]


def caption(row: Mapping[str, str], rng: random.Random, split: str = "train") -> Caption:
    """A caption of the face `row` (a value for each of the 12 slots) in the words of `split`, "train" or "test".

    The true value of every slot in `named` is among its values. The words and sentences of "test" that are not in "train" are never used
    in "train"; "test" uses the phrases of both. Raises `KeyError` for another split or a row that lacks a slot.
    """
    writer = _Writer(row, rng, split)
    parts = writer.parts(_chosen(row, rng))
    text = writer.text(parts)
    if rng.random() < _MISSPELT:
        text = misspell(text, rng, rng.choice((1, 1, 2)))
    return Caption(_cased(text, rng), _together(parts))


def _chosen(row: Mapping[str, str], rng: random.Random) -> list[str]:
    """Some of the shown slots, in random order: few more often than many."""
    slots = shown(row)
    count = rng.choices(range(1, len(_LENGTHS) + 1), _LENGTHS)[0]
    keys = {slot: rng.random() ** (1 / (_MENTIONED[slot] * _PLAIN.get((slot, row[slot]), 1.0))) for slot in slots}
    return sorted(slots, key=keys.__getitem__, reverse=True)[:count]


def _together(parts: list[_Part]) -> dict[str, frozenset[str]]:
    named: dict[str, frozenset[str]] = {}
    for part in parts:
        for slot, values in part.named.items():
            named[slot] = named[slot] & values if slot in named else values
    return named


@cache
def _wordings_of(slot: str, value: str, forms: tuple[str, ...]) -> tuple[list[Wording], list[float]]:
    """The wordings that are true of a value, with how often they are used. Broad ones ("no hat" is true of 27 heads) are rarer."""
    fitting = [w for w in WORDINGS if w.slot == slot and w.form in forms and value in w.values]
    return fitting, [0.2 if len(w.values) > 20 else 0.4 if w.form == "person" else 1.0 for w in fitting]


@cache
def _colours_of(slot: str, value: str) -> list[Wording]:
    return [c for c in COLOURS if c.slot == slot and value in c.values]


class _Writer:
    """Writes the captions of one row in the words of one split."""

    def __init__(self, row: Mapping[str, str], rng: random.Random, split: str) -> None:
        self.row, self.rng, self.style, self.held_out = row, rng, STYLES[split], split == "test"
        self.person, self.pronoun = "", "they"

    def phrase(self, source: Wording | Carrier, colour: bool = False) -> str:
        """One of the phrases of `source`; with a place for a colour if `colour` and there is any."""
        use_held_out = self.held_out and source.held_out and self.rng.random() < 0.3
        phrases = source.held_out if use_held_out or not source.phrases else source.phrases
        if colour:
            phrases = [text for text in phrases if "{c}" in text] or phrases
        return self.rng.choice(phrases)

    def wording(self, slot: str, forms: tuple[str, ...]) -> Wording | None:
        fitting, weights = _wordings_of(slot, self.row[slot], forms)
        return self.rng.choices(fitting, weights)[0] if fitting else None

    def colour(self, slot: str) -> tuple[str, frozenset[str]]:
        source = self.rng.choice(_colours_of(slot, self.row[slot]))
        return self.phrase(source), source.values

    def parts(self, slots: list[str]) -> list[_Part]:
        """What the caption says of `slots`, one part for what belongs together ("a red hat")."""
        left, parts = list(slots), []  # slots still to be told, what is told
        for thing, colour in self._pairs():
            if thing in left:
                coloured = colour in left and self.rng.random() < 0.85
                part = self._thing(thing, colour if coloured else None)
                parts.append(part)
                left.remove(thing)
                if colour in part.named:
                    left.remove(colour)
        parts += [self._colour_alone(slot) if slot in ("hairColor", "hatColor", "clothesColor", "bg", "skin") else self._thing(slot, None)
                  for slot in left]  # fmt: skip
        parts = [part for part in parts if part.text]
        self.rng.shuffle(parts)
        return parts or [self._thing("mouth", None)]

    def _pairs(self) -> list[tuple[str, str]]:
        """Things with the slot of their colour; hair and beard share theirs."""
        if self.row["top"] in HATS:
            pairs = [("top", "hatColor"), ("facialHair", "hairColor")]
        else:
            pairs = [("top", "hairColor"), ("facialHair", "hairColor")]
        self.rng.shuffle(pairs)
        return [*pairs, ("clothing", "clothesColor")]

    def _thing(self, slot: str, colour: str | None) -> _Part:
        wording = self.wording(slot, ("noun", "worn", "adjective", "doing", "person"))
        text, named = self.phrase(wording, colour is not None), {slot: wording.values}
        if colour is not None and "{c}" in text:
            word, named[colour] = self.colour(colour)
            text = text.replace("{c}", word)
        return _Part(wording.form, text.replace("{c} ", ""), named)

    def _colour_alone(self, slot: str) -> _Part:
        if slot == "hairColor" and self.row["top"] in (*HATS, "sides"):  # there is only the beard, or the hair at the sides, to speak of
            thing = "facialHair" if self.row["facialHair"] != "none" else "top"
            fitting = _wordings_of(thing, self.row[thing], ("noun",))[0]
            source = self.rng.choice([w for w in fitting if any("{c}" in text for text in w.phrases)])
            text, values = self.rng.choice([text for text in source.phrases if "{c}" in text]), {thing: source.values}
            word, values[slot] = self.colour(slot)
            return _Part(source.form, text.replace("{c}", word), values)
        hair = {"top": HAIRY} if slot == "hairColor" else {}
        wording = self.wording(slot, ("adjective", "person"))
        if wording is not None and self.rng.random() < 0.35:
            return _Part(wording.form, self.phrase(wording), {slot: wording.values} | hair)
        carrier = self.rng.choice([c for c in CARRIERS if c.slot == slot])
        word, values = self.colour(slot)
        hat = {"top": frozenset(HATS)} if slot == "hatColor" else {}
        return _Part(carrier.form, self.phrase(carrier).replace("{c}", word), {slot: values} | hair | hat)

    def text(self, parts: list[_Part], plain: bool = False) -> str:
        """The parts as one caption, in one of the styles; `plain`: as a sentence with nothing around it."""
        people = [part for part in parts if part.form == "person"]
        aged = any("hairColor" in part.named and part.form in ("adjective", "person") for part in parts)
        self.person = people[0].text if people else self.rng.choice(AGELESS if aged else PEOPLE)
        self.pronoun = PRONOUNS.get(self.person, self.rng.choice(("he", "she", "they")))
        styles = (self._sentence, self._listed, self._soup, self._sentences)
        write = self.rng.choices(styles, (1, 0, 0, 0) if plain else (48, 27, 12, 13))[0]
        text = write(parts, people)
        if not plain and self.rng.random() < 0.06:
            text += " " + self.rng.choice(self.style.elsewhere)
        if not plain and self.rng.random() < 0.12:
            text += ", " + self.rng.choice(self.style.fillers)
        return _articles(text.replace("{their}", THEIR.get(self.pronoun, "the")))

    def _sentence(self, parts: list[_Part], people: list[_Part]) -> str:
        """ "a tall bearded man with glasses and …, smiling, wearing …, on a pink background" """
        rng, style = self.rng, self.style
        by = {form: [part.text for part in parts if part.form == form] for form in FORMS}
        adjectives = by["adjective"] + ([rng.choice(style.praise)] if rng.random() < 0.15 else [])
        rng.shuffle(adjectives)
        text = " ".join([*adjectives, self.person])
        text = "a " + text if rng.random() < 0.8 else text
        tails = []
        if by["noun"]:
            tails.append(rng.choice(style.has) + self._joined(by["noun"]))
        if by["worn"]:
            tails.append(rng.choice(style.wears) + self._joined(by["worn"]))
        tails += [rng.choice((" ", ", ", ", ")) + self._joined([p]) for p in by["doing"]]
        tails += [rng.choice((" who is also a ", ", a ")) + p.text for p in people[1:]]
        rng.shuffle(tails)
        tails += [rng.choice((" ", " ", ", ")) + p for p in by["place"]]
        request = rng.choice(style.requests) if rng.random() < (0.25 if not self.held_out else 0.7) else ""
        return request + text + "".join(tails) + rng.choice(("", "", "", "."))

    def _joined(self, texts: list[str]) -> str:
        if len(texts) < 2:
            return "".join(texts)
        joint, last = (self.rng.choice(self.style.joints) for _ in range(2))
        return self.rng.choice((", ", ", ", joint)).join(texts[:-1]) + last + texts[-1]

    def _listed(self, parts: list[_Part], people: list[_Part]) -> str:
        """ "man, glasses, red hat, smiling" """
        texts = [self._bare(part.text) for part in parts]
        if not people and self.rng.random() < 0.45:
            texts.insert(0, self._bare(self.person))
        return self.rng.choice(self.style.commas).join(texts)

    def _soup(self, parts: list[_Part], people: list[_Part]) -> str:
        """ "glasses red hat man smiling" """
        texts = [self._bare(part.text) for part in parts]
        if not people and self.rng.random() < 0.4:
            texts.insert(self.rng.choice((0, len(texts))), self.person)
        return " ".join(texts)

    def _sentences(self, parts: list[_Part], people: list[_Part]) -> str:
        """ "She has red hair. She is smiling. The background is pink." """
        rng, said = self.rng, []
        they = self.pronoun if self.pronoun in ("he", "she") else rng.choice(("it", "this person", "he", "she", "the face"))
        if rng.random() < 0.5 or people:
            said.append(rng.choice(self.style.openings) + self.person)
        for part in parts:
            if part in people[:1]:
                continue
            options = {"noun": self.style.has_sentence, "worn": self.style.wears_sentence}.get(part.form, self.style.is_sentence)
            if part.form in ("doing", "place", "person"):
                options = ("{it}", "{they} is {it}") if part.form == "doing" else ("{it}",)
            said.append(rng.choice(options).format(they=they, it=part.text.replace("{their}", "their")))
        stop = rng.choice((". ", ". ", ", ", " and "))
        return stop.join(said) + rng.choice((".", ""))

    def _bare(self, text: str) -> str:
        return re.sub(r"^an? ", "", text) if self.rng.random() < 0.85 else text


def _articles(text: str) -> str:
    text = re.sub(r"\ba someone\b", "someone", text)
    vowel = r"(?=[aeioAEIO](?!ne\b))|(?=u(?!ni|sh))"
    return re.sub(rf"\b(a|A)n? (?=\w)({vowel})?", lambda found: found[1] + (" " if found[2] is None else "n "), text)


def _cased(text: str, rng: random.Random) -> str:
    style = rng.choices(("as is", "lower", "upper", "first", "title"), (40, 25, 6, 25, 4))[0]
    if style == "first":
        return text[:1].upper() + text[1:]
    return {"as is": text, "lower": text.lower(), "upper": text.upper(), "title": text.title()}[style]


def random_prompt(rng: random.Random) -> str:
    """A prompt like the captions of the training split, three slots or so about a face drawn from `prior`, without mistakes of typing."""
    row = random_row(rng)
    writer = _Writer(row, rng, "train")
    slots = _chosen(row, rng)[: rng.choice((2, 3, 3, 4, 5))]
    return writer.text(writer.parts(slots), plain=True)


def _narrowest(slot: str, value: str) -> Wording:
    fitting = [w for w in WORDINGS if w.slot == slot and value in w.values and w.phrases and w.form in ("noun", "worn")]
    return min(fitting, key=lambda w: (len(w.values), w.form != "noun"))


def canonical(values: Mapping[str, str]) -> str:
    """A plain caption that names exactly these slots and values, in the narrowest words there are: "a face with a red afro, a grin".

    Colours go to what they belong to, and stand alone where that is not named; the colour of the hat of a bare head is left out.
    Nothing named: "a face".
    """
    hat = values.get("top") in HATS
    colour_of = {"top": "hatColor" if hat else "hairColor", "clothing": "clothesColor"}
    if hat or "top" not in values:
        colour_of["facialHair"] = "hairColor"
    said, told = [], set() if hat or "top" not in values else {"hatColor"}
    for slot in ("skin", "top", "facialHair", "accessories", "eyes", "mouth", "eyebrows", "clothing"):
        if slot not in values:
            continue
        if slot == "skin":
            said.append(f"{values[slot]} skin")
            continue
        phrases = _narrowest(slot, values[slot]).phrases
        colour = colour_of.get(slot)
        phrase = next((text for text in phrases if "{c}" in text), phrases[0]) if colour in values else phrases[0]
        if colour in values and "{c}" in phrase:
            told.add(colour)
            phrase = phrase.replace("{c}", values[colour])
        said.append(phrase.replace("{c} ", "").replace("{their}", "the"))
    alone = {"hairColor": "{} hair", "hatColor": "a {} hat", "clothesColor": "{} clothes", "bg": "a {} background"}
    said += [text.format(values[slot]) for slot, text in alone.items() if slot in values and slot not in told]
    return _articles("a face with " + ", ".join(said)) if said else "a face"


_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def misspell(text: str, rng: random.Random, mistakes: int = 1) -> str:
    """`text` with typing mistakes, each in another word of five letters or more: a letter left out, doubled, swapped with its neighbour, or
    a neighbouring key hit. The first letter of a word stays. Texts without such words come back as they are."""
    words = [m.span() for m in re.finditer(r"[A-Za-z]{5,}", text)]
    for start, end in sorted(rng.sample(words, min(mistakes, len(words))), reverse=True):
        at = rng.randrange(start + 1, end - 1)
        kind = rng.choice(("omit", "double", "swap", "neighbour"))
        row = next((keys for keys in _KEYBOARD if text[at].lower() in keys), _KEYBOARD[0])
        near = row[max(0, min(len(row) - 1, row.find(text[at].lower()) + rng.choice((-1, 1))))]
        new = {"omit": "", "double": text[at] * 2, "swap": text[at + 1] + text[at], "neighbour": near}[kind]
        text = text[:at] + new + text[at + (2 if kind == "swap" else 1) :]
    return text
