"""Routes of what goes beyond counts: filter values, hand-offs, time held, conversations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from queries import handoffs as passed
from queries import holds, workspaces
from queries.answers import Asked
from queries.api import etags
from queries.api.etags import Tagged
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
    responses=etags.RESPONSES,
)
def filter_values(
    name: Choosable,
    question: Annotated[ChoiceQuestion, Query()],
    served: Served,
    allowed: Allowed,
    tags: Tagged,
) -> Choices:
    workspace = workspaces.permitted(served.store, question.workspace, allowed)
    wanted = (workspace, name, question.q, question.limit)
    with tags.of(wanted):
        return Choices(choices=choices(served.store, *wanted))


@router.get("/handoffs", summary="Who or what passes to whom", responses=etags.RESPONSES)
def handoffs(
    filters: Annotated[HandoffQuestion, Query()],
    served: Served,
    allowed: Allowed,
    tags: Tagged,
) -> HandoffAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    with tags.of(asked.selection, filters.by, filters.limit):
        found = passed.handoffs(served.store, asked.selection, filters.by, filters.limit)
        return HandoffAnswer(**Asked.of(asked).model_dump(), handoffs=found)


@router.get(
    "/time-held",
    summary="How long assignees, teams and nobody held contacts",
    responses=etags.RESPONSES,
)
def time_held(
    filters: Annotated[TimeHeldQuestion, Query()], served: Served, allowed: Allowed, tags: Tagged
) -> TimeHeldAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    with tags.of(asked.selection, filters.by, filters.limit) as tag:
        found = holds.time_held(served.store, asked.selection, asked.now, filters.by, filters.limit)
        # Of those that the limit leaves out, one that runs may come in.
        tag.stands = len(found) < filters.limit and not any(one.running for one in found)
        return TimeHeldAnswer(**Asked.of(asked).model_dump(), time_held=found)


@router.get(
    "/conversations", summary="Conversations with the most assignments", responses=etags.RESPONSES
)
def conversations(
    filters: Annotated[ConversationQuestion, Query()],
    served: Served,
    allowed: Allowed,
    tags: Tagged,
) -> ConversationAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    with tags.of(asked.selection, filters.limit):
        found = most_reassigned(served.store, asked.selection, filters.limit)
        return ConversationAnswer(**Asked.of(asked).model_dump(), conversations=found)


@router.get(
    "/timeline",
    summary="Every hand a contact or a conversation went through",
    responses=etags.RESPONSES,
)
def history(
    question: Annotated[TimelineQuestion, Query()], served: Served, allowed: Allowed, tags: Tagged
) -> Timeline:
    workspace = workspaces.permitted(served.store, question.workspace, allowed)
    tz = workspaces.time_zone(served.store, workspace, question.timezone)
    of = (question.contact, question.conversation)
    with tags.of(workspace, tz, of) as tag:
        found = timeline(served.store, workspace, tz, served.clock(), *of)
        tag.stands = all(hand.until for hand in found.hands)
        return found
