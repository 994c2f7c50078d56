"""`baton replay drop`: a generation that is not needed any more goes, topics and tables."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import process
from deploy.local.home import StackError
from deploy.replay import lag, processes, sending
from deploy.replay.installation import Installation
from deploy.replay.processes import names
from sink import exchange
from sink.generations import Generation, State
from sink.group import group_id
from stream import letters, scan
from stream.operation import Plan, Steps

_TIMEOUT = 30.0
_DESERTED = 60.0
_SESSION = 15.0  # a worker's, by default 10 seconds, and some
_EVERY = 0.5


def plan(there: Installation, old: Generation) -> Plan:
    """What dropping would do, or what is left to be done of it; refused for what readers see, and
    while others write to it."""
    its = there.topics(old.number)
    held = [scan.whole(there.kafka, name) for name in (its.log, its.history, its.dead)]
    begun = " It was begun, and is finished." if old.state is State.DROPPED else ""
    return Plan(
        "replay drop",
        f"Delete generation {old.number}: database {old.database}, topics {its.log},"
        f" {its.history}, {its.dead}.{begun}",
        messages=sum(each.length for stretches in held for each in stretches.values()),
        afterwards=[
            f"there is no way back to generation {old.number}",
            f"{its.events} stays: it can be derived again",
        ],
        refused=list(_refusals(there, old)),
        lock="generations",
    )


def _refusals(there: Installation, old: Generation) -> Iterator[str]:
    if old.state is State.DROPPED:
        return
    if old.state in (State.LIVE, State.EXCHANGING):
        yield f"generation {old.number} is what readers see"
        return
    its = there.topics(old.number)
    own = [process.find(there.home, name) is not None for name in names(old.number)]
    groups = lag.worker_group(its), group_id(its)
    for group, mine in zip(groups, own, strict=True):
        if (others := _others(there, group, mine)) > 0:
            yield (
                f"{others} more in group {group}: stop what works for generation {old.number}"
                " first; on this stack, baton restart lets it work for the live one"
            )


def _others(there: Installation, group: str, mine: bool) -> int:
    """How many are in a group besides our own. Kafka keeps the place of a worker that was stopped
    for the length of its session: those are waited for."""
    deadline = time.monotonic() + _SESSION
    while (found := lag.members(there.kafka, group) - mine) > 0 and time.monotonic() < deadline:
        time.sleep(_EVERY)
    return found


def run(there: Installation, old: Generation) -> Steps:
    """Stop its processes, delete its tables, topics, groups and local copies, or what is left."""
    processes.stop(there.home, old.number)
    its = there.topics(old.number)
    groups = [lag.worker_group(its), group_id(its)]
    exchange.drop(there.address, there.client, old)
    yield 0
    admin = AdminClient(dict(there.kafka))
    unwanted = {its.log, its.history, its.dead, letters.marks_topic(its)}
    there_are = [name for name in admin.list_topics(timeout=_TIMEOUT).topics if name in unwanted]
    for future in admin.delete_topics(there_are).values() if there_are else ():
        future.result(_TIMEOUT)
    yield from _deserted(there, groups)
    for future in admin.delete_consumer_groups(groups, request_timeout=_TIMEOUT).values():
        _unless_gone(future)
    sending.forget(there.home, old.number)
    for path in (there.home.path / "worker").glob(f"*/{its.prefix}g{old.number}"):
        shutil.rmtree(path)
    return {"dropped": old.number}


def _deserted(there: Installation, groups: list[str]) -> Iterator[int]:
    """Wait until Kafka has noticed that the members have gone: a worker's place in its group is
    kept until its session times out."""
    deadline = time.monotonic() + _DESERTED
    while any(lag.members(there.kafka, group) for group in groups):
        if time.monotonic() > deadline:
            raise StackError(f"{' or '.join(groups)} still has members after {_DESERTED:g} s")
        yield 0
        time.sleep(_EVERY)


def _unless_gone(future: object) -> None:
    try:
        future.result()  # type: ignore[attr-defined]
    except KafkaException as error:
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise
