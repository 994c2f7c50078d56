"""confluent_kafka's Consumer and AdminClient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import confluent_kafka
from confluent_kafka.admin import OffsetSpec

from tests.simulation.kafka.cluster import Cluster, call, metadata
from tests.simulation.kafka.errors import failure
from tests.simulation.kafka.group import GroupClient
from tests.simulation.kafka.log import Log, Record
from tests.simulation.world import NEVER, here

KafkaError = confluent_kafka.KafkaError
TopicPartition = confluent_kafka.TopicPartition
READ_UNCOMMITTED = confluent_kafka.IsolationLevel.READ_UNCOMMITTED
_TURN = 3.0  # seconds after which a waiting reader looks whether its group has changed
_NONE = -1001


class Message:
    """A record, or an error, as it is handed over."""

    __slots__ = ("_error", "_offset", "_partition", "_record", "_topic")

    def __init__(
        self, topic: str, partition: int, record: Record | None = None, offset: int = -1,
        error: KafkaError | None = None,
    ) -> None:  # fmt: skip
        self._topic, self._partition, self._record = topic, partition, record
        self._offset, self._error = record.offset if record else offset, error

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._record.key if self._record else None

    def value(self) -> bytes | None:
        return self._record.value if self._record else None

    def headers(self) -> list[tuple[str, bytes]] | None:
        return list(self._record.headers) or None if self._record else None

    def timestamp(self) -> tuple[int, int]:
        return 2, self._record.timestamp if self._record else -1

    def error(self) -> KafkaError | None:
        return self._error


class Answer(NamedTuple):
    """A TopicPartition of an answer; confluent's own cannot be given an error."""

    topic: str
    partition: int
    offset: int
    metadata: str | None = None
    error: KafkaError | None = None


