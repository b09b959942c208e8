"""What the generators of pictures are measured with. The numbers themselves need trained checkpoints and the data."""

import json
import math
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from gan_demos import checkpoints, clip
from gan_demos.clip.networks import Clip
from gan_demos.data import images
from gan_demos.demos.pictures import cards, evaluation, evaluation_guidance, evaluation_sheets, evaluation_table, networks
from gan_demos.demos.pictures.damsm import DAMSM, Matcher
from gan_demos.demos.pictures.emoji_training import TextTable
from gan_demos.demos.pictures.evaluation import HeldOut, Judges, Validation
from gan_demos.demos.pictures.vocabulary import MODELS
from gan_demos.metrics import images as measures
from tests.demos.pictures_data import emoji_data

SHADES = 12  # texts of the small world below, each of one shade of grey


@pytest.fixture
def data(tmp_path, monkeypatch):
    evaluation.held_out.cache_clear()
    evaluation_guidance._by_concept.cache_clear()
    yield emoji_data(tmp_path, monkeypatch)
    evaluation.held_out.cache_clear()
    evaluation_guidance._by_concept.cache_clear()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Clip(**clip.debug_arguments()).eval()


def shade(pictures):
    """Pictures (B, 3, H, W) in [0, 1] -> a direction for each of `SHADES` shades (B, 256), that of the next shades nearly the same."""
    level = pictures.mean((1, 2, 3)) * (SHADES - 1)
    return F.normalize(torch.exp(-(torch.arange(256.0) - 10 * level.unsqueeze(1)).square() / 50), dim=1)


def world():
    """Texts whose sentences are those of pictures of their shade."""
    levels = torch.linspace(0, 1, SHADES).view(-1, 1, 1, 1).expand(-1, 3, 8, 8)
    return TextTable([f"shade {i}" for i in range(SHADES)], shade(levels), torch.zeros(SHADES, 48, 384), torch.ones(SHADES, 48).bool())


class Painter(networks.Generator):
    """Draws the shade of a sentence, moved by `error` shades, and by noise if it is told to."""

    shown = ("picture",)

    def __init__(self, error=0, noisy=0.0):
        super().__init__()
        self.error, self.noisy, self.weight = error, noisy, nn.Parameter(torch.zeros(()))

    def forward(self, sentence, words, mask, noise, style):
        number = (sentence @ world().sentence.T).argmax(1) + self.error
        level = number.clamp(0, SHADES - 1) / (SHADES - 1) + self.noisy * noise[:, 0]
        return level.view(-1, 1, 1, 1).expand(-1, 3, 128, 128)


class StyleByCorner(nn.Module):
    """A judge that reads the style off the first pixel."""

    sizes = [9]

    def forward(self, pictures):
        return F.one_hot((pictures[:, 0, 0, 0] * 255).round().long().clamp(0, 8), 9).float()


class StyleByShade(nn.Module):
    """A judge that takes each shade for a style of its own."""

    sizes = [9]

    def forward(self, pictures):
        return F.one_hot((pictures[:, 0, 0, 0] * (SHADES - 1)).round().long() % 9, 9).float()


class ShadeMatcher:
    """In place of DAMSM and CLIP: features are shades."""

    clip = staticmethod(lambda image: shade(image))

    def look(self, pictures):
        found = shade(pictures)
        return type("Seen", (), {"embedding": found, "whole": found})

    def read(self, words, mask, sentence):
        return None, None, sentence


def judges():
    return Judges(ShadeMatcher(), StyleByCorner(), lambda pictures: measures.unit(pictures).mean((2, 3)).double().numpy())


def real_shades(own):
    level = (own.float() / (SHADES - 1) * 255).round().byte().view(-1, 1, 1, 1)
    pictures = level.repeat(1, 3, 128, 128)
    style = torch.arange(len(own)) % 9
    pictures[:, 0, 0, 0] = style.byte()
    rows = [{"label": f"shade {i}", "codepoints": f"1f{i:03x}", "style": images.EMOJI_STYLES[s]} for i, s in zip(own, style, strict=True)]
    return HeldOut(pictures, rows, style, own, world().texts, torch.arange(SHADES), pictures.flip(0))


