from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from queries.percentages import percentages


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=9))
def test_shares_add_up_to_a_hundred_and_are_off_by_less_than_a_tenth(counts: list[int]) -> None:
    shares = percentages(counts)
    assert sum(round(share * 10) for share in shares) == 1000
    for count, share in zip(counts, shares, strict=True):
        assert abs(Fraction(round(share * 10), 10) - Fraction(100 * count, sum(counts))) < Fraction(
            1, 10
        )


def test_what_is_left_over_goes_to_the_largest_remainder_and_of_equals_to_the_first() -> None:
    assert percentages([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert percentages([1, 2]) == [33.3, 66.7]
    assert percentages([1, 999_999]) == [0.0, 100.0]


def test_nothing_has_no_share() -> None:
    assert percentages([]) == []
    assert percentages([0, 0]) == [0.0, 0.0]
