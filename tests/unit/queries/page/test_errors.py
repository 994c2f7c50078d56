"""Every error has a heading on the page, and a language that is none is told by its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.variables import Misconfigured
from queries.errors import QueryError
from queries.page import render, texts


def kinds(of: type[QueryError] = QueryError) -> Iterator[type[QueryError]]:
    yield of
    for one in of.__subclasses__():
        yield from kinds(one)


def test_every_error_has_a_heading() -> None:
    said = texts.load()
    for kind in kinds():
        assert said(f"problem.{kind.slug}")


@pytest.mark.parametrize("text", ['language = "qq"', "language =", 'language = "/"'])
def test_a_file_that_is_no_language_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "xx.toml").write_text(text)
    monkeypatch.setattr(texts, "files", lambda package: tmp_path)
    monkeypatch.setenv("BATON_LANGUAGE", "xx")
    with pytest.raises(Misconfigured, match=r"texts/xx.toml is no language"):
        render.texts()


def test_a_language_that_has_no_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_LANGUAGE", "zz")
    with pytest.raises(Misconfigured, match="BATON_LANGUAGE is 'zz'"):
        render.texts()
