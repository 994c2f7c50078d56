"""Being told to end."""

from __future__ import annotations

import os
import signal

import pytest

from deploy.local.signals import ended_by_signals, undisturbed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_ended_is_like_ctrl_c(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), ended_by_signals():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_clean_up_is_not_interrupted() -> None:
    before = signal.getsignal(signal.SIGINT)
    done = []
    with undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(True)
    assert done
    assert signal.getsignal(signal.SIGINT) == before
