from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from queries.api.gate import Rate, host_name, presented
from queries.errors import TooManyRequests


def test_bursts_pass_and_what_goes_on_is_held_to_the_rate() -> None:
    clock = [0.0]
    rate = Rate(2, lambda: clock[0])
    for _ in range(10):
        rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert refused.value.retry_after == 1
    rate.take("b")
    clock[0] += 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8000", "127.0.0.1"),
        ("localhost", "localhost"),
        ("[::1]:8000", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_is_known_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": "Basic abc"}, ""),
        ({"cookie": "x=1; baton_token=abc"}, "abc"),
        ({"cookie": "\x00=;;"}, ""),
        ({}, ""),
    ],
)
def test_a_token_is_taken_from_header_or_cookie(headers: dict[str, str], token: str) -> None:
    assert presented(Headers(headers)) == token
