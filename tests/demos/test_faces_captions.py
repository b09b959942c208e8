"""Captions say what is true of their face, in words that training and evaluation do not share."""

import random
import re
from collections import Counter

import numpy as np
import pytest

from gan_demos.demos.faces import captions
from gan_demos.demos.faces.caption_styles import STYLES
from gan_demos.demos.faces.captions import EXAMPLES, LABELS, TITLES, canonical, caption, misspell, prior, random_prompt, random_row, shown
from gan_demos.demos.faces.vocabulary import HATS, SIZES, SLOTS
from gan_demos.demos.faces.wording import CARRIERS, COLOURS, FORMS, WORDINGS

ROW = {
    "bg": "pink", "skin": "tan", "hairColor": "red", "top": "curly", "hatColor": "green", "eyes": "wink", "mouth": "smile",
    "eyebrows": "angry",
    "facialHair": "none", "accessories": "round", "clothing": "hoodie", "clothesColor": "blue",
}  # fmt: skip


@pytest.mark.parametrize("split", ["train", "test"])
def test_what_a_caption_names_is_true_of_its_row_and_can_be_seen(split):
    rng = random.Random(11)
    for _ in range(2000):
        row = random_row(rng)
        written = caption(row, rng, split)
        assert written.named, written.text
        for slot, values in written.named.items():
            assert row[slot] in values and values < set(SLOTS[slot]), (written, row)
        assert set(written.named) - {"top"} <= set(shown(row)), (written, row)
        assert "{" not in written.text and "  " not in written.text and written.text == written.text.strip("\n"), written.text


def test_captions_are_various_short_ones_frequent_and_no_slot_forgotten():
    rng = random.Random(5)
    written = [caption(random_row(rng), rng) for _ in range(1500)]
    assert len({one.text for one in written}) > 1470
    sizes = Counter(len(one.named) for one in written)
    assert sizes[1] + sizes[2] + sizes[3] > 500 and max(sizes) >= 10
    mentioned = Counter(slot for one in written for slot in one.named)
    assert set(mentioned) == set(SLOTS) and min(mentioned.values()) > 80
    assert any(one.text.isupper() for one in written) and any(one.text.islower() for one in written)


def test_every_value_is_named_by_some_caption_of_each_split():
    for split in ("train", "test"):
        rng, left = random.Random(1), {(slot, value) for slot, values in SLOTS.items() for value in values}
        for _ in range(1500):
            row = random_row(rng)
            left -= {(slot, row[slot]) for slot in caption(row, rng, split).named}
        assert not left


def test_hair_under_a_hat_is_not_spoken_of_but_a_beard_is():
    rng = random.Random(2)
    hidden = ROW | {"top": "turban"}
    assert all("hairColor" not in caption(hidden, rng).named for _ in range(300))
    bearded = [caption(hidden | {"facialHair": "beardMedium"}, rng) for _ in range(600)]
    coloured = [one for one in bearded if "hairColor" in one.named]
    assert len(coloured) > 40 and all("facialHair" in one.named for one in coloured)
    assert all("hatColor" not in caption(ROW, rng).named for _ in range(300))


def test_a_hair_colour_says_that_hair_shows():
    rng = random.Random(4)
    texts = [caption(ROW, rng) for _ in range(800)]
    coloured = [one for one in texts if "hairColor" in one.named]
    assert coloured and all("top" in one.named and not one.named["top"] & set(HATS) for one in coloured)


def test_negations_name_what_is_absent():
    rng = random.Random(8)
    bald_faced = [caption(ROW | {"accessories": "none"}, rng) for _ in range(800)]
    denied = [one for one in bald_faced if re.search(r"\b(no|without( any)?) (facial hair|beard|mous?tache)\b", one.text.lower())]
    assert denied and all(one.named["facialHair"] == {"none"} for one in denied)
    assert any("without glasses" in one.text.lower() and one.named["accessories"] == {"none"} for one in bald_faced)


