"""A real Chromium for the tests of this folder."""

import os
from collections.abc import Iterator

import pytest

from tests.browser.chromium import ADVICE, FLAGS, find
from tests.support import Server, serving

PATIENCE = 60_000  # milliseconds that a page may take on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright's loop stays in the main thread once it has run, and asyncio.run refuses to work beside it: browser tests go last.
    # Among them first what takes longest, so that two workers end at about the same time.
    items.sort(key=lambda item: ("/browser/" in item.path.as_posix(), item.path.stem != "test_travel"))


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium, once for all tests. Without one the tests fail, saying what to install."""
    if os.environ.get("GAN_DEMOS_SKIP_BROWSER") == "1":
        pytest.skip("GAN_DEMOS_SKIP_BROWSER=1")
    executable = find()
    if executable is None:
        pytest.fail(ADVICE, pytrace=False)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A fresh page, 1280 by 900. What goes wrong in it is gathered in `page.problems`, and fails the test unless the test clears it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"uncaught: {error}"))
    page.on("console", lambda message: page.problems.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("requestfailed", lambda request: page.problems.append(f"request failed: {request.url}") if _matters(request) else None)
    page.on("request", lambda request: page.problems.append(f"left this machine: {request.url}") if _leaves(request.url) else None)
    yield page
    problems = list(page.problems)
    context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def toy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application with the toy demo and with one whose checkpoint is missing."""
    settings = {"GAN_DEMOS_DEBUG": "1", "GAN_DEMOS_TESTING": "1"}
    with serving(["-m", "tests.toy_server"], tmp_path_factory.mktemp("toy-server"), settings) as running:
        yield running


def _matters(request) -> bool:
    # A page that is left, or a player that has heard enough, drops its requests.
    return "ERR_ABORTED" not in (request.failure or "")


def _leaves(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))
