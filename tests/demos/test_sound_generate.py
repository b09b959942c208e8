"""The Sound endpoints on debug checkpoints, and the arithmetic of hits, pictures and note names against known answers."""

import math
from dataclasses import fields

import numpy as np
import pytest

from gan_demos import application, media
from gan_demos.demo import run
from gan_demos.demos.sound import DEMO, generate, pictures, requests, rhythm
from gan_demos.demos.sound.grooves import GROOVES
from gan_demos.demos.sound.vocabulary import DRUM_NAMES, note_name, parse_note
from gan_demos.errors import UserError

QUIET = (0,) * requests.STEPS


@pytest.fixture(scope="module")
def own_engine():
    with application.make_engine((DEMO,)) as made:
        yield made


@pytest.fixture
def engine(debug, own_engine):
    return own_engine


def make(engine, endpoint: str, **parameters):
    return run(DEMO, endpoint, parameters, engine)


def sound(result) -> tuple[np.ndarray, int]:
    """Samples and rate of a result's WAV file."""
    return media.wav.decode(result.artefacts[0].data)


def pattern(**rows: str) -> list[list[int]]:
    """Six rows, those named `track_0` to `track_5` from text such as "x...", the others empty."""
    drawn = {int(name[-1]): [int(step == "x") for step in row.ljust(requests.STEPS, ".")] for name, row in rows.items()}
    return [drawn.get(track, list(QUIET)) for track in range(requests.TRACKS)]


@pytest.mark.parametrize(
    "endpoint, parameters", [("digit", {"digit": 3}), ("drum", {"kind": "Clap"}), ("note", {"pitch": 62}), ("walk", {"steps": 3})]
)
def test_a_seed_decides_the_sound(engine, endpoint, parameters):
    first, again, other = (make(engine, endpoint, seed=seed, **parameters) for seed in (5, 5, 6))
    assert [artefact.data for artefact in first.artefacts] == [artefact.data for artefact in again.artefacts]
    assert not np.array_equal(sound(first)[0], sound(other)[0])


@pytest.mark.parametrize(
    "endpoint, one, other", [("digit", {"digit": 1}, {"digit": 2}), ("digit", {"voice": "theo"}, {"voice": "george"}),
                             ("drum", {"kind": "Kick"}, {"kind": "Ride"}), ("note", {"family": "Brass"}, {"family": "Flute"})],
)  # fmt: skip
def test_what_is_asked_for_changes_the_sound(engine, endpoint, one, other):
    assert not np.array_equal(sound(make(engine, endpoint, **one))[0], sound(make(engine, endpoint, **other))[0])


@pytest.mark.parametrize("endpoint, rate, samples", [("digit", 16_000, 16_384), ("drum", 16_000, 16_384), ("note", 22_050, 32_768)])
def test_a_single_sound_has_its_length_and_its_pictures(engine, endpoint, rate, samples):
    result = make(engine, endpoint)
    wave, found = sound(result)
    assert (found, wave.shape) == (rate, (samples,))
    assert [artefact.kind for artefact in result.artefacts] == ["audio", "image", "image"]
    assert result.values["seconds"] == round(samples / rate, 3)
    assert {"brightness_hz", "effective_length_s", "level_db"} <= set(result.values)


def test_a_digit_is_made_of_what_8_khz_can_hold(engine):
    wave, rate = sound(make(engine, "digit"))
    power = np.abs(np.fft.rfft(wave)) ** 2
    top = np.linspace(0, rate / 2, len(power)) > 4_700
    assert power[top].sum() < 1e-3 * power.sum()


