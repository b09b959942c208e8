"""The pictures tab in a real browser: a prompt is typed and pictures appear, are chosen, guided, explained and compared."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_demos import application, catalog, media
from gan_demos.demos.pictures import DEMO
from gan_demos.demos.pictures.examples import EXAMPLES
from gan_demos.demos.pictures.vocabulary import MODEL_TITLES, STYLES
from tests.support import serving

# Without the trained checkpoints the same tab runs on debug ones: nothing here depends on what a picture looks like.
ALONE = """
from gan_demos import application, catalog
from gan_demos.demos.pictures import DEMO
catalog.DEMOS = (DEMO,)
application.serve()
"""
TRAINED = DEMO in catalog.DEMOS and application.problem_of(DEMO) is None
FILE = re.compile(r"/file=.*")
STEP = re.compile(r"Step \d+ of 200")
# Gathers every state that the page of guidance shows.
WATCH = """
() => {
  window.seen = new Set();
  const look = () => {
    const picture = document.querySelector('#pictures-guidance img[alt=after]');
    const line = document.querySelector('#pictures-guidance .line');
    if (picture && /^Step/.test(line.textContent)) window.seen.add(picture.src);
  };
  new MutationObserver(look).observe(document.querySelector('#pictures-guidance'), { childList: true, subtree: true, characterData: true });
}
"""


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if TRAINED:
        yield request.getfixturevalue("server").url
        return
    with serving(["-c", ALONE], tmp_path_factory.mktemp("pictures-server"), {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}) as running:
        yield running.url


@pytest.fixture
def tab(page: Page, address: str) -> Page:
    """The tab as it opens, with pictures of the first example."""
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(address)
    if catalog.DEMOS[0] is not DEMO and TRAINED:
        page.get_by_role("tab", name=DEMO.title).click()
    expect(shown(page)).to_have_count(4)
    return page


def shown(page: Page, gallery: str = "pictures-gallery") -> Locator:
    return page.locator(f"#{gallery} img")


def sources(page: Page, gallery: str = "pictures-gallery") -> list[str]:
    return [image.evaluate("image => image.src") for image in shown(page, gallery).all()]


def fetch(page: Page, url: str) -> bytes:
    answer = page.request.get(url)
    assert answer.ok
    return answer.body()


def recipe(page: Page, gallery: str = "pictures-gallery", index: int = 0) -> dict:
    """The parameters in the recipe of a picture that is shown."""
    return media.read_recipe(fetch(page, sources(page, gallery)[index])).parameters


def open_page(page: Page, name: str) -> None:
    page.locator("#pictures-pages").get_by_role("tab", name=name, exact=True).click()


def ask(page: Page, prompt: str) -> None:
    """Type a prompt, press Enter, and wait for other pictures than before."""
    before = sources(page)[0]
    box = page.locator("#pictures-prompt textarea")
    box.fill(prompt)
    box.press("Enter")
    expect(shown(page).first).not_to_have_attribute("src", before)


def choose(page: Page, group: str, label: str) -> None:
    """Tick a drawing style or a model, and wait for other pictures."""
    before = sources(page)[0]
    page.locator(f"#pictures-{group}").get_by_label(label, exact=True).check()
    expect(shown(page).first).not_to_have_attribute("src", before)


def fact(page: Page, name: str) -> Locator:
    """What is told of the chosen picture."""
    return page.locator("#pictures-facts tr").filter(has=page.get_by_role("rowheader", name=name, exact=True)).locator("td")


def downloads(page: Page) -> list[str]:
    return page.locator("#pictures-files a[download]").evaluate_all("links => links.map(link => link.download)")


def test_a_prompt_is_drawn_in_the_style_that_is_chosen(tab):
    assert recipe(tab)["prompt"] == EXAMPLES[0]
    levels = np.asarray(Image.open(io.BytesIO(fetch(tab, sources(tab)[0]))).convert("RGB")).astype(int)
    assert levels.shape == (128, 128, 3) and levels.std() > 2, "the picture shows something"
    expect(tab.locator("#pictures-gallery")).to_contain_text(re.compile(r"CLIP -?\d\.\d\d"))
    ask(tab, "a small house")
    assert recipe(tab)["prompt"] == "a small house"
    choose(tab, "style", "OpenMoji")
    assert recipe(tab)["style"] == "openmoji" and recipe(tab)["prompt"] == "a small house"
    choose(tab, "model", MODEL_TITLES["AttnGAN"])
    assert recipe(tab)["model"] == "AttnGAN"
    expect(tab.locator("#pictures-facts")).to_contain_text("OpenMoji")
    assert tab.locator("#pictures-style input").count() == len(STYLES) + 2


def test_what_a_prompt_means_follows_while_one_types(tab):
    before = sources(tab)
    box = tab.locator("#pictures-prompt textarea")
    box.fill("")
    box.press_sequentially("qwertzuiop")
    expect(tab.locator("#pictures-told")).to_contain_text("know “qwertzuiop”")
    expect(tab.locator("#pictures-told .chip").first).to_be_visible()
    assert sources(tab) == before, "nothing is drawn before Enter"


def test_html_and_script_in_a_prompt_are_text(tab):
    evil = "<img src=x onerror=alert(1)> <script>alert(2)</script> <b id=injected>zzyx</b>"
    ask(tab, evil)
    assert recipe(tab)["prompt"] == evil
    expect(tab.locator("#pictures-told")).to_contain_text("script")
    expect(tab.locator("#pictures-facts")).to_contain_text("<img src=x")
    open_page(tab, "How it was made")
    expect(tab.locator("#pictures-attention")).to_contain_text("onerror")
    open_page(tab, "Mix")
    other = tab.locator("#pictures-other textarea, #pictures-other input").first
    other.fill("<script>alert(3)</script> <img src=x onerror=alert(4)>")
    other.press("Enter")
    expect(tab.locator("#pictures-page-mix table.facts")).to_contain_text("<script>alert(3)")
    assert tab.locator("#injected").count() == 0 and tab.locator("img[src=x]").count() == 0
    assert downloads(tab) and all(re.fullmatch(r"[a-z0-9-]+\.png", name) for name in downloads(tab))


def test_bad_input_gets_a_sentence_and_the_last_pictures_stay(tab):
    before = sources(tab)
    box = tab.locator("#pictures-prompt textarea")
    box.fill("a" * 10_001)
    box.press("Enter")
    expect(tab.get_by_role("alert").filter(has_text="Prompt must be plain text of at most 10000 characters").first).to_be_visible()
    assert sources(tab) == before
    ask(tab, "red apple " * 1_000)
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_an_example_and_a_random_prompt_are_drawn_at_once(tab):
    before = sources(tab)[0]
    tab.locator("#pictures-examples").get_by_text(EXAMPLES[1], exact=True).click()
    expect(shown(tab).first).not_to_have_attribute("src", before)
    expect(tab.locator("#pictures-prompt textarea")).to_have_value(EXAMPLES[1])
    before = sources(tab)[0]
    tab.get_by_role("button", name="Random prompt").click()
    expect(shown(tab).first).not_to_have_attribute("src", before)
    assert recipe(tab)["prompt"] == tab.locator("#pictures-prompt textarea").input_value() != EXAMPLES[1]


def test_the_three_models_side_by_side(tab):
    tab.locator("#pictures-model").get_by_label("All three, side by side").check()
    expect(shown(tab)).to_have_count(3)
    for title in MODEL_TITLES.values():
        expect(tab.locator("#pictures-gallery")).to_contain_text(re.compile(re.escape(title) + r"\s+CLIP -?\d\.\d\d"))
    tab.locator("#pictures-gallery button").nth(1).click()
    expect(tab.locator("#pictures-facts")).to_contain_text(MODEL_TITLES["StackGAN++"])


def test_guidance_shows_its_steps_can_be_stopped_and_its_picture_is_kept(tab):
    tab.locator("#pictures-gallery button").nth(1).click()
    seed = recipe(tab, index=1)["seed"]
    expect(fact(tab, "seed")).to_have_text(str(seed))
    open_page(tab, "Guidance")
    view, page = tab.locator("#pictures-guidance"), tab.locator("#pictures-page-guidance")
    expect(view.locator("img")).to_have_count(1)
    page.get_by_label("number input for Steps").fill("200")
    tab.evaluate(WATCH)
    tab.locator("#pictures-guide").click()
    expect(view.locator(".line")).to_have_text(STEP)
    tab.wait_for_function("() => window.seen.size >= 3")
    tab.locator("#pictures-stop").click()
    expect(view.locator(".line")).to_contain_text(re.compile(r"Stopped after \d+ steps"))
    expect(view.locator("img")).to_have_count(2)
    expect(tab.locator("#pictures-files").get_by_test_id("download-link")).to_have_count(3)
    tab.locator("#pictures-keep").click()
    expect(view.locator(".line")).to_contain_text("Press Start")
    open_page(tab, "Pictures")
    expect(shown(tab)).to_have_count(5)
    expect(tab.locator("#pictures-facts")).to_contain_text("(guided)")
    kept = recipe(tab, index=4)
    assert 1 <= kept["steps"] < 200 and kept["seed"] == seed, "its recipe makes just what was kept"


def test_how_it_was_made_and_whether_it_is_copied(tab):
    ask(tab, "red apple with a small rocket")
    open_page(tab, "How it was made")
    expect(tab.locator("#pictures-stages img")).to_have_count(3)
    chips = tab.locator("#pictures-attention button.chip")
    expect(chips).to_have_count(6)
    rocket = chips.filter(has_text="rocket")
    rocket.focus()
    rocket.press("Enter")
    expect(rocket).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#pictures-attention figure[data-word]:visible")).to_have_text("“rocket”")
    open_page(tab, "Is it copied?")
    expect(tab.locator("#pictures-nearest img")).to_have_count(7)
    expect(tab.locator("#pictures-nearest")).to_contain_text(re.compile(r"\d+ % alike"))
    expect(tab.locator("#pictures-nearest")).to_contain_text("training picture")


def test_more_like_the_chosen_picture_and_a_walk(tab):
    tab.locator("#pictures-gallery button").nth(1).click()
    seed = recipe(tab, index=1)["seed"]
    expect(fact(tab, "seed")).to_have_text(str(seed))
    open_page(tab, "More like this")
    expect(shown(tab, "pictures-more")).to_have_count(4)
    first = sources(tab, "pictures-more")
    assert recipe(tab, "pictures-more")["seed"] == seed
    tab.get_by_role("button", name="Others").click()
    expect(shown(tab, "pictures-more").first).not_to_have_attribute("src", first[0])
    assert recipe(tab, "pictures-more")["first"] == 5
    open_page(tab, "Walk")
    expect(tab.locator("#pictures-video video")).to_have_attribute("src", FILE)
    tab.wait_for_function("() => document.querySelector('#pictures-video video').videoWidth === 256")
    assert downloads(tab) == ["walk-seed-0.mp4", "walk-seed-0.gif"]


def test_it_fits_the_window(tab):
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 844})
        for name in ("Guidance", "How it was made", "Pictures"):
            open_page(tab, name)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        for button in tab.locator("#pictures-style label, #pictures-model label").all():
            box = button.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
