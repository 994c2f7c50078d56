"""What BATON_FAULT may say."""

from __future__ import annotations

import pytest

from producers.variables import Misconfigured
from stream import faults


@pytest.mark.parametrize("spec", ["rows:x", "rows:", "rows:-1:raise"])
def test_a_passing_that_is_no_number_is_refused(spec: str) -> None:
    with pytest.raises(Misconfigured, match=f"BATON_FAULT is '{spec}'"):
        faults._armed(spec)


def test_it_acts_at_the_passing_that_was_named() -> None:
    point = faults._armed("rows:2:raise")
    point("other")
    point("rows")
    with pytest.raises(RuntimeError, match="rows"):
        point("rows")
