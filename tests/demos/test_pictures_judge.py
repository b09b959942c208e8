"""The judge of drawing styles. Its accuracy needs the trained checkpoint: `python -m gan_demos evaluate judge-styles`."""

import pytest
import torch

from gan_demos import checkpoints
from gan_demos.demos.pictures import judge_training
from gan_demos.demos.pictures.cards_judges import ABOUT, NOTES
from gan_demos.demos.pictures.judge_training import fit
from gan_demos.metrics.image_classifier import predictions
from gan_demos.metrics.style_judge import StyleJudge, histogram


def test_a_histogram_counts_colours():
    picture = torch.zeros(2, 3, 4, 4)
    picture[0, :, :2] = torch.tensor([1.0, 0.0, 0.49]).view(3, 1, 1)  # half of it
    picture[1] = 1.0
    found = histogram(picture, 2).square()
    assert found.shape == (2, 8)
    assert found[0].tolist() == pytest.approx([0.5, 0, 0, 0, 0.5, 0, 0, 0])
    assert found[1].tolist() == pytest.approx([0] * 7 + [1])
    place = torch.zeros(2, 4, 4, dtype=torch.int64)
    place[0, 0] = 2
    apart = histogram(picture, 2, place).square()
    assert apart.shape == (2, 24)
    assert apart[0, 4] == pytest.approx(0.25) and apart[0, 16 + 4] == pytest.approx(0.25) and apart[0, 0] == pytest.approx(0.5)
    assert torch.allclose(apart.sum(1), torch.ones(2))


def test_colours_are_counted_by_flat_areas_shading_and_edges():
    judge = StyleJudge(colours=2, colours_by_place=2, stages=0, hidden=4)
    flat, shaded, edged = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    shaded += torch.linspace(0, 0.75, 16)
    edged[..., 8:] = 1
    by_place = [judge.statistics(x)[1][0, 8:].square().view(3, 8).sum(1).tolist() for x in (flat, shaded, edged)]
    assert by_place[0] == pytest.approx([1, 0, 0])
    assert by_place[1] == pytest.approx([0, 1, 0])
    assert by_place[2] == pytest.approx([14 / 16, 0, 2 / 16])


def test_the_judge_learns_textures_and_colours_and_comes_back_from_its_checkpoint(tmp_path, monkeypatch):
    torch.manual_seed(0)
    count = 120
    styles = torch.arange(count) % 3  # red, blue, and red with stripes
    x = torch.full((count, 3, 32, 32), 0.1) + 0.05 * torch.rand(count, 3, 1, 1)
    x[styles != 1, 0] = 0.9
    x[styles == 1, 2] = 0.9
    x[styles == 2, :, ::2] = 0.2
    x[:, :, 24:] = torch.rand(count, 3, 1, 1)  # what is drawn does not matter
    arguments = {"styles": 3, "stages": 1, "colours": 3, "colours_by_place": 2, "hidden": 16}
    judge = StyleJudge(**arguments).eval().requires_grad_(False)
    maps, colours = judge.statistics(x)
    judge.centre.copy_(maps.mean(0))
    judge.scale.copy_(maps.std(0) + 1e-3)
    monkeypatch.setattr(judge_training, "BATCH", 20)
    fit(judge, maps[:90], colours[:90], styles[:90], 1e9)
    assert not judge.classify.training
    assert (predictions(judge, x[90:])[:, 0] == styles[90:]).double().mean() > 0.9
    checkpoints.save(tmp_path / judge_training.JUDGE, judge_training.JUDGE, "pictures", "StyleJudge", judge, arguments, {})
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    loaded = judge_training.load_judge()
    assert torch.allclose(loaded(x[:6]), judge(x[:6]), atol=0.05)
    assert torch.equal(predictions(loaded, (x[90:] * 255).round().to(torch.uint8)), predictions(judge, x[90:]))


def test_both_judges_have_a_card():
    for name in ("judge-styles", "damsm"):
        assert {"title", "summary", "data", "licence", "differences"} <= set(ABOUT[name])
        assert all(note.endswith(".") for note in NOTES[name])
