"""Files as service desks have them, sent: the right events, or a word of what is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from producers import commands
from producers.memory import MemoryProducer

MAPPING = """
[time]
format = "rfc3339"
[fields]
workspace_id = { constant = "h1" }
contact_id = "ticket"
contact_name = "caller"
conversation_id = "ticket"
occurred_at = "changed"
[fields.assigned_to]
id = "agent"
team = { id = "grp" }
[fields.source]
column = "channel"
otherwise = "user"
"""
HEADER = "ticket,caller,changed,agent,grp,channel,subject\n"


def send(text: str, *options: str, mapping: str = MAPPING) -> Result:
    Path("m.toml").write_text(mapping)
    Path("x.csv").write_text(text, newline="")
    return CliRunner().invoke(commands.send, ["x.csv", "--mapping", "m.toml", *options])


def events(kafka: MemoryProducer) -> list[dict[str, Any]]:
    return [json.loads(value) for _, value in kafka.delivered]


def rows(*subjects: str) -> str:
    return HEADER + "".join(
        f"T{n},Zoe,2026-03-01T09:0{n}:00Z,ann,L1,web,{subject}\n"
        for n, subject in enumerate(subjects, start=1)
    )


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("subjects", "fault"),
    [
        (["printer", '"27 inch broken', "mouse", "keyboard"], "is never closed"),
        (["printer", '"27 inch broken', "mouse", '"15 inch'], "has text behind its end on line 5"),
    ],
)
def test_an_unclosed_quote_is_no_success(
    kafka: MemoryProducer, option: list[str], subjects: list[str], fault: str
) -> None:
    result = send(rows(*subjects), *option)
    assert result.exit_code == 1
    assert result.stdout == f"1 {'right' if option else 'sent'}, 0 refused.\n"
    assert "Stopped after row 1: line 3: the quote that opens here" in result.stderr
    assert fault in result.stderr


def test_a_long_cell_is_read_whole_and_no_line_of_it_is_an_event(kafka: MemoryProducer) -> None:
    log = "\n".join(f"line {n} of a pasted log, with, commas" for n in range(5000))
    forged = "\nT9,Mallory,2026-03-01T10:00:00Z,eve,L9,web,forged\ntail"
    with Path("big.csv").open("w", newline="") as file:
        csv.writer(file).writerow([log + forged])
    result = send(rows("short", Path("big.csv").read_text().strip(), "short"))
    assert (result.exit_code, result.stdout) == (0, "3 sent, 0 refused.\n")
    assert [event["contact_id"] for event in events(kafka)] == ["T1", "T2", "T3"]


def test_a_mapped_cell_counts_against_the_limit_of_its_field(kafka: MemoryProducer) -> None:
    result = send(rows("a", "b").replace("T2,Zoe", f"T2,{'Z' * 200_000}"))
    assert (result.exit_code, result.stdout) == (1, "1 sent, 1 refused.\n")
    refused = json.loads(Path("x.csv.refused.jsonl").read_text())
    assert refused["reasons"] == ["contact_name: must be a string of at most 1000 characters"]
