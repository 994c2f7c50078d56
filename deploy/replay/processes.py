"""Worker and sink of one generation as processes of the local stack."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.local import process, services
from deploy.local.generation import variables
from deploy.local.home import Home, free_port
from deploy.replay import lag
from deploy.replay.sending import ids_of
from producers.installed import module, version
from producers.kafka import Topics
from sink.generations import Generation
from sink.group import group_id

_FIRST_PORT = 6100


def ensure(home: Home, kafka: Mapping[str, str], topics: Topics, generation: Generation) -> None:
    """Start a worker and a sink of the generation where its groups have no members.

    What runs elsewhere (a cluster's pods) counts, too. Raises StackError.
    """
    groups = lag.worker_group(topics), group_id(topics)
    for name, group in zip(names(generation.number), groups, strict=True):
        if not lag.members(kafka, group):
            start(home, name, generation)


def start(home: Home, name: str, generation: Generation, port: int | None = None) -> None:
    """Start the worker or the sink of a generation and, of a worker, wait until it answers."""
    if name != names(generation.number)[0]:
        _start(home, name, ["sink"], generation, {})
        return
    port = free_port(port or _FIRST_PORT)
    command = ["worker", "--instance", name, "--port", str(port)]
    running = _start(home, name, command, generation, {name: port})
    process.wait_ready(home, running, lambda: process.listens(running, port), services.PATIENCE)


def stop(home: Home, number: int) -> list[str]:
    """Stop those of a generation that this stack has started; returns their names."""
    stopped = []
    for name in names(number):
        if running := process.find(home, name):
            process.stop(home, running)
            stopped.append(name)
    return stopped


def names(number: int) -> tuple[str, str]:
    """Of the worker and of the sink."""
    return f"worker-g{number}", f"sink-g{number}"


def _start(
    home: Home, name: str, command: list[str], generation: Generation, ports: dict[str, int]
) -> process.Running:
    environ = variables(generation.number, generation.horizon_days, generation.horizon_events) | {
        "BATON_HOME": str(home.path)
    }
    corrected = ids_of(home, generation.number)
    # Said either way: those of the live generation may stand in this command's environment.
    environ["BATON_CORRECTED"] = str(corrected) if corrected.exists() else ""
    line = module("deploy.local.keeper", *module("baton", *command))
    return process.start(home, name, line, environ, ports, version())
