"""The pictures' endpoints on debug checkpoints: seeds, ranking, recipes, styles, variations, mixtures, walks, stages, attention, memory."""

import functools
import io
import subprocess
import threading

import imageio_ffmpeg
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from gan_demos import application, clip, media
from gan_demos.demo import replay, run
from gan_demos.demos.pictures import DEMO, drawing, generate, pictures, requests
from gan_demos.demos.pictures.vocabulary import MODELS, STAGED, STYLE_TITLES, STYLES
from gan_demos.errors import CancelledError, UserError
from gan_demos.media import sheets

PROMPT = "a red apple"
ONE = {"count": 1, "candidates": 1}


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


def apart(first: bytes, second: bytes) -> int:
    return int(np.abs(picture(first) - picture(second)).max())


def an_item(seed: int, tokens: int = 3) -> drawing.Item:
    source = torch.Generator().manual_seed(seed)
    mask = torch.arange(48) < tokens
    words = torch.randn(48, 384, generator=source) * mask[:, None]
    return drawing.Item(torch.randn(16, generator=source), drawing.style_weights("noto", seed), words, mask)


# Pictures


def test_a_request_gives_its_pictures_and_a_sheet_of_them(engine):
    result = make(engine, "pictures", seed=5, count=3, candidates=1)
    names = ["picture-seed-5.png", "picture-seed-6.png", "picture-seed-7.png", "pictures-seed-5.png"]
    assert [artefact.file_name for artefact in result.artefacts] == names
    drawn = [picture(artefact.data) for artefact in result.artefacts[:3]]
    assert all(one.shape == (128, 128, 3) for one in drawn) and not np.array_equal(drawn[0], drawn[1])
    sheet = picture(result.artefacts[3].data)
    np.testing.assert_array_equal(sheet[:128, 128 + sheets.GAP :], drawn[1])
    facts = result.values["pictures"]
    assert [one["seed"] for one in facts] == [5, 6, 7] and {one["prompt"] for one in facts} == {PROMPT}
    assert all(-1 <= one["clip_score"] <= 1 and one["styles"] == {"Fluent flat": 1.0} for one in facts)
    assert len(make(engine, "pictures", **ONE).artefacts) == 1, "no sheet of one"


def test_a_seed_decides_the_picture(engine):
    first, again, other = (make(engine, "pictures", seed=seed, count=2) for seed in (5, 5, 60))
    assert [a.data for a in first.artefacts] == [a.data for a in again.artefacts] and first.values == again.values
    assert first.artefacts[0].data != other.artefacts[0].data


def test_picture_i_is_that_of_the_seed_plus_i_whoever_is_beside_it(engine):
    several, alone = make(engine, "pictures", seed=8, count=4, candidates=1), make(engine, "pictures", seed=10, **ONE)
    assert apart(several.artefacts[2].data, alone.artefacts[0].data) <= 1
    last = make(engine, "pictures", seed=2**32 - 1, count=2, candidates=2)
    assert [one["seed"] for one in last.values["pictures"]] == [2**32 - 1, 0], "seeds count on from zero after the last"


def test_of_several_candidates_the_best_by_clip_are_kept_best_first(engine):
    every = make(engine, "pictures", seed=20, count=12, candidates=12).values["pictures"]
    best = make(engine, "pictures", seed=20, count=3, candidates=12).values
    wanted = sorted(every, key=lambda one: -one["clip_score"])[:3]
    assert [one["seed"] for one in best["pictures"]] == [one["seed"] for one in wanted] != [20, 21, 22]
    assert best["candidates"] == 12 and best["scorer"] == "clip-small"


def test_the_score_is_of_the_picture_with_the_prompt(engine, monkeypatch):
    asked = []
    monkeypatch.setattr(clip, "score", lambda context, images, texts: asked.append((images.shape, texts)) or torch.arange(len(texts)) / 10)
    values = make(engine, "pictures", prompt="please draw a red appple", seed=1, count=2, candidates=3).values
    assert asked == [((3, 3, 128, 128), [PROMPT] * 3)]
    assert [(one["seed"], one["clip_score"]) for one in values["pictures"]] == [(3, 0.2), (2, 0.1)]


def test_the_recipe_of_one_picture_makes_that_picture_again(engine):
    result = make(engine, "pictures", prompt="openmoji ghost", seed=8, count=3, candidates=6)
    for artefact in result.artefacts[:3]:
        (again,) = replay(media.read_recipe(artefact.data), [DEMO], engine).artefacts
        assert again.file_name == artefact.file_name and apart(again.data, artefact.data) <= 1
    everything = replay(media.read_recipe(result.artefacts[3].data), [DEMO], engine)
    assert [a.data for a in everything.artefacts] == [a.data for a in result.artefacts]


