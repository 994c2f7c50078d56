"""A person on call, who does by the product's own plans what worker and sink ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaException

from sink import resolve
from sink.group import Group
from sink.refusal import Impossible, Refusal
from sink.state import Intent, decode
from sink.writer import Unavailable
from stream import operator
from tests.simulation.clickhouse import Target

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule

_LOOKS_EVERY = 7.0


class Person:
    """Looks every now and then, and acts."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule, self._world = schedule, schedule.world
        self._paused: dict[int, float] = {}  # partition: until when
        self._sinks_paused_until = 0.0
        self.refusals: list[Refusal] = []  # of sinks, not acted on yet
        self.stopping_sinks = False

    def pause(self, number: int, seconds: float) -> None:
        """Let a partition stand still for a while."""
        self._world.spawn(self._world.outside, self._pause, number, seconds)

    def _pause(self, number: int, seconds: float) -> None:
        self._try(operator.pause_plan, self._schedule.settings("person"), number)
        self._paused[number] = self._world.now + seconds  # the answer may have been lost

    def pause_sinks(self, seconds: float) -> None:
        """Let all sinks begin no insert for a while."""
        self._sinks_paused_until = self._world.now + seconds
        self._schedule.clickhouse.paused = True

    def work(self) -> None:
        """Look and act until the schedule ends."""
        world = self._world
        while True:
            world.sleep(_LOOKS_EVERY)
            if self._schedule.clickhouse.paused and (
                world.calm or world.now >= self._sinks_paused_until
            ):
                self._schedule.clickhouse.paused = False
            for number, until in list(self._paused.items()):
                if (world.calm or world.now >= until) and self._resume(number, False, False):
                    del self._paused[number]
            for number, said in self._schedule.stopped().items():
                if "--accept-flood" in said:
                    self._resume(number, True, False)
                if "--accept-loss" in said:
                    self._accept_loss(number)
            self._resolve()

    def _resume(self, number: int, flood: bool, loss: bool) -> bool:
        settings = self._schedule.settings("person")
        return self._try(operator.resume_plan, settings, number, flood, loss)

    def _try(self, plan, *args: object) -> bool:  # type: ignore[no-untyped-def]
        try:
            made = plan(*args)
            made.execute()
        except KafkaException:
            return False
        self._world.tell(made.text.replace("\n", " "), "person")
        return True

    def _accept_loss(self, number: int) -> None:
        schedule = self._schedule
        events = schedule.cluster.logs[schedule.topics.events, number]
        done, start = schedule.watermark(number), events.start
        if self._resume(number, False, True):
            gone = (each.offset for each in events.all if done < each.offset < start)
            schedule.lost_events.update((number, offset) for offset in gone)

    def _resolve(self) -> None:
        """`baton sink resolve`, while no sink runs."""
        schedule, world = self._schedule, self._world
        lost = [each for each in self.refusals if each.impossible is Impossible.LOST]
        if not lost:
            return
        self.stopping_sinks = True
        while any(not each.dead for each in schedule.sinks.values()):
            world.sleep(1.0)
        group = Group(schedule.kafka, schedule.topics)
        try:
            for refusal in lost:
                number = refusal.source.partition
                plan = resolve.resolutions(group, [number], refusal.go_on_at)
                self._note(number, plan[0].offset)
                resolve.execute(group, Target(schedule.clickhouse), plan)
                world.tell(str(plan[0]), "person")
                self.refusals.remove(refusal)
        except Unavailable:
            pass  # at the next look
        finally:
            self.stopping_sinks = False
            group.close()

    def _note(self, number: int, until: int) -> None:
        schedule = self._schedule
        log = schedule.cluster.logs[schedule.topics.log, number]
        done, metadata = schedule.sink_committed(number)
        # Of a range that was begun rows may be there, and may come again.
        begun = decode(done, metadata) if metadata else None
        if isinstance(begun, Intent):
            until = max(until, begun.range.last + 1)
        schedule.lost_rows.update(
            each.value for each in log.all if done <= each.offset < until and each.value
        )
