"""The text tower learns to give what a larger trained BERT gives: for each word, and for the sentence.

It starts from the teacher's own weights: rows of its table of words, and some of its layers (Sanh et al. 2019,
https://arxiv.org/abs/1910.01108). Then its hidden states are held to the teacher's (Jiao et al. 2020, https://arxiv.org/abs/1909.10351).
"""

import random
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

LAYERS = (0, 2, 4, 5)  # of the teacher's six, counted from 0: the ones that the student's four start from
TARGETS = (1, 3, 5, 6)  # the teacher's hidden states (0: its embeddings) that the student's layers are held to
BATCH = 64
RATE = 3e-4


def start_from(student: nn.Module, teacher: nn.Module, kept: Sequence[int]) -> None:
    """Fill a BERT from a larger one of the same width; `kept`: the teacher's numbers of the student's tokens, in the student's order."""
    source, target = teacher.embeddings, student.embeddings
    with torch.no_grad():
        target.word_embeddings.weight.copy_(source.word_embeddings.weight[list(kept)])
        target.position_embeddings.weight.copy_(source.position_embeddings.weight[: target.position_embeddings.num_embeddings])
        target.token_type_embeddings.weight.copy_(source.token_type_embeddings.weight[:1])
        target.LayerNorm.load_state_dict(source.LayerNorm.state_dict())
        for layer, number in zip(student.encoder.layer, LAYERS, strict=True):
            layer.load_state_dict(teacher.encoder.layer[number].state_dict())


def mean_of_words(words: Tensor, mask: Tensor) -> Tensor:
    """(B, L, width) and (B, L) -> the mean over the words of each text: (B, width)."""
    mask = mask.unsqueeze(-1).to(words.dtype)
    return (words * mask).sum(1) / mask.sum(1)


def distance(student: Sequence[Tensor], teacher: Sequence[Tensor], mask: Tensor) -> Tensor:
    """How far the student's hidden states of each layer are from the teacher's: the mean squared difference per word in units of the
    teacher's, the last layer counting as much as the others together, and five times one minus the cosine of the sentences."""
    parts = []
    for own, target in zip(student, teacher, strict=True):
        wanted = target[mask].float()
        parts.append((own[mask].float() - wanted).square().mean() / wanted.var())
    own, wanted = mean_of_words(student[-1].float(), mask), mean_of_words(teacher[-1].float(), mask)
    sentence = 1 - F.cosine_similarity(own, wanted).mean()
    return parts[-1] + torch.stack(parts[:-1]).mean() + 5 * sentence


def batches(tokenizer: Tokenizer, corpora: Sequence[Sequence[str]], rng: random.Random) -> Callable[[], tuple[Tensor, Tensor]]:
    """A function that draws `BATCH` texts of one corpus, or lists of words of the vocabulary: tokens and mask, cut to the longest."""
    words = sorted(token for token in tokenizer.get_vocab() if token.isascii() and token.isalpha() and len(token) > 2)

    def draw() -> tuple[Tensor, Tensor]:
        corpus = rng.choice([*corpora, None])
        if corpus is None:
            texts = [" ".join(rng.sample(words, rng.choice((1, 2, 3, 5, 8)))) for _ in range(BATCH)]
        else:
            texts = rng.sample(corpus, min(BATCH, len(corpus)))
        encoded = tokenizer.encode_batch(texts)
        mask = torch.tensor([one.attention_mask for one in encoded], dtype=torch.bool)
        length = int(mask.sum(1).max())
        return torch.tensor([one.ids for one in encoded])[:, :length], mask[:, :length]

    return draw


def distil(
    student: nn.Module,
    teacher: nn.Module,
    kept: Sequence[int],
    draw: Callable[[], tuple[Tensor, Tensor]],
    progress: Callable[[int, float], float],
) -> int:
    """Move the student (its table of words aside) towards the teacher until `progress(step, seconds)` reaches 1; returns the steps."""
    device, numbers = next(student.parameters()).device, torch.tensor(kept)
    student.embeddings.word_embeddings.requires_grad_(False)
    optimizer = torch.optim.AdamW((p for p in student.parameters() if p.requires_grad), RATE, betas=(0.9, 0.98), weight_decay=0.0)
    started, step = time.monotonic(), 0
    while (done := progress(step, time.monotonic() - started)) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, 0.1 + done / 0.08) * max(0.01, 1 - done)
        tokens, mask = draw()
        loss = distance(*_states(student, teacher, tokens.to(device), numbers[tokens].to(device), mask.to(device)), mask.to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"{100 * done:5.0f} %  distillation step {step}  distance {float(loss.detach()):.4f}", flush=True)
    return step


def _states(student: nn.Module, teacher: nn.Module, tokens: Tensor, numbers: Tensor, mask: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    options = {"attention_mask": mask.long(), "output_hidden_states": True}
    with torch.autocast(tokens.device.type, torch.bfloat16):
        with torch.no_grad():
            wanted = teacher(input_ids=numbers, **options).hidden_states
        own = student(input_ids=tokens, **options).hidden_states
    return list(own[1:]), [wanted[number] for number in TARGETS]
