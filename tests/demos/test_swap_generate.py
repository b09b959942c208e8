"""The swap's endpoints on debug checkpoints: files and recipes, grid, chain, the way back; and what requests refuse."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from gan_demos import application, media
from gan_demos.demo import Context, replay, run
from gan_demos.demos.swap import DEMO, generate, preparing
from gan_demos.demos.swap.examples import prepared
from gan_demos.demos.swap.labels import asking, seen_in
from gan_demos.demos.swap.likeness import judged
from gan_demos.demos.swap.vocabulary import COUNTS, DOMAINS, EMOJI, FACES, every, title
from gan_demos.errors import UserError

RED = {"hair": "red"}


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def engine(debug, own_engine):
    return own_engine


def make(engine, endpoint="swap", **parameters):
    return run(DEMO, endpoint, {"picture": "face-1", **parameters}, engine)


def pictures(result):
    return {artefact.name: np.asarray(Image.open(io.BytesIO(artefact.data))) for artefact in result.artefacts}


def test_a_swap_gives_both_pictures_and_its_recipe_gives_them_again(engine):
    result = make(engine, edits={"glasses": "sunglasses", "hair": "red"})
    found = pictures(result)
    assert set(found) == {"before", "swapped"} and np.array_equal(found["before"], prepared("face-1").picture)
    assert not np.array_equal(*found.values())
    assert result.values["edits"] == {"hair": "red hair", "glasses": "sunglasses"} and list(result.values["edits"]) == ["hair", "glasses"]
    change = np.abs(found["before"].astype(int) - found["swapped"])
    assert result.values["difference"] == pytest.approx(change.mean() / 255, abs=1e-4)
    assert result.values["changed"] == pytest.approx((change.max(2) >= generate.VISIBLE).mean(), abs=1e-4)
    json.dumps(result.values, allow_nan=False)
    assert result.artefacts[0].name == "swapped", "what it is about comes first"
    recipe = media.read_recipe(result.artefacts[-1].data)
    assert recipe.parameters["edits"] == {"hair": "red", "glasses": "sunglasses"}
    assert recipe.parameters["picture"] == "face-1", "an example keeps its name, so that its recipe is short"
    assert replay(recipe, [DEMO], engine) == result
    same = make(engine, picture=prepared("face-1").plain(), edits={"glasses": "sunglasses", "hair": "red"})
    assert np.array_equal(pictures(same)["swapped"], found["swapped"])
    recipe = media.read_recipe(same.artefacts[0].data)
    assert recipe.parameters["picture"] == prepared("face-1").plain(), "a recipe needs no file"
    assert replay(recipe, [DEMO], engine) == same


def test_the_picture_of_a_result_can_be_given_again(engine):
    first = make(engine, edits=RED, strength=0.03)  # debug networks paint noise: the whole of it would not be kept without loss
    file = preparing.prepare(first.artefacts[0].data)
    second = make(engine, picture=file.plain(), edits={"skin": "dark"}, strength=0.03)
    chained = make(engine, "chain", steps=[RED, {"skin": "dark"}], strength=0.03)
    assert np.array_equal(pictures(second)["swapped"], pictures(chained)["step-2"]), "a chain is the same as one edit after the other"


def test_strength_and_no_strength(engine):
    still, half, whole = (pictures(make(engine, edits=RED, strength=strength)) for strength in (0, 0.5, 1))
    assert np.array_equal(still["swapped"], still["before"])
    middle = (whole["swapped"].astype(int) + whole["before"]) / 2
    assert np.abs(half["swapped"] - middle).max() <= 1


def test_the_grid_has_every_domain_in_one_batch_and_each_can_be_had_alone(engine):
    before = dict(engine.stats()["batch_sizes"])
    result = make(engine, "grid")
    after = engine.stats()["batch_sizes"]
    assert after.get(COUNTS[FACES], 0) == before.get(COUNTS[FACES], 0) + 1, "all in one forward"
    assert [(one["slot"], one["value"]) for one in result.values["domains"]] == every(FACES)
    assert len(result.artefacts) == COUNTS[FACES] + 1 and len({artefact.name for artefact in result.artefacts}) == COUNTS[FACES] + 1
    red = next(artefact for artefact in result.artefacts if artefact.name == "hair-red")
    again = replay(media.read_recipe(red.data), [DEMO], engine)
    assert [one.name for one in again.artefacts] == ["hair-red"] and len(again.values["domains"]) == 1
    single = pictures(make(engine, edits=RED))["swapped"]
    for picture in (pictures(result)["hair-red"], pictures(again)["hair-red"]):
        assert np.abs(picture.astype(int) - single).max() <= 1
    chosen = make(engine, "grid", picture="emoji-1", model=EMOJI, domains=["style: noto", "style: twemoji"])
    assert [artefact.name for artefact in chosen.artefacts] == ["style-noto", "style-twemoji", "domains"]


def test_a_chain_has_the_recipe_of_each_step(engine):
    result = make(engine, "chain", steps=[RED, {"beard": "beard", "eyes": "wink"}, {"hat": "hat"}])
    assert [artefact.name for artefact in result.artefacts] == ["step-3", "step-2", "step-1", "steps"]
    assert [step["edits"] for step in result.values["steps"]][1] == {"beard": "full beard", "eyes": "wink"}
    second = replay(media.read_recipe(result.artefacts[1].data), [DEMO], engine)
    assert len(second.values["steps"]) == 2
    assert np.abs(pictures(second)["step-2"].astype(int) - pictures(result)["step-2"]).max() <= 1
    assert pictures(result)["steps"].shape == (128, 4 * 128 + 3 * 4, 3)


def test_there_and_back(engine):
    result = make(engine, edits={"hair": "red", "skin": "dark"}, cycle=True)
    assert set(pictures(result)) == {"before", "back-again", "swapped"}
    seen, back = result.values["seen"], result.values["back"]
    for slot in ("hair", "skin"):
        assert back.get(slot) == (title(slot, seen[slot]["domain"]) if seen[slot]["domain"] else None)
    both = pictures(result)
    change = np.abs(both["before"].astype(int) - both["back-again"]).mean() / 255
    assert result.values["cycle_difference"] == pytest.approx(change, abs=1e-4)


def test_the_way_back_leads_to_what_was_seen_and_says_where_there_is_none():
    seen = {"hair": ("pink", 0.9), "mouth": (None, 0.8), "skin": ("tan", 0.7)}
    back, notes = generate._way_back(seen, {"hair": "red", "mouth": "smile"})
    assert back == {"hair": "pink"} and len(notes) == 1 and "(mouth)" in notes[0]
    assert generate._way_back(seen, {"skin": "pale"}) == ({"skin": "tan"}, [])


def test_what_is_seen_is_the_likeliest_domain_or_none():
    sizes = [len(values) + 1 for values in DOMAINS[FACES].values()]
    logits = torch.zeros(sum(sizes))
    logits[9] = 50.0  # hair: red
    logits[sum(sizes[:5]) + 4] = 50.0  # mouth: none of them
    found = seen_in(FACES, logits)
    assert found["hair"] == ("red", pytest.approx(1.0)) and found["mouth"] == (None, pytest.approx(1.0))
    assert found["skin"][1] == pytest.approx(1 / 6)
    label = asking(FACES, {"hair": "red", "eyes": "wink"})
    assert label.nonzero().flatten().tolist() == [9, 31] and not asking(FACES, {}).any()


def test_what_was_done_to_a_picture_is_said_and_what_is_no_face_gets_a_remark(engine, monkeypatch):
    wide = preparing.prepare_array(np.asarray(Image.new("RGB", (200, 100), "red")))
    result = make(engine, "look", picture=wide.plain())
    assert preparing.NOTES["padded"] in result.values["notes"] and set(pictures(result)) == {"prepared"}
    assert set(result.values["seen"]) == set(DOMAINS[FACES]) and result.values["likeness"]["alike"] is True
    measured = {"centre": [0.0625] * 256, "threshold": 2.0, "false_remarks": 0.013}
    monkeypatch.setattr(Context, "extra", lambda context, name: {"likeness": measured})
    result = make(engine, edits=RED)
    assert result.values["likeness"]["alike"] is False
    assert "does not look like a cartoon face" in result.values["notes"][-1] and "1.3 %" in result.values["notes"][-1]
    emoji = make(engine, picture="emoji-2", model=EMOJI, edits={"style": "openmoji"})
    assert "likeness" not in emoji.values and emoji.values["edits"] == {"style": "OpenMoji"}


def test_likeness_is_judged_by_its_threshold():
    measured = {"threshold": 0.3, "false_remarks": 0.005}
    assert judged(0.3, FACES, measured).alike and not judged(0.3, FACES, measured).remark
    assert not judged(0.29, FACES, measured).alike and "0.29" in judged(0.29, FACES, measured).remark


@pytest.mark.parametrize(
    "endpoint, parameters, sentence",
    [
        ("swap", {"edits": {}}, "Edits: choose at least one domain"),
        ("swap", {}, "Edits: choose at least one domain"),
        ("swap", {"edits": {"nose": "big"}}, "Edits must be an object of slots and domains"),
        ("swap", {"edits": {"hair": "green"}}, "Edits: hair has no domain 'green'. It can be auburn"),
        ("swap", {"edits": {"hair": ["red"]}}, "Edits: hair has no domain"),
        ("swap", {"edits": [1]}, "Edits must be"),
        ("swap", {"edits": {"style": "noto"}}, "Edits: cartoon faces have no 'style' to change"),
        ("swap", {"edits": RED, "model": EMOJI}, "Edits: emoji have no 'hair' to change; they have style"),
        ("swap", {"edits": RED, "model": "dogs"}, "Model must be one of faces, emoji"),
        ("swap", {"edits": RED, "strength": 1.1}, "Strength must be a number between 0 and 1"),
        ("swap", {"edits": RED, "strength": float("nan")}, "Strength must be"),
        ("swap", {"edits": RED, "cycle": "yes"}, "Cycle must be true or false"),
        ("swap", {"edits": RED, "picture": ""}, "Picture: there is none"),
        ("swap", {"edits": RED, "picture": None}, "Picture: it is the text"),
        ("swap", {"edits": RED, "picture": "face-99"}, "Picture: it is neither"),
        ("grid", {"domains": ["hair: green"]}, "Domains must be a list of domains"),
        ("grid", {"domains": "hair: red"}, "Domains must be a list of domains"),
        ("grid", {"domains": ["style: noto"]}, "Domains: cartoon faces have no 'style'"),
        ("chain", {"steps": []}, "Steps: name at least one step"),
        ("chain", {"steps": [RED, {}]}, "Steps: name at least one step, and at least one domain in each"),
        ("chain", {"steps": [RED] * 9}, "Steps must be a list of at most 8 steps"),
        ("chain", {"steps": [{"hair": "green"}]}, "Steps: hair has no domain"),
        ("chain", {"steps": [{"style": "noto"}]}, "Steps: cartoon faces have no 'style'"),
        ("look", {"model": None}, "Model must be one of"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_computed(endpoint, parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, endpoint, {"picture": "face-1", **parameters}, engine=None)


def test_no_picture_is_said():
    with pytest.raises(UserError, match="Picture: there is none"):
        run(DEMO, "swap", {"edits": RED}, engine=None)
