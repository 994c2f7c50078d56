"""Disturbance adds and delays, and takes nothing away."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from producers.event import key, parse
from producers.rows import Ready
from producers.simulate.disturb import Shares, disturbed
from producers.simulate.feed import feed
from tests.unit.producers.simulate.test_feed import clock

FEED = list(islice(feed(Random(3), clock(), 2), 400))
shares = st.floats(0, 1)


def is_right(message: Ready) -> bool:
    try:
        event = parse(message.value)
    except ValidationError:
        return False
    return message.key == key(event.workspace_id, event.contact_id)


def test_without_shares_nothing_changes() -> None:
    assert list(disturbed(FEED, Random(1), Shares())) == FEED


@given(shares, shares, shares, st.integers())
def test_every_message_still_comes(late: float, repeat: float, broken: float, seed: int) -> None:
    sent = list(disturbed(FEED, Random(seed), Shares(late, repeat, broken)))
    right = Counter(message for message in sent if is_right(message))
    assert set(right) == set(FEED)
    assert repeat or max(right.values()) == 1
    assert broken or len(sent) == sum(right.values())


def test_each_disturbance_happens() -> None:
    late = list(disturbed(FEED, Random(1), Shares(late=0.1)))
    assert late != FEED
    assert sorted(late, key=lambda m: m.line) == FEED
    repeated = list(disturbed(FEED, Random(1), Shares(repeat=0.1)))
    assert 10 < len(repeated) - len(FEED) < 100
    broken = [m for m in disturbed(FEED, Random(1), Shares(malformed=0.2)) if not is_right(m)]
    assert 30 < len(broken) < 150
    assert any(m.value in {r.value for r in FEED} for m in broken), "no message under a wrong key"
