"""CLIP guidance: what it may move, how far, that it climbs, that it can be stopped, and that others are served meanwhile."""

import functools
import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_demos import application, media
from gan_demos.clip import scoring
from gan_demos.demo import prepare, replay, run
from gan_demos.demos.pictures import DEMO, drawing, generate, guidance, requests
from gan_demos.demos.pictures.guidance import Climb, Settings, augment
from gan_demos.errors import CancelledError, UserError
from gan_demos.media import sheets

NAMES = ("debug-pictures-clip", "clip-small", "debug-clip-small")


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def engine(debug, own_engine):
    return own_engine


def make(engine, **parameters):
    return run(DEMO, "guide", {"prompt": "a red apple", "seed": 4, "steps": 6, **parameters}, engine)


def picture(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


def item_of(engine, seed: int = 4) -> drawing.Item:
    """What a debug picture is drawn from."""
    context, request = prepare(DEMO, "guide", {"prompt": "a red apple", "seed": seed}, engine)
    prompt = generate.understand(context, request.prompt)
    return generate.items_of(context, "ClipGAN", generate.subjects_of(context, prompt, "noto", [seed]), [drawing.noise(seed)])[0]


def climbed(engine, target: torch.Tensor, steps: int, strength: float = 1.0, settings: Settings = guidance.SETTINGS, seed: int = 0) -> list:
    """What the job yields for each step."""
    job = functools.partial(guidance.ascend, *NAMES, item_of(engine), ("", target), steps, strength, seed, settings=settings)
    return [found for found in engine.run_job(job) if found is not None]


def direction(seed: int) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(256, generator=torch.Generator().manual_seed(seed)), dim=0)


# The steps


def test_a_step_goes_along_the_gradient_and_no_farther_than_its_rate():
    climb = Climb(torch.full((1, 8), 2.0), 1.0, Settings(rate=0.1, momentum=0.0, reach=1.0, pull=0.0))
    climb.step(torch.tensor([[1e-3] * 4 + [-1e-3] * 4]))
    np.testing.assert_allclose(climb.point[0], [2.2] * 4 + [1.8] * 4, atol=1e-5)


def test_it_never_goes_beyond_its_reach_which_the_strength_shares():
    start = torch.full((1, 8), 2.0)
    for strength in (0.0, 0.25, 1.0):
        climb = Climb(start, strength, Settings(rate=0.1, momentum=0.5, reach=0.3, pull=0.0))
        for _ in range(50):
            climb.step(torch.ones(1, 8))
        assert float((climb.point - start).square().mean().sqrt()) == pytest.approx(strength * 0.3 * 2.0, abs=1e-5)


def test_the_pull_brings_it_back_where_the_gradient_says_little():
    start = torch.full((1, 8), 2.0)
    gradient = torch.full((1, 8), 1e-4)

    def far(pull: float) -> float:
        climb = Climb(start, 1.0, Settings(rate=0.02, momentum=0.0, reach=10.0, pull=pull))
        for _ in range(100):
            climb.step(gradient)
        return float((climb.point - start).abs().mean())

    assert far(0.0) == pytest.approx(100 * 0.02 * 2.0, rel=1e-3)
    # where the gradient and the slope of pull × (away / unit)² / 8, 2 × pull × away / unit² / 8, are equal
    assert far(0.01) == pytest.approx(1e-4 * 2.0**2 * 8 / (2 * 0.01), abs=0.05)


def test_a_gradient_of_nothing_moves_nothing():
    climb = Climb(torch.ones(1, 8), 1.0, Settings())
    climb.step(torch.zeros(1, 8))
    assert torch.equal(climb.point, torch.ones(1, 8))


# The changes that CLIP sees


def test_views_are_small_changes_from_their_own_random_numbers():
    shown = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    shown = torch.nn.functional.avg_pool2d(shown, 5, 1, 2)  # soft, so that a small shift is a small difference
    state = torch.get_rng_state()
    first, again, other = (augment(shown, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state), "the global random numbers are everybody's"
    assert first.shape == shown.shape and first.min() >= 0 and first.max() <= 1
    assert 0.005 < float((first - shown).abs().mean()) < 0.2
    still = Settings(shift=0.0, scale=0.0, colour=0.0)
    torch.testing.assert_close(augment(shown, torch.Generator().manual_seed(1), still), shown, atol=1e-5, rtol=0)


def test_views_move_the_picture_by_what_is_said():
    shown = torch.zeros(1, 3, 64, 64)
    shown[:, :, 24:40, 24:40] = 1.0
    moved = Settings(shift=0.2, scale=0.0, colour=0.0)
    centres = []
    for seed in range(40):
        view = augment(shown, torch.Generator().manual_seed(seed), moved)[0, 0]
        place = torch.arange(64.0)
        centres.append([float((view.sum(1 - axis) * place).sum() / view.sum()) for axis in (0, 1)])
        assert float(view.sum()) == pytest.approx(256, rel=0.05), "all of it is still there"
    away = (np.array(centres) - 31.5) / 64
    assert 0.15 < np.abs(away).max() <= 0.2 + 1e-3
    assert np.abs(np.corrcoef(away.T)[0, 1]) < 0.5, "both directions are drawn"


def test_the_gradient_passes_through_the_changes():
    shown = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)).requires_grad_()
    augment(shown, torch.Generator().manual_seed(3)).sum().backward()
    assert float(shown.grad.abs().sum()) > 0


