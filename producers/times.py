"""Times as files write them, to the RFC 3339 of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Ambiguous = Literal["refuse", "earlier", "later"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"unix": timedelta(seconds=1), "unix_ms": timedelta(milliseconds=1)}


@dataclass(frozen=True)
class TimeFormat:
    """How a file writes its times.

    `pattern` is `rfc3339`, `unix` (seconds), `unix_ms` or a pattern of `strptime`; `zone` the zone
    of patterns without an offset; `ambiguous` what an hour that daylight saving repeats means."""

    pattern: str
    zone: ZoneInfo | None = None
    ambiguous: Ambiguous = "refuse"

    @property
    def needs_zone(self) -> bool:
        """Whether the pattern leaves open which instant a text is."""
        return self.pattern != "rfc3339" and self.pattern not in _UNITS and "%z" not in self.pattern

    def instant(self, text: str) -> str:
        """The instant a text stands for, in RFC 3339; raises ValueError with the reason."""
        if self.pattern == "rfc3339":
            return text
        moment = _since_epoch(text, _UNITS[self.pattern]) if self.pattern in _UNITS else None
        moment = moment or self._parsed(text)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _parsed(self, text: str) -> datetime:
        try:
            moment = datetime.strptime(text, self.pattern)
        except ValueError:
            raise ValueError(f"does not match the time format {self.pattern}") from None
        return moment if moment.tzinfo else self._located(moment)

    def _located(self, wall: datetime) -> datetime:
        assert self.zone is not None  # noqa: S101 - the mapping refuses a pattern without either
        earlier, later = (wall.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if earlier.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != wall:
            raise ValueError(f"{wall} does not exist in {self.zone}: clocks go forward over it")
        if earlier.utcoffset() != later.utcoffset() and self.ambiguous == "refuse":
            raise ValueError(f"{wall} is twice in {self.zone}: say earlier or later in [time]")
        return later if self.ambiguous == "later" else earlier


def _since_epoch(text: str, unit: timedelta) -> datetime:
    try:
        return _EPOCH + float(text) * unit
    except (ValueError, OverflowError):
        raise ValueError("is not a number of seconds or milliseconds since 1970") from None
