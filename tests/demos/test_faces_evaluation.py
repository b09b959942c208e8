"""What the faces are measured with. The numbers themselves need the trained checkpoints: `python -m gan_demos evaluate faces`."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from gan_demos.demos.faces import captions, evaluation
from gan_demos.demos.faces.faces_training import FaceData
from gan_demos.demos.faces.judge_training import rows_of, targets, visible
from gan_demos.demos.faces.vocabulary import HATS, SIZES, SLOTS, TOTAL


def rows(count, seed=0):
    rng = random.Random(seed)
    return [captions.random_row(rng) for _ in range(count)]


def test_what_a_picture_cannot_show_is_not_counted():
    row = rows(1)[0] | {"top": "bob", "facialHair": "none", "accessories": "none"}
    assert not visible(row, "hatColor") and visible(row, "hairColor") and visible(row, "eyes") and visible(row, "clothing")
    hatted = row | {"top": "winterHat03"}
    assert visible(hatted, "hatColor") and not visible(hatted, "hairColor") and visible(hatted, "clothesColor")
    assert visible(hatted | {"facialHair": "moustacheFancy"}, "hairColor")
    scarf = row | {"top": "hijab"}
    assert visible(scarf, "hatColor") and not visible(scarf, "clothing") and not visible(scarf, "clothesColor")
    assert not visible(row | {"accessories": "kurt"}, "eyes") and visible(row | {"accessories": "sunglasses"}, "eyes")


def test_targets_name_the_values_and_rows_come_back():
    some = rows(40)
    labels, counts = targets(some)
    assert rows_of(labels) == some
    assert counts[:, list(SLOTS).index("hatColor")].tolist() == [float(row["top"] in HATS) for row in some]
    assert torch.equal(evaluation.one_hot(labels), FaceData(np.zeros((40, 4, 4, 3), np.uint8), some).choice)


def test_named_values_are_a_slots_set_and_nothing_for_what_is_left_open():
    named = evaluation.named_values([{"mouth": frozenset({"smile", "twinkle"})}, {}, {"bg": frozenset({"gray"})}])
    assert named.shape == (3, TOTAL) and named.dtype == torch.bool
    parts = dict(zip(SLOTS, named.split(SIZES, 1), strict=True))
    assert [SLOTS["mouth"][k] for k in parts["mouth"][0].nonzero().flatten()] == ["smile", "twinkle"]
    assert named[0].sum() == 2 and not named[1].any() and named[2].nonzero().flatten().tolist() == [0]


def test_every_short_prompt_names_values_that_exist():
    assert len({text for text, _ in evaluation.SHORT_PROMPTS}) == 20
    for text, named in evaluation.SHORT_PROMPTS:
        assert named and all(set(values) <= set(SLOTS[slot]) for slot, values in named.items()), text


def test_calibration_is_zero_for_the_prior_and_looks_at_open_slots_alone():
    prior = torch.from_numpy(captions.prior())
    logits = prior.log().repeat(3, 1)
    named = evaluation.named_values([{"bg": frozenset({"gray"})}] * 3)
    assert evaluation.calibration(logits, named, prior) == pytest.approx(0, abs=1e-6)
    sure = logits.clone()
    sure[:, 0] = 50  # certain of a background that is named
    assert evaluation.calibration(sure, named, prior) == pytest.approx(0, abs=1e-6)
    skin = SIZES[0]
    sure[:, skin] = prior[skin].log() + math.log(4)  # four times as sure of one skin as of the other four
    kl = sum(0.2 * math.log(0.2 / p) for p in (0.5, 0.125, 0.125, 0.125, 0.125))
    assert evaluation.calibration(sure, named, prior) == pytest.approx(kl / 11, rel=1e-4)


class Oracle(nn.Module):
    """A judge that reads the values off the first pixels of a picture."""

    sizes = list(SIZES)

    def forward(self, pictures):
        values = (pictures[:, 0, 0, : len(SIZES)] * 255).round().long()
        return evaluation.one_hot(values)


def test_quick_score_is_what_the_judge_sees_less_the_error():
    some = rows(64)
    labels, counts = targets(some)
    real = np.full((64, 16, 16, 3), 100, np.uint8)
    real[:, 0, : len(SIZES), 0] = labels.numpy()
    data = FaceData(real, some)
    index = torch.arange(10, 42)
    right = evaluation.quick_score(Oracle(), data.show(index), data, index)
    assert right == pytest.approx({"attributes": 1.0, "least": 1.0, "error": 0.0, "score": 1.0})
    fake = data.show(index).clone()
    mouth = list(SLOTS).index("mouth")
    fake[:8, 0, 0, mouth] = (labels[index[:8], mouth] + 1) % SIZES[mouth] / 255
    wrong = evaluation.quick_score(Oracle(), fake, data, index)
    assert wrong["least"] == pytest.approx(24 / 32) and wrong["attributes"] == pytest.approx(1 - 0.25 / 12)
    assert 0 < wrong["error"] < 0.01 and wrong["score"] == pytest.approx(wrong["attributes"] - wrong["error"])
    fake[:, 0, 0, list(SLOTS).index("hatColor")] = 0  # the colour of hats that nobody wears makes no difference
    bare = torch.tensor([i for i in index.tolist() if some[i]["top"] not in HATS])
    assert evaluation.quick_score(Oracle(), fake[bare - 10], data, bare)["attributes"] > 0.9
