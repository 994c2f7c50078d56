"""Which generation of the report lies where in ClickHouse, and what its sinks write to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from clickhouse_connect.driver.client import Client

from stream.settings import horizon_from

LANDING = "assignment_landing"
"""What the sinks of generation 1 write to as long as there is no other."""

_COLUMNS = [
    "generation",
    "state",
    "database",
    "landing",
    "horizon_days",
    "horizon_events",
    "tables",
]


class State(StrEnum):
    """What a generation is there for."""

    BUILDING = "building"
    LIVE = "live"
    KEPT = "kept"
    EXCHANGING = "exchanging"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Generation:
    """One generation; `tables` are those with rows in them, by name."""

    number: int
    state: State
    database: str
    landing: str = LANDING
    horizon_days: float = 30.0
    horizon_events: int = 10_000
    tables: Mapping[str, UUID] = field(default_factory=dict)


def known(client: Client) -> dict[int, Generation]:
    """All generations there were, by number; generation 1 alone where none was ever rebuilt."""
    database = str(client.query("SELECT currentDatabase()").result_rows[0][0])
    first = _first(database)
    if not client.query("EXISTS TABLE generations").result_rows[0][0]:
        return {1: first}
    found = client.query(f"SELECT {', '.join(_COLUMNS)} FROM generations FINAL")  # noqa: S608
    rows = [_generation(*row) for row in found.result_rows]
    return {1: first, **{each.number: each for each in rows}}


def _first(database: str) -> Generation:
    """Generation 1 where nothing is recorded of it: derived under what the environment says."""
    horizon = horizon_from()
    days = horizon.milliseconds / 86_400_000
    return Generation(1, State.LIVE, database, horizon_days=days, horizon_events=horizon.events)


def _generation(number: int, state: str, *rest: Any) -> Generation:
    database, landing, days, events, tables = rest
    return Generation(number, State(state), database, landing, days, events, dict(tables))


def live(found: Mapping[int, Generation]) -> Generation:
    """The one that readers see, or are about to see where an exchange is under way."""
    states = {generation.state: generation for generation in found.values()}
    return states.get(State.EXCHANGING) or states[State.LIVE]


def keep(client: Client, *changed: Generation) -> None:
    """Record generations as they are now, all of them at once."""
    rows = [
        [
            each.number,
            str(each.state),
            each.database,
            each.landing,
            each.horizon_days,
            each.horizon_events,
            dict(each.tables),
        ]
        for each in changed
    ]
    client.insert("generations", rows, column_names=_COLUMNS, settings={"async_insert": 0})
