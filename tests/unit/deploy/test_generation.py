"""The live generation of a local stack, for the commands run there."""

from __future__ import annotations

from pathlib import Path

from deploy.local import generation
from deploy.local.home import Home


def test_commands_work_for_the_generation_that_was_recorded(tmp_path: Path) -> None:
    home, environ = Home(tmp_path), {"OTHER": "1", "BATON_GENERATION": ""}
    generation.record(home, generation.variables(2, 45.0, 500))
    generation.apply(home, environ)
    assert environ == {
        "OTHER": "1",
        "BATON_GENERATION": "2",
        "BATON_HORIZON_DAYS": "45",
        "BATON_HORIZON_EVENTS": "500",
    }


def test_a_chosen_generation_is_left_alone_with_its_horizon(tmp_path: Path) -> None:
    home, environ = Home(tmp_path), {"BATON_GENERATION": "1"}
    generation.record(home, generation.variables(2, 45.0, 500))
    generation.apply(home, environ)
    assert environ == {"BATON_GENERATION": "1"}


def test_without_a_record_nothing_is_set(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    generation.apply(Home(tmp_path), environ)
    assert environ == {}
