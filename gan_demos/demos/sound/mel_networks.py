"""Networks of the notes: a generator of log-mel spectrograms, its critic and judge, and a vocoder that makes sound at an exact pitch.

Mel spectrograms are (B, 80, T), one frame every 256 samples at 22,050 Hz, scaled so that silence is -1 and the loudest notes are about 1.
What a pitch looks like there is known: `harmonic_comb`. Generator and critic get it as an input and need not learn it; the vocoder
starts from harmonics at the exact multiples of the pitch and learns only how loud each region of the spectrum is (a neural source filter,
Wang et al. 2019, https://arxiv.org/abs/1904.12088, with an inverse STFT as its end, Kaneko et al. 2022, https://arxiv.org/abs/2203.02395).
"""

import math

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ...dsp import log_mel, mel_filterbank
from .networks import ConditionEmbedding, PackedHead, even_start

RATE, N_FFT, HOP, BANDS = 22050, 1024, 256, 80
FLOOR, CENTRE, SCALE = 0.01, 0.2, 4.805  # log(0.01) ↦ -1; real notes reach about 1.1


def to_mel(wave: Tensor) -> Tensor:
    """(B, L) waveform → (B, 80, L // 256) log-mel, silence -1."""
    return (log_mel(wave, RATE, N_FFT, HOP, BANDS, FLOOR) - CENTRE) / SCALE


