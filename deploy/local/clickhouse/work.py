"""What a worker thread does for a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from deploy.local.clickhouse import native
from deploy.local.clickhouse.channel import Abandoned, Channel
from deploy.local.clickhouse.handle import Blocks, Handle, Result
from deploy.local.clickhouse.plan import Plan
from deploy.local.clickhouse.sessions import Session
from deploy.local.clickhouse.spool import Spool
from deploy.local.clickhouse.statement import Insert, Query, settings_of

Describe = Callable[[], dict[str, list[str]]]


def run(
    handle: Handle, plan: Plan, sql: str, channel: Channel | None, describe: Describe
) -> Result:
    """Run a statement to its end; block by block into the channel, if there is one."""
    _create_externals(handle, plan)
    if channel is not None:
        blocks = handle.begin_query(sql, plan.format, plan.parameters)
        return _pump(blocks, plan, channel, describe)
    result = handle.execute(sql, plan.format, plan.parameters)
    if plan.protocol and result.data:
        return result._replace(data=Dress(plan, describe)(result.data))
    return result


class Dress:
    """Makes blocks what the client's protocol wants them to be."""

    def __init__(self, plan: Plan, describe: Describe) -> None:
        self._plan, self._describe = plan, describe
        self._types: dict[str, list[str]] | None = None

    def __call__(self, data: bytes) -> bytes:
        """One block; the types are asked for with the first."""
        if not self._plan.protocol:
            return data
        if self._types is None:
            lacks = self._plan.described and native.may_lack_zones(data)
            self._types = self._describe() if lacks else {}
        return native.BLOCK_INFO + native.with_zones(data, self._types)


def _create_externals(handle: Handle, plan: Plan) -> None:
    for external in plan.externals:
        handle.execute(f"DROP TEMPORARY TABLE IF EXISTS {external.name}")
        handle.execute(f"CREATE TEMPORARY TABLE {external.name} ({external.columns})")
        insert = Insert(f"INSERT INTO {external.name}", "", external.format, 0)
        spool = handle.spool()
        try:
            insert_rows(handle, insert, {}, spool, [external.data])
        finally:
            spool.close()


def _pump(blocks: Blocks, plan: Plan, channel: Channel, describe: Describe) -> Result:
    total = Result(b"", 0, 0, 0, 0, 0)
    dress = Dress(plan, describe)
    try:
        while (block := blocks.next()) is not None:
            channel.put(dress(block.data))
            total = _sum(total, block)
    except Abandoned:
        blocks.cancel()
    return total


def _sum(total: Result, block: Result) -> Result:
    return Result(
        b"",
        total.read_rows + block.read_rows,
        total.read_bytes + block.read_bytes,
        total.result_rows + block.result_rows,
        total.written_rows,
        total.written_bytes,
    )


def remember(session: Session | None, handle: Handle, query: Query) -> None:
    """Note what SET and USE did, for the handle and for the session."""
    if query.words[:1] == ("SET",):
        settings = settings_of(query)
        handle.took(settings)
        if session is not None:
            session.settings.update(settings)
    elif query.words[:1] == ("USE",):
        database = query.tokens[-1].text.decode().strip('`"')
        handle.took({}, database)
        if session is not None:
            session.database = database


def insert_rows(
    handle: Handle,
    insert: Insert,
    parameters: Mapping[str, str],
    spool: Spool,
    last: Iterable[bytes],
) -> Result:
    """Insert what lies in the spool and these last pieces."""
    spool.write(last)
    return handle.insert(insert, spool, parameters)
