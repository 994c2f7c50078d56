"""32 clients on a local ClickHouse for some minutes: nothing grows, nothing fails but what should.

    python -m tests.benchmarks.clickhouse_soak --minutes 10

The first fifth of the time warms up: the engine never gives back a thread, of which it makes as
many as were ever needed at once, and its caches fill. Growth is looked for after that in two ways:
under load, from early to late, and at rest, when all clients have left, before and after the rest
of the time. Each of the engine's threads holds three descriptors from its first query on, its
counters in /proc; all others are counted apart, too.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import click
import httpx
import psutil

from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer
from tests.support import wait_for

CLIENTS = 32
SAMPLE_EVERY = 10.0
WARM_UP, SPAN, REST = 0.2, 0.25, 20.0
NAMES = ("MB", "threads", "descriptors", "descriptors but for counters")
Sample = tuple[float, int, int, int]
TABLE = """
CREATE TABLE soak (id UInt64, name String, at DateTime DEFAULT now())
ENGINE = MergeTree ORDER BY id TTL at + INTERVAL 1 MINUTE
"""


class Soak:
    """What the clients do, and what they saw that should not be."""

    def __init__(self, server: LocalServer) -> None:
        self.server, self.done = server, threading.Event()
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def client(self, seed: int) -> None:
        """One client: reads, inserts, disconnects and bad requests, in a random order."""
        chance = random.Random(seed)
        actions = [self.read, self.read, self.insert, self.disconnect, self.bad]
        with self.server.client() as client:
            while not self.done.is_set():
                action = chance.choice(actions)
                try:
                    action(client, chance)
                    self.counts[action.__name__] += 1
                except Exception as error:
                    self.wrong.append(f"{action.__name__}: {error!r}")

    def read(self, client: httpx.Client, chance: random.Random) -> None:
        rows, form = chance.choice([1, 1000, 200_000]), chance.choice(["Native", "JSON", "TSV"])
        session = {"session_id": f"s{chance.random()}"} if chance.random() < 0.2 else {}
        sql = f"SELECT number, toString(number) FROM numbers({rows}) FORMAT {form}"
        answer = client.post("/", params=session, content=sql)
        assert answer.status_code == 200, answer.text[:300]

    def insert(self, client: httpx.Client, chance: random.Random) -> None:
        size = chance.choice([1, 100, 10_000])
        rows = "".join(f'{{"id":{number},"name":"n"}}\n' for number in range(size))
        params = {"query": "INSERT INTO soak FORMAT JSONEachRow"}
        answer = client.post("/", params=params, content=rows)
        assert answer.status_code == 200, answer.text[:300]

    def disconnect(self, client: httpx.Client, chance: random.Random) -> None:
        form = chance.choice(["Native", "JSON"])
        sql = f"SELECT number FROM numbers(1e12) FORMAT {form}"
        with client.stream("POST", "/", content=sql) as answer:
            next(iter(answer.iter_bytes()))
        with suppress(httpx.ReadTimeout):
            client.post("/", content="SELECT count() FROM numbers(1e13)", timeout=0.1)

    def bad(self, client: httpx.Client, chance: random.Random) -> None:
        sql = chance.choice(
            ["SELEC 1", "SELECT nope", "INSERT INTO soak FORMAT CSV\nx,y,z\n", "\xff"]
        )
        answer = client.post("/", content=sql)
        assert 400 <= answer.status_code < 500, answer.text[:300]


def sample(process: psutil.Process) -> Sample:
    """What `NAMES` says."""
    open_files = [_target(f"/proc/{process.pid}/fd/{number}") for number in _descriptors(process)]
    others = sum(1 for target in open_files if "/task/" not in target)
    return process.memory_info().rss / 1e6, process.num_threads(), len(open_files), others


def _descriptors(process: psutil.Process) -> list[str]:
    return os.listdir(f"/proc/{process.pid}/fd")


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:  # closed meanwhile
        return ""


def _said(values: Sample) -> str:
    return ", ".join(f"{value:.0f} {name}" for value, name in zip(values, NAMES, strict=True))


def report(samples: list[Sample]) -> None:
    """What was typical of the first quarter and of the last, and how much it grew by the minute.

    The slope is that of a straight line through all.
    """
    span = max(int(len(samples) * SPAN), 2)
    minutes = [number * SAMPLE_EVERY / 60 for number in range(len(samples))]
    for name, *values in zip(NAMES, *samples, strict=True):
        early, late = statistics.median(values[:span]), statistics.median(values[-span:])
        slope = statistics.linear_regression(minutes, values).slope
        click.echo(
            f"{name}: median {early:.0f} early, {late:.0f} late (x {late / early:.2f}), "
            f"{min(values):.0f} to {max(values):.0f}, {slope:+.2f} a minute"
        )


@click.command()
@click.option("--minutes", type=float, default=10.0, show_default=True)
def main(minutes: float) -> None:
    """Run the clients, print a line every ten seconds, and at the end what they saw."""
    with (
        tempfile.TemporaryDirectory() as directory,
        local_server.running(Path(directory)) as server,
    ):
        server.ask(TABLE)
        soak, process = Soak(server), psutil.Process(server.process.pid)
        _run(soak, process, minutes * WARM_UP)
        before = _at_rest(server, process)
        samples = _run(soak, process, minutes * (1 - WARM_UP))
        after = _at_rest(server, process)
        report(samples)
        click.echo(f"at rest before: {_said(before)}")
        click.echo(f"at rest after: {_said(after)}")
        click.echo(f"nothing runs any more; wrong: {len(soak.wrong)} {soak.wrong[:5]}")


def _at_rest(server: LocalServer, process: psutil.Process) -> Sample:
    others = "SELECT count() FROM system.processes WHERE query NOT LIKE '%system.processes%'"
    wait_for(lambda: server.ask(others) == "0", deadline=60)
    time.sleep(REST)
    return sample(process)


def _run(soak: Soak, process: psutil.Process, minutes: float) -> list[Sample]:
    soak.done.clear()
    threads = [threading.Thread(target=soak.client, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    samples, end = [], time.monotonic() + minutes * 60
    while time.monotonic() < end:
        soak.done.wait(SAMPLE_EVERY)
        samples.append(sample(process))
        click.echo(f"{_said(samples[-1])}; {dict(soak.counts)}, wrong: {len(soak.wrong)}")
    soak.done.set()
    for thread in threads:
        thread.join()
    return samples


if __name__ == "__main__":
    main()
