"""What a tab says of itself so that its results can travel: where they lie, how they are asked for again, and what it takes from others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr


@dataclass(frozen=True)
class Results:
    """Where results of some endpoints lie: the files of the one that is shown, and below them a row for sending and sharing.

    The first file is what the result is about, and the last one holds the recipe of the whole of it.

    inbox: hidden; a value {"endpoint", "parameters", "turn"} that is put into it asks the tab to show that, with its controls set to it.
    The tab listens to `inbox.change`. picked: for endpoints with several pictures, the component that shows the one that was chosen.
    """

    endpoints: tuple[str, ...]
    files: gr.File
    row: gr.Row
    inbox: gr.JSON
    picked: Mapping[str, gr.Image] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A tab in the eyes of the others: its results, and for each kind of file that it takes ("image", "audio", …) where it goes."""

    results: Sequence[Results]
    takes: Mapping[str, gr.components.Component] = field(default_factory=dict)


def results(endpoints: Sequence[str], label: str, elem_id: str, picked: Mapping[str, gr.Image] | None = None) -> Results:
    """Components for the results of `endpoints`: files to download, and what `Results` holds besides."""
    files = gr.File(label=label, file_count="multiple", interactive=False, elem_id=elem_id)
    row = gr.Row(elem_classes=["travel", "keep-row"])
    inbox = gr.JSON(None, visible="hidden", elem_id=f"{elem_id}-inbox", render=False)  # `Travel` says where
    return Results(tuple(endpoints), files, row, inbox, picked or {})


def heard(session: Any, values: Sequence[Any], part: Sequence[int] | None = None) -> Sequence[Any]:
    """The values of a tab's controls behind an event that tells of those at the places `part`; without one a visitor did something.

    When a result is opened again the page tells of every control that was set, and of the first of its inner tabs, before it knows all
    the values. `session.restored` holds what was set, or None: as long as an event says that of its part, all of it counts.
    """
    was = session.restored
    if part is not None and was is not None and all(values[place] == was[place] for place in part):
        return was
    session.restored = None
    return values


def open_page(tabs: gr.Tabs, place: int | None = None) -> str:
    """The JavaScript of an event `gr.Tab.select`: the name of the page of `tabs` that is open then; with a `place`, the values of the event
    with that name at this place.

    While an outer tab is built Gradio tells of the first of its inner tabs, although a result that is opened again may have opened another
    one already. So the page itself is asked, a moment later. By then a visitor may have moved controls: the handler shall not believe what
    the event tells of them.
    """
    told = "open" if place is None else f"values.with({place}, open)"
    return f"""async (...values) => {{
      await new Promise((resolve) => setTimeout(resolve, 50));
      const chosen = document.querySelector('#{tabs.elem_id} [role=tab][aria-selected=true]');
      const open = chosen?.dataset.tabId ?? null;
      return {told};
    }}"""


def refreshing(make: Callable[..., tuple], opened: int, part: Sequence[int] | None = None, page: str | None = None) -> Callable[..., tuple]:
    """The handler (request, session, *values) of an event that tells of `part` of the values (see `heard`): it calls
    `make(request, session, values)` with the inner tab that is to be open at the place `opened`: `page`, or the one that is open.

    session.seen: whether a page was opened yet; session.early: the page that will tell so by itself although another one is to be open."""

    def refresh(request: gr.Request, session: Any, *values: Any) -> tuple:
        told = heard(session, values, part)
        if part is not None and not part:  # a page was opened
            early, session.early, session.seen = session.early, "", True
            if early == page:  # it is the first one of a tab that is being built, where a result was opened on another page
                return make(request, session, told)
        # a control of another page may have been set too; that does not open its page
        shown = told[opened] if part and told is session.restored else page or told[opened]
        return make(request, session, [*told[:opened], shown, *told[opened + 1 :]])

    return refresh
