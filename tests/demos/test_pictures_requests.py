"""What the pictures' endpoints refuse, with which sentence, what text of any kind they take, and how prompts are read."""

import numpy as np
import pytest
import torch

from gan_demos import application, media
from gan_demos.data import images
from gan_demos.demo import prepare, replay, run
from gan_demos.demos.pictures import DEMO, networks, reading, requests, subjects
from gan_demos.demos.pictures.vocabulary import CHOICE_TITLES, MODEL_TITLES, MODELS, STYLE_CHOICES, STYLE_TITLES, STYLES
from gan_demos.errors import RecipeError, UserError

LABELS = ("cat", "octopus", "smiling face with sunglasses", "rocket", "heart with arrow", "elephant", "OK hand")
EMOJI = ("🐈", "🐙", "😎", "🚀", "💘", "🐘", "👌")
WORDS = frozenset("red firefox flat tire blue google house halt happy script alert moon dinosaur with the on".split())
NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


def read(prompt: str) -> reading.Reading:
    return reading.read(prompt, LABELS, WORDS, EMOJI)


# What is refused


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
        ({"seed": NAN}, "Seed must be a whole number"),
        ({"seed": 1.5}, "Seed must be a whole number"),
        ({"count": 0}, "Count must be a whole number between 1 and 16"),
        ({"count": 17}, "Count must be a whole number between 1 and 16"),
        ({"candidates": 0}, "Candidates must be a whole number between 1 and 32"),
        ({"candidates": 33}, "Candidates must be a whole number between 1 and 32"),
        ({"style": "crayon"}, "Style must be one of auto, noto, "),
        ({"style": None}, "Style must be one of"),
        ({"model": "DALL-E"}, r"Model must be one of ClipGAN, StackGAN\+\+, AttnGAN"),
        ({"scorer": "a\x00"}, "Scorer must be plain text"),
        ({"truncation": 1}, "no parameter 'truncation'"),
    ],
)
def test_bad_input_gets_a_sentence_before_anything_is_computed(parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, "pictures", {"prompt": "cat", **parameters}, engine=None)


@pytest.mark.parametrize(
    "endpoint, parameters, sentence",
    [
        ("guide", {"steps": 0}, "Steps must be a whole number between 1 and 200"),
        ("guide", {"steps": 201}, "Steps must be a whole number between 1 and 200"),
        ("guide", {"strength": 1.01}, "Strength must be a number between 0 and 1"),
        ("guide", {"strength": NAN}, "Strength must be a number"),
        ("guide", {"base": "no latent"}, "Base must be empty, or the latent of a picture"),
        ("guide", {"base": "AAA"}, "Base must be"),
        ("guide", {"base": "AA=="}, "Base must be"),
        ("guide", {"base": "A" * 16_388}, "Base must be"),
        ("guide", {"base": 3}, "Base must be"),
        ("more", {"amount": 1.1}, "Amount must be a number between 0 and 1"),
        ("more", {"first": 0}, "First must be a whole number"),
        ("more", {"base": requests.encode_latent(np.array([1.0, INF]))}, "Base must be"),
        ("more", {"base": requests.encode_latent(np.array([1.0, NAN]))}, "Base must be"),
        ("more", {"base": requests.encode_latent(np.array([1.0, 30_000.0]))}, "Base must be"),
        ("mix", {"weight": -0.1}, "Weight must be a number between 0 and 1"),
        ("mix", {"steps": 10}, "Steps must be a whole number between 2 and 9"),
        ("mix", {"other": "x" * 10_001}, "Other prompt must be plain text"),
        ("walk", {"frames": 23}, "Frames must be a whole number between 24 and 48"),
        ("walk", {"stops": 7}, "Pictures must be a whole number between 2 and 6"),
        ("stages", {"model": "ClipGAN"}, r"Model must be one of StackGAN\+\+, AttnGAN"),
        ("nearest", {"count": 13}, "Count must be a whole number between 1 and 12"),
        ("attention", {"model": "AttnGAN"}, "no parameter 'model'"),
        ("understand", {"prompt": ["cat"]}, "Prompt must be plain text"),
    ],
)
def test_bad_input_of_the_other_endpoints(endpoint, parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, endpoint, {"prompt": "cat", **parameters}, engine=None)


