"""Third stage of the generators' training: text to picture, end to end.

All three are shown pairs of a text and a picture, and wrong pairs, and asked for pictures in styles in which the data has none, which
critic and CLIP judge. What else each loss is made of is the papers': critics of all three sizes and the divergence of the conditions for
StackGAN++, and DAMSM on top of that for AttnGAN.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...data.images import EMOJI_STYLES
from ...training.loop import GANTask
from ...training.losses import ink
from .damsm import Matcher, matching_loss
from .emoji_training import EmojiData, TextTable
from .guidance import augment
from .mapping_training import sureness
from .networks import NEAR, SIDE, AttnGAN, Generator, Output, PictureCritic, StackGAN, flatten, normalise
from .synthesis_training import redrawn_error, write_sheet

SETTINGS = {"batch": 24, "lr": 2e-4, "lr_end": 2e-5, "betas": (0.5, 0.99), "gamma": 1.0, "mismatch": 0.5, "auxiliary": 1.0}
SETTINGS |= {"feature_matching": 1.0, "classification": 2.0, "ema": 0.998}
PAIRED = 30.0  # weight of the mean absolute error to the true picture
SAME_DRAWING = 20.0  # of `redrawn_otherwise`
EVEN_SIDE, EVEN = 7, 0.06  # a template is even where all levels of so many pixels square are within such a range
SEEN_NOISE = 0.04  # on what critics see: they would look for nothing but tiny waves in what is even
CLIP_WEIGHT, DAMSM_WEIGHT, KL_WEIGHT = 0.6, 0.3, 0.002
CLIP_SHARPNESS = 20.0  # of the softmax over all concepts, about that of our CLIP's own training
LOOKED_AT = 8  # of a batch's pictures by the image tower: it is as dear as the generator
ELSEWHERE = 12  # of a batch's pictures in a style in which the training has none of the concept: critic and CLIP alone judge those
TEMPLATES = 5  # of a batch's pictures: their concepts' templates (see `synthesis_training`), which are known pixel by pixel
TEXT_NOISE = 0.2  # beside a sentence of mean square 1


@dataclass
class Texts:
    """Texts of the concepts with their features: `concept` (N,) and `weight` (N,) of each text; `of`: the numbers of each concept's."""

    table: TextTable
    concept: Tensor
    weight: Tensor
    of: list[Tensor] = field(default_factory=list)

    def __deepcopy__(self, memo: dict) -> "Texts":
        return self  # never changed: a copied module shares it


def texts_of(texts: list[list[str]], table: TextTable) -> Texts:
    """texts: of each concept; table: the features of all of them, in that order."""
    concept = torch.tensor([k for k, group in enumerate(texts) for _ in group])
    weight = sureness(texts)
    numbers = torch.arange(len(concept)).split([len(group) for group in texts])
    return Texts(table, concept, weight, list(numbers))


class WithText(nn.Module):
    """A generator as the loop calls it: the numbers of pictures and of texts -> pictures, those of all sizes side by side where it has
    stages; what the losses need of the last call is kept."""

    def __init__(self, generator: Generator, data: EmojiData, texts: Texts) -> None:
        super().__init__()
        self.generator = generator
        self._data, self._templates = (data, texts), data.templates()
        self.last: dict[str, Tensor] = {}

    def forward(self, condition: Tensor) -> Tensor:
        """condition (B, 3): picture, text and style -> (B, 3, 128, 128), or (B, 3, 128, 224) with stages."""
        (data, texts), device = self._data, condition.device
        picture, text, style = condition.cpu().unbind(1)
        sentence = normalise(texts.table.sentence[text])
        sentence = F.normalize(sentence + TEXT_NOISE * torch.randn_like(sentence), dim=1).to(device)
        words, mask = texts.table.words[text].to(device), texts.table.mask[text].to(device)
        noise = torch.randn(len(text), self.generator.noise_width, device=device)
        latent = self.generator.latent(sentence, words, mask, noise)
        out = self.generator.draft(latent, one_hot(style).to(device), words, mask)
        paired = (data.style[picture] == style).float().to(device)
        given = data.show(self._templates[texts.concept[text]]).to(device)
        self.last = {**out, "sentence": sentence, "words": words, "mask": mask, "text": text, "paired": paired, "given": given}
        return side_by_side(out) if "stage64" in out else out["picture"]


def one_hot(style: Tensor) -> Tensor:
    """Numbers of styles (B,) -> (B, 9)."""
    return F.one_hot(style, len(EMOJI_STYLES)).float()


def side_by_side(out: Output) -> Tensor:
    """Pictures of 128², 64² and 32² on one canvas (B, 3, 128, 224), so that one tensor holds what the critics look at."""
    medium = F.pad(out["stage64"], (0, 0, 0, SIDE - 64))
    small = F.pad(out["stage32"], (0, 0, 0, SIDE - 32))
    return torch.cat([out["picture"], medium, small], 3)


