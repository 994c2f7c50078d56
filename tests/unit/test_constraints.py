"""Every package that Baton needs, directly or not, is pinned to what the tests ran with."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def name_of(text: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().split()
    return {name_of(name): version for name, version in (line.split("==") for line in lines)}


def needed(name: str, extras: frozenset[str], found: dict[str, str]) -> dict[str, str]:
    """Name to version of all that `name` needs and is installed here."""
    for text in distribution(name).requires or []:
        wanted = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        marker = wanted.marker
        if marker and not any(marker.evaluate(environment) for environment in environments):
            continue
        try:
            version = distribution(wanted.name).version
        except PackageNotFoundError:
            continue
        if name_of(wanted.name) not in found:
            found[name_of(wanted.name)] = version
            needed(wanted.name, frozenset(wanted.extras), found)
    return found


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = needed("baton-assignments", frozenset({"", "dev"}), {})
    assert len(installed) > 50
    pinned = pins()
    differing = {name: v for name, v in installed.items() if pinned.get(name) != v}
    assert differing == {}, "run: make pins"
