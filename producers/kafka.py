"""Where Kafka is and what the topics of the contract are called.

Everything here comes from the environment, so that secrets never stand in arguments:
`KAFKA_BOOTSTRAP_SERVERS`, and any librdkafka property as `KAFKA_` and its name in capitals with
`_` for `.` (`KAFKA_SECURITY_PROTOCOL`, `KAFKA_SASL_PASSWORD`, ...).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException

from producers.variables import address, whole

_OWN = {"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_HOME", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_LOG_DIR"}


def client_config(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """librdkafka's properties, as the environment gives them; raises Unset without an address."""
    config = {
        "bootstrap.servers": address("KAFKA_BOOTSTRAP_SERVERS", "Kafka", environ),
        # librdkafka prints a line for each of 20 attempts a second; errors come by exception.
        "log_level": "2",
    }
    return config | {name: environ[variable] for name, variable in _properties(environ).items()}


def _properties(environ: Mapping[str, str]) -> dict[str, str]:
    """Property to the variable that sets it."""
    return {
        variable.removeprefix("KAFKA_").lower().replace("_", "."): variable
        for variable in environ
        if variable.startswith("KAFKA_") and variable not in _OWN
    }


def explained(error: KafkaException, environ: Mapping[str, str] = os.environ) -> str:
    """What it says and, where librdkafka refuses a property, which variable set that.

    Not to what: that may be a secret. Where it says another name of the property, any variable may
    have."""
    text = str(error.args[0].str()).strip()
    if error.args[0].code() != KafkaError._INVALID_ARG:
        return text
    given = _properties(environ)
    culprits = [given[name] for name in given if f'"{name}"' in text] or sorted(given.values())
    return f"{text} (set by {' or '.join(culprits)})" if culprits else text


@dataclass(frozen=True)
class Topics:
    """Topic names of one installation; a rebuild writes a generation of its own."""

    prefix: str = ""
    generation: int = 1

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Topics:
        """`BATON_TOPIC_PREFIX` and `BATON_GENERATION` (default: none, 1); raises Misconfigured."""
        return cls(environ.get("BATON_TOPIC_PREFIX", ""), whole("BATON_GENERATION", 1, environ))

    @property
    def events(self) -> str:
        """What producers send; shared by all generations."""
        return f"{self.prefix}assignment-events"

    @property
    def dead(self) -> str:
        """What could not be derived, with the reason."""
        return f"{self.prefix}assignment-events.dead{self._suffix}"

    @property
    def log(self) -> str:
        """One row per assignment, or a correction."""
        return f"{self.prefix}assignment-log{self._suffix}"

    @property
    def history(self) -> str:
        """What the worker knows of each contact; compacted."""
        return f"{self.prefix}contact-history{self._suffix}"

    @property
    def _suffix(self) -> str:
        return "" if self.generation == 1 else f".g{self.generation}"
