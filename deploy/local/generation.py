"""Which generation is live in a local stack, for the commands that are run there.

Kept in BATON_HOME by `baton replay exchange`, so that a worker or sink that is started without
further ado works for the live one, under the horizon it was derived with.
"""

from __future__ import annotations

from collections.abc import MutableMapping

import orjson

from deploy.local.home import Home

_FILE = "generation.json"


def variables(number: int, horizon_days: float, horizon_events: int) -> dict[str, str]:
    """The environment of processes of a generation."""
    return {
        "BATON_GENERATION": str(number),
        "BATON_HORIZON_DAYS": f"{horizon_days:g}",
        "BATON_HORIZON_EVENTS": str(horizon_events),
    }


def record(home: Home, environ: dict[str, str]) -> None:
    """Keep the variables of the live generation."""
    home.create()
    draft = home.path / f"{_FILE}.draft"
    draft.write_bytes(orjson.dumps(environ))
    draft.replace(home.path / _FILE)


def apply(home: Home, environ: MutableMapping[str, str]) -> None:
    """Set what is recorded, unless the user has chosen a generation."""
    if environ.get("BATON_GENERATION"):
        return
    try:
        known = orjson.loads((home.path / _FILE).read_bytes())
    except FileNotFoundError:
        return
    for name, value in known.items():
        environ[name] = environ.get(name) or value
