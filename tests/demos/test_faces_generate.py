"""The faces' endpoints on debug checkpoints: seeds, pins, recipes, walks and bad input; and the draw of values against known answers."""

import functools
import io
import subprocess
import threading
from collections import Counter

import imageio_ffmpeg
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from gan_demos import application, media
from gan_demos.demo import replay, run
from gan_demos.demos.faces import DEMO, captions, drawing, generate
from gan_demos.demos.faces.vocabulary import HATS, SIZES, SLOTS, TOTAL
from gan_demos.errors import CancelledError, UserError
from gan_demos.media import sheets

PROMPT = "bald man with a long gray beard and a yellow background"


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def engine(debug, own_engine):
    return own_engine


def make(engine, endpoint: str, **parameters):
    return run(DEMO, endpoint, {"prompt": PROMPT, **parameters}, engine)


def picture(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


def values(result) -> list[dict[str, str]]:
    return [face["values"] for face in result.values["faces"]]


def said(**slots: str) -> torch.Tensor:
    """Chances of a prompt that names these values and nothing else."""
    parts = dict(zip(SLOTS, torch.from_numpy(captions.prior()).clone().split(SIZES), strict=True))
    for slot, value in slots.items():
        parts[slot].copy_(torch.tensor([float(one == value) for one in SLOTS[slot]]))
    return torch.cat(list(parts.values()))


# Faces


def test_a_request_gives_its_faces_and_a_sheet_of_them(engine):
    result = make(engine, "faces", seed=5, count=3)
    names = ["face-seed-5.png", "face-seed-6.png", "face-seed-7.png", "faces-seed-5.png"]
    assert [artefact.file_name for artefact in result.artefacts] == names
    assert [face["seed"] for face in result.values["faces"]] == [5, 6, 7]
    faces = [picture(artefact.data) for artefact in result.artefacts[:3]]
    assert all(face.shape == (128, 128, 3) for face in faces)
    assert not np.array_equal(faces[0], faces[1])
    sheet, gap = picture(result.artefacts[3].data), sheets.GAP
    assert sheet.shape == (2 * 128 + gap, 2 * 128 + gap, 3)
    np.testing.assert_array_equal(sheet[:128, 128 + gap :], faces[1])
    np.testing.assert_array_equal(sheet[128 + gap :, :128], faces[2])
    assert (sheet[128 + gap :, 128 + gap :] == 255).all()


def test_a_seed_decides_the_face(engine):
    first, again, other = (make(engine, "faces", seed=seed, count=2) for seed in (5, 5, 6))
    assert [a.data for a in first.artefacts] == [a.data for a in again.artefacts] and first.values == again.values
    assert first.artefacts[0].data != other.artefacts[0].data


def test_face_i_is_the_face_of_the_seed_plus_i_whoever_is_beside_it(engine):
    several, alone = make(engine, "faces", seed=8, count=4), make(engine, "faces", seed=10, count=1)
    assert len(alone.artefacts) == 1, "no sheet of one"
    assert several.values["faces"][2]["values"] == alone.values["faces"][0]["values"]
    assert np.abs(picture(several.artefacts[2].data) - picture(alone.artefacts[0].data)).max() <= 1


def test_seeds_count_on_from_zero_after_the_last(engine):
    last = make(engine, "faces", seed=2**32 - 1, count=2)
    assert [face["seed"] for face in last.values["faces"]] == [2**32 - 1, 0]
    assert values(last)[1] == values(make(engine, "faces", seed=0, count=1))[0]


def test_the_recipe_of_one_picture_makes_that_picture_again(engine):
    result = make(engine, "faces", seed=8, count=3, pins={"top": "turban"}, vary=["bg"])
    for artefact in result.artefacts[:3]:
        recipe = media.read_recipe(artefact.data)
        (again,) = replay(recipe, [DEMO], engine).artefacts
        assert again.file_name == artefact.file_name
        assert np.abs(picture(again.data) - picture(artefact.data)).max() <= 1
    everything = replay(media.read_recipe(result.artefacts[3].data), [DEMO], engine)
    assert [a.data for a in everything.artefacts] == [a.data for a in result.artefacts]


def test_pins_win_over_the_prompt_and_leave_the_rest_alone(engine):
    plain, pinned = (make(engine, "faces", seed=4, count=3, pins=pins) for pins in ({}, {"bg": "mint", "facialHair": "none"}))
    for before, after in zip(values(plain), values(pinned), strict=True):
        assert before["bg"] == "yellow" and after["bg"] == "mint" and after["facialHair"] == "none"
        assert {s: v for s, v in before.items() if s not in ("bg", "facialHair")} == {
            s: v for s, v in after.items() if s not in ("bg", "facialHair")
        }


def test_what_shall_vary_varies_although_the_prompt_names_it(engine):
    named = {face["bg"] for face in values(make(engine, "faces", count=16))}
    varied = {face["bg"] for face in values(make(engine, "faces", count=16, vary=["bg"]))}
    assert named == {"yellow"} and len(varied) > 3
    both = {face["bg"] for face in values(make(engine, "faces", count=4, vary=["bg"], pins={"bg": "pink"}))}
    assert both == {"pink"}, "a pin wins over everything"


def test_the_words_are_said_to_be_understood(engine):
    told = make(engine, "faces", count=1).values
    assert told["understood"]["bg"]["values"] == ["yellow"]
    assert "yellow" in str(told["understood"]["bg"]["words"])
    assert "clothing" not in told["understood"]
    (face,) = told["faces"]
    assert set(face["seen"]) == {captions.TITLES[slot] for slot in captions.shown(face["values"])}
    assert -1 <= face["clip_score"] <= 1


def test_words_that_are_no_face_are_named(engine):
    assert "motorcycle" in " ".join(make(engine, "understand", prompt="red hair on a motorcycle").values["ignored"])


def test_an_empty_prompt_surprises_and_has_no_score(engine):
    result = make(engine, "faces", prompt="", count=8)
    assert len({tuple(face.values()) for face in values(result)}) == 8
    assert all(face["clip_score"] is None for face in result.values["faces"])


def test_understand_makes_no_file_and_agrees_with_the_faces(engine):
    told = make(engine, "understand")
    assert told.artefacts == ()
    drawn = make(engine, "faces", count=1).values
    assert told.values == {key: drawn[key] for key in ("understood", "ignored", "notes")}


# The draw


def test_values_are_drawn_as_often_as_they_are_likely():
    chances = said(skin="tan")
    faces = [drawing.draw(chances, seed, {}, ()) for seed in range(2_000)]
    assert {face.values["skin"] for face in faces} == {"tan"}
    shares = Counter(face.values["facialHair"] for face in faces)
    assert shares["none"] / 2_000 == pytest.approx(0.7, abs=0.04)
    for slot in ("bg", "mouth"):
        counts = Counter(face.values[slot] for face in faces)
        assert set(counts) == set(SLOTS[slot])
        assert max(counts.values()) < 2 * min(counts.values())
    noise = torch.stack([face.noise for face in faces])
    assert noise.shape == (2_000, drawing.NOISE)
    assert noise.mean().abs() < 0.02 and abs(noise.std() - 1) < 0.02


def test_a_prompt_that_changes_in_one_slot_changes_the_face_in_that_slot_alone():
    for seed in range(20):
        one, other = (drawing.draw(said(hairColor=colour), seed, {}, ()) for colour in ("red", "blue"))
        assert {slot for slot in SLOTS if one.values[slot] != other.values[slot]} == {"hairColor"}
        assert torch.equal(one.noise, other.noise)


def test_a_slot_without_any_chance_falls_back_to_what_is_usual():
    nothing = torch.zeros(TOTAL)
    assert drawing.draw(nothing, 3, {}, ()).values == drawing.draw(said(), 3, {}, ()).values


def test_what_nobody_asked_for_does_not_cover_what_somebody_did():
    chances = torch.from_numpy(captions.prior()).float()
    start = sum(SIZES[: list(SLOTS).index("hairColor")])
    chances[start : start + 10] = torch.eye(10)[SLOTS["hairColor"].index("red")]
    asked = [drawing.draw(chances, seed, {"eyes": "wink"}, ()).values for seed in range(200)]
    assert all(face["hairColor"] == "red" and "hairColor" in captions.shown(face) for face in asked)
    assert {face["accessories"] for face in asked} == {"none", "prescription01", "prescription02", "round"}
    left_open = [drawing.draw(torch.from_numpy(captions.prior()).float(), seed, {}, ()).values for seed in range(200)]
    assert {"kurt", "eyepatch"} <= {face["accessories"] for face in left_open}
    pinned = drawing.draw(chances, 0, {"eyes": "wink", "accessories": "kurt", "top": "hijab"}, ())
    assert (pinned.values["accessories"], pinned.values["top"]) == ("kurt", "hijab")


def test_the_choice_is_one_hot_for_each_slot():
    face = drawing.draw(said(), 0, {}, ())
    parts = face.choice.split(SIZES)
    assert all(part.sum() == 1 and part.max() == 1 for part in parts)
    assert [SLOTS[slot][int(part.argmax())] for slot, part in zip(SLOTS, parts, strict=True)] == list(face.values.values())


# More like this


def test_variations_keep_what_is_named_and_pinned_and_most_of_the_rest(engine):
    pins = {"clothing": "hoodie"}
    base = values(make(engine, "faces", seed=6, count=1, pins=pins))[0]
    for face in values(make(engine, "more", seed=6, count=8, pins=pins, amount=0.3)):
        changed = {slot for slot in SLOTS if face[slot] != base[slot]}
        assert changed and len(changed) <= 4
        assert not changed & {"bg", "clothing"}


def test_more_amount_changes_more_and_none_changes_nothing(engine):
    def changes(amount: float) -> list[int]:
        made = values(make(engine, "more", seed=6, count=6, amount=amount))
        return [sum(face[slot] != base[slot] for slot in SLOTS) for face in made]

    base = values(make(engine, "faces", seed=6, count=1))[0]
    assert changes(0.0) == [0] * 6
    assert sum(changes(0.15)) < sum(changes(0.9))
    still = make(engine, "more", seed=6, count=1, amount=0.0).artefacts[0].data
    assert np.abs(picture(still) - picture(make(engine, "faces", seed=6, count=1).artefacts[0].data)).max() <= 1


def test_variation_n_is_the_same_alone(engine):
    several, alone = make(engine, "more", seed=2, first=3, count=4), make(engine, "more", seed=2, first=5, count=1)
    assert values(several)[2] == values(alone)[0]
    assert len({tuple(face.values()) for face in values(several)}) == 4
    again = replay(media.read_recipe(several.artefacts[2].data), [DEMO], engine)
    assert np.abs(picture(again.artefacts[0].data) - picture(several.artefacts[2].data)).max() <= 1


def test_a_variation_can_be_gone_on_from(engine):
    variation = values(make(engine, "more", seed=6, count=1, amount=0.4))[0]
    for face in values(make(engine, "more", seed=6, count=4, face=variation, amount=0.1)):
        assert 1 <= sum(face[slot] != variation[slot] for slot in SLOTS) <= 2


def test_only_what_can_be_seen_is_varied():
    bare = drawing.draw(said(top="bob", facialHair="none"), 1, {}, ())
    assert "hatColor" not in drawing.open_slots(bare, ())
    hat = drawing.draw(said(top=HATS[0], facialHair="none"), 1, {}, ())
    assert "hairColor" not in drawing.open_slots(hat, ()) and "hatColor" in drawing.open_slots(hat, ())


def test_when_everything_is_pinned_it_is_said_and_nothing_but_detail_varies(engine):
    face = values(make(engine, "faces", seed=1, count=1))[0]
    result = make(engine, "more", seed=1, pins=face, amount=1.0)
    assert values(result) == [face] * 4
    assert any("finest detail" in note for note in result.values["notes"])


# Mix


def test_a_mix_starts_at_one_face_and_ends_at_the_other(engine):
    other = "bald man with a long gray beard and a pink background"
    ends = [picture(make(engine, "faces", prompt=text, seed=3, count=1).artefacts[0].data) for text in (PROMPT, other)]
    for weight, end in ((0, ends[0]), (1, ends[1])):
        mixed, strip = make(engine, "mix", other=other, weight=weight, seed=3, steps=5).artefacts
        assert np.abs(picture(mixed.data) - end).max() <= 1
        way = picture(strip.data)
        assert way.shape == (128, 5 * 128 + 4 * sheets.GAP, 3)
        assert np.abs(way[:, :128] - ends[0]).max() <= 1 and np.abs(way[:, -128:] - ends[1]).max() <= 1
    half = make(engine, "mix", other=other, weight=0.5, seed=3, steps=3)
    middle = picture(half.artefacts[1].data)[:, 128 + sheets.GAP : 2 * 128 + sheets.GAP]
    np.testing.assert_allclose(picture(half.artefacts[0].data), middle, atol=1)
    assert half.values["differ"] == ["Background"]
    again = replay(media.read_recipe(half.artefacts[0].data), [DEMO], engine)
    assert [a.data for a in again.artefacts] == [a.data for a in half.artefacts]


def test_between_two_faces_only_what_differs_is_mixed():
    first, second = (drawing.draw(said(bg=colour), 3, {}, ()) for colour in ("pink", "mint"))
    mixed = dict(zip(SLOTS, drawing.between(first, second, 0.25).split(SIZES), strict=True))
    assert mixed["bg"][SLOTS["bg"].index("pink")] == 0.75 and mixed["bg"][SLOTS["bg"].index("mint")] == 0.25
    assert all(part.max() == 1 for slot, part in mixed.items() if slot != "bg")


# Walk


def test_a_walk_is_a_video_and_a_gif_of_the_same_frames(engine, tmp_path):
    result = make(engine, "walk", seed=2, stops=3, frames=24, rate=10)
    video, gif = result.artefacts
    assert (video.file_name, gif.file_name) == ("walk-seed-2.mp4", "walk-seed-2.gif")
    (tmp_path / "walk.mp4").write_bytes(video.data)
    read = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "walk.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(read, capture_output=True, check=True)
    assert len(done.stdout) == 24 * 256 * 256 * 3 and b"256x256" in done.stderr and b" 10 fps" in done.stderr
    with Image.open(io.BytesIO(gif.data)) as image:
        assert (image.size, image.info["loop"]) == ((256, 256), 0)
        lengths = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert sum(lengths) == 2_400 and len(lengths) > 8, "frames that are alike are one, and last as long"
    assert result.values["seconds"] == 2.4
    assert [face["seed"] for face in result.values["stops"]] == [2, 3, 4]
    for artefact in result.artefacts:
        again = replay(media.read_recipe(artefact.data), [DEMO], engine)
        assert [a.data for a in again.artefacts] == [a.data for a in result.artefacts]


def test_a_walk_of_two_prompts_takes_turns(engine):
    stops = make(engine, "walk", other="pink background", stops=4, frames=24).values["stops"]
    assert [face["values"]["bg"] for face in stops] == ["yellow", "pink", "yellow", "pink"]


def test_a_walk_rests_at_its_faces_and_closes_without_a_jump():
    stops = [drawing.draw(said(), seed, {}, ()) for seed in range(3)]
    choices, noise = drawing.round_trip(stops, 30)
    assert choices.shape == (30, TOTAL) and noise.shape == (30, drawing.NOISE)
    for i, face in enumerate(stops):
        assert torch.equal(choices[10 * i], face.choice) and torch.allclose(noise[10 * i], face.noise)
    steps = (choices - choices.roll(1, 0)).abs().sum(1)
    assert steps[0] <= steps.max() * 0.7, "from the last frame to the first is no longer than elsewhere"
    assert sum(int((choice.max() == 1) and (choice > 0).sum() == len(SLOTS)) for choice in choices) >= 9
    assert noise.std(1).min() > 0.7


def test_a_walk_can_be_stopped_by_its_owner_and_by_nobody_else(engine):
    outcome, paused = [], Paused(engine)

    def go() -> None:
        try:
            outcome.append(run(DEMO, "walk", {"prompt": PROMPT, "frames": 48}, paused, owner="me"))
        except UserError as error:
            outcome.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    assert paused.started.wait(60)
    assert engine.cancel("somebody else") == 0
    assert engine.cancel("me") == 1
    paused.go_on.set()
    thread.join(60)
    assert isinstance(outcome[0], CancelledError) and "walk" in str(outcome[0])


class Paused:
    """An engine whose long jobs wait after their first slice until the test has looked."""

    def __init__(self, engine) -> None:
        self.engine, self.started, self.go_on = engine, threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def run_job(self, job, **more):
        stream = self.engine.run_job(job, **more)
        yield next(stream)
        self.started.set()
        assert self.go_on.wait(60)
        yield from stream


def test_others_are_served_between_the_slices_of_a_walk(engine):
    """A face that is asked for when a walk has begun comes before the walk has ended."""
    choices, noise = drawing.round_trip([drawing.draw(said(), seed, {}, ()) for seed in range(2)], 48)
    stream = engine.run_job(functools.partial(generate.film, "debug-faces", choices, noise), owner="me")
    next(stream)
    make(engine, "faces", count=1)
    running = [job for job in engine.stats()["jobs"] if job["slices"] < 48 // generate.SLICE]
    assert running, "the walk had not ended"
    assert sum(len(part) for part in stream) == 48 - generate.SLICE


def test_the_clip_score_is_of_the_prompt_as_it_was_read(debug, engine):
    scores = [run(DEMO, "faces", {"prompt": text, "count": 1, "seed": 5, "pins": {"facialHair": "beardMedium"}}, engine).values["faces"][0]
              for text in ("мужчина с бородой", "man with beard", "a hat")]  # fmt: skip
    assert scores[0]["clip_score"] == pytest.approx(scores[1]["clip_score"], abs=1e-3)
    assert scores[0]["clip_score"] != pytest.approx(scores[2]["clip_score"], abs=1e-3)
