"""The Faust app of a worker: Faust runs membership, agents, web and life cycle; batches pass."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import faust
from aiokafka.errors import IllegalStateError, KafkaError
from faust.types import TP

from stream import health
from stream.batch import Batch
from stream.engine import Engine
from stream.settings import Settings

_BATCH_MESSAGES = 20_000
_BATCH_BYTES = 1 << 20  # 256 KiB halves throughput, 4 MiB gain nothing (measured)
_LOOKED = 3.0  # seconds until a pause or resume is heard, and monitors are told how far it is
_SAID = 1000  # characters; brokers keep 4,096 bytes beside an offset


class App(faust.App):
    """A Faust app that carries the engine its transport and agent work on."""

    engine: Engine


def build(settings: Settings, partitions: int, topic_id: str) -> App:
    """The app for one worker process; nothing runs yet, and Kafka is not asked."""
    servers = settings.kafka["bootstrap.servers"].split(",")
    app = App(
        settings.group,
        broker=[f"batch://{server}" for server in servers],
        store="memory://",
        datadir=settings.state / settings.instance / "faust",
        broker_credentials=_credentials(settings),
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=min(1.0, settings.session_timeout / 4),
        broker_request_timeout=max(60.0, settings.session_timeout),
        broker_max_poll_records=_BATCH_MESSAGES,
        broker_check_crcs=False,
        consumer_max_fetch_size=_BATCH_BYTES,
        # Events that are gone are an error, never skipped.
        consumer_auto_offset_reset="none",
        consumer_group_instance_id=settings.instance,
        agent_supervisor="mode.supervisors.CrashingSupervisor",
        stream_buffer_maxsize=4,
        stream_wait_empty=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_partitions=partitions,
        web_host="127.0.0.1",
        web_bind="127.0.0.1",
        web_port=settings.web_port,
    )
    app.engine = Engine(settings, partitions, topic_id)
    _connect(app, settings)
    health.add_pages(app, settings)
    return app


def _credentials(settings: Settings) -> Any:
    """SASL and TLS of librdkafka's properties, as Faust takes them."""
    protocol = settings.kafka.get("security.protocol", "plaintext").lower()
    if not protocol.startswith("sasl"):
        return (
            faust.SSLCredentials(cafile=settings.kafka.get("ssl.ca.location"))
            if (protocol == "ssl")
            else None
        )
    import ssl

    context = ssl.create_default_context(cafile=settings.kafka.get("ssl.ca.location"))
    return faust.SASLCredentials(
        username=settings.kafka.get("sasl.username"),
        password=settings.kafka.get("sasl.password"),
        mechanism=settings.kafka.get("sasl.mechanism", "PLAIN"),
        ssl_context=context if protocol == "sasl_ssl" else None,
    )


def _connect(app: App, settings: Settings) -> None:
    topic = app.topic(
        settings.topics.events, acks=False, key_serializer="raw", value_serializer="raw"
    )

    @app.agent(topic, isolated_partitions=True)
    async def derive(batches: Any) -> None:
        """Process each fetched batch; what this raises ends the worker."""
        async for batch in batches:
            if isinstance(batch, Batch):
                await app.engine.process(batch)

    @app.on_rebalance_complete.connect
    async def open_assigned(sender: Any, **_: Any) -> None:
        mine = [tp.partition for tp in app.consumer.assignment() if tp.topic == app.engine.topic]
        await app.engine.open_assigned(mine, app.consumer_generation_id)
        # Long-lived objects leave the collector's sight: worth a third of the throughput.
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)

    @app.on_before_shutdown.connect
    async def close(sender: Any, **_: Any) -> None:
        await app.engine.close()

    @app.timer(interval=_LOOKED)
    async def look() -> None:
        await app.engine.heed()
        await _report(app, settings)

    health.watch(app, settings)


async def _report(app: App, settings: Settings) -> None:
    """Commit how far partitions are, and why they are no further."""
    problems = {each.partition: each.problem for each in health.standings(app, settings)}
    standing = {
        TP(app.engine.topic, number): (offset, problems.get(number, "")[:_SAID])
        for number, offset in app.engine.settled().items()
    }
    if standing and not app.rebalancing:
        # A rebalance, or a Kafka that is away: the next report says it.
        with suppress(KafkaError, IllegalStateError):
            await app.consumer.report(standing)
