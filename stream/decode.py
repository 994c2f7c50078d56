"""From a message to an event that may be derived, or what is wrong with it."""

from __future__ import annotations

from struct import unpack_from

from pydantic import ValidationError

from producers.event import key, parse_fields
from producers.faults import faults
from stream.dead_letters import Fault, Reason
from stream.rows import Moment, moment


class Decoder:
    """The checks of one worker: size, contract, key, workspace."""

    def __init__(self, largest: int, workspaces: frozenset[str] | None) -> None:
        self._largest, self._workspaces = largest, workspaces

    def decode(self, message_key: bytes | None, value: bytes | None, offset: int) -> Moment | Fault:
        """The event in a message; a message that breaks the contract becomes its Fault."""
        if value is None:
            return Fault(Reason.NO_JSON, "the message has no value")
        if len(value) > self._largest:
            return Fault(Reason.TOO_LARGE, f"{len(value)} bytes; the most is {self._largest}")
        try:
            event = parse_fields(value)
        except ValidationError as error:
            return _refused(error)
        workspace = event["workspace_id"]
        expected = key(workspace, event["contact_id"])
        if message_key != expected:
            return Fault(
                Reason.KEY_MISMATCH,
                f"the key is {message_key!r:.200}, the event's is {expected!r:.500}",
            )
        if self._workspaces is not None and str(workspace) not in self._workspaces:
            return Fault(Reason.UNKNOWN_WORKSPACE, f"workspace {str(workspace)!r:.200}")
        return moment(event, offset)


def _refused(error: ValidationError) -> Fault:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Fault(Reason.NO_JSON, str(first["msg"]))
    return Fault(Reason.CONTRACT, "; ".join(faults(error)))


_MIXER = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """The hash of Java's default partitioner (Kafka, `Utils.murmur2`), as an unsigned integer."""
    value, words = 0x9747B28C ^ len(data), len(data) // 4
    for part in unpack_from(f"<{words}I", data):
        part = part * _MIXER & 0xFFFFFFFF
        value = (value * _MIXER ^ (part ^ part >> 24) * _MIXER) & 0xFFFFFFFF
    if rest := data[4 * words :]:
        value = (value ^ int.from_bytes(rest, "little")) * _MIXER & 0xFFFFFFFF
    value = (value ^ value >> 13) * _MIXER & 0xFFFFFFFF
    return value ^ value >> 15


def partition_of(message_key: bytes, partitions: int) -> int:
    """The partition a keyed message belongs to, by Java's default partitioner."""
    return (murmur2(message_key) & 0x7FFFFFFF) % partitions