# The climb


def test_it_climbs_towards_any_direction_and_moves_the_latent_alone(engine):
    """Towards two directions that have nothing in common, so that it is the target that leads. The views are the picture itself here: to a
    CLIP that never learnt anything a moved picture is another one."""
    steady = Settings(rate=0.2, momentum=0.5, reach=5.0, pull=0.0, shift=0.0, scale=0.0, colour=0.0)
    for seed in (1, 2):
        found = climbed(engine, direction(seed), 30, settings=steady)
        scores = [float(one["score"]) for one in found]
        assert len(scores) == 31
        assert max(scores) > scores[0] + 0.01, scores
        assert found[0]["picture"].shape == (128, 128, 3) and found[0]["picture"].dtype == torch.uint8
    item = item_of(engine)
    assert torch.equal(found[0]["latent"], item.latent), "it starts from the picture"
    assert not torch.equal(found[-1]["latent"], item.latent)


def test_the_first_steps_of_a_long_run_are_a_short_run(engine):
    short, long = climbed(engine, direction(1), 3), climbed(engine, direction(1), 6)
    for a, b in zip(short, long[:4], strict=True):
        assert torch.equal(a["latent"], b["latent"]) and torch.equal(a["score"], b["score"])
    other = climbed(engine, direction(1), 3, seed=1)
    assert not torch.equal(short[-1]["latent"], other[-1]["latent"]), "the changes come from the seed"


def test_a_strength_of_nothing_leaves_the_picture(engine):
    result = make(engine, strength=0.0)
    assert np.abs(picture(result.artefacts[0].data) - picture(result.artefacts[1].data)).max() <= 1
    assert len(set(result.values["scores"])) == 1 and result.values["gain"] in (None, pytest.approx(0, abs=2e-3))


def test_another_clip_guides_where_one_is_set(engine, monkeypatch):
    """A scorer whose embedding is the mean colour, and which wants red, makes the picture redder."""
    asked = []

    class Red:
        def encode_text(self, texts):
            asked.extend(texts)
            return torch.tensor([[1.0, -0.5, -0.5]])

        def encode_images(self, images):
            return images.mean((2, 3))

    monkeypatch.setattr(scoring, "load_scorer", lambda name, device: Red())
    job = functools.partial(
        guidance.ascend, NAMES[0], "somebody/else", NAMES[2], item_of(engine), ("a red apple", direction(1)), 12, 1.0, 0,
        settings=Settings(rate=0.05, momentum=0.0, reach=3.0, pull=0.0),
    )  # fmt: skip
    found = [one for one in engine.run_job(job) if one is not None]
    red = [float((one["picture"].float() / 255).mean((0, 1)) @ torch.tensor([1.0, -0.5, -0.5])) for one in found]
    assert asked == ["a red apple"] and red[-1] > red[0] + 0.005


# The endpoint


def test_the_result_is_the_best_of_its_steps_with_the_picture_before(engine):
    result = make(engine)
    names = ["guided-seed-4.png", "guided-seed-4-before.png", "guided-seed-4-both.png"]
    assert [artefact.file_name for artefact in result.artefacts] == names
    after, before, both = (picture(artefact.data) for artefact in result.artefacts)
    np.testing.assert_array_equal(both[:, :128], before)
    np.testing.assert_array_equal(both[:, 128 + sheets.GAP :], after)
    values = result.values
    assert len(values["scores"]) == 7 and values["steps"] == 6 and values["stopped"] is False
    assert values["scores"][values["step"]] == max(values["scores"])
    low, high = values["before"]["clip_score"], values["picture"]["clip_score"]
    assert values["gain"] == (pytest.approx(high / low - 1, abs=1e-3) if low > 0 else None)
    plain = run(DEMO, "pictures", {"prompt": "a red apple", "seed": 4, "count": 1, "candidates": 1}, engine)
    assert np.abs(before - picture(plain.artefacts[0].data)).max() <= 1
    assert values["before"]["clip_score"] == pytest.approx(plain.values["pictures"][0]["clip_score"], abs=1e-3)


