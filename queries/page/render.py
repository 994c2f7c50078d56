"""Templates and what they may call."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from babel import UnknownLocaleError
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from producers.variables import Misconfigured
from queries.filters import NOBODY
from queries.log import COLUMNS
from queries.page import fetch
from queries.page.texts import Texts, load, local_time, offset

HERE = Path(__file__).parent
_STATIC = HERE / "static"
_LEVELS = 6


def texts() -> Texts:
    """The texts of `BATON_LANGUAGE` (default: en); raises Misconfigured."""
    language = os.environ.get("BATON_LANGUAGE") or "en"
    try:
        return load(language)
    except FileNotFoundError:
        wanted = "the name of a file in queries/page/texts, such as 'en'"
        raise Misconfigured(f"BATON_LANGUAGE is {language!r}, and must be {wanted}") from None
    except (UnknownLocaleError, ValueError) as error:
        raise Misconfigured(f"queries/page/texts/{language}.toml is no language: {error}") from None


def page(
    request: Request, template: str, context: dict[str, Any], status: int = 200
) -> HTMLResponse:
    """A template as a response."""
    response: HTMLResponse = _templates().TemplateResponse(
        request, template, {**context, "t": texts()}, status_code=status
    )
    return response


def asset(path: str) -> str:
    """The address of a static file, with a mark that changes when the file does."""
    mark = fetch.HERE / "package.json" if path.startswith("/vendor/") else _STATIC / Path(path).name
    return f"{path}?v={_digest(str(mark))}"


@cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:10]


def heat(count: int, most: int) -> int:
    """How strongly a cell is shaded, 0 to 6."""
    return round(_LEVELS * (count / most) ** 0.5) if most else 0


def data(value: Any) -> str:
    """JSON that can stand inside a script element of type application/json."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@cache
def _templates() -> Jinja2Templates:
    templates = Jinja2Templates(directory=HERE / "templates")
    templates.env.trim_blocks = templates.env.lstrip_blocks = True
    templates.env.globals.update(
        asset=asset, columns=COLUMNS, heat=heat, json_data=data, local_time=local_time,
        offset=offset, nobody=NOBODY,
    )  # fmt: skip
    return templates
