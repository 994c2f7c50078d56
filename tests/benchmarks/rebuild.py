"""A rebuild beside a live feed: how fast it derives, and how late the feed's rows come meanwhile.

`python -m tests.benchmarks.rebuild [--rounds N] [--events N]`

Each round has topics and a database of its own. First a live worker and its sink take a backlog,
and `baton replay rebuild` derives it again: two rates, each from the first row, by the broker's
clock, to the watermark that covers the last event. Then it is rebuilt once more while a feed goes
on. A row of the feed is late by the time from its sending to its being read from ClickHouse.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

import click
import orjson
from confluent_kafka import Producer
from rich.console import Console

from deploy.borrowed import with_database
from deploy.local import environment, kafka, process, services
from deploy.local.home import LOOPBACK, Home, free_port
from deploy.replay import comparison, lag, processes
from deploy.replay.installation import opened
from producers.event import key
from producers.kafka import Topics, client_config
from sink import generations
from sink.clickhouse import connect, create_database, settings_from_url
from sink.generations import State
from sink.migrate import migrate, migrations
from stream import scan
from stream import topics as stream_topics
from stream.restore import watermarks
from stream.watermark import Watermark
from tests.benchmarks.broker import OUTPUT, PARTITIONS, Broker
from tests.benchmarks.contender import Wrong, python
from tests.benchmarks.feed import Feed, hand_offs

RATIO, LATE = 0.9, 5.0
"""The targets: of the rates, and of the feed's 99th percentile in seconds."""
_EVERY = 0.25
_LOOK_EVERY = 0.5  # at watermarks, which costs the broker some reading
_PATIENCE = 600.0


