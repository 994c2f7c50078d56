"""One partition of a worker: open, process batches exactly once, close.

The cycle of a batch, in this order; stream/README.md says for each step what a crash leaves:

1. refuse a batch that does not start where the watermark ends
2. wait until the last transaction has its markers, and begin one; derive part by part, reading
   the store and writing nothing to it; rows, dead letters and history records go into the
   transaction
3. the watermark goes into it too; commit
4. write the store (histories, watermark, changelog position) in one batch
"""

from __future__ import annotations

import logging
import time
from collections import Counter

from producers.installed import version
from stream import control, faults, hanging
from stream.batch import Batch, Deriver
from stream.corrections import Corrected
from stream.dead_letters import Flood, FloodGuard
from stream.decode import Decoder
from stream.extent import Gauge
from stream.restore import catch_up, derived_unmarked, open_store
from stream.settings import Settings
from stream.store import Changes
from stream.transaction import Aborted, Transactions
from stream.watermark import Watermark, disagreement

log = logging.getLogger("baton.worker")


class Refused(Exception):
    """Going on would make a wrong report; the message says why and what to do."""


class Partition:
    """The state, producer and watermark of one partition of `assignment-events`."""

    def __init__(
        self, settings: Settings, number: int, partitions: int, topic_id: str, gauge: Gauge
    ) -> None:
        self.number = number
        self._settings, self._gauge = settings, gauge
        self._mark = Watermark(-1, topic_id, partitions, settings.horizon, version())
        self._flood = FloodGuard(settings.flood_window, settings.flood_share)
        self.word = control.Word()
        self.settled = 0
        """What lies before it stays derived: the transactions have their markers."""

    def open(self) -> None:
        """Fence the former owner, bring the local copy up to date, find where to go on.

        Raises Refused when the stored state must not be continued under today's topic or settings,
        or is gone while its rows are there (Lost: in part), and OtherFormat when this version
        cannot read it.
        """
        settings, topics = self._settings, self._settings.topics
        started = time.monotonic()
        self._own()
        faults.point("fenced")
        self._store = open_store(settings.partition_state(self.number), settings.horizon)
        restored = catch_up(self._store, settings.kafka, topics.history, self.number)
        faults.point("restored")
        self._agree()
        decoder = Decoder(settings.largest_event, settings.workspaces)
        self._deriver = Deriver(
            self._store,
            decoder,
            settings.horizon,
            self._mark.partitions,
            Corrected.read(settings.corrected),
        )
        log.info(
            "partition %d: open at offset %d, %d records restored in %.1f s",
            self.number,
            self.position,
            restored,
            time.monotonic() - started,
        )

    def _own(self) -> None:
        """Fence whoever wrote last, be it this worker, and end what is still open of it."""
        settings = self._settings
        name = settings.transactional_id(self.number)
        self._transactions = Transactions(
            settings.kafka, settings.topics, self.number, name, settings.transaction_timeout
        )
        hanging.end(settings.kafka, self._gauge, settings.topics, self.number, self._transactions)

    def _agree(self) -> None:
        stored = self._store.watermark
        why = (
            disagreement(stored, self._mark)
            if stored
            else derived_unmarked(self._settings.kafka, self._settings.topics, self.number)
        )
        if why:
            raise Refused(f"partition {self.number} of {self._settings.topics.events}: {why}")
        self._mark = self._mark._replace(offset=stored.offset if stored else -1)
        self._heed()
        self.settled = self.position
        events = self._gauge.extents(self._settings.topics.events, [self.number])
        low = events[self.number].start
        if low > self.position:
            raise Refused(
                f"partition {self.number} of {self._settings.topics.events}: events"
                f" {self.position} to {low - 1} are gone from the topic (retention) before they"
                f" were derived; bring them back, or accept the loss with"
                f" `baton resume --partition {self.number} --accept-loss --execute`"
            )

    def _heed(self) -> None:
        """Read the operator's word, which can move the start past lost events."""
        settings = self._settings
        self.word = control.read(settings.kafka, settings.topics, [self.number])[self.number]
        if self.word.start_at > self.position:
            self._mark = self._mark._replace(offset=self.word.start_at - 1)

    @property
    def position(self) -> int:
        """The next offset to process."""
        return self._mark.offset + 1

    def process(self, batch: Batch) -> Counter[str]:
        """Take a batch through the cycle, trying again where a transaction was aborted.

        Returns how many of its events had which outcome or, refused, which reason; nothing where a
        transaction that was given up turns out to be committed.
        Raises Refused for a batch that does not follow on, Flood before committing past one, and
        KafkaException when this partition has another owner now.
        """
        if batch.start != self.position:
            raise Refused(
                f"partition {self.number}: a batch starts at {batch.start}, the watermark ends at"
                f" {self._mark.offset}"
            )
        mark = self._mark._replace(offset=batch.end - 1)
        while True:
            try:
                changes, outcomes, changelog = self._transact(batch, mark)
                break
            except Aborted as aborted:
                log.warning("partition %d: transaction aborted: %s", self.number, aborted)
                if self._is_committed(mark):
                    self._mark = mark
                    return Counter()
        self._store.write(changes, mark, changelog, time.time())
        faults.point("stored")
        self._mark = mark
        return outcomes

    def _is_committed(self, mark: Watermark) -> bool:
        """What became of a transaction that was given up, read from the changelog as after a crash.

        Raises Refused where the changelog no longer ends where this batch begins.
        """
        before = self._store.watermark
        self._transactions.close()
        self._own()
        catch_up(self._store, self._settings.kafka, self._settings.topics.history, self.number)
        after = self._store.watermark
        if after == before:
            return False
        if after and after.offset == mark.offset:
            return True
        raise Refused(
            f"partition {self.number}: the changelog ends at event {after.offset if after else -1}"
            f" now, not at {before.offset if before else -1}: the worker goes on there when it is"
            " started again"
        )

    def _transact(self, batch: Batch, mark: Watermark) -> tuple[Changes, Counter[str], int]:
        changes = Changes()
        bad: list[int] = []
        outcomes: Counter[str] = Counter()
        hanging.marked(self._gauge, self._settings.topics, self.number)
        self.settled = self.position
        self._transactions.begin()
        for derived in self._deriver.derive(batch, changes):
            self._transactions.write(derived)
            bad += derived.bad
            outcomes.update(derived.outcomes)
        faults.point("derived")
        # Once accepted by the operator, dead letters are no sign of a flood any more.
        bad = [index for index in bad if batch.messages[index].offset > self.word.flood_until]
        if evidence := self._flood.evidence(len(batch.messages), bad):
            self._transactions.abort()
            raise Flood(self._flood_message(batch, evidence, outcomes))
        changelog = self._transactions.commit(mark)
        self._flood.count(len(batch.messages), bad)
        return changes, outcomes, changelog

    def _flood_message(self, batch: Batch, evidence: str, outcomes: Counter[str]) -> str:
        reasons = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        return (
            f"partition {self.number} stopped before offset {batch.end}: {evidence} (this batch:"
            f" {reasons}); repair the producer, or accept them with `baton resume --partition"
            f" {self.number} --accept-flood --execute`"
        )

    def close(self) -> None:
        """Let go of producer and store; the watermark says where the next owner goes on."""
        self._transactions.close()
        self._store.close()
