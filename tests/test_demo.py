import dataclasses
import json

import numpy as np
import pytest

from gan_demos import checkpoints, demo, media
from gan_demos.errors import CheckpointError, RecipeError, UserError
from gan_demos.parameters import REQUIRED, check_request, flag, integer, number, plain, schema, seed, text
from tests import toy
from tests.toy import DEMO, ToneRequest


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    monkeypatch.delenv(checkpoints.DEBUG_VARIABLE, raising=False)
    toy.save(tmp_path / toy.NAME)
    return toy.DirectEngine(DEMO.networks, DEMO.debug)


@dataclasses.dataclass(frozen=True)
class Other:
    count: int = integer(REQUIRED, 1, 9, label="Number of clips")
    mute: bool = flag(False)
    free: tuple[float, ...] = (0.5,)
    words: dict[str, float] = dataclasses.field(default_factory=dict)
    size: int = dataclasses.field(default=2, metadata={"choices": (2, 4, 8)})
    tiny: float = number(0.0, -1e-3, 1e-3)


# Parameters


@pytest.mark.parametrize(
    "name, given, kept",
    [
        ("seed", 7, 7),
        ("seed", 7.0, 7),
        ("seed", "7", 7),
        ("seed", " 4294967295 ", 2**32 - 1),
        ("seed", np.int64(5), 5),
        ("loudness", 1, 1.0),
        ("loudness", "0.25", 0.25),
        ("loudness", "5e-1", 0.5),
        ("loudness", np.float32(0.5), 0.5),
        ("loudness", -0.0, 0.0),
        ("voice", "high", "high"),
        ("sliders", [1, "2"], (1.0, 2.0)),
        ("rows", [[0, 0, 0, 0], [1, 1, 1, 1]], ((0, 0, 0, 0), (1, 1, 1, 1))),
        ("title", "a\nž 🥁", "a\nž 🥁"),
    ],
)
def test_values_are_taken_in_the_forms_that_widgets_and_json_give(name, given, kept):
    value = getattr(check_request(ToneRequest, {name: given}), name)
    assert value == kept and type(value) is type(kept)
    assert str(value) == str(kept)  # 0.0 and -0.0 are equal, but not the same recipe


SEED = "Seed must be a whole number between 0 and 4294967295; got "


