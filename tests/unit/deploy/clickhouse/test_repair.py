"""Tokens without rows: removed if it is the last record, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.clickhouse.repair import drop_tokens_without_rows

FIRST = b"1\tall_1_1_0\ttoken-1\n"


def _table(path: Path, log: bytes, *parts: str) -> Path:
    table = path / "store" / "abc" / "table"
    for part in parts:
        (table / part).mkdir(parents=True)
    file = table / "deduplication_logs" / "deduplication_log_2.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(log)
    (file.parent / "deduplication_log_1.txt").write_bytes(b"1\tall_0_0_0\told\n")
    (file.parent / "deduplication_log_10.txt").write_bytes(b"")
    return file


def test_a_last_token_without_its_part_goes(tmp_path: Path) -> None:
    file = _table(tmp_path, FIRST + b"1\tall_2_2_0\ttoken-2\n", "all_1_1_0", "tmp_insert_all_2_2_0")
    assert drop_tokens_without_rows(tmp_path) == ["all_2_2_0"]
    assert file.read_bytes() == FIRST
    assert drop_tokens_without_rows(tmp_path) == []


@pytest.mark.parametrize("part", ["all_2_2_0", "all_2_2_1", "all_1_2_1", "all_0_9_3_10"])
def test_a_part_that_is_there_or_merged_stays(tmp_path: Path, part: str) -> None:
    log = FIRST + b"1\tall_2_2_0\ttoken-2\n"
    file = _table(tmp_path, log, part)
    assert drop_tokens_without_rows(tmp_path) == []
    assert file.read_bytes() == log


@pytest.mark.parametrize("part", ["all_1_1_0", "202401_2_2_0", "all_3_3_0"])
def test_another_part_is_no_help(tmp_path: Path, part: str) -> None:
    _table(tmp_path, b"1\tall_2_2_0\ttoken-2\n", part)
    assert drop_tokens_without_rows(tmp_path) == ["all_2_2_0"]


def test_a_dropped_part_has_its_own_record(tmp_path: Path) -> None:
    log = FIRST + b"2\tall_1_1_0\ttoken-1\n"
    file = _table(tmp_path, log)
    assert drop_tokens_without_rows(tmp_path) == []
    assert file.read_bytes() == log


def test_a_torn_record_goes(tmp_path: Path) -> None:
    file = _table(tmp_path, FIRST + b"1\tall_2_", "all_1_1_0")
    drop_tokens_without_rows(tmp_path)
    assert file.read_bytes() == FIRST
