"""A Kafka of one process, for tests and trials: it takes, confirms, fills up and fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Fault:
    """A KafkaError by its code."""

    def __init__(self, code: int) -> None:
        self._code = code

    def code(self) -> int:
        return self._code

    def str(self) -> str:
        return f"error {self._code}"


class MemoryProducer:
    """Holds up to `room` unconfirmed messages; `faults` gives the error code of a value."""

    def __init__(self, room: int = 10, faults: Mapping[bytes, int] | None = None) -> None:
        self.delivered: list[tuple[bytes, bytes]] = []
        self._waiting: list[tuple[bytes, bytes, Callable[[Any, Any], None]]] = []
        self._room = room
        self._faults = faults or {}

    def produce(
        self, topic: str, value: bytes, key: bytes, on_delivery: Callable[[Any, Any], None]
    ) -> None:
        if len(self._waiting) >= self._room:
            raise BufferError(f"{topic}: no room")
        self._waiting.append((key, value, on_delivery))

    def poll(self, timeout: float) -> int:
        """Confirms all that waits if there is time, nothing with a `timeout` of 0."""
        return self._confirm() if timeout else 0

    def flush(self, timeout: float) -> int:
        if timeout:
            self._confirm()
        return len(self._waiting)

    def _confirm(self) -> int:
        waiting, self._waiting = self._waiting, []
        for key, value, confirm in waiting:
            code = self._faults.get(value)
            if code is None:
                self.delivered.append((key, value))
            confirm(None if code is None else Fault(code), None)
        return len(waiting)