def test_held_out_pictures_are_of_their_split_and_know_their_labels(data):
    real = evaluation.held_out("new-pairs", 12, retrieved=30)
    assert len(real.pictures) == len(real.rows) == 12 and len(set(real.labels)) == len(real.labels) == 30
    assert len({row["codepoints"] for row in real.rows}) == 12, "no concept twice"
    assert [real.labels[i] for i in real.own] == [row["label"] for row in real.rows]
    assert [images.EMOJI_STYLES[i] for i in real.style] == [row["style"] for row in real.rows]
    every = images.emoji("new-pairs")
    assert len(real.others) == len(every) - 12
    keys = Counter((row["label"], row["style"]) for row in every.rows)
    assert all(keys[row["label"], row["style"]] == 1 for row in real.rows)
    shown = {(row["label"], row["style"]): picture for row, picture in zip(every.rows, every.images, strict=True)}
    for row, picture in zip(real.rows, real.pictures, strict=True):
        assert np.array_equal(picture.permute(1, 2, 0).numpy(), shown[row["label"], row["style"]])
    assert torch.equal(real.weights.argmax(1), real.style) and real.weights.sum() == 12
    unseen = evaluation.held_out("test", 10, retrieved=20)
    assert not {row["label"] for row in unseen.rows} & {row["label"] for row in images.emoji("train").rows}


def test_variants_of_one_concept_are_no_mismatch_of_each_other(data):
    real = evaluation.held_out("new-pairs", 5, retrieved=40)
    groups = dict(zip(real.labels, real.groups.tolist(), strict=True))
    assert groups["man running"] == groups["woman running"] and len(set(groups.values())) == 39


def test_the_same_seed_paints_the_same_and_another_does_not():
    module, texts, own = Painter(noisy=0.1), world(), torch.tensor([3, 3, 5])
    weights = torch.eye(9)[:3]
    made = evaluation.paint(module, texts, own, weights, 4)
    assert made.shape == (3, 3, 128, 128) and made.dtype == torch.uint8
    assert torch.equal(made, evaluation.paint(module, texts, own, weights, 4))
    assert not torch.equal(made, evaluation.paint(module, texts, own, weights, 5)) and not torch.equal(made[0], made[1])


def test_features_of_texts_do_not_depend_on_who_else_is_read(model):
    together = evaluation.read(model, ["cat", "a very long text about a cat that sits on a chair and sleeps"], batch=2)
    alone = evaluation.read(model, ["cat"])
    assert torch.allclose(together.sentence[:1], alone.sentence, atol=1e-5) and torch.allclose(together.words[:1], alone.words, atol=1e-4)
    assert together.words.shape == (2, 48, 384) and not together.words[~together.mask].any()
    features = model(*clip.tokenize(["cat"]))
    assert torch.allclose(features["sentence"], alone.sentence, atol=1e-5)


def test_what_was_asked_for_is_found_and_what_was_not_is_not():
    real, texts = real_shades(torch.arange(SHADES)), world()
    right, wrong = ([evaluation.paint(Painter(error), texts, real.own, real.weights, 0)] for error in (0, 4))
    with pytest.raises(ValueError, match="R-precision"):
        evaluation.fitting(judges(), texts, real, right, aims=True)  # twelve texts are too few to draw 99 from
    many = TextTable(texts.texts * 12, texts.sentence.repeat(12, 1), texts.words.repeat(12, 1, 1), texts.mask.repeat(12, 1))
    groups = torch.arange(SHADES).repeat(12)
    more = HeldOut(real.pictures, real.rows, real.style, real.own, many.texts, groups, real.others)
    found = evaluation.fitting(judges(), many, more, right, aims=True)
    assert found["R-precision by DAMSM"]["mean"] == found["R-precision by DAMSM"]["floor"] == 1
    style = found["drawn in the style asked for"]
    assert style["floor"] == 1 and style["mean"] < 0.3 and style["bar"] == "≥ 0.90"
    assert evaluation.fitting(judges(), many, more, wrong, aims=False)["R-precision by DAMSM"]["mean"] < 0.2
    embedded = judges().look(right[0])[0]
    assert torch.equal(evaluation.ranks(embedded, texts.sentence, real.own), torch.ones(SHADES, dtype=torch.int64))


