"""Migrations of an installation that is in use: every generation's tables, with no insert open.

A generation is tables and a chain (landing table, views) in a database of its own; all else there
is once, beside the live report. Tables are migrated in each generation. A chain is not: it is made
anew from the files, under a landing name that was never used, so that a sink that slept through all
of this writes nowhere, and looks again.

1. hold the landing tables of all generations, at a moment at which no insert into any is open
2. run the statements, each where it belongs; what fills a new table from the log is exact now
3. take the landing tables away, and then their views: no landing table is ever without its views
4. make the chains anew; record where they are, in one insert: sinks go on; drop what they fed once
5. record the migrations

Run again after a crash, it does all of it again: statements may be repeated, and a table is emptied
before it is filled. A failure before 3 lets the sinks go on with what was; after it they wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import cached_property

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException

from producers.kafka import Topics, explained
from sink import chain, generations
from sink.changes import Change, Scope
from sink.clickhouse import Settings, connect
from sink.generations import Generation, State
from sink.migrate import HISTORY, Migration, MigrationRefused, applied, migrate, pending, record
from sink.positions import Sinks, hold_settled
from sink.writer import Unavailable
from stream import audit, faults, scan
from stream.lock import Locked, held


class Upgrade:
    """The migrations that one installation lacks."""

    def __init__(
        self,
        address: Settings,
        client: Client,
        kafka: Callable[[], Mapping[str, str]],
        prefix: str,
        files: Sequence[Migration],
    ) -> None:
        self._address, self._client = address, client
        self._ask, self._prefix, self._files = kafka, prefix, files
        client.command(HISTORY)
        self._fresh = not applied(client)
        self.missing = pending(files, applied(client))

    @cached_property
    def _kafka(self) -> Mapping[str, str]:
        """Asked for only where sinks are held: the first tables need no Kafka."""
        return self._ask()

    def run(self) -> Iterator[Migration]:
        """Apply them, yielding each once it is recorded; raises MigrationRefused before anything is
        changed, and ClickHouse's own errors."""
        if self._fresh:
            yield from migrate(self._client, self._files)
        elif self.missing:
            self._apply()
            for migration in self.missing:
                record(self._client, migration)
                yield migration

    def _apply(self) -> None:
        places = self._places()
        if all(migration.scope is Scope.REPORT for migration in self.missing):
            self._change(places)
            return
        topics = Topics(self._prefix)
        entry = audit.Entry("migrate", {"what": [each.name for each in self.missing]})
        try:
            audit.write(self._kafka, topics, entry)
            with held(self._kafka, topics, "tables"), self._standing_still(places):
                self._change(places)
                faults.point("upgrade.changed")
                self._unchain(places)
                self._chain(places)
            audit.write(self._kafka, topics, replace(entry, state="done", ended_at=time.time()))
        except (Locked, TimeoutError, Unavailable) as reason:
            raise MigrationRefused(f"the sinks cannot be held: {reason}") from None
        except KafkaException as error:
            text = f"the Kafka of the sinks does not answer: {explained(error)}"
            raise MigrationRefused(text) from None

    def _places(self) -> list[Generation]:
        known = generations.known(self._client).values()
        for each in known:
            if each.state is State.EXCHANGING:
                raise MigrationRefused(
                    f"the exchange to generation {each.number} is not finished: go on with `baton"
                    f" replay exchange {each.number} --execute`"
                )
        return [each for each in known if each.state is not State.DROPPED]

    def _change(self, places: Sequence[Generation]) -> None:
        for migration in self.missing:
            if migration.scope is Scope.REPORT:
                for change in migration.changes:
                    self._client.command(change.sql)
            else:
                self._change_each(places, [c for c in migration.changes if not chain.remakes(c)])

    def _change_each(self, places: Sequence[Generation], changes: Sequence[Change]) -> None:
        for place in places:
            with connect(self._at(place)) as client:
                for change in changes:
                    client.command(change.sql)

    def _at(self, place: Generation) -> Settings:
        return replace(self._address, database=place.database)

    @contextmanager
    def _standing_still(self, places: Sequence[Generation]) -> Iterator[None]:
        """Hold the sinks; at the end, or after a failure, let those go whose landing table is left.

        Where a run was killed after it took one away, no insert can have been begun since.
        """
        with ExitStack() as stack:
            sinks = [
                stack.enter_context(closing(Sinks(self._kafka, topics)))
                for topics in (
                    Topics(self._prefix, each.number) for each in places if self._lands(each)
                )
                if scan.partitions(self._kafka, topics.log)
            ]

            def look() -> dict[int, int] | None:
                return {} if all(each.settled() is not None for each in sinks) else None

            try:
                hold_settled(
                    lambda: self._each(chain.ask, places),
                    lambda: self._each(chain.hold, places),
                    lambda: self._each(chain.release, places),
                    look,
                )
                yield
            finally:
                self._each(chain.release, places)

    def _lands(self, place: Generation) -> bool:
        return chain.lands(self._client, place.database, place.landing)

    def _each(
        self, change: Callable[[Client, str, str], None], places: Sequence[Generation]
    ) -> None:
        for place in places:
            change(self._client, place.database, place.landing)

    def _unchain(self, places: Sequence[Generation]) -> None:
        for place in places:
            chain.drop_landings(self._client, place.database, but=place.landing + chain.ASKED)
            chain.drop_views(self._client, place.database)
        faults.point("upgrade.unchained")

    def _chain(self, places: Sequence[Generation]) -> None:
        after = []
        for place in places:
            landing = chain.new_landing(place.number)
            with connect(self._at(place)) as client:
                chain.create_chain(client, landing)
            tables = chain.identities(self._client, place.database)
            after.append(replace(place, landing=landing, tables=tables))
        faults.point("upgrade.chained")
        generations.keep(self._client, *after)
        for place in after:
            chain.drop_retired(self._client, place.database)
            chain.drop_landings(self._client, place.database, but=place.landing)
