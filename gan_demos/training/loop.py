"""One adversarial training loop for all families: time budget, EMA, bf16, lazy gradient penalty, resume, best checkpoint by a held-out
metric."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from ..errors import UserError
from .ema import EMA
from .losses import gradient_penalty, relativistic_pairing_loss
from .state import STATE_FILE, load_state, save_state


@dataclass
class GANTask:
    """What is special in one family's training.

    batch() -> (real, condition); asked(condition) -> conditions to make fakes of, or None for the same: rows that differ from the real
    one's are judged, but not compared with it; generate(generator, condition) -> fake, drawing its own latents; augment(x) -> x, the same
    distribution for real and fake;
    wrong(condition) -> conditions that do not fit (real items under them count as fake), or None; auxiliary(fake, real) -> a further loss
    of the generator, or None (for a while at the start it may be the only one: see `warm_up`); classify(critic, features, condition) -> how
    badly the critic's domain head names the domains of the condition in features of a real item (a loss of the critic) or of a fake (one of
    the generator), or None; evaluate(generator) -> metrics, of which
    "score" (higher is better) chooses the checkpoint; samples(generator, folder) writes something to look at. Critics have features(x)
    and head(features, condition).
    """

    generator: nn.Module
    critics: list[nn.Module]
    batch: Callable[[], tuple[Tensor, Tensor]]
    generate: Callable[[nn.Module, Tensor], Tensor]
    evaluate: Callable[[nn.Module], dict]
    samples: Callable[[nn.Module, Path], None]
    save: Callable[[nn.Module, dict], None]
    asked: Callable[[Tensor], Tensor] | None = None
    augment: Callable[[Tensor], Tensor] = lambda x: x
    wrong: Callable[[Tensor], Tensor] | None = None
    auxiliary: Callable[[Tensor, Tensor], Tensor] | None = None
    classify: Callable[[nn.Module, Tensor, Tensor], Tensor] | None = None
    settings: dict = field(default_factory=dict)


DEFAULTS = {
    "lr": 2e-4,
    "lr_end": 4e-5,
    "betas": (0.0, 0.99),
    "gamma": 1.0,
    "penalty_every": 16,
    "mismatch": 0.5,
    "auxiliary": 3.0,
    "classification": 1.0,
    "feature_matching": 0.0,  # weight of the distance between the critics' features of a fake and its real one: for paired data
    "warm_up": 0,  # steps at the start in which the auxiliary loss alone trains the generator, with the rate warm_up_lr
    "warm_up_lr": 1e-3,
    "head_start": 0,  # steps at the start in which the critics alone learn: new ones beside a generator that is trained already
    "ema": 0.999,
    "evaluate_minutes": 6.0,
}


class GANTrainer:
    """Runs a `GANTask` for a number of minutes; `folder` holds the state, the curves (TensorBoard) and the samples."""

    def __init__(self, task: GANTask, folder: Path, device: str = "auto", fresh: bool = False):
        self.task, self.folder = task, folder
        self.settings = DEFAULTS | task.settings
        self.accelerator = Accelerator(mixed_precision="bf16", cpu=device == "cpu")
        self.device = self.accelerator.device
        self.generator = task.generator.to(self.device)
        self.critics = nn.ModuleList(task.critics).to(self.device)
        self.ema = EMA(self.generator, self.settings["ema"])
        options = {"lr": self.settings["lr"], "betas": tuple(self.settings["betas"]), "eps": 1e-8}
        self.optimizers = {"generator": torch.optim.Adam(self.generator.parameters(), **options)}
        if self.critics:
            self.optimizers["critics"] = torch.optim.Adam(self.critics.parameters(), **options)
        self.facts = {"step": 0, "seconds": 0.0, "best": -math.inf, "ema_steps": 0, "history": []}
        folder.mkdir(parents=True, exist_ok=True)
        self.state_file = folder / STATE_FILE
        if self.state_file.is_file() and not fresh:
            self.facts = load_state(self.state_file, self.modules, self.optimizers)
            self.ema.steps = self.facts["ema_steps"]

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "ema": self.ema.module, "critics": self.critics}

    @property
    def without_critics(self) -> bool:
        return not self.critics or self.facts["step"] < self.settings["warm_up"]

    def critic_step(self, real: Tensor, fake: Tensor, condition: Tensor, asked: Tensor | None = None) -> float:
        """condition: of `real`; asked: of `fake`, if another. Returns the loss."""
        asked = condition if asked is None else asked
        penalised = self.facts["step"] % self.settings["penalty_every"] == 0
        real, fake = (
            self.task.augment(real).detach().requires_grad_(penalised),
            self.task.augment(fake.detach()).detach().requires_grad_(penalised),
        )
        wrong = self.task.wrong(condition) if self.task.wrong else None
        total = torch.zeros((), device=self.device)
        with self.accelerator.autocast():
            for critic in self.critics:
                h_real, h_fake = critic.features(real).float(), critic.features(fake).float()
                s_real, s_fake = critic.head(h_real, condition), critic.head(h_fake, asked)
                total = total + relativistic_pairing_loss(s_real, s_fake)
                if wrong is not None:
                    total = total + self.settings["mismatch"] * relativistic_pairing_loss(s_real, critic.head(h_real, wrong))
                if self.task.classify:
                    total = total + self.settings["classification"] * self.task.classify(critic, h_real, condition)
                if penalised:
                    penalty = gradient_penalty(s_real, real) + gradient_penalty(s_fake, fake)
                    total = total + self.settings["gamma"] * self.settings["penalty_every"] * penalty
        self._update("critics", self.critics, total)
        return float(total.detach())

    def generator_step(self, real: Tensor, fake: Tensor, condition: Tensor, asked: Tensor | None = None) -> float:
        """As `critic_step`."""
        asked = condition if asked is None else asked
        self.critics.requires_grad_(False)
        paired = (asked == condition).reshape(len(asked), -1).all(1)  # (B,)
        with self.accelerator.autocast():
            loss = torch.zeros((), device=self.device)
            real_seen, fake_seen = self.task.augment(real), self.task.augment(fake)
            for critic in self.critics:
                with torch.no_grad():
                    h_real = critic.features(real_seen).float()
                    s_real = critic.head(h_real, condition)
                h_fake = critic.features(fake_seen).float()
                loss = loss + relativistic_pairing_loss(critic.head(h_fake, asked), s_real)
                if self.task.classify:
                    loss = loss + self.settings["classification"] * self.task.classify(critic, h_fake, asked)
                if self.settings["feature_matching"] and paired.any():
                    loss = loss + self.settings["feature_matching"] * F.l1_loss(h_fake[paired], h_real[paired])
        self.critics.requires_grad_(True)
        if self.task.auxiliary and self.settings["auxiliary"]:
            loss = loss + self.settings["auxiliary"] * self.task.auxiliary(fake, real)
        self._update("generator", self.generator, loss)
        return float(loss.detach())

    def _update(self, name: str, module: nn.Module, loss: Tensor) -> None:
        optimizer = self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        for p in module.parameters():
            if p.grad is not None and self.accelerator.num_processes > 1:  # several GPUs: the mean gradient, as DDP would give it
                p.grad = self.accelerator.reduce(p.grad, "mean")
        optimizer.step()

    def step(self) -> dict[str, float]:
        real, condition = (t.to(self.device) for t in self.task.batch())
        with self.accelerator.autocast():
            asked = self.task.asked(condition) if self.task.asked else condition
            fake = self.task.generate(self.generator, asked)  # one forward serves both steps
        if self.without_critics:
            loss = self.settings["auxiliary"] * self.task.auxiliary(fake, real)
            self._update("generator", self.generator, loss)
            losses = {"generator": float(loss.detach())}
        else:
            losses = {"critic": self.critic_step(real, fake, condition, asked)}
            if self.facts["step"] >= self.settings["head_start"]:
                losses["generator"] = self.generator_step(real, fake, condition, asked)
        self.ema.update(self.generator)
        self.facts["step"] += 1
        return losses

    def run(self, minutes: float) -> dict:
        """Train until `minutes` have passed (evaluation included); returns the facts of the run."""
        from torch.utils.tensorboard import SummaryWriter

        writer = SummaryWriter(self.folder / "tensorboard")
        start = last = time.monotonic()
        base, budget = self.facts["seconds"], minutes * 60
        while (now := time.monotonic() - start) < budget:
            rate = self.settings["lr_end"] + (self.settings["lr"] - self.settings["lr_end"]) * 0.5 * (1 + math.cos(math.pi * now / budget))
            for optimizer in self.optimizers.values():
                optimizer.param_groups[0]["lr"] = self.settings["warm_up_lr"] if self.critics and self.without_critics else rate
            losses = self.step()
            if not all(map(math.isfinite, losses.values())):
                raise UserError(
                    f"The loss is not finite at step {self.facts['step']}: {losses}. Start again from the last state with a lower lr."
                )
            if self.facts["step"] % 50 == 0:
                for key, value in losses.items():
                    writer.add_scalar(f"loss/{key}", value, self.facts["step"])
                print(
                    f"{now / 60:6.1f} min  step {self.facts['step']}  " + "  ".join(f"{k} {v:.3f}" for k, v in losses.items()), flush=True
                )
            if time.monotonic() - last > self.settings["evaluate_minutes"] * 60:
                self.facts["seconds"] = base + time.monotonic() - start
                self.checkpoint(writer)
                last = time.monotonic()
        self.facts["seconds"] = base + time.monotonic() - start
        self.checkpoint(writer)
        writer.close()
        return self.facts

    def checkpoint(self, writer) -> None:
        """Measure the averaged generator, keep it if it is the best so far, and write the state."""
        if not self.accelerator.is_main_process:
            return
        metrics = self.task.evaluate(self.ema.module)
        for key, value in metrics.items():
            writer.add_scalar(f"metric/{key}", value, self.facts["step"])
        self.facts["history"].append({"step": self.facts["step"], "minutes": round(self.facts["seconds"] / 60, 1), **metrics})
        self.task.samples(self.ema.module, self.folder / "samples")
        if metrics["score"] > self.facts["best"]:
            self.facts["best"] = metrics["score"]
            self.task.save(self.ema.module, self.facts)
        self.facts["ema_steps"] = self.ema.steps
        save_state(self.state_file, self.modules, self.optimizers, self.facts)
        print(f"evaluated at step {self.facts['step']}: {json.dumps(metrics)}", flush=True)
