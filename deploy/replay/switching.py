"""`baton replay exchange` and `undo`: another generation becomes the one that readers see."""

from __future__ import annotations

from contextlib import closing

from deploy.local import generation as local_generation
from deploy.replay import lag, processes
from deploy.replay.comparison import compare
from deploy.replay.installation import Installation, Refused
from deploy.replay.rebuild import CURRENT, caught_up, paused
from deploy.replay.sending import ids_of
from sink.exchange import Exchange
from sink.generations import Generation, State
from sink.positions import Sinks
from stream import live
from stream.operation import Plan, Steps

_COLUMNS = """
SELECT table, name, type FROM system.columns
WHERE database = {database:String} AND table IN {tables:Array(String)} ORDER BY table, position
"""


def old_of(there: Installation, new: Generation) -> Generation:
    """What readers see now, or saw before an exchange that was begun. Raises Refused."""
    for each in there.known.values():
        if each.state is State.LIVE:
            return each
    raise Refused(f"no generation but {new.number} was ever live")


def previous(there: Installation) -> Generation:
    """The generation that an undo brings back: the newest that is kept, or one on its way."""
    known = there.known.values()
    on_its_way = [each for each in known if each.state is State.EXCHANGING]
    kept = [each for each in known if each.state is State.KEPT]
    if not on_its_way + kept:
        raise Refused("no older generation is kept: there is nothing to go back to")
    return (on_its_way or sorted(kept, key=lambda each: each.number))[-1]


def plan(there: Installation, new: Generation, command: str) -> Plan:
    """What exchanging would do, with all that would read differently afterwards."""
    if new.state is State.LIVE:
        return Plan(command, f"Tell workers and pages that generation {new.number} is live.")
    old = old_of(there, new)
    begun = new.state is State.EXCHANGING
    waiting = [
        *lag.worker(there.kafka, there.topics(new.number)),
        *lag.sink(there.kafka, there.topics(new.number)),
    ]
    return Plan(
        command,
        f"Let readers see generation {new.number} instead of {old.number}."
        + (" It was begun, and is finished." if begun else ""),
        where=[] if begun else compare(there, old, new).lines(),
        messages=sum(each.messages for each in waiting),
        afterwards=[
            f"readers see generation {new.number}, from one query to the next",
            f"generation {old.number} is kept in {there.address.database}_g{old.number} and kept"
            " current as long as its worker and sink run",
            "back again: baton replay undo",
            f"elsewhere than on this stack: set BATON_GENERATION={new.number} for worker and sink"
            " where they are to start with it",
            *(["the sinks stay paused until baton sink resume"] if paused(there) else []),
        ],
        refused=[] if begun else _refusals(there, old, new),
        lock="tables",
    )


def _refusals(there: Installation, old: Generation, new: Generation) -> list[str]:
    columns = [
        there.client.query(
            _COLUMNS, parameters={"database": each.database, "tables": list(new.tables)}
        ).result_rows
        for each in (old, new)
    ]
    if columns[0] != columns[1]:
        return [
            f"the tables of {new.database} are not of the same form as those of {old.database}:"
            " a migration came in between; rebuild it"
        ]
    if paused(there) and _sinks_behind(there, new) > _sinks_behind(there, old) + CURRENT:
        return [f"the sinks are paused, and generation {new.number} lacks more rows: resume them"]
    return []


def _sinks_behind(there: Installation, each: Generation) -> float:
    waiting = lag.sink(there.kafka, there.topics(each.number))
    return max((one.seconds for one in waiting), default=0.0)


def run(there: Installation, new: Generation) -> Steps:
    """Bring it up to date, exchange, and tell everybody. Goes on with what was begun."""
    if new.state is State.LIVE:
        tell(there)
        return {"live": new.number}
    old = old_of(there, new)
    if new.state is not State.EXCHANGING:
        processes.ensure(there.home, there.kafka, there.topics(new.number), new)
        yield from caught_up(there, new)
    with (
        closing(Sinks(there.kafka, there.topics(old.number))) as olds,
        closing(Sinks(there.kafka, there.topics(new.number))) as news,
    ):
        exchange = Exchange(there.address, there.client, old, new, lambda: _both(olds, news))
        for _ in exchange.run():
            yield 0
    tell(there)
    return {
        "live": new.number,
        "kept": old.number,
        "sinks_held_seconds": round(exchange.held_seconds, 2),
    }


def _both(olds: Sinks, news: Sinks) -> dict[int, int] | None:
    """Where the new generation's sinks stand, if neither's are at an insert."""
    return news.settled() if olds.settled() is not None else None


def tell(there: Installation) -> None:
    """Write down which generation is live where workers, pages and this stack look."""
    now = there.live
    live.announce(there.kafka, there.topics(now.number), now.number)
    environ = local_generation.variables(now.number, now.horizon_days, now.horizon_events)
    if (corrected := ids_of(there.home, now.number)).exists():
        environ["BATON_CORRECTED"] = str(corrected)
    local_generation.record(there.home, environ)
