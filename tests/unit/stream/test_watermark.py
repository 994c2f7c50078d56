"""State is continued only under what it was derived under."""

from __future__ import annotations

import pytest

from stream.history import Horizon
from stream.watermark import Watermark, disagreement

NOW = Watermark(7, "id", 4, Horizon())


def test_round_trip() -> None:
    assert Watermark.decode(NOW.encode()) == NOW


@pytest.mark.parametrize(
    "stored", [NOW, NOW._replace(offset=99), NOW._replace(topic_id="")], ids=repr
)
def test_the_same_goes_on(stored: Watermark) -> None:
    assert disagreement(stored, NOW) is None


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (NOW._replace(partitions=3), "had 3 partitions and has 4"),
        (NOW._replace(topic_id="older"), "deleted and made again"),
        (NOW._replace(horizon=Horizon(events=9)), "9 events"),
        (NOW._replace(horizon=Horizon(milliseconds=86_400_000)), "1 days"),
    ],
)
def test_anything_else_is_refused_with_a_way_out(stored: Watermark, why: str) -> None:
    said = disagreement(stored, NOW)
    assert said is not None
    assert why in said
    assert "baton replay rebuild" in said
