"""The swap tab without a browser: what its handlers make of clicks that overtake each other, of files, drawings and recipes."""

import io
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from gan_demos import application, media
from gan_demos.demos.swap import DEMO, tab, tab_chips, tab_html, tab_inputs, tab_pages
from gan_demos.demos.swap.examples import NAMES, prepared
from gan_demos.demos.swap.requests import MAX_STEPS
from gan_demos.demos.swap.tab_pages import Controls, Session
from gan_demos.demos.swap.vocabulary import EMOJI, FACES, MODELS, SLOTS
from gan_demos.errors import UserError
from gan_demos.recipes import Recipe

EVIL = "<script>alert(1)</script>"
SKIP = gr.skip()


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def view(debug, own_engine, monkeypatch) -> tab.View:
    """The tab's events, built as the application builds them."""
    made = []
    monkeypatch.setattr(tab.View, "connect", lambda self, *args: made.append(self))
    with gr.Blocks():
        place = tab.build(DEMO, own_engine)
    assert place.results[0].endpoints == ("swap", "grid", "chain") and set(place.takes) == {"image"}
    assert set(place.results[0].picked) == {"grid"}
    return made[0]


def controls(page="swap", model=FACES, strength=1.0, cycle=False, **edits) -> list:
    """Values of the controls as the browser sends them."""
    return [page, model, strength, cycle, *tab_chips.values([None] * len(SLOTS), model, edits)]


def png(image, recipe=None) -> bytes:
    if recipe:
        return media.encode("png", np.asarray(image), recipe)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def payload(tmp_path, data: bytes) -> dict:
    path = tmp_path / "any name.png"
    path.write_bytes(data)
    return {"path": str(path), "url": None}


def test_chips_ask_for_what_the_model_has_and_leave_the_others_alone():
    values = tab_chips.values(["red", "", "glasses", "", "", "", "", "noto"], FACES, {"hat": "hat"})
    assert tab_chips.edits(FACES, values) == {"hat": "hat"} and tab_chips.edits(EMOJI, values) == {"style": "noto"}
    assert tab_chips.edits(FACES, [None] * len(SLOTS)) == {}
    assert [row.visible for row in tab_chips.shown(EMOJI, values)] == [False] * 7 + [True]


def test_a_newer_request_takes_the_place_of_an_older_one(view, monkeypatch):
    session = Session()

    def overtaken(demo, endpoint, parameters, engine, owner=None):
        session.turn += 1
        return original(demo, endpoint, parameters, engine, owner=owner)

    original = tab.run
    monkeypatch.setattr(tab, "run", overtaken)
    assert all(value == SKIP for value in view.changed(None, session, *controls(hair="red")))
    assert not session.made and not session.files


def test_a_page_that_opens_believes_the_newest_controls_and_not_what_the_browser_still_says(view):
    session = Session()
    asked = {"endpoint": "swap", "parameters": {"picture": "face-2", "edits": {"eyes": "wink"}, "strength": 0.5, "cycle": False}}
    list(view.restore(None, asked, session, *controls(hair="red")))
    view.opened(None, session, *controls("swap", hair="red"))
    assert session.controls.edits == {"eyes": "wink"} and session.made["swap"][1]["picture"] == "face-2"
    assert session.made["swap"][1]["strength"] == 0.5
    first = view.opened(None, session, *controls("grid", hair="red"))
    assert session.made["grid"][1]["picture"] == "face-2" and first != view.opened(None, session, *controls("grid")), "made once"


def test_the_first_page_of_a_tab_that_is_built_does_not_overtake_what_is_opened_again(view):
    """Gradio tells of that page while the tab is built, however late the server hears of it."""
    session = Session()
    asked = {"endpoint": "grid", "parameters": DEMO.endpoint("grid").example}
    restored = view.restore(None, asked, session, *controls())
    next(restored)
    assert all(value == SKIP for value in view.opened(None, session, *controls("swap"))) and not session.made
    list(restored)
    assert list(session.made) == ["grid"] and session.controls.page == "grid"
    view.opened(None, session, *controls("swap"))
    assert "swap" in session.made, "a page that is opened later is made as ever"


def test_a_recipe_sets_the_controls_before_its_result_is_there(view):
    session = Session()
    steps = [{"style": "noto"}, {"style": "openmoji"}]
    asked = {"endpoint": "chain", "parameters": {"picture": "emoji-2", "model": EMOJI, "strength": 0.5, "steps": steps}}
    first, second = view.restore(None, asked, session, *controls(hair="red"))
    assert first[0] == "chain" and first[1:3] == (EMOJI, 0.5)
    assert [row.value for row in first[4:12]] == ["red", *[""] * 7], "the faces' chips stay as they were"
    assert session.made["chain"] == ("chain", {"picture": "emoji-2", "model": EMOJI, "strength": 0.5, "steps": steps})
    assert [path.rsplit("/", 1)[-1] for path in session.files["chain"]] == ["step-2.png", "step-1.png", "steps.png"]
    assert media.read_recipe_file(session.files["chain"][0]).parameters == asked["parameters"]
    assert second[0] == SKIP
    with pytest.raises(UserError, match="no page here that shows 'look'"):
        list(view.restore(None, {"endpoint": "look", "parameters": {}}, session, *controls()))
    assert list(view.restore(None, None, session, *controls())) == []


def test_what_is_sent_brings_its_model_where_its_recipe_says_it(tmp_path):
    picture = prepared("emoji-3").picture
    for demo, parameters, model in [
        ("pictures", {}, EMOJI),
        ("faces", {}, FACES),
        ("swap", {"model": EMOJI}, EMOJI),
        ("swap", {"model": ["?"]}, None),
        ("sound", {"model": EMOJI}, None),
    ]:
        data = png(picture, Recipe(demo, "any", parameters, {}, "0.1.0"))
        given = tab_inputs.from_file(payload(tmp_path, data), MODELS)
        assert given.model == model and given.picture["webp"]
    assert tab_inputs.from_file(payload(tmp_path, png(Image.new("RGB", (200, 100)))), MODELS).model is None


