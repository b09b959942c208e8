"""Shapes and promises of the WaveGAN networks."""

import torch

from gan_demos.data import audio
from gan_demos.demos.sound import steering, vocabulary
from gan_demos.demos.sound.mel_networks import MelGenerator
from gan_demos.demos.sound.networks import PackedHead, PhaseShuffle, ProjectionHead, SpectrogramCritic, WaveCritic, WaveGANGenerator

SMALL = {"channels": 2, "style_width": 8, "condition_sizes": (3, 2)}


def latent(count: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 100, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_generator_length_is_exactly_sixteen_times_its_strides():
    for strides in ((4, 4, 4, 4, 4), (4, 4, 4, 4, 2), (2, 3, 5)):
        generator = WaveGANGenerator(strides=strides, **SMALL)
        wave = generator(latent(2), torch.zeros(2, 2, dtype=torch.long))
        expected = 16
        for stride in strides:
            expected *= stride
        assert wave.shape == (2, expected)
        assert wave[:, -1].abs().max() == 0  # the end is faded out
        # without the output padding the ends would be cut or copied: the last samples must depend on the first layer too
        (gradient,) = torch.autograd.grad(wave[:, -2].sum(), generator.start.weight)
        assert gradient.abs().sum() > 0
        assert wave.abs().max() < 1


def test_a_batch_item_does_not_depend_on_its_neighbours():
    generator = WaveGANGenerator(**SMALL).eval()
    z, c = latent(5), torch.tensor([[0, 0], [1, 1], [2, 0], [0, 1], [1, 0]])
    together = generator(z, c)
    alone = torch.cat([generator(z[i : i + 1], c[i : i + 1]) for i in range(5)])
    assert (together - alone).abs().max() < 1 / 32768


def test_condition_and_steering_change_the_sound_and_zero_steering_does_not():
    generator = WaveGANGenerator(steering=3, **SMALL)
    generator.directions.normal_(generator=torch.Generator().manual_seed(1))
    z, c = latent(1), torch.tensor([[0, 0]])
    plain = generator(z, c)
    assert torch.equal(generator(z, c, torch.zeros(1, 3)), plain)
    moved = [generator(z, c, torch.eye(3)[k : k + 1]) for k in range(3)]
    assert all((wave - plain).abs().max() > 1e-4 for wave in moved)
    assert (moved[0] - moved[1]).abs().max() > 1e-4
    assert (generator(z, torch.tensor([[1, 0]])) - plain).abs().max() > 1e-4
    assert (generator(z, torch.tensor([[0, 1]])) - plain).abs().max() > 1e-4


def test_phase_shuffle_shifts_each_item_and_reflects_its_edges():
    torch.manual_seed(0)
    ramp = torch.arange(10.0).expand(64, 3, 10)
    shuffled = PhaseShuffle(2)(ramp)
    seen = set()
    for item in shuffled:
        assert torch.equal(item[0], item[1])  # all channels of an item move together
        shift = int(ramp[0, 0, 5] - item[0, 5])
        expected = (torch.arange(10) - shift).abs()
        expected = torch.where(expected > 9, 18 - expected, expected)
        assert torch.equal(item[0], expected.float())
        seen.add(shift)
    assert seen == {-2, -1, 0, 1, 2}


def test_critics_score_every_item_by_its_condition():
    wave = torch.randn(4, 8192) * 0.1
    for critic in (WaveCritic(8192, 2, (4, 4, 4, 4, 2), (3, 2), shuffle=0), SpectrogramCritic(8192, channels=4, condition_sizes=(3, 2))):
        features = critic.features(wave)
        assert features.shape == (4, 256)
        a = critic.head(features, torch.zeros(4, 2, dtype=torch.long))
        b = critic.head(features, torch.ones(4, 2, dtype=torch.long))
        assert a.shape == (4,) and (a - b).abs().max() > 1e-6
        assert torch.allclose(critic.features(wave[1:2]), features[1:2], atol=1e-4)  # no batch statistics: a gradient penalty needs that


def test_spectrogram_critic_does_not_hear_digital_silence_from_faint_noise():
    critic = SpectrogramCritic(8192)
    quiet = critic.spectrogram(torch.randn(1, 8192) * 1e-4)
    silent = critic.spectrogram(torch.zeros(1, 8192))
    loud = critic.spectrogram(torch.randn(1, 8192) * 0.1)
    assert (quiet - silent).abs().max() < 0.05
    assert (loud - silent).mean() > 1


def test_a_packed_head_hears_each_item_beside_its_neighbour_and_no_other():
    torch.manual_seed(0)
    head, h, c = PackedHead(4, [2]), torch.randn(6, 4), torch.zeros(6, 1, dtype=torch.long)
    other = h.clone()
    other[3] += 1.0
    changed = (head(h, c) - head(other, c)).abs() > 1e-6
    assert changed.tolist() == [False, False, True, True, False, False]


def test_latents_make_as_much_of_a_difference_at_first_as_what_is_asked_for():
    torch.manual_seed(0)
    generators = [WaveGANGenerator(channels=4, condition_sizes=(10, 5)), MelGenerator(widths=(8, 8, 8, 8, 8), condition_sizes=(10, 5))]
    for generator in generators:
        z, c = torch.rand(64, generator.latent_dim) * 2 - 1, torch.stack([torch.arange(64) % 10, torch.arange(64) % 5], 1)
        for layer in (generator.start, generator.style[0]):

            def varied(z, c, layer=layer, generator=generator):
                return layer(torch.cat([z, generator.embed(c)], 1)).var(0).mean().item()

            by_latent, by_condition = varied(z, c[:1].expand(64, 2)), varied(z[:1].expand(64, z.shape[1]), c)
            assert 1 / 4 < by_latent / by_condition < 4, (by_latent, by_condition)


def test_projection_head_is_linear_in_the_conditions_embedding():
    head = ProjectionHead(4, [2])
    h = torch.randn(5, 4)
    c = torch.zeros(5, 1, dtype=torch.long)
    expected = head.linear(h).squeeze(1) + (h @ head.embed.tables[0].weight[0]) / 2
    assert torch.allclose(head(h, c), expected, atol=1e-6)


class Tones(torch.nn.Module):
    """A generator whose first two latents are level and frequency, so that the right directions are known."""

    def __init__(self):
        super().__init__()
        self.latent_dim = 4
        self.register_buffer("directions", torch.zeros(3, 4))

    def forward(self, z: torch.Tensor, condition: torch.Tensor, steer: torch.Tensor | None = None) -> torch.Tensor:
        z = z if steer is None else z + steer @ self.directions
        t = torch.arange(2000) / 8000
        return (0.1 * 2 ** z[:, :1]) * torch.sin(2 * torch.pi * 400 * 2 ** (0.5 * z[:, 1:2]) * t) * torch.exp(-t * 8 * 2 ** z[:, 2:3])


def test_learned_directions_point_along_what_they_are_named_after():
    torch.manual_seed(0)
    tones = Tones()

    def sample(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.rand(count, 4) * 2 - 1, torch.zeros(count, 1, dtype=torch.long)

    steering.learn_directions(tones, sample, lambda wave: steering.quantities(wave, 8000), steps=150)
    brightness, length, loudness = torch.nn.functional.normalize(tones.directions, dim=1)
    assert brightness[1] > 0.8 and length[2] < -0.8 and loudness[0] > 0.8


def test_vocabulary_and_data_agree_on_the_labels():
    assert vocabulary.DRUM_KINDS == audio.DRUM_KINDS
    assert vocabulary.VOICES == audio.VOICES
    assert all(vocabulary.parse_note(vocabulary.note_name(p)) == p for p in range(12, 108))