def test_a_surprise_has_a_recipe_for_each_picture_too(engine):
    result = make(engine, "pictures", prompt="", style="surprise", seed=8, count=3, candidates=6)
    for artefact, facts in zip(result.artefacts[:3], result.values["pictures"], strict=True):
        again = replay(media.read_recipe(artefact.data), [DEMO], engine)
        assert apart(again.artefacts[0].data, artefact.data) <= 1 and again.values["pictures"][0]["prompt"] == facts["prompt"]


def test_styles_and_models_make_different_pictures_of_one_seed(engine):
    by_style = [make(engine, "pictures", style=style, **ONE).artefacts[0].data for style in STYLES]
    by_model = [make(engine, "pictures", model=model, **ONE).artefacts[0].data for model in MODELS]
    assert len(set(by_style)) == len(STYLES) and len(set(by_model)) == len(MODELS)


def test_a_recipe_names_the_checkpoints_that_it_needs_and_no_other(engine):
    recipe = media.read_recipe(make(engine, "pictures", model="StackGAN++", **ONE).artefacts[0].data)
    assert set(recipe.checkpoints) == {"debug-clip-small", "debug-pictures-memory", "debug-pictures-stack"}


def test_the_three_models_side_by_side_are_their_own_pictures(engine):
    result = make(engine, "compare", seed=9, style="noto")
    assert [one["model"] for one in result.values["pictures"]] == list(MODELS)
    for artefact, model in zip(result.artefacts, MODELS, strict=False):
        alone = make(engine, "pictures", seed=9, style="noto", model=model, **ONE)
        assert apart(artefact.data, alone.artefacts[0].data) <= 1
    assert picture(result.artefacts[3].data).shape == (128, 3 * 128 + 2 * sheets.GAP, 3)


# What is drawn from a seed


def test_noise_is_standard_normal_and_of_its_seed():
    noise = torch.stack([drawing.noise(seed) for seed in range(1_000)])
    assert noise.shape == (1_000, drawing.NOISE) and noise.mean().abs() < 0.02 and abs(noise.std() - 1) < 0.02


def test_a_surprise_mixes_two_styles_of_the_seed_and_uses_all_of_them():
    weights = torch.stack([drawing.style_weights("surprise", seed) for seed in range(300)])
    assert torch.allclose(weights.sum(1), torch.ones(300)) and set((weights > 0).sum(1).tolist()) == {2}
    assert weights[weights > 0].min() > 0.3
    assert set(weights.argmax(1).tolist()) == set(range(9))
    assert torch.equal(drawing.style_weights("surprise", 5), weights[5])
    for number, style in enumerate(STYLES):
        assert torch.equal(drawing.style_weights(style, 5), torch.eye(9)[number])


def test_a_surprise_concept_is_any_of_those_known():
    labels = [str(number) for number in range(20)]
    drawn = [drawing.surprise(seed, labels) for seed in range(400)]
    assert set(drawn) == set(labels) and max(map(drawn.count, labels)) < 50


# More like this


def test_variations_turn_the_noise_by_the_amount_and_stay_as_likely():
    base = drawing.noise(3)
    for amount, cosine in ((0.0, 1.0), (0.3, np.cos(0.3 * np.pi / 2)), (1.0, 0.0)):
        found = torch.stack([drawing.varied(3, amount, number) for number in range(200)])
        assert float(torch.cosine_similarity(found, base[None]).mean()) == pytest.approx(cosine, abs=0.05)
        assert abs(float(found.std()) - float(base.std())) < 0.15
    assert not torch.equal(drawing.varied(3, 0.3, 1), drawing.varied(3, 0.3, 2))


def test_variation_n_is_the_same_alone_and_replays(engine):
    several, alone = make(engine, "more", seed=2, first=3, count=4), make(engine, "more", seed=2, first=5, count=1)
    assert apart(several.artefacts[2].data, alone.artefacts[0].data) <= 1
    (again,) = replay(media.read_recipe(several.artefacts[2].data), [DEMO], engine).artefacts
    assert apart(again.data, several.artefacts[2].data) <= 1
    assert len({artefact.data for artefact in several.artefacts}) == 5


def test_no_amount_is_the_picture_itself_and_more_is_farther_away(engine):
    base = picture(make(engine, "pictures", seed=6, **ONE).artefacts[0].data)

    def change(amount: float) -> float:
        made = make(engine, "more", seed=6, amount=amount, count=4).artefacts[:4]
        return float(np.mean([np.abs(picture(one.data) - base).mean() for one in made]))

    assert change(0.0) <= 0.5 < change(0.15) < change(0.9)


