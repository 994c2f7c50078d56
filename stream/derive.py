"""Deriving rows: what one event does to the history of its contact, and which rows come of it.

A pure function of (head and history of the contact, event): no clock, no I/O. The rules are those
of the design: order by time, sequence and arrival; the previous assignee is whoever the event
before it set; no row where nothing changes; repeats change nothing; a late event takes its place
and the rows it disturbs are taken back and, where they still hold, emitted again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from producers.event import ASSIGNS
from stream.history import (
    CONVERSATION,
    REMEMBERED,
    RETIRED,
    ROW,
    UNCHANGED,
    Entry,
    Head,
    History,
    Horizon,
    Layered,
    Record,
    digest,
    digest_of,
)
from stream.rows import (
    NO_HOLD,
    NOBODY,
    Moment,
    Row,
    as_previous,
    assignee,
    beginning,
    event_id,
    milliseconds,
    new_tuple,
)


class Outcome(StrEnum):
    """What became of an event."""

    __hash__ = str.__hash__  # that of enumerations is written in Python, and every event is counted

    ASSIGNED = "assigned"
    UNCHANGED = "unchanged"
    OPENED = "opened"
    CLOSED = "closed"
    REPEATED = "repeated"
    CONFLICTING_REPEAT = "conflicting_repeat"
    OLDER_THAN_HORIZON = "older_than_horizon"


_OUTCOMES = {"conversation.opened": Outcome.OPENED, "conversation.closed": Outcome.CLOSED}


class Decision(NamedTuple):
    """The head that results, the records that change, and the rows that come out."""

    outcome: Outcome
    head: Head
    records: list[Record]
    rows: list[Row]


def derive(head: Head, history: History, event: Moment, horizon: Horizon) -> Decision:
    """What one event does; a refused one (conflict, too old) leaves everything as it was."""
    known = history.content(event.event_id)
    if known is not None:
        same = known == event.fragment or digest_of(known) == digest(event.fragment)
        outcome = Outcome.REPEATED if same else Outcome.CONFLICTING_REPEAT
        return Decision(outcome, head, [], [])
    if event.milliseconds < head.newest - horizon.milliseconds or event.position < head.floor:
        return Decision(Outcome.OLDER_THAN_HORIZON, head, [], [])
    if event.event_type != ASSIGNS:
        decision = _conversation(head, event)
    elif event.position > head.last:
        decision = _in_order(head, event)
    else:
        decision = _late(head, history, event)
    return _retire(decision, history, horizon)


def _conversation(head: Head, event: Moment) -> Decision:
    head, record = _remember(head, CONVERSATION, event.event_id, event.position, event.fragment)
    head = head._replace(newest=max(head.newest, event.milliseconds))
    return Decision(_OUTCOMES[event.event_type], head, [record], [])


def _remember(
    head: Head, why: bytes, event_id: bytes, position: bytes, fragment: bytes
) -> tuple[Head, Record]:
    """Keep of an event only what shows a repeat."""
    record = Record(REMEMBERED + position, event_id, why + event_id + digest(fragment))
    oldest = min(head.oldest or position, position)
    return head._replace(remembered=head.remembered + 1, oldest=oldest), record


def _in_order(head: Head, event: Moment) -> Decision:
    """The common case, written out: this is where the worker's time goes."""
    event_id, position, milliseconds, _, assignee, fragment, previous, began = event
    newest, _, holder, said, ended, floor, baseline, first, length, remembered, oldest = head
    changed = assignee != holder
    after = new_tuple(
        Head,
        (
            milliseconds if milliseconds > newest else newest,
            position,
            assignee,
            previous,
            began if changed else ended,
            floor,
            baseline,
            first or position,
            length + 1,
            remembered,
            oldest,
        ),
    )
    record = new_tuple(Record, ((ROW if changed else UNCHANGED) + position, event_id, fragment))
    if not changed:
        return Decision(Outcome.UNCHANGED, after, [record], [])
    row = new_tuple(Row, (1, position, fragment, said, ended))
    return new_tuple(Decision, (Outcome.ASSIGNED, after, [record], [row]))


class _Said(NamedTuple):
    """What a row says of the hold that it ends: who had the contact, and how that began."""

    previous: bytes
    began: bytes


def _late(head: Head, history: History, event: Moment) -> Decision:
    """Insert before the chain's end; at most the two rows that follow say something else now.

    The next event's previous assignee is the late one's. And where the next event begins or ceases
    to be the one that gave the contact to its holder, the row after it ends another hold. Two that
    began at the same time are another still where they came of another source, actor or team.
    """
    earlier, started = _chain_before(history, event.position), history.before(ROW, event.position)
    following = _chain_after(history, event.position)
    if following is None:
        raise LookupError(f"history ends before its head says: {event.position.hex()}")
    began = beginning(started.fragment) if started else NO_HOLD
    said = _Said(as_previous(earlier.fragment) if earlier else NOBODY, began)
    changed = event.assignee != (assignee(earlier.fragment) if earlier else None)
    now_began = event.began if changed else began
    was = said if following.kind == ROW else None
    becomes = (
        _Said(event.previous, now_began) if assignee(following.fragment) != event.assignee else None
    )
    rows, records = _correct(following, history, was, becomes)
    begins = beginning(following.fragment)
    head, later = _later_rows(
        head, history, following, begins if was else began, begins if becomes else now_began
    )
    if changed:
        rows.append(Row(1, event.position, event.fragment, *said))
    kind = ROW if changed else UNCHANGED
    records.append(Record(kind + event.position, event.event_id, event.fragment))
    head = head._replace(first=min(head.first, event.position), length=head.length + 1)
    outcome = Outcome.ASSIGNED if changed else Outcome.UNCHANGED
    return Decision(outcome, head, records, [*rows, *later])