def test_kid_is_low_for_real_pictures_and_high_for_others():
    real = real_shades(torch.arange(SHADES).repeat(4))
    bright = torch.full_like(real.pictures, 250)
    found = evaluation.realism(judges(), real, [judges().features(one) for one in (real.pictures, bright)])
    kid = found["EffNet-Lite0 KID × 1000"]
    assert kid["low"] == pytest.approx(kid["floor"], abs=1e-6) and kid["high"] > kid["floor"] + 100
    # blurring leaves a plain grey as it is
    assert found["EffNet-Lite0 KID × 1000 of blurred real pictures, for comparison"]["mean"] == pytest.approx(kid["floor"], abs=20)


def test_differences_to_the_truth_and_to_training_pictures():
    real = real_shades(torch.arange(SHADES))
    off = (real.pictures.int() + 51).clamp(0, 255).byte()
    assert evaluation.difference(real.pictures, real.pictures) == 0
    assert evaluation.difference(torch.full((2, 3, 8, 8), 51, dtype=torch.uint8), torch.zeros(2, 3, 8, 8).byte()) == pytest.approx(0.2)
    rows = [{**row, "style": "other"} for row in real.rows]
    found = evaluation.truth(real, [real.pictures, off], off, rows)
    assert found["mean difference to the true picture"]["low"] == 0
    copied = found["mean difference of the concept in another style to it, for comparison"]
    assert copied["mean"] == copied["low"] == pytest.approx(found["mean difference to the true picture"]["high"])
    # what is the same as a training picture is a copy, and the second is one altogether
    assert found["copies of training pictures"]["high"] == 1 and found["mean difference to the nearest training picture"]["low"] == 0


def test_likeness_is_to_the_own_true_picture_and_to_no_other():
    real = real_shades(torch.arange(SHADES).repeat(2))
    colours = torch.rand(len(real.pictures), 3, generator=torch.Generator().manual_seed(0))
    real.pictures[:] = (colours * 255).byte().view(-1, 3, 1, 1)
    judge = judges()
    right, wrong = judge.features(real.pictures), judge.features(real.pictures.flip(1))
    found = evaluation.likeness(judge, real, [right, wrong], real.pictures, real.rows)
    one = found[f"true picture among {len(real.pictures)} by EffNet-Lite0, R@10"]
    assert one["high"] == 1 and one["low"] < 1 and one["floor"] <= 1


def test_what_is_remembered_is_told(model):
    rows = [{"label": f"{i}", "codepoints": f"{i}", "style": "noto"} for i in range(6)]

    class Rote(Painter):
        def forward(self, sentence, words, mask, noise, style):
            return torch.full((len(sentence), 3, 128, 128), 0.2)

    train = torch.full((6, 3, 128, 128), 51).byte()
    train[:3] = 102
    found = evaluation.memorisation(Rote(), model, train, rows)
    assert found["training pairs asked for: copies of it"]["mean"] == 0.5
    assert found["training pairs asked for: mean difference to the training picture"]["mean"] == pytest.approx(0.1)


def test_another_style_is_of_the_same_concept_or_of_a_variant_of_it():
    real = real_shades(torch.arange(3))
    real.rows[2]["codepoints"] = "1f3c3-200d-2640-fe0f"
    train = [{"codepoints": points} for points in ("1f000", "1f001", "1f3c3-200d-2642", "1f001", "1f999")]
    chosen = [evaluation.another_style(real, train, seed).tolist() for seed in range(20)]
    assert all(first == 0 and second in (1, 3) and third == 2 for first, second, third in chosen)
    assert {second for _, second, _ in chosen} == {1, 3}


