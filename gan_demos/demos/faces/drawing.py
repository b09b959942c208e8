"""From chances to the values of a face: one draw per seed, variations of it, and the way between faces."""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import captions
from .vocabulary import OVER_THE_CLOTHES, OVER_THE_EYES, SIZES, SLOTS, TOTAL

NOISE = 64
REST = 0.4  # share of a walk's time that it spends at its faces rather than between them


@dataclass(frozen=True)
class Face:
    """A value for each slot, the noise (64,) of the generator, and the seed that both came from."""

    seed: int
    values: dict[str, str]
    noise: Tensor

    @property
    def choice(self) -> Tensor:
        """One-hot for each slot: (132,)."""
        return torch.cat([torch.tensor([float(value == self.values[slot]) for value in values]) for slot, values in SLOTS.items()])


def draw(chances: Tensor, seed: int, pins: Mapping[str, str], vary: Collection[str]) -> Face:
    """The face of a seed: one value per slot, drawn from `chances` (132,), each slot's sum being 1.

    Slots in `vary` are drawn as if the prompt had not named them; `pins` win over everything. The draw adds Gumbel noise to log chances
    (the Gumbel-max trick), all of it from the seed: a prompt that changes in one slot changes the face in that slot alone, and in a hat or
    glasses that nobody asked for and that would cover it.
    """
    source = torch.Generator().manual_seed(seed)
    gumbel, noise = _gumbel(source), torch.randn(NOISE, generator=source)
    prior = torch.from_numpy(captions.prior())
    values, ranked, left_open = {}, {}, []
    for slot, said, usual, lot in zip(SLOTS, *(_by_slot(x) for x in (chances.float(), prior, gumbel)), strict=True):
        logits = (usual if slot in vary or not said.sum() > 0 else said).log()
        order = (logits + lot).argsort(descending=True).tolist()
        ranked[slot] = [SLOTS[slot][i] for i in order]
        if slot not in pins and (slot in vary or torch.allclose(said, usual, atol=1e-4)):
            left_open.append(slot)
        values[slot] = pins.get(slot) or ranked[slot][0]
    asked = [slot for slot in SLOTS if slot not in left_open]
    for slot in ("top", "accessories"):  # what nobody asked for must not lie over what somebody did
        if slot in left_open:
            values[slot] = max(ranked[slot], key=lambda value, slot=slot: len(_seen({**values, slot: value}) & {*asked}))
    return Face(seed, values, noise)


def _seen(values: Mapping[str, str]) -> set[str]:
    """The slots that the picture of `values` shows in full."""
    covered = {"clothing", "clothesColor"} if values["top"] in OVER_THE_CLOTHES else set()
    covered |= {"eyes"} if values["accessories"] in OVER_THE_EYES else set()
    return {*captions.shown(values)} - covered


def open_slots(face: Face, fixed: Collection[str]) -> list[str]:
    """The slots that can be seen in the picture and that are not in `fixed`."""
    return [slot for slot in captions.shown(face.values) if slot not in fixed]


def vary(face: Face, chances: Tensor, fixed: Collection[str], amount: float, number: int) -> Face:
    """Variation `number` of a face: `amount` of its open slots (one at least, unless it is 0) take another value, and its noise turns by
    `amount` of a right angle. It depends on the face, its seed and `number` alone."""
    key = hashlib.blake2b(f"{face.seed}/{number}".encode(), digest_size=4).digest()  # torch uses 32 bits of a seed
    source = torch.Generator().manual_seed(int.from_bytes(key))
    gumbel, fresh = _gumbel(source), torch.randn(NOISE, generator=source)
    candidates = open_slots(face, fixed)
    count = min(len(candidates), max(1, round(amount * len(candidates)))) if amount > 0 else 0
    chosen = {candidates[i] for i in torch.randperm(len(candidates), generator=source)[:count].tolist()}
    values = dict(face.values)
    for slot, said, lot in zip(SLOTS, _by_slot(chances.float()), _by_slot(gumbel), strict=True):
        if slot in chosen:
            here = SLOTS[slot].index(values[slot])
            logits = said.clamp_min(1e-6).log() + lot  # something else can always be drawn
            logits[here] = -math.inf
            values[slot] = SLOTS[slot][int(logits.argmax())]
    angle = amount * math.pi / 2
    return Face(face.seed, values, math.cos(angle) * face.noise + math.sin(angle) * fresh)


def between(first: Face, second: Face, weight: float) -> Tensor:
    """The mixture (132,) of two faces' choices: `first` at weight 0, `second` at 1."""
    return torch.lerp(first.choice, second.choice, weight)


def round_trip(stops: Sequence[Face], frames: int) -> tuple[Tensor, Tensor]:
    """Choices (frames, 132) and noise (frames, 64) of a walk past `stops` and back to the first, so that it can repeat without a jump.

    Noise keeps its variance on the way between two independent draws.
    """
    choices, noises = [], []
    for frame in range(frames):
        position = frame * len(stops) / frames
        here, share = int(position), _ease(position % 1)
        first, second = stops[here], stops[(here + 1) % len(stops)]
        choices.append(between(first, second, share))
        noises.append(torch.lerp(first.noise, second.noise, share) / math.hypot(share, 1 - share))
    return torch.stack(choices), torch.stack(noises)


def _ease(share: float) -> float:
    """0 to 1: still for `REST` of the time, half of it at each end, and smooth between (3t² - 2t³)."""
    t = min(1.0, max(0.0, (share - REST / 2) / (1 - REST)))
    return t * t * (3 - 2 * t)


def _gumbel(source: torch.Generator) -> Tensor:
    return -(-torch.rand(TOTAL, generator=source).clamp(1e-9, 1 - 1e-7).log()).log()


def _by_slot(vector: Tensor) -> tuple[Tensor, ...]:
    return vector.split(SIZES)
