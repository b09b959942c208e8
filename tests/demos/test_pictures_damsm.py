"""DAMSM: its scores against the paper's formulas written out, its losses, R-precision, and gradients to pictures."""

import math

import pytest
import torch
import torch.nn.functional as F

from gan_demos import checkpoints, clip
from gan_demos.clip.networks import Clip
from gan_demos.demos.pictures import damsm
from gan_demos.demos.pictures.damsm import DAMSM, Matcher, damsm_loss, pair_loss, r_precision, word_scores
from gan_demos.errors import CheckpointError


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def text_batch(lengths, seed=0):
    """(words, mask, sentence) as our CLIP gives them for texts of so many tokens, their two marks included."""
    mask = torch.arange(48) < torch.tensor(lengths).unsqueeze(1)
    return noise(len(lengths), 48, 384, seed=seed) * mask.unsqueeze(2), mask, F.normalize(noise(len(lengths), 256, seed=seed + 1), dim=1)


@pytest.fixture(scope="module")
def matcher():
    """All at its real size, with random weights, in fp32."""
    torch.manual_seed(0)
    return Matcher(DAMSM(32), Clip(**clip.arguments(num_hidden_layers=0)), None)


def score_by_the_formulas(region, word):
    """R(Q, D) of regions (D, R) and words (T, D), equations 7 to 10 of the paper one by one."""
    s = word @ region  # (T, R)
    share = s.exp() / s.exp().sum(0, keepdim=True)
    total = 0.0
    for i in range(len(word)):
        alpha = (damsm.GAMMA1 * share[i]).exp()
        context = (region * alpha / alpha.sum()).sum(1)
        total += math.exp(damsm.GAMMA2 * float(F.cosine_similarity(context, word[i], dim=0)))
    return math.log(total ** (1 / damsm.GAMMA2))


def test_word_scores_are_the_papers_formulas():
    regions, words = noise(3, 8, 12), noise(4, 5, 8, seed=1)
    there = torch.arange(5) < torch.tensor([5, 1, 3, 2]).unsqueeze(1)
    found = word_scores(regions, words, there)
    expected = [[score_by_the_formulas(regions[c], words[b, : int(there[b].sum())]) for b in range(4)] for c in range(3)]
    assert torch.allclose(found, torch.tensor(expected), atol=1e-4)


def test_pair_loss_counts_both_ways_and_leaves_out_what_shows_the_same():
    scores = torch.tensor([[1.0, 0.2, 0.9], [0.1, 0.8, 0.3], [0.7, 0.4, 0.5]])
    rows = -F.log_softmax(10 * scores, 1).diag().mean()
    columns = -F.log_softmax(10 * scores, 0).diag().mean()
    assert float(pair_loss(scores, torch.arange(3))) == pytest.approx(float(rows + columns))
    grouped = pair_loss(scores, torch.tensor([7, 4, 7]))  # 0 and 2 are the same concept: they meet only 1
    p = [math.exp(10 * s) for s in (1.0, 0.2, 0.9, 0.1, 0.8, 0.3, 0.7, 0.4, 0.5)]
    by_picture = -math.log(p[0] / (p[0] + p[1])) - math.log(p[4] / (p[3] + p[4] + p[5])) - math.log(p[8] / (p[7] + p[8]))
    by_text = -math.log(p[0] / (p[0] + p[3])) - math.log(p[4] / (p[1] + p[4] + p[7])) - math.log(p[8] / (p[5] + p[8]))
    assert float(grouped) == pytest.approx((by_picture + by_text) / 3, rel=1e-5)
    assert float(pair_loss(scores, torch.zeros(3))) == pytest.approx(0, abs=1e-6)  # all the same: nothing to tell apart


def test_features_of_a_text_follow_from_it_alone(matcher):
    words, mask, sentence = text_batch([9, 3, 6])
    features, there, text = matcher.read(words, mask, sentence)
    assert features.shape == (3, 7, 32) and text.shape == (3, 32)
    assert there.sum(1).tolist() == [7, 1, 4]  # without the marks
    alone, _, text_alone = matcher.read(words[2:], mask[2:], sentence[2:])
    assert alone.shape == (1, 4, 32)
    assert torch.allclose(alone[0], features[2, :4], atol=1e-6) and torch.allclose(text_alone[0], text[2], atol=1e-6)
    marks = words.clone()
    marks[:, 0] = 5.0
    for row, length in enumerate([9, 3, 6]):
        marks[row, length - 1] = 5.0
    assert torch.equal(matcher.read(marks, mask, sentence)[0], features)  # the marks are no words
    other = words.clone()
    other[0, 1] = 0  # the first word reaches the last by the forward LSTM
    assert not torch.allclose(matcher.read(other, mask, sentence)[0][0, 6], features[0, 6], atol=1e-4)


def test_a_text_without_words_gives_a_finite_loss(matcher):
    words, mask, sentence = text_batch([2, 5, 48, 4])
    words[3], mask[3] = 0, False  # not even marks
    pictures = torch.rand(4, 3, 128, 128).requires_grad_(True)
    loss = damsm_loss(matcher, pictures, words, mask, sentence, torch.arange(4))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(pictures.grad).all()


