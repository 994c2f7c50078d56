"""`baton worker`, one process or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

import orjson

from deploy.local.home import LOOPBACK, free_port
from producers.kafka import Topics
from stream import topics as stream_topics
from tests.benchmarks.broker import OUTPUT, PARTITIONS, Broker
from tests.benchmarks.contender import python


@dataclass
class BatonWorker:
    """As many worker processes as asked for, with all their guarantees on."""

    processes: int = 1
    label: str = ""
    _ports: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.label or f"Baton, {self.processes} worker{'s' * (self.processes > 1)}"

    def prepare(self, broker: Broker, prefix: str) -> tuple[str, str]:
        topics = Topics(prefix)
        stream_topics.create({"bootstrap.servers": broker.address}, topics, PARTITIONS)
        broker.configure(topics.log, OUTPUT)
        return topics.events, topics.log

    def commands(self, broker: Broker, prefix: str) -> Sequence[tuple[list[str], dict[str, str]]]:
        self._ports = [free_port() for _ in range(self.processes)]
        environ = {
            "KAFKA_BOOTSTRAP_SERVERS": broker.address,
            "BATON_TOPIC_PREFIX": prefix,
            "BATON_HOME": str(broker.home.data(prefix)),
        }
        return [
            ([*python("baton"), "worker", "--instance", f"w{port}", "--port", str(port)], environ)
            for port in self._ports
        ]

    def ready(self) -> bool:
        """Whether the workers share all partitions evenly, each of them open."""
        held = [_open_partitions(port) for port in self._ports]
        return sum(held) == PARTITIONS and max(held) - min(held) <= 1


def _open_partitions(port: int) -> int:
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=5) as answer:
            partitions = orjson.loads(answer.read())["partitions"]
    except URLError:
        return 0
    return sum(one["offset"] is not None for one in partitions)