def canvas(real: Tensor) -> Tensor:
    """True pictures (B, 3, 128, 128) on the same canvas."""
    return side_by_side({"picture": real, **{f"stage{side}": F.interpolate(real, (side, side), mode="area") for side in (64, 32)}})


class StageCritic(nn.Module):
    """A critic as the loop calls it: of the canvas it sees one size, of the condition (B, 3) the text and the style."""

    def __init__(self, critic: PictureCritic, side: int, texts: Texts) -> None:
        super().__init__()
        self.critic, self.side, self._texts = critic, side, (texts,)

    def features(self, pictures: Tensor) -> Tensor:
        left = {128: 0, 64: 128, 32: 192}[self.side]
        return self.critic.features(pictures[:, :, : self.side, left : left + self.side])

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        _, text, style = condition.cpu().unbind(1)
        both = torch.cat([one_hot(style), normalise(self._texts[0].table.sentence[text])], 1)
        return self.critic.head(features, both.to(features.device))

    def name_style(self, features: Tensor) -> Tensor:
        """Logits (B, 9)."""
        return self.critic.style(features)


def wrong(condition: Tensor) -> Tensor:
    """Conditions that do not fit: another pair's text for one half, another style for the other."""
    picture, text, style = condition.unbind(1)
    even = torch.arange(len(condition), device=condition.device) % 2 == 0
    another = (style + torch.randint_like(style, 1, len(EMOJI_STYLES))) % len(EMOJI_STYLES)
    return torch.stack([picture, torch.where(even, text.roll(1), text), torch.where(even, style, another)], 1)


def style_loss(critic: StageCritic, features: Tensor, condition: Tensor) -> Tensor:
    """How badly a critic names the styles that conditions (B, 3) ask for."""
    return F.cross_entropy(critic.name_style(features).float(), condition[:, 2])


def unseen_styles(data: EmojiData) -> Tensor:
    """For each concept which styles the training has it not in (K, 9); all of them where it has it in all."""
    unseen = torch.ones(len(data.keys), len(EMOJI_STYLES), dtype=torch.bool)
    chosen = ~data.kept_apart
    unseen[data.concept[chosen], data.style[chosen]] = False
    return unseen | ~unseen.any(1, keepdim=True)


def elsewhere(condition: Tensor, unseen: Tensor, concept: Tensor) -> Tensor:
    """Conditions (B, 3) with the style of the first `ELSEWHERE` drawn from those that their concept was not seen in.

    unseen (K, 9): see `unseen_styles`; concept (N,): of each text.
    """
    asked = condition.clone()
    candidates = unseen[concept[condition[:ELSEWHERE, 1].cpu()]].float()
    asked[:ELSEWHERE, 2] = torch.multinomial(candidates, 1).squeeze(1).to(condition.device)
    return asked


@torch.no_grad()
def prototypes(data: EmojiData, matcher: Matcher) -> Tensor:
    """The direction of each concept's training pictures in CLIP's space (K, 256)."""
    chosen = torch.nonzero(~data.kept_apart).squeeze(1)
    seen = torch.cat([matcher.look(data.show(part)).embedding for part in chosen.split(64)])
    return F.normalize(torch.zeros(len(data.keys), seen.shape[1]).index_add(0, data.concept[chosen], seen), dim=1)


