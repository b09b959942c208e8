"""What was understood of a prompt as HTML: a chip for each slot, what was ignored, and notes. Everything a person typed is escaped."""

import html
from collections.abc import Mapping
from typing import Any

from ... import ui
from . import captions
from .vocabulary import SLOTS

AUTO, OPEN = "", "~"  # values of a slot's dropdown besides those of the slot: as the words say; whatever they say, the seed chooses
MAX_WORDS = 40

# A chip that is clicked opens the list of its slot.
SCRIPT = """
const open = (event) => {
  const chip = event.target.closest('[data-slot]');
  const field = chip && document.querySelector(`#faces-slot-${chip.dataset.slot} input`);
  if (!field) return;
  field.focus();
  field.scrollIntoView({ block: 'center' });
};
element.addEventListener('click', open);
element.addEventListener('keydown', (event) => { if (event.key === 'Enter') open(event); });
"""


def chips(told: Mapping[str, Any], chosen: Mapping[str, str]) -> str:
    """HTML of what a result's values tell of a prompt; `chosen` are the values of the dropdowns."""
    understood = told["understood"]
    shown = [_chip(slot, understood.get(slot), chosen.get(slot, AUTO)) for slot in SLOTS]
    left = [captions.TITLES[slot] for slot, chip in zip(SLOTS, shown, strict=True) if not chip]
    rest = f'<div class="left">The seed chooses the rest: {html.escape(", ".join(left).lower())}.</div>' if left else ""
    lines = ui.notes((*ignored(told["ignored"]), *told["notes"]))
    return f'<div class="face-chips">{"".join(shown)}</div>{rest}{lines}'


def ignored(words: list[str]) -> tuple[str, ...]:
    """A sentence about the words that mean nothing to a face; none if there are none."""
    if not words:
        return ()
    several = ", ".join(words[:8]) + (" and more" if len(words) > 8 else "")
    return (f"I only draw faces; I ignored: {several}",)


def _chip(slot: str, named: Mapping[str, Any] | None, chosen: str) -> str:
    title = captions.TITLES[slot]
    if chosen == OPEN:
        return _span(slot, "open", title, "varies", "the seed chooses")
    if chosen != AUTO:
        return _span(slot, "chosen", title, captions.LABELS[slot].get(chosen, chosen), "you chose")
    if named is None:
        return ""
    words = named["words"] if isinstance(named["words"], str) else " … ".join(named["words"])
    short = words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1] + "…"
    return _span(slot, "words", title, named["label"], f"“{short}”" if short else "from your words")


def _span(slot: str, state: str, title: str, label: str, why: str) -> str:
    text = f"{html.escape(title)}: <b>{html.escape(label)}</b> <i>{html.escape(why)}</i>"
    return f'<span role="button" tabindex="0" class="chip {state}" data-slot="{slot}">{text}</span>'
