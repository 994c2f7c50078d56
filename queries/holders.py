"""A holder as one text, as addresses, answers and the log's columns have it. Pure.

A user is a bare id; a team or a bot has its kind before it (`team:42`, `bot:7`), and so has a user
whose id would read as one of those. Nobody is empty.
"""

from __future__ import annotations

from producers.event import Kind

_PREFIXES = tuple(f"{kind}:" for kind in Kind)


def holder(kind: str, identifier: str) -> str:
    """The text of a kind and an id."""
    bare = not identifier or (kind == Kind.USER and not identifier.startswith(_PREFIXES))
    return identifier if bare else f"{kind}:{identifier}"


def parted(text: str) -> tuple[str, str]:
    """The reverse of `holder`: kind and id."""
    if text.startswith(_PREFIXES):
        kind, _, identifier = text.partition(":")
        return kind, identifier
    return (Kind.USER.value if text else ""), text
