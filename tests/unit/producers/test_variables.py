"""What variables of the environment say, and what is said of those that are wrong."""

from __future__ import annotations

import pytest

from producers.variables import Misconfigured, number, whole


def test_a_variable_that_is_unset_or_empty_is_the_default() -> None:
    for environ in ({}, {"N": ""}):
        assert number("N", 0.5, environ) == 0.5
        assert whole("N", 7, environ) == 7


def test_what_is_set_counts() -> None:
    assert number("N", 1, {"N": "2.5"}) == 2.5
    assert whole("N", 1, {"N": "65535"}, most=65535) == 65535


@pytest.mark.parametrize("text", ["abc", "0", "-1", "nan", "inf", "1e999"])
def test_what_is_no_number_above_0_is_refused_by_name(text: str) -> None:
    with pytest.raises(Misconfigured, match=f"^N is '{text}', and must be a number above 0$"):
        number("N", 1, {"N": text})


@pytest.mark.parametrize("text", ["x", "0", "-1", "1.5", "inf", "65536"])
def test_what_is_no_whole_number_in_reach_is_refused_by_name(text: str) -> None:
    said = f"^N is '{text}', and must be a whole number above 0 and at most 65535$"
    with pytest.raises(Misconfigured, match=said):
        whole("N", 1, {"N": text}, most=65535)
