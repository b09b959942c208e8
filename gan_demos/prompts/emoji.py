"""Emoji characters and emoticons -> words."""

import re
import unicodedata
from functools import cache

JOINER, PRESENTATION = "\u200d", "\ufe0f"
_TONES = dict(zip("🏻🏼🏽🏾🏿", ("pale", "light", "tan", "brown", "dark"), strict=True))
_PARTS = {"🦰": "red hair", "🦱": "curly hair", "🦲": "bald head", "🦳": "white hair", "♂": "man", "♀": "woman"}
# Where a name of the character database says something else than people see.
_NAMES = {
    "👴": "old man", "👵": "old woman", "🧓": "old person", "👳": "person with turban", "🧕": "woman with headscarf", "🧑": "person",
    "👱": "blond person", "🎅": "santa claus", "🤶": "mrs claus with white hair", "🧙": "wizard", "👨": "man", "👩": "woman", "👶": "baby",
    "😂": "laughing face", "🤣": "laughing face", "🥸": "face with glasses and moustache", "😎": "smiling face with sunglasses",
    "🤓": "smiling face with glasses", "😘": "winking face", "🥰": "smiling face with heart eyes", "❤": "heart", "💀": "skull",
    "😀": "grinning face", "😃": "grinning face", "😄": "grinning face with smiling eyes", "😁": "grinning face with smiling eyes",
    "🙂": "slightly smiling face", "😊": "smiling face with smiling eyes", "😉": "winking face", "😛": "face with tongue out",
    "😜": "winking face with tongue out", "😝": "face with tongue out", "🤪": "wacky winking face with tongue out",
    "😐": "neutral face", "😑": "expressionless face", "😶": "face", "🙄": "face with rolling eyes", "😏": "smirking face",
    "😬": "grimacing face", "😴": "sleeping face", "😪": "sleepy face", "😷": "face with a mask", "😵": "dizzy face", "🥴": "dizzy face",
    "🤯": "shocked face", "😮": "surprised face", "😯": "surprised face", "😲": "astonished face", "😳": "blushing face with wide eyes",
    "🥺": "pleading face with sad eyebrows", "😦": "face with open mouth", "😧": "anguished face", "😨": "scared face",
    "😰": "anxious face", "😥": "sad face", "😢": "crying face", "😭": "loudly crying face", "😱": "face screaming in fear",
    "😖": "upset face", "😣": "upset face", "😞": "disappointed face", "😟": "worried face", "🙁": "slightly frowning face",
    "☹": "frowning face", "😠": "angry face", "😡": "angry face", "🤬": "angry face", "😈": "evil smiling face", "👿": "angry devil",
    "🤢": "sick face", "😋": "face with tongue out", "😍": "smiling face with heart eyes", "😒": "annoyed face",
    "😔": "sad face with closed eyes", "😌": "smiling face with closed eyes", "😇": "smiling angel", "🤩": "excited face",
    "🥳": "happy partying face", "😩": "tired face", "😫": "tired face", "😤": "angry face", "🤨": "face with raised eyebrow",
    "🧐": "face with monocle", "🤠": "smiling face with cowboy hat", "👓": "glasses", "🕶": "sunglasses", "🎩": "hat",
    "👒": "wide-brimmed hat", "🧢": "cap", "🎓": "graduation cap", "👔": "shirt and tie", "👕": "t-shirt", "🧥": "jacket", "👁": "eye",
    "👀": "eyes looking to the side", "👅": "tongue out", "👄": "mouth", "🧔": "bearded person", "🏴‍☠": "pirate", "👨‍🦲": "bald man",
    "👩‍🦲": "bald woman", "🥲": "smiling face with tear", "😗": "face", "😙": "smiling face", "😚": "face with closed eyes",
    "😆": "laughing face with closed eyes", "😅": "grinning face", "🌸": "cherry blossom", "💇": "haircut", "🏴": "flag",
}  # fmt: skip
# Emoticons, only where they stand alone.
_EMOTICONS = {
    ":)": "smiling", ":-)": "smiling", "=)": "smiling", "(:": "smiling", ":(": "sad", ":-(": "sad", "=(": "sad", ";)": "winking",
    ";-)": "winking", ":d": "laughing", ":-d": "laughing", "xd": "laughing", ":p": "tongue out", ":-p": "tongue out",
    ";p": "winking, tongue out", ":o": "surprised", ":-o": "surprised", "o_o": "wide eyes", "o.o": "wide eyes", ":'(": "crying",
    ":’(": "crying", "t_t": "crying", ":/": "serious", ":|": "serious", ":-|": "serious", "-_-": "annoyed, closed eyes",
    "b)": "sunglasses", "8)": "glasses", "<3": "heart", "^^": "happy eyes", "^_^": "happy eyes", "x_x": "x eyes", ">:(": "angry",
}  # fmt: skip
_EMOTICON = re.compile(
    r"(?<!\S)(?:" + "|".join(re.escape(text) for text in sorted(_EMOTICONS, key=len, reverse=True)) + r")(?![^\s,.!])", re.I
)
_EMOJI = "\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3\U0001f004\U0001f0cf\u2640\u2642"
# One emoji as a person sees it: a character, its variation, tone and tags, joined to others by U+200D. Bounded, so that no text is slow.
_ONE = rf"[{_EMOJI}](?:{PRESENTATION}|[🏻-🏿]|[\U000e0020-\U000e007f])*"
_SEQUENCE = re.compile(rf"[\U0001f1e6-\U0001f1ff]{{2}}|{_ONE}(?:{JOINER}{_ONE}){{0,8}}|[0-9#*]{PRESENTATION}?\u20e3")


