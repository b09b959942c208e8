"""The twelve things that make a face: slots, and the values each can take."""

SLOTS: dict[str, tuple[str, ...]] = {
    "bg": ("gray", "lavender", "light blue", "mint", "peach", "pink", "white", "yellow"),
    "skin": ("brown", "dark", "light", "pale", "tan"),
    "hairColor": ("auburn", "black", "blond", "blue", "brown", "dark brown", "gray", "pink", "platinum", "red"),
    "top": (
        "bigHair", "bob", "bun", "curly", "curvy", "dreads", "dreads01", "dreads02", "frida", "frizzle", "fro", "froBand", "hat", "hijab",
        "longButNotTooLong", "miaWallace", "shaggy", "shaggyMullet", "shavedSides", "shortCurly", "shortFlat", "shortRound", "shortWaved",
        "sides", "straight01", "straight02", "straightAndStrand", "theCaesar", "theCaesarAndSidePart", "turban", "winterHat02",
        "winterHat03", "winterHat04", "winterHat1",
    ),
    "hatColor": ("black", "blue", "gray", "green", "navy blue", "orange", "pale blue", "pink", "purple", "red", "white", "yellow"),
    "eyes": (
        "closed", "cry", "default", "eyeRoll", "happy", "hearts", "side", "squint", "surprised", "wink", "winkWacky", "xDizzy",
    ),
    "mouth": (
        "concerned", "default", "disbelief", "eating", "grimace", "sad", "screamOpen", "serious", "smile", "tongue", "twinkle",
    ),
    "eyebrows": ("angry", "default", "raisedExcited", "sadConcerned", "unibrowNatural"),
    "facialHair": ("beardLight", "beardMajestic", "beardMedium", "moustacheFancy", "moustacheMagnum", "none"),
    "accessories": ("eyepatch", "kurt", "none", "prescription01", "prescription02", "round", "sunglasses", "wayfarers"),
    "clothing": (
        "blazerAndShirt", "blazerAndSweater", "collarAndSweater", "graphicShirt", "hoodie", "overall", "shirtCrewNeck", "shirtScoopNeck",
        "shirtVNeck",
    ),
    "clothesColor": ("black", "blue", "gray", "green", "navy blue", "orange", "pale blue", "pink", "purple", "red", "white", "yellow"),
}  # fmt: skip
SIZES = tuple(len(values) for values in SLOTS.values())
TOTAL = sum(SIZES)  # 132
OVER_THE_CLOTHES = ("hijab", "dreads")  # a hijab and long dreadlocks hide what is worn below
OVER_THE_EYES = ("eyepatch", "kurt", "sunglasses", "wayfarers")  # hide one eye, or both more or less
HATS = ("hat", "hijab", "turban", "winterHat02", "winterHat03", "winterHat04", "winterHat1")


def one_hot_index(row: dict[str, str]) -> list[int]:
    """For a row of attributes, the position of each slot's value in the 132-way vector; `ValueError` for a value no slot has."""
    start, index = 0, []
    for slot, values in SLOTS.items():
        index.append(start + values.index(row[slot]))
        start += len(values)
    return index
