"""Every way two ranges can lie, and tokens that no two ranges share."""

from __future__ import annotations

import re
from itertools import combinations_with_replacement, product

import pytest

from sink.ranges import Range, Relation, Source, relation, token

STORED = Range(5, 9)
ALL = [Range(first, last) for first, last in combinations_with_replacement(range(16), 2)]


@pytest.mark.parametrize("member", Relation)
def test_every_member_is_what_its_example_says(member: Relation) -> None:
    examples = [Range(int(a), int(b)) for a, b in re.findall(r"(\d+)-(\d+)", member.value)]
    assert examples
    assert {relation(example, STORED) for example in examples} == {member}


def test_the_members_are_what_sets_of_offsets_say() -> None:
    """Against sets, which know nothing of comparisons, for every pair of small ranges."""
    for read, stored in product(ALL, ALL):
        ours, theirs = (set(range(r.first, r.last + 1)) for r in (read, stored))
        said = relation(read, stored)
        assert (said is Relation.SAME) == (ours == theirs)
        assert (said in (Relation.BEFORE, Relation.AFTER)) == (not ours & theirs)
        assert (said is Relation.SHORTER) == (ours < theirs and min(ours) == min(theirs))
        assert (said is Relation.LONGER) == (ours > theirs and min(ours) == min(theirs))
        assert (said in (Relation.BEFORE, Relation.EARLIER)) == (min(ours) < min(theirs))


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (4, 3)])
def test_what_is_no_range_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        Range(first, last)


def test_tokens_differ_where_anything_differs() -> None:
    sources = [
        Source(topic, topic_id, partition)
        for topic, topic_id, partition in product(["a", "a/0"], ["x", "y"], [0, 1, 11])
    ]
    tokens = [token(source, range) for source, range in product(sources, ALL)]
    assert len(set(tokens)) == len(tokens)


def test_the_token_stays_as_it_is() -> None:
    """A changed form would count again what an older version has begun."""
    assert token(Source("log", "id", 3), Range(10, 12)) == "id/log/3/10-12"
