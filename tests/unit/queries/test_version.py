from __future__ import annotations

import re
from pathlib import Path

from queries import sql
from sink.chain import tables


def test_the_version_is_of_every_table_that_is_read() -> None:
    folder = Path(sql.__file__).parent
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    named = re.findall(r"'(\w+)'", texts.pop("version").partition("AS read")[0])
    read = {table for text in texts.values() for table in re.findall(r"FROM (\w+)", text)}
    assert set(named) == read & set(tables())
