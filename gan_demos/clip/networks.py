"""The joint embedding of texts and pictures (Radford et al. 2021, https://arxiv.org/abs/2103.00020), with open_clip's own model inside."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from gan_demos.clip import torchvision_shim


class Clip(nn.Module, PyTorchModelHubMixin):
    """Texts and pictures -> one space of `embed_dim` numbers, where what belongs together points the same way.

    embed_dim, vision_cfg, text_cfg: open_clip's model config; text_transformer: the configuration of the text tower for transformers, so
    that building one needs no file and no network. mean, std: of the three colours of a picture, for the image tower. Names and shapes
    of the weights are those of open_clip's `CustomTextCLIP`, so its own functions load them too.
    """

    def __init__(
        self,
        embed_dim: int,
        vision_cfg: dict,
        text_cfg: dict,
        text_transformer: dict,
        mean: Sequence[float] = (0.5, 0.5, 0.5),
        std: Sequence[float] = (0.5, 0.5, 0.5),
    ) -> None:
        super().__init__()
        model = open_clip_model(embed_dim, vision_cfg, text_cfg, text_transformer)
        self.visual, self.text, self.logit_scale = model.visual, model.text, model.logit_scale
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, tokens: Tensor | None = None, mask: Tensor | None = None, image: Tensor | None = None) -> Tensor | dict[str, Tensor]:
        """Either `tokens` (B, L) int64 and `mask` (B, L), true where there is a word -> sentence (B, embed_dim) of length 1 and words
        (B, L, width), zero where `mask` is false; or `image` (B, 3, H, W) in [0, 1] -> (B, embed_dim) of length 1, differentiable.
        """
        if image is not None:
            return F.normalize(self.visual(self.prepare(image)), dim=-1)
        length = int(mask.sum(1).max())  # few texts have a third of the tokens that there is room for
        tokens, mask, room = tokens[:, :length], mask[:, :length].to(tokens.dtype), mask.shape[1] - length
        output = self.text.transformer(input_ids=tokens, attention_mask=mask)
        sentence = self.text.proj(self.text.pooler(output, mask))
        words = F.pad(output.last_hidden_state * mask.unsqueeze(-1), (0, 0, 0, room))
        return {"sentence": F.normalize(sentence, dim=-1), "words": words}

    def prepare(self, image: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in [0, 1] of any size -> what the image tower takes."""
        return (fit_to(self.visual.image_size, image) - self.mean) / self.std


def fit_to(size: Sequence[int], image: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1] -> the same of that height and width: squashed to it, antialiased, differentiable."""
    if tuple(image.shape[-2:]) == tuple(size):
        return image
    return F.interpolate(image, tuple(size), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def open_clip_model(embed_dim: int, vision_cfg: Mapping[str, Any], text_cfg: Mapping[str, Any], text_transformer: Mapping[str, Any]):
    """open_clip's `CustomTextCLIP` with fresh weights. open_clip reads the text tower's configuration from a folder: it gets one."""
    torchvision_shim.install()
    from open_clip import CustomTextCLIP

    with tempfile.TemporaryDirectory(prefix="gan-demos-clip-") as folder:
        (Path(folder) / "config.json").write_text(json.dumps(dict(text_transformer)), encoding="utf-8")
        text = {**text_cfg, "hf_model_name": folder, "hf_model_pretrained": False}
        return CustomTextCLIP(embed_dim, {**vision_cfg, "timm_model_pretrained": False}, text)
