"""Metrics of generated sound. Each takes plain arrays, so that real-vs-real gives its floor."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor


def inception_score(probabilities: Tensor) -> float:
    """exp(mean KL(p(y|x) ‖ p(y))) over (N, classes): 1 at worst, the number of classes at best (Salimans et al. 2016)."""
    p = probabilities.double().clamp_min(1e-12)
    marginal = p.mean(0, keepdim=True)
    return float((p * (p.log() - marginal.log())).sum(1).mean().exp())


def accuracy(probabilities: Tensor, labels: Tensor) -> float:
    """Share of rows whose most likely class is the asked one."""
    return float((probabilities.argmax(1) == labels).float().mean())


def frechet_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Fréchet distance between Gaussians fitted to features a (N, D) and b (M, D); 0 for equal distributions."""
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # the trace of the root of the product is the sum of the roots of its eigenvalues, which are real and not negative
    roots = np.sqrt(np.maximum(np.linalg.eigvals(ca @ cb).real, 0))
    return float(np.square(a.mean(0) - b.mean(0)).sum() + np.trace(ca + cb) - 2 * roots.sum())


def broken_share(waves: Tensor, limit: float = 0.999, silence_db: float = -50.0) -> dict[str, float]:
    """Share of clips (N, L) with three or more consecutive samples beyond `limit` (clipping), below `silence_db` RMS (silent), or not
    finite."""
    loud = (waves.abs() >= limit).float()
    clipped = torch.nn.functional.avg_pool1d(loud.unsqueeze(1), 3, 1).amax((1, 2)) >= 1
    silent = 10 * torch.log10(waves.square().mean(1).clamp_min(1e-12)) < silence_db
    return {
        "clipped": float(clipped.float().mean()),
        "silent": float(silent.float().mean()),
        "not_finite": float((~waves.isfinite()).any(1).float().mean()),
    }


def monotonicity(positions: NDArray[np.float64], quantities: NDArray[np.float64]) -> float:
    """Mean over seeds of Spearman's rank correlation between slider positions (P,) and the measured quantity (seeds, P); a constant
    row counts as 0."""
    return float(np.mean([spearmanr(positions, row).statistic if np.ptp(row) > 0 else 0.0 for row in quantities]))


def diversity(features: NDArray[np.float64]) -> float:
    """Mean pairwise Euclidean distance of features (N, D)."""
    gram = features @ features.T
    square = np.maximum(np.diag(gram)[:, None] + np.diag(gram)[None] - 2 * gram, 0)
    n = len(features)
    return float(np.sqrt(square).sum() / (n * (n - 1)))


def spread_within(features: NDArray[np.float64], labels: Tensor, least: int = 4) -> float:
    """Mean over the conditions (rows of labels (N, K)) that have at least `least` items of the diversity of their features (N, D)."""
    rows = [features[(labels == one).all(1).numpy()] for one in labels.unique(dim=0)]
    return float(np.mean([diversity(r) for r in rows if len(r) >= least]))