def test_a_preview_comes_for_the_start_and_every_step(engine):
    context, request = prepare(DEMO, "guide", {"prompt": "a red apple", "seed": 4, "steps": 5}, engine)
    *previews, result = generate.stream(context, request)
    assert [one.step for one in previews] == [0, 1, 2, 3, 4, 5] and {one.steps for one in previews} == {5}
    assert [round(one.score, 4) for one in previews] == result.values["scores"]
    assert previews[-1].best == max(one.score for one in previews)
    assert previews[0].picture.shape == (128, 128, 3)


def test_its_recipe_makes_it_again(engine):
    result = make(engine, strength=1.0)
    for artefact in result.artefacts:
        again = replay(media.read_recipe(artefact.data), [DEMO], engine)
        assert [a.data for a in again.artefacts] == [a.data for a in result.artefacts] and again.values == result.values


def test_what_it_starts_from_is_computed_alone(engine, monkeypatch):
    """Who shares a batch decides about last bits, and forty steps would make another picture of them."""
    asked, call_many = [], engine.call_many

    def noting(model, inputs, method="forward", alone=False, **how):
        asked.append((model, method, "image" in inputs[0] if inputs else False, alone))
        return call_many(model, inputs, method=method, alone=alone, **how)

    monkeypatch.setattr(engine, "call_many", noting)
    make(engine, prompt="a prompt that nobody asked for", steps=1)
    texts = {alone for model, method, image, alone in asked if "clip-small" in model and not image}
    assert texts == {True}
    assert {alone for _, method, _, alone in asked if method in ("latent", "paint")} == {True}


def test_what_was_guided_can_be_gone_on_from(engine):
    guided = make(engine, strength=1.0)
    base = guided.values["picture"]["latent"]
    assert requests.decode_latent(base).shape == item_of(engine).latent.shape
    for endpoint, place in (("guide", 1), ("nearest", 0)):
        extra = {"steps": 1} if endpoint == "guide" else {}
        further = run(DEMO, endpoint, {"prompt": "a red apple", "seed": 4, "base": base, **extra}, engine)
        assert np.abs(picture(further.artefacts[place].data) - picture(guided.artefacts[0].data)).max() <= 1


def test_stop_keeps_the_best_so_far_with_a_recipe_of_the_steps_that_were_done(engine):
    context, request = prepare(DEMO, "guide", {"prompt": "a red apple", "seed": 4, "steps": 200, "strength": 1.0}, engine, owner="me")
    stream = generate.stream(context, request)
    scores = [next(stream).score for _ in range(4)]
    assert engine.cancel("somebody else") == 0
    assert engine.cancel("me") == 1
    result = list(stream)[-1]
    assert result.values["stopped"] and result.values["steps"] == 3
    assert result.values["scores"] == [round(score, 4) for score in scores]
    again = replay(media.read_recipe(result.artefacts[0].data), [DEMO], engine)
    assert [a.data for a in again.artefacts] == [a.data for a in result.artefacts] and again.values["steps"] == 3


def test_stopped_before_its_first_step_it_says_so(engine):
    context, request = prepare(DEMO, "guide", {"prompt": "a red apple", "steps": 200}, engine, owner="me")
    stream = generate.stream(context, request)
    next(stream)
    engine.cancel("me")
    with pytest.raises(CancelledError, match="guidance"):
        list(stream)


def test_a_reader_who_leaves_stops_it(engine):
    context, request = prepare(DEMO, "guide", {"prompt": "a red apple", "steps": 200}, engine, owner="me")
    stream = generate.stream(context, request)
    next(stream)
    stream.close()
    assert not engine.stats()["jobs"]


def test_others_are_served_between_the_parts_of_a_step(engine):
    """Whoever asks when guidance has begun is answered long before it has ended, and it lets them in four times in each step."""
    job = functools.partial(guidance.ascend, *NAMES, item_of(engine), ("", direction(1)), 200, 1.0, 0)
    stream = engine.run_job(job, owner="me")
    assert [next(stream)["score"].ndim for _ in range(2)] == [0, 0]
    engine.call("debug-pictures-memory", {"sentence": direction(2)}, owner="somebody else")
    (running,) = engine.stats()["jobs"]
    assert 4 + 4 <= running["slices"] <= 4 * (2 + 2) + 3, "it waited for its reader, and the request did not wait for it"
    stream.close()


def test_a_missing_clip_is_told_in_words(engine, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CLIP", "no-such-model/no-weights")
    with pytest.raises(UserError, match="GAN_DEMOS_CLIP=no-such-model/no-weights"):
        make(engine)
