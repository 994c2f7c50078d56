"""Kafka's jars: from the Maven repository into the user's own Maven cache, once."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TotalFileSizeColumn

from deploy.local.home import StackError

KAFKA = "4.3.1"
# Without a binding Kafka logs nothing. log4j's managed versions would bring an older kafka-clients
# that the broker dies on, so that one is named, too.
COORDINATES = [
    f"org.apache.kafka:kafka_2.13:{KAFKA}",
    f"org.apache.kafka:kafka-clients:{KAFKA}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.1",
]
OFFLINE = f"""\
Kafka's jars (Apache Kafka {KAFKA}, 43 MB) are not all on this machine, and could not be fetched:
  {{cause}}
They are fetched once, from Maven Central. Run this again with a network, or name a Maven repository
of your own in ~/.config/jgo.conf:
  [repositories]
  central = URL
Or use a Kafka that runs already:
  export KAFKA_BOOTSTRAP_SERVERS=HOST:PORT"""


def classpath() -> list[Path]:
    """All jars of the broker; fetched, with progress shown, if they are not in the Maven cache.

    Raises StackError if they cannot be had.
    """
    from jgo.config import GlobalSettings

    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TotalFileSizeColumn(), transient=True
    )
    try:
        jars = _resolve(GlobalSettings.load(), progress)
    except (OSError, RuntimeError, ValueError) as error:
        raise StackError(OFFLINE.format(cause=_first_line(error))) from error
    finally:
        if progress.live.is_started:
            progress.stop()
    clients = [jar.name for jar in jars if jar.name.startswith("kafka-clients-")]
    if clients != [f"kafka-clients-{KAFKA}.jar"]:
        raise StackError(f"Kafka {KAFKA} was resolved with {clients}, which it cannot run with.")
    return jars


def _resolve(settings: Any, progress: Progress) -> list[Path]:
    """Artifacts alone, no jgo environment: that would fetch a JDK to tell modules from jars."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(
        resolver=PythonResolver(progress_callback=_shown(progress, Path(settings.repo_cache))),
        repo_cache=settings.repo_cache,
        remote_repos={"central": MAVEN_CENTRAL_URL, **settings.repositories},
    )
    wanted = [context.create_dependency(name) for name in COORDINATES]
    named, others = context.resolver.resolve(wanted)
    others = [one for one in others if one.scope in ("compile", "runtime")]
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(_jar, [one.artifact for one in [*named, *others]]))


def _jar(artifact: Any) -> Path:
    """Where the jar lies; one that a killed download left half is fetched again."""
    path = Path(artifact.resolve())
    if not zipfile.is_zipfile(path):
        path.unlink()
        path = Path(artifact.resolve())
    return path


def _shown(progress: Progress, cache: Path) -> Callable[[str, int], Any]:
    """jgo's hook around each download: one line for all, and no half file left in the cache."""
    line = progress.add_task("Fetching Kafka", total=None)

    @contextmanager
    def download(name: str, size: int) -> Iterator[Callable[[int], None]]:
        progress.start()
        progress.update(line, description=f"Fetching Kafka {KAFKA}: {name}")
        try:
            yield lambda count: progress.advance(line, count)
        except BaseException:
            # jgo would take whatever lies there for whole.
            for path in cache.rglob(name):
                path.unlink()
            raise

    return download


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
