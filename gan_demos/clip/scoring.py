"""How well pictures fit texts, by our CLIP or by any model of open_clip that the setting `GAN_DEMOS_CLIP` names.

A generator is always conditioned by the CLIP that it was trained with. Scoring and guidance may use a bigger one, which knows more words:
`GAN_DEMOS_CLIP=ViT-B-32/laion2b_s34b_b79k` (architecture / weights; open_clip fetches them from the Hub once), `hf-hub:owner/model`, or a
folder with `open_clip_config.json` and weights.
"""

import difflib
import functools
import math
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_demos.clip import torchvision_shim
from gan_demos.clip.configs import MODEL
from gan_demos.clip.encode import encode_images, encode_text
from gan_demos.clip.networks import fit_to
from gan_demos.errors import UserError

VARIABLE = "GAN_DEMOS_CLIP"
TEXT_FOLDER = "text"  # of a checkpoint: the configuration of its text tower
SLICE = 16  # pictures that another model looks at between two short requests of others


def scorer_name() -> str:
    """The model that `score` uses: the setting's, else ours."""
    return os.environ.get(VARIABLE, "").strip() or MODEL


def score(context: Any, images: Tensor, texts: list[str]) -> Tensor:
    """Cosine of each picture with its text: images (N, 3, H, W) in [0, 1], N texts -> (N,).

    `context`: a request's `Context`. `UserError` if the model of the setting cannot be had.
    """
    if scorer_name() == MODEL:
        once = list(dict.fromkeys(texts))  # several pictures of one text are the usual case
        sentences = encode_text(context, once).sentence[[once.index(text) for text in texts]]
        return (encode_images(context, images) * sentences).sum(1)
    job = functools.partial(_score_job, scorer_name(), images, tuple(texts))
    slices = math.ceil(len(images) / SLICE)
    return torch.cat([torch.empty(0), *context.engine.run_job(job, owner=context.owner, name="CLIP score", slices=slices)])


class Scorer(nn.Module):
    """Any model of open_clip, frozen: texts and pictures -> rows of length 1; pictures (N, 3, H, W) in [0, 1], differentiable."""

    def __init__(self, model: nn.Module, tokenizer: Any, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.model, self.tokenizer = model.eval().requires_grad_(False), tokenizer
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1))

    def encode_text(self, texts: list[str]) -> Tensor:
        return F.normalize(self.model.encode_text(self.tokenizer(texts).to(self.mean.device)), dim=-1)

    def encode_images(self, images: Tensor) -> Tensor:
        images = fit_to(self.model.visual.image_size, images.to(self.mean.device))
        return F.normalize(self.model.encode_image((images - self.mean) / self.std), dim=-1)


@functools.lru_cache(maxsize=1)
def load_scorer(name: str, device: str = "cpu") -> Scorer:
    """The model that the setting names, kept for the next call. `UserError` in a plain sentence if it cannot be had."""
    torchvision_shim.install()
    import open_clip

    architecture, weights, changes = _resolve(name, open_clip)
    try:
        model = open_clip.create_model(architecture, pretrained=weights, require_pretrained=True, device=device, **changes)
        tokenizer = open_clip.get_tokenizer(architecture)
        facts = open_clip.get_model_preprocess_cfg(model)
    except Exception as error:  # the Hub's client, torch and open_clip fail in their own ways
        raise UserError(
            f"{VARIABLE}={name}: this model cannot be loaded ({_first_line(error)}). Its weights are fetched from the Hub once, which "
            f"needs internet; or name a folder that holds them, or unset {VARIABLE} to use {MODEL}."
        ) from error
    return Scorer(model, tokenizer, facts["mean"], facts["std"]).to(device)


def _resolve(name: str, open_clip: Any) -> tuple[str, str | None, dict[str, Any]]:
    """open_clip's name of the model, its tag of the weights, and changes to its configuration."""
    if Path(name).is_dir():
        changes = {}
        if (Path(name) / TEXT_FOLDER).is_dir():  # open_clip looks for a text tower's configuration from where the program was started
            text = open_clip.factory.get_model_config(f"local-dir:{name}")["text_cfg"]
            changes = {"text_cfg": {**text, "hf_model_name": str(Path(name) / TEXT_FOLDER), "hf_model_pretrained": False}}
        return f"local-dir:{name}", None, changes
    if name.startswith("hf-hub:"):
        return name, None, {}
    architecture, _, weights = name.partition("/")
    known = open_clip.list_pretrained_tags_by_model(architecture)
    if weights in known:
        return architecture, weights, {}
    if known:
        raise UserError(f"{VARIABLE}={name}: {architecture} has no weights {weights!r}; choose one of {', '.join(known)}.")
    near = difflib.get_close_matches(architecture, open_clip.list_models(), 3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UserError(
        f"{VARIABLE}={name} is neither a folder nor a model of open_clip: write it as architecture/weights, for example "
        f"ViT-B-32/laion2b_s34b_b79k.{hint}"
    )


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return textwrap.shorten(text[0] if text else type(error).__name__, 160, placeholder=" …").rstrip(".")


def _score_job(name: str, images: Tensor, texts: tuple[str, ...], models: Any) -> Iterator[Tensor]:
    """Runs on the computing thread, a few pictures at a time."""
    scorer = load_scorer(name, str(models.device))
    for start in range(0, len(images), SLICE):
        with torch.no_grad():
            part = scorer.encode_images(images[start : start + SLICE])
            cosines = (part * scorer.encode_text(list(texts[start : start + SLICE]))).sum(1)
        yield cosines.float()