def hertz(pitch: Tensor) -> Tensor:
    """MIDI pitch → frequency in Hz (A4 = 69 = 440 Hz)."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def harmonic_log_mel(f0: Tensor, depth: float = 6.0) -> Tensor:
    """(B,) Hz → (B, 80) natural log mel of unit cosines at all multiples of f0 below Nyquist, at most `depth` below its maximum."""
    k = torch.arange(1, int(RATE / 2 / float(f0.min())) + 1, device=f0.device)
    partials = f0.unsqueeze(1).double() * k  # (B, K) Hz
    bins = torch.arange(N_FFT // 2 + 1, device=f0.device).unsqueeze(1)
    x = bins - (partials / RATE * N_FFT).unsqueeze(1)  # (B, bins, K): distance in bins
    hann = torch.where((x.abs() - 1).abs() < 1e-6, 0.5, torch.sinc(x) / (1 - x.square())) * N_FFT / 4
    power = (hann.square() * (partials < RATE / 2).unsqueeze(1)).sum(2)  # (B, bins); phases of neighbours are taken as unrelated
    mel = torch.log(power.sqrt().float() @ mel_filterbank(RATE, N_FFT, BANDS).to(f0.device) + 1e-9)  # (B, 80)
    return torch.maximum(mel, mel.amax(1, keepdim=True) - depth)


def harmonic_comb(f0: Tensor) -> Tensor:
    """(B,) Hz → (B, 80) in [-1, 1]: where on the mel axis the harmonics of f0 lie; what 80 bands cannot tell apart is flat."""
    mel = harmonic_log_mel(f0)
    return (mel - mel.amax(1, keepdim=True)) / 3 + 1


class MelUpBlock(nn.Module):
    """Transposed convolution of kernel 4 (twice the size), group norm, conditional scale and shift, rectifier."""

    def __init__(self, inputs: int, outputs: int, width: int):
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
        self.norm = nn.GroupNorm(1, outputs, affine=False)
        self.film = nn.Linear(width, 2 * outputs)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.film(style)[:, :, None, None].chunk(2, dim=1)  # (B, outputs, 1, 1) each
        return F.leaky_relu(self.norm(self.conv(x)) * (1 + scale) + shift, 0.2)  # (B, outputs, 2H, 2W)


class MelGenerator(nn.Module, PyTorchModelHubMixin):
    """Latent, family and pitch → log-mel spectrogram.

    latent (B, latent_dim), uniform in [-1, 1]; condition (B, 2) int64 = (family, MIDI pitch - lowest_pitch);
    steer (B, steering): how far to move along each named direction of the latent and of the style layer; 0 = not at all.
    Returns (B, 80, 128), from -1 up. The network's end is a(t, f) + b(t, f) · comb(f): the comb of the asked pitch stands where it must.
    """

    def __init__(
        self,
        latent_dim: int = 64,
        widths: tuple[int, ...] = (192, 128, 96, 48, 24),
        condition_sizes: tuple[int, int] = (13, 49),
        lowest_pitch: int = 36,
        style_width: int = 128,
        steering: int = 0,
    ):
        super().__init__()
        self.latent_dim, self.start_channels = latent_dim, widths[0]
        self.embed = ConditionEmbedding(list(condition_sizes), style_width)
        self.style = nn.Sequential(nn.Linear(latent_dim + style_width, style_width), nn.LeakyReLU(0.2), nn.Linear(style_width, style_width))
        self.start = nn.Linear(latent_dim + style_width, widths[0] * 5 * 8)
        # the last two layers see the comb as one more channel
        self.blocks = nn.ModuleList(MelUpBlock(widths[i] + (2 if i == 3 else 0), widths[i + 1], style_width) for i in range(4))
        self.last = nn.Conv2d(widths[4] + 1, 2, 5, padding=2)
        even_start(self.style, self.start, [block.film for block in self.blocks], latent_dim)
        self.register_buffer("combs", harmonic_comb(hertz(lowest_pitch + torch.arange(condition_sizes[1]))), persistent=False)
        # named directions, found after training (see steering.py); a buffer, so that they travel inside the checkpoint
        self.register_buffer("directions", torch.zeros(steering, latent_dim + style_width))

    def forward(self, latent: Tensor, condition: Tensor, steer: Tensor | None = None) -> Tensor:
        embedded = self.embed(condition)  # (B, style_width)
        style = self.style(torch.cat([latent, embedded], dim=1))  # (B, style_width)
        if steer is not None:
            shift = steer @ self.directions  # (B, latent_dim + style_width)
            latent, style = latent + shift[:, : self.latent_dim], style + shift[:, self.latent_dim :]
        z = torch.cat([latent, embedded], dim=1)  # (B, latent_dim + style_width)
        comb = self.combs[condition[:, 1]]  # (B, 80)
        x = F.leaky_relu(self.start(z), 0.2).view(-1, self.start_channels, 5, 8)
        for i, block in enumerate(self.blocks):
            if i == 3:
                pairs = comb.view(-1, 40, 2, 1).transpose(1, 2).expand(-1, -1, -1, x.shape[3])  # (B, 2, 40, 64): even and odd bands
                x = torch.cat([x, pairs.to(x.dtype)], dim=1)
            x = block(x, style)  # (B, C, 2H, 2W)
        full = comb[:, None, :, None].expand(-1, -1, -1, x.shape[3])  # (B, 1, 80, 128)
        envelope, height = self.last(torch.cat([x, full.to(x.dtype)], dim=1)).float().unbind(1)  # (B, 80, 128) each
        mel = envelope + height * full[:, 0]
        return F.softplus(8 * (mel + 1)) / 8 - 1  # a soft floor: silence is exactly -1 in real spectrograms too


class MelCritic(nn.Module):
    """Strided convolutions over (mel, time), and a look at each band through time for the pitch. (B, 80, 128) → features (B, 256 + 16·80).

    `head` scores features under a condition: projection on family and pitch, of pairs of one condition, plus small convolutions along the
    mel axis over the band profile beside the comb of the asked pitch, which see whether the two agree.
    """

    def __init__(self, channels: int = 32, condition_sizes: tuple[int, int] = (13, 49), lowest_pitch: int = 36):
        super().__init__()
        widths = [2, channels, 2 * channels, 4 * channels, 6 * channels]
        self.convs = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], 4, 2, 1) for i in range(4))
        self.flat = nn.Linear(widths[4] * 5 * 8, 256)
        self.profile = nn.Conv2d(1, 16, (3, 8), (1, 8), (1, 0))
        self.project = PackedHead(256, list(condition_sizes))
        self.compare = nn.ModuleList([nn.Conv1d(17, 32, 5, 2, 2), nn.Conv1d(32, 32, 5, 2, 2)])
        self.agree = nn.Linear(32 * 20, 1)
        self.register_buffer("combs", harmonic_comb(hertz(lowest_pitch + torch.arange(condition_sizes[1]))), persistent=False)

    def features(self, mel: Tensor) -> Tensor:
        x = mel.unsqueeze(1)  # (B, 1, 80, 128)
        bands = F.leaky_relu(self.profile(x), 0.2).mean(3).flatten(1)  # (B, 16·80)
        height = torch.linspace(-1, 1, x.shape[2], device=x.device).view(1, 1, -1, 1).expand_as(x)
        x = torch.cat([x, height], dim=1)  # (B, 2, 80, 128): a band is a place, not a texture
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)  # (B, C, H / 2, W / 2)
        return torch.cat([F.leaky_relu(self.flat(x.flatten(1)), 0.2), bands], dim=1)

    def head(self, features: Tensor, condition: Tensor) -> Tensor:
        whole, bands = features[:, :256], features[:, 256:].view(-1, 16, BANDS)
        x = torch.cat([bands, self.combs[condition[:, 1]].unsqueeze(1)], dim=1)  # (B, 17, 80)
        for conv in self.compare:
            x = F.leaky_relu(conv(x), 0.2)  # (B, 32, bands / 2)
        return self.project(whole, condition) + self.agree(x.flatten(1)).squeeze(1)  # (B,)


class NoteJudge(nn.Module, PyTorchModelHubMixin):
    """(B, 80, T) log-mel → logits of the family and of the pitch; its `features` (B, 128) serve the Fréchet distance."""

    def __init__(self, families: int = 13, pitches: int = 49, width: int = 24):
        super().__init__()
        self.families = families
        sizes = [2, width, 2 * width, 4 * width, 4 * width]
        self.convs = nn.ModuleList(nn.Conv2d(sizes[i], sizes[i + 1], 3, (1 if i == 0 else 2, 2), 1) for i in range(4))
        self.norms = nn.ModuleList(nn.BatchNorm2d(n) for n in sizes[1:])
        self.flat = nn.Linear(4 * width * 10 * 2, 128)
        self.classify = nn.Linear(128, families + pitches)

    def features(self, mel: Tensor) -> Tensor:
        x = mel.unsqueeze(1)
        height = torch.linspace(-1, 1, x.shape[2], device=x.device).view(1, 1, -1, 1).expand_as(x)
        x = torch.cat([x, height], dim=1)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.relu(norm(conv(x)))  # (B, C, H / 2, W / 2); all 80 bands are kept once
        x = torch.cat([x.mean(3), x.amax(3)], dim=1)  # (B, 8 · width, 10)
        return F.relu(self.flat(x.flatten(1)))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.classify(F.dropout(self.features(mel), 0.3, self.training))
        return logits[:, : self.families], logits[:, self.families :]


class FrameBlock(nn.Module):
    """A ConvNeXt block over frames: depthwise convolution, layer norm, two pointwise layers, residual. (B, W, T) → the same."""

    def __init__(self, width: int):
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.depthwise(x).transpose(1, 2))  # (B, T, W)
        return x + (self.scale * self.down(F.gelu(self.up(h)))).transpose(1, 2)


def band_to_bin() -> Tensor:
    """(80, 513) linear interpolation from values at the centres of the mel bands to STFT bins; flat beyond the outermost centres."""
    top = 2595 * math.log10(1 + RATE / 2 / 700)
    mel = 2595 * torch.log10(1 + torch.linspace(0, RATE / 2, N_FFT // 2 + 1) / 700)
    position = (mel / top * (BANDS + 1) - 1).clamp(0, BANDS - 1)
    return (1 - (position.unsqueeze(0) - torch.arange(BANDS).unsqueeze(1)).abs()).clamp_min(0)


class Vocoder(nn.Module, PyTorchModelHubMixin):
    """Log-mel and pitch → waveform: harmonics of f0 and noise, each filtered in every STFT frame, and an envelope finer than a frame.

    The pitch is exact by construction. Untrained it already follows the spectrogram's envelope; training corrects each band's gains.
    """

    TABLE = 16384  # samples of one period of the excitation, read with linear interpolation: the highest harmonic's error is below -60 dB

    def __init__(self, width: int = 256, blocks: int = 5):
        super().__init__()
        self.start = nn.Conv1d(2 * BANDS, width, 7, padding=3)
        self.blocks = nn.ModuleList(FrameBlock(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, 2 * BANDS + 4)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)
        self.register_buffer("to_bins", band_to_bin(), persistent=False)
        # mean log-mel of white noise of variance 1: the magnitude of a complex Gaussian, summed over each band's filter
        noise = torch.log(mel_filterbank(RATE, N_FFT, BANDS).sum(0) * math.sqrt(math.pi / 4 * 3 / 8 * N_FFT))
        self.register_buffer("noise_mel", noise.unsqueeze(1), persistent=False)

    def excitation(self, f0: Tensor, length: int) -> Tensor:
        """(B,) Hz → (B, length + 1024): cosines of amplitude 1 at all multiples of f0 below Nyquist, from 512 samples before time 0 on."""
        k = torch.arange(self.TABLE // 2 + 1, device=f0.device)
        kept = (k > 0) & (k * f0.unsqueeze(1) < RATE / 2)  # (B, TABLE / 2 + 1)
        phase = math.pi * k.double().square() / 256  # spread over the period (Schroeder 1970): a pulse train would buzz
        table = torch.fft.irfft(kept * torch.polar(torch.ones_like(phase), phase).to(torch.complex64)) * (self.TABLE / 2)
        t = torch.arange(-N_FFT // 2, length + N_FFT // 2, device=f0.device, dtype=torch.float64)
        position = (f0.double().unsqueeze(1) / RATE * t).remainder(1.0) * self.TABLE  # in float64: the phase of a late harmonic stays exact
        low = position.floor().long().clamp_max(self.TABLE - 1)
        part = (position - low).float()
        return table.gather(1, low) * (1 - part) + table.gather(1, (low + 1) % self.TABLE) * part

    def gains(self, mel: Tensor, f0: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log gains of harmonics and of noise (B, 80, T), and the log envelope at four points a frame (B, 4T)."""
        comb = harmonic_log_mel(f0).unsqueeze(2)  # (B, 80, 1)
        seen = ((comb - comb.amax(1, keepdim=True)) / 3 + 1).expand_as(mel)
        x = self.start(torch.cat([mel, seen], dim=1))  # (B, width, T)
        for block in self.blocks:
            x = block(x)
        out = self.last(self.norm(x.transpose(1, 2))).float()  # (B, T, 164)
        level = mel.float() * SCALE + CENTRE  # natural log
        harmonic = (level - comb + out[..., :BANDS].transpose(1, 2)).clamp(-14, 6)
        noise = (level - self.noise_mel - 3 + out[..., BANDS : 2 * BANDS].transpose(1, 2)).clamp(-14, 6)
        return harmonic, noise, out[..., 2 * BANDS :].flatten(1).clamp(-4, 4)

    def forward(self, mel: Tensor, f0: Tensor, noise: Tensor) -> Tensor:
        """mel (B, 80, T), f0 (B,) in Hz, noise (B, 256·T) standard normal → (B, 256·T). Items do not depend on each other."""
        length = mel.shape[2] * HOP
        harmonic, noisy, envelope = self.gains(mel, f0)
        tone = torch.stft(self.excitation(f0, length), N_FFT, HOP, window=self.window, center=False, return_complex=True)  # (B, 513, T + 1)
        hiss = torch.stft(noise, N_FFT, HOP, window=self.window, return_complex=True)
        spectrum = tone * self._per_bin(harmonic) + hiss * self._per_bin(noisy)
        wave = torch.istft(spectrum, N_FFT, HOP, window=self.window, length=length)
        fine = F.interpolate(envelope.unsqueeze(1), size=length, mode="linear", align_corners=False).squeeze(1)
        return wave * fine.exp()

    def griffin_lim(self, mel: Tensor, f0: Tensor, noise: Tensor) -> Tensor:
        """The same by Griffin-Lim, for comparison: the pitch and the noise are not used."""
        return griffin_lim(mel)

    def _per_bin(self, log_gain: Tensor) -> Tensor:
        gain = torch.einsum("bft,fk->bkt", log_gain, self.to_bins).exp()  # (B, 513, T)
        return torch.cat([gain, gain[..., -1:]], dim=2)  # the STFT has one frame more, at the very end


