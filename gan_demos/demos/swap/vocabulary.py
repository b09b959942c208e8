"""The names that requests and results use: models, slots, and the domains that each slot can be swapped to."""

FACES, EMOJI = "faces", "emoji"
MODELS = {FACES: "swap-avatars", EMOJI: "swap-emoji"}  # and their checkpoints
MODEL_TITLES = {FACES: "Cartoon faces", EMOJI: "Emoji"}
KINDS = {FACES: "cartoon face", EMOJI: "emoji"}

DOMAINS: dict[str, dict[str, tuple[str, ...]]] = {
    FACES: {
        "hair": ("auburn", "black", "blond", "blue", "brown", "dark brown", "gray", "pink", "platinum", "red"),
        "skin": ("pale", "light", "tan", "brown", "dark"),
        "glasses": ("none", "glasses", "sunglasses"),
        "beard": ("none", "beard", "moustache"),
        "hat": ("none", "hat"),
        "mouth": ("smile", "serious", "sad", "tongue"),
        "eyes": ("plain", "surprised", "tears", "hearts", "wink"),
    },
    EMOJI: {"style": ("noto", "twemoji", "fluent-emoji-flat", "fluent-3d", "openmoji")},
}  # fmt: skip
SIZES = {model: tuple(map(len, slots.values())) for model, slots in DOMAINS.items()}
COUNTS = {model: sum(sizes) for model, sizes in SIZES.items()}  # 32 and 5: a grid of all is one batch of the engine
SLOTS = tuple(slot for slots in DOMAINS.values() for slot in slots)

SLOT_TITLES = {
    "hair": "Hair colour", "skin": "Skin", "glasses": "Glasses", "beard": "Beard", "hat": "Hat", "mouth": "Mouth", "eyes": "Eyes",
    "style": "Style",
}  # fmt: skip
NONE = {"glasses": "no glasses", "beard": "no beard", "hat": "no hat"}
_TITLES = {
    ("glasses", "glasses"): "round glasses",
    ("beard", "beard"): "full beard",
    ("beard", "moustache"): "curled moustache",
    ("hat", "hat"): "red hat",
    ("mouth", "tongue"): "tongue out",
    ("eyes", "plain"): "plain eyes",
    ("eyes", "tears"): "a tear",
    ("eyes", "hearts"): "heart eyes",
    ("style", "noto"): "Noto",
    ("style", "twemoji"): "Twemoji",
    ("style", "fluent-emoji-flat"): "Fluent flat",
    ("style", "fluent-3d"): "Fluent 3D",
    ("style", "openmoji"): "OpenMoji",
}


def title(slot: str, value: str) -> str:
    """A domain as a person reads it: "red hair", "no beard", "Twemoji"."""
    if value == "none":
        return NONE[slot]
    return _TITLES.get((slot, value)) or (f"{value} {slot}" if slot in ("hair", "skin") else value)


def every(model: str) -> list[tuple[str, str]]:
    """All domains of a model, (slot, value), in the order of the network's label."""
    return [(slot, value) for slot, values in DOMAINS[model].items() for value in values]
