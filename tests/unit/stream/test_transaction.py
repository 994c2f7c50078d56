"""Which of Kafka's errors are repeated, which give the transaction up, and which end the worker."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from producers.kafka import Topics
from stream import transaction
from stream.history import Horizon
from stream.transaction import Aborted, Transactions
from stream.watermark import Watermark

MARK = Watermark(9, "id", 1, Horizon())
RETRIABLE = KafkaError(KafkaError._TIMED_OUT, "slow", False, True, False)
ABORTABLE = KafkaError(KafkaError._MSG_TIMED_OUT, "lost", False, False, True)
FATAL = KafkaError(KafkaError._FENCED, "fenced", True, False, False)


class Producer:
    """Takes the place of confluent_kafka's; each call of a name in `errors` raises the next."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.calls: list[str] = []
        self.errors: dict[str, list[KafkaError]] = {}

    def produce(self, *_: Any, on_delivery: Any = None, **__: Any) -> None:
        self._called("produce")
        self._delivered = on_delivery

    def flush(self, timeout: float) -> int:
        self._called("flush")
        self._delivered(None, Delivered())
        return 0

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self._called(name)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.errors.get(name):
            raise KafkaException(self.errors[name].pop(0))


class Delivered:
    def offset(self) -> int:
        return 41


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Transactions, Producer]:
    monkeypatch.setattr(transaction, "Producer", Producer)
    transactions = Transactions({}, Topics(), 0, "g.0", 30)
    return transactions, transactions._producer


def _process(transactions: Transactions) -> int:
    transactions.begin()
    return transactions.commit(MARK)


def test_the_place_in_the_changelog_is_after_the_watermark(made: Any) -> None:
    transactions, _ = made
    assert _process(transactions) == 42


def test_retriable_errors_in_the_middle_of_a_commit_are_repeated(made: Any) -> None:
    transactions, producer = made
    producer.errors["commit_transaction"] = [RETRIABLE, RETRIABLE]
    _process(transactions)
    assert producer.calls.count("commit_transaction") == 3
    assert "abort_transaction" not in producer.calls


@pytest.mark.parametrize("call", ["produce", "commit_transaction"])
def test_an_error_that_asks_for_it_gives_up(made: Any, call: str) -> None:
    """Another producer ends it: this one cannot know whether Kafka has committed it."""
    transactions, producer = made
    producer.errors = {call: [ABORTABLE]}
    with pytest.raises(Aborted, match="lost"):
        _process(transactions)
    assert "abort_transaction" not in producer.calls


def test_an_abort_marker_is_written_to_each_topic(made: Any) -> None:
    transactions, producer = made
    producer.errors = {"abort_transaction": [RETRIABLE]}
    producer.flush = lambda timeout: producer._called("flush") or 0
    transactions.abort_in(["log", "history"])
    assert producer.calls[-6:] == [
        "begin_transaction", "produce", "produce", "flush", "abort_transaction",
        "abort_transaction",
    ]  # fmt: skip


@pytest.mark.parametrize("call", ["begin_transaction", "produce", "commit_transaction"])
def test_a_fenced_producer_writes_no_more(made: Any, call: str) -> None:
    transactions, producer = made
    producer.errors[call] = [FATAL]
    with pytest.raises(KafkaException, match="fenced"):
        _process(transactions)
    assert producer.calls[-1] == call