class Consumer:
    """Reads by assignment or as a member of a group; asks and commits offsets."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._world = here()
        self._committed = config.get("isolation.level", "read_committed") == "read_committed"
        self._eof = bool(config.get("enable.partition.eof"))
        self._reset = config.get("auto.offset.reset", "latest")
        self._name = config["group.id"]
        self._session = float(config.get("session.timeout.ms", 45_000)) / 1000
        self._poll_limit = float(config.get("max.poll.interval.ms", 300_000)) / 1000
        self._positions: dict[tuple[str, int], int] = {}
        self._ended: dict[tuple[str, int], int] = {}
        self._paused: set[tuple[str, int]] = set()
        self._client: GroupClient | None = None
        self._topic = ""

    @property
    def _cluster(self) -> Cluster:
        found: Cluster = self._world.cluster
        return found

    def subscribe(
        self, topics: list[str], on_assign: Callable[..., None], on_revoke: Callable[..., None],
        on_lost: Callable[..., None],
    ) -> None:  # fmt: skip
        self._told = {"assign": on_assign, "revoke": on_revoke, "lost": on_lost}
        self._topic = topics[0]
        self._client = GroupClient(
            self._name, self._topic, self._session, poll_limit=self._poll_limit
        )

    def assign(self, places: Iterable[TopicPartition]) -> None:
        self._positions = {
            (each.topic, each.partition): (
                0 if each.offset == confluent_kafka.OFFSET_BEGINNING else each.offset
            )
            for each in places
        }
        for place, at in self._positions.items():
            if at == 0 and self._reset == "earliest":
                self._positions[place] = self._cluster.logs[place].start
        self._ended, self._paused = {}, set()

    def unassign(self) -> None:
        self.assign([])

    def pause(self, places: Iterable[TopicPartition]) -> None:
        self._paused.update((each.topic, each.partition) for each in places)

    def resume(self, places: Iterable[TopicPartition]) -> None:
        self._paused.difference_update((each.topic, each.partition) for each in places)

    def consume(self, num_messages: int = 1, timeout: float = -1) -> list[Message]:
        world = self._world
        world.step("consume")
        deadline = world.now + (timeout if timeout >= 0 else NEVER)
        found: list[Message] = []
        while True:
            self._heed_group()
            if not self._cluster.away:
                for place, position in list(self._positions.items()):
                    if place not in self._paused:
                        found += self._fetch(place, position, num_messages - len(found))
            if found or world.now >= deadline:
                return found
            if self._client is None and not self._positions:
                world.park(deadline)
            else:
                topic = next(iter(self._positions))[0] if self._positions else self._topic
                world.wait_for(topic, min(deadline, world.now + _TURN))
            world.alive()

    def poll(self, timeout: float = -1) -> Message | None:
        found = self.consume(1, timeout)
        return found[0] if found else None

    def _heed_group(self) -> None:
        found = self._client.poll() if self._client else None
        if found is not None:
            told, numbers = found
            self._world.happened[f"sink: {told}"] += 1
            self._world.tell(f"group says {told} {numbers}")
            self._told[told](self, [TopicPartition(self._topic, n) for n in numbers])

    def _fetch(self, place: tuple[str, int], position: int, count: int) -> list[Message]:
        log = self._cluster.logs[place]
        if not log.start <= position <= log.end:
            if self._reset == "error":
                self._paused.add(place)
                gone = KafkaError(KafkaError._AUTO_OFFSET_RESET, "out of range")
                return [Message(*place, offset=position, error=gone)]
            position = log.start if self._reset == "earliest" else log.end
        if count > 3 and self._world.process.chance.random() < 0.3:
            count = self._world.process.chance.randint(1, 3)
        records, after, end = log.read(position, count, self._committed)
        self._positions[place] = after
        found = [Message(*place, record) for record in records]
        whole = after >= end and len(records) < max(count, 1)
        if self._eof and whole and self._ended.get(place) != after:
            self._ended[place] = after
            told = KafkaError(KafkaError._PARTITION_EOF)
            found.append(Message(*place, offset=after, error=told))
        return found

    def committed(self, places: Iterable[TopicPartition], timeout: float = -1) -> list[Answer]:
        kept = call("committed", timeout).group(self._name).offsets
        if self._world.strikes("answers", "no answer of committed offsets", 0.005):
            raise failure(KafkaError._TIMED_OUT, "committed: no answer", retriable=True)
        found = []
        for each in places:
            place = each.topic, each.partition
            found.append(Answer(*place, *kept.get(place, (_NONE, None))))
        return found

    def commit(self, offsets: list[TopicPartition], asynchronous: bool = True) -> list[Answer]:
        group = call("commit").group(self._name)
        if self._world.strikes("answers", "an offset commit that is not sent", 0.01):
            raise failure(KafkaError._TIMED_OUT, "commit: not sent", retriable=True)
        if self._client is not None:
            self._client.check()
        elif group.members:
            raise failure(KafkaError.UNKNOWN_MEMBER_ID, "the group has members")
        for each in offsets:
            group.offsets[each.topic, each.partition] = (each.offset, each.metadata)
            self._world.tell(f"commits offset {each.offset} of {each.topic}/{each.partition}")
        self._world.after("commit of offsets")
        if self._world.strikes("answers", "an offset commit without answer", 0.01):
            raise failure(KafkaError._TIMED_OUT, "commit: answer lost", retriable=True)
        return [Answer(e.topic, e.partition, e.offset, e.metadata) for e in offsets]

    def get_watermark_offsets(
        self, place: TopicPartition, timeout: float = -1, cached: bool = False
    ) -> tuple[int, int]:
        if not cached:
            call("watermarks", timeout)
            if self._world.strikes("answers", "no answer of watermarks", 0.003):
                raise failure(KafkaError._TIMED_OUT, "watermarks: no answer", retriable=True)
        log = self._cluster.logs[place.topic, place.partition]
        return log.start, log.stable() if self._committed else log.end

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> SimpleNamespace:
        return metadata(timeout)

    def close(self) -> None:
        if self._client is not None and not self._world.process.dead:
            self._client.leave()


class _Answered:
    def __init__(self, value: object) -> None:
        self._value = value

    def result(self, timeout: float | None = None) -> Any:
        return self._value


class AdminClient:
    """What the product asks of it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> SimpleNamespace:
        found = metadata(timeout)
        if topic is not None and topic not in found.topics:
            found.topics[topic] = SimpleNamespace(error=None, partitions={})
        return found

    def describe_topics(self, topics: Any, request_timeout: float | None = None) -> dict[str, Any]:
        ids = call("describe", request_timeout).ids
        return {name: _Answered(SimpleNamespace(topic_id=ids[name])) for name in topics.topic_names}

    def list_offsets(
        self,
        asked: Mapping[TopicPartition, Any],
        isolation_level: Any = READ_UNCOMMITTED,
        request_timeout: float | None = None,
    ) -> dict[Any, Any]:
        logs = call("offsets", request_timeout).logs
        if here().strikes("answers", "no answer of offsets", 0.003):
            raise failure(KafkaError._TIMED_OUT, "offsets: no answer", retriable=True)

        def offset(log: Log, which: Any) -> int:
            if which is OffsetSpec.earliest():
                return log.start
            return log.end if isolation_level == READ_UNCOMMITTED else log.stable()

        return {
            each: _Answered(SimpleNamespace(offset=offset(logs[each.topic, each.partition], which)))
            for each, which in asked.items()
        }

    def poll(self, timeout: float | None = None) -> int:
        return 0
