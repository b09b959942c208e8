"""True pairs to learn the swap from and to measure it by: the same avatar with other values, the same emoji in another style.

Every picture has labels (slots,): the number of its domain in each slot, or `OTHER` where it is none of the domains, and counts (slots,):
1 where the picture shows the slot at all. What is asked is a vector as the generator takes it: 1 for the value of each slot to change.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...data import avatars, images
from ...data.sources import path
from ...data.splits import held_out
from .labels import asking
from .vocabulary import DOMAINS, EMOJI, FACES, SIZES

OTHER = -1
VALIDATION_SHARE = 0.03  # of the training split's groups: they choose the checkpoint, so that the test split does not
Row = dict[str, str]

# What a domain is among the attributes of an avatar.
_PLAIN = {"hair": "hairColor", "skin": "skin", "mouth": "mouth"}
_VALUES = {
    "glasses": ("accessories", {"none": "none", "glasses": "round", "sunglasses": "sunglasses"}),
    "beard": ("facialHair", {"none": "none", "beard": "beardMedium", "moustache": "moustacheFancy"}),
    "eyes": ("eyes", {"plain": "default", "surprised": "surprised", "tears": "cry", "hearts": "hearts", "wink": "wink"}),
}
HATS = ("hat", "hijab", "turban", "winterHat02", "winterHat03", "winterHat04", "winterHat1")
HAT = {"top": "hat", "hatColor": "red"}
BARE = {"top": "shortFlat"}  # what is below a hat that is taken off
# What comes to light that the picture does not show: always the same, so that it can be known.
HIDDEN = {"hairColor": "brown", "hatColor": "red", "eyes": "default"}
ATTRIBUTES = {"hair": "hairColor", "skin": "skin", "mouth": "mouth", "hat": "top"} | {slot: name for slot, (name, _) in _VALUES.items()}


def hidden(row: Mapping[str, str]) -> set[str]:
    """The attributes that the picture of an avatar does not show: a hat's colour without a hat, hair below a hat or scarf (unless there is
    a beard or moustache), eyes behind the one pair of opaque glasses."""
    hatted = row["top"] in HATS
    found = {"hatColor"} if not hatted else {"hairColor"} if row["facialHair"] == "none" else set()
    return found | ({"eyes"} if row["accessories"] == "kurt" else set())


def shown(row: Mapping[str, str]) -> Row:
    """The attributes that the picture shows: equal ones, equal pictures."""
    return {name: value for name, value in row.items() if name not in hidden(row)}


def edited(row: Mapping[str, str], asked: Mapping[str, str]) -> Row:
    """The attributes after the domains `asked` (slot → value) were applied; what the picture did not show is as in `HIDDEN`."""
    new = {**row, **{name: HIDDEN[name] for name in hidden(row)}}
    for slot, value in asked.items():
        if slot in _PLAIN:
            new[_PLAIN[slot]] = value
        elif slot in _VALUES:
            name, values = _VALUES[slot]
            new[name] = values[value]
        elif value == "hat":
            new |= HAT
        elif row["top"] in HATS:
            new |= BARE
    return new


def domain_of(row: Mapping[str, str], slot: str) -> str | None:
    """The domain of an avatar in a slot; None if it is none of them."""
    if slot == "hat":
        if row["top"] not in HATS:
            return "none"
        return "hat" if all(row[name] == value for name, value in HAT.items()) else None
    if slot in _PLAIN:
        return row[_PLAIN[slot]] if row[_PLAIN[slot]] in DOMAINS[FACES][slot] else None
    name, values = _VALUES[slot]
    return next((domain for domain, value in values.items() if value == row[name]), None)


def way(source: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str] | None:
    """What to ask for so that the picture of `source` becomes that of `target`; None if no domains do that."""
    asked, left_alone = {}, edited(source, {})
    for slot in DOMAINS[FACES]:
        was, wanted = domain_of(source, slot), domain_of(target, slot)
        names = ("top", "hatColor") if slot == "hat" else (ATTRIBUTES[slot],)
        differ = any(left_alone[name] != target[name] for name in names if name not in hidden(target))
        if differ and wanted is not None and (slot != "hat" or was != wanted):
            asked[slot] = wanted
    return asked if shown(edited(source, asked)) == shown(target) else None


def random_edit(row: Mapping[str, str], rng: random.Random, weights: Sequence[float] = (5, 3, 2, 1)) -> dict[str, str]:
    """One to four domains, none of which the avatar is in already."""
    asked = {}
    for slot in rng.sample(list(DOMAINS[FACES]), rng.choices(range(1, len(weights) + 1), weights)[0]):
        asked[slot] = rng.choice([value for value in DOMAINS[FACES][slot] if value != domain_of(row, slot)])
    return asked


def labels_of(row: Mapping[str, str]) -> tuple[list[int], list[float]]:
    """(labels, counts) of an avatar."""
    numbers, counts = [], []
    for slot, values in DOMAINS[FACES].items():
        domain = domain_of(row, slot)
        numbers.append(OTHER if domain is None else values.index(domain))
        counts.append(float(ATTRIBUTES[slot] not in hidden(row)))
    return numbers, counts


@dataclass(frozen=True)
class Pairs:
    """pictures (N, 3, 128, 128) uint8, labels and counts (N, slots) of each; for each pair source and target (M,): numbers of pictures,
    asked (M, sum of sizes): the way from source to target, back (M, sum of sizes): the way home, and returns (M,): 1 where there is one.
    rows: the attributes of each picture. Never changed: a copied module shares it.
    """

    model: str
    pictures: Tensor
    labels: Tensor
    counts: Tensor
    source: Tensor
    target: Tensor
    asked: Tensor
    back: Tensor
    returns: Tensor
    rows: Sequence[dict]

    def __deepcopy__(self, memo: dict) -> "Pairs":
        return self

    def __len__(self) -> int:
        return len(self.source)

    def show(self, index: Tensor) -> Tensor:
        """Pictures (B, 3, 128, 128) in [0, 1]."""
        return (self.pictures[index].float() / 255).contiguous(memory_format=torch.channels_last)

    def own(self, index: Tensor) -> Tensor:
        """What pictures (B,) are already, as a label: (B, sum of sizes); nothing in a slot that is hidden or of no domain."""
        parts = []
        for slot, size in enumerate(SIZES[self.model]):
            label = self.labels[index, slot]
            part = F.one_hot(label.clamp_min(0), size).float()
            parts.append(part * ((label != OTHER) * self.counts[index, slot]).unsqueeze(1))
        return torch.cat(parts, 1)


def avatar_rows(split: str) -> list[Row]:
    """The attributes of the avatars of a split: "test" as in `images.avatars`; "validation": a small part of the others; "train"."""
    kept = []
    for row in images.read_rows(path("avatars")):
        key = images.attributes_key(row)
        found = "test" if held_out(key) else "validation" if held_out(f"validation {key}", VALIDATION_SHARE) else "train"
        if found == split:
            kept.append(row)
    return kept


def families(rows: Iterable[Row], variants: int, rng: random.Random) -> list[list[Row]]:
    """Each avatar with `variants` edits of it: of itself, or of an edit before."""
    found = []
    for row in rows:
        family = [row]
        for _ in range(variants):
            start = rng.choice(family)
            family.append(edited(start, random_edit(start, rng)))
        found.append(family)
    return found


def avatar_pairs(split: str, count: int, variants: int = 3, seed: int = 0) -> Pairs:
    """Pairs of the first `count` avatars of a split and their variants: every ordered pair of a family that domains lead across.

    All pictures are drawn anew by the program that drew the dataset, so that source and target differ in nothing but the edit.
    """
    rng = random.Random(seed)
    groups = families(avatar_rows(split)[:count], variants, rng)
    rows = [row for family in groups for row in family]
    pictures = torch.from_numpy(avatars.pictures(rows)).permute(0, 3, 1, 2).contiguous()
    return pairs_of(rows, pictures, [len(family) for family in groups])


def pairs_of(rows: Sequence[Row], pictures: Tensor, sizes: Sequence[int]) -> Pairs:
    """The pairs of families that lie one after the other in `rows`."""
    labels, counts = zip(*map(labels_of, rows), strict=True)
    source, target, asked, back, returns = [], [], [], [], []
    start = 0
    for size in sizes:
        members = range(start, start + size)
        ways = {(a, b): way(rows[a], rows[b]) for a in members for b in members if a != b}
        for (a, b), there in ways.items():
            if there:
                home = ways[b, a]
                source.append(a), target.append(b), asked.append(asking(FACES, there))
                back.append(asking(FACES, home or {})), returns.append(float(bool(home)))
        start += size
    numbers = (torch.tensor(labels), torch.tensor(counts), torch.tensor(source), torch.tensor(target))
    return Pairs(FACES, pictures, *numbers, torch.stack(asked), torch.stack(back), torch.tensor(returns), rows)


def emoji_pairs(split: str) -> Pairs:
    """Pairs of the same emoji: from any of the nine styles into any of the five.

    split: "test" has concepts that training has in no style; "new-pairs" has targets that are kept apart, where training has the concept
    in other styles, which are the sources; "train" and "validation" are the rest, apart by concept.
    """
    rows = images.read_rows(path("emoji"))
    splits = images.emoji_splits(rows)
    for number, row in enumerate(rows):
        concept = images.concept(row["codepoints"])
        if splits[number] == "train" and held_out(f"swap validation {concept}", VALIDATION_SHARE):
            splits[number] = "validation"
    sources = "train" if split == "new-pairs" else split
    used = [number for number, found in enumerate(splits) if found in (split, sources)]
    pictures = torch.from_numpy(images.decode(path("emoji"), used)).permute(0, 3, 1, 2).contiguous()
    return emoji_pairs_of([rows[i] for i in used], [splits[i] == split for i in used], [splits[i] == sources for i in used], pictures)


def emoji_pairs_of(rows: Sequence[dict], targets: Sequence[bool], sources: Sequence[bool], pictures: Tensor) -> Pairs:
    """The pairs of emoji whose `rows` have the same codepoints, from those of `sources` to those of `targets` in one of the five styles."""
    styles = DOMAINS[EMOJI]["style"]
    labels = torch.tensor([[styles.index(row["style"]) if row["style"] in styles else OTHER] for row in rows])
    same: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        same.setdefault(row["codepoints"], []).append(number)
    found = [
        (a, b)
        for members in same.values()
        for a in members
        for b in members
        if a != b and sources[a] and targets[b] and labels[b, 0] != OTHER
    ]
    source, target = (torch.tensor(side) for side in zip(*found, strict=True))
    eye = torch.cat([torch.eye(len(styles)), torch.zeros(1, len(styles))])  # the last row: no style of ours
    back = labels[source, 0]
    ways = (eye[labels[target, 0]], eye[back], (back != OTHER).float())
    return Pairs(EMOJI, pictures, labels, torch.ones(len(rows), 1), source, target, *ways, rows)


def levels(pictures: Tensor) -> Tensor:
    """Pictures in [0, 1] as they are saved: uint8."""
    return (pictures.float().clamp(0, 1) * 255).round().byte()
