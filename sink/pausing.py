"""Letting all sinks stand still, those of generations beside the live one too, and go on."""

from __future__ import annotations

from dataclasses import replace

from producers.kafka import Topics, client_config
from sink import chain, generations
from sink.clickhouse import connect, settings_from_url
from stream.operation import Plan, Steps, operate


def operate_pause(paused: bool, execute: bool, as_json: bool) -> None:
    """Plan it and, with `execute`, do it; raises ClickHouseUnusable and KafkaException."""
    address = settings_from_url()
    with connect(address) as client:
        live = generations.live(generations.known(client))
        topics = replace(Topics.from_environment(), generation=live.number)

        def deed() -> Steps:
            change = chain.pause if paused else chain.resume
            change(client, address.database)
            yield 0
            return {}

        plan = _plan(paused, address.shown)
        operate(client_config(), topics, plan, deed, execute=execute, as_json=as_json)


def _plan(paused: bool, where: str) -> Plan:
    if paused:
        return Plan(
            "sink pause",
            f"Let all sinks of {where} stand still once what they have begun is written.",
            afterwards=[
                "rows wait in assignment-log; the report says up to when it is complete",
                "it lasts until baton sink resume, whatever is exchanged meanwhile",
            ],
        )
    return Plan("sink resume", f"Let the sinks of {where} go on.")
