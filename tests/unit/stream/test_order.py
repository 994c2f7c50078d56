"""No order of the same events changes the rows, whatever oracle one believes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.history import Horizon
from tests.oracle.assignments import Said
from tests.unit.stream.test_derive import EXAMPLES, Run, arrivals

FAR = Horizon(milliseconds=timedelta(days=9) // timedelta(milliseconds=1))
"""Nothing lies beyond it, so there are no letters of the horizon."""


def apart(events: list[Said]) -> list[Said]:
    """Events whose place does not hang on their order of arrival: other ids, other times."""
    places = {(each.occurred_at, each.sequence): each for each in reversed(events)}
    return list({each.event_id: each for each in places.values()}.values())


@settings(max_examples=EXAMPLES)
@given(arrivals(), st.data())
def test_no_order_of_arrival_changes_the_rows(events: list[Said], data: st.DataObject) -> None:
    some = apart(events)
    other = data.draw(st.permutations(some))
    one, two = (
        Run([replace(said, offset=at) for at, said in enumerate(order)], FAR)
        for order in (some, other)
    )
    assert (one.log, one.refused, one.signs) == (two.log, two.refused, two.signs)
