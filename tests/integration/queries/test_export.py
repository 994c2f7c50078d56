from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest

from queries import export as exporting
from queries.errors import TooSlow
from queries.export import export
from queries.export_files import Format
from queries.export_pair import NotWritten, manifest_path
from tests.histories import when
from tests.integration.queries.conftest import COMPLETE_TO, Complete, World, insert
from tests.integration.queries.oracle import matching, shown
from tests.integration.small_disk import small_disk

pytestmark = pytest.mark.server
SPAN = {"from": "2026-01-01", "to": "2026-03-31"}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that even this little makes many."""
    monkeypatch.setattr(exporting, "ROWS_PER_PIECE", 100)


def write(world: World, target: Path, fmt: Format, **given: Any) -> exporting.Manifest:
    return export(world.store, world.ask(**given), Complete().latest(), fmt, target)


def test_csv_has_every_row_with_the_reports_columns_first(world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    manifest = write(world, target, Format.CSV, timezone="UTC", **SPAN)
    expected = sorted(matching(world.rows, world.ask(**SPAN)), key=lambda row: row["event_id"])
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file)
    assert head[:8] == [
        "Timestamp", "Conversation ID", "Contact ID", "Contact Name", "Previous Assignee",
        "Assigned To", "Source", "Assigned By",
    ]  # fmt: skip
    assert manifest.rows == len(lines) == len(expected)
    times = [line[0] for line in lines]
    assert times == sorted(times)
    lines.sort(key=lambda line: line[8])
    for line, row in zip(lines, expected, strict=True):
        plain = [cell.removeprefix("'") if cell[:2] in ("'=", "'-") else cell for cell in line[:8]]
        assert plain[0] == row["occurred_at"].replace("T", " ").removesuffix("Z")
        assert plain[1:] == list(shown(row))[1:]


def test_no_cell_of_a_csv_is_run_as_a_formula(world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write(world, target, Format.CSV, **SPAN)
    with target.open(encoding="utf-8-sig", newline="") as file:
        cells = {cell for line in list(csv.reader(file))[1:] for cell in line}
    assert any(cell.startswith("'=cmd()") for cell in cells)
    assert not any(cell.strip()[:1] in tuple("=+@") for cell in cells if cell)
    assert not any(cell.startswith("-") for cell in cells - {"-"})


OVERLOOKED = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cc", "Cf")
]
CONTROLS = "".join(c for c in OVERLOOKED if unicodedata.category(c) in ("Cc", "Zl", "Zp"))
CONTROLS += "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SIGNS = "=+-@＝＋－＠"


def guarded(text: str) -> str:
    """What a cell should be, by Python's own knowledge of Unicode."""
    text = re.sub(f"[{CONTROLS}]+", " ", text)
    start = next((c for c in text if unicodedata.category(c)[0] not in "ZC"), "")
    return f"'{text}" if text != "-" and start and start in SIGNS else text


