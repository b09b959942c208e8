"""Training of the CLIP, on towers small enough for seconds: vocabulary, distillation, batches, the contrastive steps."""

import random

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from gan_demos import checkpoints, clip
from gan_demos.clip import configs, contrastive, distillation, pairs, tokens, torchvision_shim, training, vocabulary
from tests.support import ROOT

WORDS = [*vocabulary.SPECIAL, *"abcdeghotr", *("##" + letter for letter in "abcdeghotrs"), "cat", "dog", "red", "boat", "harbor", "##s"]


@pytest.fixture
def whole() -> Tokenizer:
    """A WordPiece tokenizer as BERT's, of a few words."""
    table = {word: number for number, word in enumerate(dict.fromkeys(WORDS))}
    tokenizer = Tokenizer(WordPiece(table, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens(list(vocabulary.SPECIAL))
    marks = [("[CLS]", table["[CLS]"]), ("[SEP]", table["[SEP]"])]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    return tokenizer


def test_a_smaller_vocabulary_keeps_what_its_texts_need_and_spells_the_rest(whole):
    size = len(dict.fromkeys(WORDS)) - 2  # room for all but two of the words
    kept = vocabulary.choose(whole, ["red boat", "red boat", "harbor"], size)
    small = Tokenizer.from_str(vocabulary.renumber(whole, kept))
    assert small.get_vocab_size() == len(kept) == size and kept[0] == whole.token_to_id("[PAD]") and small.token_to_id("[PAD]") == 0
    text = "red boats"
    assert small.encode(text).tokens == whole.encode(text).tokens == ["[CLS]", "red", "boat", "##s", "[SEP]"]
    assert [kept[number] for number in small.encode(text).ids] == whole.encode(text).ids
    assert "harbor" not in small.get_vocab(), "seen once only, and the highest number"
    assert small.encode("harbor").tokens == ["[CLS]", "h", "##a", "##r", "##b", "##o", "##r", "[SEP]"]
    with pytest.raises(ValueError, match="more than 12"):
        vocabulary.choose(whole, [text], 12)


def bert(layers: int):
    torchvision_shim.install()
    from transformers import BertConfig, BertModel

    sizes = {"vocab_size": 40, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 12}
    plain = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.3, "type_vocab_size": 2}
    return BertModel(BertConfig(num_hidden_layers=layers, **sizes, **plain), add_pooling_layer=False).eval()


def test_distillation_brings_the_student_near_its_teacher():
    torch.manual_seed(0)
    teacher, student = bert(6), bert(len(distillation.LAYERS))
    kept = [0, *range(10, 40)]
    student.resize_token_embeddings(len(kept))
    distillation.start_from(student, teacher, kept)
    for place, number in enumerate(kept):
        assert torch.equal(student.embeddings.word_embeddings.weight[place], teacher.embeddings.word_embeddings.weight[number])
    assert torch.equal(student.encoder.layer[3].output.dense.weight, teacher.encoder.layer[5].output.dense.weight)
    mask = torch.ones(distillation.BATCH, 6, dtype=torch.bool)
    mask[::2, 4:] = False

    def draw():
        return torch.randint(1, len(kept), mask.shape) * mask, mask

    def away():
        numbers, _ = draw()
        options = {"attention_mask": mask.long()}
        with torch.no_grad():
            own = student(input_ids=numbers, **options).last_hidden_state
            wanted = teacher(input_ids=torch.tensor(kept)[numbers], **options).last_hidden_state
        return float((own[mask] - wanted[mask]).square().mean())

    before, table = away(), student.embeddings.word_embeddings.weight.clone()
    assert distillation.distil(student, teacher, kept, draw, lambda step, _: step / 25) == 25
    assert away() < 0.92 * before
    assert torch.equal(student.embeddings.word_embeddings.weight, table), "the teacher's own rows stay"


def test_the_distance_is_nought_for_the_teacher_itself_and_ignores_padding():
    states = [torch.randn(2, 5, 8) for _ in range(4)]
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]).bool()
    other = [state.clone() for state in states]
    for state in other:
        state[0, 3:] += 100
    assert float(distillation.distance(other, states, mask)) == pytest.approx(0, abs=1e-5)
    other[-1][0, 0] += 1
    assert float(distillation.distance(other, states, mask)) > 0.01


