"""What a process does with its machine: it keeps the memory that it frees, until nothing is asked, serves with half of the cores, and opens
as many files as it may.

PyTorch frees and asks for each tensor anew. glibc hands large blocks back to the kernel at once, and fresh pages are dear, most of all on
virtual machines: there, a forward of a few milliseconds can spend most of its time on page faults (measured: 12 times slower copies).
"""

import ctypes
import functools
import os
import sys
from contextlib import suppress
from pathlib import Path

import torch

OPEN_FILES = 65536
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8  # malloc.h


def keep_freed_pages(keep: int = 1 << 30, step: int = 64 << 20, arenas: int = 0) -> bool:
    """Let glibc keep up to `keep` bytes of freed memory and grow by `step` bytes at a time; False where there is no glibc.

    arenas: how many heaps there may be, 0 for glibc's own choice. It gives threads heaps of their own, up to eight a core, and each keeps
    what it was given: a server with many threads then holds several times what it uses.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = _glibc().mallopt
    except (OSError, AttributeError):
        return False
    # 32 MiB is the largest threshold that glibc takes
    if arenas and not mallopt(M_ARENA_MAX, arenas):
        return False
    return all([mallopt(M_MMAP_THRESHOLD, 32 << 20), mallopt(M_TRIM_THRESHOLD, keep), mallopt(M_TOP_PAD, step)])


def give_back() -> bool:
    """Hand freed memory to the kernel, all that lies in whole pages; False where there was none, or no glibc."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(_glibc().malloc_trim(0))
    except (OSError, AttributeError):
        return False


@functools.cache
def _glibc() -> ctypes.CDLL:
    """Opened once: whoever opens a library while another thread forks leaves the child with a lock that nobody gives back."""
    return ctypes.CDLL(None)


def leave_cores() -> int:
    """Let torch compute with half of the cores, and say with how many. Where `OMP_NUM_THREADS` is set, that stays.

    The others read requests and write files meanwhile. Small networks gain nothing from more: at every operation a thread waits for its
    partner, which has to be woken or has lost its core (measured on 2 cores: pictures take 1.6 times as long with both, alone or not).
    A result is the same to the last bit only with the same number, so whatever answers or makes results again calls this.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, cores() // 2))
    return torch.get_num_threads()


def open_more(files: int = OPEN_FILES) -> int:
    """Let this process open up to `files` files, or as many as it may, and say how many it may now; 0 where nobody counts.

    Each connection is one, a browser keeps up to six, and many systems start a process with 1,024.
    """
    try:
        import resource
    except ImportError:  # Windows
        return 0
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed >= files:
        return allowed
    wanted = files if most == resource.RLIM_INFINITY else min(files, most)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """The cores that this process may use: those that it is bound to, in a container no more than its quota, which torch does not see."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        time, period = map(int, quota.read_text().split())  # "max 100000" where there is none
        return max(1, min(count, round(time / period)))
    except (OSError, ValueError, ZeroDivisionError):
        return count
