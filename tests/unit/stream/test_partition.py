"""The cycle of a batch: what is refused, what is repeated, and when the store may be written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from producers.event import key
from stream import hanging
from stream.batch import Batch, Derived, Deriver, Message
from stream.dead_letters import Flood
from stream.decode import Decoder, partition_of
from stream.derive import Outcome
from stream.extent import Extent
from stream.partition import Partition, Refused
from stream.settings import Settings
from stream.store import Changes, Store
from stream.transaction import Aborted
from stream.watermark import Watermark

CONTACT = key(1, "c")


def batch(start: int, *offsets: int, value: bytes | None = None) -> Batch:
    """Hand-offs of one contact, each to another agent, at these offsets."""
    messages = [Message(o, 0, CONTACT, value or _event(o), ()) for o in offsets]
    return Batch("assignment-events", 0, start, messages)


def _event(number: int) -> bytes:
    return json.dumps(
        {
            "event_id": str(UUID(int=number + 1)),
            "event_type": "contact.assignee.updated",
            "workspace_id": 1,
            "contact_id": "c",
            "contact_name": "Zoë",
            "conversation_id": "v",
            "occurred_at": f"2026-03-01T00:00:{number:02}Z",
            "source": "bot",
            "assigned_to": {"id": number, "name": "A"},
        }
    ).encode()


class Transactions:
    """Takes the place of `stream.transaction.Transactions`: commits, unless `failures` says
    otherwise."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.committed: list[bytes] = []
        self._open: list[bytes] = []
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1
        self._open = []

    def write(self, derived: Derived) -> None:
        self._open += [row for _, row in derived.rows]

    def commit(self, mark: Watermark) -> int:
        if self.failures:
            raise self.failures.pop(0)
        self.committed += self._open
        return 17

    def abort(self) -> None:
        self._open = []

    def close(self) -> None:
        pass


class Gauge:
    """Takes the place of `stream.extent.Gauge`: whether markers are missing, look by look."""

    def __init__(self) -> None:
        self.missing: list[bool] = []

    def everywhere(self, places: list[tuple[str, int]]) -> dict[tuple[str, int], Extent]:
        missing = self.missing.pop(0) if self.missing else False
        return {place: Extent(0, 7 - missing, 7) for place in places}


@pytest.fixture
def partition(tmp_path: Path) -> Iterator[Any]:
    """An open partition at offset 0, its transactions in memory and its store a real one."""
    settings = Settings(state=tmp_path)
    found: Any = Partition(settings, 0, 1, "id", Gauge())
    found._transactions = Transactions()
    found.owned = 0
    found._own = lambda: setattr(found, "owned", found.owned + 1)
    found._store = Store(tmp_path / "store", settings.horizon)
    found._deriver = Deriver(found._store, Decoder(10_000, None), settings.horizon, 1)
    yield found
    found.close()


@pytest.mark.parametrize("start", [1, 3])
def test_a_batch_that_does_not_follow_on_is_refused(partition: Any, start: int) -> None:
    partition.process(batch(0, 0, 1))
    with pytest.raises(Refused, match=f"starts at {start}, the watermark ends at 1"):
        partition.process(batch(start, 3, 4))
    assert len(partition._transactions.committed) == 2


@pytest.fixture
def changelog(partition: Any, monkeypatch: pytest.MonkeyPatch) -> list[Watermark]:
    """What the changelog says in turn, each time that the copy is brought up to date."""
    marks: list[Watermark] = []

    def catch_up(store: Store, *_: object) -> int:
        if marks:
            store.write(Changes(), marks.pop(0), 40, 0.0)
        return 0

    monkeypatch.setattr("stream.partition.catch_up", catch_up)
    return marks


def test_what_was_given_up_and_is_committed_after_all_is_not_done_again(
    partition: Any, changelog: list[Watermark]
) -> None:
    partition._transactions.failures = [Aborted("no answer")]
    changelog.append(partition._mark._replace(offset=4))
    assert partition.process(batch(0, 0, 1, 4)) == {}
    assert partition._transactions.committed == []
    assert partition.position == 5
    partition.process(batch(5, 5, 6))
    assert len(partition._transactions.committed) == 2


def test_a_changelog_that_went_back_is_not_gone_on_with(
    partition: Any, changelog: list[Watermark]
) -> None:
    partition.process(batch(0, 0, 1, 4))
    partition._transactions.failures = [Aborted("no answer")]
    changelog.append(partition._mark._replace(offset=1))
    with pytest.raises(Refused, match="ends at event 1 now, not at 4"):
        partition.process(batch(5, 5, 6))


@pytest.mark.usefixtures("changelog")
def test_an_aborted_transaction_is_taken_again_from_the_start(partition: Any) -> None:
    partition._transactions.failures = [Aborted("once"), Aborted("twice")]
    assert partition.process(batch(0, 0, 1, 4)) == {Outcome.ASSIGNED: 3}
    assert len(partition._transactions.committed) == 3
    assert partition.position == 5
    assert partition._store.changelog == 17
    assert partition.owned == 2, "each time fenced, and what was left of it ended"


def test_what_is_not_committed_is_not_in_the_store(partition: Any) -> None:
    partition._transactions.failures = [RuntimeError("fenced")]
    with pytest.raises(RuntimeError):
        partition.process(batch(0, 0, 1))
    assert partition._store.head(CONTACT) is None
    assert partition._store.watermark is None
    assert partition.position == 0


def test_no_transaction_begins_before_the_last_one_has_its_markers(
    partition: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    partition._gauge.missing = [True, True, False]
    partition.process(batch(0, 0, 1))
    assert (partition._gauge.missing, len(partition._transactions.committed)) == ([], 2)
    assert (partition.position, partition.settled) == (2, 0), "it has no markers yet"
    monkeypatch.setattr(hanging, "_PATIENCE", 0.0)
    partition._gauge.missing = [True] * 9
    partition._transactions.begun = 0
    with pytest.raises(hanging.Unmarked, match=r"not marked it in assignment-log, .* the worker"):
        partition.process(batch(2, 2))
    assert partition._transactions.begun == 0


def test_nothing_is_committed_past_a_flood(partition: Any) -> None:
    with pytest.raises(Flood, match="accept-flood"):
        partition.process(batch(0, *range(1000), value=b"garbage"))
    assert (partition.position, partition._store.watermark) == (0, None)


def test_a_key_in_another_partition_than_murmur2_puts_it(tmp_path: Path) -> None:
    limits = Settings().horizon
    store = Store(tmp_path / "store", limits)
    home = partition_of(CONTACT, 9)
    found: dict[int, list[str]] = {}
    for number in range(9):
        deriver = Deriver(store, Decoder(10_000, None), limits, 9)
        (part,) = deriver.derive(batch(0, 0)._replace(partition=number), Changes())
        found[number] = [dict(letter.headers)["baton.reason"].decode() for letter in part.dead]
    assert found == {number: [] if number == home else ["wrong_partition"] for number in range(9)}
    store.close()
