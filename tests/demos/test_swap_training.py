"""How the domain swap is trained: what is asked for, StarGAN's losses, the shared loop."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from gan_demos.demos.swap import swap_training
from gan_demos.demos.swap.networks import SwapCritic, SwapGenerator
from gan_demos.demos.swap.pairs_training import OTHER, Pairs
from gan_demos.demos.swap.swap_training import HARD, Swapper, condition, domain_loss, parts_of
from gan_demos.demos.swap.vocabulary import COUNTS, DOMAINS, EMOJI, FACES, SIZES
from gan_demos.training.loop import GANTrainer
from tests.demos.swap_data import style_pairs


@pytest.fixture(autouse=True)
def fixed():
    torch.manual_seed(0)


def tiny():
    generator = SwapGenerator(SIZES[EMOJI], widths=(8, 8, 16), blocks=1, condition_width=16, parts=(0, 0, 0))
    return generator, SwapCritic(SIZES[EMOJI], widths=(4, 4, 8, 8, 8))


def face_pairs():
    """Two faces: black and red hair; with a smile and of none of our mouths; the second one's eyes are hidden."""
    labels = torch.tensor([[1, 0, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, OTHER, 1]])
    counts = torch.ones(2, 7)
    counts[1, 6] = 0
    there, back = torch.zeros(2, COUNTS[FACES]).scatter_(1, torch.tensor([[9], [1]]), 1.0)
    pictures = torch.zeros(2, 3, 128, 128, dtype=torch.uint8)
    numbers = (torch.tensor([0]), torch.tensor([1]), there[None], back[None], torch.ones(1))
    return Pairs(FACES, pictures, labels, counts, *numbers, [{}, {}])


def test_some_are_asked_for_what_they_are_and_nobody_for_two_values_of_a_slot():
    pairs = face_pairs()
    own = pairs.own(torch.tensor([0]))[0]
    assert own.sum() == 7 and pairs.own(torch.tensor([1])).sum() == 5
    made = condition(pairs, torch.zeros(200, dtype=torch.int64), unchanged=50, repeated=1.0)
    source, target, asked, back, returns = parts_of(made, FACES)
    assert (source == 0).all() and target.tolist() == [0] * 50 + [1] * 150
    assert bool((asked[:50] <= own).all()) and 1 < float(asked[:50].sum(1).mean()) < 6
    assert returns.tolist() == [0] * 50 + [1] * 150 and torch.equal(back[0], pairs.back[0])
    assert bool((asked[50:, 9] == 1).all()), "what the pair asks for stays asked for"
    for part in asked.split(SIZES[FACES], 1):
        assert float(part.sum(1).max()) <= 1
    assert float(asked[50:].sum(1).mean()) > 3
    plain = parts_of(condition(pairs, torch.zeros(20, dtype=torch.int64)), FACES)[2]
    assert torch.equal(plain, pairs.asked.expand(20, -1))


def test_a_pair_that_asks_for_something_hard_is_drawn_more_often():
    starts = {slot: sum(SIZES[FACES][:number]) for number, slot in enumerate(DOMAINS[FACES])}
    asked = torch.zeros(3, COUNTS[FACES])
    for row, slots in enumerate((["mouth"], ["hair"], ["hair", "beard", "mouth"])):
        asked[row, [starts[slot] + 1 for slot in slots]] = 1.0
    assert swap_training.weights(replace(face_pairs(), asked=asked)).tolist() == [1, HARD["hair"], HARD["beard"]]
    assert set(swap_training.weights(style_pairs()).tolist()) == {1.0}


def test_an_emoji_asked_for_its_own_style_is_its_own_true_picture():
    pairs = style_pairs()
    source, target, asked, *_ = parts_of(condition(pairs, torch.arange(6), unchanged=2), EMOJI)
    assert torch.equal(source[:2], target[:2]) and torch.equal(asked[:2].argmax(1), pairs.labels[source[:2], 0])
    assert torch.equal(asked[2:].argmax(1), pairs.labels[target[2:], 0])


def test_the_classification_loss_leaves_out_what_is_hidden_or_of_no_domain():
    sizes, logits = [3, 2], torch.randn(4, 5)
    labels = torch.tensor([[0, 1], [2, OTHER], [OTHER, OTHER], [1, 0]])
    counts = torch.tensor([[1.0, 1.0], [1, 1], [1, 1], [0, 1]])
    first, second = logits.split(sizes, 1)
    expected = [F.cross_entropy(first[:2], labels[:2, 0]), F.cross_entropy(second[[0, 3]], labels[[0, 3], 1])]  # two items each
    assert float(domain_loss(logits, labels, counts, sizes)) == pytest.approx(float(sum(expected)) / 2, rel=1e-5)
    assert float(domain_loss(logits, labels, torch.zeros(4, 2), sizes)) == 0


