"""Where a sink goes on by hand."""

from __future__ import annotations

from sink.plan import Committed, Log, resume
from sink.ranges import Source
from sink.resolve import Resolution
from sink.state import encode


def test_a_resolution_that_clickhouse_did_not_hear_of_is_gone_on_with() -> None:
    """The offset is committed first; a ClickHouse that is away then knows nothing of it."""
    log = Log(Source("log", "id", 0), 6, 48)
    state = Resolution(log, None, 6).state
    assert resume(Committed(6, encode(state)), log, registered=set()) == state
