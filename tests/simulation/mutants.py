"""Faults put into the product on purpose, each of which would reach a user: the simulation must
find them (`tests/unit/simulation/test_mutants.py`).

A mutant is a piece of a module's source and what stands in its place, exchanged while the module
is imported. A piece that is not there once, and once only, is an error: the mutant goes with the
code.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import NamedTuple


class Mutant(NamedTuple):
    """What is exchanged where, and which invariants may show it."""

    module: str
    before: str
    after: str
    breaks: str


MUTANTS = {
    "the state is restored from what was never committed": Mutant(
        "stream.restore",
        'clients.reader(kafka, auto_offset_reset="error")\n    try:\n        low, high',
        'clients.reader(kafka, "read_uncommitted", auto_offset_reset="error")\n    try:\n'
        "        low, high",
        "exact log, refuses with cause",
    ),
    "a commit that was given up is taken for undone": Mutant(
        "stream.partition", "if after == before:", "if True:", "exact log"
    ),
    "a commit that was given up is taken for done": Mutant(
        "stream.partition",
        "after = self._store.watermark\n",
        "return True\n",
        "exact log, goes on",
    ),
    "each worker has transactional ids of its own": Mutant(
        "stream.settings",
        'return f"{self.group}.{partition}"',
        'return f"{self.group}.{self.instance}.{partition}"',
        "exact log, refuses with cause",
    ),
    "restored events are not known by their ids": Mutant(
        "stream.store",
        "for name, key in identities.items():",
        "for name, key in ():",
        "exact log",
    ),
    "after a crash a contact is taken for a new one": Mutant(
        "stream.store",
        "batch.put(contact + _HEAD, _IN_MEMORY)",
        "pass",
        "exact log",
    ),
    "the changelog is read one record too late": Mutant(
        "stream.restore",
        "start = max(store.changelog, low)",
        "start = max(store.changelog + 1, low)",
        "exact log",
    ),
    "the start is where the group committed": Mutant(
        "stream.transport",
        "await self._thread.start_from(positions, engine.epoch)",
        "pass",
        "goes on, refuses with cause",
    ),
    "a flood is not over when it is accepted": Mutant(
        "stream.dead_letters", "if not bad:", "if False:", "goes on"
    ),
    "events that retention took are passed over": Mutant(
        "stream.partition", "if low > self.position:", "if False:", "goes on, refuses with cause"
    ),
    "the sink reads what was never committed": Mutant(
        "sink.group",
        '"isolation.level": "read_committed"',
        '"isolation.level": "read_uncommitted"',
        "exact tables, refuses with cause",
    ),
    "an insert bears another token each time": Mutant(
        "sink.plan",
        "return token(self.source, self.range)",
        "return f'{token(self.source, self.range)}{id(self)}'",
        "exact tables",
    ),
    "no intent is written down": Mutant(
        "sink.plan", "[Mark(batch.source, intent)]", "[]", "exact tables, goes on"
    ),
    "a batch counts as written before it is inserted": Mutant(
        "sink.plan",
        "actions.append(Mark(batch.source, Written(intent.topic_id, batch.next)))",
        "actions.insert(-1, Mark(batch.source, Written(intent.topic_id, batch.next)))",
        "exact tables",
    ),
    "an intent is forgotten when the sink starts": Mutant(
        "sink.state", 'if "last" not in fields:', "if True:", "exact tables"
    ),
    "a sink that was thrown out goes on": Mutant(
        "sink.group",
        "raise KafkaException(result.error)\n        except KafkaException as error:\n"
        "            raise unavailable(error) from error",
        "raise KafkaException(result.error)\n        except KafkaException:\n            pass",
        "exact tables, goes on",
    ),
    "rows that retention took are passed over": Mutant(
        "sink.plan", "if state.offset < log.start:", "if False:", "goes on"
    ),
    "complete to is now, whatever waits": Mutant(
        "queries.freshness", "complete_to=first.since", "complete_to=observed", "complete to"
    ),
}


class _Finder(MetaPathFinder):
    """Finds one module, and changes its source."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._mutant.module:
            return None
        spec = PathFinder.find_spec(name, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(name, spec.origin, self._mutant)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self._mutant = mutant

    def get_code(self, name: str) -> object:
        source = self.get_data(self.path).decode()
        if source.count(self._mutant.before) != 1:
            raise ValueError(f"not there once in {name}: {self._mutant.before!r}")
        changed = source.replace(self._mutant.before, self._mutant.after)
        return compile(changed, self.path, "exec")


def put_in(name: str) -> None:
    """Put a fault in; to be called before the product is imported."""
    sys.meta_path.insert(0, _Finder(MUTANTS[name]))
