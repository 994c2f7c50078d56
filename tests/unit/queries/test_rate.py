from __future__ import annotations

import pytest

from queries.api.rate import Rate
from queries.errors import TooManyRequests


def test_bursts_pass_and_what_goes_on_is_held_to_the_rate() -> None:
    clock = [0.0]
    rate = Rate(2, lambda: clock[0])
    for _ in range(10):
        rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert refused.value.retry_after == 1
    rate.take("b")
    clock[0] += 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")