@pytest.mark.parametrize(
    "name, given, says",
    [
        ("seed", "abc", SEED + "'abc'."),
        ("seed", 10**30, SEED + "1000000000000000000000000000000."),
        pytest.param("seed", 10**5000, SEED + "something too long to show.", id="digits"),
        pytest.param("sliders", [10**5000, 0], "Sliders must be a list of 2 numbers", id="digits-inside"),
        ("seed", "9" * 5000, SEED + "'99999999"),
        ("seed", "1" + "0" * 30, SEED),
        ("seed", "1e5", SEED + "'1e5'."),
        ("seed", "", SEED + "''."),
        ("seed", -1, SEED + "-1."),
        ("seed", 2**32, SEED + "4294967296."),
        ("seed", 1.5, SEED + "1.5."),
        ("seed", True, SEED + "True."),
        ("seed", None, SEED + "None."),
        ("seed", float("nan"), SEED + "nan."),
        ("seed", float("inf"), SEED + "inf."),
        ("seed", 1e300, SEED + "1e+300."),
        ("seed", [1], SEED + "[1]."),
        ("loudness", "loud", "Loudness must be a number between 0 and 1; got 'loud'."),
        ("loudness", "nan", "Loudness must be a number"),
        ("loudness", "1e999", "Loudness must be a number"),
        ("loudness", "1_0", "Loudness must be a number"),
        ("loudness", float("nan"), "Loudness must be a number"),
        ("loudness", 10**400, "Loudness must be a number"),
        ("loudness", True, "Loudness must be a number"),
        ("loudness", 1.0001, "Loudness must be a number between 0 and 1; got 1.0001."),
        ("loudness", 1 + 2j, "Loudness must be a number"),
        ("voice", "mid", "Voice must be one of low, high; got 'mid'."),
        ("voice", None, "Voice must be one of low, high; got None."),
        ("sliders", [0], "Sliders must be a list of 2 numbers between -3 and 3; got [0]."),
        ("sliders", [0, 3.5], "Sliders must be a list of 2 numbers"),
        ("sliders", [0, float("nan")], "Sliders must be a list of 2 numbers"),
        ("sliders", "00", "Sliders must be a list of 2 numbers"),
        ("rows", [[0, 1], [1, 0]], "Drum pattern must be 2 rows of 4 zeros or ones; got [[0, 1], [1, 0]]."),
        ("rows", None, "Drum pattern must be 2 rows"),
        ("title", "x" * 41, "Title must be plain text of at most 40 characters; got 'xxx"),
        ("title", 5, "Title must be plain text"),
        ("title", "\ud800", "Title must be plain text"),
        ("title", "a\0b", "Title must be plain text"),
        ("repeats", 9, "Number of repeats must be a whole number between 1 and 8; got 9."),
        ("tempo", 1, "There is no parameter 'tempo': the parameters are seed, loudness,"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(name, given, says):
    with pytest.raises(UserError) as caught:
        check_request(ToneRequest, {name: given})
    message = str(caught.value)
    assert message.startswith(says) and message.endswith(".") and len(message) < 250


@pytest.mark.parametrize("given", [None, [], "seed", 5])
def test_parameters_that_are_no_object_are_refused(given):
    with pytest.raises(UserError, match="must be an object"):
        check_request(ToneRequest, given)


def test_a_parameter_without_a_default_is_missed_by_its_label():
    with pytest.raises(UserError, match="Number of clips is missing: it must be a whole number between 1 and 9."):
        check_request(Other, {})


@pytest.mark.parametrize(
    "given, says",
    [
        ({"mute": 1}, "Mute must be true or false; got 1."),
        ({"mute": "yes"}, "Mute must be true or false"),
        ({"free": [1] * 5000}, "Free must be a list of numbers"),
        ({"words": []}, "Words must be an object"),
        ({"words": {"a": "x"}}, "Words must be an object"),
        ({"words": {1: 1}}, "Words must be an object"),
        ({"size": 3}, "Size must be one of 2, 4, 8; got 3."),
        ({"tiny": 0.002}, "Tiny must be a number between -0.001 and 0.001; got 0.002."),
    ],
)
def test_other_kinds_of_parameters_are_checked_too(given, says):
    with pytest.raises(UserError) as caught:
        check_request(Other, {"count": 1} | given)
    assert str(caught.value).startswith(says)


def test_defaults_fill_in_and_plain_values_come_back_the_same():
    request = check_request(ToneRequest, {"seed": "3", "sliders": (1, 2)})
    values = json.loads(json.dumps(plain(request)))
    assert list(values) == [field.name for field in dataclasses.fields(ToneRequest)]
    assert values["rows"] == [[0, 1, 0, 1], [1, 0, 0, 0]] and values["loudness"] == 0.5
    assert check_request(ToneRequest, values) == request
    assert plain(check_request(Other, {"count": 1, "words": {"a": 1}}))["words"] == {"a": 1.0}


def test_a_field_that_nothing_could_check_is_found_when_it_is_declared():
    @dataclasses.dataclass(frozen=True)
    class Loose:
        anything: object = None

    with pytest.raises(TypeError, match="Loose.anything"):
        check_request(Loose, {})


def test_a_check_across_fields_may_speak_for_itself():
    @dataclasses.dataclass(frozen=True)
    class Pair:
        low: int = integer(0, 0, 9)
        high: int = integer(9, 0, 9)

        def __post_init__(self):
            if self.low > self.high:
                raise UserError("Low must not be above high.")

    with pytest.raises(UserError, match="Low must not be above high"):
        check_request(Pair, {"low": 5, "high": 4})


def test_the_schema_states_the_limits():
    facts = schema(ToneRequest)
    assert facts["required"] == [] and facts["additionalProperties"] is False
    assert facts["properties"]["seed"]["maximum"] == 2**32 - 1 and facts["properties"]["seed"]["type"] == "integer"
    assert facts["properties"]["voice"] == {"title": "Voice", "type": "string", "enum": ["low", "high"], "default": "low"}
    sliders = facts["properties"]["sliders"]
    assert (sliders["minItems"], sliders["maxItems"], sliders["items"]) == (2, 2, {"type": "number", "minimum": -3.0, "maximum": 3.0})
    assert facts["properties"]["rows"]["default"] == [[0, 1, 0, 1], [1, 0, 0, 0]]
    assert schema(Other)["required"] == ["count"]
    json.dumps(facts)


def test_a_default_that_is_a_list_is_not_shared():
    @dataclasses.dataclass(frozen=True)
    class Listed:
        values: list[float] = dataclasses.field(default_factory=list)
        title: str = text("")
        seed: int = seed()

    one, two = check_request(Listed, {}), check_request(Listed, {})
    assert one.values is not two.values


# Running


def test_run_gives_a_file_that_carries_the_complete_recipe(engine):
    result = demo.run(DEMO, "tone", {"seed": "11", "repeats": 2}, engine, owner="me")
    recipe = media.read_recipe(result.artefacts[0].data)
    assert (recipe.demo, recipe.endpoint) == ("toy", "tone")
    assert recipe.parameters == plain(ToneRequest(seed=11, repeats=2))
    assert recipe.checkpoints == {toy.NAME: checkpoints.digest(toy.NAME)}
    assert result.values == {"seconds": 64 / toy.RATE}
    assert engine.owners == ["me"]
    facts = demo.result_facts(result)["artefacts"]
    assert facts[0]["file"] == "tone.wav" and facts[0]["bytes"] == len(result.artefacts[0].data)


def test_what_run_starts_from_can_be_had_alone(engine):
    context, request = demo.prepare(DEMO, "tone", {"seed": "11", "repeats": 2}, engine, owner="me")
    assert request == ToneRequest(seed=11, repeats=2) and engine.owners == []
    assert DEMO.endpoints["tone"].run(context, request) == demo.run(DEMO, "tone", {"seed": 11, "repeats": 2}, engine)
    with pytest.raises(UserError, match="Seed must be"):
        demo.prepare(DEMO, "tone", {"seed": "x"}, engine)


def test_replay_makes_the_same_bytes(engine):
    first = demo.run(DEMO, "tone", {"seed": 5, "loudness": 0.25, "title": "š"}, engine)
    other = demo.run(DEMO, "tone", {"seed": 6, "loudness": 0.25, "title": "š"}, engine)
    again = demo.replay(media.read_recipe(first.artefacts[0].data), [DEMO], engine)
    assert again == first and other != first


def test_bad_parameters_are_found_before_any_checkpoint_is_touched(engine, tmp_path):
    (tmp_path / toy.NAME / "config.json").unlink()
    with pytest.raises(UserError, match="Seed must be"):
        demo.run(DEMO, "tone", {"seed": "x"}, engine)
    with pytest.raises(CheckpointError, match="python -m gan_demos train toy-tones"):
        demo.run(DEMO, "tone", {"seed": 1}, engine)
    assert engine.owners == []


def test_an_unknown_endpoint_is_refused(engine):
    with pytest.raises(UserError, match="Toy has no endpoint 'song': it has tone."):
        demo.run(DEMO, "song", {}, engine)


def test_an_endpoint_cannot_use_a_checkpoint_it_does_not_declare(engine):
    sly = dataclasses.replace(DEMO, endpoints={"tone": dataclasses.replace(DEMO.endpoints["tone"], checkpoints=())})
    with pytest.raises(LookupError, match="without declaring"):
        demo.run(sly, "tone", {}, engine)


def test_the_checkpoints_of_a_request_may_depend_on_it(engine):
    def uses(request):
        return (toy.NAME,) if request.voice == "low" else ("toy-missing",)

    picky = dataclasses.replace(DEMO, endpoints={"tone": dataclasses.replace(DEMO.endpoints["tone"], checkpoints=uses)})
    recipe = media.read_recipe(demo.run(picky, "tone", {"voice": "low"}, engine).artefacts[0].data)
    assert set(recipe.checkpoints) == {toy.NAME}
    with pytest.raises(CheckpointError, match="toy-missing"):
        demo.run(picky, "tone", {"voice": "high"}, engine)


def test_with_debug_on_the_debug_twin_runs_and_the_recipe_says_so(engine, monkeypatch):
    real = demo.run(DEMO, "tone", {}, engine)
    monkeypatch.setenv(checkpoints.DEBUG_VARIABLE, "1")
    result = demo.run(DEMO, "tone", {}, engine)
    recipe = media.read_recipe(result.artefacts[0].data)
    assert set(recipe.checkpoints) == {"debug-" + toy.NAME}
    assert result.values == {"seconds": 16 / toy.RATE} != real.values
    assert demo.replay(recipe, [DEMO], engine) == result
    monkeypatch.delenv(checkpoints.DEBUG_VARIABLE)
    with pytest.raises(RecipeError, match="debug-toy-tones"):
        demo.replay(recipe, [DEMO], engine)


# Replaying what cannot be replayed


def recipe_of(engine, **changes):
    return dataclasses.replace(media.read_recipe(demo.run(DEMO, "tone", {}, engine).artefacts[0].data), **changes)


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"version": "7.1.0"}, "This was made by version 7.1.0; this is "),
        ({"demo": "moon"}, "This was made by moon/tone, which this version does not have."),
        ({"endpoint": "song"}, "This was made by toy/song, which this version does not have."),
        ({"checkpoints": {}}, "does not say which weights of the model toy-tones"),
        ({"checkpoints": {toy.NAME: "0" * 64}}, "The model toy-tones has changed since this was made"),
        ({"checkpoints": {"moon": "0" * 64}}, "This was made with the model moon, which Toy does not have here."),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(engine, changes, says):
    recipe = recipe_of(engine, **changes)
    with pytest.raises(RecipeError) as caught:
        demo.replay(recipe, [DEMO], engine)
    assert says in str(caught.value)


def test_a_recipe_with_a_bad_parameter_is_refused(engine):
    with pytest.raises(UserError, match="Loudness must be"):
        demo.replay(recipe_of(engine, parameters={"loudness": 5}), [DEMO], engine)


def test_a_recipe_of_another_minor_version_is_replayed(engine):
    assert demo.replay(recipe_of(engine, version="0.99.3"), [DEMO], engine) == demo.run(DEMO, "tone", {}, engine)


def test_a_recipe_is_refused_after_its_model_was_trained_again(engine, tmp_path):
    recipe = recipe_of(engine)
    toy.save(tmp_path / toy.NAME, weight_seed=1)
    with pytest.raises(RecipeError, match="toy-tones has changed"):
        demo.replay(recipe, [DEMO], engine)


def test_a_recipe_whose_model_is_gone_names_the_command(engine, tmp_path):
    recipe = recipe_of(engine)
    (tmp_path / toy.NAME / "config.json").unlink()
    with pytest.raises(RecipeError, match="python -m gan_demos train toy-tones"):
        demo.replay(recipe, [DEMO], engine)
