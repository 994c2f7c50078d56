"""Dead letters are sent back at most once, whatever ends the command in between."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import orjson
import pytest
from confluent_kafka import Message, Producer

from producers.event import key
from producers.kafka import Topics, client_config
from stream import audit, letter_plans, scan
from stream.dead_letters import Fault, Reason, dead_letter
from stream.letters import Choice
from stream.settings import Settings
from tests.unit.stream.test_letters import EVENT

pytestmark = pytest.mark.server

COUNT = 1200


def run(*arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baton", *arguments],
        env={**os.environ, **({"BATON_FAULT": fault} if fault else {})},
        capture_output=True,
        text=True,
    )


def bury(topics: Topics, count: int, reason: Reason = Reason.WRONG_PARTITION) -> None:
    producer = Producer(client_config())
    for number in range(count):
        contact = f"c{number}"
        value = orjson.dumps({**EVENT, "contact_id": contact})
        origin = (topics.events, 0, number, 0)
        letter = dead_letter(Fault(reason, "why"), key(7, contact), value, [("a", b"1")], origin)
        producer.produce(topics.dead, letter.value, letter.key, number % 4, headers=letter.headers)
    producer.flush()


def events(topics: Topics) -> list[Message]:
    found = scan.read(client_config(), topics.events, scan.whole(client_config(), topics.events))
    return [message for messages in found for message in messages]


def test_where_none_are_list_and_show_say_so(topics: Topics) -> None:
    for command in ("list", "show"):
        assert run("dead-letters", command).stdout == f"{topics.dead} holds none of these.\n"
    assert run("dead-letters", "show", "--json").stdout == ""


def test_each_is_sent_once_though_the_command_is_killed_and_run_again(topics: Topics) -> None:
    bury(topics, COUNT)
    assert run("dead-letters", "send", "--execute", fault="letters.produced:2").returncode == -9
    assert len(events(topics)) == 500
    assert run("dead-letters", "send", "--execute", fault="letters.committed").returncode == -9
    assert run("dead-letters", "send", "--execute").returncode == 0
    assert run("dead-letters", "send", "--execute").returncode == 0
    sent = events(topics)
    assert Counter(message.key() for message in sent) == {
        key(7, f"c{number}"): 1 for number in range(COUNT)
    }
    first = next(message for message in sent if message.key() == key(7, "c5"))
    assert dict(first.headers() or []) == {"a": b"1", "baton.dead-letter": b"1/1"}
    assert orjson.loads(first.value() or b"")["contact_id"] == "c5"


def test_nothing_is_done_without_execute(topics: Topics) -> None:
    bury(topics, 3)
    shown = run("dead-letters", "send")
    assert shown.returncode == 0
    assert "Send 3 dead letters" in shown.stdout
    assert events(topics) == []
    assert audit.entries(client_config(), topics) == []


def test_what_would_come_back_stays_unless_asked_for(topics: Topics) -> None:
    bury(topics, 3, Reason.OLDER_THAN_HORIZON)
    run("dead-letters", "send", "--execute")
    assert events(topics) == []
    run("dead-letters", "send", "--execute", "--refused-too")
    assert len(events(topics)) == 3


def test_what_was_dropped_is_never_sent_and_both_are_recorded(topics: Topics) -> None:
    bury(topics, 4)
    run("dead-letters", "drop", "0/0", "1/0", "--why", "a test", "--execute")
    run("dead-letters", "send", "--execute")
    assert {message.key() for message in events(topics)} == {key(7, "c2"), key(7, "c3")}
    counted = orjson.loads(run("dead-letters", "list", "--json").stdout)
    assert (counted[0]["waiting"], counted[0]["sent"], counted[0]["dropped"]) == (0, 2, 2)
    recorded = audit.entries(client_config(), topics)
    assert [(entry.command, entry.state) for entry in recorded] == [
        ("dead-letters drop", "done"),
        ("dead-letters send", "done"),
    ]
    assert recorded[1].result["sent"] == 2


def test_two_who_planned_the_same_send_it_once(topics: Topics) -> None:
    bury(topics, 5)
    settings = Settings.from_environment()
    found = letter_plans.chosen(settings, Choice())
    assert len(found) == 5
    assert sum(letter_plans.send(settings, found)) == 5
    assert sum(letter_plans.send(settings, found)) == 0
    assert len(events(topics)) == 5
