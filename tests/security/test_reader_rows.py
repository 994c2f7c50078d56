"""A reader of one workspace gets its rows, and no others, by whatever table, view or clause."""

from __future__ import annotations

import pytest

from tests.integration.clickhouse.local_server import LocalServer
from tests.security.readers import OTHERS, OURS, Reader

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]
VIEWS = ("shown", "shown_sums", "shown_steps")
# {v}: the view, {s}: the settings.
STATEMENTS = (
    "SELECT * FROM baton.{v} LIMIT 100000 {s}",
    "SELECT groupUniqArray(name) FROM baton.{v} {s}",
    "SELECT max(name), min(workspace_id), max(workspace_id), count() FROM baton.{v} {s}",
    "SELECT DISTINCT workspace_id, substring(name, 1, 13) FROM baton.{v} {s}",
    "SELECT name FROM baton.{v} WHERE workspace_id = '2' {s}",
    "SELECT name FROM baton.{v} WHERE 1 OR workspace_id = '1' LIMIT 100000 {s}",
    "SELECT name FROM baton.{v} PREWHERE workspace_id = '2' {s}",
    "SELECT name FROM baton.{v} FINAL WHERE workspace_id = '2' {s}",
    "SELECT name FROM baton.{v} SAMPLE 1 {s}",
    "SELECT name, count() FROM baton.{v} GROUP BY ROLLUP(name) ORDER BY name DESC LIMIT 9 {s}",
    "SELECT name FROM baton.{v} ORDER BY workspace_id DESC LIMIT 9 {s}",
    "SELECT name FROM baton.{v} LIMIT 9 BY workspace_id {s}",
    "SELECT lagInFrame(name) OVER (ORDER BY name DESC) FROM baton.{v} ORDER BY 1 DESC LIMIT 9 {s}",
    "SELECT a.name FROM baton.{v} AS a JOIN baton.{v} AS b ON a.name != b.name LIMIT 9 {s}",
    "SELECT b.name FROM numbers(9) AS a RIGHT JOIN baton.{v} AS b ON 1 ORDER BY 1 DESC LIMIT 9 {s}",
    "SELECT name FROM baton.{v} WHERE name IN (SELECT name FROM baton.{v}) LIMIT 100000 {s}",
    "WITH x AS (SELECT * FROM baton.{v}) SELECT name FROM x WHERE workspace_id = '2' {s}",
    "SELECT * FROM merge('baton', '^{v}$') WHERE workspace_id = '2' {s}",
    "SELECT * FROM merge('baton', '.*') LIMIT 100000 {s}",
    "SELECT * FROM view(SELECT * FROM baton.{v}) ORDER BY workspace_id DESC LIMIT 9 {s}",
    "SELECT name FROM baton.{v} UNION ALL SELECT name FROM baton.{v} LIMIT 100000 {s}",
    "SELECT (SELECT max(name) FROM baton.{v}) {s}",
    "SELECT min(name), max(name) FROM baton.hidden {s}",
    "SELECT * FROM mergeTreeIndex('baton', 'hidden') {s}",
    "SELECT * FROM baton.shown_without {s}",
    "SELECT partition, min_block_number FROM system.parts {s}",
    "SELECT * FROM system.parts_columns {s}",
    "SELECT * FROM system.data_skipping_indices {s}",
    "EXPLAIN indexes = 1, actions = 1 SELECT * FROM baton.{v} {s}",
    "EXPLAIN QUERY TREE SELECT * FROM baton.{v} {s}",
)
# A condition that fails on a row of others would tell that it is there.
ORACLES = (
    "intDiv(1, if(startsWith(name, 'others'), 0, 1)) = 1",
    "throwIf(startsWith(name, 'others')) = 0",
    "toUInt8(if(workspace_id = '2', 'x', '1')) = 1",
    "NOT ignore(toDate(if(startsWith(name, 'others'), 'never', '2020-01-01')))",
    "name > '' AND CAST(if(workspace_id = '2', 'x', '1') AS UInt8) = 1",
)
SETTINGS = (
    "",
    "SETTINGS optimize_move_to_prewhere = 0",
    "SETTINGS query_plan_enable_optimizations = 0",
    "SETTINGS query_plan_merge_filters = 1, short_circuit_function_evaluation = 'disable'",
    "SETTINGS query_plan_filter_push_down = 0, query_plan_merge_filters = 0",
    "SETTINGS allow_reorder_prewhere_conditions = 1, enable_multiple_prewhere_read_steps = 1",
    "SETTINGS use_query_condition_cache = 1, optimize_use_projections = 1",
)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_shows_rows_of_others(acme: Reader, view: str, statement: str) -> None:
    for settings in SETTINGS:
        asked = statement.format(v=view, s=settings)
        answer = acme.answer(asked)
        assert OTHERS not in answer, asked


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("oracle", ORACLES)
def test_no_condition_is_tried_on_rows_of_others(acme: Reader, view: str, oracle: str) -> None:
    for settings in SETTINGS:
        for clause in ("WHERE", "PREWHERE"):
            asked = f"SELECT count() FROM baton.{view} {clause} {oracle} {settings}"
            response = acme.client.post("/", content=asked.encode())
            if clause == "WHERE":
                assert response.status_code == 200, f"{asked}: {response.text}"


@pytest.mark.parametrize("view", VIEWS)
def test_it_gets_all_rows_of_its_own(
    shared: LocalServer, acme: Reader, bi: Reader, view: str
) -> None:
    counted = f"SELECT workspace_id, count() FROM baton.{view} GROUP BY ALL ORDER BY ALL"
    (ours, others) = shared.ask(counted).splitlines()
    assert acme.rows(counted) == [ours]
    assert bi.rows(counted) == [ours, others]
    assert OURS in acme.answer(f"SELECT any(name) FROM baton.{view}")


def test_what_has_no_workspace_it_does_not_see(acme: Reader, bi: Reader) -> None:
    assert bi.rows("SHOW TABLES FROM baton") == [*sorted((*VIEWS, "shown_without"))]
    assert acme.rows("SHOW TABLES FROM baton") == sorted(VIEWS)


def test_a_view_that_loses_its_workspace_is_closed(shared: LocalServer, acme: Reader) -> None:
    kept = "SELECT workspace_id, id, name FROM baton.hidden FINAL"
    try:
        shared.ask("CREATE OR REPLACE VIEW baton.shown AS SELECT name FROM baton.hidden")
        assert "Code: " in acme.answer("SELECT * FROM baton.shown")
    finally:
        shared.ask(f"CREATE OR REPLACE VIEW baton.shown AS {kept}")


def test_an_index_still_finds_its_rows(acme: Reader) -> None:
    plan = "\n".join(acme.rows("EXPLAIN indexes = 1 SELECT * FROM baton.shown"))
    assert "workspace_id in" in plan
