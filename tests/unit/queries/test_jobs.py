"""Which exports a server keeps, and what it says of one that failed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.api import jobs
from queries.api.jobs import KEPT_BYTES, KEPT_FOR, KEPT_OF_A_WORKSPACE, Job, reason, surplus
from queries.errors import StoreUnavailable, TooSlow
from queries.export import Manifest
from queries.export_files import Format
from queries.export_pair import NotWritten

NOW = 10_000.0


def job(number: int, ended: float, size: int | None = 1, workspace: str = "1") -> Job:
    """One that ended; without a size it failed."""
    made = Job(str(number), workspace, Format.CSV, ended=ended)
    if size is None:
        made.state, made.reason = "failed", "why"
    else:
        made.state, made.manifest = "ready", Manifest.model_construct(bytes=size)
    return made


def left(made: list[Job]) -> list[str]:
    gone = surplus(made, NOW)
    return [one.id for one in made if one not in gone]


def test_the_newest_are_kept_whatever_became_of_them() -> None:
    made = [job(n, NOW - n, None if n % 2 else 1) for n in range(15)]
    assert left(made) == [str(n) for n in range(KEPT_OF_A_WORKSPACE)]


def test_one_that_is_old_goes_counted_from_its_end() -> None:
    assert left([job(0, NOW - KEPT_FOR - 1), job(1, NOW - KEPT_FOR + 1)]) == ["1"]


def test_one_that_runs_is_kept() -> None:
    running = [Job(str(n), "1", Format.CSV) for n in range(20)]
    assert surplus(running, NOW) == []


def test_the_oldest_make_room_on_the_disk() -> None:
    half = KEPT_BYTES // 2
    made = [job(0, NOW - 1, half), job(1, NOW - 2, half), job(2, NOW - 3, 1), job(3, NOW - 4, 0)]
    assert left(made) == ["0", "1"]


def test_the_newest_is_kept_whatever_its_size() -> None:
    made = [job(0, NOW - 1, None), job(1, NOW - 2, 3 * KEPT_BYTES), job(2, NOW - 3, 1)]
    assert left(made) == ["0", "1"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(0, 2 * int(KEPT_FOR)), st.integers(0, KEPT_BYTES)
        ),
        max_size=30,
    )
)
def test_no_workspace_has_more_than_it_may_and_none_pays_for_another(
    ended: list[tuple[str, int, int]],
) -> None:
    made = [job(n, NOW - age, size, name) for n, (name, age, size) in enumerate(ended)]
    gone = surplus(made, NOW)
    for name in "ab":
        mine = sorted((one for one in made if one.workspace == name), key=lambda one: -one.ended)
        kept = [one for one in mine if one not in gone]
        assert mine[: len(kept)] == kept
        assert len(kept) <= KEPT_OF_A_WORKSPACE
        assert sum(one.bytes for one in kept) <= KEPT_BYTES
        assert surplus(mine, NOW) == [one for one in gone if one.workspace == name]
        if len(kept) < len(mine):
            next_one = mine[len(kept)]
            too_old = NOW - next_one.ended > KEPT_FOR
            too_large = sum(one.bytes for one in [*kept, next_one]) > KEPT_BYTES
            assert too_old or too_large or len(kept) == KEPT_OF_A_WORKSPACE


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TooSlow("Ask for less."), "The query took too long. Ask for less."),
        (
            StoreUnavailable("ClickHouse does not answer."),
            "ClickHouse is not available. ClickHouse does not answer.",
        ),
        (
            NotWritten(Path("/secret/out.csv"), "No space left on device"),
            "The server cannot write it: No space left on device.",
        ),
        (
            OSError(errno.EROFS, os.strerror(errno.EROFS), "/secret"),
            "The server cannot write it: Read-only file system.",
        ),
        (OSError("/secret"), jobs.UNFORESEEN),
        (RuntimeError("SELECT secret FROM http://10.0.0.1"), jobs.UNFORESEEN),
    ],
)
def test_a_reason_has_no_paths_and_no_sql(error: Exception, said: str) -> None:
    assert reason(error) == said
