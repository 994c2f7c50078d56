"""What a worker thread does for a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from deploy.local.clickhouse import native
from deploy.local.clickhouse.channel import Abandoned, Channel
from deploy.local.clickhouse.handle import Handle, parameter
from deploy.local.clickhouse.plan import Plan
from deploy.local.clickhouse.results import Blocks, Result
from deploy.local.clickhouse.spool import Spool
from deploy.local.clickhouse.statement import Insert

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


_FORGET = "DROP TEMPORARY TABLE IF EXISTS {name:Identifier}"
_MAKE = (
    "CREATE TEMPORARY TABLE {name:Identifier} ENGINE = Memory "
    "AS SELECT * FROM null({columns:String})"
)


def _create_externals(handle: Handle, plan: Plan) -> None:
    for external in plan.externals:
        given = {"name": parameter(external.name), "columns": parameter(external.columns)}
        handle.execute(_FORGET, params=given)
        handle.execute(_MAKE, params=given)
        insert = Insert("INSERT INTO {name:Identifier}", "", external.format, 0)
        spool = handle.spool()
        try:
            insert_rows(handle, insert, given, spool, [external.data])
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
