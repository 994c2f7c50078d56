"""What a generation is made of comes from the migrations alone."""

from __future__ import annotations

from sink import chain
from sink.compare import DIGESTS


def test_every_table_of_the_chain_is_compared() -> None:
    assert set(chain.tables()) == set(DIGESTS)


def test_what_is_fed_no_more_is_no_table_of_the_chain() -> None:
    retired = {
        *("hold_sums", "filter_users", "filter_sources", "history_counts"),
        *("conversation_hands", "contact_counts"),
        *("handoff_counts", "holder_counts", "handoff_totals"),
    }
    assert retired == set(chain.retired())
    assert not set(chain.retired()) & set(chain.tables())
    assert "hold_sums_mv" not in chain.views()
    assert chain.feeds("INSERT INTO hold_sums SELECT 1")
    assert not chain.feeds("INSERT INTO hold_origins SELECT 1")
    assert chain.belongs("INSERT INTO hold_origins SELECT 1")


def test_each_view_reads_the_landing_table() -> None:
    assert all("FROM assignment_landing" in statement for statement in chain.views().values())


def test_landing_tables_never_share_a_name() -> None:
    first = chain.new_landing(2)
    assert first.startswith("assignment_landing_g2_")
    assert chain.new_landing(3) != first
