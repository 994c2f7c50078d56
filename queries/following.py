"""The pipeline of whichever generation is live: a page that is served for weeks sees exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from confluent_kafka import KafkaException

from producers.kafka import Topics, client_config
from producers.variables import Unset
from queries.freshness import Pipeline, PipelineAway, Unnamed, Waiting
from queries.pipeline import KafkaPipeline
from stream.live import Announced

_TIMEOUT = 3.0


class FollowingPipeline:
    """A `Pipeline` that asks before each look which generation is live."""

    def __init__(self, config: Mapping[str, str], topics: Topics) -> None:
        self._config, self._topics = config, topics
        self._announced = Announced({**config, "log_level": "0"}, topics)
        self._pipeline = KafkaPipeline(config, topics)

    @classmethod
    def from_environment(cls) -> Pipeline:
        """At `KAFKA_BOOTSTRAP_SERVERS`, with the topics of this installation."""
        try:
            return cls(client_config(), Topics.from_environment())
        except Unset:
            return Unnamed()

    def waiting(self) -> list[Waiting]:
        """See `Pipeline.waiting`."""
        self._follow()
        return self._pipeline.waiting()

    def dead_letters(self) -> Mapping[str, int]:
        """See `Pipeline.dead_letters`."""
        return self._pipeline.dead_letters()

    def _follow(self) -> None:
        try:
            live = self._announced.generation(_TIMEOUT)
        except KafkaException as error:
            raise PipelineAway(str(error)) from error
        if live != self._topics.generation:
            self._topics = replace(self._topics, generation=live)
            self._pipeline = KafkaPipeline(self._config, self._topics)