@cache
def name_words() -> frozenset[str]:
    """The words in the names of all emoji: none of them is a mistake, though a model may not know it ("popper" is no "pepper")."""
    names = " ".join(unicodedata.name(chr(code), "").lower() for code in range(0x1F300, 0x1FB00))
    return frozenset(re.findall("[a-z]{3,}", names))


def _name(character: str) -> str:
    if character in _NAMES:
        return _NAMES[character]
    name = unicodedata.name(character, "").lower()
    return "" if name.startswith(("variation selector", "tag ", "regional indicator", "emoji component")) else name


def _spoken(sequence: str) -> str:
    """One emoji in words; "" for one that this Python's character database does not know."""
    if "\U0001f1e6" <= sequence[0] <= "\U0001f1ff":
        return "flag"
    if sequence[0] in "0123456789#*":
        return sequence[0]
    plain = sequence.replace(PRESENTATION, "")
    tones = [f"{_TONES[character]} skin" for character in plain if character in _TONES][:1]
    plain = "".join(character for character in plain if character not in _TONES)
    if not plain:  # a tone by itself
        return tones[0]
    if plain in _NAMES:
        names = [_NAMES[plain]]
    else:
        first, *others = plain.split(JOINER)
        names = [_name(first[:1]), *(_PARTS.get(other[:1]) or _name(other[:1]) for other in others)]
    parts = [name for name in dict.fromkeys(names) if name]
    people = [name for name in parts[1:] if name in ("man", "woman")]  # "bearded person", "woman": "bearded woman"
    if people:
        parts = [re.sub(r"\b(person|man|woman)\b", people[0], parts[0]), *(name for name in parts[1:] if name not in people)]
    return " with ".join(parts + tones) if parts else ""


def emoji_to_words(text: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    """`text` with its emoji and emoticons in words, set off by commas; what was read as what; and the emoji no name is known for.

    An emoji that repeats at once is said once.
    """
    read: dict[str, str] = {}
    unknown: dict[str, None] = {}

    def say(found: re.Match) -> str:
        spoken = _spoken(found[0])
        if not spoken:
            unknown[found[0]] = None
            return " "
        read[found[0]] = spoken
        return f", {spoken}, "

    out, last, end = [], "", 0
    for found in _SEQUENCE.finditer(text):
        between = text[end : found.start()]
        again = found[0] == last and not between.strip()
        out += [between, " " if again else say(found)]
        last, end = found[0], found.end()
    text = "".join(out) + text[end:]

    def emote(found: re.Match) -> str:
        read[found[0]] = _EMOTICONS[found[0].lower()]
        return f", {read[found[0]]}, "

    text = _EMOTICON.sub(emote, text)
    return text, list(read.items()), list(unknown)
