"""What must hold in every schedule, whatever befalls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from tests.integration import derivation
from tests.simulation import reader

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule

_SINCE = 150.0  # seconds after which silence of Kafka, or of the worker itself, excuses no end


class Broken(Exception):
    """An invariant does not hold; `name` is its name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


def log_and_letters_are_exact(schedule: Schedule) -> Iterator[str]:
    """Log and dead letters equal the oracle's, each row once."""
    with _reading(schedule) as (events, everything):
        try:
            log, dead = everything(derivation.is_now)
        except (AssertionError, KeyError) as wrong:
            yield f"a row twice, or a wrong retraction: {wrong}"[:200]
            return
        if schedule.half:  # half a transaction: what is there is there once, and that is all
            return
        should, refused = events(derivation.should_be)
    if log != should:
        yield f"log: {_difference(log, should)}"
    if dead != refused:
        yield f"dead letters: {_difference(dead, refused)}"


def _difference(found: dict[Any, Any], should: dict[Any, Any]) -> str:
    missing, more = should.keys() - found.keys(), found.keys() - should.keys()
    other = [name for name in found.keys() & should.keys() if found[name] != should[name]]
    return (
        f"{len(found)} instead of {len(should)}; missing {sorted(missing)[:3]},"
        f" too many {sorted(more)[:3]}, different {sorted(other)[:3]}"
    )


class _reading:
    """The oracle reads the cluster, not a Kafka: all that was ever committed."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __enter__(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        self._read = derivation.read
        topics = self._schedule.topics

        def events(ask: Callable[..., Any]) -> Any:
            derivation.read = lambda topic: self._schedule.events_that_count()
            return ask(topics)

        def everything(ask: Callable[..., Any]) -> Any:
            derivation.read = lambda topic: self._schedule.messages(topic)
            return ask(topics)

        return events, everything

    def __exit__(self, *_: object) -> None:
        derivation.read = self._read


def tables_are_exact(schedule: Schedule) -> Iterator[str]:
    """Each table of the report got every row of the log once."""
    if schedule.half:
        return
    rows = Counter(each for each in schedule.rows() if each not in schedule.lost_rows)
    for name, table in schedule.clickhouse.tables.items():
        held = Counter(each for each in table.rows if each not in schedule.lost_rows)
        if held != rows:
            more, less = held - rows, rows - held
            yield f"{name}: {more.total()} too often, {less.total()} missing of {rows.total()}"


def complete_to_is_true(schedule: Schedule) -> Iterator[str]:
    """At every look nothing is missing that reached Kafka before "complete to"."""
    if schedule.ended_by == "a topic made anew" or "retention" in schedule.world.kinds:
        return  # nobody knows of when the events were that are gone
    for late in reader.late(schedule):
        yield str(late)
        return


def workers_stay_up(schedule: Schedule) -> Iterator[str]:
    """No worker ends itself with Kafka there."""
    for at, name in schedule.ended_themselves:
        if at - max(schedule.last_away, schedule.last_frozen) > _SINCE:
            yield f"{name} ended itself at {at:.1f} s, with Kafka there"
            return


def refusals_have_a_cause(schedule: Schedule) -> Iterator[str]:
    """Worker and sink refuse to go on only where they must."""
    yield from schedule.without_cause


INVARIANTS: dict[str, Callable[[Schedule], Iterator[str]]] = {
    "exact log": log_and_letters_are_exact,
    "exact tables": tables_are_exact,
    "complete to": complete_to_is_true,
    "stays up": workers_stay_up,
    "refuses with cause": refusals_have_a_cause,
}
"""Besides, a schedule fails as "goes on" where it does not come to its end once all is healed, and
as "no crash" where code of the product raises what nobody expects."""


def check(schedule: Schedule, allowed: Collection[str]) -> None:
    """Raises Broken for the first that does not hold, and is not among `allowed`."""
    for name, holds in INVARIANTS.items():
        if name in allowed:
            continue
        for text in holds(schedule):
            raise Broken(name, text)
