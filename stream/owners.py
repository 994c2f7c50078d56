"""Whose the transactions are that hold a partition open: their transactional ids.

librdkafka has no question for it, so aiokafka's client asks (KIP-664): a partition's leader knows
which producers have something open there, and a coordinator which transactional id a producer has.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)
from aiokafka.structs import TopicPartition

_TIMEOUT = 5.0
_TAGS = ("tags", TaggedFields)
_TEXT = CompactString("utf-8")


class _ProducersAnswer(Response):
    API_KEY, API_VERSION = 61, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("error_message", _TEXT),
                        (
                            "producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("start_offset", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _ProducersAsked(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION, RESPONSE_TYPE = 61, 0, _ProducersAnswer
    SCHEMA = Schema(
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
        _TAGS,
    )


class _TransactionsAnswer(Response):
    API_KEY, API_VERSION = 66, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("unknown_states", CompactArray(_TEXT)),
        (
            "transactions",
            CompactArray(("name", _TEXT), ("producer_id", Int64), ("state", _TEXT), _TAGS),
        ),
        _TAGS,
    )


class _TransactionsAsked(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION, RESPONSE_TYPE = 66, 0, _TransactionsAnswer
    SCHEMA = Schema(("states", CompactArray(_TEXT)), ("producers", CompactArray(Int64)), _TAGS)


class _Producers(Request[_ProducersAsked]):
    API_KEY = 61

    def __init__(self, topic: str, partition: int) -> None:
        self._asked: list[Any] = [(topic, [partition], {})]

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._asked, {})


class _Transactions(Request[_TransactionsAsked]):
    API_KEY = 66

    def __init__(self, producers: list[int]) -> None:
        self._producers = producers

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([], self._producers, {})


def owner(kafka: Mapping[str, str], topic: str, partition: int, offset: int) -> str | None:
    """The transactional id of the transaction that begins at an offset; None where no coordinator
    knows of it (it hangs), where it has ended, and where Kafka does not say."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(asyncio.wait_for(_owner(kafka, topic, partition, offset), _TIMEOUT))
    except (KafkaError, OSError, TimeoutError, NotImplementedError):
        return None


async def _owner(kafka: Mapping[str, str], topic: str, partition: int, offset: int) -> str | None:
    client = AIOKafkaClient(**_settings(kafka))
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        answer = await client.send(leader, _Producers(topic, partition))
        ((_, ((_, _, _, producers, _),), _),) = answer.topics
        ids = [producer[0] for producer in producers if producer[5] == offset]
        for broker in client.cluster.brokers() if ids else ():
            with suppress(KafkaError):
                answer = await client.send(broker.nodeId, _Transactions(ids))
                for name, *_ in answer.transactions:
                    return str(name)
        return None
    finally:
        await client.close()


def _settings(kafka: Mapping[str, str]) -> dict[str, Any]:
    """librdkafka's properties, as aiokafka takes them."""
    protocol = kafka.get("security.protocol", "plaintext").upper()
    secure = ssl.create_default_context(cafile=kafka.get("ssl.ca.location"))
    return {
        "bootstrap_servers": kafka["bootstrap.servers"],
        "security_protocol": protocol,
        "ssl_context": secure if protocol.endswith("SSL") else None,
        "sasl_mechanism": kafka.get("sasl.mechanism", "PLAIN"),
        "sasl_plain_username": kafka.get("sasl.username"),
        "sasl_plain_password": kafka.get("sasl.password"),
    }
