"""A holder as one text, and back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.event import Kind
from queries.filters import Filters
from queries.holders import holder, parted

TEXT = {
    "7": ("user", "7"),
    "team:42": ("team", "42"),
    "bot:7": ("bot", "7"),
    "user:team:42": ("user", "team:42"),
    "flow:3": ("user", "flow:3"),
    "": ("", ""),
}


@pytest.mark.parametrize("text", TEXT)
def test_a_bare_id_is_a_user(text: str) -> None:
    assert parted(text) == TEXT[text]


@given(st.sampled_from(Kind), st.text(min_size=1))
@example(Kind.USER, "bot:")
def test_no_two_holders_share_a_text(kind: Kind, identifier: str) -> None:
    assert parted(holder(kind, identifier)) == (kind, identifier)


def test_a_user_has_one_form_in_filters() -> None:
    asked = Filters(assigned_to=["user:7", "team:7", "-", "--"], previous=["user:bot:1"])
    assert asked.assigned_to == ["7", "team:7", "-", "--"]
    assert asked.previous == ["user:bot:1"]
