"""First stage of the generators' training: the synthesis network, and a code for each concept of the training split.

Styles draw a concept with other shapes and from other sides. One code for all of these drawings would have to be a mixture of them, and
what it draws a smear; so a concept's code is that of one drawing, its template, and another style means to draw that in other colours,
outlines and shading, as in the domain swap. An encoder that is only there while training says what the code of a picture is. What remains
to learn afterwards is which code a text means.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ...training.loop import GANTask
from ...training.losses import alike_error
from .emoji_training import EmojiData
from .networks import NEAR, Refining, Synthesis, flatten, normalise

SETTINGS = {"batch": 24, "lr": 1e-3, "lr_end": 5e-5, "betas": (0.5, 0.99), "auxiliary": 20.0, "ema": 0.998}
CODE_NOISE = 0.1  # beside a code of mean square 1: neighbouring codes must draw neighbouring pictures
TEMPLATES = 0.5  # share of the pictures to draw again that are templates, whose codes will be kept
REDRAWN = 0.5  # share that is to be drawn in another style
ENCODER = (48, 96, 192)  # channels at 64², 32² and 16²


class PictureEncoder(nn.Module):
    """picture (B, 3, 128, 128) in [0, 1] -> its code (B, code_width, 16, 16), of mean square 1."""

    def __init__(self, code_width: int, widths: tuple[int, int, int] = ENCODER) -> None:
        super().__init__()
        w64, w32, w16 = widths
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(12, w64, 3, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(w64, w32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(w32, w16, 4, 2, 1),
        )  # fmt: skip
        self.refine = Refining(w16, 1)
        self.code = nn.Conv2d(w16, code_width, 3, padding=1)

    def forward(self, picture: Tensor) -> Tensor:
        x = self.layers(2 * picture - 1)  # (B, w16, 16, 16)
        return normalise(self.code(self.refine(x, x.new_zeros(len(x), 1))).float())


class Redrawer(nn.Module):
    """Draws pictures of the data again, in their own style or another. What the last call was given is kept for the losses."""

    def __init__(self, synthesis: Synthesis, data: EmojiData) -> None:
        super().__init__()
        self.synthesis, self.encoder = synthesis, PictureEncoder(synthesis.start.in_channels)
        self._data = (data,)
        self.last: dict[str, Tensor] = {}

    def forward(self, source: Tensor, style: Tensor) -> Tensor:
        """source (B,): numbers of pictures, style (B, 9) -> (B, 3, 128, 128)."""
        given = self._data[0].show(source.cpu()).to(style.device)
        code = self.encoder(given)
        if self.training:
            code = normalise(code + CODE_NOISE * torch.randn_like(code))
        self.last = {"given": given, **self.synthesis(code, style)}
        return self.last["picture"]

    @torch.no_grad()
    def codes(self, source: Tensor) -> Tensor:
        """source (N,): numbers of pictures -> codes (N, code_width, 16, 16)."""
        device = next(self.parameters()).device
        return torch.cat([self.encoder(self._data[0].show(part).to(device)).cpu() for part in source.split(32)])


def redrawn_error(stages: dict[str, Tensor], real: Tensor, given: Tensor) -> Tensor:
    """How far pictures, of all sizes that there are, are from the true ones, drawn from `given`: (B,). Small pictures count less."""
    total = paired_error(stages["picture"], real, given)
    for side in (64, 32) if "stage64" in stages else ():
        small, small_given = (F.interpolate(x, (side, side), mode="area") for x in (real, given))
        total = total + 0.3 * paired_error(stages[f"stage{side}"], small, small_given)
    return total


def paired_error(fake: Tensor, real: Tensor, given: Tensor) -> Tensor:
    """Mean absolute error of each picture (B,) where the true one is the one that was given; else `alike_error`."""
    own = (real == given).flatten(1).all(1)
    return torch.where(own, (fake.float() - real).abs().mean((1, 2, 3)), alike_error(fake, real, given))


def task(synthesis: Synthesis, device: str, seed: int, save: Callable[[nn.Module, dict], None]) -> GANTask:
    """The task: draw pictures again, as they are and as another style drew the same concept, by their error alone. Critics come later, with
    the texts: while codes are still rough they teach smears."""
    torch.manual_seed(seed)
    data = EmojiData("train")
    templates, members = data.templates(), [torch.tensor(group) for group in data.members()]
    chosen = torch.nonzero(~data.kept_apart).squeeze(1)
    generator = Redrawer(synthesis, data).to(memory_format=torch.channels_last)

    def batch() -> tuple[Tensor, Tensor]:
        target = chosen[torch.randint(len(chosen), (SETTINGS["batch"],))]
        concept = data.concept[target]
        other = torch.stack([members[k][torch.randint(len(members[k]), ())] for k in concept.tolist()])
        source = torch.where(torch.rand(len(target)) < TEMPLATES, templates[concept], other)
        target = torch.where(torch.rand(len(target)) < REDRAWN, target, source)
        return data.show(target), torch.stack([source, target], 1)

    def generate(module: Redrawer, condition: Tensor) -> Tensor:
        source, target = condition.cpu().unbind(1)
        return module(source, data.styles(target).to(condition.device))

    validation = torch.nonzero(data.kept_apart).squeeze(1)
    some = validation[:: max(1, len(validation) // 30)][:30]
    seen = templates[:: len(templates) // 30][:30]

    def evaluate(module: Redrawer) -> dict:
        own = float((drawn(module, data, validation, validation) - data.show(validation)).abs().mean())
        moved = float((drawn(module, data, templates[data.concept[validation]], validation) - data.show(validation)).abs().mean())
        return {"error": own, "of templates in another style": moved, "score": -own}

    def samples(module: Redrawer, folder: Path) -> None:
        write_sheet(drawn(module, data, templates[data.concept[some]], some), data.show(some), folder, "unseen")
        write_sheet(drawn(module, data, seen, seen), data.show(seen), folder, "seen")

    return GANTask(
        generator=generator, critics=[], batch=batch, generate=generate, evaluate=evaluate, samples=samples, save=save,
        auxiliary=lambda fake, real: redrawn_error(generator.last, real, generator.last["given"]).mean(),
        settings={key: value for key, value in SETTINGS.items() if key != "batch"},
    )  # fmt: skip


@torch.inference_mode()
def drawn(module: Redrawer, data: EmojiData, source: Tensor, target: Tensor) -> Tensor:
    """Pictures `source` (N,), each in the style of picture `target` (N,): (N, 3, 128, 128), evened out."""
    was, device, parts = module.training, next(module.parameters()).device, []
    module.eval()
    for part, other in zip(source.split(32), target.split(32), strict=True):
        parts.append(flatten(module(part, data.styles(other).to(device)), NEAR).cpu())
    module.train(was)
    return torch.cat(parts)


def write_sheet(fake: Tensor, real: Tensor, folder: Path, name: str, columns: int = 15) -> None:
    """Made pictures above the true ones, numbered by how often this was called."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [torch.cat(list(part), 2) for pair in zip(fake.split(columns), real.split(columns), strict=True) for part in pair]
    sheet = (torch.cat(rows, 1).permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy()
    number = len(list(folder.glob(f"{name}-*.png")))
    Image.fromarray(np.ascontiguousarray(sheet)).save(folder / f"{name}-{number:03d}.png")
