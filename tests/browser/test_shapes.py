"""The shapes tab in a real browser: the viewer shows a shape and turns it, the shelf opens one, every page makes something."""

import io
import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_demos import application, media
from gan_demos.demos.shapes import DEMO
from gan_demos.demos.shapes.vocabulary import AIRPLANE_POINTS, CLASSES, MODELS, OFFERED, VOXELS
from gan_demos.parameters import check_request, plain
from tests.support import serving

# Without the trained checkpoints the same tab runs on debug ones: nothing here depends on what a shape looks like.
TRAINED = application.problem_of(DEMO) is None
FILE = re.compile(r"/file=.*\.glb")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {} if TRAINED else {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}
    with serving(["-m", "tests.shapes_server"], tmp_path_factory.mktemp("shapes-server"), settings) as running:
        yield running.url


@pytest.fixture
def tab(page: Page, address: str) -> Page:
    """The tab as it opens, with the first shape in the viewer and nine on the shelf."""
    page.goto(address)
    expect(viewer(page)).to_have_attribute("data-url", FILE)
    expect(page.locator("#shapes-shelf img")).to_have_count(9)
    return page


def viewer(page: Page, name: str = "shapes-viewer") -> Locator:
    """The element that says what is drawn."""
    return page.locator(f"#{name}[data-url], #{name} [data-url]")


def fetch(page: Page, url: str) -> bytes:
    answer = page.request.get(url)
    assert answer.ok
    return answer.body()


def parameters(page: Page, name: str = "shapes-viewer") -> dict:
    """The parameters in the recipe of what is drawn."""
    return media.read_recipe(fetch(page, viewer(page, name).get_attribute("data-url"))).parameters


def changed(page: Page, before: str, name: str = "shapes-viewer") -> str:
    """The address of what is drawn, once it is another than `before`."""
    expect(viewer(page, name)).not_to_have_attribute("data-url", before)
    return viewer(page, name).get_attribute("data-url")


def ink(page: Page, name: str = "shapes-viewer") -> np.ndarray:
    """Which pixels of the viewer's canvas are not background, without the corners where button and hint lie."""
    canvas = page.locator(f"#{name} canvas")
    canvas.scroll_into_view_if_needed()
    levels = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)
    levels = levels[45:-30, 60:-60]
    return np.abs(levels - levels[0, 0]).max(-1) > 24


def choose(page: Page, group: str, label: str) -> None:
    page.locator(f"#{group}").get_by_role("radio", name=label, exact=True).check()


def open_page(page: Page, name: str) -> None:
    page.locator("#shapes-pages").get_by_role("tab", name=name, exact=True).click()


def test_it_opens_with_a_shape_in_the_middle_of_the_viewer(tab):
    drawn = ink(tab)
    assert 0.01 < drawn.mean() < 0.9
    rows, columns = np.nonzero(drawn)
    for places, side in ((rows, drawn.shape[0]), (columns, drawn.shape[1])):
        assert 0.3 < (places.min() + places.max()) / 2 / side < 0.7, "it is in the middle"
    assert np.ptp(rows) > drawn.shape[0] / 3 or np.ptp(columns) > drawn.shape[1] / 3, "it is large"
    data = fetch(tab, viewer(tab).get_attribute("data-url"))
    size = int.from_bytes(data[12:16], "little")
    tree = json.loads(data[20 : 20 + size])
    corners = tree["accessors"][tree["meshes"][0]["primitives"][0]["indices"]]["count"]
    assert int(viewer(tab).get_attribute("data-triangles")) == corners / 3
    assert parameters(tab)["seed"] == 0
    expect(tab.locator("#shapes-told")).to_contain_text("of the cube")


