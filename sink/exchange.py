"""Exchanging the generation that readers see with another one, both being written to.

1. hold both landing tables, at a moment at which no insert of either is open
2. record that the exchange is under way: from here on it is finished, not undone; sinks wait
3. take both chains of views away
4. exchange the tables, in one statement; readers see the old ones before it and the new ones after
5. move the old generation's tables to a database of its own
6. make both chains anew, under names that were never used: a sink that slept through all of this
   writes nowhere, and looks again
7. record what is live and what is kept, in one insert

A crash after 2 leaves readers with the old or the new tables; the next run goes on at 3, and every
step leaves alone what is done. Tables are known by their identity, wherever they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from clickhouse_connect.driver.client import Client

from sink import chain, generations
from sink.clickhouse import Settings, connect, create_database, quoted
from sink.generations import Generation, State
from sink.positions import hold_settled
from stream import faults

Look = Callable[[], dict[int, int] | None]


class Exchange:
    """From the live generation to another one. `look` says whether no sink of either is at work."""

    def __init__(
        self, address: Settings, client: Client, old: Generation, new: Generation, look: Look
    ) -> None:
        if old.number == new.number:
            raise ValueError(f"generation {new.number} is what readers see")
        self._address, self._client, self._look = address, client, look
        self._old, self._new = old, new
        self._held_at = time.monotonic()
        self.held_seconds = 0.0

    def run(self) -> Iterator[str]:
        """Do it, or go on with it; yields the steps as they are done. Raises TimeoutError while
        nothing is changed yet, and ClickHouse's errors."""
        if self._new.state is not State.EXCHANGING:
            yield from self._hold()
        for step in (self._unchain, self._swap, self._move, self._chain):
            step()
            faults.point(f"exchange.{step.__name__.lstrip('_')}")
            yield str(step.__doc__)
        self.held_seconds = time.monotonic() - self._held_at

    def _hold(self) -> Iterator[str]:
        held = False
        try:
            hold_settled(self._ask_both, self._hold_both, self._release_both, self._look)
            yield "both generations' sinks wait"
            generations.keep(self._client, replace(self._new, state=State.EXCHANGING))
            held = True
        finally:
            if not held:
                self._release_both()
        faults.point("exchange.held")

    def _ask_both(self) -> None:
        for each in (self._old, self._new):
            chain.ask(self._client, each.database, each.landing)

    def _hold_both(self) -> None:
        self._held_at = time.monotonic()
        for each in (self._old, self._new):
            chain.hold(self._client, each.database, each.landing)

    def _release_both(self) -> None:
        for each in (self._old, self._new):
            chain.release(self._client, each.database, each.landing)

    def _unchain(self) -> None:
        """views taken away"""
        there = {str(row[0]) for row in self._client.query("SHOW DATABASES").result_rows}
        for database in {self._live, self._beside, self._kept} & there:
            chain.drop_chain(self._client, database)

    def _swap(self) -> None:
        """tables exchanged"""
        here = chain.identities(self._client, self._live)
        pairs = [
            f"{quoted(self._live)}.{quoted(name)} AND {quoted(self._beside)}.{quoted(name)}"
            for name, identity in self._new.tables.items()
            if here[name] != identity
        ]
        if pairs:
            self._client.command(f"EXCHANGE TABLES {', '.join(pairs)}")

    def _move(self) -> None:
        """the old generation has a database of its own"""
        create_database(replace(self._address, database=self._kept))
        left = chain.identities(self._client, self._beside)
        names = [name for name, identity in left.items() if identity == self._old.tables[name]]
        for name in names if self._beside != self._kept else ():
            source = f"{quoted(self._beside)}.{quoted(name)}"
            self._client.command(f"RENAME TABLE {source} TO {quoted(self._kept)}.{quoted(name)}")
        if self._beside != self._kept:
            self._drop_empty(self._beside)

    def _drop_empty(self, database: str) -> None:
        found = self._client.query(
            "SELECT count() FROM system.tables WHERE database = {database:String}",
            parameters={"database": database},
        )
        if found.result_rows[0][0]:
            raise RuntimeError(f"database {database} still holds tables: it is left as it is")
        self._client.command(f"DROP DATABASE IF EXISTS {quoted(database)} SYNC")

    def _chain(self) -> None:
        """both are written to again"""
        after = []
        for each, database, state in (
            (self._old, self._kept, State.KEPT),
            (self._new, self._live, State.LIVE),
        ):
            landing = chain.new_landing(each.number)
            with connect(replace(self._address, database=database)) as client:
                chain.create_chain(client, landing)
            after.append(replace(each, state=state, database=database, landing=landing))
        generations.keep(self._client, *after)

    @property
    def _live(self) -> str:
        return self._address.database

    @property
    def _beside(self) -> str:
        return self._new.database

    @property
    def _kept(self) -> str:
        return database_of(self._address, self._old.number)


def database_of(address: Settings, generation: int) -> str:
    """Where a generation lies while it is not the live one."""
    return f"{address.database}_g{generation}"


def create(address: Settings, client: Client, new: Generation) -> Generation:
    """Make a generation's tables and chain, or what is missing of them, and record it.

    The live generation's tables are recorded as well, so that an exchange knows them again.
    """
    create_database(replace(address, database=new.database))
    with connect(replace(address, database=new.database)) as beside:
        chain.create_tables(beside)
        chain.drop_chain(beside, new.database)
        chain.create_chain(beside, new.landing)
    made = replace(new, tables=chain.identities(client, new.database))
    live = generations.live(generations.known(client))
    here = replace(live, tables=chain.identities(client, live.database))
    generations.keep(client, here, made)
    return made


def drop(address: Settings, client: Client, old: Generation) -> None:
    """Delete a generation's database and record that it is gone."""
    if old.database == address.database:
        raise RuntimeError(f"generation {old.number} is the live one")
    generations.keep(client, replace(old, state=State.DROPPED, tables={}))
    client.command(f"DROP DATABASE IF EXISTS {quoted(old.database)} SYNC")