def test_a_variation_can_be_gone_on_from(engine):
    variation = make(engine, "more", seed=6, count=1, amount=0.6)
    base = variation.values["pictures"][0]["latent"]
    still = make(engine, "more", seed=6, count=1, amount=0.0, base=base)
    assert apart(still.artefacts[0].data, variation.artefacts[0].data) <= 1
    assert still.values["pictures"][0]["latent"] == base
    own = make(engine, "more", seed=6, count=1, amount=0.2, first=9)
    moved = make(engine, "more", seed=6, count=1, amount=0.2, first=9, base=base)
    assert moved.artefacts[0].data not in (own.artefacts[0].data, variation.artefacts[0].data)


# Mixtures


def test_a_mix_starts_at_one_picture_and_ends_at_the_other(engine):
    other = "openmoji ghost"
    ends = [make(engine, "pictures", prompt=text, seed=3, **ONE).artefacts[0].data for text in (PROMPT, other)]
    for weight, end in ((0, ends[0]), (1, ends[1])):
        mixed, strip = make(engine, "mix", other=other, weight=weight, seed=3, steps=5).artefacts
        assert apart(mixed.data, end) <= 1
        way = picture(strip.data)
        assert way.shape == (128, 5 * 128 + 4 * sheets.GAP, 3)
        assert np.abs(way[:, :128] - picture(ends[0])).max() <= 1 and np.abs(way[:, -128:] - picture(ends[1])).max() <= 1
    half = make(engine, "mix", other=other, weight=0.5, seed=3, steps=3)
    middle = picture(half.artefacts[1].data)[:, 128 + sheets.GAP : 2 * 128 + sheets.GAP]
    np.testing.assert_allclose(picture(half.artefacts[0].data), middle, atol=1)
    assert half.values["prompt"]["picture"]["style"] == "fluent-emoji-flat" and half.values["other"]["picture"]["style"] == "openmoji"
    again = replay(media.read_recipe(half.artefacts[0].data), [DEMO], engine)
    assert [a.data for a in again.artefacts] == [a.data for a in half.artefacts]


def test_two_surprises_are_mixed_of_two_concepts(engine):
    values = make(engine, "mix", prompt="", other="", seed=3).values
    assert values["prompt"]["picture"]["prompt"] != values["other"]["picture"]["prompt"]


def test_between_two_items_everything_is_mixed():
    first, second = an_item(1, tokens=3), an_item(2, tokens=5)
    assert drawing.between(first, second, 0) is first and drawing.between(first, second, 1) is second
    quarter = drawing.between(first, second, 0.25)
    torch.testing.assert_close(quarter.latent, 0.75 * first.latent + 0.25 * second.latent)
    torch.testing.assert_close(quarter.words, 0.75 * first.words + 0.25 * second.words)
    assert quarter.mask.sum() == 5 and quarter.style.sum() == 1


# Walks


def test_a_walk_is_a_video_and_a_gif_of_the_same_frames(engine, tmp_path):
    result = make(engine, "walk", seed=2, stops=3, frames=24, rate=10)
    video, gif = result.artefacts
    assert (video.file_name, gif.file_name) == ("walk-seed-2.mp4", "walk-seed-2.gif")
    (tmp_path / "walk.mp4").write_bytes(video.data)
    read = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "walk.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(read, capture_output=True, check=True)
    assert len(done.stdout) == 24 * 256 * 256 * 3 and b" 10 fps" in done.stderr
    with Image.open(io.BytesIO(gif.data)) as image:
        assert (image.size, image.info["loop"]) == ((256, 256), 0)
        assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(image)) == 2_400
    assert result.values["seconds"] == 2.4 and [stop["seed"] for stop in result.values["stops"]] == [2, 3, 4]
    again = replay(media.read_recipe(gif.data), [DEMO], engine)
    assert [a.data for a in again.artefacts] == [a.data for a in result.artefacts]


def test_a_walk_of_two_prompts_takes_turns(engine):
    values = make(engine, "walk", other="ghost", stops=4, frames=24).values
    assert [stop["prompt"] for stop in values["stops"]] == [PROMPT, "ghost", PROMPT, "ghost"]
    assert values["other"]["prompt"] == "ghost"


def test_a_walk_rests_at_its_pictures_and_closes_without_a_jump():
    stops = [an_item(seed) for seed in range(3)]
    way = drawing.round_trip(stops, 30)
    assert len(way) == 30 and all(way[10 * i] is stop for i, stop in enumerate(stops))
    latents = torch.stack([item.latent for item in way])
    steps = (latents - latents.roll(1, 0)).norm(dim=1)
    assert steps[0] <= 0.7 * steps.max(), "from the last frame to the first is no longer than elsewhere"
    assert sum(any(torch.equal(item.latent, stop.latent) for stop in stops) for item in way) >= 9


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
    """Who asks when a walk has begun is answered before it has ended."""
    items = [item for item in drawing.round_trip([real_item(engine, seed) for seed in range(2)], 48)]
    stream = engine.run_job(functools.partial(generate.film, "debug-pictures-clip", items), owner="me")
    first = next(stream)
    make(engine, "pictures", **ONE)
    (running,) = engine.stats()["jobs"]
    assert running["slices"] < 48 // generate.SLICE
    assert len(first) + sum(len(part) for part in stream) == 48


