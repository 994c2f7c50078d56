from __future__ import annotations

import pytest

from queries.choices import Choosable, choices, source_label
from tests.integration.queries.conftest import World

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


def test_what_was_retracted_is_not_offered(world: World) -> None:
    ids = {row["contact_id"] for row in world.rows}
    assert set(found(world, Choosable.CONTACT, limit=1000)) <= ids


def test_nothing_found_is_nothing(world: World) -> None:
    for needle in ("zzzz", "'", "\\", "%", "_" * 50):
        assert found(world, Choosable.CONTACT, needle) == {}


def test_an_unknown_source_keeps_its_name() -> None:
    assert source_label("bot") == "Bot (Dialogflow)"
    assert source_label("pigeon") == "pigeon"
