"""How many conversations have how many assignments, or unassignments, in all: their size. It says
where to look for the busiest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from queries.periods import Span
from queries.store import Row
from queries.zones import QUARTER

_LOOKUP = 300
"""To find one conversation in a part takes as long as to read so many rows in their order."""

SLOWER = 3
"""To count an assignment takes as long as to look at so many totals in their order."""


@dataclass(frozen=True)
class Sizes:
    """How many conversations have which size, in a table's largest part and the rest."""

    largest: str
    of_largest: Counter[int]
    rest: Counter[int]
    chosen: Counter[int]
    """Of conversations of that size, how many assignments the filter selects."""

    share: float
    """Of the time from the first assignment to the last, how much lies in the period: 0 to 1."""

    @property
    def selected(self) -> float:
        """About how many assignments of the period the filter selects."""
        return self.share * self.chosen.total()

    def at_least(self, floor: int) -> int:
        """Conversations of the largest part whose size there is `floor`, or more."""
        return sum(number for size, number in self.of_largest.items() if size >= floor)

    def floor(self, enough: int) -> int:
        """The highest, from 2, that about `enough` conversations of the period reach with what the
        filter selects, were that spread among all as by chance.

        In truth there is more of it in some than in others, so that rather more reach it.
        """
        every = self.of_largest + self.rest
        tails = [
            (number, _at_least(size, self.chosen[size] / (size * number)))
            for size, number in every.items()
            if size > 0
        ]
        floor = -1
        while self.share * sum(number * next(tail, 0.0) for number, tail in tails) >= enough:
            floor += 1
        return max(2, floor)

    def beside(self, floor: int) -> int:
        """How many of `floor` are looked for in the rest by reading the largest part in its order;
        conversations with more there are looked up in it one by one."""
        return min(range(floor), key=lambda beside: self._read(floor, beside))

    def _read(self, floor: int, beside: int) -> int:
        named = sum(number for size, number in self.rest.items() if size > beside)
        return self.at_least(floor - beside) + _LOOKUP * named

    def looked_at(self, floor: int) -> float:
        """About how many rows are read for those that may reach `floor`."""
        if not self.rest:
            return self.share * self.at_least(floor)
        return SLOWER * self.rest.total() + self._read(floor, self.beside(floor))

    def is_like(self, other: Sizes) -> bool:
        """Whether what was asked on the strength of these can be asked on that of the other."""
        return self.largest == other.largest and bool(self.rest) == bool(other.rest)


def _at_least(size: int, share: float) -> Iterator[float]:
    """How likely 0, 1, 2, ... of `size` are selected, or more, if each is with the same chance: the
    tail of the binomial distribution."""
    share = min(max(share, 0.0), 1.0)
    tail, exactly = 1.0, (1.0 - share) ** size
    for number in range(size + 1):
        yield tail
        tail = max(0.0, tail - exactly)
        if share < 1.0:
            exactly *= (size - number) / (number + 1) * share / (1.0 - share)


def sizes_of(rows: Sequence[Row], period: Span) -> Sizes:
    """From rows of part, size, conversations, those `selected`, `first` and `last` time."""
    parts: dict[str, Counter[int]] = defaultdict(Counter)
    chosen: Counter[int] = Counter()
    for row in rows:
        parts[row["part"]][row["size"]] += row["conversations"]
        chosen[row["size"]] += row["selected"]
    largest = max(parts, key=lambda part: parts[part].total(), default="")
    of_largest = parts.pop(largest, Counter())
    rest = sum(parts.values(), Counter())
    return Sizes(largest, of_largest, rest, chosen, _share(rows, period))


def _share(rows: Sequence[Row], period: Span) -> float:
    if not rows:
        return 0.0
    ends = [row[name].replace(tzinfo=UTC) for name in ("first", "last") for row in rows]
    known = Span(min(ends), max(ends) + QUARTER)
    both = known.overlap(period)
    return (both.end - both.start) / (known.end - known.start)
