"""Does a picture look like those that a model knows? By the direction of its CLIP embedding, with a threshold measured in training."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ... import clip
from ...demo import Context
from .vocabulary import KINDS, MODELS

KEY = "likeness"  # in the extra of a checkpoint: {"centre": [256 numbers], "threshold": t, "false_remarks": share, "missed": {kind: share}}


@dataclass(frozen=True)
class Likeness:
    """`value`: the cosine between a picture and the mean of those that the model knows; `alike`: whether it reaches `threshold`; `remark`:
    a sentence where it does not, else empty."""

    value: float
    threshold: float
    alike: bool
    remark: str

    def facts(self) -> dict[str, Any]:
        """What results say of it."""
        return {"value": round(self.value, 3), "threshold": round(self.threshold, 3), "alike": self.alike}


def cosines(embedded: Tensor, centre: Tensor) -> Tensor:
    """Embeddings (N, 256) of length 1 and the mean of known ones (256,) → (N,)."""
    return embedded @ centre / centre.norm().clamp_min(1e-6)


def judged(value: float, model: str, measured: dict[str, Any]) -> Likeness:
    """The verdict on a cosine; `measured`: what the checkpoint keeps under `KEY`."""
    threshold = measured["threshold"]
    if value >= threshold:
        return Likeness(value, threshold, True, "")
    remark = (
        f"This does not look like a {KINDS[model]} that the model knows (likeness {value:.2f}, theirs {threshold:.2f} or more), so expect "
        f"an odd result. {100 * measured['false_remarks']:.1f} % of true ones get this remark too."
    )
    return Likeness(value, threshold, False, remark)


def likeness(context: Context, model: str, picture: np.ndarray) -> Likeness | None:
    """The likeness of a picture (H, W, 3) uint8 to those that `model` knows; None for a model that has no measure of it. The request must
    declare the CLIP."""
    measured = context.extra(MODELS[model]).get(KEY)
    if not measured:
        return None
    image = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).float() / 255
    return judged(float(cosines(clip.encode_images(context, image[None]), torch.tensor(measured["centre"]))[0]), model, measured)
