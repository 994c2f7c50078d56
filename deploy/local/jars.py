"""Kafka's jars: from the Maven repository into the user's own Maven cache, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TotalFileSizeColumn

from deploy.local.home import StackError
from producers.terminal import console

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


DIGESTS = Path(__file__).with_name("jars.sha256")
"""SHA-256 and name of every jar, as `sha256sum` writes them: no other is run."""


class Altered(ValueError):
    """A jar is not the one that was published, or none that Baton knows."""


def digests() -> dict[str, str]:
    """Name to SHA-256."""
    lines = DIGESTS.read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def classpath() -> list[Path]:
    """All jars of the broker, each checked against its digest; fetched, with progress shown, if
    they are not in the Maven cache.

    Raises StackError if they cannot be had.
    """
    from jgo.config import GlobalSettings

    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TotalFileSizeColumn(),
        console=console(),
        transient=True,
    )
    try:
        jars = _resolve(GlobalSettings.load(), progress)
    except Altered as error:
        raise StackError(str(error)) from None
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
    known = digests()
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda one: _jar(one.artifact, known), [*named, *others]))


def _jar(artifact: Any, known: Mapping[str, str]) -> Path:
    """Where the jar lies; one that is not the one published (a killed download leaves half of
    one) is fetched again, once."""
    path = Path(artifact.resolve())
    if _digest(path) != known.get(path.name):
        path.unlink()
        path = Path(artifact.resolve())
    if (found := _digest(path)) != known.get(path.name):
        raise Altered(
            f"{path} is not the {path.name} that Baton knows: its SHA-256 is {found}, and must be"
            f" {known.get(path.name, 'one of those in ' + str(DIGESTS))}. It is not run. Which"
            " Maven repository is named in ~/.config/jgo.conf?"
        )
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
