import copy
import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gan_demos.errors import UserError
from gan_demos.training import loop
from gan_demos.training.ema import EMA
from gan_demos.training.losses import gradient_penalty, relativistic_pairing_loss
from gan_demos.training.state import load_state, save_state


def test_relativistic_pairing_loss_of_known_scores():
    real, fake = torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])
    assert float(relativistic_pairing_loss(real, real)) == pytest.approx(math.log(2))
    assert float(relativistic_pairing_loss(real, fake)) == pytest.approx((math.log(2) + math.log(1 + math.exp(-3))) / 2)
    assert float(relativistic_pairing_loss(fake, real)) == pytest.approx((math.log(2) + math.log(1 + math.exp(3))) / 2)
    assert float(relativistic_pairing_loss(real + 50, fake)) == pytest.approx(0, abs=1e-9)
    assert float(relativistic_pairing_loss(fake + 7, real + 7)) == pytest.approx(float(relativistic_pairing_loss(fake, real)))


def test_gradient_penalty_of_known_critics():
    x = torch.randn(5, 3, 4, requires_grad=True)
    w = torch.randn(3, 4, requires_grad=True)
    linear = gradient_penalty((x * w).sum((1, 2)), x)
    assert float(linear.detach()) == pytest.approx(0.5 * float(w.detach().square().sum()), rel=1e-5)
    (gradient,) = torch.autograd.grad(linear, w)  # the penalty itself trains the critic
    assert torch.allclose(gradient, w.detach(), atol=1e-5)
    quadratic = gradient_penalty(x.square().sum((1, 2)), x)
    assert float(quadratic.detach()) == pytest.approx(0.5 * float((2 * x.detach()).square().sum((1, 2)).mean()), rel=1e-5)


def test_ema_follows_its_formula():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))
            self.register_buffer("count", torch.zeros(()))

    net = Net().train()
    ema = EMA(net, decay=0.4)
    assert ema.module is not net and not ema.module.training and not ema.module.weight.requires_grad
    expected = 0.0
    for step in range(1, 9):
        with torch.no_grad():
            net.weight.fill_(step)
            net.count.fill_(10 * step)
        ema.update(net)
        decay = min(0.4, (1 + step) / (10 + step))  # 2/11, 3/12, …, 0.4
        expected = decay * expected + (1 - decay) * step
        assert ema.module.weight.tolist() == pytest.approx([expected] * 2)
        assert float(ema.module.count) == 10 * step
    assert ema.steps == 8 and net.weight.tolist() == [8, 8]


def small_net():
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 1))


def train_steps(net, optimizer, first, last):
    for step in range(first, last):
        x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(tmp_path):
    torch.manual_seed(0)
    net = small_net()
    start = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    train_steps(net, optimizer, 0, 8)

    first, first_optimizer = start, torch.optim.Adam(start.parameters(), lr=0.01)
    train_steps(first, first_optimizer, 0, 4)
    facts = {"step": 4, "best": -math.inf, "history": [{"score": 0.5}]}
    save_state(tmp_path / "state.safetensors", {"net": first}, {"net": first_optimizer}, facts)
    torch.manual_seed(1)
    second = small_net()
    second_optimizer = torch.optim.Adam(second.parameters(), lr=0.01)
    assert load_state(tmp_path / "state.safetensors", {"net": second}, {"net": second_optimizer}) == facts
    train_steps(second, second_optimizer, 4, 8)

    for (name, value), other in zip(net.state_dict().items(), second.state_dict().values(), strict=True):
        assert torch.equal(value, other), name
    moments = [o.state_dict()["state"] for o in (optimizer, second_optimizer)]
    for index, entry in moments[0].items():
        assert sorted(entry) == ["exp_avg", "exp_avg_sq", "step"]
        for key, value in entry.items():
            assert torch.equal(value, moments[1][index][key]), key
    assert [path.name for path in tmp_path.iterdir()] == ["state.safetensors"]


def test_a_state_of_other_networks_is_refused(tmp_path):
    net = small_net()
    save_state(tmp_path / "state.safetensors", {"net": net}, {}, {})
    with pytest.raises(RuntimeError):
        load_state(tmp_path / "state.safetensors", {"net": nn.Linear(3, 8)}, {})


class Generator(nn.Module):
    """Latent (B, 4), condition (B,) → (B, 2); elementwise, so that bf16 changes nothing."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(0.5 * torch.ones(2))
        self.shift = nn.Parameter(torch.zeros(2, 2))

    def forward(self, z, condition):
        return z * self.scale + self.shift[condition]


class Critic(nn.Module):
    """Linear in x, with weights of each condition."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.3, -0.2]))
        self.per_condition = nn.Parameter(torch.tensor([[1.0, 0.5], [-0.5, 1.0]]))

    def features(self, x):
        return x * self.weight

    def head(self, features, condition):
        return (features * self.per_condition[condition]).sum(1)


CENTRES = torch.tensor([[2.0, 0.0], [0.0, -2.0]])


