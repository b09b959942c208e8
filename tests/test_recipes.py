import json
import random

import pytest

from gan_demos.errors import RecipeError
from gan_demos.recipes import MAX_BYTES, Recipe

SHA = "0123456789abcdef" * 4
GOOD = {
    "demo": "sound",
    "endpoint": "clip",
    "parameters": {"seed": 7},
    "checkpoints": {"wavegan-digits": SHA},
    "version": "0.1.0",
    "format": 1,
}


def random_value(rng, depth=0):
    kind = rng.randrange(7 if depth < 3 else 5)
    if kind == 0:
        return rng.choice([True, False, None])
    if kind == 1:
        return rng.randrange(-(2**63), 2**63)
    if kind == 2:
        return rng.uniform(-1e300, 1e300)
    if kind in (3, 4):
        return "".join(chr(rng.choice([0, 10, 34, 92, 0xE9, 0x20AC, 0x1F600, rng.randrange(1, 0xD800)])) for _ in range(rng.randrange(12)))
    if kind == 5:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {str(index) + "ключ": random_value(rng, depth + 1) for index in range(rng.randrange(4))}


def random_recipe(seed):
    rng = random.Random(seed)
    return Recipe("sound", "clip", {f"p{i}": random_value(rng) for i in range(rng.randrange(6))}, {"wavegan-digits": SHA}, "0.1.0")


@pytest.mark.parametrize("seed", range(50))
def test_a_recipe_survives_json_and_gives_the_same_text(seed):
    recipe = random_recipe(seed)
    text = recipe.to_json()
    assert Recipe.from_json(text) == Recipe.from_json(text.encode()) == recipe
    assert text.isascii() and "\n" not in text and "\0" not in text


def test_equal_recipes_give_equal_text_whatever_the_order():
    one = Recipe("sound", "clip", {"a": 1, "b": {"x": 1, "y": 2}}, {}, "0.1.0").to_json()
    two = Recipe("sound", "clip", {"b": {"y": 2, "x": 1}, "a": 1}, {}, "0.1.0").to_json()
    parameters = '{"a":1,"b":{"x":1,"y":2}}'
    assert one == two == '{"checkpoints":{},"demo":"sound","endpoint":"clip","format":1,"parameters":' + parameters + ',"version":"0.1.0"}'


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("\ud800", "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        ("[" * 60_000, "not valid JSON"),
        ("9" * 6000, "not valid JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"format": NaN}', "NaN is not a number"),
        ('{"x": -Infinity}', "-Infinity is not a number"),
        (" " * (MAX_BYTES + 1), "at most"),
        ("€" * (MAX_BYTES // 2), "at most"),  # counted in bytes, not in characters
    ],
)
def test_text_that_is_no_recipe_is_refused(text, says):
    with pytest.raises(RecipeError, match=says):
        Recipe.from_json(text)


@pytest.mark.parametrize("field", list(GOOD))
def test_every_field_is_needed(field):
    with pytest.raises(RecipeError, match=f"has no '{field}'"):
        Recipe.from_json(json.dumps({key: value for key, value in GOOD.items() if key != field}))


@pytest.mark.parametrize(
    "change, says",
    [
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"format": 2}, "format 2"),
        ({"format": True}, "format True"),
        ({"format": "1"}, "format '1'"),
        ({"demo": 3}, "demo is not a name"),
        ({"demo": "../x"}, "demo is not a name"),
        ({"endpoint": ""}, "endpoint is not a name"),
        ({"version": None}, "version"),
        ({"version": "new"}, "version"),
        ({"version": "9" * 5000}, "version"),
        ({"parameters": []}, "parameters are not an object"),
        ({"parameters": {"x": [[[[[1]]]]]}}, "nested more than 4 deep"),
        ({"parameters": {"x": 10**30}}, "too large"),
        ({"checkpoints": []}, "checkpoints are not an object"),
        ({"checkpoints": {"../x": SHA}}, "is not a name with a sha256"),
        ({"checkpoints": {"x": SHA.upper()}}, "is not a name with a sha256"),
        ({"checkpoints": {"x": 5}}, "is not a name with a sha256"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(change, says):
    with pytest.raises(RecipeError, match=says):
        Recipe.from_json(json.dumps(GOOD | change))


def test_a_number_that_overflows_to_infinity_is_refused():
    with pytest.raises(RecipeError, match="not finite"):
        Recipe.from_json(json.dumps(GOOD).replace("7", "1e999"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), (1, 2), {1: 2}, b"x", object(), {1, 2}])
def test_a_recipe_cannot_be_made_with_what_json_has_no_word_for(value):
    with pytest.raises(RecipeError):
        Recipe("sound", "clip", {"x": value}, {}, "0.1.0")


def test_a_recipe_that_is_too_long_is_refused_when_written():
    with pytest.raises(RecipeError, match="make the request smaller"):
        Recipe("sound", "clip", {"x": "a" * MAX_BYTES}, {}, "0.1.0").to_json()


@pytest.mark.parametrize("version", ["0.2.0", "7.0.1", "1.0.0rc1", "3"])
def test_other_versions_can_be_read(version):
    assert Recipe.from_json(json.dumps(GOOD | {"version": version})).major == int(version[0])
