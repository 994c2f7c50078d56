"""What happens in a schedule from outside, made up from its seed before it begins: events that are
sent, by whom and when, and trouble.

Everything here has a name, by which it can be taken out when a failing schedule is made smaller.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.world import World

KINDS = {
    "kill": "processes are killed, at any step, before or after its effect",
    "freeze": "processes stand still for up to a minute, beyond their session, too",
    "away": "no Kafka answers for up to a minute",
    "answers": "answers of Kafka get lost; commits are given up, done or not",
    "inserts": "inserts reach some tables, arrive late or are slow; ClickHouse is killed",
    "clickhouse": "no ClickHouse answers for up to a minute",
    "open": "other producers' transactions stay open, are aborted, or are left behind",
    "marker": "a broker loses markers of transactions that it has decided",
    "disk": "a worker's local state is lost",
    "compact": "contact-history is compacted",
    "more": "two workers and two sinks",
    "slow": "everything takes 25 times as long",
    "quiet": "minutes go by without an event",
    "operator": "a person pauses partitions and sinks, and lets them go on",
    "flood": "floods of broken events, which a person accepts",
    "retention": "records are deleted, those that were not read, too; a person accepts the loss",
    "anew": "the topic of events is deleted and made anew",
    "partitions": "the topic of events is given more partitions",
}
"""Kinds of trouble: a schedule has some of them."""

_SHARES = {"quiet": 0.2, "anew": 0.03, "partitions": 0.03, "retention": 0.15, "flood": 0.2}
_USUAL = 0.4


@dataclass(frozen=True)
class Sending:
    """Messages of one producer, at once; in a transaction, where `ends` says how that ends."""

    name: str
    at: float
    messages: tuple[tuple[bytes, bytes], ...]
    ends: str = ""
    open_for: float = 0.0


@dataclass(frozen=True)
class Trouble:
    """Something that befalls from outside; `how` is a number from 0 to 1 for it to go by."""

    name: str
    at: float
    kind: str
    target: int
    how: float


@dataclass(frozen=True)
class Plan:
    """All of it, in the order of time."""

    kinds: frozenset[str]
    sendings: tuple[Sending, ...]
    troubles: tuple[Trouble, ...]
    end: float


def kinds_of(seed: int, chosen: frozenset[str] | None, without: frozenset[str]) -> frozenset[str]:
    """The kinds of trouble of a seed: some, and not others, so that rare ones get room."""
    chance = random.Random(f"{seed}/kinds")
    drawn = {kind for kind in KINDS if chance.random() < _SHARES.get(kind, _USUAL)}
    return frozenset((drawn if chosen is None else chosen) - without)


def make(world: World, message: Callable[[], tuple[bytes, bytes]]) -> Plan:
    """The plan of a world; `message` makes up key and value of an event."""
    chance = world.stream("plan")
    now, sendings = 0.0, list[Sending]()
    for _ in range(chance.randint(2, 4)):
        for _ in range(chance.randint(1, 5)):
            sendings.append(_sending(world, chance, len(sendings), now, message))
            now += chance.choice([0.01, 0.3, 3.0]) * chance.random()
        now += (300.0 if "quiet" in world.kinds else 20.0) * chance.random()
    return Plan(world.kinds, tuple(sendings), tuple(_troubles(world, now)), now)


def _sending(
    world: World, chance: random.Random, number: int, at: float,
    message: Callable[[], tuple[bytes, bytes]],
) -> Sending:  # fmt: skip
    flood = "flood" in world.kinds and chance.random() < 0.3
    messages = [message() for _ in range(chance.randint(1, 8))]
    if flood:
        messages = [(key, value[:9]) for key, value in messages * 3]
    ends, open_for = "", 0.0
    if "open" in world.kinds and chance.random() < 0.4:
        ends = chance.choice(["commit", "commit", "abort", "death"])
        open_for = chance.choice([0.05, 2.0, 20.0, 200.0]) * chance.random()
    of = f", in a transaction that ends by {ends} after {open_for:.1f} s" if ends else ""
    what = "broken events" if flood else "events"
    name = f"sending {number}: {len(messages)} {what} at {at:.1f} s{of}"
    return Sending(name, at, tuple(messages), ends, open_for)


_PLANNED = (
    "kill", "freeze", "away", "clickhouse", "disk", "compact", "operator", "retention", "anew",
    "partitions",
)  # fmt: skip
_ONCE = {"anew", "partitions"}


def _troubles(world: World, end: float) -> list[Trouble]:
    chance = world.stream("troubles")
    kinds = [kind for kind in _PLANNED if kind in world.kinds]
    now, found, had = 0.0, list[Trouble](), set[str]()
    while kinds:
        now += chance.choice([0.3, 3.0, 15.0]) * chance.random()
        kind, target, how = chance.choice(kinds), chance.randrange(4), chance.random()
        if now >= end:
            break
        if kind in _ONCE and kind in had:
            continue
        had.add(kind)
        name = f"trouble {len(found)}: {kind} of {target} at {now:.1f} s ({how:.2f})"
        found.append(Trouble(name, now, kind, target, how))
    return found


def scaled(how: float, *spans: float) -> float:
    """A length of time: one of some spans, and a share of it."""
    index = min(int(how * len(spans)), len(spans) - 1)
    return spans[index] * (how * len(spans) - index)
