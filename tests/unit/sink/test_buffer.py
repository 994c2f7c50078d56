"""When a buffer is written, and what of it."""

from __future__ import annotations

import pytest

from sink import buffer as limits
from sink.buffer import Buffer
from sink.ranges import Source

SOURCE = Source("log", "id", 0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS", 3)
    monkeypatch.setattr(limits, "BYTES", 10)


def filled(*values: bytes) -> Buffer:
    buffer = Buffer(5)
    for offset, value in enumerate(values, start=6):
        buffer.add(offset, value)
    return buffer


def test_an_empty_buffer_is_not_due() -> None:
    assert not Buffer(5).due(100, eager=True)


def test_what_is_rare_is_written_at_once_and_what_is_frequent_once_a_second() -> None:
    buffer = filled(b"a")
    assert buffer.due(100.0)
    buffer.forget(7)
    buffer.written_at = 100.0
    buffer.add(7, b"b")
    assert not buffer.due(100.9)
    assert buffer.due(101.0)


def test_a_full_buffer_is_due_at_once() -> None:
    for buffer in (filled(b"a", b"b", b"c"), filled(b"x" * 10)):
        buffer.written_at = 100.0
        assert buffer.due(100.0)


def test_eager_at_the_end_of_the_log() -> None:
    buffer = filled(b"a")
    buffer.written_at = 100.0
    assert not buffer.due(100.1, eager=True)
    buffer.end(9)
    assert buffer.due(100.1, eager=True)
    assert not buffer.due(100.1)


def test_control_records_alone_are_due() -> None:
    buffer = Buffer(5)
    buffer.end(7)
    assert buffer.due(100.0)
    assert buffer.batch(SOURCE).next == 7


@pytest.mark.parametrize(
    ("values", "offsets", "following"),
    [
        ([b"a", b"b"], [6, 7], 9),
        ([b"a", b"b", b"c", b"d"], [6, 7, 8], 9),
        ([b"x" * 6, b"x" * 4, b"d"], [6, 7], 8),
        ([b"x" * 11, b"d"], [6], 7),
    ],
)
def test_one_insert_takes_no_more_than_the_limits(
    values: list[bytes], offsets: list[int], following: int
) -> None:
    buffer = filled(*values)
    buffer.end(9)
    batch = buffer.batch(SOURCE)
    assert (batch.start, batch.offsets, batch.next) == (5, offsets, following)
    assert buffer.batch(SOURCE, whole=True).values == values


def test_what_is_written_is_forgotten_and_no_more() -> None:
    buffer = filled(b"a", b"b", b"c", b"d")
    buffer.forget(9)
    assert (buffer.start, buffer.offsets, buffer.values, buffer.size) == (9, [9], [b"d"], 1)