def test_dragging_turns_it_keys_too_and_the_button_turns_it_back(tab):
    before = ink(tab)
    box = tab.locator("#shapes-viewer canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(*middle)
    tab.mouse.down()
    tab.mouse.move(middle[0] + 120, middle[1] + 30, steps=4)
    tab.mouse.up()
    turned = ink(tab)
    assert (turned != before).mean() > 0.002, "dragging turned it"
    tab.locator("#shapes-viewer .stage").press("ArrowLeft")
    assert (ink(tab) != turned).mean() > 0.001, "an arrow key turned it"
    tab.locator("#shapes-viewer .reset").click()
    assert (ink(tab) != before).mean() < 0.0005, "the button turned it back"


def test_a_click_on_the_shelf_opens_that_shape(tab):
    first = viewer(tab).get_attribute("data-url")
    tab.locator("#shapes-shelf button img").nth(4).click()
    changed(tab, first)
    seed = parameters(tab)["seed"]
    assert seed == 4
    expect(tab.locator("#shapes-page-shape, body").get_by_role("spinbutton", name="Seed", exact=True).first).to_have_value("4")
    before = tab.locator("#shapes-shelf img").first.get_attribute("src")
    tab.locator("#shapes-others").click()
    expect(tab.locator("#shapes-shelf img").first).not_to_have_attribute("src", before)
    picture = fetch(tab, tab.locator("#shapes-shelf img").first.evaluate("image => image.src"))
    assert media.read_recipe(picture).parameters["seed"] == 9
    assert parameters(tab)["seed"] == 4, "the big one stays"


def test_a_direction_and_a_look_change_it_at_once(tab):
    first = viewer(tab).get_attribute("data-url")
    choose(tab, "shapes-look", "Blocks")
    second = changed(tab, first)
    assert parameters(tab)["look"] == "blocks"
    sliders = tab.locator("#shapes-directions input[type=range]:visible")
    if not sliders.count():
        pytest.skip("this checkpoint has no directions for its first kind")
    sliders.first.focus()
    sliders.first.press("End")
    changed(tab, second)
    given = parameters(tab)
    assert 1 in [given[name] for name in ("width", "height", "depth", "legs")]


def test_more_files_are_made_when_they_are_ticked(tab):
    links = tab.locator("#shapes-files").get_by_test_id("download-link")
    expect(links).to_have_count(2)
    expect(tab.get_by_label("Print size").first).to_be_hidden()
    tab.locator("#shapes-formats").get_by_label("STL").check()
    expect(links).to_have_count(3)
    expect(tab.get_by_label("Print size").first).to_be_visible()
    addresses = [link.get_attribute("href") for link in links.all()]
    solid = fetch(tab, next(one for one in addresses if one.endswith(".stl")))
    assert solid.startswith(b"gan_demos mm ") and len(solid) == 84 + 50 * int.from_bytes(solid[80:84], "little")


def test_every_page_makes_something(tab):
    open_page(tab, "Morph")
    expect(tab.locator("#shapes-video video")).to_have_attribute("src", re.compile(r"/file=.*\.mp4"))
    open_page(tab, "Arithmetic")
    expect(viewer(tab, "shapes-sum")).to_have_attribute("data-url", FILE)
    assert ink(tab, "shapes-sum").mean() > 0.005
    expect(tab.locator("#shapes-strip img")).to_be_visible()
    before = viewer(tab, "shapes-sum").get_attribute("data-url")
    tab.get_by_role("spinbutton", name="Seed of b").fill("5")
    changed(tab, before, "shapes-sum")
    assert parameters(tab, "shapes-sum")["b"]["seed"] == 5
    open_page(tab, "Compare models")
    expect(tab.locator("#shapes-compared img").first).to_be_visible()


@pytest.mark.skipif(not {VOXELS, AIRPLANE_POINTS} <= {*OFFERED}, reason="the models of airplanes or of household things are not offered")
def test_another_model_brings_its_kinds_to_every_page(tab):
    first = viewer(tab).get_attribute("data-url")
    choose(tab, "shapes-model", MODELS[AIRPLANE_POINTS])
    changed(tab, first)
    assert parameters(tab)["kind"] == "airplane"
    open_page(tab, "Arithmetic")
    expect(viewer(tab, "shapes-sum")).to_have_attribute("data-url", FILE)
    sum_of_airplanes = viewer(tab, "shapes-sum").get_attribute("data-url")
    assert parameters(tab, "shapes-sum")["c"]["kind"] == "airplane"
    choose(tab, "shapes-model", MODELS[VOXELS])
    changed(tab, sum_of_airplanes, "shapes-sum")
    assert parameters(tab, "shapes-sum")["model"] == VOXELS
    expect(tab.locator(".toast-body")).to_have_count(0)


def test_a_bad_seed_gets_a_sentence_and_the_shape_stays(tab):
    first = viewer(tab).get_attribute("data-url")
    seed = tab.get_by_role("spinbutton", name="Seed", exact=True).first
    seed.fill("-3")
    expect(tab.get_by_role("alert").filter(has_text="Seed must be a whole number between 0 and 4294967295; got -3")).to_be_visible()
    assert viewer(tab).get_attribute("data-url") == first
    seed.fill("7")
    changed(tab, first)
    expect(tab.get_by_role("alert")).to_have_count(0)


def send(page: Page, endpoint: str, given: dict) -> None:
    """Put what a recipe has of a result into the inbox of the tab."""
    request = check_request(DEMO.endpoint(endpoint).request, given)
    page.locator("#sent textarea").fill(json.dumps({"endpoint": endpoint, "parameters": plain(request), "turn": "1"}))
    page.get_by_role("button", name="Send it here").click()


def test_what_another_tab_sends_is_shown_with_its_controls(tab):
    sent = {**DEMO.endpoint("arithmetic").example, "colour": "Sea", "formats": ["glb", "obj"]}
    sent["b"] = {**sent["b"], "seed": 77}
    send(tab, "arithmetic", sent)
    expect(viewer(tab, "shapes-sum")).to_have_attribute("data-url", FILE)
    expect(tab.get_by_role("spinbutton", name="Seed of b")).to_have_value("77")
    expect(tab.locator("#shapes-colour").get_by_role("radio", name="Sea")).to_be_checked()
    expect(tab.locator("#shapes-formats").get_by_label("OBJ")).to_be_checked()
    assert {name: parameters(tab, "shapes-sum")[name] for name in sent} == sent

    kind = list(CLASSES[OFFERED[0]])[1]
    send(tab, "shape", {"model": OFFERED[0], "kind": kind, "seed": 31, "look": "points"})
    expect(viewer(tab)).to_have_attribute("data-url", re.compile(f"{kind.replace('_', '.')}-seed-31"))
    assert {name: parameters(tab)[name] for name in ("kind", "seed", "look", "colour")} == {
        "kind": kind, "seed": 31, "look": "points", "colour": "Dusk",
    }  # fmt: skip
    expect(tab.get_by_role("spinbutton", name="Seed", exact=True).first).to_have_value("31")


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_window(tab, width):
    tab.set_viewport_size({"width": width, "height": 844})
    for name in ("Shapes", "Morph", "Arithmetic", "Compare models"):
        inner = tab.locator("#shapes-pages").get_by_role("tab", name=name, exact=True)
        if inner.count() and inner.first.is_visible():
            inner.first.click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.locator("#shapes-viewer canvas").evaluate("canvas => getComputedStyle(canvas).touchAction") == "pan-y"