def test_a_recipe_that_would_not_fit_is_refused_before_anything_is_computed(debug):
    with pytest.raises(RecipeError, match="make the request smaller"):
        run(DEMO, "pictures", {"prompt": "🐈" * 10_000}, engine=None)


def test_a_recipe_of_another_clip_is_refused(debug, own_engine, monkeypatch):
    with pytest.raises(UserError, match="Scorer: 'ViT-B-32/openai' is asked for, and here 'clip-small' is used"):
        run(DEMO, "guide", {"prompt": "cat", "scorer": "ViT-B-32/openai"}, engine=None)
    sheet = run(DEMO, "pictures", {"prompt": "cat", "count": 2}, own_engine).artefacts[-1]
    monkeypatch.setenv("GAN_DEMOS_CLIP", "ViT-B-32/openai")
    with pytest.raises(UserError, match="'clip-small' is asked for, and here 'ViT-B-32/openai' is used: start the app without GAN_"):
        replay(media.read_recipe(sheet.data), [DEMO], engine=None)


def test_no_path_of_the_machine_gets_into_a_recipe(debug, monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_DEMOS_CLIP", str(tmp_path))
    context, _ = prepare(DEMO, "guide", {"prompt": "cat"}, engine=None)
    assert subjects.with_scorer(context, "").recipe.parameters["scorer"] == tmp_path.name


# What is taken


@pytest.mark.parametrize(
    "prompt",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "رجل ذو لحية",
        "שלום \u202e\u200f אדום",
        "the of and a",
        "🐈🚀",
        "   \n\t ",
        "a cat " * 1_666,
        "ж" * 10_000,
        "a" * 10_000,
        "../../etc/passwd",
        "{0} %s ${HOME}",
    ],
)
def test_any_text_gives_a_picture_and_keeps_out_of_file_names(debug, own_engine, prompt):
    result = run(DEMO, "pictures", {"prompt": prompt, "count": 2, "candidates": 1}, own_engine)
    assert [artefact.file_name for artefact in result.artefacts] == ["picture-seed-0.png", "picture-seed-1.png", "pictures-seed-0.png"]
    assert media.read_recipe(result.artefacts[0].data).parameters["prompt"] == prompt
    assert all(len(note) < 400 for note in result.values["notes"])


@pytest.mark.parametrize("prompt", ["", "   ", "the of and a", "please draw something", "!?", "\u200b\u200f", "שלום"])
def test_where_nothing_is_named_the_seed_chooses_a_known_concept_and_says_so(debug, own_engine, prompt):
    values = run(DEMO, "pictures", {"prompt": prompt, "count": 4, "candidates": 1}, own_engine).values
    known = DEMO.debug["pictures-memory"][2]["labels"]
    drawn = [picture["prompt"] for picture in values["pictures"]]
    assert values["prompt"] == "" and set(drawn) <= set(known) and len(set(drawn)) > 1
    assert any("the seed chooses" in note and f"“{drawn[0]}”" in note for note in values["notes"])


def test_words_that_name_nothing_are_told_apart_from_no_words():
    assert "These words name nothing that can be drawn." in read("the of and a").notes
    assert read("").notes == ()


def test_limits_and_names_are_those_that_are_told():
    schema = DEMO.endpoints["pictures"].schema()["properties"]
    assert schema["prompt"]["maxLength"] == requests.MAX_PROMPT == 10_000
    assert (schema["count"]["minimum"], schema["count"]["maximum"]) == (1, 16)
    assert schema["style"]["enum"] == ["auto", *STYLES, "surprise"] and schema["style"]["default"] == "auto"
    assert STYLES == images.EMOJI_STYLES, "the order of the styles is that of the generators' weights"
    assert set(CHOICE_TITLES) == set(STYLE_CHOICES) and set(STYLE_TITLES) == set(STYLES) and set(MODEL_TITLES) == set(MODELS)


def test_a_latent_survives_as_text():
    latent = np.linspace(-7, 7, 257).astype(np.float32)
    text = requests.encode_latent(latent)
    np.testing.assert_allclose(requests.decode_latent(text), latent, atol=4e-3)
    assert requests.encode_latent(requests.decode_latent(text)) == text


def test_the_latents_of_our_models_fit():
    with torch.device("meta"):
        widths = [network().latent_width for network in (networks.ClipGAN, networks.StackGAN, networks.AttnGAN)]
    assert len(requests.encode_latent(np.zeros(max(widths)))) <= requests.MAX_BASE


def test_the_base_of_another_model_is_refused_in_words(debug, own_engine):
    with pytest.raises(UserError, match="Base has 3 numbers, where this model draws from [0-9]+: it comes from another model"):
        run(DEMO, "guide", {"prompt": "cat", "base": requests.encode_latent(np.zeros(3))}, own_engine)


# How prompts are read


@pytest.mark.parametrize(
    "prompt, text, style",
    [
        ("cat", "cat", None),
        ("a cat, openmoji style", "a cat", "openmoji"),
        ("3d cat", "cat", "fluent-3d"),
        ("a cat in 3-D", "a cat", "fluent-3d"),
        ("cat in the style of google", "cat", "noto"),
        ("twitter style rocket", "rocket", "twemoji"),
        ("blob style cat", "cat", "noto-v1"),
        ("old noto rocket", "rocket", "noto-v1"),
        ("fluent flat heart with arrow", "heart with arrow", "fluent-emoji-flat"),
        ("Fluent 3D rocket", "rocket", "fluent-3d"),
        ("cat as an Emoji One icon", "cat", "emojione"),
        ("first emojione cat", "cat", "emojione-v1"),
        ("rocket drawn like fxemoji", "rocket", "fxemoji"),
        ("openmoji", "", "openmoji"),
        # words that only look like a style
        ("a red firefox", "a red firefox", None),
        ("flat tire", "flat tire", None),
        ("google house", "google house", None),
        # what is said about drawing
        ("please draw me a picture of a rocket", "a rocket", None),
        ("can you draw a cat please", "a cat", None),
        ("an emoji of an octopus", "an octopus", None),
        ("cat emoji", "cat", None),
        # mistakes
        ("octpous", "octopus", None),
        ("an elefant", "an elephant", None),
        ("a dinosuar", "a dinosaur", None),
        ("a blue blob", "a blue blob", None),
        ("party popper", "party popper", None),  # the name of an emoji that the model does not know
        ("cat, old blob style", "cat", "noto-v1"),
        # emoji
        ("🐙", "octopus", None),
        ("🐘🚀", "elephant, rocket", None),
        ("a happy 😎", "a happy, smiling face with sunglasses", None),
        # markup stays text
        ("<script>alert(1)</script>", "<script>alert(1)</script>", None),
    ],
)
def test_a_prompt_is_read_as_what_is_to_be_drawn(prompt, text, style):
    got = read(prompt)
    assert (got.text, got.style) == (text, style)


def test_what_was_read_otherwise_is_said():
    assert read("octpous").corrected == (("octpous", "octopus"),)
    assert "I read “octpous” as “octopus”." in read("octpous").notes
    assert any("🐙 as “octopus”" in note for note in read("🐙 and a cat").notes)
    assert "The prompt names the style OpenMoji." in read("openmoji cat").notes


def test_the_style_of_the_prompt_is_taken_unless_one_is_chosen(debug, own_engine):
    def style(**parameters) -> str:
        return run(DEMO, "pictures", {"count": 1, "candidates": 1, **parameters}, own_engine).values["pictures"][0]["style"]

    assert style(prompt="cat") == "fluent-emoji-flat"
    assert style(prompt="openmoji cat") == "openmoji"
    assert style(prompt="openmoji cat", style="noto") == "noto"
