"""Writes the hashes beside it, from which `make install` installs, out of constraints.txt.

A line holds the SHA-256 of every wheel of the pinned version that Linux or macOS may take, as the
index that pip is set to says them; so what was uploaded or altered later is refused, wherever it
comes from. The two files hold no addresses. Needs pip 23.2 or later.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from pip._internal.commands.download import DownloadCommand
from pip._internal.index.collector import LinkCollector, parse_links

ROOT = Path(__file__).parents[1]
HASHES = Path(__file__).parent
NODE = ROOT / "queries" / "page" / "node.txt"
"""npm for machines that have none."""
NAME = "baton-assignments"
BUILD = "setuptools"
ENVIRONMENTS = [
    {
        "python_version": python, "python_full_version": f"{python}.9", "os_name": "posix",
        "sys_platform": system.lower(), "platform_system": system, "platform_machine": machine,
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }
    for python in ("3.11", "3.12", "3.13", "3.14")
    for system, machine in (
        ("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64"),
    )
]  # fmt: skip
"""Where Baton is installed; a package that only one of them needs is among the pins, too."""
_PLATFORM = re.compile(r"any|(manylinux|musllinux|macosx|linux).*(x86_64|aarch64|arm64|universal2)")


def pins(path: Path) -> dict[str, str]:
    """Name to version."""
    pinned = re.findall(r"^([\w.-]+)==([^\s\\]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pinned}


def needed(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """All that `name` needs, directly or not, in any of ENVIRONMENTS."""
    found: set[str] = set()
    waiting = [(name, extras)]
    while waiting:
        for wanted in _requires(*waiting.pop()):
            if (one := canonicalize_name(wanted.name)) not in found:
                found.add(one)
                waiting.append((one, frozenset(wanted.extras)))
    return found


def _requires(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        texts = distribution(name).requires or []
    except PackageNotFoundError:
        return  # of another platform or Python: its own needs are seen where it is installed
    for wanted in map(Requirement, texts):
        places = [{**place, "extra": extra} for place in ENVIRONMENTS for extra in extras or {""}]
        if wanted.marker is None or any(map(wanted.marker.evaluate, places)):
            yield wanted


def taken(filename: str) -> bool:
    """Whether Linux or macOS with Python 3.11 to 3.14 may take this file; no source is taken: it
    would run code and fetch more, which nobody has looked at, before it is installed."""
    if not filename.endswith(".whl"):
        return False
    return any(
        _PLATFORM.fullmatch(tag.platform)
        and (tag.interpreter in ("py3", *_CPYTHONS) or (tag.abi == "abi3"))
        and not tag.abi.endswith("t")
        for tag in parse_wheel_filename(filename)[3]
    )


_CPYTHONS = ("cp311", "cp312", "cp313", "cp314")


def hashes(collector: LinkCollector, name: str, version: str) -> list[str]:
    """SHA-256 of all files of a version that may be taken, in order."""
    found = set()
    for source in collector.collect_sources(name, candidates_from_page=lambda _: []).index_urls:
        page = source and source.link and collector.fetch_response(source.link)
        for link in parse_links(page) if page else ():
            if _is_of(link.filename, name, version) and taken(link.filename):
                found.add(link._hashes["sha256"])
    if not found:
        raise SystemExit(f"the index has no wheel of {name} {version}")
    return sorted(found)


def _is_of(filename: str, name: str, version: str) -> bool:
    of, number, *_ = (*filename.split("-"), "")
    return (canonicalize_name(of), number) == (name, version)


def text(collector: LinkCollector, pinned: dict[str, str], head: str = "") -> str:
    """A requirements file."""
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda one: hashes(collector, *one), pinned.items())
    return head + "".join(
        " \\\n".join([f"{name}=={version}", *(f"    --hash=sha256:{digest}" for digest in digests)])
        + "\n"
        for (name, version), digests in zip(pinned.items(), found, strict=True)
    )


def main() -> None:
    """Write both files, and those of npm."""
    pinned = pins(ROOT / "constraints.txt")
    runtime = {*needed(NAME), BUILD}
    if absent := sorted((runtime | needed(NAME, frozenset({"dev"}))) - set(pinned)):
        print("Not pinned, and so refused where they are needed:", *absent, file=sys.stderr)
    command = DownloadCommand("download", "")
    options, _ = command.parse_args([])
    with command.main_context():
        collector = LinkCollector.create(command.get_default_session(options), options)
        first = {name: pinned[name] for name in pinned if name in runtime}
        rest = {name: pinned[name] for name in pinned if name not in runtime}
        (HASHES / "runtime.txt").write_text(text(collector, first))
        (HASHES / "dev.txt").write_text(text(collector, rest, "-r runtime.txt\n"))
        NODE.write_text(text(collector, pins(NODE)))


if __name__ == "__main__":
    main()
