"""Hypothesis strategies for events as they stand on the wire: right ones, and broken ones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from producers.event import Source

# Lone surrogates cannot be written as UTF-8, so no message holds them.
text = st.text(st.characters(exclude_categories=["Cs"]))
identifiers = text.filter(lambda s: 0 < len(s) <= 200) | st.integers(-(2**63), 2**63 - 1)
names = text.filter(lambda s: len(s) <= 1000)
instants = st.datetimes(
    datetime(1970, 1, 2),
    datetime(2105, 12, 30),
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
).map(datetime.isoformat)
parties = st.fixed_dictionaries({"id": identifiers, "name": names})
assignees = st.fixed_dictionaries(
    {"id": identifiers, "name": names},
    optional={
        "kind": st.sampled_from([None, "user", "team", "bot"]),
        "team": st.none() | parties,
    },
)
_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "event_id": st.uuids().map(str),
    "workspace_id": identifiers,
    "contact_id": identifiers,
    "contact_name": names,
    "conversation_id": identifiers,
    "occurred_at": instants,
}
_SEQUENCE = {
    "sequence": st.none() | st.integers(1 - 2**63, 2**63 - 1),
    "time_of": st.sampled_from([None, "receipt"]),
}
hand_offs = st.fixed_dictionaries(
    _COMMON
    | {
        "event_type": st.just("contact.assignee.updated"),
        "assigned_to": st.none() | assignees,
        "source": st.sampled_from([source.value for source in Source]),
    },
    optional=_SEQUENCE | {"actor": st.none() | parties, "unknown": text},
)
openings = st.fixed_dictionaries(
    _COMMON | {"event_type": st.sampled_from(["conversation.opened", "conversation.closed"])},
    optional=_SEQUENCE,
)
events = hand_offs | openings

_ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**63, -(2**63), -(2**63) - 1, 2**80, 0.5, [], {}, "", "user", " "]),
    st.sampled_from(["x" * 200, "x" * 201, "x" * 1000, "x" * 1001, "contact.assignee.updated"]),
    st.sampled_from(
        [
            "2016-02-29T01:23:00",
            "2016-02-29T01:23Z",
            "2016-02-29 01:23:00.123456789+05:45",
            "2015-02-29T01:23:00Z",
            "2016-02-29T24:00:00Z",
            "2016-02-29T01:23:60Z",
            "2016-02-29T01:23:00+24:00",
            "2016-02-29t01:23:00z",
            "2016-02-29T01:23:00.Z",
            "٢٠١٦-02-29T01:23:00Z",
            "1456708980",
        ]
    ),
    st.uuids().flatmap(lambda u: st.sampled_from([u.hex, u.urn, f"{{{u}}}", str(u).upper()])),
    parties,
)


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """An event with up to three fields taken out or replaced by something odd, at any depth."""
    event = draw(events)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = event
        while True:
            field = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[field], dict) or not place[field] or draw(st.booleans()):
                break
            place = place[field]
        if draw(st.booleans()):
            place[field] = draw(_ODD)
        elif len(place) > 1:
            del place[field]
    return event
