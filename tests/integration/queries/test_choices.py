from __future__ import annotations

from datetime import timedelta

import pytest

from queries.choices import Choosable, choices, source_label
from tests.histories import histories
from tests.integration.queries.conftest import NOW, World, insert

pytestmark = pytest.mark.server


def found(world: World, of: Choosable, needle: str = "", limit: int = 50) -> dict[str, str]:
    return {c.value: c.label for c in choices(world.store, "1", of, needle, limit)}


def test_only_sources_that_occur_are_offered_in_their_order(world: World) -> None:
    offered = list(found(world, Choosable.SOURCE))
    assert "make" not in offered
    assert offered == [
        "developer_api", "workflow", "bot", "zapier", "user", "contact_import",
        "close_conversation", "click_to_chat_ad",
    ]  # fmt: skip


def test_unassigned_comes_first_and_can_be_searched(world: World) -> None:
    assert next(iter(found(world, Choosable.ASSIGNED_TO).items())) == ("-", "Unassigned")
    assert found(world, Choosable.ASSIGNED_TO, "unas") == {"-": "Unassigned"}
    assert next(iter(found(world, Choosable.ASSIGNED_BY).items())) == ("-", "-")


def test_an_id_that_is_a_dash_is_not_nobody(world: World) -> None:
    assert found(world, Choosable.ASSIGNED_TO, "Dash") == {"--": "Dash (-)"}


@pytest.mark.parametrize(
    ("needle", "label"),
    [
        ("ødeg", "Bo Ødegård (8)"),
        ("odegard", "Bo Ødegård (8)"),
        ("花子", "佐藤 花子 (12)"),
        ("علي", "محمد علي (10)"),
    ],
)
def test_assignees_are_found_in_any_script(world: World, needle: str, label: str) -> None:
    assert list(found(world, Choosable.ASSIGNED_TO, needle).values()) == [label]


@pytest.mark.parametrize("needle", ["jose", "JOSÉ", "José", "jóse"])
def test_contacts_are_found_whatever_accents_and_case(world: World, needle: str) -> None:
    expected = {
        row["contact_id"] for row in world.rows if row["contact_name"].lower().startswith("josé")
    }
    assert set(found(world, Choosable.CONTACT, needle, 200)) == expected


def test_contacts_are_found_by_id_the_exact_one_first(world: World) -> None:
    offered = list(found(world, Choosable.CONTACT, "12"))
    assert offered[0] == "12"
    assert all(value.startswith("12") or "12" in value for value in offered)


@pytest.fixture(scope="module")
def named(world: World) -> World:
    """With a workspace of contacts whose names and ids are hard to type."""
    row = histories("named", 1, NOW - timedelta(days=2), NOW - timedelta(days=1)).final[0]
    contacts = [("INC-aB1", "Groß-Straße"), ("x", "Łucja"), ("y", "Mia"), ("z", "Élise")]
    contacts.append(("irish", "O’Brien"))
    insert(world.client, [
        {**row, "contact_id": contact, "contact_name": name, "event_offset": 1_000_000 + n}
        for n, (contact, name) in enumerate(contacts)
    ])  # fmt: skip
    ids = [("C1", "A1", "U1"), *[(f"c1{n}", "a10", "u10") for n in range(3)]]
    insert(world.client, [
        {
            **row, "workspace_id": "ids", "contact_id": contact, "contact_name": f"{9 - n}",
            "source": "user", "assigned_to_id": to, "actor_id": by, "event_offset": 2_000_000 + n,
        }
        for n, (contact, to, by) in enumerate(ids)
    ])  # fmt: skip
    return world


@pytest.mark.parametrize("needle", ["INC-a", "inc", "inc-", "gross", "STRAẞ", "strasse"])
def test_neither_case_nor_two_letters_for_one_hide_a_contact(named: World, needle: str) -> None:
    offered = choices(named.store, "named", Choosable.CONTACT, needle)
    assert [one.value for one in offered] == ["INC-aB1"]


@pytest.mark.parametrize("needle", ["o'brien", "O’B", "o‘brien", "O`BRIEN"])
def test_an_apostrophe_is_found_however_it_is_typed(named: World, needle: str) -> None:
    offered = choices(named.store, "named", Choosable.CONTACT, needle)
    assert [one.value for one in offered] == ["irish"]


def test_the_exact_id_comes_first_whatever_its_case(named: World) -> None:
    for of, ids in ((Choosable.ASSIGNED_TO, ["A1", "a10"]), (Choosable.ASSIGNED_BY, ["U1", "u10"])):
        offered = choices(named.store, "ids", of, ids[0].lower())
        assert [one.value for one in offered] == ids
    assert next(iter(choices(named.store, "ids", Choosable.CONTACT, "c1"))).value == "C1"


def test_contacts_stand_where_readers_look_for_them(named: World) -> None:
    offered = choices(named.store, "named", Choosable.CONTACT)
    assert [one.name for one in offered] == ["Élise", "Groß-Straße", "Łucja", "Mia", "O’Brien"]


def test_what_was_retracted_is_not_offered(world: World) -> None:
    ids = {row["contact_id"] for row in world.rows}
    assert set(found(world, Choosable.CONTACT, limit=1000)) <= ids


def test_nothing_found_is_nothing(world: World) -> None:
    for needle in ("zzzz", "'", "\\", "%", "_" * 50):
        assert found(world, Choosable.CONTACT, needle) == {}


def test_an_unknown_source_keeps_its_name() -> None:
    assert source_label("bot") == "Bot (Dialogflow)"
    assert source_label("pigeon") == "pigeon"
