"""What the sink relies on of ClickHouse, asked of the stand-in and of the real one alike."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client

from sink.clickhouse import connect, settings_from_url
from sink.memory import VIEWS, MemoryTarget
from sink.plan import Insert
from sink.ranges import Range, Source
from sink.refusal import Refused
from sink.target import ClickHouseTarget
from sink.writer import Target, Unavailable
from tests.assignment_rows import counts, in_clickhouse, row, rows
from tests.simulation.clickhouse import Server
from tests.simulation.clickhouse import Target as SimulatedTarget
from tests.simulation.world import World, enter

SOURCE = Source("log", "id", 3)
TABLES = tuple(in_clickhouse([]))


class Subject(Protocol):
    """A target, what arrived there, and a way to make an insert fail half-way."""

    target: Target

    def held(self) -> Counter[str]:
        """Messages (sums of signs) per view's target, corrections and repeats included."""

    def expected(self, messages: list[bytes]) -> Counter[str]:
        """What `held` should be for these messages."""

    def insert_half(self, insert: Insert) -> None:
        """Insert so that some views' targets get it and others do not."""


class Memory:
    def __init__(self) -> None:
        self.target = MemoryTarget()

    def held(self) -> Counter[str]:
        return Counter({view: len(found) for view, found in self.target.targets.items()})

    def expected(self, messages: list[bytes]) -> Counter[str]:
        return Counter(dict.fromkeys(VIEWS, len(messages)))

    def insert_half(self, insert: Insert) -> None:
        self.target.fail_after = 1
        with pytest.raises(Unavailable):
            self.target.insert(insert)


class Simulated:
    """The one that `tests/simulation` runs on; nothing fails in it unless a schedule says so."""

    def __init__(self) -> None:
        self._world = enter(World(1, frozenset()))
        self._server = Server(self._world)
        self.target = InWorld(self._world, SimulatedTarget(self._server))

    def held(self) -> Counter[str]:
        return Counter({name: len(table.rows) for name, table in self._server.tables.items()})

    def expected(self, messages: list[bytes]) -> Counter[str]:
        return Counter(dict.fromkeys(self._server.tables, len(messages)))

    def insert_half(self, insert: Insert) -> None:
        self._server.take(insert, list(self._server.tables)[:1])


class InWorld:
    """A target whose every call is a thread of the world."""

    def __init__(self, world: World, target: SimulatedTarget) -> None:
        self._world, self._target = world, target

    def __getattr__(self, name: str) -> Any:
        def call(*args: object) -> object:
            answer: list[object] = []
            work = getattr(self._target, name)
            self._world.spawn(self._world.outside, lambda: answer.append(work(*args)))
            self._world.run(self._world.now + 100)
            return answer[0]

        return call


class Real:
    """The log keeps one row per event after merges, so here it is asked only for events that are
    all different; sums of signs tell repeats in every other table."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.target = ClickHouseTarget(settings_from_url())

    def held(self) -> Counter[str]:
        sums = {
            table: "uniqExact(event_id)" if table == "assignment_log" else "sum(assignments)"
            for table in TABLES
        }
        return Counter(
            {
                table: int(self._client.query(f"SELECT {total} FROM {table}").first_row[0])
                for table, total in sums.items()
            }
        )

    def expected(self, messages: list[bytes]) -> Counter[str]:
        return Counter(in_clickhouse(messages))

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(found) for found in self._client.query(sql).result_rows]

    def insert_half(self, insert: Insert) -> None:
        with suppress(Unavailable):
            self.insert_into_broken_view(insert)

    def insert_into_broken_view(self, insert: Insert) -> None:
        """A view that fails, as one does that runs out of memory or disk."""
        self._client.command(
            "CREATE TABLE broken (a UInt8) ENGINE = MergeTree ORDER BY a "
            "SETTINGS non_replicated_deduplication_window = 10000"
        )
        self._client.command(
            "CREATE MATERIALIZED VIEW broken_mv TO broken AS "
            "SELECT toUInt8(throwIf(sign = 1)) AS a FROM assignment_landing"
        )
        try:
            ClickHouseTarget(settings_from_url()).insert(insert)
        finally:
            self._client.command("DROP VIEW broken_mv")
            self._client.command("DROP TABLE broken")


@pytest.fixture
def real(database: str) -> Iterator[Real]:
    with connect() as client:
        yield Real(client)


@pytest.fixture(
    params=["memory", "simulated", pytest.param("clickhouse", marks=pytest.mark.server)]
)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "clickhouse":
        yield request.getfixturevalue("real")
    else:
        yield Memory() if request.param == "memory" else Simulated()


def insert(first: int, messages: list[bytes], source: Source = SOURCE) -> Insert:
    return Insert(source, Range(first, first + len(messages) - 1), messages)


def test_every_target_gets_every_message(subject: Subject) -> None:
    subject.target.insert(insert(0, rows(100)))
    assert subject.held() == subject.expected(rows(100))


def test_a_repeated_insert_counts_once(subject: Subject) -> None:
    for _ in range(3):
        subject.target.insert(insert(0, rows(100)))
    assert subject.held() == subject.expected(rows(100))


def test_a_repeated_insert_counts_once_after_many_others(subject: Subject) -> None:
    for first in [*range(0, 60, 2), 0, 2, 4]:
        subject.target.insert(insert(first, [row(first), row(first + 1)]))
    assert subject.held() == subject.expected(rows(60))


def test_two_batches_of_identical_content_both_count(subject: Subject) -> None:
    """In Kafka they are different messages, whatever they hold."""
    batch = [row(1, source="user", actor_id="u1")] * 2
    subject.target.insert(insert(0, batch))
    subject.target.insert(insert(2, batch))
    subject.target.insert(insert(0, batch, Source("log", "id", 4)))
    subject.target.insert(insert(0, batch, Source("log", "other", 3)))
    assert subject.held() == subject.expected(batch * 4)


def test_blocks_that_are_identical_only_in_some_views_count(subject: Subject) -> None:
    """Other events, but the same counts, sources and names: each view's block looks the same."""
    one, other = ([row(n, event_id=str(uuid4()), seed=1) for n in range(5)] for _ in range(2))
    subject.target.insert(insert(0, one))
    subject.target.insert(insert(5, other))
    assert subject.held() == subject.expected(one + other)


