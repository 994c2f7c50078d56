"""Where a filter has no meaning for what is shown. Pure."""

from __future__ import annotations

from producers.event import Source
from queries.filters import Hold, Kind
from queries.page.state import View
from queries.selection import Selection


def applicable(selection: Selection, view: View) -> bool:
    """Whether every filter of the selection can mean something in the view.

    A user never assigns by another source than User; nobody has no team; a hand-off is to somebody.
    """
    given = selection.lists
    sources = given.get("source", ())
    if any(given.get("assigned_by", ())) and sources and Source.USER not in sources:
        return False
    nobody_only = given.get("assigned_to") == ("",) or given.get("kind") == (Kind.UNASSIGNMENT,)
    if nobody_only and any(given.get("team", ())):
        return False
    # A contact has one hold that runs, and most reassigned are conversations with two at least.
    if given.get("hold") == (Hold.RUNNING,) and view is View.CONVERSATIONS:
        return False
    return not (nobody_only and view is View.HANDOFFS)
