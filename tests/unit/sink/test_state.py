"""What is remembered survives the way through Kafka's metadata, and nothing else passes for it."""

from __future__ import annotations

import pytest

from sink.ranges import Range
from sink.state import ForeignState, Intent, State, Written, checksum, decode, encode

ID = "cjQ2Uk3mTRqS0yAb2n8qbQ"
STATES = [
    Written(ID, 0, fresh=True),
    Written(ID, 2**62),
    Intent(ID, Range(3, 3), 1, 0),
    Intent(ID, Range(2**62, 2**63 - 1), 50_000, 2**32 - 1, fresh=True),
]


@pytest.mark.parametrize("state", STATES)
def test_round_trip(state: State) -> None:
    assert decode(state.offset, encode(state)) == state


@pytest.mark.parametrize("state", STATES)
def test_it_fits_into_kafkas_metadata(state: State) -> None:
    assert len(encode(state)) < 300


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "",
        "{",
        "7",
        "[]",
        "{}",
        '{"format":2,"topic_id":"x","fresh":false}',
        '{"format":1,"fresh":false}',
        '{"format":1,"topic_id":"x","fresh":false,"last":2,"count":1,"checksum":0}',
        '{"format":1,"topic_id":"x","fresh":false,"last":null,"count":1,"checksum":0}',
    ],
)
def test_what_no_sink_wrote_is_foreign(metadata: str | None) -> None:
    with pytest.raises(ForeignState):
        decode(3, metadata)


def test_the_checksum_sees_content_and_order() -> None:
    sums = [checksum(values) for values in ([b"a", b"b"], [b"b", b"a"], [b"a"], [b"a", b"c"])]
    assert len(set(sums)) == len(sums)