def test_an_insert_that_reached_some_targets_is_made_whole(subject: Subject) -> None:
    subject.insert_half(insert(0, rows(50)))
    assert subject.held() != subject.expected(rows(50))
    subject.target.insert(insert(0, rows(50)))
    assert subject.held() == subject.expected(rows(50))


def test_partitions_are_registered_once(subject: Subject) -> None:
    target = subject.target
    assert target.registered("log", 3) == set()
    for source in [SOURCE, SOURCE, Source("log", "id", 4), Source("log", "older", 3)]:
        target.register(source)
    assert target.registered("log", 3) == {"id", "older"}
    assert target.registered("log", 4) == {"id"}
    assert target.registered("lo", 3) == set()


@pytest.mark.server
def test_corrections_add_up(real: Real) -> None:
    taken_back = [row(1), row(1, sign=-1, version=2), row(1, version=3), row(2)]
    gone = [row(3), row(3, sign=-1, version=2)]
    real.target.insert(insert(0, taken_back + gone))
    held = real.held()
    assert held["source_counts"] == 2
    assert held["people"] == 4 * 2


@pytest.mark.server
def test_an_insert_that_fails_in_a_view_is_no_success(real: Real) -> None:
    with pytest.raises(Unavailable):
        real.insert_into_broken_view(insert(0, rows(50)))


@pytest.mark.server
def test_the_same_insert_twice_at_once_counts_once(real: Real) -> None:
    """A sink that timed out repeats an insert that is still running."""
    messages = rows(20_000)

    def write() -> None:
        ClickHouseTarget(settings_from_url()).insert(insert(0, messages))

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert real.held() == real.expected(messages)


MONTHS = [f"{year}-{month:02}-15T12:00:00Z" for year in range(1970, 2106) for month in (1, 7)]


@pytest.mark.server
def test_a_batch_over_all_months_is_one_insert(real: Real) -> None:
    """More partitions than ClickHouse takes by default, each a block of its own to remember."""
    messages = [row(n, occurred_at=at) for n, at in enumerate(MONTHS)]
    for _ in range(2):
        real.target.insert(insert(0, messages))
    assert real.held() == real.expected(messages)


@pytest.mark.server
@pytest.mark.parametrize("bad", [b'{"event_id":"no uuid"}', b"{]", b"7", b'{"sign":"x"}'])
def test_rows_that_clickhouse_cannot_read_are_refused_whole(real: Real, bad: bytes) -> None:
    with pytest.raises(Refused, match="REJECTED"):
        real.target.insert(insert(0, [*rows(3), bad]))
    assert real.held() == real.expected([])


NAMES = [
    "",
    "a\x00b",
    "\ufffe",
    "\U0010ffff",
    "é" * 1000,
    "e" + "\u0301" * 100,
    "🏳️‍🌈",
    "\u202e",
    "\n\n",
]


@pytest.mark.server
def test_any_name_is_taken(real: Real) -> None:
    messages = [row(number, contact_name=name) for number, name in enumerate(NAMES)]
    real.target.insert(insert(0, messages))
    assert real.held() == real.expected(messages)


@pytest.mark.server
def test_counts_are_those_of_an_independent_sum(real: Real) -> None:
    messages = rows(3_000)
    real.target.insert(insert(0, messages))
    found = real.query(
        "SELECT workspace_id, source, toBool(is_unassignment), sum(assignments) "
        "FROM source_counts GROUP BY ALL"
    )
    assert {each[:-1]: each[-1] for each in found} == counts(messages)