def toy_pairs() -> pairs.Pairs:
    """Plain pictures in four colours, three of each; one of each is kept apart."""
    colours = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (40, 40, 220), "white": (250, 250, 250)}
    rng = np.random.default_rng(0)
    images, texts, groups = [], [], []
    for name, colour in colours.items():
        for _ in range(3):
            noise = rng.integers(-20, 5, (128, 128, 3))
            images.append(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8))
            texts.append([name, f"a {name} square", f"{name} paper"])
            groups.append(name)
    return pairs.Pairs(np.stack(images), texts, groups, np.arange(12) % 3 == 2, 4)


def test_a_batch_never_holds_two_pictures_of_one_thing_or_one_that_is_kept_apart():
    source = toy_pairs()
    batches = contrastive.Batches([source, source], random.Random(0))
    seen = set()
    for _ in range(20):
        places, texts = batches.draw(2.0)
        assert len(places) == 2 and len(texts) == 8, "no more than there are groups"
        for chosen in places:
            assert len({source.groups[number] for number in chosen}) == len(chosen) == 4
            assert not source.test[chosen].any()
            seen.update(chosen)
        assert all(text in source.texts[number] for number, text in zip([*places[0], *places[1]], texts, strict=True))
    assert seen == set(np.flatnonzero(~source.test))


def test_the_contrastive_steps_bring_pictures_to_their_texts():
    torch.manual_seed(0)
    source, model = toy_pairs(), clip.Clip(**clip.arguments(num_hidden_layers=1)).eval()
    tower, batches = contrastive.Tower(model), contrastive.Batches([source], random.Random(0))
    lower = tower.lower(source.images)
    with torch.no_grad():
        whole = model.visual.trunk(model.prepare(torch.from_numpy(source.images[:2]).permute(0, 3, 1, 2) / 255))
    same = torch.nn.functional.cosine_similarity(tower.upper_of_all(lower[:2]), whole)
    assert same.min() > 0.99, "but for bf16 on the way"
    texts = contrastive.pooled_texts(model, clip.tokenize, [text for found in source.texts for text in found])
    assert len(texts) == 12
    contrastive.train_projections(model, batches, [tower.upper_of_all(lower)], texts, steps=60)
    with torch.no_grad():
        final = {text: torch.nn.functional.normalize(model.text.proj(found), dim=0) for text, found in texts.items()}
    before = model.visual.trunk.conv_head.weight.clone()
    lowest, statistics = model.visual.trunk.conv_stem.weight.clone(), model.visual.trunk.bn2.running_mean.clone()
    assert contrastive.train_image_tower(model, tower, batches, [lower], final, lambda step, _: step / 10) == 10
    contrastive.train_image_projection(model, batches, [tower.upper_of_all(lower)], final, steps=30)
    assert not torch.equal(model.visual.trunk.conv_head.weight, before)
    assert torch.equal(model.visual.trunk.conv_stem.weight, lowest) and torch.equal(model.visual.trunk.bn2.running_mean, statistics)
    assert not any(parameter.requires_grad for parameter in model.parameters())
    with torch.no_grad():
        shown = model(image=torch.from_numpy(source.images[source.test]).permute(0, 3, 1, 2) / 255)
        named = torch.stack([final[source.texts[number][0]] for number in np.flatnonzero(source.test)])
    assert (shown @ named.T).argmax(1).tolist() == [0, 1, 2, 3]


def test_texts_of_an_emoji_begin_with_its_name_and_concepts_ignore_the_variation_selector():
    row = {"codepoints": "2600-FE0F", "label": "sun", "keywords": ["sun", "bright", "rays", "sunny", "weather"]}
    assert pairs.emoji_key(row) == "2600"
    texts = pairs.emoji_texts(row, random.Random(0))
    assert texts[:2] == ["sun", "sun, bright, rays"] and {"rays", "weather"} <= set(texts)
    assert pairs.emoji_texts({**row, "keywords": []}, random.Random(0))[0] == "sun"


def test_what_is_written_loads_again_with_its_tokenizer(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    real = Tokenizer.from_file(str(ROOT / "checkpoints" / clip.MODEL / tokens.TOKENIZER_FILE))
    model = clip.Clip(**clip.arguments())
    training.write(tmp_path / clip.MODEL, model, tokens.prepared(real))
    loaded = checkpoints.load(clip.MODEL, clip.NETWORKS)
    torch.testing.assert_close(loaded.text.proj.weight, model.text.proj.weight, rtol=1e-2, atol=1e-3)  # stored as fp16
    assert int(clip.tokenize(["a cat"])[1].sum()) == 4
    assert set(training.open_clip_files(clip.arguments())) <= {
        str(path.relative_to(tmp_path / clip.MODEL)) for path in (tmp_path / clip.MODEL).rglob("*.json")
    }
    assert configs.CONTEXT == 48
