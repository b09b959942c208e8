"""The judges: small classifiers trained on real clips by our own code, used to score generated ones."""

import math
import time

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..dsp import log_mel


class SpectrogramClassifier(nn.Module, PyTorchModelHubMixin):
    """(B, L) waveform → logits (B, classes), by a small convolutional network on the 64-band log-mel spectrogram.

    Loudness does not matter: each spectrogram is shifted to a fixed maximum, and what lies more than 60 dB below it is cut.
    """

    def __init__(self, classes: int, rate: int, n_fft: int = 256, hop: int = 64, width: int = 32):
        super().__init__()
        self.rate, self.n_fft, self.hop = rate, n_fft, hop
        sizes = [1, width, 2 * width, 4 * width, 4 * width]
        self.convs = nn.ModuleList(nn.Conv2d(sizes[i], sizes[i + 1], 3, padding=1) for i in range(4))
        self.norms = nn.ModuleList(nn.BatchNorm2d(n) for n in sizes[1:])
        self.classify = nn.Linear(8 * width, classes)

    def spectrogram(self, wave: Tensor) -> Tensor:
        mel = log_mel(wave, self.rate, self.n_fft, self.hop, 64, floor=1e-5)  # (B, 64, T)
        mel = mel - mel.amax((1, 2), keepdim=True)
        return (mel.clamp_min(-6.9) / 3.45 + 1).unsqueeze(1)  # (B, 1, 64, T) in [-1, 1]

    def features(self, x: Tensor) -> Tensor:
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.max_pool2d(F.relu(norm(conv(x))), 2)  # (B, C, 64 / 2^i, T / 2^i)
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)  # (B, 8 · width)

    def forward(self, wave: Tensor) -> Tensor:
        return self.classify(F.dropout(self.features(self.spectrogram(wave)), 0.3, self.training))


def augment(model: SpectrogramClassifier, x: Tensor) -> Tensor:
    """Waves (B, L) → spectrograms (B, 1, 64, T): time shift, gentle stretch, noise, one masked band and one masked moment."""
    length = x.shape[1]
    x = x + torch.randn(len(x), 1).abs() * 0.003 * torch.randn_like(x)
    x = F.interpolate(x.unsqueeze(1), scale_factor=float(torch.empty(()).uniform_(0.85, 1.15)), mode="linear").squeeze(1)
    x = F.pad(x, (0, max(length - x.shape[1], 0)))[:, :length]
    s = model.spectrogram(x.roll(int(torch.randint(-length // 10, length // 10, ())), 1))
    band, frame = int(torch.randint(0, s.shape[2] - 8, ())), int(torch.randint(0, s.shape[3] - 12, ()))
    s[:, :, band : band + 8] = -1
    s[..., frame : frame + 12] = -1
    return s


def train_classifier(
    model: SpectrogramClassifier, waves: Tensor, labels: Tensor, minutes: float = 4.0, epochs: int = 40, seed: int = 0, batch: int = 64
) -> dict:
    """Fit on waves (N, L), labels (N,) for `epochs` or `minutes`, whichever ends first: AdamW, rate falling to 0 by the time; returns
    steps and seconds."""
    torch.manual_seed(seed)
    weights = (1 / torch.bincount(labels, minlength=model.classify.out_features).clamp_min(1).sqrt())[labels]
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    start, step, total = time.monotonic(), 0, epochs * max(len(waves) // batch, 1)
    model.train()
    while (done := max(step / total, (time.monotonic() - start) / (60 * minutes))) < 1:
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, 0.1 + 10 * done) * 0.5 * (1 + math.cos(math.pi * done))
        pick = torch.multinomial(weights, min(batch, len(waves)))
        with torch.autocast("cpu", torch.bfloat16):
            logits = model.classify(F.dropout(model.features(augment(model, waves[pick])), 0.3, True)).float()
        loss = F.cross_entropy(logits, labels[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    model.eval()
    return {"step": step, "seconds": time.monotonic() - start}


@torch.inference_mode()
def probabilities(model: nn.Module, waves: Tensor, batch: int = 128) -> Tensor:
    """Class probabilities (N, classes) of waves (N, L)."""
    return torch.cat([model(w).softmax(1) for w in waves.split(batch)])
