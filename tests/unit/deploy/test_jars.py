"""Fetching Kafka's jars: what an interrupted download leaves behind is never used."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from deploy.local import jars
from deploy.local.home import StackError


class Artifact:
    """Fetches a whole jar where there is none, as jgo's does."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def resolve(self) -> Path:
        if not self.path.exists():
            with zipfile.ZipFile(self.path, "w") as jar:
                jar.writestr(zipfile.ZipInfo("Main.class"), b"whole")
        return self.path


def test_half_a_jar_is_fetched_again(tmp_path: Path) -> None:
    half = tmp_path / "half.jar"
    half.write_bytes(b"PK\x03\x04 and no more")
    whole = Artifact(tmp_path / "whole.jar").resolve()
    known = {"half.jar": jars._digest(whole)}
    assert zipfile.is_zipfile(jars._jar(Artifact(half), known))


def test_an_interrupted_download_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "org" / "some.jar"
    file.parent.mkdir()
    hook = jars._shown(Progress(console=Console(quiet=True)), tmp_path)

    def interrupted() -> None:
        with hook("some.jar", 100) as advance:
            file.write_bytes(b"half")
            advance(4)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not file.exists()


def test_without_a_network_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path))

    def unreachable(*_: object) -> list[Path]:
        raise OSError("no route to host\nmore")

    monkeypatch.setattr(jars, "_resolve", unreachable)
    with pytest.raises(StackError) as told:
        jars.classpath()
    text = str(told.value)
    assert "no route to host" in text
    assert "export KAFKA_BOOTSTRAP_SERVERS=" in text


def test_a_classpath_with_another_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_resolve", lambda *_: [Path("kafka-clients-3.9.1.jar")])
    with pytest.raises(StackError, match=r"kafka-clients-3\.9\.1"):
        jars.classpath()
