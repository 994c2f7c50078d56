"""malloc is told to keep what is freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import resource
from stream.memory import keep_freed
if {keep}:
    assert keep_freed()
def batch():
    kept = [bytes(100_000) for _ in range(200)]
batch()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    batch()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(keep: bool) -> int:
    """Of ten batches of 20 MB, once the first was freed."""
    code = CODE.format(keep=keep)
    return int(subprocess.check_output([sys.executable, "-c", code], text=True))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_what_is_freed_is_not_fetched_again() -> None:
    assert page_faults(keep=True) < page_faults(keep=False) / 10
