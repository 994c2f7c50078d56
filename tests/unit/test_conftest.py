"""The guard that keeps tests off the network."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest


def test_a_test_without_the_marker_may_not_connect() -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match="without @pytest"):
        client.connect(("127.0.0.1", 9))


def test_nor_listen() -> None:
    with socket.socket() as server, pytest.raises(RuntimeError, match="without @pytest"):
        server.bind(("127.0.0.1", 0))


@pytest.mark.server
def test_with_the_marker_it_may() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


async def test_an_event_loop_needs_no_network() -> None:
    await asyncio.sleep(0)


def test_the_developers_stack_is_out_of_reach() -> None:
    assert os.environ["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:1"
