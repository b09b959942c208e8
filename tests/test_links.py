"""Links: every recipe survives, and nothing else gets in."""

import base64
import random
import re
import zlib

import pytest

from gan_demos import links
from gan_demos.errors import RecipeError
from gan_demos.recipes import MAX_BYTES, Recipe


def recipe(**parameters) -> Recipe:
    return Recipe("faces", "faces", parameters, {"faces": "0" * 64}, "0.4.0")


@pytest.mark.parametrize("parameters", [{}, {"prompt": "<b>ß 🦊 \u202e</b>", "seed": 2**31}, {"steps": [{"hair": "red"}], "x": 0.1}])
def test_a_recipe_survives(parameters) -> None:
    text = links.pack(recipe(**parameters))
    assert re.fullmatch("[A-Za-z0-9_-]+", text)
    assert links.unpack(text) == recipe(**parameters)


def test_a_recipe_of_the_largest_size_survives() -> None:
    noise = base64.b64encode(random.Random(0).randbytes(MAX_BYTES * 3 // 4 - 300)).decode()
    large = recipe(picture=noise)
    assert MAX_BYTES - 500 < len(large.to_json()) <= MAX_BYTES
    assert links.unpack(links.pack(large)) == large


def test_a_link_that_was_cut_or_changed_is_refused() -> None:
    text = links.pack(recipe(prompt="a fox", seed=1))
    for cut in range(1, len(text)):
        with pytest.raises(RecipeError):
            links.unpack(text[:cut])
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        try:
            assert links.unpack(changed) == recipe(prompt="a fox", seed=1)  # the last letter may hold bits that nobody reads
        except RecipeError:
            pass


@pytest.mark.parametrize("text", ["", "=", "a b", "é", "A" * 200_000, "AAAA", "../../etc/passwd", None, 3, ["a"]])
def test_what_is_no_link_is_refused(text) -> None:
    with pytest.raises(RecipeError):
        links.unpack(text)


def test_a_bomb_is_not_unfolded() -> None:
    bomb = zlib.compress(b" " * (40 << 20), 9)
    with pytest.raises(RecipeError, match="bytes"):
        links.unpack(base64.urlsafe_b64encode(bomb).decode().rstrip("="))
