"""Who sends events, and what befalls from outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, Producer

from producers.event import key
from tests.integration import derivation
from tests.simulation.plan import Plan, Sending, Trouble, scaled

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule

_CONTACTS = 5
_MALFORMED = 0.02
_LEFT_OPEN = 300_000  # ms until the coordinator aborts what another producer has left behind


class Feed(derivation.Feed):
    """The made-up events of the other tests, as key and value."""

    def __init__(self, topics: Any, seed: str) -> None:
        super().__init__(topics, seed, _CONTACTS)  # type: ignore[arg-type]

    def message(self) -> tuple[bytes, bytes]:
        """One more."""
        event = self._event()
        value = json.dumps(event).encode()
        if self._random.random() < _MALFORMED:
            value = value[: self._random.randrange(len(value))]
        return key(1, event["contact_id"]), value


def send_all(schedule: Schedule, plan: Plan) -> None:
    """Send each at its time."""
    world = schedule.world
    for each in plan.sendings:
        world.sleep(max(0.0, each.at - world.now))
        if world.wanted(each.name):
            world.spawn(world.outside, _send, schedule, each)
    world.sleep(max(0.0, plan.end - world.now))
    schedule.sent = True


def _send(schedule: Schedule, sending: Sending) -> None:
    world, topic = schedule.world, schedule.topics.events
    config: dict[str, Any] = {}
    if sending.ends:
        config = {"transactional.id": sending.name, "transaction.timeout.ms": _LEFT_OPEN}
    producer = Producer(config)
    schedule.sending += 1
    try:
        if sending.ends:
            producer.init_transactions(30)
            producer.begin_transaction()
        for name, value in sending.messages:
            producer.produce(topic, value, name)
        while producer.flush(30):
            pass
        if sending.ends:
            world.sleep(sending.open_for)
        if sending.ends == "commit":
            producer.commit_transaction(30)
        elif sending.ends == "abort":
            producer.abort_transaction(30)
    except KafkaException:
        pass  # it stays open until its time is over
    finally:
        schedule.sending -= 1


def trouble_all(schedule: Schedule, plan: Plan) -> None:
    """Let each befall at its time."""
    world = schedule.world
    for each in plan.troubles:
        world.sleep(max(0.0, each.at - world.now))
        if world.wanted(each.name):
            world.happened[f"trouble: {each.kind}"] += 1
            world.tell(f"TROUBLE {each.name}")
            _TROUBLE[each.kind](schedule, each)


def _kill(schedule: Schedule, trouble: Trouble) -> None:
    process = schedule.process(trouble.target)
    if process.dies_in < 0:
        process.dies_in = int(scaled(trouble.how, 6, 60, 300))


def _freeze(schedule: Schedule, trouble: Trouble) -> None:
    process, now = schedule.process(trouble.target), schedule.world.now
    process.frozen_at, process.frozen_until = now, now + scaled(trouble.how, 2, 15, 60)
    schedule.last_frozen = process.frozen_until


def _away(schedule: Schedule, trouble: Trouble) -> None:
    cluster = schedule.cluster
    if not cluster.away:
        schedule.last_away = cluster.away_until = schedule.world.now + scaled(
            trouble.how, 0.5, 8, 70
        )


def _clickhouse(schedule: Schedule, trouble: Trouble) -> None:
    schedule.clickhouse.away_until = schedule.world.now + scaled(trouble.how, 1, 20, 60)


def _disk(schedule: Schedule, trouble: Trouble) -> None:
    """The state of workers that are dead just now."""
    for name, process in schedule.workers.items():
        if process.dead:
            for path in [each for each in schedule.world.disk if f"/{name}/" in each]:
                del schedule.world.disk[path]
                schedule.world.happened["local state lost"] += 1


def _compact(schedule: Schedule, trouble: Trouble) -> None:
    for number in range(schedule.partitions):
        schedule.cluster.logs[schedule.topics.history, number].compact()


def _operator(schedule: Schedule, trouble: Trouble) -> None:
    seconds = scaled(trouble.how, 5, 40)
    if trouble.target < schedule.partitions:
        schedule.person.pause(trouble.target, seconds)
    else:
        schedule.person.pause_sinks(seconds)


def _retention(schedule: Schedule, trouble: Trouble) -> None:
    """Of events or of rows, half of the time some that nobody has read."""
    number = trouble.target % schedule.partitions
    of_events = trouble.target < 2
    topic = schedule.topics.events if of_events else schedule.topics.log
    done = schedule.watermark(number) + 1 if of_events else schedule.sunk(number)
    log = schedule.cluster.logs[topic, number]
    beyond = done + int(scaled(trouble.how, 0.001, 8))
    log.delete_before(min(beyond, log.stable()))


def _anew(schedule: Schedule, trouble: Trouble) -> None:
    schedule.cluster.create(schedule.topics.events, schedule.partitions)
    schedule.ended_by = schedule.ended_by or "a topic made anew"


def _partitions(schedule: Schedule, trouble: Trouble) -> None:
    """Producers go on with the number they know."""
    cluster, world = schedule.cluster, schedule.world
    cluster.grow(schedule.topics.events, schedule.partitions + 1)
    cluster.group(schedule.settings("any").group).rebalance(world.now)
    schedule.ended_by = schedule.ended_by or "more partitions"


_TROUBLE: dict[str, Callable[[Schedule, Trouble], None]] = {
    "kill": _kill,
    "freeze": _freeze,
    "away": _away,
    "clickhouse": _clickhouse,
    "disk": _disk,
    "compact": _compact,
    "operator": _operator,
    "retention": _retention,
    "anew": _anew,
    "partitions": _partitions,
}