def test_diversity_is_none_where_the_seed_changes_nothing(model):
    rows = [{"style": style, "label": f"thing {i}", "keywords": ["cat", "heart"], "codepoints": f"{i}"}
            for style in images.EMOJI_STYLES for i in range(10)]  # fmt: skip
    train = torch.randint(0, 255, (len(rows), 1, 1, 1), generator=torch.Generator().manual_seed(0)).byte().expand(-1, 3, 16, 16)
    judge = judges()
    judge.matcher.clip = model
    still, moving = (evaluation.diversity(Painter(noisy=noisy), judge, train, rows) for noisy in (0.0, 0.2))
    broad = "diversity of 16 seeds of a broad prompt, share of real pictures that fit it"
    assert still[broad]["high"] == 0 and moving[broad]["low"] > 0.2 and moving[broad]["floor"] == 1


def validation(own):
    weights = F.one_hot(own % 9, 9).float()
    return Validation(world(), own, weights, real_shades(own).pictures, ShadeMatcher.clip, StyleByShade())


def test_quick_score_is_what_is_found_less_the_error():
    right = evaluation.quick_score(Painter(), validation(torch.arange(SHADES)))
    assert right["recall"] == right["first"] == right["style"] == 1 and right["error"] < 0.01
    assert right["score"] == pytest.approx(2 - right["error"])
    module = Painter(error=11)
    wrong = evaluation.quick_score(module.train(), validation(torch.arange(SHADES)))
    assert wrong["first"] == pytest.approx(1 / SHADES) and wrong["recall"] < 1 and wrong["error"] > 0.3
    assert module.training, "it is left as it was found"
    assert wrong["score"] == pytest.approx(wrong["recall"] + wrong["style"] - wrong["error"]) and wrong["score"] < right["score"]


def test_validation_looks_for_labels_among_others(data):
    rows = images.emoji("train").rows[:6]
    pictures = torch.zeros(6, 3, 128, 128).byte()
    found = Validation.of(rows, pictures, [row["label"] for row in data], retrieved=20)
    assert len(found.texts) == 20 == len(set(found.texts.texts)) and found.texts.texts[: len(set(found.own.tolist()))]
    assert [found.texts.texts[i] for i in found.own] == [row["label"] for row in rows]
    assert [images.EMOJI_STYLES[i] for i in found.weights.argmax(1)] == [row["style"] for row in rows]


def test_guidance_is_measured_on_prompts_that_nothing_was_chosen_on(data, monkeypatch):
    monkeypatch.setattr(evaluation_guidance, "PROMPTS", 4)
    monkeypatch.setattr(evaluation_guidance, "TUNING", 2)
    measured, tuned = evaluation_guidance.prompts(), evaluation_guidance.prompts(tuning=True)
    assert (len(measured), len(tuned)) == (4, 2) and not {one.concept for one in measured} & {one.concept for one in tuned}
    unseen = {row["label"] for row in images.emoji("test").rows}
    pairs = {(row["label"], images.EMOJI_STYLES.index(row["style"])) for split in ("test", "new-pairs") for row in images.emoji(split).rows}
    assert [one.label in unseen for one in measured] == [True, False, True, False]
    assert all(one.label in one.text and (one.label, one.style) in pairs for one in measured + tuned)
    train = images.emoji("train").rows
    assert not {one.text for one in measured} & {text for row in train for text in (row["label"], *row["keywords"])}


def debug_generator(name="ClipGAN"):
    torch.manual_seed(1)
    return evaluation.NETWORKS[name](**networks.DEBUG[name]).eval()


def test_guidance_never_ends_below_its_start(model):
    texts = evaluation.read(model, ["cat", "a red apple"])
    module = debug_generator()
    run = evaluation_guidance.guided(module, model, texts, [0, 4], 7, steps=3)
    assert run.before.shape == run.after.shape == (2, 3, 128, 128) and run.steps == 6 and run.seconds > 0
    assert not torch.equal(run.before, run.after)
    expected = module.paint(**{k: v[None] for k, v in evaluation_guidance.start(module, texts, 1, 4, 8).inputs().items()})["picture"]
    assert (run.before[1] / 255 - expected[0]).abs().max() < 1.5 / 255, "the start is what its seed gives"
    held = evaluation_guidance.guided(module, model, texts, [0, 4], 7, steps=2, strength=0.0)
    # the latent is rounded to half precision, as the app keeps it
    assert (held.before.int() - held.after.int()).abs().max() <= 3, "a strength of 0 leaves the picture as it was"
    assert (run.before.int() - run.after.int()).abs().max() > 3


