"""How far a partition's state reaches: the last record of each transaction in `contact-history`."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from stream.history import Horizon

KEY = b"\0watermark"  # sorts before, and can be no contact's record
STATE_FORMAT = 1


class Watermark(NamedTuple):
    """The last offset of `assignment-events` a state covers, and what it was derived under."""

    offset: int
    topic_id: str
    partitions: int
    horizon: Horizon
    format: int = STATE_FORMAT

    def encode(self) -> bytes:
        """As JSON, for Kafka and for people."""
        return orjson.dumps({**self._asdict(), "horizon": self.horizon.__dict__})

    @classmethod
    def decode(cls, value: bytes) -> Watermark:
        """From its JSON."""
        fields = orjson.loads(value)
        return cls(**{**fields, "horizon": Horizon(**fields["horizon"])})


def disagreement(stored: Watermark, now: Watermark) -> str | None:
    """Why state that was derived under `stored` must not be continued under `now`."""
    if stored.format != now.format:
        return (
            f"the state has format {stored.format}, this version writes {now.format}: run the"
            " version that wrote it, or derive anew with `baton replay rebuild`"
        )
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
