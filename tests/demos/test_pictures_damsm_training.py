"""DAMSM's pretraining on made-up maps: what belongs together is found, and texts do not depend on the company they are encoded in."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from gan_demos import clip
from gan_demos.clip.networks import Clip
from gan_demos.demos.pictures import damsm_training
from gan_demos.demos.pictures.damsm import DAMSM, Matcher
from gan_demos.demos.pictures.damsm_training import Maps, fit, texts_of

NAMES = ["cat", "rocket", "red apple", "house with a garden", "snowman", "ghost", "alarm clock", "bicycle"]


@pytest.fixture(scope="module")
def matcher():
    torch.manual_seed(0)
    return Matcher(DAMSM(16), Clip(**clip.debug_arguments()), None)


def test_texts_do_not_depend_on_the_company_they_are_encoded_in(matcher):
    together = texts_of(matcher, NAMES)
    for i, name in enumerate(NAMES):
        alone = texts_of(matcher, [name])
        length = int(alone.mask.sum())
        assert int(together.mask[i].sum()) == length == alone.words.shape[1]
        assert torch.allclose(together.words[i, :length].float(), alone.words[0].float(), atol=1e-2)
        assert not together.words[i, length:].any()
        assert torch.allclose(together.sentence[i], alone.sentence[0], atol=1e-4)


def test_training_brings_pictures_to_their_texts(matcher, monkeypatch):
    monkeypatch.setattr(damsm_training, "SETTINGS", damsm_training.SETTINGS | {"batch": 8, "by_words": 6, "rate": 5e-3})
    generator = torch.Generator().manual_seed(1)
    concept = torch.arange(24) % 8
    shapes = {"lower": (112, 8, 8), "upper": (320, 4, 4), "pooled": (1280,)}
    # A concept's pictures are alike: one map a concept, and noise.
    maps = {
        key: (torch.randn(8, *shape, generator=generator)[concept] + 0.3 * torch.randn(24, *shape, generator=generator)).half()
        for key, shape in shapes.items()
    }
    data = SimpleNamespace(texts=[[NAMES[k], f"a {NAMES[k]}"] for k in concept], names=[NAMES[k] for k in concept])
    before = {key: value.clone() for key, value in matcher.clip.state_dict().items()}
    assert fit(matcher, data, [Maps(**maps)], 1e9, most=60) == 60
    assert not any(p.requires_grad for p in matcher.parameters()) and not matcher.damsm.training
    assert all(torch.equal(before[key], value) for key, value in matcher.clip.state_dict().items())  # it stays frozen
    table = texts_of(matcher, NAMES)
    _, _, text = matcher.read(table.words.float(), table.mask, table.sentence)
    _, whole = matcher.damsm.pictures(*Maps(**maps).of(torch.arange(24)))
    found = (F.normalize(whole, dim=1) @ F.normalize(text, dim=1).T).argmax(1)
    assert torch.equal(found, concept)