def test_gain_and_kid_of_guidance(model):
    count, wide = 3, 130
    texts = TextTable(
        [f"text {i}" for i in range(wide)], F.normalize(torch.randn(wide, 256, generator=torch.Generator().manual_seed(0)), dim=1),
        torch.zeros(wide, 48, 384), torch.ones(wide, 48).bool(),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    around = evaluation_guidance.Surroundings(
        texts, texts.sentence, torch.arange(wide), rng.random((count, 3)), rng.random((9, 3)), rng.random((20, 3))
    )

    class Known(ShadeMatcher):
        """Shows each picture halfway between nothing and its own text, by its brightness."""

        def look(self, pictures):
            level = pictures.mean((1, 2, 3)).unsqueeze(1)
            other = F.normalize(torch.ones(1, 256), dim=1)
            found = level * texts.sentence[: len(pictures)] + (1 - level) * other
            return type("Seen", (), {"embedding": found, "whole": found})

    judge = Judges(Known(), StyleByCorner(), judges().features)
    dark, bright = (torch.full((count, 3, 128, 128), level).byte() for level in (51, 255))
    run = evaluation_guidance.Guided(dark, bright, 10, 1.0)
    found = evaluation_guidance.summaries(judge, around, [run])
    title = "guidance of 3 held-out prompts"
    before, after = (found[f"{title}: CLIP score, by the CLIP that guides, {side}"]["mean"] for side in ("before", "after"))
    assert after == pytest.approx(1, abs=1e-4) and found[f"{title}: gain in mean CLIP score"]["mean"] == pytest.approx(after / before - 1)
    kids = [found[f"{title}: EffNet-Lite0 KID × 1000 {side}"]["mean"] for side in ("before", "after")]
    assert found[f"{title}: KID after over before"]["mean"] == pytest.approx(kids[1] / kids[0])
    damsm = [found[f"{title}: R-precision by DAMSM, which guidance does not see, {side}"]["mean"] for side in ("before", "after")]
    assert damsm[1] == 1 and damsm[0] <= 1


def test_judges_look_and_read_in_pieces(model):
    torch.manual_seed(0)
    whole = Clip(**clip.arguments(num_hidden_layers=0)).eval()
    judge = Judges(Matcher(DAMSM(16), whole, None), StyleByCorner(), judges().features)
    pictures = torch.randint(0, 255, (evaluation.BATCH + 1, 3, 128, 128), generator=torch.Generator().manual_seed(0)).byte()
    embedded, features = judge.look(pictures)
    assert embedded.shape == (len(pictures), 256) and features.shape == (len(pictures), 16)
    with torch.no_grad():
        assert torch.allclose(embedded[-1:], whole(image=measures.unit(pictures[-1:])), atol=1e-4)
    assert judge.read(evaluation.read(model, ["cat", "dog"])).shape == (2, 16)


@pytest.mark.parametrize("name", networks.DEBUG)
def test_every_sheet_of_a_card_is_drawn(data, model, monkeypatch, name):
    monkeypatch.setattr(evaluation_sheets, "PROMPTS", ("cat", "a red apple"))
    monkeypatch.setattr(evaluation_sheets, "ATTENDED", ("a red apple",))
    monkeypatch.setattr(evaluation_sheets, "GUIDED", 2)
    monkeypatch.setattr(evaluation_sheets, "SEEN", 4)
    for prompts, count in (("PROMPTS", 4), ("TUNING", 0)):
        monkeypatch.setattr(evaluation_guidance, prompts, count)
    found = evaluation_sheets.drawn(debug_generator(name), model, steps=1)
    checkpoint = {"ClipGAN": "pictures-clip", "StackGAN": "pictures-stack", "AttnGAN": "pictures-attn"}[name]
    assert set(found) == set(cards.ABOUT[checkpoint]["pictures"])
    assert found["samples.webp"].shape == (20 + 2 * (128 + 4), 150 + 9 * 132 - 4, 3)
    assert all(sheet.dtype == np.uint8 and sheet.ndim == 3 and sheet.std() > 1 for sheet in found.values())


def test_a_sheet_is_never_larger_than_it_may_be(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (400, 400, 3)).astype(np.uint8)
    for limit in (60_000, 9_000):
        evaluation_sheets.save(noise, tmp_path / "a.webp", limit)
        assert 0 < (tmp_path / "a.webp").stat().st_size <= limit
    with Image.open(tmp_path / "a.webp") as picture:
        assert picture.width < 400, "made smaller where no quality is low enough"
    evaluation_sheets.save(np.full((50, 60, 3), 255, np.uint8), tmp_path / "b.webp")
    with Image.open(tmp_path / "b.webp") as picture:
        assert picture.size == (60, 50)


def stated(folder, values):
    """metrics.json of the three generators, with a number of its own in each place."""
    for place, name in enumerate(MODELS.values()):
        keys = [key for _, key in evaluation_table.ROWS]
        metrics = {key: {"mean": values + place + row / 100, "floor": 0.5 if row else None} for row, key in enumerate(keys)}
        facts = {key: 10 * place for _, key in evaluation_table.FACTS}
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "metrics.json").write_text(json.dumps({"metrics": metrics, "training": facts}))


