"""First stage of the generators' training: the synthesis network and a code for each concept of the training split.

One code has to do for all the styles in which a concept was drawn, so it says what is where, and the synthesis network learns how each
style draws that. What remains to learn afterwards is which code a text means.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ...training.loop import GANTask
from .emoji_training import EmojiData
from .networks import CODE_RATE, ClipGAN, Synthesis, flatten, normalise

SETTINGS = {"batch": 24, "lr": 1e-3, "lr_end": 5e-5, "betas": (0.5, 0.99), "auxiliary": 20.0, "ema": 0.998}
CODE_NOISE = 0.1  # beside a code of mean square 1: neighbouring codes must draw neighbouring pictures


class Gallery(nn.Module):
    """A code for each concept of the training split, learnt with the synthesis network that draws it in any style (generative latent
    optimization, https://arxiv.org/abs/1707.05776)."""

    def __init__(self, synthesis: Synthesis, codes: Tensor) -> None:
        super().__init__()
        self.synthesis = synthesis
        self.table = nn.Parameter(codes / CODE_RATE)
        self.stages: dict[str, Tensor] = {}

    def codes(self, concept: Tensor) -> Tensor:
        """concept (B,) -> codes (B, code_width, 16, 16) of mean square 1."""
        return normalise(self.table[concept] * CODE_RATE)

    def forward(self, concept: Tensor, style: Tensor) -> Tensor:
        """concept (B,), style (B, 9) -> (B, 3, 128, 128)."""
        code = self.codes(concept)
        if self.training:
            code = normalise(code + CODE_NOISE * torch.randn_like(code))
        self.stages = self.synthesis(code, style)
        return self.stages["picture"]


def first_codes(data: EmojiData, members: list[list[int]], code_width: int, spread: float = 0.3) -> Tensor:
    """Where the codes begin: three numbers of each place are the colours of the median of the concept's drawings; the rest is noise."""
    found = torch.randn(len(members), code_width, 16, 16) * spread
    for number, group in enumerate(members):
        pictures = data.show(torch.tensor(group)) if group else torch.ones(1, 3, 128, 128)
        found[number, :3] = 1.5 - 3 * F.interpolate(pictures.median(0, keepdim=True).values, (16, 16), mode="area")[0]
    return found


def stage_losses(stages: dict[str, Tensor], real: Tensor) -> Tensor:
    """Mean absolute error of the small pictures of both stages."""
    return sum(F.l1_loss(stages[f"stage{side}"], F.interpolate(real, (side, side), mode="area")) for side in (32, 64))


def task(device: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The task: draw each concept in each style it was drawn in, by the mean absolute error alone. Critics come later, with the texts:
    while codes are still rough they teach smears."""
    torch.manual_seed(seed)
    data = EmojiData("train")
    members = data.members()
    chosen = torch.nonzero(~data.kept_apart).squeeze(1)
    synthesis = ClipGAN().synthesis
    generator = Gallery(synthesis, first_codes(data, members, synthesis.start.in_channels)).to(memory_format=torch.channels_last)
    order = iter(())

    def batch() -> tuple[Tensor, Tensor]:
        nonlocal order
        picked = next(order, None)
        if picked is None:
            order = iter(chosen[torch.randperm(len(chosen))].split(SETTINGS["batch"])[:-1])
            picked = next(order)
        return data.show(picked), picked

    def generate(module: Gallery, condition: Tensor) -> Tensor:
        concept, style = data.concept[condition.cpu()], data.styles(condition.cpu())
        return module(concept.to(condition.device), style.to(condition.device))

    def auxiliary(fake: Tensor, real: Tensor) -> Tensor:
        return F.l1_loss(fake.float(), real) + 0.3 * stage_losses(generator.stages, real)

    validation = torch.nonzero(data.kept_apart).squeeze(1)

    some = validation[:: max(1, len(validation) // 30)][:30]
    seen = chosen[:: len(chosen) // 30][:30]

    def evaluate(module: Gallery) -> dict:
        unseen = float((drawn(module, data, validation) - data.show(validation)).abs().mean())
        error = float((drawn(module, data, seen) - data.show(seen)).abs().mean())
        # What is remembered counts: how a concept looks in a style that it was never seen in, no mean absolute error can teach.
        return {"error": error, "of unseen pairs": unseen, "score": -error}

    def samples(module: Gallery, folder: Path) -> None:
        write_sheet(drawn(module, data, some), data.show(some), folder, "unseen")
        write_sheet(drawn(module, data, seen), data.show(seen), folder, "seen")

    return GANTask(
        generator=generator, critics=[], batch=batch, generate=generate, evaluate=evaluate, samples=samples, save=save,
        auxiliary=auxiliary, settings={key: value for key, value in SETTINGS.items() if key != "batch"},
    )  # fmt: skip


@torch.inference_mode()
def drawn(module: Gallery, data: EmojiData, index: Tensor) -> Tensor:
    """The concepts of pictures `index`, each in the picture's style (N, 3, 128, 128), evened out."""
    was, device, parts = module.training, next(module.parameters()).device, []
    module.eval()
    for part in index.split(32):
        parts.append(flatten(module(data.concept[part].to(device), data.styles(part).to(device))).cpu())
    module.train(was)
    return torch.cat(parts)


def write_sheet(fake: Tensor, real: Tensor, folder: Path, name: str, columns: int = 15) -> None:
    """Made pictures above the true ones, numbered by how often this was called."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [torch.cat(list(part), 2) for pair in zip(fake.split(columns), real.split(columns), strict=True) for part in pair]
    sheet = (torch.cat(rows, 1).permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy()
    number = len(list(folder.glob(f"{name}-*.png")))
    Image.fromarray(np.ascontiguousarray(sheet)).save(folder / f"{name}-{number:03d}.png")
