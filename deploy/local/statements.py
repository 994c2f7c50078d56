"""What the local ClickHouse is working on."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

import orjson
import urllib3

from deploy.local import environment
from deploy.local.home import Home

_SQL = r"""
WITH replaceRegexpOne(query, '\n/\*query_id:.*\*/', '') AS given
SELECT elapsed, left(trimRight(replaceRegexpAll(given, '\s+', ' ')), 100)
FROM system.processes
WHERE query NOT LIKE '%FROM system.processes%'
ORDER BY elapsed DESC
FORMAT JSONCompact
"""


@dataclass(frozen=True)
class Statement:
    """One that runs, for so many seconds by now; its text as one line, cut at 100 characters."""

    seconds: float
    query: str


def running(home: Home) -> list[Statement]:
    """All that run, the longest first; none where no local ClickHouse answers."""
    address = environment.addresses(home).get(environment.CLICKHOUSE)
    if address is None:
        return []
    url = urllib3.util.parse_url(address)
    headers = urllib3.make_headers(basic_auth=unquote(url.auth or ""))
    root = f"http://{url.host}:{url.port}/"
    try:
        answer = urllib3.request("POST", root, body=_SQL, headers=headers, timeout=2, retries=0)
        return [Statement(*row) for row in orjson.loads(answer.data)["data"]]
    except (urllib3.exceptions.HTTPError, ValueError):
        return []
