"""Results that travel, in a real browser: the history, links opened by somebody else, comparing, sending; and every tab's own way back."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gan_demos import application, catalog, links
from gan_demos.demo import prepare
from gan_demos.demos.faces import DEMO as FACES
from gan_demos.recipes import Recipe
from tests.browser.conftest import PATIENCE

ONLY_ASKED = {"understand", "look"}  # endpoints whose answer no tab shows by itself
KEPT = "() => localStorage.getItem('gan-demos-history')"
# These share a page with another endpoint, whose recipe that page tells.
SHARED = {("pictures", "stages"), ("shapes", "shelf")}
ASKED = [(demo, name) for demo in catalog.DEMOS for name in demo.endpoints if name not in ONLY_ASKED]
ENDPOINTS = [(demo, name) for demo, name in ASKED if (demo.name, name) not in SHARED]


def kept(page: Page) -> list[dict]:
    return json.loads(page.evaluate(KEPT) or "[]")


def items(page: Page):
    return page.locator("#history .history-item")


def make(page: Page, seed: int) -> None:
    page.get_by_label("Seed").fill(str(seed))
    page.get_by_role("button", name="Make", exact=True).click()
    expect(items(page).first).to_contain_text(f"seed {seed}")
    age(page, 60_000)  # results that follow each other at once would take each other's place


def age(page: Page, milliseconds: int) -> None:
    """Make all entries older by so much, or newer if it is negative."""
    page.evaluate(
        """(by) => {
          const key = 'gan-demos-history', all = JSON.parse(localStorage.getItem(key));
          all.forEach((one) => { one.at -= by; });
          localStorage.setItem(key, JSON.stringify(all));
        }""",
        milliseconds,
    )


@pytest.fixture
def home(page: Page, toy_server) -> Page:
    page.goto(toy_server.url)
    expect(page.get_by_role("tab", name="Toy")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("nothing yet")
    return page


@pytest.fixture
def friend(browser, page: Page):
    """A page of another visitor. What goes wrong in it counts as gone wrong in `page`."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    other = context.new_page()
    other.on("pageerror", lambda error: page.problems.append(f"friend: {error}"))
    yield other
    context.close()


def test_the_history_keeps_what_was_made_and_opens_it_again(home: Page):
    make(home, 7)
    make(home, 8)
    expect(items(home)).to_have_count(2)
    home.get_by_role("tab", name="Replay a file").click()
    items(home).nth(1).locator(".history-open").click()
    expect(home.get_by_label("Seed")).to_have_value("7")
    expect(items(home).first).to_contain_text("seed 7")
    expect(items(home)).to_have_count(2)
    home.reload()
    expect(items(home)).to_have_count(2)


def test_results_in_quick_succession_take_each_others_place(home: Page):
    for seed in (1, 2, 3):
        home.get_by_label("Seed").fill(str(seed))
        home.get_by_role("button", name="Make", exact=True).click()
        expect(items(home).first).to_contain_text(f"seed {seed}")
        age(home, -600_000)  # however long this machine takes for the next one
    assert [one["line"] for one in kept(home)] == ["tone · seed 3"]


def test_one_is_dropped_and_all_are_cleared_by_their_visitor(home: Page):
    for seed in (1, 2):
        make(home, seed)
    items(home).first.get_by_role("button", name="Take it out of this list").click()
    expect(items(home)).to_have_count(1)
    expect(items(home)).to_contain_text("seed 1")
    home.locator("#history .history-clear").click()
    expect(items(home)).to_have_count(0)
    assert kept(home) == []


def test_two_visitors_histories_never_mix(home: Page, friend: Page, toy_server):
    make(home, 11)
    friend.goto(toy_server.url)
    expect(friend.locator("#history")).to_contain_text("nothing yet")
    make(friend, 12)
    expect(items(friend)).to_have_count(1)
    expect(items(friend)).to_contain_text("seed 12")
    home.reload()
    expect(items(home)).to_have_count(1)
    expect(items(home)).to_contain_text("seed 11")


