"""What a generation is made of comes from the migrations alone."""

from __future__ import annotations

import pytest

from sink import chain
from sink.compare import DIGESTS
from sink.migrate import Migration, migrations


def test_every_table_of_the_chain_is_compared() -> None:
    assert set(chain.tables()) == set(DIGESTS)


def test_a_table_that_a_migration_drops_is_made_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = """-- Scope: generation
CREATE TABLE IF NOT EXISTS seen (a Int8) ENGINE = Log;
CREATE MATERIALIZED VIEW IF NOT EXISTS seen_mv TO seen AS SELECT 1 AS a FROM assignment_landing"""
    gone = """-- Scope: generation
DROP VIEW IF EXISTS seen_mv;
DROP TABLE IF EXISTS seen"""
    files = [*migrations(), Migration(98, "0098_seen.sql", sql)]
    monkeypatch.setattr(chain, "migrations", lambda: files)
    assert "seen" in chain.tables()
    assert "seen_mv" in chain.views()
    files.append(Migration(99, "0099_gone.sql", gone))
    assert (chain.retired(), "seen" in chain.tables()) == (["seen"], False)
    assert "seen_mv" not in chain.views()


def test_each_view_reads_the_landing_table() -> None:
    assert all("FROM assignment_landing" in statement for statement in chain.views().values())


def test_landing_tables_never_share_a_name() -> None:
    first = chain.new_landing(2)
    assert first.startswith("assignment_landing_g2_")
    assert chain.new_landing(3) != first
