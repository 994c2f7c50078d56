"""What the page shows of a question: all that its templates need, worked out before they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from queries import log
from queries.conversations import ConversationHands, most_reassigned
from queries.filters import Filters
from queries.freshness import Freshness
from queries.holds import TimeHeld, time_held
from queries.matrix import Matrix, matrix
from queries.page import charts
from queries.page.applicable import applicable
from queries.page.state import PageState, View, log_selection
from queries.page.texts import Texts, local_time
from queries.page.values import Shown, shown
from queries.question import Question
from queries.selection import before
from queries.store import Store
from queries.summary import Summary, Trend, summarize, trend

MATRIX_SIZE = 20
PAGE_ROWS = 100


@dataclass(frozen=True)
class Narrowed:
    """By what the log is narrowed; `field` is empty for a stretch of time."""

    field: str
    values: list[Shown]


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
    only: list[Narrowed]
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
    store: Store, state: PageState, question: Question, fresh: Freshness, texts: Texts,
    rows: int = PAGE_ROWS,
) -> Results:  # fmt: skip
    """All answers that the state asks for; `fresh` was looked up before the numbers are."""
    selection = question.selection
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
) -> list[Narrowed]:
    """What the log is narrowed to, in words."""
    said = []
    if isinstance(only.start, datetime) and isinstance(only.end, datetime):
        span = (at.astimezone(question.selection.tz) for at in (only.start, only.end))
        said.append(Narrowed("", [Shown("", " - ".join(map(local_time, span)))]))
    for name in _lists(only):
        values = shown(store, workspace, name, getattr(only, name), texts)
        said.append(Narrowed(texts(f"filter.{name}"), values))
    return said


def _lists(only: Filters) -> list[str]:
    said = only.address()
    return [name for name in said if isinstance(said[name], list)]
