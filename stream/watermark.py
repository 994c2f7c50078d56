"""How far a partition's state reaches: the last record of each transaction in `contact-history`."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from stream.history import Horizon

KEY = b"\0watermark"  # sorts before, and can be no contact's record
STATE_FORMAT = 2
"""Of the records in `contact-history`. It rises with every change that a version before would read
wrongly; fields that may be missing are none."""


class OtherFormat(Exception):
    """The state is of a format that this version does not know; the text says whose it is."""


class Watermark(NamedTuple):
    """The last offset of `assignment-events` a state covers, what it was derived under, and `by`
    which version of Baton."""

    offset: int
    topic_id: str
    partitions: int
    horizon: Horizon
    by: str = ""

    def encode(self) -> bytes:
        """As JSON, for Kafka and for people."""
        fields = {**self._asdict(), "format": STATE_FORMAT, "horizon": self.horizon.__dict__}
        return orjson.dumps(fields)

    @classmethod
    def decode(cls, value: bytes) -> Watermark:
        """From its JSON; raises OtherFormat. The format is looked at before anything else, for what
        comes with it is for the version to read that wrote it."""
        fields = orjson.loads(value)
        if (found := fields.get("format")) != STATE_FORMAT:
            raise OtherFormat(
                f"the state was written by Baton {fields.get('by') or '(unknown)'} in format"
                f" {found}, this version knows format {STATE_FORMAT} alone: run that version again,"
                " or derive anew with this one's `baton replay rebuild --execute`"
            )
        known = {name: fields[name] for name in cls._fields if name in fields}
        return cls(**{**known, "horizon": Horizon(**fields["horizon"])})


def disagreement(stored: Watermark, now: Watermark) -> str | None:
    """Why state that was derived under `stored` must not be continued under `now`."""
    if stored.partitions != now.partitions:
        return (
            f"the topic had {stored.partitions} partitions and has {now.partitions}: contacts have"
            " moved between them; derive anew with `baton replay rebuild`"
        )
    if stored.topic_id and now.topic_id and stored.topic_id != now.topic_id:
        return (
            f"the topic was deleted and made again (id {stored.topic_id}, now {now.topic_id}): its"
            " offsets start over; derive anew with `baton replay rebuild`"
        )
    if stored.horizon != now.horizon:
        return (
            f"the state was derived with {_words(stored.horizon)}, the settings say"
            f" {_words(now.horizon)}: set BATON_HORIZON_* as they were, or derive anew with"
            " `baton replay rebuild`"
        )
    return None


def _words(horizon: Horizon) -> str:
    return f"a horizon of {horizon.milliseconds / 86_400_000:g} days and {horizon.events} events"
