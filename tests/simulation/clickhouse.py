"""ClickHouse as `sink.writer.Target`: the views of the schema, tokens in a window, and what goes
wrong.

An insert may reach some views and fail, succeed without its answer arriving, or arrive after the
client gave up on it, even after that client's process has died. A server that is killed in an
insert has it in some tables and not in others, in each with its token or not at all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from sink.chain import tables
from sink.plan import Insert
from sink.ranges import Source
from sink.writer import Unavailable
from tests.simulation.world import World

WINDOW = 2000
"""Blocks of which a table remembers the token: the fewest that the sink accepts at its start."""


class Table:
    """One table that a view writes to: its rows, by the token they came with."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.tokens: dict[str, int] = {}

    def take(self, insert: Insert) -> bool:
        """Whether the rows are new."""
        if insert.token in self.tokens:
            return False
        self.tokens[insert.token] = len(insert.values)
        while len(self.tokens) > WINDOW:
            del self.tokens[next(iter(self.tokens))]
        self.rows.extend(insert.values)
        return True


class Server:
    """All that survives a client."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = {name: Table() for name in tables()}
        self.sources: set[Source] = set()
        self.away_until = 0.0
        self.paused = False

    def take(self, insert: Insert, names: Sequence[str]) -> None:
        """An insert reaches these views."""
        for name in names:
            if not self.tables[name].take(insert):
                self.world.happened["insert dropped as known"] += 1
        self.world.tell(f"has {insert.token} in {len(names)} of {len(self.tables)}", "clickhouse")


class Target:
    """What a sink holds of it."""

    def __init__(self, server: Server) -> None:
        self._server, self._world = server, server.world

    def _ask(self, name: str) -> None:
        world, server = self._world, self._server
        world.step(name)
        if world.now < server.away_until:
            world.sleep(min(5.0, server.away_until - world.now))
            raise Unavailable("no ClickHouse answers")

    def registered(self, topic: str, partition: int) -> set[str]:
        self._ask("registered")
        found = self._server.sources
        return {
            each.topic_id for each in found if (each.topic, each.partition) == (topic, partition)
        }

    def register(self, source: Source) -> None:
        self._ask("register")
        self._server.sources.add(source)
        self._world.after("register")
        if self._world.strikes("inserts", "a registration without answer", 0.05):
            raise Unavailable("register: answer lost")

    def asks_to_wait(self) -> bool:
        self._ask("asks to wait")
        return self._server.paused

    def insert(self, insert: Insert) -> None:
        self._ask("insert")
        names = list(self._server.tables)
        for fault, call in _FAULTS.items():
            if self._world.strikes("inserts", fault, 0.02):
                call(self, insert, names)
                return
        self._server.take(insert, names)
        self._world.after("insert")

    def _before(self, insert: Insert, names: list[str]) -> None:
        raise Unavailable("not taken")

    def _partial(self, insert: Insert, names: list[str]) -> None:
        self._server.take(insert, names[: self._chance.randint(1, len(names) - 1)])
        raise Unavailable("a view failed")

    def _killed(self, insert: Insert, names: list[str]) -> None:
        reached = [name for name in names if self._chance.random() < 0.5]
        self._server.take(insert, reached)
        self._server.away_until = self._world.now + 20 * self._chance.random()
        raise Unavailable("connection reset")

    def _after(self, insert: Insert, names: list[str]) -> None:
        self._server.take(insert, names)
        raise Unavailable("answer lost")

    def _late(self, insert: Insert, names: list[str]) -> None:
        delay = self._take_later(insert, names)
        self._world.sleep(delay * self._chance.random())
        raise Unavailable("timed out")

    def _slow(self, insert: Insert, names: list[str]) -> None:
        self._world.sleep(2 * self._take_later(insert, names))

    def _take_later(self, insert: Insert, names: list[str]) -> float:
        delay = self._chance.choice([0.5, 5.0, 60.0, 110.0]) * self._chance.random()
        self._world.spawn(self._world.outside, self._server.take, insert, names, delay=delay)
        return delay

    @property
    def _chance(self) -> random.Random:
        return self._world.stream(f"{self._world.process.name}: inserts")


_FAULTS = {
    "an insert that is not taken": Target._before,
    "an insert that reaches some views": Target._partial,
    "ClickHouse killed in an insert": Target._killed,
    "an insert without answer": Target._after,
    "an insert that arrives after its client gave up": Target._late,
    "a slow insert": Target._slow,
}