def test_a_file_is_taken_once_and_a_bad_one_gets_its_sentence_and_changes_nothing(view, tmp_path):
    session = Session()
    shown = list(view.take(None, payload(tmp_path, b"dear diary " * 20), session, *controls()))
    assert len(shown) == 1 and shown[0][0] is None and "a text, whatever its name says" in shown[0][1]
    assert all(value == SKIP for value in shown[0][2:]) and session.picture == tab_pages.START_PICTURE
    shown = list(view.take(None, None, session, *controls()))
    assert all(value == SKIP for value in shown[0]), "that it was emptied leaves the sentence where it is"
    shown = list(view.take(None, payload(tmp_path, png(Image.new("RGB", (64, 64), "green"))), session, *controls(hair="red")))
    assert [values[:2] for values in shown] == [(None, ""), (None, "")]
    assert session.picture["notes"] == ["enlarged"] and session.made["swap"][0] == "swap"


def test_a_blank_canvas_is_no_picture_and_a_stroke_is():
    canvas = SimpleNamespace(blob_storage=tab_inputs.Waiting())
    sheet = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    canvas.blob_storage["blank"] = SimpleNamespace(composite=png(sheet))
    assert tab_inputs.from_drawing(canvas, {"id": "blank", "composite": None}) is None
    sheet.paste((10, 10, 10, 255), (20, 20, 230, 230))
    canvas.blob_storage["stroke"] = SimpleNamespace(composite=png(sheet))
    given = tab_inputs.from_drawing(canvas, {"id": "stroke", "composite": None})
    assert given.picture["notes"] == [] and not canvas.blob_storage
    assert tab_inputs.from_drawing(canvas, {"id": "gone", "composite": None}) is None
    assert tab_inputs.from_drawing(canvas, None) is None
    for number in range(2 * tab_inputs.MAX_DRAWINGS):
        canvas.blob_storage[str(number)] = number
    assert len(canvas.blob_storage) == tab_inputs.MAX_DRAWINGS and "0" not in canvas.blob_storage


def test_steps_are_listed_undone_and_bounded(view):
    session = Session()
    for number in range(MAX_STEPS + 1):
        view.add(None, session, *controls("chain", hat=("hat", "none")[number % 2]))
    assert len(session.steps) == MAX_STEPS == len(session.made["chain"][1]["steps"])
    assert session.controls.edits == {}, "what became a step is not asked for again"
    view.changed(None, session, *controls("chain", hair="red"))
    assert len(session.made["chain"][1]["steps"]) == MAX_STEPS and "hair" not in session.made["chain"][1]["steps"][-1]
    view.undo(None, session, *controls("chain", hair="red"))
    assert session.made["chain"][1]["steps"][-1] == {"hair": "red"} and len(session.steps) == MAX_STEPS - 1
    list(view.other_model(None, session, *controls("chain", model=EMOJI)))
    assert session.steps == () and session.made["chain"][0] == "look", "steps of faces are none of emoji"


def test_a_picture_of_the_grid_becomes_what_is_asked_for(view):
    session = Session()
    view.opened(None, session, *controls("grid", hair="red"))
    number = next(i for i, one in enumerate(session.shown[1]["domains"]) if one["value"] == "moustache")
    shown = view.pick(None, SimpleNamespace(index=number), session, *controls("grid", hair="red"))
    assert session.controls.edits == {"beard": "moustache"} and session.picked == ("beard", "moustache")
    path, _ = tab_pages.picked_of(session)
    assert media.read_recipe_file(path).parameters["domains"] == ["beard: moustache"]
    assert any(getattr(value, "visible", None) is True and isinstance(value, gr.Image) for value in shown)
    list(view.example(None, SimpleNamespace(index=NAMES.index("face-2")), session, *controls("grid")))
    assert tab_pages.picked_of(session)[0] not in (None, path), "of another picture the same domain is chosen"


def test_what_is_told_is_text():
    seen = {"hair": {"domain": "red", "sure": 0.9}, "hat": {"domain": "none", "sure": 0.9}, "mouth": {"domain": None, "sure": 0.9}}
    told = tab_html.told({"model": FACES, "seen": seen, "notes": [EVIL, EVIL], "likeness": {"alike": False}})
    assert "<script" not in told and told.count("&lt;script&gt;") == 1 and told.count('class="chip"') == 1
    assert "If this is a cartoon face" in told and "red hair" in told
    facts = tab_html.swapped({"edits": {"hair": EVIL}, "changed": 0.5, "back": {}, "cycle_difference": 0.1})
    assert "<script" not in facts and "50.0 %" in facts and "nothing that the model knows" in facts
    assert "choose at least one" in tab_html.swapped({})
    assert Controls().edits == {slot: value for slot, value in tab_chips.START.items() if slot != "style"}


def test_only_models_whose_checkpoints_are_here_are_offered(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    monkeypatch.delenv("GAN_DEMOS_DEBUG", raising=False)
    for model, offered in [(None, []), (FACES, [FACES]), (EMOJI, [FACES, EMOJI])]:
        if model:
            (tmp_path / MODELS[model]).mkdir()
            (tmp_path / MODELS[model] / "config.json").write_text("{}")
        assert tab_inputs.offered(DEMO) == offered
    assert [tab_inputs.example(number, [EMOJI]).picture for number in (0, 5)] == ["emoji-1", "emoji-6"]
    assert tab_inputs.suitable([FACES]) == [f"face-{number}" for number in range(1, 7)]
