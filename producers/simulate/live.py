"""The loop around the feed: so many messages a second, until there are enough or Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from producers.interrupts import Interrupts
from producers.rows import Ready
from producers.sender import Sender

_FLUSH_SECONDS = 0.2
_CATCH_UP_SECONDS = 1.0
_WAIT_SECONDS = 0.1


def paced(
    messages: Iterable[Ready],
    rate: float,
    clock: Callable[[], float],
    wait: Callable[[float], object],
    is_stopped: Callable[[], bool],
) -> Iterator[Ready]:
    """The messages, each asked for when it is due: `rate` a second of `clock` (in seconds), until
    they end or it is stopped.

    After a pause (a laptop that slept) the rate goes on, and what was missed is left out."""
    due = clock()
    source = iter(messages)
    while True:
        while (early := due - clock()) > 0 and not is_stopped():
            wait(min(early, _WAIT_SECONDS))
        message = None if is_stopped() else next(source, None)
        if message is None:
            return
        yield message
        due = max(due + 1 / rate, clock() - _CATCH_UP_SECONDS)


def run(
    messages: Iterable[Ready],
    rate: float,
    sender: Sender,
    interrupts: Interrupts,
    on_progress: Callable[[int], None],
) -> None:
    """Send `rate` messages a second until they end or an interrupt; returns when Kafka has
    confirmed all of them, or at a second interrupt. Raises KafkaUnavailable."""
    # Not `until_interrupted`, whose exception would land in a confirmation served meanwhile.
    for message in paced(
        messages, rate, time.monotonic, sender.serve, lambda: interrupts.count > 0
    ):
        while not sender.send(message) and not interrupts.count:
            pass
        on_progress(sender.delivered)
    while not sender.flush(_FLUSH_SECONDS) and interrupts.count < 2:
        sender.check()
    sender.check()
