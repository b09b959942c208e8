"""The shared widgets: what a request declares becomes a control, failures become sentences, what people type stays text."""

from types import SimpleNamespace

import gradio as gr

from gan_demos import ui
from gan_demos.demos.faces import requests as face_requests
from gan_demos.demos.sound import requests as sound_requests
from gan_demos.errors import UserError


def test_a_slider_has_the_limits_that_the_request_declares():
    made = ui.slider(face_requests.More, "amount", info=None)
    assert (made.minimum, made.maximum, made.value, made.step, made.label, made.info) == (0.0, 1.0, 0.3, 0.05, "Amount", None)


def test_a_choice_has_those_of_the_request_and_may_name_them_otherwise():
    made = ui.radio(sound_requests.Walk, "model")
    assert ([value for _, value in made.choices], made.value) == (["Digits", "Drums", "Notes"], sound_requests.Walk.model)
    named = ui.radio(sound_requests.Walk, "model", choices=[("all drums", "Drums")])
    assert named.choices == [("all drums", "Drums")]


def test_typed_text_loses_control_characters_only():
    assert ui.typed("a\x00b\tc\n<b>\x7f") == "a b\tc\n<b> "
    assert ui.typed(None) == ""


def test_notes_are_text():
    assert ui.notes(["<script>alert(1)</script>", "two"]) == (
        '<div class="note">&lt;script&gt;alert(1)&lt;/script&gt;</div><div class="note">two</div>'
    )


def test_a_generator_shows_what_it_yields_and_then_the_sentence_of_its_failure():
    def counting(until):
        for number in range(until):
            yield number, -number
        raise UserError("No more than <2>.")

    shown = list(ui.with_status(counting, 2)(2))
    assert shown[:2] == [("", 0, 0), ("", 1, -1)]
    status, *rest = shown[2]
    assert "No more than &lt;2&gt;." in status and 'role="alert"' in status
    assert rest == [gr.skip(), gr.skip()]


def test_a_generator_that_is_left_is_closed_without_a_sentence():
    closed = []

    def endless():
        try:
            while True:
                yield (1,)
        finally:
            closed.append(True)

    stream = ui.with_status(endless, 1)()
    assert next(stream) == ("", 1)
    stream.close()
    assert closed == [True]


def test_what_a_restored_page_tells_of_itself_is_not_taken_for_a_visitor():
    session, seed = SimpleNamespace(restored=None), (1,)
    old, new = ("a cat", 0, "first"), ["a dog", 7, "second"]
    assert ui.heard(session, old, seed) == old
    session.restored = new
    assert ui.heard(session, ("a cat", 7, "first"), seed) == new, "the seed that was set, while the prompt is not yet"
    assert ui.heard(session, old, ()) == new, "its first page opens by itself"
    assert ui.heard(session, ("a dog", 8, "second"), seed) == ("a dog", 8, "second") and session.restored is None
    assert ui.heard(session, old, ()) == old
    session.restored = new
    assert ui.heard(session, old) == old and session.restored is None, "a button was pressed"


def test_a_restored_page_stays_open_and_a_moved_control_opens_its_own():
    def make(request, session, values):
        return tuple(values)

    session = SimpleNamespace(restored=["a dog", "walk", 7, 30], seen=False, early="faces")
    by = {part: ui.refreshing(make, 1, part, "faces") for part in ((), (2,), None)}
    assert by[2,](None, session, "a cat", "faces", 7, 12) == ("a dog", "walk", 7, 30), "it was set, not moved"
    assert by[()](None, session, "a cat", "faces", 0, 12) == ("a dog", "walk", 7, 30), "the tab was built"
    assert by[()](None, session, "a cat", "faces", 0, 12) == ("a dog", "faces", 7, 30), "its page was opened"
    assert by[2,](None, session, "a dog", "walk", 8, 30) == ("a dog", "faces", 8, 30), "it was moved"
    assert ui.refreshing(make, 1)(None, session, "a cow", "walk", 8, 30) == ("a cow", "walk", 8, 30)
