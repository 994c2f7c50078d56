"""Statements are split as the engine splits them: what is refused may not hide in what differs."""

from __future__ import annotations

import json
import random

import pytest

from deploy.local.clickhouse.statement import tokens
from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

KINDS = {
    "BareWord": "word",
    "QuotedIdentifier": "quoted",
    "StringLiteral": "string",
    "HereDoc": "heredoc",
    "Number": "number",
}
PIECES = [
    *("'", '"', "`", "''", '""', "``", "\\", "\\'", "\\x", "‘", "’", "“", "”"),
    *("/*", "*/", "//", "--", "---", "#", "# ", "#!", "\n", "\r", "\v", " ", "\u00a0", "\u2028"),
    *("$", "$$", "$a$", "$1$", "$file$", "a$b", "a$", "$a", "_$a$", "1$$", "1$a$", "é$a$"),
    *("file", " file ", "file(", "`file`", '"file"', "“file”", "1.file", "x", "_1", "é", "−"),
    *(
        "1",
        "1e",
        "1_0",
        "0x",
        "0xf",
        "0b1",
        "x'",
        "X'",
        "b'",
        "E'",
        ".",
        "..",
        ".1",
        "-",
        "@",
        "@@",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "::",
        "\u0085",
        "\u180e",
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u3000",
    ),
]
ENDS = ["", " file ", " file('x') --'", " file /*"]
MANY = 20_000


def test_as_the_engine_does(server: LocalServer) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    made = [
        "".join(chance.choices(PIECES, k=chance.randint(1, 14))) + chance.choice(ENDS)
        for _ in range(MANY)
    ]
    server.ask("CREATE OR REPLACE TABLE statements (sql String) ENGINE = Memory")
    rows = "\n".join(json.dumps({"sql": sql}) for sql in made)
    server.ask(f"INSERT INTO statements FORMAT JSONEachRow\n{rows}")
    answer = server.ask(
        "SELECT sql, tokenizeQuery(sql) AS found FROM statements FORMAT JSONEachRow"
    )
    server.ask("DROP TABLE statements SYNC")
    compared = [row for row in map(json.loads, answer.split("\n")) if _is_whole(row)]
    assert len(compared) > MANY // 10
    for row in compared:
        theirs = [
            (int(one["begin"]), int(one["end"]), KINDS[one["type"]])
            for one in row["found"]
            if one["type"] in KINDS
        ]
        ours = [(t.start, t.end, t.kind) for t in tokens(row["sql"].encode()) if t.kind != "other"]
        assert ours == theirs, repr(row["sql"])


def _is_whole(row: dict[str, list[dict[str, str]] | str]) -> bool:
    """No error in it; at the very beginning or end the engine splits numbers in ways of its own."""
    text, found = row["sql"], row["found"]
    assert isinstance(text, str)
    assert isinstance(found, list)
    errors = any(one["type"].startswith("Error") for one in found)
    return not (errors or text.startswith(".") or text.rstrip("+-").endswith(("e", "E")))
