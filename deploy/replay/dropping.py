"""`baton replay drop`: a generation that is not needed any more goes, topics and tables."""

from __future__ import annotations

from collections.abc import Iterator

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import process
from deploy.replay import lag, processes
from deploy.replay.installation import Installation
from deploy.replay.processes import names
from sink import exchange
from sink.generations import Generation, State
from sink.group import group_id
from stream import letters, scan
from stream.operation import Plan, Steps

_TIMEOUT = 30.0


def plan(there: Installation, old: Generation) -> Plan:
    """What dropping would do; refused for what readers see, and while others write to it."""
    its = there.topics(old.number)
    held = [scan.whole(there.kafka, name) for name in (its.log, its.history, its.dead)]
    return Plan(
        "replay drop",
        f"Delete generation {old.number}: database {old.database}, topics {its.log},"
        f" {its.history}, {its.dead}.",
        messages=sum(each.length for stretches in held for each in stretches.values()),
        afterwards=[
            f"there is no way back to generation {old.number}",
            f"{its.events} stays: it can be derived again",
        ],
        refused=list(_refusals(there, old)),
        lock="generations",
    )


def _refusals(there: Installation, old: Generation) -> Iterator[str]:
    if old.state in (State.LIVE, State.EXCHANGING):
        yield f"generation {old.number} is what readers see"
    its = there.topics(old.number)
    own = sum(process.find(there.home, name) is not None for name in names(old.number))
    others = lag.members(there.kafka, lag.worker_group(its))
    others += lag.members(there.kafka, group_id(its)) - own
    if others > 0:
        yield f"{others} worker or sink of generation {old.number} runs: stop it first"


def run(there: Installation, old: Generation) -> Steps:
    """Stop its processes, delete its tables, topics and groups, or what is left of them."""
    processes.stop(there.home, old.number)
    exchange.drop(there.address, there.client, old)
    yield 0
    its, admin = there.topics(old.number), AdminClient(dict(there.kafka))
    unwanted = {its.log, its.history, its.dead, letters.marks_topic(its)}
    there_are = [name for name in admin.list_topics(timeout=_TIMEOUT).topics if name in unwanted]
    for future in admin.delete_topics(there_are).values() if there_are else ():
        future.result(_TIMEOUT)
    yield 0
    groups = [lag.worker_group(its), group_id(its)]
    for future in admin.delete_consumer_groups(groups, request_timeout=_TIMEOUT).values():
        _unless_gone(future)
    return {"dropped": old.number}


def _unless_gone(future: object) -> None:
    try:
        future.result()  # type: ignore[attr-defined]
    except KafkaException as error:
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise
