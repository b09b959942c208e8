"""What a prompt means to the models: the nearest known concepts, several things in one prompt, unknown words, and what is said of it."""

import numpy as np
import pytest
import torch

from gan_demos import application, clip
from gan_demos.demo import prepare, run
from gan_demos.demos.pictures import DEMO, memory, understanding
from gan_demos.demos.pictures.memory import Known
from gan_demos.demos.pictures.understanding import SAME, THING, judge, parts_of, telling_words, unlisted_words, without

LABELS = DEMO.debug["pictures-memory"][2]["labels"]
THRESHOLD = 0.6


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def engine(debug, own_engine):
    return own_engine


@pytest.fixture
def knowing(engine, monkeypatch):
    """The engine, and a memory that holds the labels' true embeddings in place of the debug twin's random ones."""
    context, _ = prepare(DEMO, "understand", {"prompt": "cat"}, engine)
    texts = clip.encode_text(context, LABELS).sentence
    monkeypatch.setattr(memory.Memory, "forward", lambda self, sentence: sentence @ texts.T)
    return engine


def told(engine, prompt: str) -> dict:
    return run(DEMO, "understand", {"prompt": prompt}, engine).values


def near(label: str, similarity: float) -> list[Known]:
    return [Known(label, "", similarity), Known("something else", "", similarity / 2)]


# Through the models


def test_a_known_label_is_found_first_and_known(knowing):
    for label in LABELS:
        values = told(knowing, label)
        assert values["understood"]["concepts"][0]["label"] == label
        assert values["understood"]["concepts"][0]["similarity"] == pytest.approx(1, abs=1e-3)
        assert values["understood"]["known"] and values["understood"]["parts"] == [] and not values["notes"]


def test_the_five_nearest_concepts_come_nearest_first(knowing):
    concepts = told(knowing, "a red house")["understood"]["concepts"]
    similarities = [one["similarity"] for one in concepts]
    assert len(concepts) == 5 and similarities == sorted(similarities, reverse=True)
    assert all(one["emoji"] for one in concepts)


def test_several_known_things_are_told_with_the_words_that_name_them(knowing):
    values = told(knowing, "cat with rocket and ghost")
    assert [(part["words"], part["label"]) for part in values["understood"]["parts"]] == [
        ("cat", "cat"),
        ("rocket", "rocket"),
        ("ghost", "ghost"),
    ]
    assert any("one at a time" in note and "“rocket”" in note for note in values["notes"])


def test_words_that_nobody_knows_are_told_and_typing_mistakes_are_not_among_them(knowing, monkeypatch):
    monkeypatch.setattr(understanding, "STRANGE", 2.0)  # the debug twin's embeddings are all alike
    values = told(knowing, "bicylce zxcvbn")
    assert values["ignored"][0] == "zxcvbn" and "bicycle" in values["prompt"]
    assert values["understood"]["corrected"] == [["bicylce", "bicycle"]]
    assert any("I do not know “zxcvbn”" in note for note in values["notes"])


def test_a_word_in_no_list_that_is_near_a_concept_is_no_unknown_word(knowing, monkeypatch):
    monkeypatch.setattr(understanding, "STRANGE", -2.0)
    assert "zxcvbn" not in told(knowing, "zxcvbn cat")["ignored"]


def test_understanding_makes_no_file_and_agrees_with_the_pictures(engine):
    result = run(DEMO, "understand", {"prompt": "a cat with a rocket"}, engine)
    assert result.artefacts == ()
    drawn = run(DEMO, "pictures", {"prompt": "a cat with a rocket", "count": 1}, engine).values
    assert result.values == {key: drawn[key] for key in result.values}


def test_where_nothing_is_named_nothing_is_said_to_be_known(engine):
    values = told(engine, "the of and a")
    assert values["prompt"] == "" and values["understood"]["concepts"] == [] and values["ignored"] == []
    assert "Nothing is asked for: a surprise." in values["notes"]


def test_a_word_that_changes_nothing_is_told(engine, monkeypatch):
    """With an encoder that hears only the first word, the others change nothing."""

    def deaf(context, texts):
        rows = [torch.randn(256, generator=torch.Generator().manual_seed(sum(map(ord, text.split()[0])))) for text in texts]
        sentence = torch.nn.functional.normalize(torch.stack(rows), dim=1)
        return clip.TextFeatures(sentence, torch.zeros(len(texts), 48, 384), torch.ones(len(texts), 48, dtype=torch.bool))

    monkeypatch.setattr(understanding.clip, "encode_text", deaf)
    assert told(engine, "red house here tree")["ignored"] == ["house", "tree"]


def test_a_long_prompt_asks_for_a_bounded_number_of_texts(engine, monkeypatch):
    asked = []
    encode = clip.encode_text
    monkeypatch.setattr(understanding.clip, "encode_text", lambda context, texts: asked.append(len(texts)) or encode(context, texts))
    told(engine, ", ".join(f"red apple{'s' * (i % 2)} and {i} houses" for i in range(200)))
    assert asked[0] == 1 + understanding.MAX_PARTS + understanding.MAX_WORDS and sum(asked[1:]) <= understanding.MAX_WORDS + 1


def test_the_models_are_asked_once_about_a_text(engine, monkeypatch):
    asked, ask = [], engine.call_many
    monkeypatch.setattr(engine, "call_many", lambda model, items, **more: asked.extend(items) or ask(model, items, **more))
    first = told(engine, "a sleepy red bicycle")
    assert len(asked) >= 2
    del asked[:]
    assert told(engine, "a  sleepy red bicycle") == first and not asked


def test_what_the_text_tower_does_not_read_is_said():
    assert understanding.cut_off("a cat with a red apple!") == ""
    long = " ".join(f"cat {number}" for number in range(100))
    read_to = understanding.cut_off(long).split("“…")[1].split("”")[0]
    assert read_to in long and 20 < len(long.split(read_to)[0].split()) < 60


# What follows from what is near


def thing(text: str, label: str, similarity: float) -> tuple[str, Known]:
    return text, Known(label, "", similarity)


def test_a_prompt_that_is_one_concept_is_not_several():
    things = [thing("man", "man", 1.0), thing("tuxedo", "necktie", 0.9)]
    assert judge("man in tuxedo", near("man in tuxedo", SAME), things, THRESHOLD).parts == ()
    less = judge("man in tuxedo", near("man in tuxedo", SAME - 0.01), things, THRESHOLD)
    assert [(part, one.label) for part, one in less.parts] == [("man", "man"), ("tuxedo", "necktie")]


def test_parts_that_are_the_same_concept_or_unknown_do_not_count():
    same = [thing("cat", "cat", 1.0), thing("kitty", "cat", 0.8)]
    assert judge("cat and kitty", near("cat", 0.7), same, THRESHOLD).parts == ()
    unknown = [thing("cat", "cat", 1.0), thing("tax return", "receipt", THING - 0.01)]
    assert judge("cat with tax return", near("cat", 0.7), unknown, THRESHOLD).parts == ()


def test_what_is_like_nothing_known_is_told_honestly():
    far = judge("the smell of rain", near("umbrella", THRESHOLD - 0.01), [], THRESHOLD)
    assert not far.known
    assert far.notes == (
        "I may not know “the smell of rain”: the nearest that I was trained on is “umbrella” (0.59 of 1), so expect a guess.",
    )
    known = judge("umbrella", near("umbrella", THRESHOLD), [], THRESHOLD)
    assert known == understanding.Understanding(tuple(near("umbrella", THRESHOLD)), True)


def test_a_known_thing_in_an_unknown_whole_is_named():
    found = judge("a happy dog", near("dog", THRESHOLD - 0.01), [thing("happy", "grin", 0.5), thing("dog", "dog", 1.0)], THRESHOLD)
    assert found.notes == ("I know “dog”, but not “a happy dog” as a whole: expect something near it.",) and found.parts == ()


def test_long_texts_and_many_words_are_shortened_in_notes():
    found = judge("x " * 450, near("cat", 0.1), [], THRESHOLD, unknown=[f"w{i}" * 20 for i in range(30)])
    assert len(found.notes) == 2 and all(len(note) < 300 for note in found.notes) and len(found.ignored) == 30
    alone = judge("zxcvb", near("cat", 0.1), [], THRESHOLD, unknown=["zxcvb"])
    assert len(alone.notes) == 1, "one sentence is enough for one word"


# Words


@pytest.mark.parametrize(
    "text, parts",
    [
        ("cat with a rocket", ["cat", "a rocket"]),
        ("a cat, a dog and the moon", ["a cat", "a dog", "the moon"]),
        ("cat riding a bicycle", ["cat", "a bicycle"]),
        ("cat & dog + sun", ["cat", "dog", "sun"]),
        ("cat and cat", ["cat"]),
        ("red apple", []),
        ("sandwich", []),
        ("cat with a", []),
        ("with", []),
        ("a, b, c, d, e, f, gg", ["b", "c", "d", "e"]),
    ],
)
def test_things_beside_each_other_are_parts(text, parts):
    assert parts_of(text) == parts


def test_words_are_weighed_only_where_there_are_several():
    assert telling_words("the red apple") == [("red", 4, 7), ("apple", 8, 13)]
    assert telling_words("an apple") == []
    assert len(telling_words("one two three four five six seven eight nine ten")) == understanding.MAX_WORDS
    assert without("the red apple", 4, 7) == "the apple"


def test_labels_plurals_numbers_and_small_words_are_listed():
    known = frozenset({"red", "box"})
    assert unlisted_words("three red cats in 7 boxes with zxcvb and qwrtz", ["cat", "three o’clock"], known) == ["zxcvb", "qwrtz"]


def test_memory_and_clip_agree_about_length(engine):
    context, _ = prepare(DEMO, "understand", {"prompt": "cat"}, engine)
    features = clip.encode_text(context, ["cat", "dog"])
    rows = understanding.nearest_concepts(context, features.sentence, context.extra(memory.MEMORY))
    assert len(rows) == 2 and all(-1.001 <= one.similarity <= 1.001 for row in rows for one in row)
    assert np.isclose(float(features.sentence.norm(dim=1).mean()), 1, atol=1e-4)
