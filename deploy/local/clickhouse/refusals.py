"""What the engine cannot do, refused with what to do instead, and what nobody may do over HTTP."""

from __future__ import annotations

import itertools

from deploy.local.clickhouse.errors import (
    NOT_IMPLEMENTED,
    ClickHouseError,
    error,
)
from deploy.local.clickhouse.lexer import Token
from deploy.local.clickhouse.statement import Query

_ENGINES = {
    "KAFKA": "read the topic with a consumer and insert over HTTP",
    "RABBITMQ": "read the queue with a consumer and insert over HTTP",
    "NATS": "read the subject with a consumer and insert over HTTP",
    "KEEPERMAP": "use EmbeddedRocksDB, Join or ReplacingMergeTree",
}
_ACCESS_WORDS = {"USER", "ROLE", "QUOTA", "POLICY", "PROFILE"}
_ACCESS = (
    "users, roles, policies and grants are kept in the server's users file; edit it and restart"
)


def refusal(query: Query) -> ClickHouseError | None:
    """Why this statement is not passed to the engine, or None."""
    words = query.words
    if words[:2] == ("EXECUTE", "AS"):
        return error(NOT_IMPLEMENTED, f"EXECUTE AS: {_ACCESS}")
    if words[:1] in (("GRANT",), ("REVOKE",)):
        return error(NOT_IMPLEMENTED, f"{words[0]}: {_ACCESS}")
    if words[:1] in (("CREATE",), ("ALTER",), ("DROP",)) and _names_access(words[1:5]):
        return error(NOT_IMPLEMENTED, f"{words[0]} {words[1]}: {_ACCESS}")
    if words[:1] in (("CREATE",), ("ATTACH",), ("REPLACE",)):
        return _engine_refusal(query.tokens)
    if "OUTFILE" in query.keywords and _has(query.tokens, "INTO", "OUTFILE"):
        return error(NOT_IMPLEMENTED, "INTO OUTFILE is the client's work; the answer is the file")
    if query.inserts:
        return _insert_refusal(query)
    return None


def _insert_refusal(query: Query) -> ClickHouseError | None:
    if _has(query.tokens, "FROM", "INFILE"):
        return error(NOT_IMPLEMENTED, "FROM INFILE is the client's work; send the rows as the body")
    if _calls_input(query.tokens):
        return error(
            NOT_IMPLEMENTED,
            "No input() here: insert the rows into a temporary table in a session, or send them as "
            "an external table, and INSERT ... SELECT from that",
        )
    return None


def _calls_input(tokens: tuple[Token, ...]) -> bool:
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(
        one.keyword in ("FROM", "JOIN") and two.keyword == "INPUT" and three.text == b"("
        for one, two, three in triples
    )


def _names_access(words: tuple[str, ...]) -> bool:
    """`CREATE USER`, `CREATE ROW POLICY`, ...; not `CREATE TABLE role`."""
    kind = words[:2] if words[:1] in (("ROW",), ("SETTINGS",), ("MASKING",)) else words[:1]
    return bool(_ACCESS_WORDS.intersection(kind))


def _engine_refusal(tokens: tuple[Token, ...]) -> ClickHouseError | None:
    for index, token in enumerate(tokens[:-1]):
        if token.keyword != "ENGINE" or token.depth:
            continue
        following = [after for after in tokens[index + 1 : index + 3] if after.text != b"="]
        name = following[0].keyword if following else ""
        if name in _ENGINES:
            return error(NOT_IMPLEMENTED, f"No {name} engine here: {_ENGINES[name]}")
        if name.startswith("REPLICATED"):
            instead = "use the engine of the same name without Replicated"
            return error(NOT_IMPLEMENTED, f"Nothing is replicated on one machine: {instead}")
    return None


def _has(tokens: tuple[Token, ...], first: str, second: str) -> bool:
    """Whether these two words stand next to each other, outside of brackets."""
    pairs = itertools.pairwise(tokens)
    return any(
        one.keyword == first and two.keyword == second and one.depth == 0 for one, two in pairs
    )
