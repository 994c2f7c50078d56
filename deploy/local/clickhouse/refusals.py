"""What the engine cannot do, refused with what to do instead, and what nobody may do over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from deploy.local.clickhouse.errors import (
    ACCESS_DENIED,
    NOT_IMPLEMENTED,
    READONLY,
    ClickHouseError,
    error,
)
from deploy.local.clickhouse.statement import Query, Token, settings_named

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
# In another language nothing of what is refused here would be found, and no setting be put back.
_LANGUAGE = "dialect"
# What a reader could use to become someone else, to run what is refused, or to leave the machine.
_PROTECTED_SETTINGS = {
    *("profile", "readonly", "allow_ddl", "allow_introspection_functions"),
    *("allow_experimental_eval_table_function", "allow_experimental_ai_functions"),
    "input_format_record_errors_file_path",
}
# Functions that grants do not cover: any file's content, a text as SQL, what lies in this process.
_NOT_GRANTED = {b"file", b"eval", b"python"}
_QUOTES = '`"\u201c\u201d'.encode()


def refusal(query: Query) -> ClickHouseError | None:
    """Why this statement is not passed to the engine, or None."""
    words = query.words
    if _LANGUAGE in settings_named(query):
        return _no_other_language()
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


def _resets_a_setting(tokens: tuple[Token, ...]) -> bool:
    """`name = DEFAULT` is the engine's default, whatever limit the user has."""
    pairs = itertools.pairwise(tokens)
    return any(one.text == b"=" and two.keyword == "DEFAULT" for one, two in pairs)


def _has(tokens: tuple[Token, ...], first: str, second: str) -> bool:
    """Whether these two words stand next to each other, outside of brackets."""
    pairs = itertools.pairwise(tokens)
    return any(
        one.keyword == first and two.keyword == second and one.depth == 0 for one, two in pairs
    )


def settings_refusal(names: Iterable[str], reader: bool) -> ClickHouseError | None:
    """Why a request may not change these settings; the engine decides the rest."""
    if _LANGUAGE in names:
        return _no_other_language()
    protected = _PROTECTED_SETTINGS.intersection(names) if reader else set()
    if protected:
        return error(READONLY, f"Cannot modify {min(protected)!r} setting in readonly mode")
    return None


def _no_other_language() -> ClickHouseError:
    return error(NOT_IMPLEMENTED, f"No {_LANGUAGE} here but ClickHouse's own SQL")


def reader_refusal(query: Query, reads_only: bool) -> ClickHouseError | None:
    """Why a read-only user may not run this; the engine's grants decide the rest."""
    if _resets_a_setting(query.tokens):
        return error(READONLY, "Cannot set a setting to DEFAULT in readonly mode")
    if problem := settings_refusal(settings_named(query), reader=True):
        return problem
    if problem := _not_granted(query.tokens):
        return problem
    if query.words[:1] in (("USE",), ("SET",)) and "ROLE" not in query.words[1:3]:
        return None
    if reads_only:
        return None
    return error(ACCESS_DENIED, "Not enough privileges: this user only reads")


def _not_granted(tokens: tuple[Token, ...]) -> ClickHouseError | None:
    """Whatever bears such a name, as functions are called by `APPLY name`, too."""
    for token in tokens:
        if token.kind not in ("string", "heredoc") and b"\\" in token.text:
            return error(ACCESS_DENIED, "Not enough privileges: no name with a backslash, please")
        if token.kind in ("word", "quoted") and token.text.strip(_QUOTES).lower() in _NOT_GRANTED:
            return error(
                ACCESS_DENIED,
                f"Not enough privileges: {token.text.decode()} is a function that only"
                " administrators may call; give a column of this name another one",
            )
    return None
