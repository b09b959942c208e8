"""The faces tab in a real browser: a prompt is typed and faces appear, chips say which words did it, lists and clicks change them."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_demos import application, catalog, media
from gan_demos.demos.faces import DEMO, captions
from tests.support import serving

# Without the trained checkpoints the same tab runs on debug ones: nothing here depends on what a face looks like.
ALONE = """
from gan_demos import application, catalog
from gan_demos.demos.faces import DEMO
catalog.DEMOS = (DEMO,)
application.serve()
"""
TRAINED = DEMO in catalog.DEMOS and application.problem_of(DEMO) is None
FILE = re.compile(r"/file=.*")


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if TRAINED:
        yield request.getfixturevalue("server").url
        return
    with serving(["-c", ALONE], tmp_path_factory.mktemp("faces-server"), {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}) as running:
        yield running.url


@pytest.fixture
def tab(page: Page, address: str) -> Page:
    """The tab as it opens, with the faces of the first example."""
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(address)
    if catalog.DEMOS[0] is not DEMO and TRAINED:
        page.get_by_role("tab", name=DEMO.title).click()
    expect(faces(page)).to_have_count(4)
    return page


def faces(page: Page, gallery: str = "faces-gallery") -> Locator:
    return page.locator(f"#{gallery} img")


def sources(page: Page, gallery: str = "faces-gallery") -> list[str]:
    return [image.evaluate("image => image.src") for image in faces(page, gallery).all()]


def fetch(page: Page, url: str) -> bytes:
    answer = page.request.get(url)
    assert answer.ok
    return answer.body()


def recipe(page: Page, gallery: str = "faces-gallery", index: int = 0) -> dict:
    """The parameters in the recipe of a picture that is shown."""
    return media.read_recipe(fetch(page, sources(page, gallery)[index])).parameters


def ask(page: Page, prompt: str) -> None:
    """Type a prompt, press Enter, and wait for other faces than before."""
    before = sources(page)[0]
    box = page.locator("#faces-prompt textarea")
    box.fill(prompt)
    box.press("Enter")
    expect(faces(page).first).not_to_have_attribute("src", before)


def chip(page: Page, slot: str) -> Locator:
    return page.locator(f"#faces-told [data-slot={slot}]")


def pin(page: Page, slot: str, label: str) -> None:
    field = page.locator(f"#faces-slot-{slot} input")
    field.click()
    page.get_by_role("option", name=label, exact=True).click()


def test_it_opens_with_faces_of_the_first_example(tab):
    expect(tab.locator("#faces-prompt textarea")).to_have_value(captions.EXAMPLES[0])
    assert recipe(tab)["prompt"] == captions.EXAMPLES[0]
    levels = np.asarray(Image.open(io.BytesIO(fetch(tab, sources(tab)[0]))).convert("RGB")).astype(int)
    assert levels.shape == (128, 128, 3) and levels.std() > 2, "the picture shows something"
    expect(tab.locator("#faces-files").get_by_test_id("download-link")).to_have_count(5)
    expect(tab.locator("#faces-gallery")).to_contain_text("CLIP")


def test_a_prompt_is_drawn_and_each_chip_names_its_words(tab):
    ask(tab, "woman with red hair, yellow background")
    expect(chip(tab, "hairColor")).to_contain_text("red")
    expect(chip(tab, "bg")).to_contain_text(re.compile("yellow “.*yellow.*”"))
    assert recipe(tab)["prompt"] == "woman with red hair, yellow background"
    expect(tab.locator("#faces-slot-bg input")).to_have_value("yellow (your words)")


def test_chips_follow_while_one_types(tab):
    before = sources(tab)
    box = tab.locator("#faces-prompt textarea")
    box.fill("")
    box.press_sequentially("pink background")
    expect(chip(tab, "bg")).to_contain_text("pink")
    expect(tab.locator("#faces-told .chip")).to_have_count(1)
    assert sources(tab) == before, "nothing is drawn before Enter"


def test_an_attribute_that_is_chosen_wins_and_can_be_left_to_the_seed_again(tab):
    ask(tab, "yellow background")
    before = sources(tab)[0]
    chip(tab, "bg").click()  # opens its list
    tab.get_by_role("option", name="mint", exact=True).click()
    expect(faces(tab).first).not_to_have_attribute("src", before)
    expect(chip(tab, "bg")).to_contain_text("mint you chose")
    assert recipe(tab)["pins"] == {"bg": "mint"}
    pinned = sources(tab)[0]
    pin(tab, "bg", "let the seed choose")
    expect(faces(tab).first).not_to_have_attribute("src", pinned)
    assert (recipe(tab)["pins"], recipe(tab)["vary"]) == ({}, ["bg"])


def test_what_the_chosen_face_has_can_be_kept_and_freed(tab):
    tab.locator("#faces-gallery button").nth(2).click()
    expect(tab.locator("#faces-chosen")).to_contain_text("Seed 2")
    before = sources(tab)
    tab.locator("#faces-keep label").filter(has_text="Clothes:").locator("input").check()
    expect(faces(tab).first).not_to_have_attribute("src", before[0])
    kept = recipe(tab)["pins"]
    assert set(kept) == {"clothing"}
    expect(tab.locator("#faces-slot-clothing input")).to_have_value(captions.LABELS["clothing"][kept["clothing"]])
    now = sources(tab)[0]
    tab.get_by_role("button", name="Free everything").click()
    expect(faces(tab).first).not_to_have_attribute("src", now)
    assert recipe(tab)["pins"] == {}
    expect(tab.locator("#faces-slot-clothing input")).to_have_value("any")


def test_html_and_script_in_a_prompt_are_text(tab):
    evil = "red hair <img src=x onerror=alert(1)> <script>alert(2)</script> <b id=injected>zzyx</b>"
    ask(tab, evil)
    expect(chip(tab, "hairColor")).to_contain_text("red")
    assert recipe(tab)["prompt"] == evil
    tab.get_by_role("tab", name="Mix two prompts").click()
    other = tab.locator("#faces-other textarea, #faces-other input").first
    other.fill("<script>alert(3)</script> <img src=x onerror=alert(4)> blue hair")
    other.press("Enter")
    expect(tab.locator("#faces-page-mix .chip[data-slot=hairColor]")).to_contain_text("blue")
    assert tab.locator("#injected").count() == 0 and tab.locator("img[src=x]").count() == 0
    for name in tab.locator("#faces-files a[download]").evaluate_all("links => links.map(link => link.download)"):
        assert re.fullmatch(r"[a-z0-9-]+\.png", name)


def test_words_that_no_face_has_are_named(tab):
    ask(tab, "blond girl riding a motorcycle")
    expect(tab.locator("#faces-told")).to_contain_text(re.compile("I only draw faces; I ignored: .*motorcycle"))


def test_bad_input_gets_a_sentence_and_the_last_faces_stay(tab):
    before = sources(tab)
    box = tab.locator("#faces-prompt textarea")
    box.fill("a" * 10_001)
    box.press("Enter")
    expect(tab.get_by_role("alert").filter(has_text="Prompt must be plain text of at most 10000 characters").first).to_be_visible()
    assert sources(tab) == before
    ask(tab, "red hair " * 1_000)
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_an_example_and_a_random_prompt_are_drawn_at_once(tab):
    before = sources(tab)[0]
    tab.locator("#faces-examples").get_by_text(captions.EXAMPLES[1], exact=True).click()
    expect(faces(tab).first).not_to_have_attribute("src", before)
    expect(tab.locator("#faces-prompt textarea")).to_have_value(captions.EXAMPLES[1])
    before = sources(tab)[0]
    tab.get_by_role("button", name="Random prompt").click()
    expect(faces(tab).first).not_to_have_attribute("src", before)
    typed = tab.locator("#faces-prompt textarea").input_value()
    assert typed and typed != captions.EXAMPLES[1] and recipe(tab)["prompt"] == typed


def test_more_like_the_chosen_face(tab):
    tab.locator("#faces-gallery button").nth(1).click()
    expect(tab.locator("#faces-chosen")).to_contain_text("Seed 1")
    tab.get_by_role("tab", name="More like this").click()
    expect(faces(tab, "faces-more")).to_have_count(4)
    first = sources(tab, "faces-more")
    assert recipe(tab, "faces-more")["seed"] == 1
    tab.get_by_role("button", name="Others").click()
    expect(faces(tab, "faces-more").first).not_to_have_attribute("src", first[0])
    assert recipe(tab, "faces-more")["first"] == 5


def test_a_walk_plays(tab):
    tab.get_by_role("tab", name="Walk").click()
    video = tab.locator("#faces-video video")
    expect(video).to_have_attribute("src", FILE)
    tab.wait_for_function("() => document.querySelector('#faces-video video').videoWidth === 256")
    names = tab.locator("#faces-files a[download]").evaluate_all("links => links.map(link => link.download)")
    assert names == ["walk-seed-0.mp4", "walk-seed-0.gif"]


def test_a_picture_is_replayed_from_its_file(tab, tmp_path):
    path = tmp_path / "any name.png"
    path.write_bytes(fetch(tab, sources(tab)[2]))
    tab.get_by_role("tab", name="Replay a file").click()
    tab.locator("#replay-file input[type=file]").set_input_files(path)
    expect(tab.locator("#replay-recipe")).to_contain_text("faces")
    expect(tab.locator("#replay-images img")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_window(tab, width):
    tab.set_viewport_size({"width": width, "height": 844})
    for name in ("Mix two prompts", "Faces"):
        inner = tab.locator("#faces-pages").get_by_role("tab", name=name)
        if inner.count() and inner.first.is_visible():
            inner.first.click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [tab.locator(f"#faces-slot-{slot}").bounding_box() for slot in captions.TITLES]
    assert len({round(box["x"]) for box in boxes}) == (4 if width > 900 else 2)
    assert all(box["x"] + box["width"] <= width for box in boxes)
