"""Blocks of the Native format as clients of a newer protocol expect them.

The engine writes Native for the oldest protocol. Newer ones have an info before each block, and
the time zone of a DateTime column in its type.
"""

from __future__ import annotations

import json

# No overflow row, no bucket number: field 1 (byte) 0, field 2 (int32) -1, end.
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_BARE = b"\x08DateTime"
# From here on each column says how it is serialized, which the engine's blocks do not.
UNSUPPORTED_PROTOCOL = 54454


def may_lack_zones(block: bytes) -> bool:
    """Whether a block may have a DateTime column whose zone got lost."""
    return _BARE in block


def zones(description: bytes) -> dict[str, list[str]]:
    """The columns that are plain DateTime with or without a zone, from `DESCRIBE` as JSONCompact.

    Returns:
        The types by column name; a list, as names may repeat.
    """
    found: dict[str, list[str]] = {}
    for name, type_name, *_ in json.loads(description)["data"]:
        if type_name == "DateTime" or type_name.startswith("DateTime("):
            found.setdefault(name, []).append(type_name)
    return found


def with_zones(block: bytes, types: dict[str, list[str]]) -> bytes:
    """The block with its DateTime columns' full types.

    A column's header is looked for by its bytes. Where the same bytes stand in the data, too, it
    cannot be told which is the header, and the block stays as it is.
    """
    for name, full in types.items():
        label = _string(name)
        bare, count = label + _BARE, len(full)
        if len(set(full)) == 1 and full[0] != "DateTime" and block.count(bare) == count:
            block = block.replace(bare, label + _string(full[0]))
    return block


def _string(text: str) -> bytes:
    data = text.encode()
    size, length = len(data), bytearray()
    while size >= 0x80:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes(length) + data
