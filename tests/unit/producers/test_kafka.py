"""Where Kafka is and what the topics are called."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, Producer

from producers.kafka import Topics, client_config, explained
from producers.variables import Unset


def test_any_property_of_librdkafka_comes_from_the_environment() -> None:
    environ = {
        "KAFKA_BOOTSTRAP_SERVERS": "broker:9093",
        "KAFKA_SASL_PASSWORD": "secret",
        "KAFKA_OPTS": "-Xmx1g",
        "HOME": "/",
    }
    given = client_config(environ)
    assert given.pop("log_level")
    assert given == {"bootstrap.servers": "broker:9093", "sasl.password": "secret"}


def test_a_refused_property_is_told_by_its_variable() -> None:
    with pytest.raises(KafkaException) as refused:
        Producer({"socket.timeout.ms": "soon"})
    environ = {"KAFKA_OPTS": "", "KAFKA_ACKS": "all", "KAFKA_SOCKET_TIMEOUT_MS": "soon"}
    said = 'Invalid value for configuration property "socket.timeout.ms"'
    assert explained(refused.value, environ) == f"{said} (set by KAFKA_SOCKET_TIMEOUT_MS)"
    assert explained(refused.value, {}) == said


def test_a_refused_property_of_two_names_is_told_by_the_variables_there_are() -> None:
    with pytest.raises(KafkaException) as refused:
        Producer({"linger.ms": "soon"})
    environ = {"KAFKA_OPTS": "", "KAFKA_LINGER_MS": "soon", "KAFKA_ACKS": "all"}
    assert explained(refused.value, environ).endswith("(set by KAFKA_ACKS or KAFKA_LINGER_MS)")


def test_without_an_address_there_is_no_kafka() -> None:
    with pytest.raises(Unset, match=r"No Kafka runs in /there: .* set KAFKA_BOOTSTRAP_SERVERS"):
        client_config({"BATON_HOME": "/there"})


def test_generations_share_events_and_nothing_else() -> None:
    one, two = Topics("p."), Topics("p.", 2)
    assert one.events == two.events == "p.assignment-events"
    assert not {one.dead, one.log, one.history} & {two.dead, two.log, two.history}


def test_the_environment_names_prefix_and_generation() -> None:
    environ = {"BATON_TOPIC_PREFIX": "p.", "BATON_GENERATION": "3"}
    assert Topics.from_environment(environ) == Topics("p.", 3)
    assert Topics.from_environment({}) == Topics("", 1)
