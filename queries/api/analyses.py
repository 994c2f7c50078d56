"""Routes of what goes beyond counts: filter values, hand-offs, time held, conversations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from queries import handoffs as passed
from queries import holds, workspaces
from queries.answers import Asked
from queries.api.problems import RESPONSES
from queries.api.services import Allowed, Served
from queries.choices import Choice, Choosable, choices
from queries.conversations import ConversationHands, most_reassigned
from queries.filters import Filters
from queries.handoffs import Handoff, PassedBy
from queries.holds import HeldBy, TimeHeld
from queries.question import ask
from queries.timeline import Timeline, timeline

router = APIRouter(prefix="/api/v1", tags=["analyses"], responses=RESPONSES)
Limit = Annotated[int, Field(ge=1, le=1000)]


class HandoffQuestion(Filters):
    """Filters, and from whom hand-offs are told."""

    by: PassedBy = PassedBy.ACTOR
    limit: Limit = 100


class HandoffAnswer(Asked):
    """The most frequent hand-offs."""

    handoffs: list[Handoff]


class TimeHeldQuestion(Filters):
    """Filters, and whose time is added up."""

    by: HeldBy = HeldBy.ASSIGNEE
    limit: Limit = 100


class TimeHeldAnswer(Asked):
    """Time held, longest first."""

    time_held: list[TimeHeld]


class ConversationQuestion(Filters):
    """Filters, and how many are wanted."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ConversationAnswer(Asked):
    """Conversations with the most assignments."""

    conversations: list[ConversationHands]


class ChoiceQuestion(BaseModel):
    """What is looked for among the values of a filter."""

    model_config = {"extra": "forbid"}

    workspace: str | None = Field(None, min_length=1, max_length=200)
    q: str = Field("", max_length=200, description="Part of a name, or the beginning of an id.")
    limit: int = Field(50, ge=1, le=200)


class Choices(BaseModel):
    """Values of a filter."""

    choices: list[Choice]


class TimelineQuestion(BaseModel):
    """One contact or one conversation."""

    model_config = {"extra": "forbid"}

    workspace: str | None = Field(None, min_length=1, max_length=200)
    timezone: str | None = Field(None, max_length=64)
    contact: str | None = Field(None, min_length=1, max_length=400)
    conversation: str | None = Field(None, min_length=1, max_length=400)


@router.get(
    "/filters/{name}",
    summary="Values of a filter, searched by name or id",
)
def filter_values(
    name: Choosable,
    question: Annotated[ChoiceQuestion, Query()],
    served: Served,
    allowed: Allowed,
) -> Choices:
    workspace = workspaces.permitted(served.store, question.workspace, allowed)
    return Choices(choices=choices(served.store, workspace, name, question.q, question.limit))


@router.get("/handoffs", summary="Who or what passes to whom")
def handoffs(
    filters: Annotated[HandoffQuestion, Query()],
    served: Served,
    allowed: Allowed,
) -> HandoffAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    found = passed.handoffs(served.store, asked.selection, filters.by, filters.limit)
    return HandoffAnswer(**Asked.of(asked).model_dump(), handoffs=found)


@router.get(
    "/time-held",
    summary="How long assignees, teams and nobody held contacts",
)
def time_held(
    filters: Annotated[TimeHeldQuestion, Query()], served: Served, allowed: Allowed
) -> TimeHeldAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    found = holds.time_held(served.store, asked.selection, asked.now, filters.by, filters.limit)
    return TimeHeldAnswer(**Asked.of(asked).model_dump(), time_held=found)


@router.get("/conversations", summary="Conversations with the most assignments")
def conversations(
    filters: Annotated[ConversationQuestion, Query()],
    served: Served,
    allowed: Allowed,
) -> ConversationAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    found = most_reassigned(served.store, asked.selection, filters.limit)
    return ConversationAnswer(**Asked.of(asked).model_dump(), conversations=found)


@router.get(
    "/timeline",
    summary="Every hand a contact or a conversation went through",
)
def history(
    question: Annotated[TimelineQuestion, Query()], served: Served, allowed: Allowed
) -> Timeline:
    workspace = workspaces.permitted(served.store, question.workspace, allowed)
    tz = workspaces.time_zone(served.store, workspace, question.timezone)
    of = (question.contact, question.conversation)
    return timeline(served.store, workspace, tz, served.clock(), *of)