@dataclass
class LiveFeed:
    """Events at a steady rate; `late` holds by event when it was sent and the seconds after which
    it was seen."""

    topic: str
    rate: float
    late: dict[str, tuple[float, float]] = field(default_factory=dict)
    _sent: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[LiveFeed]:
        """Send and watch until the end of the block, and then until all is seen."""
        threads = [threading.Thread(target=self._send), threading.Thread(target=self._watch)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _send(self) -> None:
        producer = Producer({**client_config(), "partitioner": "murmur2_random", "linger.ms": 5})
        number = 0
        while not self._stop.wait(1 / self.rate):
            number += 1
            contact, at = f"live {number % 200}", datetime.now(UTC)
            identity = str(uuid4())
            event = {
                "event_id": identity,
                "event_type": "contact.assignee.updated",
                "workspace_id": "live",
                "contact_id": contact,
                "contact_name": contact,
                "conversation_id": str(number),
                "occurred_at": at.isoformat(timespec="milliseconds"),
                "assigned_to": {"id": str(number), "name": f"Agent {number}"},
                "source": "user",
            }
            self._sent[identity] = time.time(), at
            producer.produce(self.topic, orjson.dumps(event), key("live", contact))
            producer.poll(0)
        producer.flush()

    def _watch(self) -> None:
        with connect() as client:
            while not self._stop.is_set() or self._sent:
                time.sleep(_EVERY)
                if oldest := min((at for _, at in list(self._sent.values())), default=None):
                    found = client.query(
                        "SELECT toString(event_id) FROM assignment_log"
                        " WHERE workspace_id = 'live' AND occurred_at >= {at:DateTime64(3, 'UTC')}",
                        parameters={"at": oldest.replace(microsecond=0)},
                    )
                    self._see({str(row[0]) for row in found.result_rows})

    def _see(self, there: set[str]) -> None:
        now = time.time()
        for identity in there & set(self._sent):
            sent = self._sent.pop(identity)[0]
            self.late[identity] = sent, now - sent

    def percentiles(self, topics: Topics, since: float, until: float) -> tuple[float, float]:
        """The 99th of what was sent between two times: seconds until the row was in Kafka, by the
        broker's clock, and until it was seen."""
        chosen = {event for event, (sent, _) in self.late.items() if since <= sent <= until}
        derived = []
        for messages in scan.read(
            client_config(), topics.log, scan.whole(client_config(), topics.log)
        ):
            for message in messages:
                event = orjson.loads(message.value())["event_id"]
                if event in chosen:
                    derived.append(message.timestamp()[1] / 1000 - self.late[event][0])
        seen = [self.late[event][1] for event in chosen]
        return quantiles(derived, n=100)[-1], quantiles(seen, n=100)[-1]


@dataclass(frozen=True)
class Round:
    """What one round gave; rates in events per second, the others as of `LiveFeed.percentiles`."""

    live: float
    rebuilt: float
    rebuilt_beside: float
    late_before: tuple[float, float]
    late_meanwhile: tuple[float, float]


@contextmanager
def _servers() -> Iterator[Broker]:
    with TemporaryDirectory(prefix="baton-bench-") as directory:
        home = Home(Path(directory))
        os.environ["BATON_HOME"] = directory
        port = free_port()
        try:
            kafka.start(home, port)
            services.start_clickhouse(home, free_port())
            for name in (environment.KAFKA, environment.CLICKHOUSE):
                os.environ[name] = environment.addresses(home)[name]
            yield Broker(home, f"{LOOPBACK}:{port}")
        finally:
            _end(home)


def _end(home: Home) -> None:
    for one in reversed(process.find_all(home)):
        process.stop(home, one)


def _round(broker: Broker, number: int, feed: Feed, rate: float) -> Round:
    name = f"round{number}"
    os.environ["BATON_TOPIC_PREFIX"] = f"{name}."
    os.environ[environment.CLICKHOUSE] = with_database(os.environ[environment.CLICKHOUSE], name)
    home = Home(broker.home.path / name)
    os.environ["BATON_HOME"] = str(home.path)
    first = Topics.from_environment()
    for generation in (1, 2, 3):
        topics = replace(first, generation=generation)
        stream_topics.create(client_config(), topics, PARTITIONS)
        broker.configure(topics.log, OUTPUT)
    create_database(settings_from_url())
    with connect() as client:
        for _ in migrate(client, migrations()):
            pass
    try:
        return _measured(broker, home, first, feed, rate)
    finally:
        _end(home)
        broker.drop(first.prefix)


def _measured(broker: Broker, home: Home, first: Topics, feed: Feed, rate: float) -> Round:
    count = len(feed.messages)
    release = broker.load(first.events, feed.messages)
    services.start_worker(home, "worker-1", free_port())
    services.start_sink(home)
    _wait(lambda: lag.members(client_config(), lag.worker_group(first)) > 0)
    release()
    live = _rate(broker, first, count)
    _wait(lambda: not any(each.messages for each in lag.sink(client_config(), first)))
    with _rebuilding():
        rebuilt = _rate(broker, replace(first, generation=2), count)
    _compared(2)
    processes.stop(home, 2)
    with LiveFeed(first.events, rate).running() as live_feed:
        began = time.time()
        time.sleep(10)  # what is usual, to compare with
        rebuild_began = time.time()
        with _rebuilding():
            beside = _rate(broker, replace(first, generation=3), count)
        ended = time.time()
    return Round(
        live,
        rebuilt,
        beside,
        live_feed.percentiles(first, began, rebuild_began),
        live_feed.percentiles(first, rebuild_began, ended),
    )


@contextmanager
def _rebuilding(*options: str) -> Iterator[None]:
    command = [*python("baton"), "replay", "rebuild", *options, "--execute", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE)
    yield
    output = running.communicate(timeout=_PATIENCE)[0]
    if running.returncode:
        raise Wrong(f"the rebuild failed: {output.decode()}")


def _compared(generation: int) -> None:
    with opened() as there:
        found = comparison.compare(there, there.live, there.find(generation))
        if found.days:
            raise Wrong("the rebuild says something else: " + "; ".join(found.lines()))
        generations.keep(there.client, replace(there.find(generation), state=State.KEPT))


def _rate(broker: Broker, topics: Topics, events: int) -> float:
    """Events per second from the first row to the watermark behind the last of so many events."""
    _wait(lambda: _derived(topics) >= events, _LOOK_EVERY)
    ended = time.time()
    began = broker.first(topics.log)
    return events / (ended - began)


def _derived(topics: Topics) -> int:
    marks = watermarks(client_config(), topics.history).values()
    return sum(mark.offset + 1 for mark in marks if isinstance(mark, Watermark))


def _wait(condition: object, every: float = _EVERY) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"not in {_PATIENCE:g} s")
        time.sleep(every)


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--events", default=400_000, show_default=True)
@click.option("--rate", default=50.0, show_default=True, help="Of the live feed, events/s.")
def rebuild(rounds: int, events: int, rate: float) -> None:
    """Rebuild beside a live feed, against the live worker's own rate."""
    console = Console()
    feed = hand_offs(events)
    found: list[Round] = []
    with _servers() as broker:
        for number in range(rounds):
            one = _round(broker, number, feed, rate)
            found.append(one)
            console.print(f"round {number + 1}: {_said(one)}", soft_wrap=True)
    ratio = median(one.rebuilt / one.live for one in found)
    beside = median(one.rebuilt_beside / one.live for one in found)
    late = median(one.late_meanwhile[1] for one in found)
    for text, met in (
        (f"rebuild to live {ratio:.2f}, at least {RATIO}", ratio >= RATIO),
        (f"the same beside a live feed {beside:.2f}, at least {RATIO}", beside >= RATIO),
        (f"p99 of the feed {late:.2f} s, below {LATE:g}", late < LATE),
    ):
        console.print(f"{text}: {'met' if met else '[red]missed[/red]'}")


def _said(one: Round) -> str:
    before, meanwhile = one.late_before, one.late_meanwhile
    return (
        f"live {one.live:,.0f} events/s, rebuild {one.rebuilt:,.0f} (ratio"
        f" {one.rebuilt / one.live:.2f}), beside a feed {one.rebuilt_beside:,.0f}"
        f" ({one.rebuilt_beside / one.live:.2f}); p99 of the feed {before[1]:.2f} s before"
        f" ({before[0]:.2f} s in Kafka), {meanwhile[1]:.2f} s meanwhile ({meanwhile[0]:.2f} s in"
        f" Kafka) (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )


if __name__ == "__main__":
    rebuild()
