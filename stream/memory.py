"""The worker's memory: what a batch frees is kept for the next one.

glibc gives freed memory back to the system as soon as much of it lies at the end, and gets it page
by page when the next batch comes. Kept, it is worth a tenth of the worker's throughput.
"""

from __future__ import annotations

import ctypes

# Of glibc's malloc.h. Setting any of them also ends glibc's own adjusting.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_SETTINGS = {
    _M_TRIM_THRESHOLD: 256 << 20,
    _M_TOP_PAD: 32 << 20,
    _M_MMAP_THRESHOLD: 32 << 20,  # the largest there is
}


def keep_freed() -> bool:
    """Tell malloc so; False where it is not glibc's, and nothing is changed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(*setting) for setting in _SETTINGS.items())
