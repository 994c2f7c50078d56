"""A mapping file's faults name the key they lie under."""

from __future__ import annotations

import pytest

from producers.mapping import MappingError, parse

GOOD = """
[time]
format = "%Y-%m-%d %H:%M"
zone = "Europe/Berlin"
[fields]
workspace_id = { constant = 7 }
contact_id = "contact"
contact_name = { template = "{first} {last}" }
conversation_id = "contact"
occurred_at = "when"
assigned_to = { id = "agent" }
source = { column = "how", values = { auto = "workflow" }, otherwise = "user" }
"""


def faults(text: str) -> list[str]:
    with pytest.raises(MappingError) as caught:
        parse(text.encode())
    return caught.value.faults


def test_a_right_mapping_is_read() -> None:
    mapping = parse(GOOD.encode())
    assert mapping.fields.workspace_id.constant == "7"
    assert mapping.fields.contact_id.column == "contact"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('contact_id = "contact"\n', ""), "fields.contact_id: is missing"),
        (('"contact"', '{ colum = "x" }'), "fields.contact_id.colum: no such key"),
        (('"contact"', '{ column = "x", constant = "y" }'),
         "fields.contact_id: takes one of column, template and constant"),
        (('{ id = "agent" }', "{ name = 'agent' }"), "fields.assigned_to.id: is missing"),
        (("Europe/Berlin", "Europe/Berln"), "time.zone: no time zone 'Europe/Berln'"),
        (("Europe/Berlin", "../../etc/passwd"), "time.zone: no time zone"),
        (('zone = "Europe/Berlin"', ""), "time: takes a zone"),
        (("%H:%M", "%H:%M%z"), "time: takes no zone"),
        (("%H:%M", "%H:%Q"), "time: "),
        (('zone = "Europe/Berlin"', 'zone = "UTC"\nambiguous = "guess"'), "time.ambiguous: "),
        (("[time]", 'encoding = "latin-99"\n[time]'), "encoding: no encoding"),
        (("[time]", "delimiter = ''\n[time]"), "delimiter: "),
        (("[time]", "nobdy = []\n[time]"), "nobdy: no such key"),
        (("[time]", "[time"), "is not TOML: "),
    ],
)  # fmt: skip
def test_a_wrong_mapping_names_the_key(change: tuple[str, str], fault: str) -> None:
    found = faults(GOOD.replace(change[0], change[1], 1))
    assert found[0].startswith(fault)
