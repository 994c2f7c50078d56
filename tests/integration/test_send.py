"""`baton send` and `baton simulate` on a real Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from producers.event import key, parse
from producers.kafka import Topics, client_config
from tests.support import wait_for

pytestmark = pytest.mark.server

EVENT = (
    b'{"event_id": "6f2c1d9e-0000-4000-8000-000000000001", "event_type": "conversation.opened",'
    b' "workspace_id": 1, "contact_id": "c", "contact_name": "n", "conversation_id": "x",'
    b' "occurred_at": "2016-02-29T01:23:00Z"}\n'
)
BATON = [sys.executable, "-m", "baton"]


def baton(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BATON, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def everything(topic: str) -> list[Message]:
    """All messages of a topic up to its end as it is now."""
    consumer = Consumer(
        {
            **client_config(),
            "group.id": "unused",
            "enable.partition.eof": "true",
            "enable.auto.commit": "false",
        }
    )
    found: list[Message] = []
    ended = set()
    partitions = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])

    def is_read() -> bool:
        for message in consumer.consume(10_000, timeout=0.5):
            if message.error():
                ended.add(message.partition())
            else:
                found.append(message)
        return len(ended) == len(partitions)

    wait_for(is_read)
    consumer.close()
    return found


def test_the_sample_arrives_whole_in_the_partitions_every_client_expects(
    topics: Topics, tmp_path: Path
) -> None:
    sent = baton("send", "sample", cwd=tmp_path)
    assert (sent.returncode, sent.stdout) == (0, "5,998 sent, 0 refused.\n"), sent.stderr
    messages = everything(topics.events)
    assert len({parse(message.value()).event_id for message in messages}) == 5998
    partitions = sorted({message.partition() for message in messages})
    assert len(partitions) == 4
    for message in messages:
        event = parse(message.value())
        assert message.key() == key(event.workspace_id, event.contact_id)
        assert message.partition() == DefaultPartitioner()(message.key(), partitions, partitions)


def test_ctrl_c_ends_the_live_feed_with_everything_confirmed(
    topics: Topics, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*BATON, "simulate", "--rate", "200"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as feed:  # fmt: skip
        wait_for(lambda: everything(topics.events))
        feed.send_signal(signal.SIGINT)
        output, errors = feed.communicate(timeout=30)
    assert feed.returncode == 0, errors
    assert output == f"{len(everything(topics.events)):,} sent.\n"


def test_ctrl_c_ends_sending_from_a_silent_pipe(topics: Topics, tmp_path: Path) -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [*BATON, "send", "-"], cwd=tmp_path, text=True, stdin=read,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as sending:  # fmt: skip
        os.write(write, EVENT)
        wait_for(lambda: everything(topics.events))
        sending.send_signal(signal.SIGINT)
        output, errors = sending.communicate(timeout=30)
    os.close(read)
    os.close(write)
    assert (sending.returncode, output) == (130, "1 sent, 0 refused.\n")
    assert "Running it again is safe" in errors


def test_a_topic_that_is_not_there_is_named(
    topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_TOPIC_PREFIX", "nowhere.")
    sent = baton("send", "sample", cwd=tmp_path)
    assert sent.returncode == 1
    assert "has no topic nowhere.assignment-events" in sent.stderr


def test_a_kafka_that_is_not_there_is_named(tmp_path: Path) -> None:
    sent = baton("send", "sample", cwd=tmp_path)
    assert sent.returncode == 1
    assert "no Kafka at 127.0.0.1:1" in sent.stderr
    assert "Traceback" not in sent.stderr
