"""The lock file says what requirements.txt says, and a hash for each file."""

import re

from tests.support import ROOT

LOCK = (ROOT / "requirements.lock").read_text()


def pins(text: str) -> list[tuple[str, str]]:
    """Names and versions; a name comes twice where the version depends on that of Python."""
    found = re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;]+)", text, re.MULTILINE)
    return [(name.lower().replace("_", "-"), version) for name, version in found]


def test_the_lock_holds_every_requirement_in_its_version():
    asked, locked = pins((ROOT / "requirements.txt").read_text()), pins(LOCK)
    assert set(asked) <= set(locked), "make lock renews it"
    assert len(locked) > 2 * len(asked), "what the requirements need themselves is in it too"


def test_every_file_of_the_lock_has_its_hash_and_none_comes_from_elsewhere():
    entries = re.split(r"^(?=\S)", re.sub(r"^ *#.*\n", "", LOCK, flags=re.MULTILINE), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(LOCK)) and all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCK
