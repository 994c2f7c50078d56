"""A Kafka of a test's own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import kafka as local_kafka
from deploy.local.home import Home, free_port
from producers.kafka import client_config
from tests.integration.derivation import wait_for


class OwnKafka:
    """A broker that a test may stop, freeze and start again."""

    def __init__(self, directory: Path) -> None:
        self._home, self.port = Home(directory), free_port()

    def start(self) -> None:
        self.running = local_kafka.start(self._home, self.port)
        wait_for(self._answers, "the broker answers")

    def _answers(self) -> bool:
        try:
            return bool(AdminClient(client_config()).list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def signal(self, number: int) -> None:
        os.kill(self.running.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        wait_for(lambda: self.running.process() is None, "the broker is gone")
