"""What a statement runs with: what its request says, and its session."""

from __future__ import annotations

from typing import NamedTuple

from deploy.local.clickhouse.handle import Values
from deploy.local.clickhouse.request import Call
from deploy.local.clickhouse.running import Entry
from deploy.local.clickhouse.sessions import Session
from deploy.local.clickhouse.users import User


class Task(NamedTuple):
    """A statement, who asked for it, and what it runs with."""

    call: Call
    user: User
    session: Session | None
    entry: Entry
    database: str
    settings: Values


def task_of(call: Call, user: User, session: Session | None, entry: Entry) -> Task:
    """What the request says goes before what its session says."""
    if session is None:
        return Task(call, user, None, entry, call.database or "default", call.settings)
    database = call.database or session.database or "default"
    return Task(call, user, session, entry, database, {**session.settings, **call.settings})
