"""Notes: the rule of the splits, levels, exact pitch, and rendering that is the same each time."""

import json

import numpy as np
import pytest

from gan_demos.data import notes
from gan_demos.errors import UserError

EVERY_PROGRAM = [p for programs in notes.FAMILIES.values() for p in programs]

needs_soundfont = pytest.mark.skipif(not notes.SOUNDFONT.is_file(), reason="the SoundFont (Debian: fluidr3mono-gm-soundfont) is missing")


@pytest.fixture(scope="module")
def renderer():
    pytest.importorskip("tinysoundfont")
    return notes.Renderer()


def test_no_program_belongs_to_two_families():
    assert len(EVERY_PROGRAM) == len(set(EVERY_PROGRAM))


def test_whole_instruments_are_kept_apart_and_each_family_keeps_some():
    pitches = range(notes.LOWEST, notes.LOWEST + notes.PITCHES)
    kept_apart = {p for p in EVERY_PROGRAM if notes.split_of(p, 60) == "test"}
    for program in EVERY_PROGRAM:
        assert {notes.split_of(program, p) == "test" for p in pitches} == {program in kept_apart}
    assert 0.1 < len(kept_apart) / len(EVERY_PROGRAM) < 0.25
    assert all(set(programs) - kept_apart for programs in notes.FAMILIES.values())
    rest = [notes.split_of(program, p) for program in EVERY_PROGRAM if program not in kept_apart for p in pitches]
    assert set(rest) == {"train", "new-notes"} and 0.07 < rest.count("new-notes") / len(rest) < 0.13


def test_level_is_the_same_for_quiet_and_loud_and_silence_stays_silent():
    t = np.arange(notes.LENGTH) / notes.RATE
    tone = np.sin(2 * np.pi * 220 * t).astype(np.float32)
    quiet, loud = notes.level(0.05 * tone), notes.level(0.9 * tone)
    assert np.allclose(quiet, loud, atol=1e-5)
    assert abs(np.sqrt(np.mean(loud**2)) - 0.2) < 1e-3
    click = np.zeros(notes.LENGTH, np.float32)
    click[5000] = 0.5
    assert np.abs(notes.level(click)).max() == pytest.approx(0.9)
    assert not notes.level(0.005 * tone).any()


def test_in_tune_rejects_a_semitone_and_an_octave():
    t = np.arange(notes.LENGTH) / notes.RATE

    def tone(f0):
        return sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 8)).astype(np.float32)

    f0 = notes.hertz(57)
    assert f0 == pytest.approx(220) and notes.in_tune(tone(f0), 57)
    assert not any(notes.in_tune(tone(f0 * ratio), 57) for ratio in (2 ** (1 / 12), 2.0, 0.5))


@needs_soundfont
def test_a_note_is_the_same_whatever_was_played_before(renderer):
    first = renderer.note(0, 60, 90)
    renderer.note(89, 40, 115)
    assert np.array_equal(first, renderer.note(0, 60, 90))
    assert first.shape == (notes.LENGTH,) and not first[: notes.LEAD].any() and first[notes.LEAD : notes.LEAD + 2048].any()


@needs_soundfont
@pytest.mark.parametrize("program", [0, 12, 16, 18, 33, 40, 56, 71, 73, 80])
def test_rendered_notes_are_at_the_asked_pitch(renderer, program):
    assert all(notes.in_tune(renderer.note(program, pitch, 90), pitch) for pitch in (48, 65))


@needs_soundfont
def test_rendering_is_bit_for_bit_the_documented_one():
    pytest.importorskip("tinysoundfont")
    assert notes.sample_digest() == notes.SAMPLE_SHA256


def test_built_notes_are_read_back_by_split(tmp_path, monkeypatch):
    programs = [(family, program) for family, some in enumerate(notes.FAMILIES.values()) for program in some]
    labels = [(family, pitch - notes.LOWEST, program, 90) for family, program in programs for pitch in range(36, 85, 4)]
    waves = np.zeros((len(labels), 16), np.int16)
    waves[:, 0] = np.arange(len(labels))
    np.save(tmp_path / "waves.npy", waves)
    np.save(tmp_path / "labels.npy", np.array(labels, np.int16))
    (tmp_path / "facts.json").write_text(json.dumps({}))
    monkeypatch.setattr(notes, "folder", lambda: tmp_path)
    splits = [notes.notes(s) for s in ("train", "new-notes", "test")]
    assert sorted(np.concatenate([s.rows for s in splits])) == list(range(len(labels)))
    test = splits[2]
    assert set(test.programs) == {p for p in EVERY_PROGRAM if notes.split_of(p, 60) == "test"}
    picks = np.array([3, 0])
    assert np.array_equal(np.round(test.read(picks)[:, 0] * 32767), test.rows[picks])
    with pytest.raises(UserError, match="train, new-notes or test"):
        notes.notes("validation")


def test_missing_notes_say_how_to_build_them(tmp_path, monkeypatch):
    monkeypatch.setattr(notes, "folder", lambda: tmp_path / "nothing")
    with pytest.raises(UserError, match="data build notes"):
        notes.notes("train")
