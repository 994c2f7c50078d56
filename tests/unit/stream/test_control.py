"""An operator's word as it is stored."""

from __future__ import annotations

import pytest

from stream.control import Word, decode


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        (None, Word()),
        ("", Word()),
        ('{"paused": true}', Word(paused=True)),
        ('{"flood_until": 7, "start_at": 9, "of a newer version": [1]}', Word(False, 7, 9)),
    ],
)
def test_words_of_other_versions_are_understood(metadata: str | None, word: Word) -> None:
    assert decode(metadata) == word
