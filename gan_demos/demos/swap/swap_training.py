"""Training of the domain swap: StarGAN's losses, and the true picture of every edit beside them."""

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ...media import sheets
from ...training.augmentation import diff_augment
from ...training.loop import GANTask
from ...training.losses import alike_error, ink
from .networks import SwapCritic, SwapGenerator
from .pairs_training import OTHER, Pairs
from .vocabulary import COUNTS, DOMAINS, EMOJI, FACES, SIZES

ARGUMENTS = {
    FACES: {"sizes": list(SIZES[FACES]), "overlay": True},
    EMOJI: {"sizes": list(SIZES[EMOJI]), "widths": [48, 96, 192], "parts": [0, 0, 0], "palette": True},
}
SETTINGS = {"batch": 16, "lr": 3e-4, "lr_end": 3e-5, "gamma": 0.25, "auxiliary": 20.0, "classification": 1.0, "feature_matching": 4.0}
SETTINGS |= {"warm_up": 1000, "warm_up_lr": 1e-3, "ema": 0.998}
# Of emoji the true picture says less and the critic more; with the faces' rate the warm-up diverges.
OWN_SETTINGS = {FACES: {}, EMOJI: {"warm_up": 350, "warm_up_lr": 3e-4, "classification": 2.0, "feature_matching": 1.0}}
HARD = {"hair": 2.0, "beard": 3.0, "hat": 2.0}  # how much more often a pair is drawn that asks for such a slot: they are learnt last
UNCHANGED = 2  # of a batch: asked for what they are already, so that the true picture is the picture itself
CYCLED = 4  # of a batch: swapped and swapped back
REPEATED = 0.2  # share of pairs that are also asked for some of what they are already
# Weights beside the mean absolute error, all multiplied by `auxiliary`: the way there and back then has the paper's weight of 10.
CYCLE, CHANGED, PAINTED, MASK, SEEN = 0.5, 0.2, 0.3, 0.05, 0.02
SAME = 0.25  # of emoji: weight of what is asked for what it is already
DIFFERENT = 0.02  # of range 0 to 1: a pixel that an edit changes
FEW = 64  # pixels: an edit of fewer counts as if it were of as many
AUGMENTATION = ("translation", "cutout")  # of what the critic of emoji sees: they are few


class Swapper(nn.Module):
    """The generator as the loop calls it: a condition, made by `condition`, names the pictures and what is asked of them."""

    def __init__(self, generator: SwapGenerator, pairs: Pairs) -> None:
        super().__init__()
        self.generator, self.pairs = generator, pairs
        self.last: dict[str, Tensor] = {}  # of the last forward, for the losses

    def forward(self, condition: Tensor) -> Tensor:
        """(B, …) -> (B, 3, 128, 128)."""
        source, _, asked, back, returns = parts_of(condition, self.pairs.model)
        given = self.pairs.show(source).to(condition.device)
        there = self.generator(given, asked, torch.ones_like(returns))
        self.last = {"given": given, **{key: value for key, value in there.items() if key != "picture"}}
        home = torch.nonzero(returns).squeeze(1)[:CYCLED]
        if self.training and len(home):
            again = self.generator(there["picture"][home], back[home], torch.ones_like(returns[home]))
            self.last |= {"again": again["picture"], "home": given[home]}
        return there["picture"]


def parts_of(condition: Tensor, model: str) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """A condition (B, 3 + 2 total) -> numbers of source and target (B,) on the CPU, asked and back (B, total), returns (B,); total: the sum
    of sizes."""
    total = COUNTS[model]
    numbers, asked, back, returns = condition.split([2, total, total, 1], 1)
    source, target = numbers.long().cpu().unbind(1)
    return source, target, asked, back, returns.squeeze(1)


def condition(pairs: Pairs, chosen: Tensor, unchanged: int = 0, repeated: float = 0.0) -> Tensor:
    """What the pairs `chosen` (B,) ask for, as one tensor (B, 3 + 2 sum of sizes): see `parts_of`.

    The first `unchanged` of them are asked for some of what they are already; of the others a share of `repeated` is so as well.
    """
    source, target = pairs.source[chosen], pairs.target[chosen].clone()
    asked, back, returns = pairs.asked[chosen].clone(), pairs.back[chosen], pairs.returns[chosen].clone()
    sizes = torch.tensor(SIZES[pairs.model])
    some = (torch.rand(len(chosen), len(sizes)) < 0.5).repeat_interleave(sizes, 1)
    own = pairs.own(source) * (some if len(sizes) > 1 else 1)  # (B, total)
    free = 1 - _any_of_slot(asked, sizes)  # 1 in slots that are not asked for
    also = (torch.rand(len(chosen), 1) < repeated).float()
    asked = asked + also * own * free
    target[:unchanged], asked[:unchanged], returns[:unchanged] = source[:unchanged], own[:unchanged], 0
    return torch.cat([torch.stack([source, target], 1).float(), asked, back, returns.unsqueeze(1)], 1)


