"""The broker's configuration."""

from __future__ import annotations

from pathlib import Path

from deploy.local.kafka import properties, settings


def test_every_listener_is_on_the_loopback_interface() -> None:
    values = settings(9092, 9093, Path("/data"))
    for name in ("listeners", "advertised.listeners"):
        for listener in values[name].split(","):
            assert listener.split("://")[1].startswith("127.0.0.1:"), name


def test_all_internal_topics_do_with_one_broker() -> None:
    values = settings(9092, 9093, Path("/data"))
    assert values["offsets.topic.replication.factor"] == "1"
    assert values["transaction.state.log.replication.factor"] == "1"
    assert values["transaction.state.log.min.isr"] == "1"


def test_a_path_of_any_script_survives_javas_properties() -> None:
    text = properties({"log.dirs": "/home/zoë/データ/😀", "other": "C:\\data"})
    assert text.isascii()
    log_dirs, other = text.splitlines()
    assert log_dirs == r"log.dirs=/home/zo\u00eb/\u30c7\u30fc\u30bf/\ud83d\ude00"
    assert other == r"other=C:\\data"
