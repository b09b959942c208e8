"""Networks of shapes: sizes, order of axes, and that no item of a batch knows the others."""

import pytest
import torch
from torch import nn

from gan_demos import checkpoints
from gan_demos.demos.shapes import networks
from gan_demos.demos.shapes.networks import (
    DEBUG,
    NETWORKS,
    CodeCritic,
    Conv3d,
    PointCritic,
    PointLatentGAN,
    RawPointGenerator,
    VoxelCritic,
    VoxelGenerator,
    shuffle,
    unshuffle,
)  # fmt: skip
from gan_demos.demos.shapes.points_training import LATENT, RAW
from gan_demos.demos.shapes.vocabulary import CLASSES, FINE, HOUSEHOLD
from gan_demos.demos.shapes.voxel_training import FAMILIES

BUILT = [(VoxelGenerator, one.arguments) for one in FAMILIES.values()]
BUILT += [(PointLatentGAN, one.arguments) for one in LATENT.values()] + [(RawPointGenerator, one.arguments) for one in RAW.values()]


def weights(count, classes=10):
    return torch.softmax(torch.randn(count, classes), 1)


def debug(name):
    torch.manual_seed(0)
    return NETWORKS[name](**DEBUG[name]).eval()


@pytest.mark.parametrize("generator, arguments", BUILT)
def test_a_checkpoint_fits_into_16_mib(generator, arguments):
    with torch.device("meta"):
        built = generator(**arguments)
    assert 2 * sum(one.numel() for one in [*built.parameters(), *built.buffers()]) <= 16 << 20


def test_shuffles_are_each_other_s_inverse_and_keep_neighbours():
    x = torch.randn(2, 3, 4, 6, 8)
    assert torch.equal(shuffle(unshuffle(x)), x)
    assert torch.equal(unshuffle(x)[1, 8:16, 1, 2, 3].sort().values, x[1, 1, 2:4, 4:6, 6:8].flatten().sort().values)


@torch.inference_mode()
@pytest.mark.parametrize("name", DEBUG)
def test_an_item_of_a_batch_equals_itself_alone(name):
    generator, latent, condition = debug(name), torch.randn(5, 8), weights(5)
    whole = generator(latent, condition)
    for i in range(5):
        torch.testing.assert_close(generator(latent[i : i + 1], condition[i : i + 1])[0], whole[i], rtol=1e-5, atol=1e-6)


@torch.inference_mode()
@pytest.mark.parametrize("name", DEBUG)
def test_latent_and_class_both_matter(name):
    generator, latent, condition = debug(name), torch.randn(1, 8), torch.eye(10)[:1]
    first = generator(latent, condition)
    assert (generator(-latent, condition) - first).abs().max() > 1e-4
    assert (generator(latent, torch.eye(10)[1:2]) - first).abs().max() > 1e-4


@torch.inference_mode()
@pytest.mark.parametrize("widths, side", [((8, 8, 4), 32), ((8, 8, 4, 4), 64)])
def test_grids_have_the_side_that_critics_take(widths, side):
    generator = VoxelGenerator(8, 3, widths, 8)
    made = generator(torch.randn(2, 8), weights(2, 3))
    assert made.shape == (2, side, side, side) and generator.side == side
    assert 0 <= made.min() and made.max() <= 1
    critic = VoxelCritic(3, side, widths)
    assert critic.head(critic.features(made), weights(2, 3)).shape == (2,)


def test_a_critic_of_another_side_is_refused():
    with pytest.raises(ValueError, match="64"):
        VoxelCritic(3, 64, (8, 8, 8))


@pytest.mark.parametrize(
    "critic, real",
    [
        (VoxelCritic(4, 32, (4, 4, 4)), torch.rand(3, 32, 32, 32)),
        (CodeCritic(8, 4, 8), torch.rand(3, 8)),
    ],
)
def test_critics_judge_each_item_by_itself_and_twice_differentiable(critic: nn.Module, real):
    condition, real = weights(3, 4), real.requires_grad_()
    scores = critic.head(critic.features(real), condition)
    assert scores.shape == (3,)
    alone = critic.head(critic.features(real[1:2]), condition[1:2])
    torch.testing.assert_close(alone[0], scores[1], rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(scores[1], real, create_graph=True)
    assert gradient[1].abs().sum() > 0 and gradient[[0, 2]].abs().sum() == 0
    gradient.square().sum().backward()
    assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in critic.parameters())


def test_a_critic_of_points_judges_each_cloud_beside_its_neighbour():
    torch.manual_seed(0)
    critic, clouds = PointCritic(4, (8, 8), 8), torch.rand(4, 20, 3).requires_grad_()
    condition = weights(4, 4)
    scores = critic.head(critic.features(clouds), condition)
    (gradient,) = torch.autograd.grad(scores[2], clouds, create_graph=True)
    assert gradient[[0, 1]].abs().sum() == 0 and all(gradient[k].abs().sum() > 0 for k in (2, 3))
    swapped = critic.head(critic.features(clouds[[1, 0, 3, 2]]), condition[[1, 0, 3, 2]])
    torch.testing.assert_close(swapped, scores[[1, 0, 3, 2]])
    gradient.square().sum().backward()
    assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in critic.parameters())


@torch.inference_mode()
def test_a_code_does_not_know_the_order_of_the_points():
    gan, cloud = debug("PointLatentGAN"), torch.randn(2, 64, 3)
    torch.testing.assert_close(gan.encode(cloud[:, torch.randperm(64)]), gan.encode(cloud))
    assert gan.decode(gan.encode(cloud)).shape == (2, 64, 3)


@torch.inference_mode()
def test_normal_codes_are_scaled_back():
    gan = debug("PointLatentGAN")
    gan.centre.fill_(3.0), gan.spread.fill_(0.5)
    latent, condition = torch.randn(2, 8), weights(2)
    expected = gan.decode(3 + 0.5 * gan.normal_code(latent, condition))
    torch.testing.assert_close(gan(latent, condition), expected)


@pytest.mark.parametrize("name", DEBUG)
def test_saved_and_loaded_it_is_the_same(name, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    generator = debug(name).half().float()
    checkpoints.save(tmp_path / "shape", "shape", "shapes", name, generator, DEBUG[name], {})
    again, latent, condition = checkpoints.load("shape", NETWORKS), torch.randn(2, 8), weights(2)
    with torch.inference_mode():
        assert torch.equal(again(latent, condition), generator(latent, condition))
        assert torch.equal(NETWORKS[name].from_pretrained(tmp_path / "shape")(latent, condition), generator(latent, condition))


def test_classes_are_those_of_the_data():
    shapes = pytest.importorskip("gan_demos.data.shapes")
    assert tuple(HOUSEHOLD) == shapes.HOUSEHOLD and tuple(FINE) == shapes.FINE
    for name, family in (FAMILIES | LATENT | RAW).items():
        assert family.arguments["classes"] == len(CLASSES[name])
    assert set(networks.DEBUG) == set(NETWORKS)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")
def test_of_a_single_small_grid_no_layer_takes_the_slow_way():
    torch.manual_seed(0)
    layer, both = Conv3d(8, 8, 3, padding=1), torch.randn(2, 8, 8, 8, 8)
    with torch.inference_mode(), torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
        alone = layer(both[:1])
    assert not any("slow_conv" in event.key for event in seen.key_averages())
    assert torch.allclose(alone, layer(both)[:1], atol=1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(both[:1]).dtype == torch.bfloat16
