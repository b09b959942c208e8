"""Theme and small shared widgets of the tabs."""

from gan_demos.ui.cards import measured
from gan_demos.ui.controls import gallery, notes, radio, slider, typed
from gan_demos.ui.files import save_artefact, save_bytes, still_there
from gan_demos.ui.guard import guarded, owner_of, visitor_of, with_status
from gan_demos.ui.places import Place, Results, heard, open_page, refreshing, results
from gan_demos.ui.theme import CSS, theme
from gan_demos.ui.widgets import downloads, facts, facts_line, problem_note, seed_row, status_line

__all__ = [
    "CSS",
    "Place",
    "Results",
    "downloads",
    "facts",
    "facts_line",
    "gallery",
    "guarded",
    "heard",
    "measured",
    "notes",
    "open_page",
    "owner_of",
    "problem_note",
    "refreshing",
    "radio",
    "results",
    "save_artefact",
    "save_bytes",
    "seed_row",
    "slider",
    "status_line",
    "still_there",
    "visitor_of",
    "theme",
    "typed",
    "with_status",
]
