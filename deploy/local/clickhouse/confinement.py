"""Landlock: what this process may still open, and with whom it may talk, once it is confined.

The engine reads any file that its process can, for administrators by design. Linux can take that
from the process itself (Landlock, from 5.13 on; no connections from 6.7 on). No thread that runs
already is confined: call `confine` before there are any.
"""

from __future__ import annotations

import ctypes
import mimetypes
import os
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# Of linux/landlock.h and linux/prctl.h; the system calls have one number on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _BENEATH, _PORT, _NO_NEW_PRIVILEGES = 1, 1, 2, 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR = (1 << bit for bit in range(5))
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPES = 3  # abstract sockets and signals stay within
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_BITS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15}
_BITS, _NETWORK_ABI, _SCOPE_ABI = 16, 4, 6
# What the engine, Python and the C library look up while they run. Of /proc its own alone.
_SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache"),
    *("/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone"),
    *("/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/uptime"),
    *("/proc/loadavg", "/proc/sys", "/sys/devices/system", "/sys/fs/cgroup", "/dev/urandom"),
)
_PYTHON = ("stdlib", "platstdlib", "purelib", "platlib")


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    ]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("descriptor", ctypes.c_int32)]


class _Port(ctypes.Structure):
    _fields_ = [("access", ctypes.c_uint64), ("port", ctypes.c_uint64)]


def abi() -> int:
    """The version of Landlock that this kernel has; 0 where there is none."""
    with suppress(OSError, AttributeError):
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return 0


def confine(own: Iterable[Path], temporary: Path, port: int) -> str:
    """Leave this process its `own` directories, Python's and the C library's to read, and `port`.

    Of `temporary` it may remove empty directories. It opens no connection. For ever.

    Returns:
        What it is confined to now, or that it is not.
    """
    if not (known := abi()):
        return said(0)
    everything = (1 << _BITS_OF_ABI.get(known, _BITS)) - 1
    network = _BIND_TCP | _CONNECT_TCP if known >= _NETWORK_ABI else 0
    scopes = _SCOPES if known >= _SCOPE_ABI else 0
    wanted = _Ruleset(everything, network, scopes)
    ruleset = _call(
        _CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)), 0
    )
    try:
        product = Path(__file__).resolve().parents[3]
        packages = [str(product / name) for name in ("deploy", "producers")]
        for name in {*_SYSTEM, *mimetypes.knownfiles, *packages, *map(sysconfig.get_path, _PYTHON)}:
            _allow(ruleset, Path(name), _READ & everything)
        for path in own:
            _allow(ruleset, path, everything)
        _allow(ruleset, Path("/dev/null"), (_READ | _WRITE_FILE) & everything)
        _allow(ruleset, temporary, _REMOVE_DIR)
        if network:
            rule = _Port(_BIND_TCP, port)
            _call(_ADD_RULE, ruleset, _PORT, ctypes.byref(rule), 0)
        _checked(_libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return said(known)


def of_process(pid: int) -> str:
    """What a server that runs is confined to, by what the kernel says of it."""
    with suppress(OSError):
        if "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text():
            return said(abi())
    return said(0)


def said(known: int) -> str:
    """In words, what `confine` does with this version of Landlock."""
    if not known:
        return "not confined: Landlock (Linux 5.13 or later) is missing"
    if known < _NETWORK_ABI:
        return "confined to its directory; connections are not (Linux 6.7 or later)"
    return "confined to its directory and port, opens no connection"


def _allow(ruleset: int, path: Path, access: int) -> None:
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            beneath = _Beneath(access if path.is_dir() else access & _OF_FILES, descriptor)
            _call(_ADD_RULE, ruleset, _BENEATH, ctypes.byref(beneath), 0)
        finally:
            os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    return _checked(_libc().syscall(ctypes.c_long(number), *arguments))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(returned: int) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return returned
