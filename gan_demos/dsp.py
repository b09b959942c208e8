"""Signal arithmetic shared by training, metrics and the sound pictures: mel spectrograms, resampling, and what the named sliders
measure."""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@lru_cache(maxsize=16)
def mel_filterbank(rate: int, n_fft: int, bands: int, low: float = 0.0, high: float | None = None) -> Tensor:
    """Triangular mel filters of shape (n_fft // 2 + 1, bands), each with peak 1; HTK scale, mel = 2595·log10(1 + f / 700)."""
    high = high or rate / 2
    edges_mel = np.linspace(2595 * math.log10(1 + low / 700), 2595 * math.log10(1 + high / 700), bands + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)  # (bands + 2,) in Hz
    f = np.linspace(0, rate / 2, n_fft // 2 + 1)[:, None]
    up, down = (f - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - f) / (edges[2:] - edges[1:-1])
    return torch.from_numpy(np.clip(np.minimum(up, down), 0, None).astype(np.float32))


def magnitudes(wave: Tensor, n_fft: int, hop: int) -> Tensor:
    """(B, L) → magnitude spectrogram (B, n_fft // 2 + 1, L // hop), Hann window, frames centred."""
    s = torch.stft(wave.float(), n_fft, hop, window=torch.hann_window(n_fft, device=wave.device), return_complex=True)
    return s.abs()[..., : wave.shape[-1] // hop]


def log_mel(wave: Tensor, rate: int, n_fft: int, hop: int, bands: int, floor: float = 1e-3) -> Tensor:
    """(B, L) → natural log of mel magnitudes (B, bands, L // hop), not below log(floor)."""
    mel = mel_filterbank(rate, n_fft, bands).to(wave.device)
    return torch.log((magnitudes(wave, n_fft, hop).transpose(1, 2) @ mel).clamp_min(floor)).transpose(1, 2)


def brightness(wave: Tensor, rate: int) -> Tensor:
    """(B, L) → spectral centroid in Hz (B,): the mean frequency weighted by power over the whole clip. Differentiable."""
    power = torch.fft.rfft(wave.float()).abs().square()  # (B, L/2 + 1)
    f = torch.linspace(0, rate / 2, power.shape[-1], device=wave.device)
    return (power * f).sum(-1) / power.sum(-1).clamp_min(1e-9)


def duration(wave: Tensor, rate: int) -> Tensor:
    """(B, L) → effective length in seconds (B,): twice the energy-weighted mean time. Differentiable."""
    energy = wave.float().square()
    t = torch.arange(wave.shape[-1], device=wave.device) / rate
    return 2 * (energy * t).sum(-1) / energy.sum(-1).clamp_min(1e-9)


def loudness(wave: Tensor) -> Tensor:
    """(B, L) → RMS level in dB relative to full scale (B,). Differentiable."""
    return 10 * torch.log10(wave.float().square().mean(-1).clamp_min(1e-10))


def pitch(wave: Tensor, rate: int, low: float = 40.0, high: float = 2000.0, frame: int | None = None) -> NDArray[np.float64]:
    """(B, L) → fundamental frequency in Hz (B,), 0 where nothing periodic was found.

    Normalised autocorrelation of the loudest frame (McLeod and Wyvill 2005): first peak within 90 % of the highest one, refined by a
    parabola.
    """
    out = np.zeros(len(wave))
    frame = frame or min(wave.shape[-1], max(2048, int(4 * rate / low)))
    for i, x in enumerate(wave.double().cpu().numpy()):
        energy = np.convolve(x**2, np.ones(frame // 4), "same")
        start = int(np.clip(energy.argmax() - frame // 4, 0, max(len(x) - frame, 0)))
        x = x[start : start + frame] - x[start : start + frame].mean()
        n = len(x)
        spectrum = np.abs(np.fft.rfft(x, 2 * n)) ** 2
        r = np.fft.irfft(spectrum)[:n]
        square = np.cumsum(x**2)
        m = square[::-1] + (square[-1] - np.concatenate([[0], square[:-1]]))  # energy of both overlapping parts at each lag
        nsdf = 2 * r / np.maximum(m, 1e-9)
        first, last = max(int(rate / high), 2), min(int(rate / low), n // 2)
        peaks = [k for k in range(first, last) if nsdf[k] > nsdf[k - 1] and nsdf[k] >= nsdf[k + 1]]
        if not peaks or (best := max(nsdf[k] for k in peaks)) < 0.5:
            continue
        k = next(k for k in peaks if nsdf[k] >= 0.9 * best)
        a, b, c = nsdf[k - 1 : k + 2]
        out[i] = rate / (k + 0.5 * (a - c) / (a - 2 * b + c))
    return out


def upsample2(wave: Tensor, taps: int = 32) -> Tensor:
    """(B, L) → (B, 2L): twice the sample rate by a Kaiser-windowed sinc; adds nothing above the old Nyquist frequency."""
    t = torch.arange(-taps, taps + 1, device=wave.device) / 2
    kernel = torch.sinc(t) * torch.kaiser_window(2 * taps + 1, periodic=False, beta=8.0, device=wave.device)
    zeros = torch.zeros(*wave.shape, 2, device=wave.device)
    zeros[..., 0] = wave
    return torch.nn.functional.conv1d(zeros.flatten(-2).unsqueeze(1), kernel.view(1, 1, -1), padding=taps).squeeze(1)
