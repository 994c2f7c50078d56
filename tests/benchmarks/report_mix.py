"""What readers ask of the report, and how long the answers take.

Each period that people use (the presets; a month, a quarter, half a year and a year, each anywhere)
is asked for with each filter and with none, and with two filters at once, again and again with
other values, days and time zones, in a random order. A first round warms the server up and is not
counted; no question is repeated.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from rich.console import Console

from queries import log
from queries.choices import Choosable, choices
from queries.conversations import most_reassigned
from queries.errors import TooSlow
from queries.filters import Filters
from queries.handoffs import PassedBy
from queries.holds import HeldBy, time_held
from queries.log import Sort
from queries.matrix import matrix
from queries.periods import Period
from queries.question import Question, ask
from queries.selection import Selection, before
from queries.store import ClickHouseStore
from queries.summary import summarize, trend
from tests.benchmarks.report_year import AGENTS, CONTACTS, YEAR

NOW = datetime(YEAR, 12, 31, 23, 59, 30, tzinfo=UTC)
ROUNDS = 3
WARM = 1.0
ENOUGH = 5.0
"""Seconds for one answer with one filter, to warm up and to measure: what takes far too long is
left before its end."""

Asked = dict[str, Any]
Choose = Callable[[random.Random], Asked]
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York")


def _stretch(days: int) -> Choose:
    def choose(chance: random.Random) -> Asked:
        start = date(YEAR, 1, 1) + timedelta(days=chance.randint(0, 365 - days))
        return {"start": start, "end": start + timedelta(days=days - 1)}

    return choose


def _preset(name: Period) -> Choose:
    return lambda _: {"period": name}


PERIODS: list[Choose] = [
    *map(_preset, Period),
    *(_stretch(days) for days in (31, 91, 182, 365)),
]
FILTERS: dict[str, Choose] = {
    "none": lambda _: {},
    "source": lambda chance: {"source": chance.sample(_SOURCES, chance.randint(1, 2))},
    "assigned to": lambda chance: {"assigned_to": chance.choice([[_agent(chance)], ["-"]])},
    "assigned by": lambda chance: {"assigned_by": [_agent(chance)]},
    "contact": lambda chance: {"contact": [_contact(chance) for _ in range(chance.randint(1, 3))]},
    "conversation": lambda chance: {"conversation": [f"{_contact(chance)}-{chance.randrange(5)}"]},
    "two": lambda chance: {"source": ["user"], "assigned_to": [_agent(chance)]},
}
_SOURCES = ["workflow", "user", "bot", "developer_api", "zapier", "close_conversation"]
_STARTS = ("José", "zoë", "Lars", "ольга", "李雷", "amina", "Noé", "bo")


def _agent(chance: random.Random) -> str:
    return str(chance.randint(1, AGENTS))


def _contact(chance: random.Random) -> str:
    return str(chance.randrange(CONTACTS))


@dataclass(frozen=True)
class Wanted:
    """A question, by its filter; `needle` is what is typed into the contact search beside it."""

    filter: str
    question: Question
    needle: str


def questions(store: ClickHouseStore) -> tuple[list[Wanted], list[Wanted]]:
    """Those that warm up, and those that count."""
    chance = random.Random(1)
    rounds = [list(_round(store, chance)) for _ in range(ROUNDS + 1)]
    counted = [one for each in rounds[1:] for one in each]
    chance.shuffle(counted)
    return rounds[0], counted


def _round(store: ClickHouseStore, chance: random.Random) -> Iterator[Wanted]:
    for (name, choose), period in product(FILTERS.items(), PERIODS):
        asked = {"timezone": chance.choice(ZONES), **period(chance), **choose(chance)}
        question = ask(store, Filters(workspace="1", **asked), NOW)
        yield Wanted(name, question, _needle(chance))


def _needle(chance: random.Random) -> str:
    """A name, a name as it is being typed, or the beginning of an id."""
    start, number = chance.choice(_STARTS), _contact(chance)
    return chance.choice([start, f"{start} {number[:2]}", f"{start} {number}", number[:4]])


@dataclass(frozen=True)
class Answer:
    """Something that is answered, in how many milliseconds at most, and to which questions."""

    name: str
    target: int
    call: Callable[[Wanted], object]
    to: Callable[[Wanted], bool] = lambda one: True


def answers(store: ClickHouseStore) -> list[Answer]:
    """All that page and API answer with."""
    cursors: dict[int, str | None] = {}

    def earlier(one: Wanted) -> object:
        return trend(store, before(one.question.filters, _of(one), NOW))

    def later(one: Wanted) -> object:
        return log.page(store, _of(one), Sort.NEWEST, cursors[id(one)], now=NOW)

    def first(one: Wanted) -> object:
        page = log.page(store, _of(one), now=NOW)
        cursors[id(one)] = page.next
        return page

    def search(one: Wanted) -> object:
        return choices(store, "1", Choosable.CONTACT, one.needle)

    return [
        Answer("counts and shares by source", 50, lambda one: summarize(store, _of(one))),
        Answer("trend", 50, lambda one: trend(store, _of(one))),
        Answer("trend of the period before", 50, earlier),
        Answer("log, first page", 100, first),
        Answer("log, next page", 100, later, lambda one: bool(cursors.get(id(one)))),
        Answer("contact search", 100, search),
        *(Answer(f"hand-offs by {by}", 50, partial(_matrix, store, by)) for by in PassedBy),
        *(Answer(f"time held by {by}", 50, partial(_held, store, by)) for by in HeldBy),
        Answer("most reassigned", 50, lambda one: most_reassigned(store, _of(one))),
    ]


def _of(one: Wanted) -> Selection:
    return one.question.selection


def _matrix(store: ClickHouseStore, by: PassedBy, one: Wanted) -> object:
    return matrix(store, _of(one), by, 20)


def _held(store: ClickHouseStore, by: HeldBy, one: Wanted) -> object:
    return time_held(store, _of(one), NOW, by)


def timed(action: Callable[[], object]) -> float:
    """How long one call takes, in seconds; one that is given up counts, too."""
    start = time.perf_counter()
    with suppress(TooSlow):
        action()
    return time.perf_counter() - start


def p95(seconds: list[float]) -> float:
    """The time that 95 of 100 answers stay under."""
    if len(seconds) < 2:
        return seconds[0]
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


Times = dict[str, list[float]]
"""Seconds, by filter."""


def measure(answer: Answer, warming: list[Wanted], counted: list[Wanted]) -> Times:
    """How long an answer took."""
    _times(answer, warming, WARM)
    times = _times(answer, counted, ENOUGH)
    shown = ", ".join(f"{name} {p95(some) * 1000:.0f}" for name, some in times.items() if some)
    Console(stderr=True, width=200).print(f"{answer.name}: p95 in ms, by filter: {shown}")
    return times


def _times(answer: Answer, asked: list[Wanted], enough: float) -> Times:
    times: Times = {name: [] for name in FILTERS}
    for one in filter(answer.to, asked):
        taken = times[one.filter]
        if sum(taken) < enough:
            taken.append(timed(partial(answer.call, one)))
    return times
