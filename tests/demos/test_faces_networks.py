"""The reader, the generator and the critic of the faces, and what their training feeds them."""

import numpy as np
import pytest
import torch

from gan_demos.demos.faces import faces_training
from gan_demos.demos.faces.networks import NEAR, FaceCritic, FaceReader, FaceSynthesis, flatten
from gan_demos.demos.faces.vocabulary import SIZES, SLOTS, TOTAL, one_hot_index

SMALL = {"sizes": list(SIZES), "code_width": 4, "style_width": 16, "widths": (8, 8, 8, 8), "layers": (4, 2)}


@pytest.fixture(autouse=True)
def fixed():
    torch.manual_seed(0)


def some_choices(count: int) -> torch.Tensor:
    parts = [torch.nn.functional.one_hot(torch.randint(size, (count,)), size) for size in SIZES]
    return torch.cat(parts, 1).float()


def test_the_reader_does_not_see_padding_and_says_which_words_it_used():
    reader = FaceReader(list(SIZES), width=16, heads=2).eval()
    words, sentence = torch.randn(1, 6, 384), torch.randn(1, 256)
    mask = torch.ones(1, 6, dtype=torch.bool)
    longer = torch.cat([words, torch.zeros(1, 4, 384)], 1)  # as CLIP gives it: zero where there is no word
    more = torch.cat([mask, torch.zeros(1, 4, dtype=torch.bool)], 1)
    with torch.no_grad():
        short, padded = reader(words, mask, sentence), reader(longer, more, sentence)
    assert short["logits"].shape == (1, TOTAL) and padded["attention"].shape == (1, len(SLOTS), 10)
    # a layer on the words has a bias, which must not leak out of the padding into the words beside it
    assert torch.allclose(short["logits"], padded["logits"], atol=1e-5)
    assert float(padded["attention"][:, :, 6:].abs().max()) == 0 and float(padded["attention"].sum(2).max()) <= 1 + 1e-5


def test_the_reader_answers_an_empty_caption():
    reader = FaceReader(list(SIZES), width=16, heads=2).eval()
    with torch.no_grad():
        found = reader(torch.zeros(1, 4, 384), torch.zeros(1, 4, dtype=torch.bool), torch.zeros(1, 256))
    assert torch.isfinite(found["logits"]).all() and float(found["attention"].abs().sum()) == 0


def test_a_face_follows_from_its_own_choice_and_noise():
    generator = FaceSynthesis(**SMALL).eval()
    choice, noise = some_choices(3), torch.randn(3, 64)
    with torch.no_grad():
        together = generator(choice, noise)
        alone = generator(choice[1:2], noise[1:2])
        again = generator(choice, noise)
    assert together.shape == (3, 3, 128, 128) and 0 <= float(together.min()) and float(together.max()) <= 1
    assert float((together[1] - alone[0]).abs().max()) < 1 / 255 and torch.equal(together, again)
    assert float((together[0] - together[2]).abs().mean()) > 1e-3


def test_codes_are_drawn_while_training_and_blend_in_a_mixture():
    generator = FaceSynthesis(**SMALL)
    choice, noise = some_choices(2), torch.zeros(2, 64)
    assert not torch.equal(generator(choice, noise), generator(choice, noise))
    ends, _ = generator.codes(choice)
    middle, _ = generator.codes(choice.mean(0, keepdim=True))
    assert torch.allclose(middle[0], ends.mean(0), atol=1e-6)


def test_flatten_takes_noise_and_leaves_edges():
    clean = torch.zeros(1, 3, 40, 40)
    clean[:, 0, :, 20:] = 0.8
    clean[:, 1, 10:12] = 0.6
    noisy = clean + 0.01 * torch.randn(clean.shape)
    assert torch.allclose(flatten(clean, NEAR), clean, atol=1e-3)
    assert float((flatten(noisy, NEAR) - clean).abs().mean()) < 0.25 * float((noisy - clean).abs().mean())


def test_the_critic_sees_the_caption_and_not_what_it_leaves_open():
    critic = faces_training.ByCaption(FaceCritic(TOTAL, widths=(8, 8, 8, 8, 8)))
    choice, picture = some_choices(2), torch.rand(2, 3, 128, 128)
    features = critic.features(picture)
    captions = [faces_training.caption_sets(choice) for _ in range(2)]
    scores = critic.head(features, torch.cat([choice, captions[0]], 1))
    assert scores.shape == (2,)
    assert torch.equal(scores, critic.head(features, torch.cat([choice.flip(0), captions[0]], 1)))
    assert not torch.equal(scores, critic.head(features, torch.cat([choice, captions[1]], 1)))


def test_captions_name_true_values_and_wrong_ones_do_not_fit():
    choice = some_choices(200)
    caption = faces_training.caption_sets(choice)
    assert bool((caption <= choice).all()) and bool((caption.sum(1) >= 1).all())
    assert 4 < float(caption.sum(1).mean()) < 9
    wrong = faces_training.wrong_captions(torch.cat([choice, caption], 1))
    assert torch.equal(wrong[:, :TOTAL], choice)
    lies = ((wrong[:, TOTAL:] > 0) & (choice == 0)).any(1)
    assert bool(lies[1::2].all())  # one named value replaced
    assert float((wrong[1::2, TOTAL:] - caption[1::2]).abs().sum(1).max()) == 2
    assert float(lies[::2].float().mean()) > 0.9  # another face's caption fits by chance only


def test_values_and_pictures_of_rows():
    rows = [{slot: values[-1] for slot, values in SLOTS.items()}, {slot: values[0] for slot, values in SLOTS.items()}]
    data = faces_training.FaceData(np.full((2, 128, 128, 3), 51, np.uint8), rows)
    assert data.choice.sum(1).tolist() == [12, 12] and data.values[1].tolist() == np.cumsum([0, *SIZES])[:-1].tolist()
    assert data.show(torch.tensor([1])).mean().item() == pytest.approx(0.2)
    with pytest.raises(ValueError):
        one_hot_index(rows[0] | {"eyes": "none"})
