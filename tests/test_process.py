"""What a process does with its machine."""

import os
import subprocess
import sys

import pytest

from gan_demos.process import cores


@pytest.mark.parametrize("given", [None, os.cpu_count()])
def test_half_of_the_cores_compute_unless_somebody_said_how_many(given):
    settings = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    settings |= {} if given is None else {"OMP_NUM_THREADS": str(given)}
    code = "import threading, torch; from gan_demos.process import leave_cores; said = leave_cores()\n"
    code += "thread = threading.Thread(target=lambda: print(said, torch.get_num_threads())); thread.start(); thread.join()"
    done = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True)
    expected = given or max(1, cores() // 2)
    assert done.stdout.split() == [str(expected)] * 2, "in the thread that computes too"


def test_a_container_has_the_cores_of_its_quota(tmp_path):
    everything, quota = cores(tmp_path / "none"), tmp_path / "cpu.max"
    assert 1 <= everything <= os.cpu_count()
    for text, expected in (("max 100000", everything), ("100000 100000", 1), ("20000 100000", 1), ("broken", everything)):
        quota.write_text(text)
        assert cores(quota) == expected, text


@pytest.mark.skipif(sys.platform == "win32", reason="open files are counted elsewhere")
@pytest.mark.parametrize(("most", "expected"), [(300, 300), (900, 500)])
def test_it_may_open_more_files_than_it_was_started_with(most, expected):
    code = "import resource; from gan_demos.process import open_more; kind = resource.RLIMIT_NOFILE\n"
    code += f"resource.setrlimit(kind, (200, {most})); said = open_more(500); print(said, *resource.getrlimit(kind), open_more(400))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(map(str, (expected, expected, most, expected))), "never fewer, and never beyond what is allowed"


@pytest.mark.skipif(sys.platform != "linux", reason="the heap of glibc")
def test_freed_memory_that_was_kept_is_given_back():
    code = """
import pathlib, numpy
from gan_demos.process import give_back, keep_freed_pages
assert keep_freed_pages(arenas=1)
resident = lambda: 4096 * int(pathlib.Path("/proc/self/statm").read_text().split()[1])
before = resident()
blocks = [numpy.ones(1 << 17) for _ in range(100)]  # a megabyte each
last = numpy.ones(1 << 10)  # above them in the heap
del blocks
kept = resident() - before
assert give_back()
print(kept, resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    kept, left = map(int, done.stdout.split())
    assert kept > 90e6 > 20e6 > left
