"""The engine's own lists of formats and settings: what is in none of them is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from deploy.local.clickhouse.errors import UNKNOWN_FORMAT, UNKNOWN_SETTING, error


@dataclass(frozen=True)
class Names:
    """Formats by their names in small letters, which is how the engine compares them."""

    outputs: frozenset[str]
    inputs: frozenset[str]
    settings: frozenset[str]

    def output(self, name: str) -> str:
        """The same name, if results can be had in it; raises 73."""
        return _known(name, self.outputs)

    def input(self, name: str) -> str:
        """The same name, if rows can be sent in it; raises 73."""
        return _known(name, self.inputs)

    def check_settings(self, names: Iterable[str]) -> None:
        """Raise 115 where one is none."""
        for name in names:
            if name not in self.settings:
                raise error(UNKNOWN_SETTING, f"Unknown setting {name!a}")


def load(ask: Callable[[str], str]) -> Names:
    """The lists of this engine."""
    return Names(
        frozenset(ask("SELECT lower(name) FROM system.formats WHERE is_output").split()),
        frozenset(ask("SELECT lower(name) FROM system.formats WHERE is_input").split()),
        frozenset(ask("SELECT name FROM system.settings").split()),
    )


def _known(name: str, names: frozenset[str]) -> str:
    if name.lower() not in names:
        raise error(UNKNOWN_FORMAT, f"Unknown format {name!a}")
    return name
