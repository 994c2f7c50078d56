"""Errors as librdkafka raises them."""

from __future__ import annotations

import confluent_kafka


def failure(
    code: int, text: str = "", *, fatal: bool = False, retriable: bool = False, abort: bool = False
) -> confluent_kafka.KafkaException:
    """A KafkaException; `abort`: the transaction must be aborted."""
    error = confluent_kafka.KafkaError(code, text or str(code), fatal, retriable, abort)
    return confluent_kafka.KafkaException(error)