def weights(pairs: Pairs) -> Tensor:
    """How often each pair is drawn, relative to others: (M,)."""
    asked = pairs.asked.split(list(SIZES[pairs.model]), 1)  # of each slot
    parts = [1 + (HARD.get(slot, 1.0) - 1) * part.amax(1) for slot, part in zip(DOMAINS[pairs.model], asked, strict=True)]
    return torch.stack(parts).amax(0)


def _any_of_slot(asked: Tensor, sizes: Tensor) -> Tensor:
    """(B, total): for each value 1 if any value of its slot is asked for."""
    return torch.cat([part.amax(1, keepdim=True).expand_as(part) for part in asked.split(sizes.tolist(), 1)], 1)


def domain_loss(logits: Tensor, labels: Tensor, counts: Tensor, sizes: list[int]) -> Tensor:
    """Mean cross-entropy over the slots that count: logits (B, sum of sizes), labels (B, slots), counts (B, slots); those of no domain do
    not count."""
    counts = counts * (labels != OTHER)
    parts = zip(logits.split(sizes, 1), labels.clamp_min(0).unbind(1), strict=True)
    losses = [F.cross_entropy(part, label, reduction="none") for part, label in parts]
    return (torch.stack(losses, 1) * counts).sum() / counts.sum().clamp_min(1)


def classification(pairs: Pairs) -> Callable[[SwapCritic, Tensor, Tensor], Tensor]:
    """The paper's classification loss: what the critic names in a picture against the domains of the true one, all that can be seen."""

    def loss(critic: SwapCritic, features: Tensor, given: Tensor) -> Tensor:
        _, target, *_ = parts_of(given, pairs.model)
        labels, counts = pairs.labels[target].to(given.device), pairs.counts[target].to(given.device)
        return domain_loss(critic.domains(features).float(), labels, counts, list(SIZES[pairs.model]))

    return loss


def changed_error(error: Tensor, changed: Tensor) -> Tensor:
    """Mean error where an edit changes something, each picture counting the same: error (B, 3, H, W), changed (B, 1, H, W)."""
    inside = (error * changed).sum((1, 2, 3)) / error.shape[1]  # (B,)
    return (inside / changed.sum((1, 2, 3)).clamp_min(FEW)).mean()


def losses_of(module: Swapper) -> Callable[[Tensor, Tensor], Tensor]:
    """The generator's losses beside the critic's: (fake, real) -> scalar; the rest is in `module.last`.

    Mean absolute error to the true picture, which for a picture asked for what it is already is the paper's identity loss; the way there
    and back; and the domains that the generator sees in its input. What is painted and the mask are also taught apart, where the true edit
    changes something: from the result alone both learn nothing once the mask has closed, and leaving everything as it is comes first.
    Of emoji the true picture tells coarse colours above all, where both drawings are ink or both paper, and the critic the rest.
    """
    pairs = module.pairs
    sizes = [size + 1 for size in SIZES[pairs.model]]

    def loss(fake: Tensor, real: Tensor) -> Tensor:
        last = module.last
        error = (fake.float() - real).abs()
        changed = ((real - last["given"]).abs().amax(1, keepdim=True) > DIFFERENT).float()  # (B, 1, H, W)
        # Where one emoji has paper and the other one ink they differ in shape, which is not to be learnt pixel by pixel.
        alike = 1.0 if pairs.model == FACES else (ink(real) == ink(last["given"])).float()
        error, changed = error * alike, changed * alike
        near = F.max_pool2d(changed, 5, 1, 2) * alike
        total = SEEN * domain_loss(last["seen"], *last["domains"], sizes)
        total = total + PAINTED * changed_error((last["new"].float() - real).abs(), near)
        total = total + MASK * F.binary_cross_entropy(last["mask"].float(), changed)
        if pairs.model == FACES:
            total = total + error.mean() + CHANGED * changed_error(error, changed)
        else:
            total = total + alike_error(fake, real, last["given"]).mean() + SAME * error[:UNCHANGED].mean()
        if "again" in last:
            total = total + CYCLE * (last["again"].float() - last["home"]).abs().mean()
        return total

    return loss


