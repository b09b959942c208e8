"""What the faces' endpoints refuse, with which sentence, and what text of any kind they take."""

import pytest

from gan_demos import application, media
from gan_demos.demo import run
from gan_demos.demos.faces import DEMO, requests
from gan_demos.demos.faces.vocabulary import SLOTS
from gan_demos.errors import RecipeError, UserError

PROMPT = "bald man with a long gray beard"


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.mark.parametrize(
    "parameters, sentence",
    [
        ({"prompt": "a" * 10_001}, "Prompt must be plain text of at most 10000"),
        ({"prompt": "a\x07b"}, "Prompt must be plain text"),
        ({"prompt": "a\ud800b"}, "Prompt must be plain text"),
        ({"prompt": 7}, "Prompt must be plain text"),
        ({"prompt": None}, "Prompt must be plain text"),
        ({"seed": -1}, "Seed must be a whole number between 0 and 4294967295"),
        ({"seed": 2**32}, "Seed must be a whole number"),
        ({"seed": float("nan")}, "Seed must be a whole number"),
        ({"seed": 1.5}, "Seed must be a whole number"),
        ({"count": 0}, "Count must be a whole number between 1 and 16"),
        ({"count": 17}, "Count must be a whole number between 1 and 16"),
        ({"pins": {"nose": "big"}}, "Pins must be an object of slots and values"),
        ({"pins": {"bg": "green"}}, "Pins: bg has no value 'green'. It can be gray, lavender"),
        ({"pins": {"bg": None}}, "Pins: bg has no value 'None'"),
        ({"pins": {"bg": ["pink"]}}, "Pins: bg has no value"),
        ({"pins": {3: "pink"}}, "Pins must be"),
        ({"pins": "bg"}, "Pins must be"),
        ({"vary": "bg"}, "Vary must be a list of slots"),
        ({"vary": ["nose"]}, "Vary must be a list of slots"),
        ({"vary": [["bg"]]}, "Vary must be a list of slots"),
        ({"truncation": 1}, "no parameter 'truncation'"),
    ],
)
def test_bad_input_gets_a_sentence_before_anything_is_computed(parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, "faces", {"prompt": PROMPT, **parameters}, engine=None)


@pytest.mark.parametrize(
    "endpoint, parameters, sentence",
    [
        ("more", {"amount": 1.1}, "Amount must be a number between 0 and 1"),
        ("more", {"amount": float("nan")}, "Amount must be a number"),
        ("more", {"face": {"bg": "green"}}, "Face: bg has no value 'green'"),
        ("mix", {"weight": -0.1}, "Weight must be a number between 0 and 1"),
        ("mix", {"steps": 10}, "Steps must be a whole number between 2 and 9"),
        ("mix", {"other": "x" * 10_001}, "Other prompt must be plain text"),
        ("walk", {"frames": 23}, "Frames must be a whole number between 24 and 48"),
        ("walk", {"frames": 49}, "Frames must be a whole number between 24 and 48"),
        ("walk", {"stops": 1}, "Faces must be a whole number between 2 and 6"),
    ],
)
def test_bad_input_of_the_other_endpoints(endpoint, parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, endpoint, {"prompt": PROMPT, **parameters}, engine=None)


def test_a_recipe_that_would_not_fit_is_refused_before_anything_is_computed(debug):
    with pytest.raises(RecipeError, match="make the request smaller"):
        run(DEMO, "faces", {"prompt": "🧔" * 10_000}, engine=None)


@pytest.mark.parametrize(
    "prompt",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "رجل ذو لحية",
        "שלום \u202e\u200f אדום",
        "the of and a",
        "🧔🕶️",
        "   \n\t ",
        "red hair " * 1_111,
        "ж" * 10_000,
        "a" * 10_000,
        "../../etc/passwd",
    ],
)
def test_any_text_gives_a_face_and_keeps_out_of_file_names(debug, own_engine, prompt):
    result = run(DEMO, "faces", {"prompt": prompt, "count": 2}, own_engine)
    assert [artefact.file_name for artefact in result.artefacts] == ["face-seed-0.png", "face-seed-1.png", "faces-seed-0.png"]
    assert media.read_recipe(result.artefacts[0].data).parameters["prompt"] == prompt
    assert all(set(face["values"]) == set(SLOTS) for face in result.values["faces"])


def test_limits_are_those_that_are_told():
    schema = DEMO.endpoints["faces"].schema()["properties"]
    assert schema["prompt"]["maxLength"] == requests.MAX_PROMPT == 10_000
    assert (schema["count"]["minimum"], schema["count"]["maximum"], schema["count"]["default"]) == (1, 16, 4)
    assert schema["pins"]["default"] == {} and schema["vary"]["default"] == []
