"""Files to messages: what is sent, what is refused, and on which line."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.event import key, parse
from producers.identity import identify
from producers.mapping import Mapping, MappingError
from producers.mapping import parse as parse_mapping
from producers.rows import Ready, Refused, Row, from_csv, from_json_lines
from tests import wire

MAPPING = """
nobody = ["?", "none"]
[time]
format = "%Y-%m-%d %H:%M"
zone = "Europe/Berlin"
[fields]
workspace_id = { constant = 7 }
contact_id = "contact"
contact_name = { template = "{first} {last}" }
conversation_id = "contact"
occurred_at = "when"
sequence = "n"
source = { column = "how", values = { auto = "workflow" }, otherwise = "user" }
actor = { id = "by" }
[fields.assigned_to]
id = "agent"
name = { template = "Agent {agent}" }
team = { id = "team" }
"""
HEADER = "contact,first,last,when,n,how,by,agent,team\n"
LINE = "c1,Zoë,Łu,2016-02-29 01:23,4,auto,bot 1,a1,t1\n"


def mapping(text: str = MAPPING) -> Mapping:
    return parse_mapping(text.encode())


def csv_rows(body: str, header: str = HEADER, text: str = MAPPING) -> list[Row]:
    return list(from_csv(io.StringIO(header + body, newline=""), mapping(text)))


def sent(row: Row) -> dict[str, Any]:
    assert isinstance(row, Ready), row
    event: dict[str, Any] = json.loads(row.value)
    return event


def test_a_csv_row_becomes_the_event_its_mapping_says() -> None:
    (row,) = csv_rows(LINE)
    event = sent(row)
    assert event.pop("event_id")
    assert event == {
        "event_type": "contact.assignee.updated",
        "workspace_id": "7",
        "contact_id": "c1",
        "contact_name": "Zoë Łu",
        "conversation_id": "c1",
        "occurred_at": "2016-02-29T00:23:00.000Z",
        "sequence": 4,
        "assigned_to": {"id": "a1", "name": "Agent a1", "team": {"id": "t1", "name": "t1"}},
        "source": "workflow",
        "actor": {"id": "bot 1", "name": "bot 1"},
    }
    assert isinstance(row, Ready)
    assert (row.line, row.key) == (2, key(7, "c1"))


@pytest.mark.parametrize("nobody", ["?", "none", ""])
def test_nobody_is_an_unassignment_without_team_and_actor(nobody: str) -> None:
    (row,) = csv_rows(f"c1,Z,L,2016-02-29 01:23,,phone,{nobody},{nobody},t1\n")
    event = sent(row)
    assert event["assigned_to"] is None
    assert event["source"] == "user"
    assert "actor" not in event
    assert "sequence" not in event


def test_a_column_may_say_the_kind_of_holder_and_where_the_time_is_from() -> None:
    more = 'kind = { column = "how", values = { auto = "team" } }\n'
    text = MAPPING.replace('sequence = "n"', 'sequence = "n"\ntime_of = "first"') + more
    event = sent(*csv_rows(LINE.replace("Zoë", "receipt"), text=text))
    assert (event["assigned_to"]["kind"], event["time_of"]) == ("team", "receipt")
    event = sent(*csv_rows(LINE.replace("Zoë", "").replace("auto", ""), text=text))
    assert "kind" not in event["assigned_to"]
    assert "time_of" not in event
    (refused,) = csv_rows(LINE.replace("auto", "queue"), text=text)
    assert isinstance(refused, Refused)
    assert [reason.partition(":")[0] for reason in refused.reasons] == [
        "time_of",
        "assigned_to.kind",
    ]


def test_nobody_as_team_leaves_the_team_out() -> None:
    (row,) = csv_rows(LINE.replace("t1", "?"))
    assert sent(row)["assigned_to"] == {"id": "a1", "name": "Agent a1"}


def test_a_refused_row_names_its_line_and_every_fault() -> None:
    _, row = csv_rows('c1,"a\nb",L,2016-02-29 01:23,,x,,,\n,Z,L,2016-03-27 02:30,1.5,x,,,\n')
    assert isinstance(row, Refused)
    assert row.line == 4
    assert [reason.partition(":")[0] for reason in row.reasons] == [
        "occurred_at", "contact_id", "conversation_id", "sequence",
    ]  # fmt: skip
    assert "does not exist in Europe/Berlin" in row.reasons[0]
    assert json.loads(row.as_json())["row"]["n"] == "1.5"


@pytest.mark.parametrize(
    "line", ["c1,Z\n", LINE.strip() + ",more\n", '"' + "x" * 200_000 + '",' + LINE]
)
def test_a_row_of_another_shape_is_refused_and_the_next_is_read(line: str) -> None:
    refused, row = csv_rows(line + LINE)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].startswith("(row): ")
    assert sent(row)["contact_id"] == "c1"


def test_text_that_is_not_in_the_encoding_is_refused_with_its_row() -> None:
    file = io.TextIOWrapper(
        io.BytesIO((HEADER + LINE).encode("latin-1", "replace") + LINE.encode()),
        "utf-8", errors="surrogateescape", newline="",
    )  # fmt: skip
    refused, row = from_csv(file, mapping())
    assert isinstance(refused, Refused)
    assert [reason.partition(":")[0] for reason in refused.reasons] == ["contact_name"]
    assert json.loads(refused.as_json())
    assert sent(row)["contact_name"] == "Zoë Łu"


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER.replace("by", "from"), "fields.actor.id: the file has no column 'by'"),
        (HEADER.replace("last", "n"), "fields.contact_name: the file has no column 'last'"),
        (HEADER.replace("team", "how"), "fields.source: the file has more than one column 'how'"),
        ("", "the file does not begin with a header"),
    ],
)
def test_a_header_that_does_not_fit_names_the_key(header: str, fault: str) -> None:
    with pytest.raises(MappingError) as caught:
        csv_rows("", header)
    assert any(found.startswith(fault) for found in caught.value.faults)


def test_a_mapped_event_id_is_kept_and_an_empty_one_made() -> None:
    text = MAPPING.replace("[fields]", '[fields]\nevent_id = "by"').replace(
        'actor = { id = "by" }', ""
    )
    known = "6f2c1d9e-0000-4000-8000-000000000001"
    with_id, without = csv_rows(LINE.replace("bot 1", known) + LINE.replace("bot 1", ""), text=text)
    assert sent(with_id)["event_id"] == known
    assert sent(without)["event_id"] != known


def test_json_lines_with_an_id_are_sent_as_they_stand() -> None:
    event = {
        "event_id": "6f2c1d9e-0000-4000-8000-000000000001",
        "event_type": "conversation.opened",
        "workspace_id": 1,
        "contact_id": "c",
        "contact_name": "n",
        "conversation_id": "x",
        "occurred_at": "2016-02-29T01:23:00Z",
        "of_the_future": [1],
    }
    text = json.dumps(event).encode()
    rows = list(from_json_lines([b"\xef\xbb\xbf" + text + b"\r\n", b"\n", b"[1]\n", text]))
    assert rows == [
        Ready(1, key(1, "c"), text),
        Refused(3, ["(event): must be a JSON object"], "[1]"),
        Ready(4, key(1, "c"), text),
    ]


@given(wire.events, st.booleans())
def test_json_lines_without_an_id_get_the_one_of_their_content(
    event: dict[str, Any], null: bool
) -> None:
    message = identify(parse(json.dumps(event)))
    event = {**event, "event_id": None} if null else {**event}
    if not null:
        del event["event_id"]
    (row,) = from_json_lines([json.dumps(event).encode()])
    assert row == Ready(1, key(event["workspace_id"], event["contact_id"]), message)


def test_csv_and_json_lines_of_the_same_content_are_the_same_events() -> None:
    (row,) = csv_rows(LINE)
    event = sent(row)
    del event["event_id"]
    assert [r.value for r in from_json_lines([json.dumps(event).encode()])] == [row.value]  # type: ignore[union-attr]


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_whatever_bytes_come_every_row_is_ready_or_refused(lines: list[bytes]) -> None:
    for row in from_json_lines(lines):
        assert isinstance(row, Refused)
        assert row.reasons
        assert json.loads(row.as_json())


@given(wire.broken())
def test_only_what_the_contract_takes_is_ready(event: Any) -> None:
    for row in from_json_lines([json.dumps(event).encode()]):
        if isinstance(row, Ready):
            again = parse(row.value)
            assert row.key == key(again.workspace_id, again.contact_id)