class Toy:
    """Real points lie around one centre for each condition. Records what the trainer does with the task."""

    def __init__(self, scores=(), **settings):
        self.draw = torch.Generator().manual_seed(0)
        self.scores, self.saved, self.sampled = iter(scores), [], 0
        self.task = loop.GANTask(
            generator=Generator(), critics=[Critic()], batch=self.batch, generate=self.generate, evaluate=self.evaluate,
            samples=self.samples, save=lambda generator, facts: self.saved.append((generator, facts["step"], facts["best"])),
            wrong=lambda condition: 1 - condition, settings=settings,
        )  # fmt: skip

    def batch(self):
        condition = torch.randint(0, 2, (32,), generator=self.draw)
        return CENTRES[condition] + 0.1 * torch.randn(32, 2, generator=self.draw), condition

    def generate(self, generator, condition):
        return generator(torch.randn(len(condition), 2, generator=self.draw), condition)

    def evaluate(self, generator):
        return {"score": next(self.scores, 0.0)}

    def samples(self, generator, folder):
        self.sampled += 1


@pytest.fixture
def seconds(monkeypatch):
    """A clock for the loop that goes on by a second whenever it is read: a run's number of steps is then known."""
    now = iter(range(1_000_000))
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(now)))


def trainer(toy, folder, **options):
    return loop.GANTrainer(toy.task, folder, device="cpu", **options)


def test_the_critics_loss_is_the_sum_of_its_parts(tmp_path):
    toy = Toy(penalty_every=4, gamma=0.7, mismatch=0.3)
    made = trainer(toy, tmp_path)
    real, condition = toy.batch()
    fake = torch.randn(32, 2)
    critic = copy.deepcopy(made.critics[0])

    def score(x, c):
        return critic.head(critic.features(x), c)

    adversarial = F.softplus(score(fake, condition) - score(real, condition)).mean()
    mismatch = F.softplus(score(real, 1 - condition) - score(real, condition)).mean()
    slopes = (critic.weight * critic.per_condition[condition]).square().sum(1).mean()  # ‖∂score/∂x‖², the same at real and fake points
    with torch.no_grad():
        penalised = adversarial + 0.3 * mismatch + 0.7 * 4 * (0.5 * slopes + 0.5 * slopes)
    assert made.critic_step(real, fake, condition) == pytest.approx(float(penalised), rel=1e-4)
    made.facts["step"] = 1  # no penalty at this step
    critic = copy.deepcopy(made.critics[0])
    adversarial = F.softplus(score(fake, condition) - score(real, condition)).mean()
    mismatch = F.softplus(score(real, 1 - condition) - score(real, condition)).mean()
    assert made.critic_step(real, fake, condition) == pytest.approx(float((adversarial + 0.3 * mismatch).detach()), rel=1e-4)


def test_each_step_moves_its_own_side_only_and_towards_its_aim(tmp_path):
    toy = Toy(gamma=0.0, mismatch=0.0)
    made = trainer(toy, tmp_path)
    real, condition = toy.batch()
    z = torch.randn(32, 2)

    def losses():  # of critic and generator, on the same points
        (critic,) = made.critics
        with torch.no_grad():
            s_real, s_fake = (critic.head(critic.features(x), condition) for x in (real, made.generator(z, condition)))
        return float(F.softplus(s_fake - s_real).mean()), float(F.softplus(s_real - s_fake).mean())

    before, generator = losses(), copy.deepcopy(made.generator.state_dict())
    made.critic_step(real, made.generator(z, condition), condition)
    between, critics = losses(), copy.deepcopy(made.critics.state_dict())
    assert between[0] < before[0]
    assert all(torch.equal(value, generator[key]) for key, value in made.generator.state_dict().items())
    made.generator_step(real, made.generator(z, condition), condition)
    assert losses()[1] < between[1]
    assert all(torch.equal(value, critics[key]) for key, value in made.critics.state_dict().items())
    assert all(p.requires_grad for p in made.critics.parameters())