def test_no_space_or_invisible_character_hides_a_formula(world: World, tmp_path: Path) -> None:
    """Every one of them before every sign, alone and after others, and before a letter."""
    assert len(OVERLOOKED) > 200
    texts = [f"{char}{sign}1" for char in OVERLOOKED for sign in f"{SIGNS}a"]
    texts += [f" {char}\u200b{char}=1" for char in OVERLOOKED]
    texts += [*SIGNS, "--", "- ", "a=1", "'=1", "1-1", "é+"]
    template = next(row for row in world.rows if row["sequence"])
    rows = [
        {
            **template, "workspace_id": "formulas", "event_id": str(UUID(int=number, version=4)),
            "contact_id": f"{number}{text}", "contact_name": text, "actor_name": text,
            "assigned_to_team_name": text,
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    insert(world.client, rows)
    target = tmp_path / "out.csv"
    export(world.store, world.ask("formulas", **SPAN), Complete().latest(), Format.CSV, target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        found = {line["Event ID"]: line for line in csv.DictReader(file)}
    assert len(found) == len(rows)
    for row in rows:
        line = found[row["event_id"]]
        for column in ("Contact Name", "Acted", "Team"):
            assert line[column] == guarded(row["contact_name"]), ascii(row["contact_name"])


def test_csv_times_are_in_the_zone(world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write(world, target, Format.CSV, timezone="Asia/Kathmandu", **SPAN)
    with target.open(encoding="utf-8-sig", newline="") as file:
        line = next(iter(csv.DictReader(file)))
    row = next(row for row in world.rows if row["event_id"] == line["Event ID"])
    local = when(row).astimezone(world.ask(timezone="Asia/Kathmandu").selection.tz)
    assert line["Timestamp"] == local.isoformat(sep=" ", timespec="milliseconds")[:23]
    assert line["Timestamp (UTC)"] == row["occurred_at"].replace("T", " ").removesuffix("Z")


def test_json_lines_and_parquet_hold_the_same_rows(world: World, tmp_path: Path) -> None:
    lines, table = tmp_path / "out.jsonl", tmp_path / "out.parquet"
    write(world, lines, Format.JSONL, **SPAN)
    manifest = write(world, table, Format.PARQUET, **SPAN)
    from_json = [json.loads(line) for line in lines.read_text().splitlines()]
    whole = pq.read_table(table)
    from_parquet = whole.to_pylist()
    assert manifest.rows == len(from_json) == len(from_parquet)
    assert whole.column_names == list(from_json[0])
    expected = {row["event_id"]: row for row in matching(world.rows, world.ask(**SPAN))}
    assert {row["event_id"] for row in from_json} == set(expected)
    for ours, theirs in zip(from_json, from_parquet, strict=True):
        row = expected[ours["event_id"]]
        assert ours["timestamp"] == row["occurred_at"]
        assert ours["contact_name"] == theirs["contact_name"] == row["contact_name"]
        assert theirs["timestamp"] == when(row)
        assert theirs["previous_since"] is None or ours["previous_since"] == row["previous_since"]


@pytest.mark.parametrize("fmt", list(Format))
def test_an_empty_export_is_a_whole_one(world: World, tmp_path: Path, fmt: Format) -> None:
    target = tmp_path / "none"
    manifest = write(world, target, fmt, **{"from": "1999-01-01", "to": "1999-02-01"})
    assert manifest.rows == 0
    if fmt is Format.PARQUET:
        assert pq.read_table(target).num_rows == 0


def test_the_manifest_says_what_the_file_holds(world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    write(world, target, Format.JSONL, timezone="Asia/Kathmandu", source=["user"], **SPAN)
    said = json.loads(manifest_path(target).read_text())
    assert said["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert said["bytes"] == target.stat().st_size
    assert said["rows"] == len(target.read_text().splitlines())
    assert said["filters"] == {
        "workspace": "1", "from": "2026-01-01", "to": "2026-03-31", "source": ["user"],
        "timezone": "Asia/Kathmandu",
    }  # fmt: skip
    assert said["timezone"] == "Asia/Kathmandu"
    assert said["complete_to"] == COMPLETE_TO.isoformat().replace("+00:00", "Z")
    assert said["dead_letters"] == 3


@pytest.mark.parametrize("fmt", list(Format))
def test_an_export_that_breaks_off_leaves_the_older_one(
    world: World, tmp_path: Path, fmt: Format
) -> None:
    target = tmp_path / "out"
    write(world, target, fmt, **SPAN)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    class Failing:
        calls = 0

        def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
            return world.store.rows(query, parameters)

        def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
            self.calls += 1
            if self.calls == 3:
                raise TooSlow("gone")
            return world.store.raw(query, parameters, fmt)

    with pytest.raises(TooSlow):
        export(Failing(), world.ask(**SPAN), Complete().latest(), fmt, target)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("fmt", list(Format))
def test_a_full_disk_is_named(world: World, tmp_path: Path, fmt: Format) -> None:
    with small_disk(tmp_path / "disk", 2) as disk:
        target = disk.path / "out"
        write(world, target, fmt, **{"from": "2026-03-01", "to": "2026-03-01"})
        before = target.read_bytes()
        disk.fill()
        with pytest.raises(NotWritten) as failed:
            write(world, target, fmt, **SPAN)
        assert failed.value.reason == "No space left on device"
        assert "the older export is as it was" in str(failed.value)
        assert target.read_bytes() == before
        assert {path.name for path in disk.path.iterdir()} == {
            "out", "out.manifest.json", "ballast",
        }  # fmt: skip
        disk.empty()
        write(world, target, fmt, **SPAN)
        assert target.read_bytes() != before
