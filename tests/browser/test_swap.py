"""The swap tab in a real browser: a picture is given, chips are chosen, and what comes of it is compared, clicked, undone and sent."""

import io
import re
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_demos import media
from gan_demos.demos.swap import DEMO
from gan_demos.demos.swap.examples import prepared
from gan_demos.demos.swap.preparing import NOTES
from gan_demos.demos.swap.vocabulary import COUNTS, EMOJI, FACES, every, title
from tests.browser.swap_server import CHAIN, GRID, SWAP
from tests.support import serving

START = {"hair": "blond", "glasses": "sunglasses", "mouth": "smile"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nothing here depends on what a picture looks like, so debug checkpoints do."""
    settings = {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}
    with serving(["-m", "tests.browser.swap_server"], tmp_path_factory.mktemp("swap-server"), settings) as running:
        yield running.url


@pytest.fixture
def home(page: Page, address: str) -> Page:
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(address)
    return page


@pytest.fixture
def tab(home: Page) -> Page:
    """The tab as it opens, with the first result."""
    open_page(home, DEMO.title)
    expect(pair(home)).to_have_count(2)
    return home


def open_page(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def pair(page: Page) -> Locator:
    """The two pictures of the slider: before and after."""
    return page.locator("#swap-slider img")


def pictures(page: Page, gallery: str) -> Locator:
    return page.locator(f"#swap-{gallery} button img")


def file(page: Page, image: Locator) -> bytes:
    answer = page.request.get(image.evaluate("image => image.src"))
    assert answer.ok
    return answer.body()


def levels(page: Page, image: Locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file(page, image))).convert("RGB")).astype(int)


def recipe(page: Page, image: Locator) -> dict:
    return media.read_recipe(file(page, image)).parameters


def names(page: Page) -> list[str]:
    """The files to download."""
    return page.locator("#swap-files a[download]").evaluate_all("links => links.map(link => link.download)")


def chip(page: Page, slot: str, label: str) -> None:
    page.locator(f"#swap-slot-{slot}").get_by_text(label, exact=True).click()


def chosen(page: Page, slot: str) -> Locator:
    return page.locator(f"#swap-slot-{slot} label.selected")


def swap(page: Page, slot: str, label: str) -> None:
    """Choose a chip and wait for another result."""
    before = pair(page).last.get_attribute("src")
    chip(page, slot, label)
    expect(pair(page).last).not_to_have_attribute("src", before)


def give(page: Page, data: bytes, name: str = "picture.png") -> None:
    page.locator("#swap-file input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def png_of(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0" * 4096)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in parts)


def test_it_opens_with_a_picture_before_and_after(tab):
    before, after = (levels(tab, image) for image in pair(tab).all())
    assert np.array_equal(before, prepared("face-1").picture) and not np.array_equal(before, after)
    asked = recipe(tab, pair(tab).last)
    assert (asked["picture"], asked["model"], asked["edits"], asked["cycle"]) == ("face-1", FACES, START, True)
    assert names(tab) == ["swapped.png", "before.png", "back-again.png"]
    expect(tab.locator("#swap-told .chip")).not_to_have_count(0)
    back = levels(tab, tab.locator("#swap-back img"))
    assert back.shape == before.shape and not np.array_equal(back, after)


def test_chips_say_what_changes_and_without_any_nothing_does(tab):
    swap(tab, "hair", "blue")
    assert recipe(tab, pair(tab).last)["edits"] == {**START, "hair": "blue"}
    expect(tab.locator("#swap-facts")).to_contain_text("blue hair, sunglasses, smile")
    for slot in START:
        swap(tab, slot, "as it is")
    expect(tab.locator("#swap-facts")).to_contain_text("choose at least one change")
    assert np.array_equal(*(levels(tab, image) for image in pair(tab).all()))
    expect(tab.locator("#swap-files a[download]")).to_have_count(0)


def test_strength_and_the_way_back(tab):
    before = pair(tab).last.get_attribute("src")
    number = tab.locator("#swap-strength input[type=number]")
    number.fill("0")
    number.press("Enter")
    expect(pair(tab).last).not_to_have_attribute("src", before)
    assert np.array_equal(*(levels(tab, image) for image in pair(tab).all()))
    tab.locator("#swap-cycle input").uncheck()
    expect(tab.locator("#swap-back")).to_be_hidden()
    assert recipe(tab, pair(tab).last)["cycle"] is False


def test_a_picture_of_ones_own_is_made_to_fit_and_that_is_said(tab):
    open_page(tab, "Upload, paste or camera")
    wide = Image.new("RGBA", (300, 150), (0, 0, 0, 0))
    wide.paste((200, 30, 30, 255), (0, 20, 300, 150))
    before = pair(tab).first.get_attribute("src")
    give(tab, png_of(wide))
    expect(pair(tab).first).not_to_have_attribute("src", before)
    for note in ("padded", "transparent"):
        expect(tab.locator("#swap-told")).to_contain_text(NOTES[note])
    shown = levels(tab, tab.locator("#swap-picture img"))
    assert shown.shape == (128, 128, 3) and np.array_equal(shown, levels(tab, pair(tab).first))
    assert np.abs(shown[64, 64] - (200, 30, 30)).max() < 10 and shown[2, 64].min() > 250
    assert set(recipe(tab, pair(tab).last)["picture"]) == {"webp", "notes"}, "the recipe needs no file"
    expect(tab.locator("#swap-file input[type=file]")).to_be_attached(), "there is room for the next one"


def test_what_is_no_picture_gets_a_sentence_and_the_last_result_stays(tab):
    open_page(tab, "Upload, paste or camera")
    before = [image.get_attribute("src") for image in pair(tab).all()]
    evil = "a<img src=x onerror=alert(1)>.png"
    bad = [
        (b"dear diary " * 40, evil, "a text, whatever its name says"),
        (bomb(30_000, 30_000), "bomb.png", "million pixels"),
        (bomb(12_000, 12_000), "large.png", "144 million"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "phone.png", "a HEIC picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(2)</script></svg>', "drawing.svg", "an SVG drawing"),
        (png_of(Image.new("RGB", (1, 1))), "one.png", "too few to show anything"),
        (png_of(Image.effect_noise((300, 300), 90))[:9000], "cut.png", "damaged or cut short"),
    ]
    for data, name, sentence in bad:
        give(tab, data, name)
        expect(tab.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(tab.locator("#swap-file input[type=file]")).to_be_attached()
    assert [image.get_attribute("src") for image in pair(tab).all()] == before
    tab.problems[:] = [problem for problem in tab.problems if "dialog" in problem]  # a browser that shows a broken file may complain
    give(tab, png_of(Image.new("RGB", (64, 64), "green")))
    expect(pair(tab).first).not_to_have_attribute("src", before[0])
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_every_domain_is_shown_and_a_click_chooses_one(tab):
    open_page(tab, "Every domain")
    expect(pictures(tab, "gallery")).to_have_count(COUNTS[FACES])
    assert len(names(tab)) == COUNTS[FACES] + 1 and names(tab)[-1] == "domains.png"
    number = every(FACES).index(("hat", "hat"))
    expect(tab.locator("#swap-gallery button").nth(number)).to_have_text(title("hat", "hat"))
    pictures(tab, "gallery").nth(number).click()
    picked = tab.locator("#swap-picked img")
    expect(picked).to_be_visible()
    assert recipe(tab, picked)["domains"] == ["hat: hat"]
    expect(chosen(tab, "hat")).to_have_text("red hat")
    expect(chosen(tab, "hair")).to_have_text("as it is")
    before = pair(tab).last.get_attribute("src")
    open_page(tab, "Before and after")
    expect(pair(tab).last).not_to_have_attribute("src", before)
    assert recipe(tab, pair(tab).last)["edits"] == {"hat": "hat"}


def test_an_emoji_brings_its_model(tab):
    before = pair(tab).first.get_attribute("src")
    pictures(tab, "examples").nth(7).click()
    expect(pair(tab).first).not_to_have_attribute("src", before)
    expect(tab.locator("#swap-slot-hair")).to_be_hidden()
    expect(tab.locator("#swap-slot-style")).to_be_visible()
    asked = recipe(tab, pair(tab).last)
    assert (asked["picture"], asked["model"], asked["edits"]) == ("emoji-2", EMOJI, {"style": "twemoji"})
    open_page(tab, "Every domain")
    expect(pictures(tab, "gallery")).to_have_count(COUNTS[EMOJI])
    tab.locator("#swap-model").get_by_text("Cartoon faces").click()
    expect(pictures(tab, "gallery")).to_have_count(COUNTS[FACES])
    expect(chosen(tab, "hair")).to_have_text(START["hair"]), "what was chosen before is still chosen"


def test_steps_follow_each_other_and_are_undone(tab):
    open_page(tab, "Step by step")
    captions = tab.locator("#swap-steps .caption-label")
    expect(captions).to_have_text(["the picture", "next: blond hair, sunglasses, smile"])
    expect(tab.locator("#swap-undo")).to_be_disabled()
    tab.locator("#swap-add").click()
    expect(captions).to_have_text(["the picture", "1. blond hair, sunglasses, smile"])
    expect(chosen(tab, "hair")).to_have_text("as it is")
    chip(tab, "hat", "red hat")
    expect(captions).to_have_text(["the picture", "1. blond hair, sunglasses, smile", "next: red hat"])
    tab.locator("#swap-add").click()
    expect(captions.last).to_have_text("2. red hat")
    assert names(tab) == ["step-2.png", "step-1.png", "steps.png"]
    assert recipe(tab, pictures(tab, "steps").last)["steps"] == [START, {"hat": "hat"}]
    tab.locator("#swap-undo").click()
    expect(captions).to_have_text(["the picture", "1. blond hair, sunglasses, smile"])
    assert recipe(tab, pictures(tab, "steps").last)["steps"] == [START]
    tab.locator("#swap-undo").click()
    expect(captions).to_have_text(["the picture"])
    expect(tab.locator("#swap-files a[download]")).to_have_count(0)


def test_a_picture_that_is_sent_is_taken_whenever_it_comes(home):
    for _ in range(2):
        home.get_by_role("button", name="Send a picture").click()
        expect(home.locator("#swap-slot-style")).to_be_visible(), "its recipe says what it is"
        expect(pair(home)).to_have_count(2)
        expect(pair(home).first).to_have_attribute("src", re.compile("before.png"))
        assert np.array_equal(levels(home, home.locator("#swap-picture img")), prepared("emoji-3").picture)
        assert recipe(home, pair(home).last)["model"] == EMOJI
        pictures(home, "examples").first.click()  # something else, and then it comes once more
        expect(home.locator("#swap-slot-hair")).to_be_visible()
        open_page(home, "Elsewhere")


def test_a_result_that_is_asked_for_is_made_again_with_its_controls(home):
    home.get_by_role("button", name="Ask for chain").click()
    captions = home.locator("#swap-steps .caption-label")
    expect(captions).to_have_text(["the picture", "1. Noto", "2. OpenMoji"])
    assert recipe(home, pictures(home, "steps").last) == CHAIN
    expect(home.locator("#swap-strength input[type=number]")).to_have_value("0.5")
    open_page(home, "Elsewhere")
    home.get_by_role("button", name="Ask for swap").click()
    expect(chosen(home, "eyes")).to_have_text("wink")
    expect(home.locator("#swap-facts")).to_contain_text("wink")
    assert recipe(home, pair(home).last) == SWAP
    open_page(home, "Elsewhere")
    home.get_by_role("button", name="Ask for grid").click()
    expect(pictures(home, "gallery")).to_have_count(2)
    expect(home.locator("#swap-files a[download]")).to_have_count(3)
    assert recipe(home, pictures(home, "gallery").first) == {**GRID, "domains": ["skin: dark"]}
    home.get_by_role("button", name="Show every domain").click()
    expect(pictures(home, "gallery")).to_have_count(COUNTS[FACES])
    open_page(home, "Elsewhere")
    home.get_by_role("button", name="Ask for bad").click()
    expect(home.get_by_role("alert").filter(has_text="Picture: it is neither")).to_be_visible()
    expect(pictures(home, "gallery")).to_have_count(COUNTS[FACES])


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_window(tab, width):
    tab.set_viewport_size({"width": width, "height": 844})
    for name in ("Upload, paste or camera", "Every domain", "Step by step", "Before and after"):
        open_page(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    box = "document.querySelector('%s').getBoundingClientRect()"
    below = f"{box % '#swap-chips'}.y > {box % '#swap-side'}.bottom - 1"
    assert tab.evaluate(below) == (width < 900), "on a phone the result comes before the chips"  # one moment: pictures still come in