def _chain_before(history: History, position: bytes) -> Entry | None:
    found = history.before(ROW, position), history.before(UNCHANGED, position)
    return max((entry for entry in found if entry), key=lambda e: e.position, default=None)


def _chain_after(history: History, position: bytes) -> Entry | None:
    found = history.after(ROW, position), history.after(UNCHANGED, position)
    return min((entry for entry in found if entry), key=lambda e: e.position, default=None)


def _correct(
    entry: Entry, history: History, was: _Said | None, becomes: _Said | None
) -> tuple[list[Row], list[Record]]:
    rows = []
    if was != becomes:
        if was:
            rows.append(Row(-1, entry.position, entry.fragment, *was))
        if becomes:
            rows.append(Row(1, entry.position, entry.fragment, *becomes))
    if (was is None) == (becomes is None):
        return rows, []
    identity = event_id(entry.fragment)
    old, new = (ROW, UNCHANGED) if was else (UNCHANGED, ROW)
    return rows, [
        Record(old + entry.position, identity, None),
        Record(new + entry.position, identity, entry.fragment),
    ]


def _later_rows(
    head: Head, history: History, following: Entry, was: bytes, becomes: bytes
) -> tuple[Head, list[Row]]:
    """The row that ends the hold which `following` is part of, where that hold began elsewhere."""
    if was == becomes:
        return head, []
    row = history.after(ROW, following.position)
    if row is None:
        return head._replace(began=becomes), []
    earlier = _chain_before(history, row.position)
    previous = as_previous(earlier.fragment) if earlier else NOBODY
    return head, [
        Row(-1, row.position, row.fragment, previous, was),
        Row(1, row.position, row.fragment, previous, becomes),
    ]


def _retire(decision: Decision, history: History, horizon: Horizon) -> Decision:
    """Let go of what the horizon has passed."""
    head = decision.head
    if not _over(head, horizon) and head.remembered <= horizon.events:
        return decision
    layered = Layered(history)
    layered.apply(decision.records)
    records = list(decision.records)
    while _over(head, horizon):
        head, changes = _retire_first(head, layered)
        layered.apply(changes)
        records += changes
    while head.remembered > horizon.events:
        head, changes = _forget_oldest(head, layered)
        layered.apply(changes)
        records += changes
    return decision._replace(head=head, records=records)


def _over(head: Head, horizon: Horizon) -> bool:
    return head.first != b"" and (
        head.length > horizon.events
        or milliseconds(head.first) < head.newest - horizon.milliseconds
    )


def _retire_first(head: Head, history: History) -> tuple[Head, list[Record]]:
    """The oldest within the horizon becomes the baseline; what that makes needless is let go of.

    The last event before the horizon stays (it is the previous one to whatever comes after), and
    so does the row that gave the contact to its holder of then.
    """
    entry = _chain_at(history, head.first)
    changes: list[Record] = []
    if head.floor and head.floor != head.baseline:
        head, changes = _let_go(head, history, head.floor)
    if entry.kind == ROW:
        if head.baseline:
            head, more = _let_go(head, history, head.baseline)
            changes += more
        head = head._replace(baseline=entry.position)
    following = _chain_after(history, entry.position)
    head = head._replace(
        floor=entry.position,
        first=following.position if following else b"",
        length=head.length - 1,
    )
    return head, changes


def _let_go(head: Head, history: History, position: bytes) -> tuple[Head, list[Record]]:
    entry = _chain_at(history, position)
    identity = event_id(entry.fragment)
    head, record = _remember(head, RETIRED, identity, position, entry.fragment)
    return head, [Record(entry.kind + position, identity, None), record]


def _chain_at(history: History, position: bytes) -> Entry:
    for kind in (ROW, UNCHANGED):
        fragment = history.value(kind + position)
        if fragment is not None:
            return Entry(kind, position, fragment)
    raise LookupError(f"no event of the chain at {position.hex()}")


def _forget_oldest(head: Head, history: History) -> tuple[Head, list[Record]]:
    following = history.after(REMEMBERED, head.oldest)
    value = history.value(REMEMBERED + head.oldest)
    if value is None:
        raise LookupError(f"nothing remembered at {head.oldest.hex()}")
    gone = Record(REMEMBERED + head.oldest, value[1:17], None)
    oldest = following.position if following else b""
    return head._replace(remembered=head.remembered - 1, oldest=oldest), [gone]