def redrawn_otherwise(fake: Tensor, given: Tensor) -> Tensor:
    """How far pictures (B, 3, H, W) are from being `given` ones in other colours: (B,).

    They are to be white where those are white, and even where those are even: else critics have it filled with waves, which look to them
    like outlines.
    """
    fake = fake.float()
    highest, lowest = (F.max_pool2d(sign * given, EVEN_SIDE, 1, EVEN_SIDE // 2) * sign for sign in (1, -1))
    even = ((highest - lowest).amax(1, keepdim=True) < EVEN).float()  # (B, 1, H, W)
    uneven = sum((fake.diff(dim=side).abs() * even.narrow(side, 1, fake.shape[side] - 1)).mean((1, 2, 3)) for side in (2, 3))
    return ((fake - 1).abs() * ~ink(given)).mean((1, 2, 3)) + uneven


def losses_of(module: WithText, texts: Texts, matcher: Matcher, looks: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """The generator's losses beside the critics'. (fake, real) -> scalar; the rest is in `module.last`.

    looks (K, 256): see `prototypes`.
    """
    labels = torch.stack([texts.table.sentence[numbers[0]] for numbers in texts.of])  # (K, 256)
    source = torch.Generator().manual_seed(0)

    def loss(fake: Tensor, real: Tensor) -> Tensor:
        last, generator = module.last, module.generator
        device, text = fake.device, last["text"]
        weight = texts.weight[text].to(device) * last["paired"]
        total = PAIRED * (redrawn_error(last, real[:, :, :, :SIDE], last["given"]) * weight).mean()
        total = total + SAME_DRAWING * (redrawn_otherwise(last["picture"], last["given"]) * texts.weight[text].to(device)).mean()
        some = slice(0, LOOKED_AT)
        groups = texts.concept[text[some]].to(device)
        seen = matcher.look(augment(last["picture"][some].clamp(0, 1), source))
        for known in (labels, looks):  # what the text says, and what its pictures look like to CLIP
            total = total + CLIP_WEIGHT * F.cross_entropy(CLIP_SHARPNESS * seen.embedding @ known.to(device).T, groups)
        if isinstance(generator, AttnGAN):
            read = matcher.read(last["words"][some], last["mask"][some], texts.table.sentence[text[some]].to(device))
            total = total + DAMSM_WEIGHT * sum(matching_loss(seen.regions, seen.whole, *read, groups))
        if isinstance(generator, StackGAN):
            mean, log_variance = generator.distribution(last["sentence"])
            total = total + KL_WEIGHT * 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return total

    return loss


def task(
    generator: Generator,
    critics: dict[int, PictureCritic],
    data: EmojiData,
    texts: Texts,
    save: Callable[[nn.Module, dict], None],
    score: Callable[[Generator], dict],
    matcher: Matcher,
    settings: dict | None = None,
) -> GANTask:
    """The adversarial task. critics: for each side the one that judges it; `score(generator)` -> metrics with "score"; matcher: DAMSM and
    our CLIP, which look at what is made."""
    module = WithText(generator, data, texts).to(memory_format=torch.channels_last)
    chosen = torch.nonzero(~data.kept_apart).squeeze(1)
    unseen, templates = unseen_styles(data), data.templates()
    size = SETTINGS["batch"]
    order = iter(())

    def batch() -> tuple[Tensor, Tensor]:
        nonlocal order
        picked = next(order, None)
        if picked is None:
            order = iter(chosen[torch.randperm(len(chosen))].split(size)[:-1])
            picked = next(order)
        picked = torch.cat([picked[:-TEMPLATES], templates[data.concept[picked[-TEMPLATES:]]]])
        text = torch.stack([one_text(texts, int(k)) for k in data.concept[picked]])
        real = data.show(picked)
        return (canvas(real) if "stage64" in generator.shown else real), torch.stack([picked, text, data.style[picked]], 1)

    def samples(trained: WithText, folder: Path) -> None:
        index = torch.nonzero(data.kept_apart).squeeze(1)[::6][:30]
        write_sheet(pictures_of(trained.generator, data, texts, index), data.show(index), folder, "unseen")
        index = chosen[:: len(chosen) // 30][:30]
        write_sheet(pictures_of(trained.generator, data, texts, index), data.show(index), folder, "seen")

    return GANTask(
        generator=module,
        critics=[StageCritic(critic, side, texts).to(memory_format=torch.channels_last) for side, critic in critics.items()],
        batch=batch,
        asked=lambda condition: elsewhere(condition, unseen, texts.concept),
        generate=lambda trained, condition: trained(condition),
        evaluate=lambda trained: score(trained.generator),
        samples=samples,
        save=lambda trained, facts: save(trained.generator, facts),
        augment=lambda shown: shown + SEEN_NOISE * torch.randn_like(shown),
        wrong=wrong,
        classify=style_loss,
        auxiliary=losses_of(module, texts, matcher, prototypes(data, matcher)),
        settings={key: value for key, value in (SETTINGS | (settings or {})).items() if key != "batch"},
    )


def one_text(texts: Texts, concept: int) -> Tensor:
    """The number of one of a concept's texts: half of the time its label."""
    numbers = texts.of[concept]
    if torch.rand(()) < 0.5:
        return numbers[0]
    return numbers[int(torch.multinomial(texts.weight[numbers], 1))]


@torch.inference_mode()
def pictures_of(generator: Generator, data: EmojiData, texts: Texts, index: Tensor, seed: int = 0) -> Tensor:
    """What the labels of pictures `index` give in those pictures' styles (N, 3, 128, 128), noise from one seed."""
    was, device, rng = generator.training, next(generator.parameters()).device, torch.Generator().manual_seed(seed)
    generator.eval()
    parts = []
    for part in index.split(32):
        text = torch.stack([texts.of[int(k)][0] for k in data.concept[part]])
        words, mask = texts.table.words[text].to(device), texts.table.mask[text].to(device)
        noise = torch.randn(len(part), generator.noise_width, generator=rng).to(device)
        latent = generator.latent(texts.table.sentence[text].to(device), words, mask, noise)
        parts.append(flatten(generator.draft(latent, data.styles(part).to(device), words, mask)["picture"], NEAR).cpu())
    generator.train(was)
    return torch.cat(parts)
