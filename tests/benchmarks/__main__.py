"""`make bench` runs every benchmark, `make bench ARGS="NAME --help"` one of them."""

from __future__ import annotations

import importlib

import click

from deploy.local.signals import ended_by_signals

# Name: module and command; in the order they run.
BENCHMARKS = {
    "derivation": "tests.benchmarks.derivation:derivation",
    "malformed": "tests.benchmarks.malformed:malformed",
    "long-history": "tests.benchmarks.long_history:long_history",
    "rebuild": "tests.benchmarks.rebuild:rebuild",
    "report": "tests.benchmarks.report:report",
}


class Benchmarks(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHMARKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHMARKS:
            return None
        module, name = BENCHMARKS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=Benchmarks, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure Baton; without a name, everything in turn."""
    if context.invoked_subcommand is None:
        for name in BENCHMARKS:
            command = main.get_command(context, name)
            assert command is not None
            context.invoke(command)


if __name__ == "__main__":
    with ended_by_signals():
        main(prog_name="python -m tests.benchmarks")
