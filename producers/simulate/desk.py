"""A desk: the agents of one workspace, on shifts in their own time zones, and its contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from producers.simulate import names

Party = dict[str, Any]

_ZONES = ["America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "America/Denver"]
_SHIFT_HOURS = 9
_TEAMS_PER_DESK, _AGENTS_PER_TEAM = 3, 5


@dataclass(frozen=True)
class Agent:
    """Somebody who holds contacts from `starts` (an hour of the day, there) for one shift."""

    id: str
    name: str
    team: Party
    zone: ZoneInfo
    starts: int

    @property
    def as_party(self) -> Party:
        """As the actor of an event."""
        return {"id": self.id, "name": self.name}

    @property
    def as_assignee(self) -> Party:
        """As the assignee of an event."""
        return {**self.as_party, "team": self.team}

    def works_at(self, moment: datetime) -> bool:
        """Whether the agent is on shift then."""
        return (moment.astimezone(self.zone).hour - self.starts) % 24 < _SHIFT_HOURS


@dataclass(frozen=True)
class Queue:
    """What holds contacts until somebody takes them: a team, or a bot."""

    kind: str
    party: Party

    @property
    def as_party(self) -> Party:
        """As the actor of an event."""
        return self.party

    @property
    def as_assignee(self) -> Party:
        """As the assignee of an event."""
        return {**self.party, "kind": self.kind}


@dataclass
class Contact:
    """Who writes in; the assignee stays when a conversation is closed."""

    id: str | int
    name: str
    conversation: str = ""
    holder: Agent | Queue | None = None
    is_open: bool = False


@dataclass
class Desk:
    """One workspace."""

    workspace: str | int
    agents: list[Agent]
    queues: list[Queue]
    automations: dict[str, list[Party]]
    contacts: list[Contact] = field(default_factory=list)

    def on_shift(self, moment: datetime) -> list[Agent]:
        """Who works then; all are on call when nobody does."""
        return [agent for agent in self.agents if agent.works_at(moment)] or self.agents


def opened(number: int) -> Desk:
    """A desk with the same people whenever it opens; every second one writes ids as integers."""
    rng = Random(number)
    workspace: str | int = f"workspace-{number}" if number % 2 else number
    teams = [
        {"id": f"t{number}-{index}", "name": name}
        for index, name in enumerate(rng.sample(names.TEAMS, _TEAMS_PER_DESK))
    ]
    agents = [
        _agent(rng, f"u{number}-{index}", teams[index % _TEAMS_PER_DESK])
        for index in range(_TEAMS_PER_DESK * _AGENTS_PER_TEAM)
    ]
    automations = {
        source: [{"id": f"{source}-{index}", "name": name} for index, name in enumerate(called)]
        for source, called in names.AUTOMATIONS.items()
    }
    queues = [Queue("team", team) for team in teams]
    queues += [Queue("bot", bot) for bot in automations["bot"]]
    return Desk(workspace, agents, queues, automations)


def _agent(rng: Random, identity: str, team: Party) -> Agent:
    zone = ZoneInfo(rng.choice(_ZONES))
    return Agent(identity, names.person(rng), team, zone, rng.choice([6, 9, 14, 22]))
