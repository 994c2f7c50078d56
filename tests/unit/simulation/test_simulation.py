"""The simulation replays, makes failures smaller, and finds what was put into the product."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS

ROOT = Path(__file__).parents[3]
WITHIN = 5000
"""Schedules within which each fault is found."""


def simulate(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and output: the libraries are exchanged for a whole process."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout + found.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_put_in_is_found(name: str) -> None:
    code, output = simulate(f"--schedules={WITHIN}", "--no-shrink", MUTANT=name)
    assert code == 1, output[-2000:]
    (broken,) = re.findall(r"^SEED \d+ FAILS: ([a-z ]+):", output, re.MULTILINE)
    assert broken in MUTANTS[name].breaks.split(", "), output[-2000:]


def test_a_failure_is_made_smaller_and_shown() -> None:
    name = "a batch counts as written before it is inserted"
    code, output = simulate("--schedules=500", MUTANT=name)
    assert code == 1
    before, after = map(
        int, re.findall(r"of its (\d+) faults and events that still lead to it, (\d+):", output)[0]
    )
    assert after < before / 2, output[-2000:]
    assert "Again: make simulate SEED=" in output


def test_a_seed_replays_whatever_the_hash_seed() -> None:
    assert len({simulate("--seed=7", PYTHONHASHSEED=seed) for seed in ("1", "2", "77")}) == 1


def test_unknown_kinds_are_named_with_those_there_are() -> None:
    code, output = simulate("--kinds=earthquake")
    assert code == 2
    assert "earthquake: there are" in output
    assert "freeze" in output
