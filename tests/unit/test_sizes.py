"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("producers", "stream", "sink", "queries", "deploy", "tests")
FILE_LINES = 300
FUNCTION_LINES = 50

FILES = [ROOT / "baton.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


def long_functions(source: str) -> Iterator[str]:
    """Name and length of every function that has too many lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.name} ({lines} lines)"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= FILE_LINES
    assert list(long_functions(source)) == []


def test_a_long_function_is_found() -> None:
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES))
    assert list(long_functions(f"def far():\n{body}")) == [f"far ({FUNCTION_LINES + 1} lines)"]
    assert list(long_functions(f"async def near():\n{body[9:]}")) == []
