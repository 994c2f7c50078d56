"""What a request asks for, wherever in URL, headers or form it says so."""

from __future__ import annotations

import base64
import binascii
import functools
import itertools
import random
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.local.clickhouse import compression
from deploy.local.clickhouse.configuration import MARK
from deploy.local.clickhouse.errors import (
    AUTHENTICATION_FAILED,
    BAD_ARGUMENTS,
    REQUIRED_PASSWORD,
    error,
)
from deploy.local.clickhouse.sessions import DEFAULT_TIMEOUT, parse_timeout
from deploy.local.clickhouse.statement import SHORT

# Parameters that are neither settings nor query parameters.
_RESERVED = {
    *("query", "database", "user", "password", "quota_key", "role", "query_id", "stacktrace"),
    *("session_id", "session_timeout", "session_check", "close_session", "client_protocol_version"),
    *("default_format", "compress", "decompress", "buffer_size", "wait_end_of_query"),
    *("http_method", "framing", MARK),
}
_STRUCTURE = ("_format", "_types", "_structure")
_HEADERS = (
    *("Authorization", "X-ClickHouse-User", "X-ClickHouse-Key", "X-ClickHouse-Database"),
    *("X-ClickHouse-Format", "Accept-Encoding", "Content-Encoding"),
)


@dataclass(frozen=True)
class External:
    """A table sent along with a query: its columns, as the engine reads them, and its rows."""

    name: str
    columns: str
    format: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Call:
    """One request, but for its id, by which alone it may differ from another.

    Settings are plain text; parameters are tab-escaped, as the engine takes them.

    `session_id` is None outside of a session; `default_format` where the request names none.
    `plans` is what was decided about the statements of this request; kept here, it goes with it.
    """

    user: str
    password: str = field(repr=False)
    query: bytes
    database: str | None
    settings: Mapping[str, str]
    parameters: Mapping[str, str]
    externals: tuple[External, ...]
    default_format: str
    reads_only: bool
    encoding: str
    body_encoding: str
    wait_end: bool
    protocol: int
    session_id: str | None
    session_timeout: float
    session_check: bool
    session_last: bool
    has_form: bool = False
    plans: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)


def read_call(
    method: str,
    headers: Mapping[str, str],
    given: Mapping[str, str],
    files: Mapping[str, bytes] | None = None,
) -> Call:
    """Read a request; `given` are the parameters of URL and form, `files` the form's files.

    Raises:
        ClickHouseError: Credentials are missing or given twice, a number is none, ...
    """
    said = tuple([headers.get(name) for name in _HEADERS])
    if files or sum(map(len, given.values())) > SHORT:
        return _read(method, said, tuple(given.items()), files)
    return _read_short(method, said, tuple(given.items()))


def _read(
    method: str,
    said: tuple[str | None, ...],
    parameters: tuple[tuple[str, str], ...],
    files: Mapping[str, bytes] | None = None,
) -> Call:
    headers = {name: value for name, value in zip(_HEADERS, said, strict=True) if value is not None}
    given = dict(parameters)
    user, password = credentials(headers, given)
    externals = tuple(_external(name, data, given) for name, data in (files or {}).items())
    return Call(
        user=user,
        password=password,
        query=given.get("query", "").encode(errors="surrogateescape"),
        database=given.get("database") or headers.get("X-ClickHouse-Database"),
        settings=_settings(given, [external.name for external in externals]),
        parameters={k.removeprefix("param_"): v for k, v in given.items() if k[:6] == "param_"},
        externals=externals,
        default_format=given.get("default_format")
        or headers.get("X-ClickHouse-Format")
        or "TabSeparated",
        reads_only=method != "POST",
        encoding=_response_encoding(headers, given),
        body_encoding=_body_encoding(headers, given),
        wait_end=_flag(given, "wait_end_of_query"),
        protocol=_number(given, "client_protocol_version"),
        session_id=given.get("session_id"),
        session_timeout=_timeout(given),
        session_check=_flag(given, "session_check"),
        session_last=_flag(given, "close_session"),
    )


# Clients repeat themselves.
_read_short = functools.lru_cache(maxsize=256)(_read)


def new_query_id() -> str:
    """A random UUID as text; to make it by way of an object takes three times as long."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def credentials(headers: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, str]:
    """User and password, from Basic authorization, ClickHouse's headers, or the URL.

    Raises:
        ClickHouseError: 194, none are given; 516, more than one way is used, or it is broken.
    """
    ways = []
    if "Authorization" in headers:
        ways.append(_basic(headers["Authorization"]))
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        name = headers.get("X-ClickHouse-User", "default")
        ways.append((name, headers.get("X-ClickHouse-Key", "")))
    if not ways and ("user" in given or "password" in given):
        ways.append((given.get("user", "default"), given.get("password", "")))
    if len(ways) > 1:
        raise error(
            AUTHENTICATION_FAILED,
            "Invalid authentication: it is not allowed to use Authorization HTTP header and "
            "X-ClickHouse HTTP headers simultaneously",
        )
    if not ways:
        raise error(REQUIRED_PASSWORD, "This server has no user without a password; log in")
    return ways[0]


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise error(
            AUTHENTICATION_FAILED,
            f"Invalid authentication: '{scheme}' HTTP Authorization scheme is not supported",
        ) from None
    return user, password


def _settings(given: Mapping[str, str], externals: list[str]) -> dict[str, str]:
    described = {name + suffix for name in externals for suffix in _STRUCTURE}
    settings = {
        name: value
        for name, value in given.items()
        if name not in _RESERVED and name not in described and not name.startswith("param_")
    }
    return settings


def _response_encoding(headers: Mapping[str, str], given: Mapping[str, str]) -> str:
    if _flag(given, "compress"):
        return "clickhouse"
    if not _flag(given, "enable_http_compression"):
        return ""
    return compression.choose(headers.get("Accept-Encoding", ""))


def _body_encoding(headers: Mapping[str, str], given: Mapping[str, str]) -> str:
    return "clickhouse" if _flag(given, "decompress") else headers.get("Content-Encoding", "")


def _timeout(given: Mapping[str, str]) -> float:
    text = given.get("session_timeout")
    return DEFAULT_TIMEOUT if text is None else parse_timeout(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    return given.get(name, "0").lower() in ("1", "true")


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "0")
    if not text.isdigit():
        raise error(BAD_ARGUMENTS, f"{name} is no number: '{text}'")
    return int(text)


def _external(name: str, data: bytes, given: Mapping[str, str]) -> External:
    structure = given.get(f"{name}_structure")
    types = given.get(f"{name}_types")
    if structure is None and types is None:
        raise error(BAD_ARGUMENTS, f"Neither structure nor types are given for table {name}")
    if structure is None:
        parts = enumerate(_split(types or ""), 1)
        structure = ", ".join(f"_{number} {part}" for number, part in parts)
    return External(name, structure, given.get(f"{name}_format", "TabSeparated"), data)


def _split(types: str) -> list[str]:
    """Split at the commas outside of brackets."""
    ends, depth = [-1], 0
    for at, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            ends.append(at)
    return [types[one + 1 : two] for one, two in itertools.pairwise([*ends, len(types)])]
