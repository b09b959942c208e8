"""What every tab gets from the application, clicked through in a real browser on the toy demo."""

import wave
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gan_demos import media
from tests import toy


@pytest.fixture
def home(page: Page, toy_server) -> Page:
    page.goto(toy_server.url)
    expect(page.get_by_role("tab", name="Toy")).to_be_visible()
    return page


def make(page: Page, seed: int) -> None:
    page.get_by_label("Seed").fill(str(seed))
    page.get_by_role("button", name="Make", exact=True).click()


def download(page: Page, link, folder: Path) -> Path:
    with page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_make_listen_download_and_replay(home: Page, tmp_path):
    make(home, 7)
    expect(home.locator("#tone audio, #tone .waveform-container, #tone canvas").first).to_be_attached()
    expect(home.locator("table.facts")).to_contain_text("seconds")
    path = download(home, home.get_by_test_id("download-link").first, tmp_path)
    recipe = media.read_recipe_file(path)
    assert recipe.parameters["seed"] == 7
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (toy.RATE, 16)

    home.get_by_role("tab", name="Replay a file").click()
    home.locator("#replay-file input[type=file]").set_input_files(path)
    expect(home.locator("#replay-recipe")).to_contain_text("tone")
    again = download(home, home.locator("#replay-files").get_by_test_id("download-link"), tmp_path / "again")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"no sound at all", "none of the kinds that hold a recipe"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "holds no recipe"),
    ],
)
def test_a_foreign_file_gets_a_sentence(home: Page, tmp_path, data, sentence):
    path = tmp_path / "mislabelled.wav"
    path.write_bytes(data)
    home.get_by_role("tab", name="Replay a file").click()
    home.locator("#replay-file input[type=file]").set_input_files(path)
    expect(home.get_by_role("alert").filter(has_text=sentence)).to_be_visible()


def test_the_die_writes_a_new_seed(home: Page):
    seed = home.get_by_label("Seed")
    seen = set()
    for _ in range(3):
        before = seed.input_value()
        home.get_by_role("button", name="Roll").click()
        expect(seed).not_to_have_value(before)
        seen.add(int(seed.input_value()))
    assert len(seen) == 3 and all(0 <= value < 2**32 for value in seen)


def test_a_bad_seed_gets_a_sentence_and_keeps_the_last_result(home: Page):
    make(home, 1)
    facts = home.locator("table.facts")
    expect(facts).to_be_visible()
    make(home, -5)
    expect(home.get_by_role("alert").filter(has_text="Seed must be a whole number between 0 and 4294967295; got -5")).to_be_visible()
    expect(facts).to_be_visible()
    make(home, 2)
    expect(home.get_by_role("alert").filter(has_text="Seed must be")).to_have_count(0)


def test_a_fault_is_a_notice_without_details(home: Page):
    home.get_by_role("button", name="Break").click()
    notice = home.get_by_text("Something went wrong on our side; nothing of yours was lost.")
    expect(notice.first).to_be_visible()
    assert "secret" not in home.content()


def test_a_tab_without_its_model_says_what_to_do(home: Page):
    home.get_by_role("tab", name="Gone").click()
    expect(home.get_by_role("alert").filter(has_text="python -m gan_demos train no-such-model")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_schemes(home: Page, toy_server, scheme):
    home.emulate_media(color_scheme=scheme)
    home.set_viewport_size({"width": 390, "height": 844})
    home.goto(toy_server.url)
    expect(home.get_by_role("button", name="Make", exact=True)).to_be_visible()
    for name in ("Toy", "Replay a file"):
        tab = home.get_by_role("tab", name=name)
        if tab.count() and tab.first.is_visible():
            tab.first.click()
        assert home.evaluate("document.documentElement.scrollWidth") <= 390
    assert home.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")


def test_a_file_that_is_too_large_is_refused_and_a_good_one_works_after(home: Page, tmp_path):
    huge, good = tmp_path / "huge.wav", tmp_path / "good.wav"
    with huge.open("wb") as file:
        file.truncate(40 << 20)
    make(home, 3)
    made = download(home, home.get_by_test_id("download-link").first, tmp_path)
    made.rename(good)
    home.get_by_role("tab", name="Replay a file").click()
    home.locator("#replay-file input[type=file]").set_input_files(huge)
    expect(home.get_by_text("exceed the maximum allowed size").first).to_be_visible()
    home.problems.clear()
    home.locator("#replay-file input[type=file]").set_input_files(good)
    expect(home.locator("#replay-recipe")).to_contain_text("tone")
