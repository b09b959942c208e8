"""Recipes as short text for the end of an address: whoever opens it makes the same result.

What follows the # of an address is never sent to a server, so a link tells nobody but the one who gets it, however long it is.
"""

import base64
import binascii
import re
import zlib

from gan_demos.errors import RecipeError
from gan_demos.recipes import MAX_BYTES, Recipe

KEY = "r"  # an address ends with #r=…
MAX_TEXT = 4 * MAX_BYTES // 3 + 64
DAMAGED = "This link is damaged: perhaps its end was cut off. Ask for it again, or for the file itself."


def pack(recipe: Recipe) -> str:
    """The recipe as letters, digits, - and _ alone. `RecipeError` for one beyond its own limit of bytes."""
    packed = zlib.compress(recipe.to_json().encode("ascii"), 9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def unpack(text: str) -> Recipe:
    """The recipe in what `pack` gave. `RecipeError` for anything else; of what would unfold into more than a recipe only that much is
    unfolded."""
    if not isinstance(text, str) or len(text) > MAX_TEXT or not re.fullmatch("[A-Za-z0-9_-]+", text):
        raise RecipeError(DAMAGED)
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unfolding = zlib.decompressobj()
        data = unfolding.decompress(packed, MAX_BYTES + 1)
    except (binascii.Error, zlib.error):
        raise RecipeError(DAMAGED) from None
    if len(data) <= MAX_BYTES and not unfolding.eof:
        raise RecipeError(DAMAGED)
    return Recipe.from_json(data)
