"""Reading a stretch of a topic: what was committed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from stream import scan

pytestmark = pytest.mark.server


@pytest.fixture
def written(topics: Topics) -> Iterator[Topics]:
    """In partition 0 of the log: aborted, kept, kept, and a transaction that is open."""
    producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}scan"})
    producer.init_transactions(30)
    for values, end in (
        ([b"aborted"], producer.abort_transaction),
        ([b"kept", b"kept, too"], producer.commit_transaction),
        ([b"open"], lambda _: None),
    ):
        producer.begin_transaction()
        for value in values:
            producer.produce(topics.log, value, partition=0)
        assert producer.flush(30) == 0
        end(30)
    yield topics
    producer.abort_transaction(30)


def test_what_is_not_committed_is_not_there(written: Topics) -> None:
    kafka = client_config()
    stretches = scan.whole(kafka, written.log)
    assert {number: each.length for number, each in stretches.items()} == {0: 5, 1: 0, 2: 0, 3: 0}
    found = [each.value() for some in scan.read(kafka, written.log, stretches) for each in some]
    assert found == [b"kept", b"kept, too"]


@pytest.mark.parametrize(
    ("start", "end", "offset"), [(0, 5, 2), (2, 5, 2), (3, 5, 3), (4, 5, None), (0, 2, None)]
)
def test_the_first_of_each_partition(
    written: Topics, start: int, end: int, offset: int | None
) -> None:
    starts, ends = {0: start, 1: 0}, {0: end, 1: 0}
    found = scan.first(client_config(), written.log, starts, ends)
    assert {number: each.offset() for number, each in found.items()} == (
        {} if offset is None else {0: offset}
    )