def test_the_gradient_reaches_pictures_and_nothing_else(matcher):
    torch.manual_seed(1)
    pictures = torch.rand(4, 3, 128, 128).requires_grad_(True)
    texts = text_batch([5, 7, 4, 6])
    loss = damsm_loss(matcher, pictures, *texts, torch.arange(4))
    assert loss.ndim == 0 and loss.dtype == torch.float32
    loss.backward()
    assert (pictures.grad.flatten(1).abs().sum(1) > 0).all()
    assert all(p.grad is None for p in matcher.parameters())
    with torch.no_grad():
        down = damsm_loss(matcher, pictures - 0.02 * pictures.grad / pictures.grad.abs().max(), *texts, torch.arange(4))
    assert float(down) < float(loss.detach())


def test_bf16_outside_does_not_reach_the_losses(matcher):
    torch.manual_seed(2)
    seen = matcher.look(torch.rand(4, 3, 128, 128))
    features, there, text = matcher.read(*text_batch([5, 7, 4, 6]))
    plain = damsm.matching_loss(seen.regions, seen.whole, features, there, text, torch.arange(4))
    pictures, texts = torch.rand(4, 3, 128, 128), text_batch([5, 7, 4, 6])
    loss = damsm_loss(matcher, pictures, *texts, torch.arange(4))
    with torch.autocast("cpu", torch.bfloat16):
        inside = damsm.matching_loss(seen.regions, seen.whole, features, there, text, torch.arange(4))
        assert all(one.dtype == torch.float32 for one in inside)
        assert [float(one) for one in inside] == [float(one) for one in plain]
        assert float(damsm_loss(matcher, pictures, *texts, torch.arange(4))) == pytest.approx(float(loss), rel=1e-6)
    matcher.precision = torch.bfloat16
    try:
        assert float(damsm_loss(matcher, pictures, *texts, torch.arange(4))) == pytest.approx(float(loss), rel=0.05)
    finally:
        matcher.precision = None


def test_the_embedding_is_the_clips_own(matcher):
    pictures = torch.rand(3, 3, 128, 128)
    seen = matcher.look(pictures)
    assert seen.regions.shape == (3, 32, 64) and seen.whole.shape == (3, 32)
    with torch.no_grad():
        assert torch.allclose(seen.embedding, matcher.clip(image=pictures), atol=1e-5)


def test_a_region_is_where_it_is_in_the_picture(matcher):
    pictures = torch.rand(1, 3, 128, 128)
    corner = pictures.clone()
    corner[:, :, :16, 112:] = 1 - corner[:, :, :16, 112:]  # top right
    moved = (matcher.look(pictures).regions - matcher.look(corner).regions).norm(dim=1).view(8, 8)
    assert moved[:2, 6:].mean() > 1.2 * max(moved[:2, :2].mean(), moved[6:, :2].mean(), moved[6:, 6:].mean())


def test_r_precision_of_known_features():
    texts = noise(300, 16)
    own, groups = torch.arange(200), torch.arange(300)
    assert r_precision(texts[:200], own, texts, groups) == 1.0
    assert r_precision(-texts[:200], own, texts, groups) == 0.0
    assert r_precision(torch.ones(200, 16), own, torch.ones(300, 16), groups) == 0.0  # ties count against
    chance = [r_precision(noise(200, 16, seed=seed), own, noise(300, 16, seed=seed + 50), groups, seed=seed) for seed in range(10)]
    assert 0.002 < sum(chance) / 10 < 0.02
    some = noise(200, 16, seed=9) + texts[:200]
    assert r_precision(some, own, texts, groups, seed=1) == r_precision(some, own, texts, groups, seed=1)
    assert r_precision(some, own, texts, groups, wrong=5) > r_precision(some, own, texts, groups, wrong=250)


def test_r_precision_never_ranks_against_a_text_of_the_same_group():
    texts = noise(150, 16)
    texts[1:20] = texts[0]  # nineteen more names of one thing
    groups = torch.arange(150)
    own = torch.zeros(50, dtype=torch.int64)
    assert r_precision(texts[own], own, texts, groups) == 0.0
    groups[1:20] = 0
    assert r_precision(texts[own], own, texts, groups) == 1.0
    with pytest.raises(ValueError, match="130"):
        r_precision(texts[own], own, texts, groups, wrong=131)


def test_it_is_used_with_the_clip_that_it_was_trained_on(tmp_path, monkeypatch):
    (tmp_path / clip.MODEL).symlink_to(checkpoints.folder(clip.MODEL))
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    torch.manual_seed(3)
    module = DAMSM(8)
    right = {"clip": checkpoints.digest(clip.MODEL)}
    checkpoints.save(tmp_path / damsm.NAME, damsm.NAME, "pictures", "DAMSM", module, {"width": 8}, right)
    loaded = damsm.load_damsm()
    assert torch.allclose(loaded.damsm.whole.weight, module.whole.weight, atol=1e-3)
    checkpoints.save(tmp_path / damsm.NAME, damsm.NAME, "pictures", "DAMSM", module, {"width": 8}, {"clip": "0" * 64})
    with pytest.raises(CheckpointError, match="train damsm"):
        damsm.load_damsm()
