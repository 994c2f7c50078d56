"""One way for every operation: the plan first, the deed only when told to, and a record of both.

A deed is a generator: it yields how many messages each step took, may be left between two steps,
and returns what came of it. Run again it goes on from what the last run left, so that an
interruption, or a second run, never does anything twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import click
import orjson
from confluent_kafka import KafkaException

from producers.interrupts import INTERRUPTED, Interrupts
from producers.kafka import Topics, explained
from producers.progress import progress
from producers.terminal import say, say_json
from stream import audit
from stream.lock import Locked, held

Result = Mapping[str, object]
Steps = Generator[int, None, Result]
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Plan:
    """What an operation would do.

    `where` names partitions and offsets, or months; `messages` is how many it will take;
    `refused` are reasons for which it is not done at all; `rate` is messages a second; of those
    with the same `lock` one runs at a time.
    """

    command: str
    what: str
    where: Sequence[str] = ()
    messages: int = 0
    afterwards: Sequence[str] = ()
    refused: Sequence[str] = ()
    rate: float | None = None
    lock: str = ""

    @property
    def seconds(self) -> float | None:
        """How long, by the measured rate; None where nothing was measured yet."""
        return self.messages / self.rate if self.rate else None

    def lines(self) -> list[str]:
        """The plan for people."""
        said = [self.what, *(f"  {line}" for line in self.where)]
        if self.messages:
            said.append(f"Messages: {self.messages:,}{self._duration()}")
        said += [f"Afterwards: {line}" for line in self.afterwards]
        return said + [f"Refused: {reason}" for reason in self.refused]

    def _duration(self) -> str:
        if self.seconds is None:
            return ", not measured yet how long that takes"
        return f", about {self.seconds:,.0f} s at {self.rate:,.0f} a second as last time"


def planned(command: Command) -> Command:
    """The options every operation has: --execute and --json."""
    command = click.option("--json", "as_json", is_flag=True, help="For programs.")(command)
    text = "Do it; without this only the plan is shown."
    return click.option("--execute", is_flag=True, help=text)(command)


def operate(
    kafka: Mapping[str, str],
    topics: Topics,
    plan: Plan,
    deed: Callable[[], Steps],
    *,
    execute: bool,
    as_json: bool,
) -> None:
    """Show the plan and, with `execute`, do it.

    Ends the command with 1 where the plan is refused or the deed fails, with 130 where it was
    interrupted; run again then, it goes on.
    """
    plan = replace(plan, rate=audit.rate(audit.entries(kafka, topics), plan.command))
    if not as_json:
        say(*plan.lines())
    if plan.refused:
        _end(plan, "refused", {"reasons": list(plan.refused)}, as_json, code=1)
    if not execute:
        _end(plan, "planned", {}, as_json, code=0)
    entry = audit.Entry(plan.command, asdict(plan))
    audit.write(kafka, topics, entry)
    try:
        with held(kafka, topics, plan.lock) if plan.lock else nullcontext():
            state, result = _do(plan, deed)
    except Locked as locked:
        state, result = "failed", {"error": str(locked)}
    result = {**result, "audit": entry.id}
    audit.write(kafka, topics, replace(entry, state=state, result=result, ended_at=time.time()))
    codes = {"done": 0, "interrupted": INTERRUPTED, "failed": 1}
    _end(plan, state, result, as_json, codes[state])


def _do(plan: Plan, deed: Callable[[], Steps]) -> tuple[str, dict[str, object]]:
    done = 0
    with (
        Interrupts() as interrupts,
        progress(plan.command, plan.messages or None, lambda done: done) as advance,
        closing(deed()) as steps,
    ):
        try:
            while not interrupts.count:
                done += next(steps)
                advance(done)
        except StopIteration as end:
            return "done", {"messages": done, **end.value}
        except Exception as error:
            return "failed", {"messages": done, "error": _said(error)}
    return "interrupted", {"messages": done}


def _said(error: Exception) -> str:
    if isinstance(error, KafkaException):
        return f"Kafka: {explained(error)}"
    return str(error) or type(error).__name__


_WORDS = {
    "refused": "Nothing was done.",
    "planned": "Nothing was done. Add --execute to do it.",
    "interrupted": "Interrupted. Run it again: it goes on where it was.",
    "done": "Done.",
}


def _end(plan: Plan, state: str, result: Result, as_json: bool, code: int) -> None:
    if as_json:
        shown = {"plan": asdict(plan), "seconds": plan.seconds, "state": state, "result": result}
        say_json(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
    elif state == "failed":
        say(f"Failed: {result['error']}", err=True)
    else:
        facts = [f"  {name}: {value}" for name, value in result.items() if name != "reasons"]
        say(_WORDS[state], *facts)
    if code or state in ("refused", "planned"):
        raise click.exceptions.Exit(code)
