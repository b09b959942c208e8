"""Training of the checkpoint `faces`: pairs of attributes and pictures, captions as sets of named values, critic, measures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ...data import images
from ...training.loop import GANTask
from .networks import FaceCritic, FaceSynthesis
from .vocabulary import HATS, SIZES, TOTAL, one_hot_index

ARGUMENTS = {"sizes": list(SIZES)}
VALIDATION = 256  # pictures of the training split that choose the checkpoint: the test split is for the card alone
SETTINGS = {"batch": 16, "lr": 3e-4, "lr_end": 4e-5, "gamma": 0.25, "mismatch": 0.5, "auxiliary": 20.0, "feature_matching": 4.0}
SETTINGS |= {"warm_up": 2000, "warm_up_lr": 1e-3}
HAT_WEIGHT = 2.5  # one face in five wears a hat, in twelve colours: they are drawn more often
FACE = (slice(36, 100), slice(30, 98))  # where eyes, mouth, brows and glasses are: few pixels, most of the attributes


class FaceData:
    """Pictures (N, 3, 128, 128) uint8 and the one-hot values (N, 132) of a split, with the validation part kept apart."""

    def __init__(self, pictures: np.ndarray, rows: list[dict]) -> None:
        self.pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()  # (N, 3, 128, 128)
        self.values = torch.tensor([one_hot_index(row) for row in rows])  # (N, 12)
        self.choice = torch.zeros(len(rows), TOTAL).scatter_(1, self.values, 1.0)  # (N, 132)

    def show(self, index: Tensor) -> Tensor:
        """Pictures (B, 3, 128, 128) in [0, 1]."""
        return (self.pictures[index].float() / 255).contiguous(memory_format=torch.channels_last)


def caption_sets(choice: Tensor) -> Tensor:
    """What captions of these faces (B, 132) may name: each names a random number of slots, the sets as 0/1 (B, 132)."""
    slots = len(SIZES)
    share = torch.rand(len(choice), 1, device=choice.device)
    named = torch.rand(len(choice), slots, device=choice.device) < share
    named[torch.arange(len(choice)), torch.randint(slots, (len(choice),), device=choice.device)] = True  # at least one
    return choice * named.repeat_interleave(torch.tensor(SIZES, device=choice.device), 1)


def wrong_captions(condition: Tensor) -> Tensor:
    """Captions that do not fit: for one half another face's, for the other its own with one named value replaced."""
    choice, caption = condition.split(TOTAL, 1)
    other = caption.roll(1, 0)
    changed = caption.clone()
    for row, start, size in _named_slot_of_each(caption):
        part = changed[row, start : start + size]
        changed[row, start : start + size] = part.roll(int(torch.randint(1, size, ())))
    even = (torch.arange(len(caption), device=caption.device) % 2 == 0).unsqueeze(1)
    return torch.cat([choice, torch.where(even, other, changed)], 1)


def _named_slot_of_each(caption: Tensor) -> list[tuple[int, int, int]]:
    starts = np.cumsum([0, *SIZES])
    named = torch.stack([part.sum(1) for part in caption.split(list(SIZES), 1)], 1)  # (B, slots)
    slots = torch.multinomial(named, 1).squeeze(1).tolist()
    return [(row, int(starts[slot]), SIZES[slot]) for row, slot in enumerate(slots)]


def reconstruction(generator: FaceSynthesis) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean absolute error, the face counting three times, and the pull of the codes to N(0, 1) (conditioning augmentation)."""

    def loss(fake: Tensor, real: Tensor) -> Tensor:
        error = (fake.float() - real).abs()
        divergence = 0.5 * (generator.means.square() + generator.log_variances.exp() - 1 - generator.log_variances).mean()
        return error.mean() + 2 * error[:, :, FACE[0], FACE[1]].mean() * 0.27 + 2e-4 * divergence

    return loss


def draw(generator: nn.Module, choice: Tensor) -> Tensor:
    noise = torch.randn(len(choice), generator.noise_dim, device=choice.device)
    return generator(choice, noise)


def task(device: str, seed: int, save: Callable[[nn.Module, dict], None], score: Callable[[nn.Module, FaceData, Tensor], dict]) -> GANTask:
    """The adversarial task on the training split; `score(generator, data, validation indices)` -> metrics with "score"."""
    torch.manual_seed(seed)
    split = images.avatars("train")
    data = FaceData(split.images, split.rows)
    kept, validation = torch.arange(len(split.rows)).split([len(split.rows) - VALIDATION, VALIDATION])
    weight = torch.tensor([HAT_WEIGHT if split.rows[i]["top"] in HATS else 1.0 for i in kept])
    generator = FaceSynthesis(**ARGUMENTS).to(memory_format=torch.channels_last)
    critic = FaceCritic(TOTAL).to(memory_format=torch.channels_last)

    def batch() -> tuple[Tensor, Tensor]:
        index = kept[torch.multinomial(weight, SETTINGS["batch"], replacement=True)]
        choice = data.choice[index]
        return data.show(index), torch.cat([choice, caption_sets(choice)], 1)

    return GANTask(
        generator=generator,
        critics=[ByCaption(critic)],
        batch=batch,
        generate=lambda module, condition: draw(module, condition[:, :TOTAL]),
        evaluate=lambda module: score(module, data, validation),
        samples=lambda module, folder: write_samples(module, data, validation[:20], folder),
        save=save,
        wrong=wrong_captions,
        auxiliary=reconstruction(generator),
        settings={key: value for key, value in SETTINGS.items() if key != "batch"},
    )


class ByCaption(nn.Module):
    """The critic as the loop calls it: of the condition (B, 264) it may see the caption, not the values that were left open."""

    def __init__(self, critic: FaceCritic) -> None:
        super().__init__()
        self.critic = critic

    def features(self, picture: Tensor) -> Tensor:
        return self.critic.features(picture)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        return self.critic.head(features, condition[:, TOTAL:])


@torch.inference_mode()
def pictures_of(generator: nn.Module, choice: Tensor, seed: int = 0, batch: int = 32) -> Tensor:
    """Faces (N, 3, 128, 128) in [0, 1] on the CPU for choice (N, 132), noise from one seed."""
    was, rng = generator.training, torch.Generator().manual_seed(seed)
    device = next(generator.parameters()).device
    noise = torch.randn(len(choice), generator.noise_dim, generator=rng)
    generator.eval()
    parts = [generator(c.to(device), n.to(device)).float().cpu() for c, n in zip(choice.split(batch), noise.split(batch), strict=True)]
    generator.train(was)
    return torch.cat(parts)


def held_out_error(generator: nn.Module, data: FaceData, index: Tensor) -> dict:
    """Mean absolute error to the true pictures, of range 0 to 1; its negative is the score."""
    error = float((pictures_of(generator, data.choice[index]) - data.show(index)).abs().mean())
    return {"error": error, "score": -error}


def write_samples(generator: nn.Module, data: FaceData, index: Tensor, folder: Path) -> None:
    """A sheet: generated faces above the true pictures of the same attributes."""
    folder.mkdir(parents=True, exist_ok=True)
    fake, real = pictures_of(generator, data.choice[index]), data.show(index)
    rows = [torch.cat(list(part), 2) for pair in zip(fake.split(10), real.split(10), strict=True) for part in pair]
    sheet = (torch.cat(rows, 1).permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy()
    Image.fromarray(sheet).save(folder / "faces.png")
    number = len(list(folder.glob("faces-*.png")))
    Image.fromarray(sheet).save(folder / f"faces-{number:03d}.png")

