"""True pairs of the domain swap: what an edit does to an avatar, which domains lead from one to another, who is held out."""

import random

import pytest
import torch

from gan_demos.data import images
from gan_demos.demos.faces import captions, judge_training
from gan_demos.demos.faces.vocabulary import HATS, SLOTS
from gan_demos.demos.swap import evaluation, pairs_training
from gan_demos.demos.swap.labels import asking
from gan_demos.demos.swap.pairs_training import OTHER, domain_of, edited, families, hidden, pairs_of, random_edit, shown, way
from gan_demos.demos.swap.vocabulary import COUNTS, DOMAINS, EMOJI, FACES
from tests.demos.pictures_data import emoji_data

PLAIN = {
    "bg": "mint", "skin": "light", "hairColor": "pink", "top": "bob", "hatColor": "blue", "eyes": "squint", "mouth": "eating",
    "eyebrows": "angry", "facialHair": "none", "accessories": "none", "clothing": "hoodie", "clothesColor": "red",
}  # fmt: skip


def some_rows(count, seed=0):
    rng = random.Random(seed)
    return [captions.random_row(rng) for _ in range(count)]


def test_attributes_are_those_of_the_judge_and_hidden_where_it_cannot_see_them():
    assert evaluation.JUDGED == SLOTS and set(pairs_training.HATS) == set(HATS)
    for row in some_rows(300):
        assert evaluation.unseen(row) == {slot for slot in SLOTS if not judge_training.visible(row, slot)}


def test_an_edit_changes_what_it_names():
    new = edited(PLAIN, {"hair": "red", "glasses": "sunglasses", "eyes": "tears"})
    assert {name: new[name] for name in PLAIN if name != "hatColor" and new[name] != PLAIN[name]} == {
        "hairColor": "red",
        "accessories": "sunglasses",
        "eyes": "cry",
    }
    assert edited(PLAIN, {"hat": "hat"})["top"] == "hat" and edited(PLAIN, {"hat": "none"})["top"] == "bob"
    assert edited(PLAIN | {"top": "turban"}, {"hat": "none"})["top"] == "shortFlat"


def test_what_a_picture_hides_comes_to_light_always_the_same():
    hatted = PLAIN | {"top": "turban", "accessories": "kurt"}
    assert hidden(hatted) == {"hairColor", "eyes"}
    assert edited(hatted, {"hat": "none"})["hairColor"] == "brown" and edited(hatted, {"glasses": "none"})["eyes"] == "default"
    assert edited(hatted, {"hat": "none", "hair": "blue"})["hairColor"] == "blue"
    assert edited(hatted | {"facialHair": "beardLight"}, {"hat": "none"})["hairColor"] == "pink", "the beard shows it"
    assert edited(hatted, {"beard": "beard"})["hairColor"] == "brown"


def test_a_way_leads_where_it_says_and_there_is_one_to_every_edit():
    rng = random.Random(1)
    for row in some_rows(300, 1):
        asked = random_edit(row, rng)
        assert all(domain_of(row, slot) != value for slot, value in asked.items())
        target = edited(row, asked)
        there = way(row, target)
        assert there is not None and shown(edited(row, there)) == shown(target)
        assert set(there) <= set(asked), "it asks for nothing more"
        home = way(target, row)
        assert home is None or shown(edited(target, home)) == shown(row)


def test_there_is_no_way_to_what_is_no_domain():
    smiling = PLAIN | {"mouth": "smile"}
    assert way(PLAIN, smiling) == {"mouth": "smile"} and way(smiling, PLAIN) is None
    assert way(PLAIN, PLAIN | {"bg": "pink"}) is None
    assert way(PLAIN, PLAIN | {"hatColor": "green"}) == {}, "nobody wears the hat"
    hatted = PLAIN | {"top": "hat", "hatColor": "red"}
    assert way(PLAIN, hatted) == {"hat": "hat"} and way(PLAIN, hatted | {"hatColor": "green"}) is None
    assert way(hatted, PLAIN | {"top": "shortFlat"}) == {"hat": "none", "hair": "pink"}