def test_the_phrases_and_sentences_held_out_are_never_trained_on():
    trained = {phrase for source in (*WORDINGS, *COLOURS, *CARRIERS) for phrase in source.phrases}
    by_slot = [(source.slot, phrase) for source in (*WORDINGS, *COLOURS, *CARRIERS) for phrase in source.phrases]
    held_out = {(source.slot, phrase) for source in (*WORDINGS, *COLOURS, *CARRIERS) for phrase in source.held_out}
    assert len(held_out) > 250 and not held_out & set(by_slot) and len(trained) > 600
    train, test = STYLES["train"], STYLES["test"]
    for field in vars(train):
        assert not set(getattr(train, field)) & set(getattr(test, field)), field
    rng = random.Random(6)
    for _ in range(500):
        row = random_row(rng)
        assert not re.search(r"\b(four-eyed|dastar|ushankas|geezer|stetson|clad in)\b", caption(row, rng).text.lower())
        assert not caption(row, rng, "test").text.lower().startswith(("draw me", "generate", "portrait of"))


def test_the_wordings_are_of_known_slots_values_and_forms():
    for wording in WORDINGS:
        assert wording.form in FORMS and wording.values <= set(SLOTS[wording.slot]) and (wording.phrases or wording.held_out), wording
    for colour in COLOURS:
        assert colour.values <= set(SLOTS[colour.slot]), colour


def test_the_same_seed_writes_the_same_caption_and_a_split_is_one_of_two():
    assert caption(ROW, random.Random(3)) == caption(ROW, random.Random(3)) != caption(ROW, random.Random(4))
    with pytest.raises(KeyError):
        caption(ROW, random.Random(3), "validation")


def test_the_prior_is_that_of_the_data():
    shares, at = prior(), 0
    assert shares.shape == (132,) and shares.dtype == np.float32
    for slot, size in zip(SLOTS, SIZES, strict=True):
        part = dict(zip(SLOTS[slot], shares[at : at + size], strict=True))
        assert sum(part.values()) == pytest.approx(1)
        if "none" in part:
            assert part.pop("none") == pytest.approx({"facialHair": 0.7, "accessories": 0.61}[slot])
        assert max(part.values()) == pytest.approx(min(part.values()))
        at += size
    rng = random.Random(0)
    drawn = Counter(random_row(rng)["facialHair"] for _ in range(4000))
    assert 0.67 < drawn["none"] / 4000 < 0.73


def test_typing_mistakes_keep_first_letters_and_short_words():
    rng = random.Random(1)
    changed = [misspell("a man with glasses", rng) for _ in range(200)]
    assert all(text.startswith("a man with g") and text != "" for text in changed)
    assert len(set(changed)) > 15 and all(abs(len(text) - 18) <= 1 for text in changed)
    assert misspell("a fat cat", rng, 2) == "a fat cat"


@pytest.mark.parametrize(
    "values, text",
    [
        ({}, "a face"),
        ({"top": "fro", "hairColor": "red", "mouth": "tongue"}, "a face with a red afro, tongue out"),
        (
            {"top": "turban", "hatColor": "orange", "hairColor": "gray", "facialHair": "beardMajestic"},
            "a face with an orange turban, a long gray beard",
        ),
        ({"top": "bun", "hatColor": "orange"}, "a face with a bun"),
        ({"clothesColor": "red", "bg": "mint"}, "a face with red clothes, a mint background"),
        ({"clothesColor": "red", "clothing": "overall", "accessories": "none"}, "a face with no glasses, red overalls"),
    ],
)
def test_the_canonical_caption_names_just_these(values, text):
    assert canonical(values) == text


def test_labels_for_every_value_and_prompts_to_begin_with():
    assert set(TITLES) == set(LABELS) == set(SLOTS)
    for slot, values in SLOTS.items():
        assert set(LABELS[slot]) == set(values) and len(set(LABELS[slot].values())) == len(values)
    assert 10 <= len(set(EXAMPLES)) <= 16 and min(map(len, EXAMPLES)) < 10 < 40 < max(map(len, EXAMPLES))
    prompts = {random_prompt(random.Random(seed)) for seed in range(50)}
    assert len(prompts) == 50 and all(0 < len(text) < 200 for text in prompts)
    assert captions.SPLITS == ("train", "test")
