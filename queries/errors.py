"""What can be wrong with a question: each kind has a status, a slug and a sentence for people.

`status` is HTTP's; the command line prints the sentence and exits with 1.
"""

from __future__ import annotations

_LISTED = 20
UNFORESEEN = "Something is wrong on our side; the server's log has it."


class QueryError(Exception):
    """A question that cannot be answered; the message may be shown to whoever asked."""

    status = 400
    slug = "bad-request"
    title = "The request cannot be answered"


class InvalidFilter(QueryError):
    """A period, zone, cursor or filter value that means nothing."""

    status = 422
    slug = "invalid-filter"
    title = "A filter has no meaning"


class WorkspaceNeeded(QueryError):
    """There are several workspaces and none was named."""

    status = 409
    slug = "workspace-needed"
    title = "Name a workspace"

    def __init__(self, workspaces: list[str]) -> None:
        shown = ", ".join(workspaces[:_LISTED])
        more = ", ..." if len(workspaces) > _LISTED else ""
        super().__init__(f"There are several workspaces: {shown}{more}.")
        self.workspaces = workspaces


class UnknownWorkspace(QueryError):
    """No assignment of this workspace was ever seen."""

    status = 404
    slug = "unknown-workspace"
    title = "Unknown workspace"


class NothingYet(UnknownWorkspace):
    """No assignment of any workspace was ever seen."""


class NotFound(QueryError):
    """A thing named in the address is not there."""

    status = 404
    slug = "not-found"
    title = "Not found"


class Unauthorized(QueryError):
    """No token, or one that is unknown or revoked."""

    status = 401
    slug = "unauthorized"
    title = "A token is needed"


class Forbidden(QueryError):
    """The token belongs to another workspace."""

    status = 403
    slug = "forbidden"
    title = "Not with this token"


class AccessUnchecked(QueryError):
    """The list of tokens cannot be read, so that nobody is let in."""

    status = 503
    slug = "access-unchecked"
    title = "Access cannot be checked"


class TooLarge(QueryError):
    """The request's body is larger than any that is asked for."""

    status = 413
    slug = "too-large"
    title = "The request is too large"


class TooManyRequests(QueryError):
    """The caller is over its rate; `retry_after` is in seconds."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Try again in {retry_after} s.")
        self.retry_after = retry_after


class ExportsRunning(TooManyRequests):
    """As many exports as may run at a time run already."""

    slug = "exports-running"
    title = "Other exports are running"


class ExportFailed(QueryError):
    """An export that has nothing to fetch; the text says why."""

    status = 409
    slug = "export-failed"
    title = "The export failed"


class StoreUnavailable(QueryError):
    """ClickHouse cannot be reached, or its tables are not there yet."""

    status = 503
    slug = "store-unavailable"
    title = "ClickHouse is not available"


class StoreBusy(StoreUnavailable):
    """ClickHouse has no place for one more query; it may in a second."""

    slug = "store-busy"
    title = "ClickHouse is busy"
    retry_after = 1


class TooSlow(QueryError):
    """The query ran into its time or memory limit."""

    status = 504
    slug = "too-slow"
    title = "The query took too long"


class Unforeseen(QueryError):
    """A mistake of ours; what exactly stands in the server's log alone."""

    status = 500
    slug = "unforeseen"
    title = "Internal Server Error"

    def __init__(self) -> None:
        super().__init__(UNFORESEEN)


def reason(message: str) -> str:
    """What pydantic says of a fault, without what it puts before a reason of ours."""
    if message == "Extra inputs are not permitted":
        return "is not known here"
    return message.removeprefix("Value error, ")
