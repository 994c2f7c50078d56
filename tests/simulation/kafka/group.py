"""Consumer groups: generations, static members, sessions, and committed offsets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import confluent_kafka

from tests.simulation.kafka.errors import failure
from tests.simulation.world import NEVER, Process, here

KafkaError = confluent_kafka.KafkaError

_JOIN_WITHIN = 60.0  # seconds a rebalance waits for members that do not come back
Told = Literal["assign", "revoke", "lost"]


@dataclass
class Member:
    """One member, as the coordinator knows it."""

    name: str
    process: Process
    session: float
    poll_limit: float
    generation: int = 0
    rejoined: bool = False
    assigned: list[int] = field(default_factory=list)
    last_poll: float = 0.0


class Group:
    """What the coordinator keeps."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.generation = 0
        self.deadline: float | None = None  # of a rebalance under way
        self.offsets: dict[tuple[str, int], tuple[int, str | None]] = {}

    def tick(self, now: float, partitions: int) -> None:
        """Throw out whoever is silent, and end a rebalance that all have joined."""
        for member in list(self.members.values()):
            silent = member.process.silent_for(now) > member.session
            if silent or now - member.last_poll > member.poll_limit:
                self.leave(member, now)
        if self.deadline is None:
            return
        waiting = [each for each in self.members.values() if not each.rejoined]
        if waiting and now < self.deadline:
            return
        for member in waiting:
            del self.members[member.name]
        self.generation += 1
        self.deadline = None
        names = sorted(self.members)
        for index, name in enumerate(names):
            member = self.members[name]
            member.generation, member.rejoined = self.generation, False
            member.assigned = [n for n in range(partitions) if n % len(names) == index]

    def leave(self, member: Member, now: float) -> None:
        """A member goes, and the others share what it had."""
        if self.members.get(member.name) is member:
            del self.members[member.name]
            if self.deadline is None:
                self.rebalance(now)

    def rebalance(self, now: float) -> None:
        """Ask all members to join again."""
        self.deadline = now + _JOIN_WITHIN
        for member in self.members.values():
            member.rejoined = False


class GroupClient:
    """A member of a group, as the clients have it: who asks hears of revocation and assignment."""

    def __init__(
        self, group: str, topic: str, session: float, instance: str | None = None,
        poll_limit: float = NEVER,
    ) -> None:  # fmt: skip
        self._world = here()
        self.group: Group = self._world.cluster.group(group)
        self.topic = topic
        self._instance, self._session, self._poll_limit = instance, session, poll_limit
        self._process = self._world.process
        self._held: list[int] | None = None
        self._seen = 0
        self.member: Member | None = None

    def _join(self) -> None:
        world, group = self._world, self.group
        name = self._instance or f"{self._process.name}-{world.steps}"
        before = group.members.get(name)
        member = Member(name, self._process, self._session, self._poll_limit, last_poll=world.now)
        self.member, self._seen = member, 0
        group.members[name] = member
        if self._instance and before is not None and group.deadline is None:
            member.generation, member.assigned = before.generation, before.assigned
        else:
            group.rebalance(world.now)
            member.rejoined = True

    def _tick(self) -> None:
        self.group.tick(self._world.now, self._world.cluster.counts[self.topic])

    def poll(self) -> tuple[Told, list[int]] | None:
        """What to do next; nothing where all is as it was."""
        if self._world.cluster.away:
            return None
        group = self.group
        if self.member is not None:
            self.member.last_poll = self._world.now
        self._tick()
        if self.member is None or group.members.get(self.member.name) is not self.member:
            if self._held is not None:
                self.member = None
                return "lost", self._let_go()
            self._join()
            self._tick()
        member = self.member
        assert member is not None
        if group.deadline is not None and not member.rejoined:
            if self._held is not None:
                return "revoke", self._let_go()
            member.rejoined = True
            self._tick()
        if group.deadline is None and self._seen != member.generation:
            if self._held is not None:  # a generation went by meanwhile
                self._seen = 0
                return "lost", self._let_go()
            self._seen = member.generation
            self._held = list(member.assigned)
            return "assign", self._held
        return None

    def _let_go(self) -> list[int]:
        held, self._held = self._held, None
        return held or []

    def check(self) -> None:
        """Raises KafkaException where this member may not commit now."""
        group, member = self.group, self.member
        self._tick()
        if member is None or group.members.get(member.name) is not member:
            raise failure(KafkaError.UNKNOWN_MEMBER_ID, "unknown member")
        if group.deadline is not None and member.rejoined:
            raise failure(KafkaError.REBALANCE_IN_PROGRESS, "rebalance")
        if member.generation != group.generation or self._seen != group.generation:
            raise failure(KafkaError.ILLEGAL_GENERATION, "another generation")

    def leave(self) -> None:
        """Leave in order."""
        if self.member is not None:
            self.group.leave(self.member, self._world.now)
