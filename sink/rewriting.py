"""`baton reconcile` and `baton replay resink`: the tables against `assignment-log`, and repair."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from producers.kafka import Topics, client_config
from sink import chain, generations
from sink.clickhouse import Settings, connect, quoted, settings_from_url
from sink.compare import WHOLE, Difference, differences
from sink.generations import Generation, State
from sink.positions import Sinks, hold_settled
from sink.shadow import Shadow
from stream import faults, scan
from stream.operation import Plan, Steps

_CLOSE = 1_000
"""Offsets behind the sinks from which on the rest is loaded while they are held."""


@dataclass(frozen=True)
class Work:
    """What to rewrite: `months` such as 201602 (all where empty), only where they differ or, with
    `whatever`, also where they do not; nothing at all with `look_only`."""

    months: frozenset[int] = frozenset()
    whatever: bool = False
    look_only: bool = False

    def takes(self, month: int) -> bool:
        """Whether a month, or what has none, is to be written."""
        return month == WHOLE or not self.months or month in self.months


class Rewriting:
    """One installation: its live tables and its log."""

    def __init__(self, address: Settings, kafka: Mapping[str, str], prefix: str) -> None:
        self.address, self.kafka = address, kafka
        self._client = connect(address)
        self.known = generations.known(self._client)
        self.live = generations.live(self.known)
        self.topics = Topics(prefix, self.live.number)

    @classmethod
    def from_environment(cls) -> Rewriting:
        """At CLICKHOUSE_URL and KAFKA_BOOTSTRAP_SERVERS; raises ClickHouseUnusable."""
        return cls(settings_from_url(), client_config(), Topics.from_environment().prefix)

    def plan(self, command: str, work: Work) -> Plan:
        """What would be done; raises KafkaException, ClickHouse's errors."""
        stretches = scan.whole(self.kafka, self.topics.log)
        months = ", ".join(map(str, sorted(work.months))) or "all months"
        what = "Write again" if work.whatever else "Prove and, where needed, write again"
        if work.look_only:
            what = "Prove, and change nothing of,"
        return Plan(
            command,
            f"{what} log, counts and filter lists of {self.address.shown} from {self.topics.log}:"
            f" {months}.",
            where=[
                f"partition {number}: offsets {start} to {end}"
                for number, (start, end) in stretches.items()
            ],
            messages=sum(each.length for each in stretches.values()),
            afterwards=self._afterwards(work),
            refused=list(self._refusals(stretches)),
            lock="tables",
        )

    def _afterwards(self, work: Work) -> list[str]:
        said = [
            f"all of it lies once more in {self.address.database}_shadow until the end",
            "sinks wait while the two are compared; readers notice nothing",
        ]
        if not work.look_only:
            said.append("each month is replaced as a whole, log and counts one after the other")
        return said

    def _refusals(self, stretches: scan.Stretches) -> Iterator[str]:
        if self.live.state is State.EXCHANGING:
            yield "an exchange of generations is not finished: `baton replay exchange` goes on"
        for number, (start, _) in stretches.items():
            if start > 0:
                yield (
                    f"partition {number} of {self.topics.log} begins at offset {start}: rows before"
                    " it are in the tables alone and would be lost; `baton replay rebuild` derives"
                    " them anew"
                )

    def run(self, work: Work) -> Steps:
        """Load, hold the sinks, compare, replace, release. Goes on where another run was left."""
        with closing(Sinks(self.kafka, self.topics)) as sinks:
            return (yield from self._run(work, sinks))

    def _run(self, work: Work, sinks: Sinks) -> Steps:
        shadow = Shadow(self.address, self.kafka, self.topics.log, sinks.topic_id())
        try:
            yield from self._catch_up(shadow, sinks)
            with self._held(sinks) as (until, began):
                yield from shadow.load(until)
                found = differences(self._client, self.live.database, shadow.database)
                replaced = self._replace(shadow, found, work)
                held = time.monotonic() - began
        except BaseException:
            shadow.close()
            raise
        shadow.drop()
        return {
            "differences": len(found),
            "examples": [str(each) for each in found[:20]],
            "replaced": replaced,
            "sinks_held_seconds": round(held, 2),
        }

    def _catch_up(self, shadow: Shadow, sinks: Sinks) -> Iterator[int]:
        while True:
            until = {
                number: state.offset if state else 0 for number, state in sinks.states().items()
            }
            behind = sum(max(0, end - shadow.next(number)) for number, end in until.items())
            if behind < _CLOSE:
                return
            yield from shadow.load(until)

    @contextmanager
    def _held(self, sinks: Sinks) -> Iterator[tuple[dict[int, int], float]]:
        place = self.live
        try:
            until = hold_settled(
                lambda: chain.ask(self._client, place.database, place.landing),
                lambda: chain.hold(self._client, place.database, place.landing),
                lambda: chain.release(self._client, place.database, place.landing),
                sinks.settled,
            )
            faults.point("rewriting.held")
            yield until, time.monotonic()
        finally:
            chain.release(self._client, place.database, place.landing)

    def _replace(self, shadow: Shadow, found: Sequence[Difference], work: Work) -> list[str]:
        if work.look_only:
            return []
        replaced = []
        for table in chain.tables():
            parts = shadow.months(table)
            wrong = {_partition(each.month) for each in found if each.table == table}
            wanted = wrong | parts if work.whatever else wrong
            for part in sorted(wanted):
                if work.takes(WHOLE if part == _UNDIVIDED else int(part)):
                    _replace_partition(self._client, self.live, shadow, table, part, parts)
                    replaced.append(f"{table} {part}")
                    faults.point("rewriting.replaced")
        return replaced

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


_UNDIVIDED = "tuple()"


def _partition(month: int) -> str:
    return str(month) if month else _UNDIVIDED


def _replace_partition(
    client: Client, live: Generation, shadow: Shadow, table: str, part: str, there: Collection[str]
) -> None:
    target = f"ALTER TABLE {quoted(live.database)}.{quoted(table)}"
    if part in there:
        source = f"{quoted(shadow.database)}.{quoted(table)}"
        client.command(f"{target} REPLACE PARTITION {part} FROM {source}")
    else:
        client.command(f"{target} DROP PARTITION {part}")
