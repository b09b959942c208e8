"""The Sound tab in a real browser: every inner tab makes a sound of the right length and a picture that shows something."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_demos import application, catalog, media
from gan_demos.demos.sound import DEMO
from gan_demos.demos.sound.pictures import INK
from tests.support import serving

# Without the trained checkpoints the same tab runs on debug ones: nothing here depends on what a sound sounds like.
ALONE = """
from gan_demos import application, catalog
from gan_demos.demos.sound import DEMO
catalog.DEMOS = (DEMO,)
application.serve()
"""
ANY_FILE = re.compile(r"/file=.*\.wav")
TRAINED = DEMO in catalog.DEMOS and application.problem_of(DEMO) is None
SINGLE = [("Drums", 1.024), ("Digits", 1.024), ("Notes", 32_768 / 22_050), ("Walk", 7 * 0.4 + 1.024)]


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if TRAINED:
        yield request.getfixturevalue("server").url
        return
    with serving(["-c", ALONE], tmp_path_factory.mktemp("sound-server"), {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}) as running:
        yield running.url


@pytest.fixture
def tab(page: Page, address: str) -> Page:
    page.goto(address)
    page.get_by_role("tab", name="Sound", exact=True).click()
    expect(page.locator("#drum-machine")).to_be_visible()
    return page


def open_inner(page: Page, name: str) -> Locator:
    """The panel of an inner tab, opened, with its first result in it."""
    page.locator("#sound-tabs").get_by_role("tab", name=name, exact=True).click()
    panel = page.locator(f"#sound-{name.lower()}")
    expect(panel.locator(".sound-player audio")).to_have_attribute("src", ANY_FILE)
    return panel


def source(panel: Locator) -> str:
    return panel.locator(".sound-player audio").evaluate("player => player.src")


def changed(panel: Locator, before: str) -> str:
    """The address of the sound once it is another than `before`."""
    expect(panel.locator(".sound-player audio")).not_to_have_attribute("src", before)
    return source(panel)


def fetch(page: Page, url: str) -> bytes:
    answer = page.request.get(url)
    assert answer.ok
    return answer.body()


def seconds(page: Page, url: str) -> float:
    samples, rate = soundfile.read(io.BytesIO(fetch(page, url)))
    return len(samples) / rate


def ink(page: Page, name: str) -> int:
    """Coloured pixels of the waveform picture."""
    image = page.locator(f"#sound-{name}-waveform img")
    expect(image).to_be_visible()
    shown = fetch(page, image.evaluate("image => image.src"))
    assert media.read_recipe(shown).demo == "sound"
    return int((np.asarray(Image.open(io.BytesIO(shown)).convert("RGB")) == INK).all(-1).sum())


def loop_url(page: Page, other_than: str = "") -> str:
    """The address of the loop once there is one, and another than `other_than`."""
    player = page.locator("#sound-loop-player [data-url]")
    expect(player).to_have_attribute("data-url", ANY_FILE)
    if other_than:
        expect(player).not_to_have_attribute("data-url", other_than)
    return player.get_attribute("data-url")


@pytest.mark.parametrize("name, duration", SINGLE)
def test_a_tab_opens_with_a_sound_its_pictures_and_its_facts_and_no_noise(tab, name, duration):
    panel = open_inner(tab, name)
    assert seconds(tab, source(panel)) == pytest.approx(duration, abs=1e-3)
    assert panel.locator(".sound-player audio").evaluate("player => player.paused && player.played.length === 0")
    assert ink(tab, name.lower()) >= 640
    expect(tab.locator(f"#sound-{name.lower()}-mel img")).to_be_visible()
    expect(panel.locator("table.facts")).to_contain_text("Measured brightness")
    expect(tab.locator(f"#sound-{name.lower()}-files").get_by_test_id("download-link")).to_have_count(3)


@pytest.mark.parametrize("name", ["Drums", "Digits", "Notes"])
def test_a_slider_that_moves_changes_the_sound_and_plays_it_and_reset_brings_the_first_back(tab, name):
    panel = open_inner(tab, name)
    first = source(panel)
    slider = panel.get_by_label("range slider for Brightness")
    slider.focus()
    slider.press("End")
    moved = changed(panel, first)
    recipes = [media.read_recipe(fetch(tab, url)) for url in (first, moved)]
    assert [recipe.parameters["brightness"] for recipe in recipes] == [0, 1]
    if TRAINED:  # debug checkpoints have no directions to move along
        assert not np.array_equal(*(soundfile.read(io.BytesIO(fetch(tab, url)))[0] for url in (first, moved)))
    tab.wait_for_function("id => document.querySelector(`#sound-${id} audio`).played.length > 0", arg=name.lower())
    panel.get_by_role("button", name="Reset sliders").click()
    expect(slider).to_have_value("0")
    changed(panel, moved)
    assert fetch(tab, source(panel)) == fetch(tab, first)


def test_examples_play_at_once(tab):
    panel = open_inner(tab, "Digits")
    first = source(panel)
    panel.get_by_role("button", name="Say 2026").click()
    said = changed(panel, first)
    assert media.read_recipe(fetch(tab, said)).parameters["number"] == "2026"
    assert seconds(tab, said) > 4 * 0.06
    expect(panel.get_by_label("What to say")).to_have_value("2026")
    panel.get_by_role("button", name="3", exact=True).click()
    three = changed(panel, said)
    assert media.read_recipe(fetch(tab, three)).parameters["digit"] == 3


def test_a_tune_is_played_and_a_wrong_note_gets_a_sentence(tab):
    panel = open_inner(tab, "Notes")
    first = source(panel)
    panel.get_by_label("A tune").check()
    tune = changed(panel, first)
    assert seconds(tab, tune) == pytest.approx(6 * 0.5 + 32_768 / 22_050, abs=1e-3)
    notes = panel.get_by_role("textbox", name="Notes")
    notes.fill("C4 X9")
    notes.press("Enter")
    expect(panel.get_by_role("alert").filter(has_text="'X9' is not the name of a note")).to_be_visible()
    assert source(panel) == tune
    notes.fill("C4 G4")
    notes.press("Enter")
    assert seconds(tab, changed(panel, tune)) == pytest.approx(0.5 + 32_768 / 22_050, abs=1e-3)
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_the_pitch_slider_names_its_note(tab):
    panel = open_inner(tab, "Notes")
    expect(tab.locator("#sound-pitch")).to_contain_text("C4")
    slider = panel.get_by_label("range slider for Pitch")
    slider.focus()
    slider.press("ArrowRight")
    expect(tab.locator("#sound-pitch")).to_contain_text("C#4")
    expect(tab.locator("#sound-pitch")).to_contain_text("277.18 Hz")


def test_a_walk_shows_only_the_fields_that_its_model_uses(tab):
    panel = open_inner(tab, "Walk")
    first = source(panel)
    expect(panel.get_by_label("Drum", exact=True)).to_be_visible()
    panel.get_by_label("Digits", exact=True).check()
    assert seconds(tab, changed(panel, first)) == pytest.approx(7 * 0.6 + 1.024, abs=1e-3)
    expect(panel.get_by_label("Drum", exact=True)).to_be_hidden()
    expect(panel.get_by_label("theo")).to_be_visible()


def test_a_bad_seed_gets_a_sentence_and_the_tab_goes_on(tab):
    panel = open_inner(tab, "Drums")
    first = source(panel)
    panel.get_by_role("spinbutton", name="Seed").fill("-3")
    expect(panel.get_by_role("alert").filter(has_text="Seed must be a whole number between 0 and 4294967295; got -3")).to_be_visible()
    assert source(panel) == first
    panel.get_by_role("spinbutton", name="Seed").fill("77")
    assert media.read_recipe(fetch(tab, changed(panel, first))).parameters["seed"] == 77
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_the_drum_machine_is_ready_plays_and_goes_on_while_it_is_changed(tab):
    first = loop_url(tab)
    assert seconds(tab, first) == pytest.approx(2 * 16 * 15 / 112, abs=1e-3)
    assert ink(tab, "loop") >= 640
    play = tab.locator("#sound-loop-player").get_by_role("button")
    expect(play).to_have_text("▶ Play")
    play.click()
    expect(play).to_have_text("■ Stop")
    expect(tab.locator("#drum-machine label.now")).to_have_count(6)

    tab.locator("#drum-machine .pads").nth(4).get_by_label("Step 3", exact=True).check()
    second = loop_url(tab, first)
    recipe = media.read_recipe(fetch(tab, second))
    assert recipe.parameters["pattern"][4] == [0, 0, 1] + [0] * 13
    expect(play).to_have_text("■ Stop")
    play.click()
    expect(play).to_have_text("▶ Play")
    expect(tab.locator("#drum-machine label.now")).to_have_count(0)


def test_a_pattern_fills_the_pads_and_plays_at_once(tab):
    first = loop_url(tab)
    tab.get_by_role("button", name="House", exact=True).click()
    house = loop_url(tab, first)
    assert seconds(tab, house) == pytest.approx(2 * 16 * 15 / 124, abs=1e-3)
    expect(tab.locator("#drum-machine .pads").first.locator("input:checked")).to_have_count(4)
    play = tab.locator("#sound-loop-player").get_by_role("button")
    expect(play).to_have_text("■ Stop")

    tab.get_by_role("button", name="Empty", exact=True).click()
    expect(tab.get_by_text("Nothing to play yet")).to_be_visible()
    expect(tab.locator("#drum-machine input:checked")).to_have_count(0)
    expect(play).to_have_text("▶ Play")
    tab.locator("#drum-machine .pads").first.get_by_label("Step 1", exact=True).focus()
    tab.keyboard.press("Space")  # pads are reached and switched by keys
    loop_url(tab, house)
    assert media.read_recipe(fetch(tab, loop_url(tab))).parameters["pattern"][0] == [1] + [0] * 15


def test_surprise_me_makes_a_new_kit_for_the_same_pattern(tab):
    first = loop_url(tab)
    tab.get_by_role("button", name="Surprise me").click()
    before, after = (media.read_recipe(fetch(tab, url)).parameters for url in (first, loop_url(tab, first)))
    assert before["pattern"] == after["pattern"] and len(set(after["seeds"])) == 6
    assert not set(before["seeds"]) & set(after["seeds"])


@pytest.mark.parametrize("width, lines", [(1280, 1), (390, 2)])
def test_the_pads_fit_the_window(tab, width, lines):
    tab.set_viewport_size({"width": width, "height": 844})
    pads = tab.locator("#drum-machine .pads").first.locator("label")
    expect(pads).to_have_count(16)
    boxes = [pads.nth(i).bounding_box() for i in range(16)]
    assert len({round(box["y"]) for box in boxes}) == lines
    assert all(box["width"] >= 30 and box["height"] >= 30 and box["x"] + box["width"] <= width for box in boxes)
    for name in ("Drum machine", "Drums", "Digits", "Notes", "Walk"):
        inner = tab.locator("#sound-tabs").get_by_role("tab", name=name, exact=True)
        if inner.count() and inner.first.is_visible():
            inner.first.click()
        tab.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)  # tabs wrap a moment later