def test_a_run_learns_keeps_the_best_and_resumes(tmp_path, seconds):
    settings = {"lr": 0.03, "lr_end": 0.003, "ema": 0.9, "evaluate_minutes": 3.0, "gamma": 0.3, "penalty_every": 2}
    toy = Toy(scores=(0.2, 0.6, 0.4), **settings)
    toy.task.wrong = None  # this critic, linear in x, would be pulled past the centres by it
    made = trainer(toy, tmp_path)
    before = float((made.generator.shift - CENTRES).detach().abs().max())
    facts = made.run(minutes=8.0)
    assert [entry["score"] for entry in facts["history"]] == [0.2, 0.6, 0.4] and toy.sampled == 3
    assert [best for _, _, best in toy.saved] == [0.2, 0.6] and facts["best"] == 0.6
    assert all(generator is made.ema.module for generator, _, _ in toy.saved)
    assert [step for _, step, _ in toy.saved] == [entry["step"] for entry in facts["history"][:2]]
    assert 200 < facts["step"] < 240 and made.ema.steps == facts["step"]  # 480 seconds, two for a step
    assert made.optimizers["generator"].param_groups[0]["lr"] == pytest.approx(0.003, rel=0.01)
    assert before == 2 and float((made.ema.module.shift - CENTRES).abs().max()) < 0.6
    assert list((tmp_path / "tensorboard").glob("events.*"))

    again = Toy(scores=(0.5, 0.7), **settings)
    resumed = trainer(again, tmp_path)
    for name, module in made.modules.items():
        for key, value in module.state_dict().items():
            assert torch.equal(resumed.modules[name].state_dict()[key], value)
    more = resumed.run(minutes=0.25)
    assert more["step"] > facts["step"] and resumed.ema.steps == more["step"] and more["seconds"] > facts["seconds"]
    assert [entry["score"] for entry in more["history"]] == [0.2, 0.6, 0.4, 0.5] and again.saved == []
    assert resumed.run(minutes=0.25)["best"] == 0.7 and len(again.saved) == 1

    fresh = trainer(Toy(), tmp_path, fresh=True)
    assert fresh.facts["step"] == 0 and float(fresh.generator.shift.detach().abs().max()) == 0


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_state(tmp_path, seconds):
    toy = Toy(scores=(0.5,))
    made = trainer(toy, tmp_path)
    made.run(minutes=0.2)
    state = (tmp_path / "state.safetensors").read_bytes()
    toy.task.batch = lambda: (torch.full((32, 2), math.nan), torch.zeros(32, dtype=torch.long))
    with pytest.raises(UserError, match="not finite at step .* lower lr"):
        made.run(minutes=0.2)
    assert (tmp_path / "state.safetensors").read_bytes() == state


def test_while_warming_up_the_auxiliary_loss_alone_moves_the_generator(tmp_path):
    toy = Toy(warm_up=2, auxiliary=1.0)
    toy.task.auxiliary = lambda fake, real: (fake - real).square().mean()
    made = trainer(toy, tmp_path)
    critics = copy.deepcopy(made.critics.state_dict())
    assert [set(made.step()) for _ in range(2)] == [{"generator"}, {"generator"}]
    assert all(torch.equal(value, critics[key]) for key, value in made.critics.state_dict().items())
    assert set(made.step()) == {"generator", "critic"}
    assert not all(torch.equal(value, critics[key]) for key, value in made.critics.state_dict().items())


def test_new_critics_get_a_head_start(tmp_path):
    made = trainer(Toy(head_start=2), tmp_path)
    generator = copy.deepcopy(made.generator.state_dict())
    assert [set(made.step()) for _ in range(2)] == [{"critic"}, {"critic"}]
    assert all(torch.equal(value, generator[key]) for key, value in made.generator.state_dict().items())
    assert set(made.step()) == {"generator", "critic"}


def test_feature_matching_adds_the_distance_between_a_fake_and_its_own_pair(tmp_path):
    losses = []
    for weight in (0.0, 10.0):
        toy = Toy(feature_matching=weight)
        made = trainer(toy, tmp_path / str(weight))
        (real, condition), fake = toy.batch(), torch.zeros(32, 2)
        losses.append(made.generator_step(real, made.generator.train()(fake, condition) * 0 + fake, condition))
    expected = 10 * (real * made.critics[0].weight).abs().mean().item()
    assert losses[1] - losses[0] == pytest.approx(expected, rel=0.02)


def test_what_was_asked_for_otherwise_is_judged_under_that_and_matched_with_nothing(tmp_path):
    losses = []
    for weight in (0.0, 10.0):
        toy = Toy(feature_matching=weight, mismatch=0.0, gamma=0.0)
        made = trainer(toy, tmp_path / str(weight))
        (real, condition), fake = toy.batch(), torch.zeros(32, 2)
        asked = condition.clone()
        asked[:20] = 1 - asked[:20]
        critic = made.critics[0]
        with torch.no_grad():
            judged = F.softplus(critic.head(critic.features(fake), asked) - critic.head(critic.features(real), condition)).mean().item()
        losses.append(made.generator_step(real, made.generator.train()(fake, condition) * 0 + fake, condition, asked))
        assert made.critic_step(real, fake, condition, asked) == pytest.approx(judged, rel=1e-4)
    expected = 10 * (real * made.critics[0].weight)[20:].abs().mean().item()
    assert losses[1] - losses[0] == pytest.approx(expected, rel=0.02)


def test_without_critics_the_auxiliary_loss_alone_is_trained_by(tmp_path, seconds):
    toy = Toy(auxiliary=1.0, lr=0.1, lr_end=0.001)
    toy.task.critics, toy.task.auxiliary = [], lambda fake, real: (fake - real).square().mean()
    made = trainer(toy, tmp_path)
    made.run(minutes=4.0)
    assert made.optimizers["generator"].param_groups[0]["lr"] == pytest.approx(0.001, rel=0.05)
    assert float((made.generator.shift - CENTRES).detach().abs().max()) < 0.2
    resumed = trainer(Toy(), tmp_path, fresh=True)
    assert set(resumed.step()) == {"critic", "generator"}
