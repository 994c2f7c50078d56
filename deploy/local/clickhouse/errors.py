"""Errors as ClickHouse tells them: a code, a text, and the HTTP status that goes with the code."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What the front adds to a statement is not the client's concern. Each part has a greatest length:
# a client may have chosen the text.
_ADDED = re.compile(
    r"\n/\*query_id:[0-9a-f]*\*/|\nINTO OUTFILE '[^'\n]{0,512}' APPEND"
    r"|\nFROM INFILE '[^'\n]{0,512}' COMPRESSION 'none'"
    r"|: \(in file/uri [^)\n]{0,512}\)|: data for INSERT was parsed from file|\n\nAt:(?:\n  .*)*\n?"
)
_CODE = re.compile(r"Code: (\d+)\. DB::")

SYNTAX_ERROR = (62, "SYNTAX_ERROR")
NOT_IMPLEMENTED = (48, "NOT_IMPLEMENTED")
BAD_ARGUMENTS = (36, "BAD_ARGUMENTS")
READONLY = (164, "READONLY")
UNKNOWN_SETTING = (115, "UNKNOWN_SETTING")
UNKNOWN_FORMAT = (73, "UNKNOWN_FORMAT")
TIMEOUT = (159, "TIMEOUT_EXCEEDED")
ACCESS_DENIED = (497, "ACCESS_DENIED")
AUTHENTICATION_FAILED = (516, "AUTHENTICATION_FAILED")
REQUIRED_PASSWORD = (194, "REQUIRED_PASSWORD")
SESSION_NOT_FOUND = (372, "SESSION_NOT_FOUND")
SESSION_IS_LOCKED = (373, "SESSION_IS_LOCKED")
INVALID_SESSION_TIMEOUT = (374, "INVALID_SESSION_TIMEOUT")
TOO_MANY_SIMULTANEOUS_QUERIES = (202, "TOO_MANY_SIMULTANEOUS_QUERIES")
QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING = (216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING")
QUERY_IS_TOO_LARGE = (229, "QUERY_IS_TOO_LARGE")
CANNOT_DECOMPRESS = (271, "CANNOT_DECOMPRESS")
CHECKSUM_DOESNT_MATCH = (40, "CHECKSUM_DOESNT_MATCH")
UNKNOWN_COMPRESSION_METHOD = (89, "UNKNOWN_COMPRESSION_METHOD")
NOT_ENOUGH_SPACE = (243, "NOT_ENOUGH_SPACE")
SERVER_SHUTTING_DOWN = (210, "NETWORK_ERROR")
UNKNOWN_EXCEPTION = 1002

# HTTP status of the codes that have one of their own, as ClickHouse answers; all others are 500.
_STATUS = {
    400: (
        *(6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321),
        *(376, 427, 441, 675, 676),
    ),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    501: (48,),
    503: (76, 202, 209, 439),
}
_STATUS_OF_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


@dataclass
class ClickHouseError(Exception):
    """What goes wrong while a request is served; `text` is what ClickHouse would send."""

    code: int
    text: str

    @property
    def status(self) -> int:
        """The HTTP status of the error's code."""
        return _STATUS_OF_CODE.get(self.code, 500)

    def __str__(self) -> str:
        return self.text


def error(kind: tuple[int, str], message: str) -> ClickHouseError:
    """An error of the front, worded as the engine words its own."""
    code, name = kind
    return ClickHouseError(code, f"Code: {code}. DB::Exception: {message} ({name})")


def from_engine(raised: BaseException) -> ClickHouseError:
    """The engine's error: a RuntimeError whose text carries the code."""
    text = _ADDED.sub("", str(raised).strip())
    found = _CODE.search(text)
    return ClickHouseError(int(found[1]) if found else UNKNOWN_EXCEPTION, text)
