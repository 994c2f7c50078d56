"""A Kafka in memory for whatever connects to one."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers import sender
from producers.memory import MemoryProducer


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryProducer:
    producer = MemoryProducer()
    monkeypatch.setattr(sender, "connect", lambda _: producer)
    monkeypatch.chdir(tmp_path)
    return producer
