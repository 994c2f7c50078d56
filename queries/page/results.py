"""What the page shows of a question: all that its templates need, worked out before they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from queries import choices, log
from queries.api.services import Services
from queries.choices import Choosable
from queries.conversations import ConversationHands, most_reassigned
from queries.filters import Filters, decode_id
from queries.freshness import Freshness
from queries.holds import TimeHeld, time_held
from queries.matrix import Matrix, matrix
from queries.page import charts
from queries.page.applicable import applicable
from queries.page.state import PageState, View, log_selection
from queries.page.texts import Texts, local_time
from queries.question import Question
from queries.selection import before
from queries.store import Store
from queries.summary import Summary, Trend, summarize, trend

MATRIX_SIZE = 20
PAGE_ROWS = 100
_NAMED_BY = {
    "assigned_to": Choosable.ASSIGNED_TO,
    "previous": Choosable.ASSIGNED_TO,
    "assigned_by": Choosable.ASSIGNED_BY,
    "contact": Choosable.CONTACT,
}


@dataclass(frozen=True)
class Results:
    """The answers of one page; what the view does not show is None."""

    state: PageState
    question: Question
    fresh: Freshness
    applicable: bool
    summary: Summary
    previous_total: int
    rows: log.LogPage
    rows_total: int
    only: list[str]
    trend: tuple[Trend, Trend] | None = None
    matrix: Matrix | None = None
    time_held: list[TimeHeld] | None = None
    conversations: list[ConversationHands] | None = None

    def charts(self, texts: Texts) -> dict[str, Any]:
        """Options of the charts that the view has."""
        if self.trend is None:
            return {}
        return {
            **charts.source_charts(self.state, self.summary, texts),
            "trend": charts.trend_chart(self.state, *self.trend, texts),
        }


def results(
    served: Services, state: PageState, question: Question, texts: Texts, rows: int = PAGE_ROWS
) -> Results:
    """All answers that the state asks for; freshness is looked up before the numbers are."""
    fresh = served.fresh.latest()
    store, selection = served.store, question.selection
    summary = summarize(store, selection)
    shown = log_selection(state, selection, question.now)
    has_data = summary.total > 0 and applicable(selection, state.view)
    return Results(
        state=state,
        question=question,
        fresh=fresh,
        applicable=applicable(selection, state.view),
        summary=summary,
        previous_total=summarize(store, before(state, selection, question.now)).total,
        rows=log.page(store, shown, state.sort, None, rows, question.now),
        rows_total=summarize(store, shown).total if state.only else summary.total,
        only=narrowing(store, selection.workspace, state.only_filters(), question, texts),
        **(_view(store, state, question) if has_data else {}),
    )


def _view(store: Store, state: PageState, question: Question) -> dict[str, Any]:
    selection = question.selection
    match state.view:
        case View.HANDOFFS:
            return {"matrix": matrix(store, selection, state.passed_by, MATRIX_SIZE)}
        case View.TIME_HELD:
            held = time_held(store, selection, question.now, state.held_by)
            return {"time_held": held}
        case View.CONVERSATIONS:
            return {"conversations": most_reassigned(store, selection)}
        case _:
            current = trend(store, selection)
            earlier = before(state, selection, question.now)
            return {"trend": (current, trend(store, earlier, current.step))}


def narrowing(
    store: Store, workspace: str, only: Filters, question: Question, texts: Texts
) -> list[str]:
    """What the log is narrowed to, in words."""
    words = []
    if isinstance(only.start, datetime) and isinstance(only.end, datetime):
        span = (at.astimezone(question.selection.tz) for at in (only.start, only.end))
        words.append(" - ".join(map(local_time, span)))
    for name in _lists(only):
        values = getattr(only, name)
        named = value_labels(store, workspace, name, values, texts)
        words.append(f"{texts(f'filter.{name}')}: {', '.join(named[v] for v in values)}")
    return words


def _lists(only: Filters) -> list[str]:
    said = only.address()
    return [name for name in said if isinstance(said[name], list)]


def value_labels(
    store: Store, workspace: str, field: str, values: list[Any], texts: Texts
) -> dict[Any, str]:
    """What readers see for the values of a filter, as they stand in the address."""
    ids = {value: decode_id(str(value)) for value in values}
    found: dict[str, str] = {}
    if field in _NAMED_BY:
        found = choices.labels(store, workspace, _NAMED_BY[field], list(ids.values()))
    return {value: _label(field, value, ids[value], found, texts) for value in values}


def _label(field: str, value: Any, identifier: str, found: dict[str, str], texts: Texts) -> str:
    if field == "source":
        return str(value.label)
    if field == "kind":
        return texts(f"filter.{value}")
    if field == "actor":
        source, _, actor = str(value).partition(":")
        return f"{choices.source_label(source)} {actor}".strip()
    if not identifier:
        return texts("filter.unassigned" if field == "assigned_to" else "filter.not_shown")
    return found.get(identifier, identifier)
