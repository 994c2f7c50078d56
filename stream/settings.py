"""What a worker may be told, all of it from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from producers.kafka import Topics, client_config
from producers.variables import home, number, whole
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
        """Read `BATON_*`; raises Misconfigured naming the variable that is missing or wrong."""
        known = environ.get("BATON_WORKSPACES", "")
        default = cls()
        return cls(
            topics=Topics.from_environment(environ),
            kafka=client_config(environ),
            instance=environ.get("BATON_INSTANCE", default.instance),
            state=home(environ) / "worker",
            web_port=whole("BATON_WORKER_PORT", default.web_port, environ, most=65535),
            horizon=horizon_from(environ),
            workspaces=frozenset(filter(None, known.split(","))) or None,
            corrected=_path(environ.get("BATON_CORRECTED")),
            largest_event=whole("BATON_MAX_EVENT_BYTES", default.largest_event, environ),
            flood_window=whole("BATON_FLOOD_WINDOW", default.flood_window, environ),
            flood_share=number("BATON_FLOOD_SHARE", default.flood_share, environ, most=1),
            stall_after=number("BATON_STALL_SECONDS", default.stall_after, environ),
            session_timeout=number("BATON_SESSION_SECONDS", default.session_timeout, environ),
            transaction_timeout=number(
                "BATON_TRANSACTION_SECONDS", default.transaction_timeout, environ
            ),
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
    """`BATON_HORIZON_DAYS` and `BATON_HORIZON_EVENTS`; raises Misconfigured."""
    return Horizon(
        milliseconds=int(number("BATON_HORIZON_DAYS", 30, environ) * 86_400_000),
        events=whole("BATON_HORIZON_EVENTS", Horizon().events, environ),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