def test_the_table_is_what_the_cards_say(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    stated(tmp_path, 1.0)
    lines = evaluation_table.table().splitlines()
    assert len(lines) == 2 + len(evaluation_table.ROWS) + len(evaluation_table.FACTS)
    assert {line.count("|") for line in lines} == {6}
    assert lines[2].split("|")[2:6] == [" 1 ", " 2 ", " 3 ", "  "] and lines[4].split("|")[2:6] == [" 1.02 ", " 2.02 ", " 3.02 ", " 0.5 "]
    assert lines[-1].split("|")[2:6] == [" 0 ", " 10 ", " 20 ", "  "]
    file = tmp_path / "a.md"
    file.write_text(f"before\n{evaluation_table.START}\nold\n{evaluation_table.END}\nafter\n")
    evaluation_table.write(file)
    text = file.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert evaluation_table.written(text) == evaluation_table.table()
    evaluation_table.write(file)
    assert file.read_text() == text
    file.write_text("no marks")
    with pytest.raises(ValueError, match="no place"):
        evaluation_table.write(file)


def test_the_rows_of_the_table_are_measured():
    guidance = {f"{evaluation_table._GUIDED}: {key}" for key in ("gain in mean CLIP score", "KID after over before")}
    assert guidance <= {key for _, key in evaluation_table.ROWS}
    assert len({key for _, key in evaluation_table.ROWS}) == len(evaluation_table.ROWS)


@pytest.mark.skipif(
    not all((checkpoints.root() / name / "metrics.json").is_file() for name in MODELS.values()), reason="not all are trained yet"
)
def test_the_table_in_the_docs_is_not_stale():
    document = evaluation_table.DOCUMENT.read_text(encoding="utf-8")
    assert evaluation_table.written(document) == evaluation_table.table(), "write it with evaluation_table.write()"


def test_every_checkpoint_has_a_card_that_names_all_licences():
    assert set(MODELS.values()) <= set(cards.ABOUT) == set(cards.NOTES)
    assert set(cards.ATTRIBUTION) == set(images.EMOJI_STYLES)
    from gan_demos.data.emoji import LICENCES

    assert {style: licence for style, (_, licence) in cards.ATTRIBUTION.items()} == LICENCES
    for about in cards.ABOUT.values():
        assert {"title", "summary", "data", "licence", "differences"} <= set(about)
        assert all(who in about["licence"] for who, _ in cards.ATTRIBUTION.values())
    assert math.isclose(sum((9543, 1037, 1147)), 11727)
