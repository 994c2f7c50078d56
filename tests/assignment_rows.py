"""Messages of `assignment-log` for tests, and what they add up to, computed without ClickHouse."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

START = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int, seed: int = 0, **fields: object) -> bytes:
    """The message value of assignment `number`: the same for the same arguments."""
    chance = random.Random(seed * 1_000_003 + number)
    occurred_at = START + timedelta(minutes=chance.randrange(120 * 24 * 60))
    actor = chance.randrange(5)
    whole: dict[str, object] = {
        "event_id": str(UUID(int=chance.getrandbits(128))),
        "workspace_id": str(chance.randrange(2)),
        "contact_id": f"c{number % 50}",
        "contact_name": f"Zoë {number % 50}",
        "conversation_id": f"v{number}",
        "occurred_at": occurred_at.isoformat(),
        "sequence": None,
        "source": chance.choice(["user", "workflow", "bot"]),
        "actor_id": f"u{actor}" if actor else None,
        "actor_name": f"User {actor}" if actor else None,
        "assigned_to_id": chance.choice(["a1", "a2", None]),
        "assigned_to_name": None,
        "time_of": None,
        "assigned_to_team_id": None,
        "assigned_to_team_name": None,
        "previous_assignee_id": None,
        "previous_assignee_name": None,
        "previous_assignee_team_id": None,
        "previous_assignee_team_name": None,
        "previous_since": None,
        "began_source": None,
        "began_actor_id": None,
        "began_team_id": None,
        "sign": 1,
        "version": 1,
        "event_partition": 0,
        "event_offset": number,
    }
    return json.dumps(whole | fields).encode()


def rows(count: int, seed: int = 0) -> list[bytes]:
    """`count` assignments."""
    return [row(number, seed) for number in range(count)]


def counts(messages: Iterable[bytes]) -> Counter[tuple[str, str, bool]]:
    """Sums of signs by workspace, source, and whether it is an unassignment."""
    found: Counter[tuple[str, str, bool]] = Counter()
    for message in messages:
        each = json.loads(message)
        found[each["workspace_id"], each["source"], not each["assigned_to_id"]] += each["sign"]
    return found


def in_clickhouse(messages: Sequence[bytes]) -> dict[str, int]:
    """What each table should hold in all: rows of the log (of distinct events), sums of signs
    elsewhere."""
    parsed = [json.loads(message) for message in messages]
    total = sum(each["sign"] for each in parsed)
    return {
        "assignment_log": len({each["event_id"] for each in parsed}),
        "source_counts": total,
        "people": 4 * total,  # an actor, an assignee, a team and a contact each
    }
