"""Keep freed memory in the process.

PyTorch frees and asks for each tensor anew. glibc hands large blocks back to the kernel at once, and fresh pages are dear, most of all on
virtual machines: there, a forward of a few milliseconds can spend most of its time on page faults (measured: 12 times slower copies).
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8  # malloc.h


def keep_freed_pages(keep: int = 1 << 30, step: int = 64 << 20, arenas: int = 0) -> bool:
    """Let glibc keep up to `keep` bytes of freed memory and grow by `step` bytes at a time; False where there is no glibc.

    arenas: how many heaps there may be, 0 for glibc's own choice. It gives threads heaps of their own, up to eight a core, and each keeps
    what it was given: a server with many threads then holds several times what it uses.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # 32 MiB is the largest threshold that glibc takes
    if arenas and not mallopt(M_ARENA_MAX, arenas):
        return False
    return all([mallopt(M_MMAP_THRESHOLD, 32 << 20), mallopt(M_TRIM_THRESHOLD, keep), mallopt(M_TOP_PAD, step)])
