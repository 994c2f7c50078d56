"""What `baton report`, the API and the page say of a question, in one shape."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from queries.freshness import Freshness
from queries.question import Question
from queries.summary import Summary
from queries.zones import in_zone


class Asked(BaseModel):
    """The question as it was understood."""

    workspace: str
    start: datetime = Field(serialization_alias="from", description="First instant counted.")
    end: datetime = Field(serialization_alias="to", description="First instant not counted.")
    timezone: str

    @classmethod
    def of(cls, question: Question) -> Asked:
        """What a question came down to."""
        chosen = question.selection
        return cls(
            workspace=chosen.workspace,
            start=in_zone(chosen.span.start, chosen.tz),
            end=in_zone(chosen.span.end, chosen.tz),
            timezone=chosen.tz.key,
        )


class Report(Freshness, Asked, Summary):
    """Counts and percentages by source, of what, and complete to when."""


def report(question: Question, summary: Summary, freshness: Freshness) -> Report:
    """The three put together."""
    asked = Asked.of(question)
    return Report(**summary.model_dump(), **asked.model_dump(), **freshness.model_dump())
