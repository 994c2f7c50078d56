"""The contenders that are not Baton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.broker import OUTPUT, Broker
from tests.benchmarks.contender import python


@dataclass(frozen=True)
class Other:
    """One process, on topics of its own."""

    name: str
    command: tuple[str, ...]

    def prepare(self, broker: Broker, prefix: str) -> tuple[str, str]:
        broker.create(f"{prefix}events")
        broker.create(f"{prefix}rows", config=OUTPUT)
        return f"{prefix}events", f"{prefix}rows"

    def commands(self, broker: Broker, prefix: str) -> Sequence[tuple[list[str], dict[str, str]]]:
        environ = {"BENCH_BROKER": broker.address, "BENCH_PREFIX": prefix}
        return [(list(self.command), environ)]

    def ready(self) -> bool:
        """It is alone and starts with nothing: what it does before its first row is not timed."""
        return True


USUAL_FAUST = Other("usual Faust agent", tuple(python("tests.benchmarks.usual_faust")))
PLAIN_LOOP = Other("plain loop, no guarantees", tuple(python("tests.benchmarks.plain_loop")))
