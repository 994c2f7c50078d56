"""The settings an insert runs under, and whether ClickHouse would drop a repeated one.

Everything that decides about deduplication is set by name: defaults changed in 24.7 (dependent
views) and 26.2 (`async_insert`, `deduplicate_insert`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# A block: what one insert brings to one table, and what a token names. One insert must be one block
# at every view, or its parts' tokens would depend on where it was cut.
ONE_BLOCK = 1_048_576

REQUIRED: dict[str, Any] = {
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # Any part of an insert failing must fail all of it.
    "materialized_views_ignore_errors": 0,
    "input_format_allow_errors_num": 0,
    "input_format_allow_errors_ratio": 0,
    "max_insert_block_size": ONE_BLOCK,
    "min_insert_block_size_rows": ONE_BLOCK,
    "min_insert_block_size_bytes": 0,
    "max_block_size": ONE_BLOCK,
    "input_format_parallel_parsing": 0,
    "group_by_two_level_threshold": 0,
    "group_by_two_level_threshold_bytes": 0,
    "async_insert": 0,
    # A late batch may span any number of months, which are partitions.
    "max_partitions_per_insert_block": 0,
    # What the messages' form asks for.
    "input_format_null_as_default": 1,
    "date_time_input_format": "best_effort",
    # A newer worker may write more than the tables hold, never less.
    "input_format_skip_unknown_fields": 1,
    "input_format_defaults_for_omitted_fields": 1,
}

WHERE_KNOWN: dict[str, Any] = {
    "deduplicate_insert": "enable",
    "min_insert_block_size_rows_for_materialized_views": 0,
    "min_insert_block_size_bytes_for_materialized_views": 0,
    "max_insert_block_size_bytes": 0,
    "input_format_max_block_size_bytes": 0,
    "input_format_max_block_wait_ms": 0,
    "input_format_connection_handling": 0,
}
"""Of newer servers; one that does not know the setting behaves like that anyway."""

WINDOW = 2_000
"""Blocks a table must remember: a batch can bring one for each month from 1970 to 2105, 1,632."""

WINDOW_SECONDS = 3_600


def wanted(known: Mapping[str, Any]) -> dict[str, Any]:
    """The settings for a server that knows `known`."""
    return REQUIRED | {name: value for name, value in WHERE_KNOWN.items() if name in known}


def differing(asked: Mapping[str, Any], actual: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings a request ran under, one line each."""
    return [
        f"setting {name} is {actual.get(name, 'not there')} where {value} was asked for"
        for name, value in asked.items()
        if actual.get(name) != str(value)
    ]


def window_fault(name: str, engine: str, defaults: Mapping[str, str]) -> str | None:
    """Why a table would not drop a repeated insert; None if it would.

    `engine` is the full engine clause; `defaults` the server's settings of MergeTree tables.
    """
    if "MergeTree" not in engine.split("(")[0].split(" ")[0]:
        return f"{name} is a {engine.split(' ')[0]} table, which drops nothing"
    replicated = engine.startswith(("Replicated", "Shared"))
    needed = {
        "replicated_deduplication_window": WINDOW,
        "replicated_deduplication_window_seconds": WINDOW_SECONDS,
    }
    for setting, least in needed.items() if replicated else _NON_REPLICATED:
        found = re.search(rf"\b(?<!non_){setting} = (\d+)", engine)
        value = int(found[1] if found else defaults.get(setting, "0"))
        if value < least:
            return (
                f"{name} has {setting} = {value}, at least {least} is needed: "
                f"ALTER TABLE {name} MODIFY SETTING {setting} = 10000"
            )
    return None


_NON_REPLICATED = (("non_replicated_deduplication_window", WINDOW),)
