"""Who is in the way."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from deploy.local.home import StackError, free_port, is_free
from deploy.local.occupied import refuse_if_held, refuse_if_taken


@pytest.mark.server
def test_a_taken_port_is_told_with_its_process_and_the_way_out() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(StackError, match=rf"Port {port} is taken by process {os.getpid()} "):
            refuse_if_taken(port, "Choose another.")
        assert not is_free(port)
        assert free_port(port) != port
    assert free_port(port) == port
    refuse_if_taken(port, "Choose another.")


def test_a_held_directory_is_told_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    refuse_if_held(lock, tmp_path)
    with lock.open("w"), pytest.raises(StackError, match=rf"in use by process {os.getpid()} "):
        refuse_if_held(lock, tmp_path)
    refuse_if_held(lock, tmp_path)