def test_pairs_of_families_know_both_ways():
    groups = families(some_rows(12, 2), 3, random.Random(0))
    rows = [row for family in groups for row in family]
    found = pairs_of(rows, torch.zeros(len(rows), 3, 1, 1, dtype=torch.uint8), [4] * 12)
    assert {(a // 4, b // 4) for a, b in zip(found.source.tolist(), found.target.tolist(), strict=True)} == {(k, k) for k in range(12)}
    assert len(found) >= 12 * 3 - 3 and found.asked.shape == (len(found), COUNTS[FACES])
    for a, b, asked, back, returns in zip(found.source, found.target, found.asked, found.back, found.returns, strict=True):
        there = evaluation.asked_of(asked, FACES)
        assert shown(edited(rows[a], there)) == shown(rows[b]) and torch.equal(asking(FACES, there), asked)
        assert bool(returns) == bool(back.any())
        if returns:
            assert shown(edited(rows[b], evaluation.asked_of(back, FACES))) == shown(rows[a])


def test_labels_name_the_domain_and_what_a_picture_is_already():
    rows = [PLAIN | {"mouth": "smile"}, PLAIN | {"top": "turban", "accessories": "round"}]
    labels, counts = (torch.tensor(part) for part in zip(*map(pairs_training.labels_of, rows), strict=True))
    slots = list(DOMAINS[FACES])
    assert labels[0, slots.index("mouth")] == 0 and labels[1, slots.index("mouth")] == OTHER
    assert labels[0, slots.index("hat")] == 0 and labels[1, slots.index("hat")] == OTHER
    assert counts[:, slots.index("hair")].tolist() == [1, 0]
    found = pairs_training.Pairs(FACES, torch.zeros(2, 3, 1, 1), labels, counts, *[torch.zeros(0)] * 5, rows)
    own = [evaluation.asked_of(one, FACES) for one in found.own(torch.tensor([0, 1]))]
    assert own[0] == {"hair": "pink", "skin": "light", "glasses": "none", "beard": "none", "hat": "none", "mouth": "smile"}
    assert own[1] == {"skin": "light", "glasses": "glasses", "beard": "none"}


def test_emoji_pairs_cross_styles_and_keep_their_splits_apart(tmp_path, monkeypatch):
    rows = emoji_data(tmp_path, monkeypatch)
    monkeypatch.setattr(pairs_training, "VALIDATION_SHARE", 0.2)
    concepts = {}
    for split in ("train", "validation", "test", "new-pairs"):
        found = pairs_training.emoji_pairs(split)
        of = [(found.rows[a], found.rows[b]) for a, b in zip(found.source.tolist(), found.target.tolist(), strict=True)]
        assert of and all(a["codepoints"] == b["codepoints"] and a["style"] != b["style"] for a, b in of)
        asked = [evaluation.asked_of(one, EMOJI)["style"] for one in found.asked]
        assert asked == [b["style"] for _, b in of] and {a["style"] for a, _ in of} > set(DOMAINS[EMOJI]["style"])
        assert found.returns.tolist() == [float(a["style"] in DOMAINS[EMOJI]["style"]) for a, _ in of]
        concepts[split] = {images.concept(b["codepoints"]) for _, b in of}
        if split == "new-pairs":
            splits = zip(rows, images.emoji_splits(rows), strict=True)
            kept = {(row["codepoints"], row["style"]) for row, one in splits if one == "new-pairs"}
            assert {(b["codepoints"], b["style"]) for _, b in of} <= kept
    assert not concepts["train"] & (concepts["validation"] | concepts["test"]) and not concepts["validation"] & concepts["test"]


def test_avatars_fall_into_three_splits(monkeypatch):
    monkeypatch.setattr(pairs_training.images, "read_rows", lambda file: some_rows(400, 3))
    monkeypatch.setattr(pairs_training, "path", lambda name: name)
    parts = {split: pairs_training.avatar_rows(split) for split in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) == 400 and not pairs_training.avatar_rows("other")
    assert 15 < len(parts["test"]) < 70 and len(parts["validation"]) > 0
    assert pytest.approx(0.1, abs=0.06) == len(parts["test"]) / 400
