"""Visitors at once: what holds an answer to the one alone, and the short form of `make load`."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

ROOT = Path(__file__).parents[1]


def run(code: str) -> subprocess.CompletedProcess:
    """In a process of its own, for Locust changes how sockets and sleeps work."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


def test_answers_are_told_apart(tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 210, (16, 16, 3), dtype=np.uint8)
    spotted = picture.copy()
    spotted[3, 4] += 40  # one pixel
    for name, pixels in (("alone", picture), ("near", picture + 1), ("spotted", spotted), ("far", picture[::-1])):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    sound = rng.uniform(-0.5, 0.5, 800)
    for name, samples in (("alone", sound), ("near", sound + 1e-3), ("far", sound[::-1])):
        file = io.BytesIO()
        soundfile.write(file, samples, 16000, format="WAV", subtype="FLOAT")
        (tmp_path / f"{name}.wav").write_bytes(file.getvalue())
    done = run(
        f"""
from pathlib import Path
from benchmarks import load
def answer(which, suffix, **facts):
    return load.Answer([(f"a.{{suffix}}", (Path({str(tmp_path)!r}) / f"{{which}}.{{suffix}}").read_bytes())], facts, 0.1)
def holds(one, other):
    try:
        load.hold(one, other)
    except load.WrongAnswerError:
        return "wrong"
    return "right"
for suffix in ("png", "wav"):
    alone = answer("alone", suffix, score=0.5, name="x")
    print(holds(answer("near", suffix, score=0.5001, name="x"), alone), holds(answer("far", suffix, score=0.5, name="x"), alone),
          holds(answer("alone", suffix, score=0.6, name="x"), alone), holds(answer("alone", suffix, score=0.5, name="y"), alone),
          holds(answer("alone", suffix, score=0.5), alone))
print(holds(answer("spotted", "png"), answer("alone", "png")))
import base64, numpy
text = lambda numbers: base64.b64encode(numbers.astype("<f2").tobytes()).decode()
z = numpy.linspace(-2, 2, 64)
print(*[not load.differing({{"latent": text(other)}}, {{"latent": text(z)}}) for other in (z + 1e-3, z[::-1], z[:8])])
"""
    )
    assert done.stdout.splitlines() == ["right wrong wrong wrong wrong"] * 2 + ["wrong", "True False False"], done.stderr


def test_visitors_at_once_get_the_answers_of_their_own_questions():
    """Through the whole app; no question of speed."""
    options = ["--visitors", "8", "--seconds", "20", "--seeds", "1", "--short", "--pause", "0.1", "--calm", "0", "--first", "0"]
    done = subprocess.run([sys.executable, "-m", "benchmarks.load", *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "| short |" in done.stdout, done.stdout
