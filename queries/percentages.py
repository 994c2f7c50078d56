"""Shares that add up to 100.0 (largest remainder). Pure."""

from __future__ import annotations

from collections.abc import Sequence

TENTHS = 1000


def percentages(counts: Sequence[int]) -> list[float]:
    """Each count's share in percent with one decimal, summing to 100.0 exactly; zeros for none.

    What rounding down leaves over goes to the largest remainders, of equal ones to the first.
    """
    total = sum(counts)
    if total == 0:
        return [0.0 for _ in counts]
    shares = [divmod(count * TENTHS, total) for count in counts]
    missing = TENTHS - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(counts)), key=lambda i: (-shares[i][1], i))
    lucky = set(by_remainder[:missing])
    return [(share + (i in lucky)) / 10 for i, (share, _) in enumerate(shares)]
