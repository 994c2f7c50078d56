"""`baton send` and `baton simulate` as they are called, with Kafka in memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import KafkaError

from producers import commands, sample, sender
from producers.event import parse
from producers.memory import MemoryProducer
from tests.unit.producers.test_faults import GOOD


def baton(command: Any, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_sending_the_sample_twice_sends_the_same_messages(kafka: MemoryProducer) -> None:
    result = baton(commands.send, "sample")
    assert (result.exit_code, result.stdout) == (0, "5,998 sent, 0 refused.\n")
    assert not list(Path().iterdir())
    first = list(kafka.delivered)
    assert baton(commands.send, "sample").exit_code == 0
    assert kafka.delivered == first + first


@pytest.mark.parametrize(
    ("command", "words"), [(commands.send, ["sample"]), (commands.simulate, ["--count", "1"])]
)
def test_where_it_goes_is_said_first_and_no_password(
    kafka: MemoryProducer, monkeypatch: pytest.MonkeyPatch, command: Any, words: list[str]
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker-1:9093,broker-2:9093")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hush")
    monkeypatch.setenv("BATON_TOPIC_PREFIX", "ours.")
    result = baton(command, *words)
    first = "Sending to ours.assignment-events at broker-1:9093,broker-2:9093.\n"
    assert result.output.startswith(first)
    assert "hush" not in result.output


def test_refused_rows_are_counted_and_kept_with_line_and_reason(kafka: MemoryProducer) -> None:
    Path("in.jsonl").write_bytes(lines(GOOD, GOOD | {"source": "fax"}) + b"{\n")
    result = baton(commands.send, "in.jsonl")
    assert result.exit_code == 1
    assert result.stdout == "1 sent, 2 refused.\n"
    assert "in.jsonl.refused.jsonl" in result.stderr
    kept = [json.loads(line) for line in Path("in.jsonl.refused.jsonl").read_text().splitlines()]
    assert [(row["line"], row["reasons"][0].partition(":")[0]) for row in kept] == [
        (2, "source"),
        (3, "(event)"),
    ]


def test_refused_rows_of_an_earlier_run_do_not_stay(kafka: MemoryProducer) -> None:
    Path("in.jsonl").write_bytes(lines(GOOD))
    Path("bad").write_text("old")
    assert baton(commands.send, "in.jsonl", "--refused", "bad").exit_code == 0
    assert not Path("bad").exists()


def test_refused_rows_never_go_into_the_input(kafka: MemoryProducer) -> None:
    Path("in.jsonl").write_bytes(lines(GOOD))
    result = baton(commands.send, "in.jsonl", "--refused", "./in.jsonl")
    assert result.exit_code == 1
    assert "it is the input" in result.stderr
    assert Path("in.jsonl").read_bytes() == lines(GOOD)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read_packed_or_not(
    kafka: MemoryProducer, monkeypatch: pytest.MonkeyPatch, pack: Any
) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(pack(lines(GOOD)))))  # type: ignore[arg-type]
    monkeypatch.setattr("producers.sending.sys.stdin", stdin)
    with pytest.raises(SystemExit) as ended:
        commands.send.main(["-"], standalone_mode=False)
    assert ended.value.code == 0
    assert len(kafka.delivered) == 1


def test_a_damaged_file_says_how_far_it_got(kafka: MemoryProducer) -> None:
    packed = gzip.compress(lines(*[GOOD] * 3000), mtime=0)
    Path("in.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    result = baton(commands.send, "in.jsonl.gz")
    assert result.exit_code == 1
    assert "Stopped after row" in result.stderr
    assert "Running it again is safe" in result.stderr
    assert f"{len(kafka.delivered):,} sent" in result.stdout


def test_csv_without_a_mapping_says_what_it_takes(kafka: MemoryProducer) -> None:
    result = baton(commands.send, "x.csv.gz")
    assert result.exit_code == 2
    assert "--mapping" in result.stderr


def test_a_wrong_mapping_is_told_by_its_keys(kafka: MemoryProducer) -> None:
    Path("m.toml").write_text(sample.MAPPING.read_text().replace('"caller_id"', '"caller"'))
    result = baton(commands.send, "sample", "--mapping", "m.toml")
    assert result.exit_code == 1
    assert "mapping: fields.contact_name: the file has no column 'caller'" in result.stderr
    assert not kafka.delivered


def test_a_missing_file_is_told_without_a_traceback(kafka: MemoryProducer) -> None:
    result = baton(commands.send, "nothing.jsonl")
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_a_dry_run_sends_nothing(kafka: MemoryProducer) -> None:
    result = baton(commands.send, "sample", "--dry-run")
    assert (result.exit_code, result.output) == (0, "5,998 right, 0 refused.\n")
    assert not kafka.delivered


def test_a_kafka_that_fails_on_the_way_is_told(
    kafka: MemoryProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = MemoryProducer(faults={lines(GOOD).strip(): KafkaError._MSG_TIMED_OUT})
    monkeypatch.setattr(sender, "connect", lambda _: bad)
    Path("in.jsonl").write_bytes(lines(GOOD))
    result = baton(commands.send, "in.jsonl")
    assert result.exit_code == 1
    assert "1 not confirmed" in result.stderr
    assert "Kafka stopped taking messages" in result.stderr


def test_ctrl_c_confirms_what_was_sent_and_says_that_again_is_safe(
    kafka: MemoryProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    produce = kafka.produce

    def interrupted(*arguments: Any, **named: Any) -> None:
        produce(*arguments, **named)
        if len(kafka.delivered) == 20:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(kafka, "produce", interrupted)
    result = baton(commands.send, "sample")
    assert result.exit_code == 130
    assert result.stdout == f"{len(kafka.delivered)} sent, 0 refused.\n"
    assert 20 < len(kafka.delivered) < 100
    assert "Running it again is safe" in result.stderr


def test_simulate_stops_after_so_many_events(kafka: MemoryProducer) -> None:
    result = baton(commands.simulate, "--rate", "100000", "--count", "50", "--seed", "1")
    assert (result.exit_code, result.stdout) == (0, "50 sent.\n")
    assert all(parse(value) for _, value in kafka.delivered)


def test_kafka_away_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(topic: str) -> None:
        raise sender.KafkaUnavailable("no Kafka at 127.0.0.1:1")

    monkeypatch.setattr(sender, "connect", away)
    for command, arguments in ((commands.send, ["sample"]), (commands.simulate, [])):
        result = baton(command, *arguments)
        assert result.exit_code == 1
        assert "Error: no Kafka at 127.0.0.1:1" in result.stderr