def mel_magnitudes(mel: Tensor) -> Tensor:
    """(B, 80, T) log-mel → (B, 513, T) linear magnitudes, by the pseudo-inverse of the filters (negative values cut)."""
    inverse = torch.linalg.pinv(mel_filterbank(RATE, N_FFT, BANDS)).to(mel.device)  # (80, 513)
    level = (mel.float() * SCALE + CENTRE).exp() - FLOOR
    return torch.einsum("bft,fk->bkt", level.clamp_min(0), inverse).clamp_min(0)


def griffin_lim(mel: Tensor, iterations: int = 32, momentum: float = 0.99, seed: int = 0) -> Tensor:
    """(B, 80, T) log-mel → (B, 256·T): phases by alternating projections (Griffin and Lim 1984, fast form of Perraudin et al. 2013).

    The first phases are random from `seed`, the same for each item of a batch.
    """
    magnitude = mel_magnitudes(mel)
    magnitude = torch.cat([magnitude, magnitude[..., -1:]], dim=2)  # (B, 513, T + 1)
    length, window = mel.shape[2] * HOP, torch.hann_window(N_FFT, device=mel.device)
    angle = torch.rand(magnitude.shape[1:], generator=torch.Generator().manual_seed(seed)).to(mel.device) * 2 * math.pi
    phase = torch.polar(torch.ones_like(angle), angle).expand(len(mel), -1, -1)
    previous = torch.zeros_like(phase)
    for _ in range(iterations):
        wave = torch.istft(magnitude * phase, N_FFT, HOP, window=window, length=length)
        rebuilt = torch.stft(wave, N_FFT, HOP, window=window, return_complex=True)
        ahead = rebuilt + momentum * (rebuilt - previous)
        phase, previous = ahead / ahead.abs().clamp_min(1e-8), rebuilt
    return torch.istft(magnitude * phase, N_FFT, HOP, window=window, length=length)