def domains_of(pairs: Pairs, index: Tensor) -> tuple[Tensor, Tensor]:
    """Labels and counts (B, slots) of pictures for the generator's own reading, which has a further value for "none of these"."""
    labels = pairs.labels[index]
    none = torch.tensor(SIZES[pairs.model]).expand_as(labels)
    return torch.where(labels == OTHER, none, labels), pairs.counts[index]


def task(
    model: str,
    pairs: Pairs,
    validation: Pairs,
    seed: int,
    save: Callable[[nn.Module, dict], None],
    score: Callable[[SwapGenerator, Pairs], dict],
    settings: dict | None = None,
    networks: tuple[SwapGenerator, SwapCritic] | None = None,
) -> GANTask:
    """The adversarial task on `pairs`; `score(generator, validation)` -> metrics with "score". networks: others than the usual ones."""
    torch.manual_seed(seed)
    chosen = SETTINGS | OWN_SETTINGS[model] | (settings or {})
    generator, critic = networks or (SwapGenerator(**ARGUMENTS[model]), SwapCritic(SIZES[model]))
    module = Swapper(generator, pairs).to(memory_format=torch.channels_last)

    often = weights(pairs)

    def batch() -> tuple[Tensor, Tensor]:
        asked = condition(pairs, torch.multinomial(often, chosen["batch"], replacement=True), UNCHANGED, REPEATED)
        return pairs.show(parts_of(asked, model)[1]), asked

    def generate(trained: Swapper, asked: Tensor) -> Tensor:
        fake = trained(asked)
        source = parts_of(asked, model)[0]
        trained.last["domains"] = tuple(part.to(asked.device) for part in domains_of(pairs, source))
        return fake

    return GANTask(
        generator=module,
        critics=[critic.to(memory_format=torch.channels_last)],
        batch=batch,
        generate=generate,
        evaluate=lambda trained: score(trained.generator, validation),
        samples=lambda trained, folder: write_samples(trained.generator, validation, folder),
        save=lambda trained, facts: save(trained.generator, facts),
        augment=(lambda pictures: diff_augment(pictures, AUGMENTATION)) if model == EMOJI else lambda pictures: pictures,
        auxiliary=losses_of(module),
        classify=classification(pairs),
        settings={key: value for key, value in chosen.items() if key != "batch"},
    )


@torch.inference_mode()
def swapped(generator: SwapGenerator, pictures: Tensor, asked: Tensor, batch: int = 16) -> dict[str, Tensor]:
    """What the generator makes of pictures (N, 3, 128, 128), uint8 or in [0, 1], and asked (N, sum of sizes), on the CPU."""
    was, device = generator.training, next(generator.parameters()).device
    generator.eval()
    found = []
    for part, label in zip(pictures.split(batch), asked.split(batch), strict=True):
        x = (part.float() / 255 if part.dtype == torch.uint8 else part).to(device).contiguous(memory_format=torch.channels_last)
        found.append({key: value.cpu() for key, value in generator(x, label.to(device), torch.ones(len(x), device=device)).items()})
    generator.train(was)
    return {key: torch.cat([one[key] for one in found]) for key in found[0]}


def sheet(generator: SwapGenerator, pairs: Pairs, chosen: Tensor) -> Tensor:
    """Pictures to look at, a row for each of the pairs `chosen` (R,): input, made, true, mask, and back again: (3, R · 128, 5 · 128)."""
    given = pairs.show(pairs.source[chosen])
    there = swapped(generator, given, pairs.asked[chosen])
    again = swapped(generator, there["picture"], pairs.back[chosen])["picture"]
    again = torch.where(pairs.returns[chosen].view(-1, 1, 1, 1) > 0, again, torch.ones_like(again))
    columns = [given, there["picture"], pairs.show(pairs.target[chosen]), there["mask"].expand(-1, 3, -1, -1), again]
    return torch.cat([torch.cat(list(column), 1) for column in columns], 2)


def spread(pairs: Pairs, count: int) -> Tensor:
    """The numbers of `count` pairs, evenly over all."""
    return torch.linspace(0, len(pairs) - 1, count).long()


def write_samples(generator: SwapGenerator, pairs: Pairs, folder: Path, count: int = 12) -> None:
    """A sheet in two halves side by side; earlier ones are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = [sheet(generator, pairs, half) for half in spread(pairs, count).chunk(2)]
    picture = Image.fromarray(sheets.levels(torch.cat(halves, 2)))
    picture.save(folder / "swaps.png")
    picture.save(folder / f"swaps-{len(list(folder.glob('swaps-*.png'))):03d}.png")
