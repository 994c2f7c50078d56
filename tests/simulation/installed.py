"""Puts the simulated libraries in the place of the real ones, for the whole of this process.

To be imported before anything of the product: its modules then find simulated Kafka clients, a
simulated RocksDB, the virtual clock, and processes that end in the world alone. The product itself
is as it is. What needs the real ones runs in another process.
"""

from __future__ import annotations

import concurrent.futures
import gc
import logging
import os
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from types import ModuleType, SimpleNamespace

import confluent_kafka
import confluent_kafka.admin
import faust
import rocksdict

from tests.simulation import rocks
from tests.simulation.kafka.consumer import AdminClient, Consumer
from tests.simulation.kafka.producer import Producer
from tests.simulation.world import EPOCH, clock, here

wall_clock, collect = time.perf_counter, gc.collect
"""The real ones, for whoever runs schedules."""

assert "stream.partition" not in sys.modules, "import tests.simulation.installed first"
assert faust  # imported with the real libraries, which it goes on with


def _exchange(name: str, base: ModuleType, **parts: object) -> None:
    made = ModuleType(name)
    kept = {key: value for key, value in vars(base).items() if not key.startswith("__")}
    made.__dict__.update(kept | parts)
    sys.modules[name] = made


class Timer:
    """threading.Timer, of the process that makes it."""

    def __init__(self, seconds: float, call: Callable[..., object], args: Sequence[object] = ()):
        self._what, self.daemon = (seconds, call, args), True

    def start(self) -> None:
        seconds, call, args = self._what
        world = here()
        world.spawn(world.process, call, *args, delay=seconds)


class Path(PurePosixPath):
    """A place on the world's disk."""

    def mkdir(self, *_: object, **__: object) -> None:
        pass


def _exit(code: int) -> None:
    world = here()
    process = world.process
    if not process.dead:
        world.tell(f"ENDS ITSELF with code {code}")
        process.ended_itself = world.now  # type: ignore[attr-defined]
        world.kill(process)


def _remove(path: object, **_: object) -> None:
    here().disk.pop(str(path), None)


_exchange("confluent_kafka", confluent_kafka, Consumer=Consumer, Producer=Producer)
_exchange("confluent_kafka.admin", confluent_kafka.admin, AdminClient=AdminClient)
sys.modules["confluent_kafka"].admin = sys.modules["confluent_kafka.admin"]  # type: ignore[attr-defined]
_exchange("rocksdict", rocksdict, **{n: v for n, v in vars(rocks).items() if n in vars(rocksdict)})

time.monotonic = clock
time.time = lambda: EPOCH + clock()
time.time_ns = lambda: int((EPOCH + clock()) * 1e9)
time.sleep = lambda seconds: here().sleep(seconds)
threading.Timer = Timer  # type: ignore[misc,assignment]
os._exit = _exit  # type: ignore[assignment]
shutil.rmtree = _remove  # type: ignore[assignment]
concurrent.futures.ThreadPoolExecutor = lambda *_: SimpleNamespace(  # type: ignore[misc,assignment]
    shutdown=lambda: None
)
for name in ("collect", "freeze", "set_threshold"):  # a worker's, of which there are thousands
    setattr(gc, name, lambda *_: 0)
for variable in [each for each in os.environ if each.startswith(("BATON_", "KAFKA_"))]:
    del os.environ[variable]
os.environ["KAFKA_BOOTSTRAP_SERVERS"] = "simulated:9092"
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore", "coroutine .* was never awaited")  # by a process that was killed

from stream import faults, owners  # noqa: E402

owners.owner = lambda *_: None  # aiokafka asks
faults.point = lambda name: here().step(name, 0.0005)


def unhurried() -> None:
    """Turns that only look whether there is something to do cost steps, and show nothing: what
    comes wakes whoever waits for it."""
    import sink.consumer
    import stream.app

    sink.consumer.TURN = 3.0
    stream.app._LOOKED = 9.0