def test_a_number_is_said_digit_by_digit_with_gaps(engine):
    result = make(engine, "say", number="20 26", voice="theo", seed=9)
    wave, rate = sound(result)
    gap = round(0.06 * rate)
    assert 4 * gap < len(wave) <= 4 * (16_384 + gap)
    assert not wave[-gap:].any()
    first = rhythm.trim(sound(make(engine, "digit", digit=2, voice="theo", seed=9))[0], rate)
    np.testing.assert_allclose(wave[: len(first) // 2], first[: len(first) // 2], atol=3 / 32768)


@pytest.mark.parametrize("number", ["", "   ", "abc", "12a", "-5", "3.14", "٣"])
def test_what_is_no_number_gets_a_sentence(engine, number):
    with pytest.raises(UserError, match="digits 0 to 9"):
        make(engine, "say", number=number)


@pytest.mark.parametrize(
    "model, spacing, clip, rate", [("Digits", 0.6, 16_384, 16_000), ("Drums", 0.4, 16_384, 16_000), ("Notes", 0.75, 32_768, 22_050)]
)
def test_a_walk_starts_at_one_sound_and_ends_at_the_other(engine, model, spacing, clip, rate):
    wave, found = sound(make(engine, "walk", model=model, seed=3, to_seed=8, steps=4))
    assert found == rate and len(wave) == 3 * round(spacing * rate) + clip
    same = generate.blend(3, 8, 4, 64)
    np.testing.assert_allclose(same[0], generate.latents(3, size=64)[0], atol=1e-5)
    np.testing.assert_allclose(same[-1], generate.latents(8, size=64)[0], atol=1e-5)


def test_a_blend_keeps_the_length_of_latents():
    norms = generate.blend(1, 2, 9).norm(dim=1)
    assert norms.min() > 0.95 * min(norms[0], norms[-1])  # a straight line would lose a third of it half way
    np.testing.assert_array_equal(generate.blend(4, 4, 3), generate.latents(4).expand(3, -1))


def test_hits_stand_where_tempo_and_swing_put_them(engine):
    parameters = {"kinds": ["Kick"] * 6, "seeds": [2] * 6, "tempo": 100.0, "bars": 2, "level": [0.5] * 6}
    hit = 0.5 * sound(make(engine, "drum", kind="Kick", seed=2))[0]
    step, bar = 2_400, 38_400  # 60 / 100 / 4 s at 16 kHz
    for swing, second in ((0.0, 3 * step), (0.5, round(3.5 * step))):
        wave, rate = sound(make(engine, "loop", pattern=pattern(track_0="x", track_3="...x"), swing=swing, **parameters))
        assert rate == 16_000 and len(wave) == 2 * bar
        expected = np.zeros(2 * bar)
        for start in (0, second, bar, bar + second):
            expected[start : start + len(hit)] += hit
        np.testing.assert_allclose(wave, np.clip(expected, -1, 1) * min(1, 0.97 / np.abs(expected).max()), atol=1e-3)


def test_a_loop_closes_the_tail_of_its_last_hit_sounds_at_its_start(engine):
    parameters = {"kinds": ["Ride"] * 6, "seeds": [1] * 6, "tempo": 120.0, "bars": 1, "level": [0.4] * 6}
    wave, _ = sound(make(engine, "loop", pattern=pattern(track_0="...............x"), **parameters))
    hit = 0.4 * sound(make(engine, "drum", kind="Ride", seed=1))[0]
    assert len(wave) == 32_000
    np.testing.assert_allclose(wave[30_000:], hit[:2_000], atol=1e-3)
    np.testing.assert_allclose(wave[: len(hit) - 2_000], hit[2_000:], atol=1e-3)


def test_level_zero_silences_a_drum_and_its_own_controls_move_only_that_drum(engine):
    both = pattern(track_0="x", track_1="........x")
    quiet = sound(make(engine, "loop", pattern=both, level=[0.5, 0, 0, 0, 0, 0]))[0]
    alone = sound(make(engine, "loop", pattern=pattern(track_0="x"), level=[0.5] * 6))[0]
    np.testing.assert_array_equal(quiet, alone)
    again = sound(make(engine, "loop", pattern=pattern(track_0="x"), level=[0.5] * 6, seeds=[0, 99, 98, 97, 96, 95]))[0]
    np.testing.assert_array_equal(again, alone)
    other = sound(make(engine, "loop", pattern=pattern(track_0="x"), level=[0.5] * 6, seeds=[7, 1, 2, 3, 4, 5]))[0]
    assert not np.array_equal(other, alone)


def test_an_empty_pattern_gets_a_sentence(engine):
    with pytest.raises(UserError, match="switch on at least one step"):
        make(engine, "loop", pattern=pattern())


@pytest.mark.parametrize(
    "wrong",
    [[], [[0] * 16] * 5, [[0] * 15] * 6, [[2] * 16] * 6, [[True] * 16] * 6, "x" * 6, [["1"] * 16] * 6, None],
)
def test_a_pattern_of_another_shape_gets_a_sentence(wrong):
    with pytest.raises(UserError, match="6 rows of 16 zeros or ones"):
        run(DEMO, "loop", {"pattern": wrong}, engine=None)


@pytest.mark.parametrize("groove", GROOVES, ids=lambda groove: groove.name)
def test_patterns_to_start_from_fit_the_request(groove):
    declared = {field.name: field.metadata for field in fields(requests.Loop)}
    assert declared["pattern"]["validate"](groove.pattern) == groove.pattern
    assert set(groove.kinds) <= set(DRUM_NAMES) and len(groove.kinds) == requests.TRACKS
    assert declared["tempo"]["low"] <= groove.tempo <= declared["tempo"]["high"]
    assert declared["swing"]["low"] <= groove.swing <= declared["swing"]["high"]
    assert any(map(any, groove.pattern)) == (groove.name != "Empty")


def test_a_tune_has_one_onset_for_each_note_and_none_for_a_rest(engine):
    one = sound(make(engine, "note", pitch=60, family="Guitar", seed=4))[0]
    wave, rate = sound(make(engine, "tune", notes="C4 - - c4", family="Guitar", seed=4, tempo=60))
    assert (rate, len(wave)) == (22_050, 3 * 22_050 + 32_768)
    assert not wave[32_768 : 3 * 22_050].any(), "the rests are silent once the note has ended"
    expected = np.zeros(len(wave))
    for start in (0, 3 * 22_050):
        expected[start : start + 32_768] += one
    assert np.corrcoef(wave, expected)[0, 1] > 0.999


@pytest.mark.parametrize(
    "notes, sentence",
    [
        ("C4 H4", "'H4' is not the name of a note"),
        ("C", "is not the name of a note"),
        ("60", "is not the name of a note"),
        ("C4 B1", "B1 is outside of what this model has learned: C2 to C6"),
        ("C#6", "outside"),
        ("", "1 to 32 names"),
        ("- - -", "1 to 32 names"),
        ("C4 " * 33, "1 to 32 names"),
    ],
)
def test_notes_that_do_not_fit_get_a_sentence(engine, notes, sentence):
    with pytest.raises(UserError, match=sentence):
        make(engine, "tune", notes=notes)


@pytest.mark.parametrize("pitch", [35, 85, -1, 10**30, "C4"])
def test_a_pitch_outside_gets_a_sentence(pitch):
    with pytest.raises(UserError, match="Pitch must be a whole number between 36 and 84"):
        run(DEMO, "note", {"pitch": pitch}, engine=None)


def test_note_names_and_pitches_are_inverse():
    assert [note_name(pitch) for pitch in (36, 60, 61, 69, 84)] == ["C2", "C4", "C#4", "A4", "C6"]
    assert all(parse_note(note_name(pitch)) == pitch for pitch in range(12, 120))
    assert [parse_note(name) for name in ("c4", "Bb3", "B♭3", "F♯4", "Cb4", "B#3")] == [60, 58, 58, 66, 59, 60]
    for wrong in ("", "C", "4", "H4", "C##4", "C10", "C-1", "C4 ", "Cx4", "C²"):
        with pytest.raises(ValueError):
            parse_note(wrong)


def test_step_times():
    np.testing.assert_allclose(rhythm.step_times(4, 120, 0.0), [0, 0.125, 0.25, 0.375])
    np.testing.assert_allclose(rhythm.step_times(4, 120, 0.4), [0, 0.175, 0.25, 0.425])


def test_mix_adds_and_folds_what_hangs_over():
    hit = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(rhythm.mix([(0.0, hit), (0.2, hit), (0.4, hit)], 0.5, 10), [3, 5, 4, 2, 4])
    np.testing.assert_array_equal(rhythm.mix([(0.0, np.ones(5, np.float32))], 0.2, 10), [3, 2])


def test_limit_only_makes_quieter():
    np.testing.assert_allclose(rhythm.limit(np.array([2.0, -4.0], np.float32), 0.5), [0.25, -0.5])
    np.testing.assert_array_equal(rhythm.limit(np.array([0.1, -0.2], np.float32), 0.5), np.array([0.1, -0.2], np.float32))
    assert not rhythm.limit(np.zeros(3, np.float32)).any()


def test_sequence_overlaps_tails():
    clips = [np.ones(3, np.float32), 2 * np.ones(3, np.float32)]
    np.testing.assert_array_equal(rhythm.sequence(clips, 0.2, 10), [1, 1, 3, 2, 2])


def test_trim_ends_after_the_last_loud_moment_with_a_fade():
    wave = np.zeros(1000, np.float32)
    wave[100:200] = 0.5
    wave[900] = 0.5 * 10 ** (-50 / 20)  # 50 dB below the peak: not heard as part of it
    out = rhythm.trim(wave, 1000)
    assert len(out) == 199 + 30
    np.testing.assert_allclose(out[199:], 0.5 * np.array([1] + [0] * 29))
    np.testing.assert_array_equal(out[:199], wave[:199])
    assert len(rhythm.trim(np.zeros(500, np.float32), 1000)) == 30


def sine(hertz: float, rate: int = 16_000, seconds: float = 1.0, level: float = 0.8) -> np.ndarray:
    return (level * np.sin(2 * math.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def test_a_word_begins_softly_and_nothing_else_of_it_changes():
    wave = np.linspace(0.9, 0.5, 2000, dtype=np.float32)
    word, plain = rhythm.gate_word(wave, 1000), rhythm.gate(wave, 1000)
    assert word[0] == 0 and (np.diff(word[:4]) > 0).all() and np.array_equal(word[4:], plain[4:])


def test_a_waveform_picture_is_as_tall_as_the_sound_and_as_wide_as_its_time():
    half = np.concatenate([sine(440, level=0.5), np.zeros(16_000, np.float32)])
    picture = pictures.waveform(half)
    assert picture.shape == (pictures.WAVE_HEIGHT, pictures.WIDTH, 3)
    ink = (picture == pictures.INK).all(-1)
    heights = ink[:, : pictures.WIDTH // 2 - 1].sum(0)
    assert np.abs(heights / pictures.WAVE_HEIGHT - 0.5).max() < 0.03
    assert ink[:, pictures.WIDTH // 2 + 1 :].sum(0).max() <= 2


@pytest.mark.parametrize("hertz", [300, 1_000, 4_000])
def test_a_sine_is_one_bright_row_at_its_height_in_the_mel_picture(hertz):
    picture = pictures.mel(sine(hertz), 16_000)
    assert picture.shape == (pictures.MEL_HEIGHT, pictures.WIDTH, 3)
    light = picture.astype(float).sum(-1)[:, 100:-100].mean(1)
    mel, top = (2595 * math.log10(1 + f / 700) for f in (hertz, 8_000))
    expected = (1 - mel / top) * pictures.MEL_HEIGHT
    assert abs(light.argmax() - expected) < 0.03 * pictures.MEL_HEIGHT
    assert (light > 0.8 * light.max()).sum() < 0.12 * pictures.MEL_HEIGHT


def test_silence_is_dark_and_flat():
    silence = np.zeros(16_000, np.float32)
    assert pictures.mel(silence, 16_000).max() < 60
    assert ((pictures.waveform(silence) == pictures.INK).all(-1)).sum(0).max() <= 2


def test_the_vocoder_chosen_makes_the_sound(engine):
    neural, classical = (sound(make(engine, "note", vocoder=vocoder))[0] for vocoder in ("Neural", "Griffin-Lim"))
    assert len(neural) == len(classical) == 32_768
    assert not np.array_equal(neural, classical)