def test_a_small_edit_counts_as_much_as_a_large_one():
    error, changed = torch.zeros(2, 3, 32, 32), torch.zeros(2, 1, 32, 32)
    error[0, :, :16, :16] = error[1] = 0.5
    changed[0, :, :16, :16] = 1
    changed[1] = 1
    assert float(swap_training.changed_error(error, changed)) == pytest.approx(0.5)
    assert float(swap_training.changed_error(error, torch.zeros(2, 1, 32, 32))) == 0


def test_there_and_back_ends_at_the_start_and_both_ways_learn():
    pairs = style_pairs()
    generator, _ = tiny()
    module = Swapper(generator, pairs)
    made = condition(pairs, torch.arange(8), unchanged=2)
    fake = module(made)
    last = module.last
    assert fake.shape == (8, 3, 128, 128) and last["again"].shape == (swap_training.CYCLED, 3, 128, 128)
    assert torch.equal(last["home"], last["given"][2 : 2 + swap_training.CYCLED]), "those asked for what they are do not go and return"
    last["domains"] = swap_training.domains_of(pairs, parts_of(made, EMOJI)[0])
    real = pairs.show(parts_of(made, EMOJI)[1])
    loss = swap_training.losses_of(module)(fake, real).detach()
    without = {key: value for key, value in last.items() if key not in ("again", "home")}
    cycle = (last["again"] - last["home"]).abs().mean()
    module.last = without
    rest = swap_training.losses_of(module)(fake, real).detach()
    assert float(loss) == pytest.approx(float(rest) + swap_training.CYCLE * float(cycle.detach()), rel=1e-4)
    cycle.backward()
    assert generator.last.weight.grad.abs().sum() > 0
    module.eval()(made)
    assert "again" not in module.last, "in use nothing goes back"


def test_a_closed_mask_does_not_end_the_learning():
    pairs = style_pairs()
    generator, _ = tiny()
    generator.last.bias.data[12:] = -30.0  # channels 12 to 15 become the mask
    module, made = Swapper(generator, pairs), condition(pairs, torch.arange(8))
    fake = module(made)
    assert float((fake - module.last["given"]).detach().abs().max()) < 1e-6, "everything stays as it is"
    module.last["domains"] = swap_training.domains_of(pairs, parts_of(made, EMOJI)[0])
    swap_training.losses_of(module)(fake, pairs.show(parts_of(made, EMOJI)[1])).backward()
    gradient = generator.last.bias.grad
    assert gradient[:12].abs().min() > 1e-4, "what is painted behind it still learns"


@pytest.mark.filterwarnings("ignore")
def test_the_loop_learns_to_swap_and_the_critic_to_name(tmp_path):
    pairs = style_pairs(3)
    generator, critic = tiny()
    before = critic.name.weight.detach().clone()
    settings = {"batch": 4, "warm_up": 30, "evaluate_minutes": 60, "warm_up_lr": 4e-3, "lr": 1e-3}
    task = swap_training.task(EMOJI, pairs, pairs, 0, None, None, settings, (generator, critic))
    trainer = GANTrainer(task, tmp_path, "cpu")
    real, made = task.batch()
    assert real.shape == (4, 3, 128, 128) and torch.equal(real, pairs.show(parts_of(made, EMOJI)[1]))
    chosen = torch.arange(0, len(pairs), 3)
    true, asked = pairs.show(pairs.target[chosen]), pairs.asked[chosen]

    def error():
        found = swap_training.swapped(trainer.generator.generator, pairs.show(pairs.source[chosen]), asked)["picture"]
        return float((found - true).abs().mean())

    start = error()
    for optimizer in trainer.optimizers.values():
        optimizer.param_groups[0]["lr"] = 4e-3
    for _ in range(30):
        assert set(trainer.step()) == {"generator"}
    assert torch.equal(critic.name.weight, before), "the critic rests at first"
    assert error() < 0.85 * start
    losses = [trainer.step() for _ in range(3)]
    assert all({"critic", "generator"} == set(one) for one in losses)
    assert not torch.equal(critic.name.weight, before) and task.settings["classification"] > 0


def test_a_sheet_shows_five_columns(tmp_path):
    generator, _ = tiny()
    pairs = style_pairs(1)
    assert swap_training.sheet(generator, pairs, torch.arange(2)).shape == (3, 256, 640)
    swap_training.write_samples(generator, pairs, tmp_path, 4)
    swap_training.write_samples(generator, pairs, tmp_path, 4)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["swaps-000.png", "swaps-001.png", "swaps.png"]
