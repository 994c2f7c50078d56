"""All of Kafka that survives a client: logs, transactions, groups, topics."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Literal

import confluent_kafka

from tests.simulation.kafka.errors import failure
from tests.simulation.kafka.group import Group
from tests.simulation.kafka.log import Log
from tests.simulation.world import Process, World, here

Place = tuple[str, int]
_ANSWER = 15.0  # seconds a call without a time-out of its own waits


@dataclass
class Transaction:
    """What the coordinator keeps of one transactional id."""

    pid: int
    epoch: int = -1
    state: Literal["empty", "ongoing", "commit", "abort"] = "empty"
    places: set[Place] = field(default_factory=set)
    lost: set[Place] = field(default_factory=set)  # whose marker gets lost
    started: float = 0.0
    timeout: float = 60.0
    owner: Process | None = None  # who called init_transactions last
    owned_since: float = 0.0
    bumped: float = -1.0  # when the coordinator ended it by time-out


class Cluster:
    """Topics by name and number of partitions."""

    def __init__(self, world: World, topics: dict[str, int]) -> None:
        self.world = world
        self.logs: dict[Place, Log] = {}
        self.counts: dict[str, int] = {}
        self.ids: dict[str, str] = {}
        self.known: dict[str, int] = {}  # number of partitions, as producers have it
        self.former: dict[Place, list[Log]] = {}  # of topics that were made anew
        self.transactions: dict[str, Transaction] = {}
        self.groups: dict[str, Group] = {}
        self.away_until = 0.0
        self._pids = 0
        for name, count in topics.items():
            self.create(name, count)

    def create(self, name: str, count: int) -> None:
        """Make a topic, anew where there was one of this name."""
        for number in range(self.counts.get(name, 0)):
            self.former.setdefault((name, number), []).append(self.logs.pop((name, number)))
        self.logs.update({(name, number): Log() for number in range(count)})
        self.counts[name] = self.known[name] = count
        self.ids[name] = f"id-{name}-{len(self.former.get((name, 0), ()))}"

    def grow(self, name: str, count: int) -> None:
        """More partitions."""
        for number in range(self.counts[name], count):
            self.logs[name, number] = Log()
        self.counts[name] = count

    def group(self, name: str) -> Group:
        """The group of this name."""
        return self.groups.setdefault(name, Group())

    @property
    def away(self) -> bool:
        """Whether no broker answers."""
        return self.world.now < self.away_until

    def begin(self, name: str) -> Transaction:
        """Somebody wants the id: what is ongoing under it is aborted."""
        found = self.transactions.get(name)
        if found is None:
            self._pids += 1
            found = self.transactions[name] = Transaction(self._pids)
        if found.state == "ongoing":
            found.epoch += 1
            self.decide(name, found, commit=False)
        return found

    def decide(self, name: str, found: Transaction, *, commit: bool) -> None:
        """The end of a transaction is decided; markers follow."""
        world = self.world
        found.state = "commit" if commit else "abort"
        world.happened[found.state] += 1
        world.tell(f"{found.state} of {name} decided")
        if "baton-worker" in name and world.strikes("marker", "markers lost", 0.1):
            chance = world.stream("markers")
            share = chance.choice([0.4, 1.0, 1.0])
            found.lost = {place for place in sorted(found.places) if chance.random() < share}
        world.changed("decisions")

    def tick(self) -> bool:
        """What the coordinator does by itself, one thing at a time; whether there was any."""
        world = self.world
        for name, found in self.transactions.items():
            if found.state == "ongoing" and world.now - found.started > found.timeout:
                found.epoch += 1
                found.bumped = world.now
                world.happened["transaction timed out"] += 1
                self.decide(name, found, commit=False)
            if found.state in ("commit", "abort"):
                self._mark(found)
                return True
        return False

    def _mark(self, found: Transaction) -> None:
        world = self.world
        if not found.places:
            found.state = "empty"
            found.lost = set()
            world.changed("transactions")
            return
        place = world.stream("marking").choice(sorted(found.places))
        found.places.discard(place)
        if place in found.lost:
            world.happened[f"marker lost: {found.state}"] += 1
            world.tell(f"{found.state} marker of {place[0]}/{place[1]} is lost", "broker")
        elif found.pid in self.logs[place].open:  # else the topic was made anew meanwhile
            self.logs[place].mark(world.now, found.pid, commit=found.state == "commit")
            world.changed(place[0])

    def hangs(self, prefix: str) -> bool:
        """Whether records of these transactional ids stay open, their transaction being over."""
        ended = {
            each.pid
            for name, each in self.transactions.items()
            if name.startswith(prefix) and each.state == "empty"
        }
        return any(ended & log.open.keys() for log in self.logs.values())


def call(name: str, timeout: float | None = None) -> Cluster:
    """A request: it takes its time, and can find Kafka away; raises KafkaException."""
    world = here()
    cluster: Cluster = world.cluster
    world.step(name)
    if cluster.away:
        limit = world.now + (timeout if timeout and timeout > 0 else _ANSWER)
        if cluster.away_until > limit:
            world.sleep(limit - world.now)
            raise failure(
                confluent_kafka.KafkaError._TIMED_OUT, f"{name}: no answer", retriable=True
            )
        world.sleep(cluster.away_until - world.now)
    return cluster


def metadata(timeout: float | None) -> SimpleNamespace:
    """The topics there are."""
    cluster = call("metadata", timeout)
    return SimpleNamespace(
        topics={
            name: SimpleNamespace(error=None, partitions=dict.fromkeys(range(count)))
            for name, count in cluster.counts.items()
        }
    )
