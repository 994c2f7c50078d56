"""What a worker may be told, all of it from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from producers.kafka import Topics, client_config
from producers.variables import home
from stream.history import Horizon


@dataclass(frozen=True)
class Settings:
    """A worker's settings; `from_environment` names the variables and their defaults."""

    topics: Topics = field(default_factory=Topics)
    kafka: Mapping[str, str] = field(default_factory=dict)
    instance: str = "worker-1"
    state: Path = Path(".baton/worker")
    web_port: int = 6066
    horizon: Horizon = field(default_factory=Horizon)
    workspaces: frozenset[str] | None = None
    corrected: Path | None = None
    largest_event: int = 262_144
    flood_window: int = 1000
    flood_share: float = 0.5
    stall_after: float = 30.0
    session_timeout: float = 10.0
    transaction_timeout: float = 30.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `BATON_*`; raises Unset, or ValueError naming the variable that is wrong."""
        known = environ.get("BATON_WORKSPACES", "")
        default = cls()
        number = _Numbers(environ)
        return cls(
            topics=Topics.from_environment(environ),
            kafka=client_config(environ),
            instance=environ.get("BATON_INSTANCE", default.instance),
            state=home(environ) / "worker",
            web_port=int(number.of("BATON_WORKER_PORT", default.web_port)),
            horizon=horizon_from(environ),
            workspaces=frozenset(filter(None, known.split(","))) or None,
            corrected=_path(environ.get("BATON_CORRECTED")),
            largest_event=int(number.of("BATON_MAX_EVENT_BYTES", default.largest_event)),
            flood_window=int(number.of("BATON_FLOOD_WINDOW", default.flood_window)),
            flood_share=number.of("BATON_FLOOD_SHARE", default.flood_share),
            stall_after=number.of("BATON_STALL_SECONDS", default.stall_after),
            session_timeout=number.of("BATON_SESSION_SECONDS", default.session_timeout),
            transaction_timeout=number.of("BATON_TRANSACTION_SECONDS", default.transaction_timeout),
        )

    @property
    def group(self) -> str:
        """The consumer group; its committed offsets show lag and are never read back."""
        return f"{self.topics.prefix}baton-worker.g{self.topics.generation}"

    def transactional_id(self, partition: int) -> str:
        """One producer per partition: taking it over fences whoever had it."""
        return f"{self.group}.{partition}"

    def partition_state(self, partition: int) -> Path:
        """Where this instance keeps its copy of a partition's histories."""
        name = f"{self.topics.prefix}g{self.topics.generation}"
        return self.state / self.instance / name / str(partition)


def horizon_from(environ: Mapping[str, str] = os.environ) -> Horizon:
    """`BATON_HORIZON_DAYS` and `BATON_HORIZON_EVENTS`; raises ValueError."""
    number = _Numbers(environ)
    return Horizon(
        milliseconds=int(number.of("BATON_HORIZON_DAYS", 30) * 86_400_000),
        events=int(number.of("BATON_HORIZON_EVENTS", Horizon().events)),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


class _Numbers:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def of(self, name: str, default: float) -> float:
        text = self._environ.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{name}={text!r} is not a number") from None
        if value <= 0:
            raise ValueError(f"{name}={text} must be above zero")
        return value
