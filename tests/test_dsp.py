import math

import numpy as np
import pytest
import torch

from gan_demos import dsp

RATE = 16000


def sine(frequency, rate=RATE, length=RATE, amplitude=1.0):
    return amplitude * torch.sin(2 * math.pi * frequency * torch.arange(length, dtype=torch.float64) / rate)


def mel(frequency):
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


def test_mel_filters_peak_at_rising_centres_and_cover_what_lies_between():
    bands, n_fft = 40, 8192
    bank = dsp.mel_filterbank(RATE, n_fft, bands).numpy()
    assert bank.shape == (n_fft // 2 + 1, bands) and bank.min() == 0
    assert bank.max(0).min() > 0.95 and bank.max() <= 1
    f = np.linspace(0, RATE / 2, n_fft // 2 + 1)
    centres = mel(f[bank.argmax(0)])
    assert (np.diff(centres) > 0).all()
    # equally spaced in mel, half a step of the narrowest filter's bins at most beside it
    expected = np.linspace(0, mel(RATE / 2), bands + 2)[1:-1]
    assert np.abs(centres - expected).max() < mel(RATE / n_fft)
    between = (mel(f) >= expected[0]) & (mel(f) <= expected[-1])
    assert np.allclose(bank[between].sum(1), 1, atol=1e-5)
    assert ((bank > 0).sum(1) <= 2).all()


def test_mel_filters_stay_within_the_asked_range():
    bank = dsp.mel_filterbank(RATE, 2048, 20, 300.0, 4000.0).numpy()
    f = np.linspace(0, RATE / 2, 1025)
    assert (bank[(f <= 300) | (f >= 4000)] == 0).all() and (bank.max(0) > 0.5).all()


@pytest.mark.parametrize("frequency", [200, 440, 1000, 3000, 7000])
def test_a_sine_lands_in_its_mel_band(frequency):
    bands = 32
    shown = dsp.log_mel(sine(frequency)[None], RATE, 2048, 256, bands)
    assert shown.shape == (1, bands, RATE // 256)
    centres = np.linspace(0, mel(RATE / 2), bands + 2)[1:-1]
    assert int(shown.mean(2).argmax()) == np.abs(centres - mel(frequency)).argmin()


def test_log_mel_is_the_log_of_the_magnitude_above_a_floor():
    silent = dsp.log_mel(torch.zeros(2, 4096), RATE, 512, 128, 16, floor=1e-2)
    assert torch.allclose(silent, torch.full_like(silent, math.log(1e-2)))
    loud = dsp.log_mel(torch.stack([sine(1000), sine(1000, amplitude=0.1)]), RATE, 1024, 256, 32)
    peaks = loud[:, :, 10:-10].amax(1)
    assert torch.allclose(peaks[0] - peaks[1], torch.tensor(math.log(10)), atol=1e-3)


def test_magnitudes_of_a_sine():
    shown = dsp.magnitudes(sine(1000)[None], 1024, 256)
    assert shown.shape == (1, 513, 62)
    middle = shown[0, :, 30]
    assert int(middle.argmax()) == 64  # 1000 Hz of 15.625 Hz a bin
    assert float(middle.max()) == pytest.approx(1024 / 4, rel=1e-3)  # half the amplitude, times the window's sum


def test_brightness_of_a_sine_is_its_frequency():
    waves = torch.stack([sine(200), sine(3000), sine(1000, amplitude=0.01), (sine(1000) + sine(3000)) / 2])
    assert dsp.brightness(waves, RATE).tolist() == pytest.approx([200, 3000, 1000, 2000], abs=0.5)


def test_duration_of_an_exponential_decay_is_its_time_constant():
    t = torch.arange(2 * RATE) / RATE
    waves = torch.stack([torch.exp(-t / 0.1), 0.2 * torch.exp(-t / 0.25)])
    assert dsp.duration(waves, RATE).tolist() == pytest.approx([0.1, 0.25], rel=1e-3)
    steady = torch.ones(1, RATE)
    assert float(dsp.duration(steady, RATE)) == pytest.approx(1.0, rel=1e-3)


def test_loudness_is_in_decibels_of_full_scale():
    waves = torch.stack([sine(440), sine(440, amplitude=0.1), torch.ones(RATE), torch.zeros(RATE)])
    assert dsp.loudness(waves).tolist() == pytest.approx([-3.01, -23.01, 0, -100], abs=0.01)


def test_measures_give_gradients():
    wave = (0.5 * sine(500).float() * torch.exp(-torch.arange(RATE) / 4000))[None].requires_grad_()
    for measure in (dsp.loudness, lambda x: dsp.brightness(x, RATE), lambda x: dsp.duration(x, RATE)):
        (gradient,) = torch.autograd.grad(measure(wave).sum(), wave)
        assert gradient.isfinite().all() and gradient.abs().max() > 0


def cents(found, frequency):
    return 1200 * np.log2(found / frequency)


def test_pitch_of_sines_and_harmonic_tones_is_within_five_cents():
    frequencies = [60.0, 82.4, 110.0, 196.3, 261.63, 440.0, 523.25, 777.7, 1000.0]
    sines = torch.stack([sine(f) for f in frequencies])
    full = torch.stack([sum(sine(k * f) / k for k in range(1, 8)) for f in frequencies])
    weak = torch.stack([0.1 * sine(f) + sine(2 * f) + sine(3 * f) for f in frequencies])  # the fundamental is not the strongest part
    for waves in (sines, full, weak):
        assert np.abs(cents(dsp.pitch(waves, RATE), np.array(frequencies))).max() < 5


def test_pitch_is_of_the_loudest_part_and_zero_where_there_is_none():
    later = torch.cat([0.05 * sine(300, length=RATE // 2), sine(700, length=RATE // 2)])
    noise = torch.randn(RATE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = dsp.pitch(torch.stack([later, noise, torch.zeros(RATE, dtype=torch.float64)]), RATE)
    assert abs(cents(found[0], 700)) < 5
    assert found[1] == 0 and found[2] == 0


def test_upsample2_keeps_a_sine_and_adds_nothing_above_it():
    wave = sine(1000, 8000, 4000).float()
    up = dsp.upsample2(torch.stack([wave, 0.5 * wave]))
    assert up.shape == (2, 8000)
    expected = sine(1000, 16000, 8000).float()
    inner = slice(200, -200)  # the filter runs over the ends of the clip
    error = (up[0] - expected)[inner]
    assert 10 * math.log10(float(error.square().mean() / expected[inner].square().mean())) < -50
    assert torch.allclose(up[1], up[0] / 2, atol=1e-6)
    spectrum = torch.fft.rfft(up[0][inner] * torch.hann_window(7600)).abs()
    assert float(spectrum[len(spectrum) // 2 + 50 :].max() / spectrum.max()) < 10 ** (-50 / 20)
