"""Settings under which a repeated insert would count twice are found."""

from __future__ import annotations

import pytest

from sink import buffer
from sink.checks import target_of
from sink.settings import REQUIRED, differing, wanted, window_fault

DEFAULTS = {
    "non_replicated_deduplication_window": "0",
    "replicated_deduplication_window": "10000",
    "replicated_deduplication_window_seconds": "3600",
}


@pytest.mark.parametrize(
    ("engine", "fault"),
    [
        ("MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 2000", None),
        ("SummingMergeTree(a) SETTINGS x = 1, non_replicated_deduplication_window = 10000", None),
        ("MergeTree SETTINGS non_replicated_deduplication_window = 1999", "= 1999"),
        ("MergeTree SETTINGS replicated_deduplication_window = 10000", "non_replicated"),
        ("MergeTree ORDER BY a", "non_replicated_deduplication_window = 0"),
        ("ReplicatedMergeTree('/p', 'r') ORDER BY a", None),
        ("ReplicatedMergeTree('/p', 'r') SETTINGS replicated_deduplication_window = 100", "= 100"),
        (
            "ReplicatedMergeTree SETTINGS replicated_deduplication_window = 10000, "
            "replicated_deduplication_window_seconds = 60",
            "window_seconds = 60",
        ),
        ("Log", "drops nothing"),
        ("Memory SETTINGS x = 'MergeTree'", "drops nothing"),
        ("", "drops nothing"),
    ],
)
def test_window(engine: str, fault: str | None) -> None:
    found = window_fault("counts", engine, DEFAULTS)
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_settings_that_did_not_take_are_named() -> None:
    asked = wanted({})
    actual = {name: str(value) for name, value in asked.items()}
    assert differing(asked, actual) == []
    actual["insert_deduplicate"] = "0"
    del actual["async_insert"]
    assert differing(asked, actual) == [
        "setting insert_deduplicate is 0 where 1 was asked for",
        "setting async_insert is not there where 0 was asked for",
    ]


def test_settings_of_newer_servers_are_asked_for_where_they_are_known() -> None:
    assert wanted({}) == REQUIRED
    assert wanted({"deduplicate_insert": 1})["deduplicate_insert"] == "enable"


@pytest.mark.parametrize(
    ("definition", "target"),
    [
        ("CREATE MATERIALIZED VIEW d.v TO d.t (`a` Int8) AS SELECT a FROM x", ("d", "t")),
        ("CREATE MATERIALIZED VIEW `d 1`.v TO `d 1`.`t-x` (`a` Int8) AS S", ("d 1", "t-x")),
        ("CREATE MATERIALIZED VIEW d.v (`a` Int8) ENGINE = Log AS SELECT 1", None),
    ],
)
def test_target_of_a_view(definition: str, target: tuple[str, str] | None) -> None:
    found = target_of("v", definition)
    assert found == target or (target is None and isinstance(found, str))


def test_the_largest_insert_is_one_block() -> None:
    """Cut into several, a repeat would depend on where it was cut."""
    limits = ("max_insert_block_size", "min_insert_block_size_rows", "max_block_size")
    assert all(REQUIRED[name] >= 4 * buffer.ROWS for name in limits)
    assert REQUIRED["min_insert_block_size_bytes"] == 0