def real_item(engine, seed: int) -> drawing.Item:
    base = make(engine, "more", seed=seed, count=1, amount=0.0).values["pictures"][0]["latent"]
    item = an_item(seed)
    return drawing.Item(torch.from_numpy(requests.decode_latent(base)), item.style, item.words, item.mask)


# Why it looks so


@pytest.mark.parametrize("model", STAGED)
def test_the_stages_end_in_the_picture(engine, model):
    result = make(engine, "stages", seed=4, model=model)
    sides = [picture(artefact.data).shape[0] for artefact in result.artefacts]
    assert sides == [32, 64, 128, 128]
    last = make(engine, "pictures", seed=4, model=model, **ONE).artefacts[0].data
    assert apart(result.artefacts[2].data, last) <= 1
    strip = picture(result.artefacts[3].data)
    np.testing.assert_array_equal(strip[:128:4, :128:4], picture(result.artefacts[0].data))


def test_attention_gives_a_map_for_each_word_of_the_text(engine):
    result = make(engine, "attention", prompt="a red snowman and a bicycle", seed=4)
    said = [one["word"] for one in result.values["words"]]
    assert said == ["a", "red", "snowman", "and", "a", "bicycle"]
    assert len(result.artefacts) == 1 + len(said) + 1
    assert all(picture(artefact.data).shape == (128, 128, 3) for artefact in result.artefacts[:-1])
    shares = [one["share"] for one in result.values["words"]]
    assert all(0 < share < 1 for share in shares) and sum(shares) + result.values["rest"] == pytest.approx(1, abs=2e-3)
    last = make(engine, "pictures", prompt="a red snowman and a bicycle", seed=4, model="AttnGAN", **ONE).artefacts[0].data
    assert apart(result.artefacts[0].data, last) <= 1


def test_the_tokens_of_a_word_count_together():
    attention = torch.zeros(5, 2, 2)
    attention[1] = torch.tensor([[0.5, 0.1], [0.0, 0.0]])
    attention[2] = torch.tensor([[0.25, 0.0], [0.0, 0.0]])
    attention[3] = torch.tensor([[0.0, 0.0], [0.0, 0.8]])
    spans = [(0, 0), (0, 4), (4, 7), (8, 11), (0, 0)]  # "snowman" is two tokens
    first, second = pictures.maps_of_words(attention, "snowman sun", spans)
    assert (first.word, second.word) == ("snowman", "sun")
    np.testing.assert_allclose(first.map, [[0.75, 0.1], [0, 0]], atol=1e-6)
    assert first.share == pytest.approx(0.85 / 4) and second.share == pytest.approx(0.2)


def test_words_beyond_what_is_read_have_no_map():
    assert [one.word for one in pictures.maps_of_words(torch.ones(3, 2, 2) / 3, "cat dog", [(0, 0), (0, 3), (0, 0)])] == ["cat"]


def test_an_overlay_is_brightest_where_the_share_is_greatest():
    shares = np.zeros((32, 32), np.float32)
    shares[4:8, 20:28] = 0.02
    over = pictures.overlay(np.full((128, 128, 3), 128, np.uint8), shares).astype(int).sum(2)
    assert over[24, 96] > 400 > 300 > over[100, 20]
    even = pictures.overlay(np.full((128, 128, 3), 128, np.uint8), np.full((32, 32), 0.1, np.float32))
    assert len(np.unique(even.reshape(-1, 3), axis=0)) == 1


def test_the_nearest_training_pictures_come_nearest_first(engine):
    result = make(engine, "nearest", seed=4, count=5)
    distances = [one["distance"] for one in result.values["nearest"]]
    assert len(result.artefacts) == 7 and distances == sorted(distances)
    assert all(one["title"] == STYLE_TITLES[one["style"]] and one["label"] for one in result.values["nearest"])
    last = make(engine, "pictures", seed=4, **ONE).artefacts[0].data
    assert apart(result.artefacts[0].data, last) <= 1


def test_every_endpoint_takes_a_picture_that_is_not_its_seeds(engine):
    for model in STAGED:
        varied = make(engine, "more", seed=6, count=1, amount=0.9, model=model)
        base = varied.values["pictures"][0]["latent"]
        assert apart(make(engine, "stages", seed=6, model=model, base=base).artefacts[2].data, varied.artefacts[0].data) <= 1
    assert apart(make(engine, "attention", seed=6, base=base).artefacts[0].data, varied.artefacts[0].data) <= 1
