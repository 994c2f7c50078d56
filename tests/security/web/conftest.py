"""The application over two workspaces, of which one has something to hide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from fastapi import FastAPI

from queries.freshness import Freshness, look
from queries.tokens import Tokens
from tests.histories import Row, histories
from tests.integration.queries.conftest import (  # noqa: F401
    NOW,
    World,
    app,
    exports,
    http,
    insert,
    tokens,
    world,
)

MINE, HIDDEN = "mine", "hidden-workspace"
SECRET = "Zsecret"
"""Stands in every name of the hidden workspace."""
LETTERS = {MINE: 3, HIDDEN: 91_807, "": 40_213}
"""Dead letters by workspace; those of an empty name cannot be read."""


@dataclass(frozen=True)
class Hidden:
    """What is in the hidden workspace: ids, by filter."""

    ids: dict[str, list[str]]


class Letters:
    """A pipeline with dead letters of several workspaces."""

    def waiting(self) -> list[object]:
        return []

    def dead_letters(self) -> dict[str, int]:
        return LETTERS

    def latest(self) -> Freshness:
        return look(self, lambda: NOW)  # type: ignore[arg-type]


def _disguised(row: Row) -> Row:
    names = {name: f"{SECRET} {row[name]}" for name in row if name.endswith("_name") and row[name]}
    ids = {
        name: f"h{row[name]}"
        for name in ("contact_id", "conversation_id", "assigned_to_id", "previous_assignee_id")
        if row[name]
    }
    return row | names | ids


@pytest.fixture(scope="session")
def hidden(world: World) -> Hidden:  # noqa: F811
    """Two more workspaces in the world."""
    start = NOW - timedelta(days=6)
    rows = [_disguised(row) for row in histories(HIDDEN, 200, start, NOW).final]
    insert(world.client, rows)
    insert(world.client, histories(MINE, 200, start, NOW).final)
    ids = {
        name: sorted({str(row[column]) for row in rows if row[column]})[:3]
        for name, column in {
            "contact": "contact_id", "conversation": "conversation_id",
            "assigned_to": "assigned_to_id", "previous": "previous_assignee_id",
        }.items()
    }  # fmt: skip
    acted = sorted({(row["source"], row["actor_id"]) for row in rows if row["actor_id"]})
    users = [actor for source, actor in acted if source == "user"][:3]
    ids |= {"actor": [":".join(one) for one in acted][:3], "assigned_by": users}
    return Hidden(
        ids | {"team": sorted({row["team_id"] for row in rows if row.get("team_id")})[:3]}
    )


@pytest.fixture
def mine(app: FastAPI, tokens: Tokens, hidden: Hidden) -> dict[str, str]:  # noqa: F811
    """The header of a caller who reads the other workspace; a token of the hidden one is there."""
    tokens.create(HIDDEN)
    app.state.services = replace(app.state.services, fresh=Letters())
    return {"Authorization": f"Bearer {tokens.create(MINE)}"}
