"""What is known of a picture and of a result, as HTML and facts. Everything is escaped."""

import html
from collections.abc import Mapping
from typing import Any

from ... import ui
from .vocabulary import KINDS, NONE, SLOTS, title


def told(values: Mapping[str, Any]) -> str:
    """What the model sees in the picture that was given, what was done to it, and remarks."""
    kind = KINDS[values["model"]]
    chips = [_chip(slot, **values["seen"][slot]) for slot in SLOTS if slot in values["seen"]]
    seen = "".join(filter(None, chips))
    lead = f"If this is {_article(kind)}, the model sees:" if not values.get("likeness", {}).get("alike", True) else "The model sees:"
    line = f'<div class="swap-seen"><span>{html.escape(lead)}</span>{seen or "<span>nothing that it knows.</span>"}</div>'
    return line + ui.notes(dict.fromkeys(values["notes"]))


def swapped(values: Mapping[str, Any]) -> str:
    """The facts of a swap; a hint where nothing was asked for yet."""
    if "edits" not in values:
        return hint("Nothing is chosen, so nothing changes: choose at least one change, such as red hair or another style.")
    facts = {"Asked for": _words(values["edits"]), "Pixels that changed": _percent(values["changed"])}
    if "back" in values:
        facts["Swapped back to"] = _words(values["back"]) or "nothing that the model knows"
        facts["How far it is from the start then"] = f"{_percent(values['cycle_difference'])} of full scale, on average"
    return _facts(facts)


def picked(values: Mapping[str, Any], number: int | None) -> str:
    """The domain that was clicked in the grid."""
    if number is None:
        return hint("Click a picture to choose it: what it shows is set as the change on all pages.")
    one = values["domains"][number]
    return _facts({"Chosen, on all pages": one["title"], "Pixels that changed": _percent(one["changed"])})


def steps(values: Mapping[str, Any], kept: int, most: int) -> str:
    """How many steps are on the list, and whether the last picture is only a preview of the next."""
    made = len(values.get("steps", ()))
    if not made:
        return hint("Choose a change and it is shown as the next step; put it on the list, choose another, and so on.")
    if kept == most:
        return hint(f"{most} steps are the most. Undo one to go on.")
    listed = "No step is" if not kept else "1 step is" if kept == 1 else f"{kept} steps are"
    rest = "The last picture shows what the next one would do." if made > kept else "Choose the next change."
    return hint(f"{listed} on the list. {rest}")


def caption(number: int, kept: int, edits: Mapping[str, str]) -> str:
    """The line under a step: its number, or that it is not on the list yet, and what was asked for."""
    return f"{number}. {_words(edits)}" if number <= kept else f"next: {_words(edits)}"


def hint(text: str) -> str:
    """A sentence in small letters."""
    return f'<p class="swap-hint">{html.escape(text)}</p>'


def _facts(facts: Mapping[str, str]) -> str:
    lines = (f"<p><span>{html.escape(name)}</span> {html.escape(value)}</p>" for name, value in facts.items())
    return f'<div class="swap-facts">{"".join(lines)}</div>'


def _chip(slot: str, domain: str | None, sure: float) -> str:
    if domain is None or (domain == "none" and slot in NONE):
        return ""
    return f'<span class="chip" data-slot="{slot}">{html.escape(title(slot, domain))} <i>{sure:.0%}</i></span>'


def _words(edits: Mapping[str, str]) -> str:
    return ", ".join(edits.values())


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
