"""Results that travel: what the history keeps of one, which tab takes it, and what a link may do."""

import base64
import io
from dataclasses import dataclass, replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from gan_demos import checkpoints, links, media, ui
from gan_demos.demo import prepare, run
from gan_demos.errors import RecipeError, UserError
from gan_demos.parameters import choice, seed, structure, text
from gan_demos.recipes import Recipe
from gan_demos.ui import history
from gan_demos.ui.travel import Travel
from tests import toy

PICTURE = np.full((200, 100, 3), (200, 30, 30), np.uint8)


@dataclass(frozen=True)
class Words:
    """A request of every kind of setting."""

    prompt: str = text("", 500)
    style: str = choice("flat", ("flat", "round"))
    edits: dict = structure({}, dict, "an object")
    seed: int = seed()


def demo_of(request: type = Words):
    made = toy.DEMO.endpoints["tone"]
    return replace(toy.DEMO, endpoints={"tone": replace(made, request=request)})


def recipe(**parameters) -> Recipe:
    asked = {"prompt": "", "style": "flat", "edits": {}, "seed": 0, **parameters}
    return Recipe(toy.DEMO.name, "tone", asked, {"toy": "0" * 64}, "0.1.0")


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.delenv(checkpoints.DEBUG_VARIABLE, raising=False)
    toy.save(tmp_path / "checkpoints" / toy.NAME)
    return toy.DirectEngine(toy.DEMO.networks, toy.DEMO.debug)


@pytest.fixture
def place():
    """The toy demo's tab as others see it: one result, and it takes sounds and pictures."""
    with gr.Blocks():
        chosen = gr.Image(type="filepath")
        results = ui.results(("tone",), "Keep it", "toy-files", {"tone": chosen})
        return ui.Place([results], {"audio": gr.Audio(), "image": gr.Image()})


@pytest.fixture
def travel(place, engine):
    with gr.Blocks(), gr.Tabs() as tabs:
        return Travel([toy.DEMO], {toy.DEMO.name: place}, tabs, engine)


def event(**data) -> gr.EventData:
    return gr.EventData(None, data)


@pytest.mark.parametrize(
    "parameters, line",
    [
        ({"prompt": "a fox", "seed": 4}, "a fox · seed 4"),
        ({"style": "round", "edits": {"hair": "red", "hat": "none"}}, "round · hair red · hat none · seed 0"),
        ({}, "tone · seed 0"),
        ({"edits": {"webp": "A" * 4000}}, "tone · seed 0"),
        ({"prompt": "so " * 100}, "so " * 19 + "so… · seed 0"),
    ],
)
def test_a_line_tells_what_was_asked_for(parameters, line):
    assert history.line(demo_of(), recipe(**parameters)) == line


def test_an_entry_holds_a_link_and_a_small_picture(tmp_path):
    asked = recipe(prompt="<img src=x onerror=alert(1)>")
    path = tmp_path / "fox.png"
    path.write_bytes(media.encode("png", PICTURE, asked))
    entry = history.entry(demo_of(), asked, [str(path)])
    assert links.unpack(entry["link"]) == asked
    head, _, data = entry["picture"].partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as small:
        assert max(small.size) == history.SIDE and small.size[0] < small.size[1]
        red, green, _ = np.array(small.convert("RGB"))[40, 20]
        assert red > 150 > 80 > green


def test_a_table_names_what_differs_and_nothing_else():
    table = history.differences(demo_of(), recipe(prompt="<b>one</b>", seed=1), recipe(prompt="two", seed=1))
    assert "&lt;b&gt;one&lt;/b&gt;" in table and "two" in table and "Prompt" in table
    assert "Seed" not in table and "Style" not in table
    assert "same settings" in history.differences(demo_of(), recipe(), recipe())


def test_what_was_made_can_be_sent_shared_and_found_again(travel, tmp_path, engine):
    result = run(toy.DEMO, "tone", {"seed": 5}, engine)
    paths = [ui.save_artefact(artefact) for artefact in result.artefacts]
    link, share, send_sound, send_picture, kept = travel.note(["audio", "image"])(paths)
    assert share.visible and send_sound.visible and not send_picture.visible
    assert links.unpack(link) == media.read_recipe_file(paths[0]) and kept["entry"]["link"] == link
    tabs, letter = travel.open(event(link=link))
    assert tabs.selected == toy.DEMO.name
    assert letter["endpoint"] == "tone" and letter["parameters"]["seed"] == 5
    assert letter["turn"] != travel.open(event(link=link))[1]["turn"], "the same one could not be opened twice"


def test_without_files_there_is_nothing_to_send_or_share(travel, place):
    link, share, send, kept = travel.note(["audio"])(None)
    assert not link and not share.visible and not send.visible and "entry" not in kept
    with pytest.raises(UserError, match="nothing to send"):
        travel.send(place.results[0])(None, None)


def test_the_picture_that_was_picked_is_sent(travel, place, engine):
    result = run(toy.DEMO, "tone", {"seed": 5}, engine)
    paths = [ui.save_artefact(artefact) for artefact in result.artefacts]
    send = travel.send(place.results[0])
    assert send(paths, "/the/picked/one.png") == "/the/picked/one.png"
    assert send(paths, None) == paths[0]


@pytest.mark.parametrize("link", [None, 3, {"a": 1}, "", "AAAA", "x" * 200_000])
def test_a_damaged_link_is_a_sentence(travel, link):
    with pytest.raises(RecipeError):
        travel.open(event(link=link))
    with pytest.raises(RecipeError):
        travel.compare(None, event(pair=[link, link]))


@pytest.mark.parametrize("changes", [{"demo": "gone"}, {"endpoint": "gone"}])
def test_a_link_to_what_is_not_here_is_a_sentence(travel, changes):
    link = links.pack(replace(prepare(toy.DEMO, "tone", {}, None)[0].recipe, **changes))
    with pytest.raises(UserError, match="does not have"):
        travel.open(event(link=link))


@pytest.mark.parametrize("pair", [None, [], ["a"], "ab", {"a": "b"}])
def test_a_comparison_needs_two(travel, pair):
    with pytest.raises(UserError, match="two results"):
        travel.compare(None, event(pair=pair))


def test_two_results_are_compared(travel):
    pair = [links.pack(prepare(toy.DEMO, "tone", {"seed": seed}, None)[0].recipe) for seed in (1, 2)]
    panel, table, *shown = travel.compare(None, event(pair=pair))
    assert panel.visible and "Seed" in table
    sounds = [value for value in shown if isinstance(value, gr.Audio)]
    assert len(sounds) == 2 and all(sound.visible for sound in sounds) and sounds[0].value["path"] != sounds[1].value["path"]
