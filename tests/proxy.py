"""A TCP proxy that makes a server look away, mute or slow."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

ERRORS = {
    "no space": "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space."
    " (NOT_ENOUGH_SPACE)",
    "read only": "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)",
}


def _error(text: str) -> bytes:
    code = text.split(".")[0].removeprefix("Code: ")
    lines = [
        "HTTP/1.1 500 Internal Server Error",
        f"X-ClickHouse-Exception-Code: {code}",
        f"Content-Length: {len(text)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", text]).encode()


class Proxy:
    """Stands before the server of `url`; its own address is `self.url`.

    `trouble` decides what happens to a request (None: nothing): "refuse" closes connections,
    "hang" passes nothing on, "cut answers" passes requests on and closes instead of answering,
    "slow" answers after 3 s, "no space" and "read only" answer as ClickHouse does with a full disk
    and with a table that is read-only. `troubled` counts the requests it happened to.
    """

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self.trouble: str | None = None
        self.troubled = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Proxy:
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        login = self._address.netloc.rpartition("@")[0]
        self.url = urlunsplit(self._address._replace(netloc=f"{login}@127.0.0.1:{port}"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.trouble == "refuse":
            self.troubled += 1
            writer.close()
            return
        if self.trouble in ERRORS:
            self.troubled += 1
            await reader.read(65_536)
            writer.write(_error(ERRORS[self.trouble]))
            writer.close()
            return
        with suppress(OSError):
            host, port = self._address.hostname, self._address.port
            there, here = await asyncio.open_connection(host, port)
            await asyncio.gather(self._requests(reader, here), self._answers(there, writer))

    async def _requests(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if self.trouble in ("refuse", "hang", *ERRORS):
                self.troubled += 1
                break
            server.write(data)
            await server.drain()
        if self.trouble == "hang":
            await asyncio.sleep(5)
        server.close()

    async def _answers(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await server.read(65_536):
                if self.trouble in ("cut answers", "slow"):
                    self.troubled += 1
                if self.trouble == "cut answers":
                    break
                if self.trouble == "slow":
                    await asyncio.sleep(3)
                writer.write(data)
                await writer.drain()
        writer.close()
