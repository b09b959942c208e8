"""What the swap is measured with. The numbers themselves need trained checkpoints: `train.evaluate("swap-avatars")`."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from gan_demos.demos.faces import captions
from gan_demos.demos.swap import evaluation, likeness_training, train
from gan_demos.demos.swap.cards import ABOUT, NOTES
from gan_demos.demos.swap.evaluation import JUDGED, Swaps
from gan_demos.demos.swap.pairs_training import families, pairs_of
from gan_demos.demos.swap.vocabulary import COUNTS, DOMAINS, EMOJI, FACES, MODELS
from gan_demos.errors import UserError
from tests.demos.swap_data import style_pairs

NAMES = list(JUDGED)


def picture_of(row):
    """Its attributes are written into the first pixels: what a perfect judge reads."""
    picture = torch.full((3, 128, 128), 100, dtype=torch.uint8)
    for number, name in enumerate(NAMES):
        picture[0, 0, number] = JUDGED[name].index(row[name])
    return picture


class Oracle(nn.Module):
    """A judge that reads the attributes off the first pixels."""

    sizes = [len(values) for values in JUDGED.values()]

    def forward(self, pictures):
        values = (pictures[:, 0, 0, : len(NAMES)] * 255).round().long()
        return torch.cat([nn.functional.one_hot(values[:, k], size) for k, size in enumerate(self.sizes)], 1).float()


class Painter(nn.Module):
    """A generator that gives for every picture the next of a list."""

    def __init__(self, pictures):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1))
        self.given = iter(pictures)

    def forward(self, picture, asked, strength):
        made = torch.stack([next(self.given) for _ in picture]).float() / 255
        return {"picture": made, "mask": made[:, :1], "seen": torch.zeros(len(made), 1)}


@pytest.fixture(scope="module")
def pairs():
    rng = random.Random(0)
    groups = families([captions.random_row(rng) for _ in range(20)], 1, rng)
    rows = [row for family in groups for row in family]
    return pairs_of(rows, torch.stack([picture_of(row) for row in rows]), [2] * 20)


def swaps_of(pairs, painted):
    chosen = torch.arange(len(pairs))
    home = pairs.pictures[pairs.source[pairs.returns > 0]]
    return Swaps(Painter([*painted, *home]), pairs, chosen)


def test_a_perfect_swap_has_no_error_and_every_domain(pairs):
    swaps = swaps_of(pairs, pairs.pictures[pairs.target])
    errors = swaps.errors()
    assert errors["error"] == errors["cycle"] == 0 and errors["copy"] > 0
    found = evaluation.reading(Oracle(), swaps, "made")
    assert set(found["asked"].values()) == {1.0} and set(found["kept"].values()) == {1.0} and set(found["kept"]) <= set(JUDGED)


def test_a_copy_keeps_everything_and_swaps_nothing(pairs):
    swaps = swaps_of(pairs, pairs.pictures[pairs.source])
    errors = swaps.errors()
    assert errors["error"] == pytest.approx(errors["copy"]) and errors["outside"] == 0
    found = evaluation.reading(Oracle(), swaps, "made")
    assert set(found["kept"].values()) == {1.0} and set(found["asked"].values()) == {0.0}
    true = evaluation.reading(Oracle(), swaps, "true")
    assert set(true["asked"].values()) == {1.0}


def test_what_changes_besides_is_seen(pairs):
    painted = pairs.pictures[pairs.target].clone()
    clothing = NAMES.index("clothing")
    painted[:, 0, 0, clothing] = (painted[:, 0, 0, clothing] + 1) % len(JUDGED["clothing"])
    painted[:, :, 64:] += 51
    swaps = swaps_of(pairs, painted)
    assert swaps.errors()["outside"] == pytest.approx(0.1, rel=0.02) and swaps.errors()["error"] == pytest.approx(0.1, rel=0.02)
    kept = evaluation.reading(Oracle(), swaps, "made")["kept"]
    assert kept["clothing"] == 0 and {share for name, share in kept.items() if name != "clothing"} == {1.0}


def test_the_score_of_a_perfect_swap_is_two_and_that_of_a_copy_nothing_more(pairs):
    chosen = evaluation.spread(pairs, 10)
    home = pairs.pictures[pairs.source[chosen][pairs.returns[chosen] > 0]]
    perfect = evaluation.quick_score(Oracle(), Painter([*pairs.pictures[pairs.target[chosen]], *home]), pairs, 10)
    copying = evaluation.quick_score(Oracle(), Painter([*pairs.pictures[pairs.source[chosen]], *home]), pairs, 10)
    assert perfect["score"] == pytest.approx(2) and copying["score"] == pytest.approx(0)


class StyleOracle(nn.Module):
    """Knows a style by its colour in `style_pairs`, where a shape is."""

    sizes = [9]

    def __init__(self, pairs):
        super().__init__()
        self.known = pairs

    def forward(self, pictures):
        apart = (pictures[:, None] - self.known.pictures[None].float() / 255).abs().mean((2, 3, 4))
        styles = [evaluation.images.EMOJI_STYLES.index(row["style"]) for row in self.known.rows]
        return nn.functional.one_hot(torch.tensor(styles)[apart.argmin(1)], 9).float()


def test_styles_are_judged_by_the_target(monkeypatch):
    pairs = style_pairs(2)
    judge, chosen = StyleOracle(pairs), torch.arange(len(pairs))
    assert evaluation.styles_right(judge, pairs.pictures[pairs.target], pairs, chosen) == [1.0] * len(pairs)
    assert evaluation.styles_right(judge, pairs.pictures[pairs.source], pairs, chosen) == [0.0] * len(pairs)
    run = swaps_of(pairs, pairs.pictures[pairs.target])
    monkeypatch.setattr(evaluation.measures, "features", lambda pictures: np.random.default_rng(0).random((len(pictures), 8)))
    found = evaluation.emoji_metrics(judge, [run, run])
    assert found["drawn in the style asked for"]["mean"] == found["drawn in the style asked for"]["floor"] == 1
    assert all(found[f"drawn in the style asked for, {style}"]["seeds"] == 2 for style in DOMAINS[EMOJI]["style"])
    error = evaluation.error_metrics(EMOJI, [run, run])["mean difference to the true picture"]
    assert error["mean"] == 0 and error["floor"] is None and error["bar"].startswith("below copying (0.")


def test_labels_come_back_as_names():
    assert evaluation.asked_of(torch.eye(COUNTS[FACES])[9] + torch.eye(COUNTS[FACES])[31], FACES) == {"hair": "red", "eyes": "wink"}
    assert evaluation.asked_of(torch.zeros(COUNTS[FACES]), FACES) == {}


def test_the_remark_is_for_what_lies_far_from_the_centre():
    class Directions(nn.Module):
        def forward(self, image):
            return nn.functional.normalize(image.mean((2, 3)), dim=1)

    red, blue = np.zeros((4, 8, 8, 3), np.uint8), np.zeros((4, 8, 8, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    both = np.concatenate([red[:3], blue[:1]])
    assert likeness_training.below(Directions(), both, torch.tensor([1.0, 0, 0]), 0.5) == 0.25
    assert likeness_training.below(Directions(), both, torch.tensor([2.0, 0, 0]), 0.99) == 0.25, "the length of the centre does not matter"
    moved = likeness_training.changed(red, likeness_training.moved)
    assert moved.shape == red.shape


def test_both_checkpoints_have_a_card_and_no_other_name_is_taken():
    for name in MODELS.values():
        assert {"title", "summary", "data", "licence", "differences", "pictures"} <= set(ABOUT[name])
        assert all(note.endswith(".") for note in NOTES[name]) and "1711.09020" in ABOUT[name]["differences"]
    assert train.model_of("swap-emoji") == EMOJI
    with pytest.raises(UserError, match="swap-avatars, swap-emoji"):
        train.model_of("swap-dogs")
