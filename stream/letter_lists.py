"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import orjson

from producers.terminal import plain
from stream import letters
from stream.dead_letters import Fault
from stream.decode import Decoder
from stream.letters import Choice, Letter
from stream.settings import Settings

Echo = Callable[[str], None]


@dataclass
class Tally:
    """Letters of one reason; times in ms since 1970. `fit`: of those that wait, how many would not
    come back if they were sent."""

    reason: str
    waiting: int = 0
    fit: int = 0
    sent: int = 0
    dropped: int = 0
    oldest: int = 2**63
    newest: int = 0
    workspaces: Counter[str] = field(default_factory=Counter)

    def count(self, letter: Letter, fits: bool) -> None:
        """Add a letter."""
        state = letter.state or "waiting"
        setattr(self, state, getattr(self, state) + 1)
        if not letter.state:
            self.fit += fits
            self.workspaces[letter.workspace] += 1
        self.oldest = min(self.oldest, letter.buried_at)
        self.newest = max(self.newest, letter.buried_at)


def tallies(found: Iterable[Letter], decoder: Decoder) -> list[Tally]:
    """By reason, most waiting first."""
    by_reason: dict[str, Tally] = {}
    for letter in found:
        tally = by_reason.setdefault(letter.reason, Tally(letter.reason))
        tally.count(letter, letters.verdict(letter, decoder) is None)
    return sorted(by_reason.values(), key=lambda tally: -tally.waiting)


def show(settings: Settings, choice: Choice, each: bool, as_json: bool, echo: Echo) -> None:
    """Counts by reason, or a line for each letter."""
    found = letters.read(settings.kafka, settings.topics, choice)
    decoder = Decoder(settings.largest_event, settings.workspaces)
    if each:
        for letter in found:
            echo(_json(letter, decoder) if as_json else _line(letter))
        return
    counted = tallies(found, decoder)
    if as_json:
        echo(orjson.dumps(counted).decode())
        return
    for tally in counted:
        echo(_tally_line(tally))
    if not counted:
        echo(f"{settings.topics.dead} holds none of these.")


def show_whole(settings: Settings, choice: Choice, most: int, as_json: bool, echo: Echo) -> None:
    """The first `most` letters, whole."""
    decoder, shown = Decoder(settings.largest_event, settings.workspaces), 0
    for letter in islice(letters.read(settings.kafka, settings.topics, choice), most):
        echo(_json(letter, decoder) if as_json else "\n".join(_whole(letter, decoder)) + "\n")
        shown += 1
    if not shown and not as_json:
        echo(f"{settings.topics.dead} holds none of these.")


def _tally_line(tally: Tally) -> str:
    workspaces = ", ".join(
        f"{plain(name) or '?'}: {n:,}" for name, n in tally.workspaces.most_common(3)
    )
    return (
        f"{tally.reason}: {tally.waiting:,} wait ({tally.fit:,} of them fit now), {tally.sent:,}"
        f" sent, {tally.dropped:,} dropped; {_time(tally.oldest)} to {_time(tally.newest)}"
        + (f"; workspace {workspaces}" if workspaces else "")
    )


def _line(letter: Letter) -> str:
    state = letter.state or "waits"
    said = plain(letter.detail)
    return f"{letter.place}  {_time(letter.buried_at)}  {letter.reason}  {state}  {said}"


def _whole(letter: Letter, decoder: Decoder) -> list[str]:
    now = letters.verdict(letter, decoder)
    return [
        f"letter    {letter.place}, buried {_time(letter.buried_at)}, {letter.state or 'waits'}",
        f"reason    {letter.reason}: {plain(letter.detail)}",
        f"now       {_said(now)}",
        f"origin    {letter.origin}",
        f"key       {_text(letter.key)}",
        *(f"header    {plain(name)}: {_text(value)}" for name, value in letter.headers),
        f"value     {_text(letter.value)}",
    ]


def _said(fault: Fault | None) -> str:
    return f"comes back, {fault.reason}: {plain(fault.detail)}" if fault else "fits: can be sent"


def _json(letter: Letter, decoder: Decoder) -> str:
    now = letters.verdict(letter, decoder)
    return orjson.dumps(
        {
            "place": str(letter.place),
            "buried_at": _time(letter.buried_at),
            "state": letter.state or "waiting",
            "reason": letter.reason,
            "detail": letter.detail,
            "now": {"fits": now is None, "why": f"{now.reason}: {now.detail}" if now else ""},
            "origin": letter.origin,
            "workspace": letter.workspace,
            "key": _base64(letter.key),
            "value": _base64(letter.value),
            "headers": [(name, _base64(value)) for name, value in letter.headers],
        }
    ).decode()


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _text(data: bytes | None) -> str:
    """As text, which anybody may have written."""
    return plain((data or b"").decode(errors="backslashreplace"))


def _time(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"
