"""The generator and the critic of the domain swap."""

import pytest
import torch

from gan_demos.demos.swap.networks import SwapCritic, SwapGenerator
from gan_demos.demos.swap.swap_training import ARGUMENTS
from gan_demos.demos.swap.vocabulary import COUNTS, EMOJI, FACES, SIZES

SMALL = {"widths": (4, 8, 8), "blocks": 1, "condition_width": 8}


@pytest.fixture(autouse=True)
def fixed():
    torch.manual_seed(0)


def generator(model=FACES, **more):
    return SwapGenerator(SIZES[model], **SMALL, parts=(2, 2, 1) if model == FACES else (0, 0, 0), **more).eval()


def given(count, model=FACES):
    return torch.rand(count, 3, 128, 128), torch.eye(COUNTS[model])[torch.randint(COUNTS[model], (count,))]


@pytest.mark.parametrize("model", [FACES, EMOJI])
@torch.inference_mode()
def test_a_picture_follows_from_itself_and_what_is_asked_of_it(model):
    network, (picture, asked) = generator(model), given(3, model)
    together = network(picture, asked, torch.ones(3))
    alone = network(picture[1:2], asked[1:2], torch.ones(1))
    assert together["picture"].shape == (3, 3, 128, 128) and together["mask"].shape == (3, 1, 128, 128)
    assert together["seen"].shape == (3, COUNTS[model] + len(SIZES[model]))
    for key, value in alone.items():
        torch.testing.assert_close(together[key][1:2], value, rtol=1e-4, atol=2e-5)
    other = network(picture, asked.roll(1, 1), torch.ones(3))
    assert float((together["picture"] - other["picture"]).abs().max()) > 1e-3
    assert torch.equal(together["seen"], other["seen"]), "what it sees does not depend on what is asked"
    assert 0 <= float(together["picture"].min()) and float(together["picture"].max()) <= 1


@torch.inference_mode()
def test_strength_goes_straight_from_the_picture_to_the_whole_change():
    network, (picture, asked) = generator(), given(2)
    whole = network(picture, asked, torch.ones(2))["picture"]
    mixed = network(picture, asked, torch.tensor([0.0, 0.25]))["picture"]
    assert torch.equal(mixed[0], picture[0])
    torch.testing.assert_close(mixed[1], torch.lerp(picture[1], whole[1], 0.25), rtol=0, atol=1e-6)


@torch.inference_mode()
def test_where_the_mask_is_nearly_nothing_the_input_stays_to_the_last_bit():
    network, (picture, asked) = generator(), given(1)
    network.last.weight[12:] = 0  # channels 12 to 15 become the mask
    network.last.bias[12:] = -4.0  # a sigmoid of 0.018
    assert torch.equal(network(picture, asked, torch.ones(1))["picture"], picture)
    network.last.bias[12:] = 4.5  # 0.989: all of it is new
    network.last.weight[:12], network.last.bias[:12] = 0, 0.25
    assert torch.allclose(network(picture, asked, torch.ones(1))["picture"], torch.tensor(0.75))


def test_while_training_every_pixel_has_a_gradient():
    network, (picture, asked) = generator().train(), given(1)
    network.last.weight.data.zero_()
    network.last.bias.data[12:] = -4.0
    network(picture, asked, torch.ones(1))["picture"].sum().backward()
    assert network.last.bias.grad.abs().min() > 0


@torch.inference_mode()
def test_parts_lie_where_they_lie_and_are_added_up():
    parts = generator().parts[0]
    one, other = torch.eye(COUNTS[FACES])[:2]
    table = parts(torch.stack([one, other, one + other, torch.zeros(COUNTS[FACES])]))
    assert table.shape == (4, 2, 16, 16)
    assert torch.allclose(table[2], table[0] + table[1], atol=1e-6) and not table[3].any()


def test_the_critic_names_domains_from_the_features_that_it_judges_by():
    critic = SwapCritic(SIZES[FACES], widths=(4, 4, 4, 4, 8))
    features = critic.features(torch.rand(2, 3, 128, 128))
    assert critic.head(features, None).shape == (2,) and critic.domains(features).shape == (2, COUNTS[FACES])
    critic.domains(features).sum().backward()
    assert critic.layers[1].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("model", [FACES, EMOJI])
def test_the_trained_size_fits_into_a_checkpoint(model):
    with torch.device("meta"):
        network = SwapGenerator(**ARGUMENTS[model])
    assert 2 * sum(parameter.numel() for parameter in network.parameters()) < 16 << 20


@torch.inference_mode()
def test_training_begins_without_a_chequered_texture():
    network = generator(EMOJI)
    flat = torch.full((1, 3, 128, 128), 0.3)
    network.train()
    painted = network(flat, torch.eye(COUNTS[EMOJI])[:1], torch.ones(1))["new"][:, :, 48:80, 48:80]  # far from the padded edge
    assert float((painted - painted.mean((2, 3), keepdim=True)).abs().max()) < 1e-3
    torch.nn.init.normal_(network.last.weight, std=0.1)
    painted = network(flat, torch.eye(COUNTS[EMOJI])[:1], torch.ones(1))["new"][:, :, 48:80, 48:80]
    assert float((painted - painted.mean((2, 3), keepdim=True)).abs().max()) > 0.01
