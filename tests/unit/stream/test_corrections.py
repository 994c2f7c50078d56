"""Wrong events are left out where the right ones were sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.corrections import HEADER, Corrected

WRONG, OTHER = b"w" * 16, b"o" * 16


@pytest.mark.parametrize(
    ("event_id", "headers", "left_out"),
    [
        (WRONG, [], True),
        (WRONG, [("another", b"1")], True),
        (WRONG, [("another", b"1"), (HEADER, b"2")], False),
        (OTHER, [], False),
    ],
)
def test_only_the_wrong_one_is_left_out(
    event_id: bytes, headers: list[tuple[str, bytes | None]], left_out: bool
) -> None:
    assert Corrected(frozenset({WRONG})).supersedes(event_id, headers) is left_out


def test_ids_are_read_sixteen_bytes_each(tmp_path: Path) -> None:
    path = tmp_path / "ids"
    path.write_bytes(WRONG + OTHER)
    assert Corrected.read(path).ids == {WRONG, OTHER}


def test_without_a_file_nothing_was_corrected() -> None:
    assert Corrected.read(None).ids == frozenset()