def test_a_friend_gets_the_same_result_by_the_link(home: Page, friend: Page):
    make(home, 41)
    home.get_by_role("button", name="Copy link").click()
    expect(home.get_by_role("button", name="Copied")).to_be_visible()
    assert links.unpack(home.url.partition(f"#{links.KEY}=")[2]).parameters["seed"] == 41
    friend.goto(home.url)
    expect(friend.get_by_label("Seed")).to_have_value("41")
    expect(items(friend)).to_contain_text("seed 41")
    mine, theirs = (page.locator("#tone-files").get_by_test_id("download-link").first for page in (home, friend))
    first, second = (page.request.get(link.get_attribute("href")).body() for page, link in ((home, mine), (friend, theirs)))
    assert first == second and len(first) > 44


def test_a_damaged_link_is_a_sentence_and_the_page_works(page: Page, toy_server):
    page.goto(f"{toy_server.url}/#{links.KEY}=eJyrVkrLz1eyUkpK")
    expect(page.get_by_text("This link is damaged").first).to_be_visible()
    make(page, 3)


def test_html_in_a_recipe_is_shown_as_text(page: Page, toy_server):
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(toy_server.url)
    evil = "<img src=x onerror=alert(1)>"
    entry = {"link": "x", "demo": "toy", "endpoint": "tone", "title": evil, "line": evil, "icon": evil, "picture": "javascript:alert(1)"}
    page.evaluate("(all) => localStorage.setItem('gan-demos-history', JSON.stringify(all))", [entry])
    page.reload()
    expect(items(page)).to_contain_text(evil)
    assert page.locator("#history img").count() == 0


def test_two_results_are_compared_with_what_differs(home: Page):
    for seed in (5, 6):
        make(home, seed)
    compare = home.locator("#history .history-compare")
    expect(compare).to_be_disabled()
    for number in range(2):
        items(home).nth(number).locator(".history-pick").click()
    compare.click()
    table = home.locator("#comparison table.differences")
    expect(table).to_contain_text("Seed")
    assert table.locator("tbody tr").count() == 1
    expect(home.locator("#compared-a-audio")).to_be_visible()
    expect(home.locator("#compared-b-audio")).to_be_visible()
    home.locator("#comparison").get_by_role("button", name="Close").click()
    expect(table).to_be_hidden()


@pytest.mark.parametrize("demo, endpoint", ENDPOINTS, ids=[f"{demo.name}-{name}" for demo, name in ENDPOINTS])
def test_every_tab_finds_its_way_back(page: Page, server, demo, endpoint):
    """The link of an example opens its tab with its settings, and the tab makes it of them."""
    if (problem := application.problem_of(demo)) is not None:
        pytest.skip(problem)
    asked = prepare(demo, endpoint, demo.endpoint(endpoint).example, None)[0].recipe
    made = opened(page, server.url, asked)
    assert same(made, asked), f"{asked} became {made}"


def opened(page: Page, url: str, recipe: Recipe) -> Recipe:
    """What a page that starts with the link of `recipe` has made of it in the end."""
    page.goto(f"{url}/#{links.KEY}={links.pack(recipe)}")
    made = None
    for _ in range(PATIENCE // 200):
        of_it = [links.unpack(one["link"]) for one in kept(page)]
        made = next((one for one in of_it if (one.demo, one.endpoint) == (recipe.demo, recipe.endpoint)), made)
        if made and same(made, recipe):
            break
        page.wait_for_timeout(200)
    assert made, f"nothing was made of {recipe}"
    return made


def same(one: Recipe, other: Recipe) -> bool:
    return all(one.parameters.get(name) == other.parameters.get(name) for name in ("prompt", "seed", "pattern", "edits"))


def test_a_face_is_sent_to_the_tabs_that_take_pictures(page: Page, server):
    takers = [demo for demo in catalog.DEMOS if demo.name == "swap"]
    if not takers or any(application.problem_of(demo) for demo in [FACES, *takers]):
        pytest.skip("no tab takes pictures here")
    page.goto(server.url)
    page.get_by_role("tab", name=FACES.title).click()
    faces = page.locator("#faces-gallery img")
    expect(faces).to_have_count(4)
    send = page.locator(".travel").get_by_role("button", name=f"Send to “{takers[0].title}”")
    faces.nth(2).click()
    expect(page.locator("#faces-chosen img")).to_be_visible()
    send.locator("visible=true").click()
    expect(page.get_by_role("tab", name=takers[0].title)).to_have_attribute("aria-selected", "true")

