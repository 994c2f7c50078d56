"""How names are made comparable for search: lower case, without accents, in any script."""

from __future__ import annotations

# Accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel marks. Not every mark: those of
# Indic and Japanese scripts are letters to their readers.
_MARKS = r"[\\x{0300}-\\x{036F}\\x{0591}-\\x{05C7}\\x{064B}-\\x{065F}\\x{0670}]"

# Of letters without a decomposition and of apostrophes what people type: o'brien for O’Brien.
_FROM, _TO = "łøđıς’‘ʼʻ′`", r"lodiσ\'\'\'\'\'\'"

_AS_TWO = {"ß": "ss", "æ": "ae", "œ": "oe"}


def searchable(expression: str) -> str:
    """ClickHouse SQL for the searchable form of a string expression.

    `people.folded` holds it; a needle must go through it too. `expression` is SQL, such as a column
    or a query parameter, never input.
    """
    bare = f"replaceRegexpAll(lowerUTF8(normalizeUTF8NFKD({expression})), '{_MARKS}', '')"
    found = f"translateUTF8(normalizeUTF8NFKC({bare}), '{_FROM}', '{_TO}')"
    for letter, letters in _AS_TWO.items():
        found = f"replaceAll({found}, '{letter}', '{letters}')"
    return found
