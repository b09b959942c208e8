"""Finding what belongs together: texts, pictures, either by the other. All of it is cosines of embeddings of one length."""

import torch
from torch import Tensor


def search(query: Tensor, candidates: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` candidates nearest to each query, best first.

    query (Q, D) and candidates (N, D), rows of length 1, of texts or of pictures alike (text -> image, image -> text, image -> image).
    Returns their numbers (Q, min(count, N)) and cosines, both in that order.
    """
    cosines, numbers = (query @ candidates.T).topk(min(count, len(candidates)), dim=1)
    return numbers, cosines


def ranks(query: Tensor, candidates: Tensor, wanted: Tensor | None = None) -> Tensor:
    """Where the wanted candidate comes for each query: (Q,) int64, 1 is first. Ties count against it.

    query (Q, D), candidates (N, D), rows of length 1; `wanted` (Q,): the number of each query's own candidate, by default its own number.
    """
    cosines = query @ candidates.T
    wanted = torch.arange(len(query), device=query.device) if wanted is None else wanted
    own = cosines.gather(1, wanted.unsqueeze(1))
    return (cosines >= own).sum(1)


def recall(ranks: Tensor, count: int) -> float:
    """The share of queries whose own candidate is among the first `count`: R@count, 0-1."""
    return float((ranks <= count).float().mean())
