"""Finds a Chromium for the browser tests. `python -m tests.browser.chromium --install` has Playwright fetch one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "No Chromium was found for the browser tests. Install one (Debian, Ubuntu: apt-get install chromium), or run: "
    ".venv/bin/python -m playwright install --with-deps chromium. To leave the browser tests out: GAN_DEMOS_SKIP_BROWSER=1 make test"
)
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
]


def find() -> str | None:
    """Path of a system Chromium, else of the one Playwright keeps; None if there is neither."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> int:
    """Have Playwright fetch its Chromium unless there is one or the browser tests are left out. Returns an exit status."""
    if os.environ.get("GAN_DEMOS_SKIP_BROWSER") == "1" or find():
        return 0
    print("No system Chromium: asking Playwright for one.", flush=True)
    try:
        done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=600).returncode
    except subprocess.TimeoutExpired:
        done = 1
    if done:
        print(ADVICE, flush=True)
    return done


if __name__ == "__main__":
    sys.exit(install() if "--install" in sys.argv else print(find() or ADVICE))
