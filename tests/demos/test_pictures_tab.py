"""What the pictures tab shows as HTML: everything that came from a person or a table is text in it, and sentences follow the numbers."""

import random
import re

import pytest

from gan_demos.demo import Artefact, Result
from gan_demos.demos.pictures import tab_html
from gan_demos.demos.pictures.examples import EXAMPLES, random_prompt

EVIL = "<script>alert(1)</script>\"'&"
FACTS = {"seed": 3, "prompt": EVIL, "model": "AttnGAN", "style": "noto", "styles": {"Noto": 0.6, "Twemoji": 0.4}, "clip_score": 0.3141}
CHOSEN = {**FACTS, "asked": {"base": ""}}


def values(**more):
    concept = {"label": EVIL, "emoji": "<i>", "similarity": 0.71}
    understood = {"known": True, "concepts": [concept] * 5, "parts": [], "style": None, "corrected": []}
    return {"prompt": EVIL, "understood": {**understood, **more}, "ignored": [EVIL], "notes": [EVIL]}


def artefacts(count):
    return tuple(Artefact(f"a{number}", "image", ".png", bytes([number])) for number in range(count))


def harmless(shown: str) -> bool:
    return "<script" not in shown and "alert(1)&lt;" in shown


def test_everything_is_escaped():
    assert harmless(tab_html.told(values()))
    assert harmless(tab_html.told(values(known=False)))
    assert harmless(tab_html.told(values(parts=[{"words": EVIL, "label": EVIL, "emoji": "x", "similarity": 1.0}])))
    assert harmless(tab_html.chosen(CHOSEN))
    said = {**values(), "picture": FACTS, "words": [{"word": EVIL, "share": 0.25}], "rest": 0.75}
    assert harmless(tab_html.attention(Result(artefacts(3), said), "ClipGAN"))
    near = {**values(), "picture": FACTS, "nearest": [{"label": EVIL, "style": "noto", "title": EVIL, "distance": 0.2}]}
    assert harmless(tab_html.neighbours(Result(artefacts(3), near)))
    told, facts = tab_html.mixed({"prompt": {**values(), "picture": FACTS}, "other": {**values(), "picture": FACTS}})
    assert harmless(told) and harmless(facts)
    assert harmless(tab_html.guidance({"data": b"", "clip_score": 0.1}, None, "alert(1)<" + EVIL))


def test_of_a_known_prompt_one_concept_is_told_of_an_unknown_one_the_nearest_and_of_several_things_each():
    assert tab_html.told(values()).count('class="chip known"') == 1
    assert tab_html.told(values(known=False)).count('class="chip far"') == 3
    parts = [{"words": name, "label": name, "emoji": "x", "similarity": 1.0} for name in ("cat", "rocket")]
    assert tab_html.told(values(parts=parts)).count('class="chip known"') == 2
    nothing = {**values(concepts=[]), "ignored": [], "notes": ["A surprise."]}
    assert "chip" not in tab_html.told(nothing).replace("picture-chips", "") and "A surprise." in tab_html.told(nothing)


def test_a_word_that_a_note_names_is_not_told_twice():
    told = tab_html.told({**values(), "ignored": ["zzyx", "very"], "notes": ["I do not know “zzyx”."]})
    assert told.count("zzyx") == 1 and "hardly change the picture: very." in told


def test_a_mixture_of_styles_and_what_was_done_to_a_picture_are_named():
    assert "60% Noto + 40% Twemoji" in tab_html.chosen(CHOSEN)
    assert "(a variation)" in tab_html.chosen({**CHOSEN, "asked": {"base": "AAAA"}})
    assert "(guided)" in tab_html.chosen({**CHOSEN, "asked": {"base": "AAAA"}, "guided": True})
    assert tab_html.caption(FACTS) == "CLIP 0.31" and tab_html.caption(FACTS, "model") == "AttnGAN\nCLIP 0.31"


def test_guidance_tells_how_much_better_it_is():
    before, after = {"data": b"a", "clip_score": 0.2}, {"data": b"b", "clip_score": 0.25}
    shown = tab_html.guidance(before, after, "Step 3 of 9", (3, 9), [0.2, 0.21, 0.25])
    assert "CLIP 0.20" in shown and "CLIP 0.25</b> (+25 %)" in shown
    assert '<progress max="9" value="3">' in shown
    points = re.search(r'points="([^"]*)"', shown)[1].split()
    heights = [float(point.split(",")[1]) for point in points]
    assert len(points) == 3 and heights == sorted(heights, reverse=True), "the line rises with the score"
    assert tab_html.change(-0.1, 0.2) == "" and tab_html.change(None, 0.2) == ""


@pytest.mark.parametrize(
    "distance, sentence", [(0.0, "Yes, nearly"), (tab_html.COPY, "In part"), (tab_html.CLOSE, "No: the nearest"), (0.9, "No: the nearest")]
)
def test_a_plain_sentence_says_whether_it_is_copied(distance, sentence):
    assert tab_html.copied({"label": "cat", "title": "Noto", "distance": distance}).startswith(sentence)


def test_the_word_that_painted_most_is_shown_first():
    said = [{"word": "red", "share": 0.1}, {"word": "apple", "share": 0.6}, {"word": "pie", "share": 0.2}]
    shown = tab_html.attention(Result(artefacts(5), {**values(), "picture": FACTS, "words": said, "rest": 0.1}), "AttnGAN")
    pressed = re.findall(r'data-word="(\d)" aria-pressed="(\w+)"', shown)
    assert pressed == [("0", "false"), ("1", "true"), ("2", "false")]
    assert re.findall(r'<figure data-word="(\d)"( hidden)?>', shown) == [("0", " hidden"), ("1", ""), ("2", " hidden")]


def test_random_prompts_differ_and_examples_are_short():
    prompts = {random_prompt(random.Random(number)) for number in range(50)}
    assert len(prompts) > 40 and all(0 < len(prompt) < 40 for prompt in (*prompts, *EXAMPLES))
