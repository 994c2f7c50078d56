"""The engine's own configuration, made from the users file and from what the engine has.

The engine runs everything as one user, but knows roles: a reader's handles drop to the role of that
name, so that the engine itself, not this front, checks every table a statement touches. What a role
cannot say, row policies do, by the role that reads: which rows of a table, and of which system
tables none. Settings are held by the constraints of the reader's profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from xml.sax.saxutils import escape

from deploy.local.clickhouse.judged import CLOSED, READABLE
from deploy.local.clickhouse.users import User, Users

ADMIN_ROLE = "baton_admin"
ENGINE_QUERY_LOG = "engine_query_log"
MARK = "send_logs_source_regexp"
"""The engine names statements itself; this setting, which does nothing here, says whose one is."""
LOCK = "http_max_uri_size"
"""Does nothing here either. The default profile has another value than readers, who cannot change
it: so they cannot take that profile, whose constraints are none."""
LOCK_OF_READERS, _LOCK_OF_DEFAULT = 1 << 20, (1 << 20) + 1
# Statements of others show what they look for; readers see the rows of their own.
_STATEMENTS = ("processes", ENGINE_QUERY_LOG, "user_query_log", "user_processes")

_SERVER = """<clickhouse>
<users_config>{users}</users_config>
<max_server_memory_usage>{memory}</max_server_memory_usage>
<ignore_empty_sql_security_in_create_view_query>0</ignore_empty_sql_security_in_create_view_query>
{query_log}
</clickhouse>
"""
_LOG = f"""<query_log>
  <database>system</database><table>{ENGINE_QUERY_LOG}</table>
  <flush_interval_milliseconds>1000</flush_interval_milliseconds>
</query_log>"""
# A plain view reads with the rights of who made it: that is what lets a reader have the view only.
_USERS = """<clickhouse>
<profiles>
<default>
<default_normal_view_sql_security>NONE</default_normal_view_sql_security>
<{lock}>{value}</{lock}>
<constraints><dialect><readonly/></dialect></constraints>
</default>
{profiles}
</profiles>
<roles>
<{admin}><grants><query>GRANT ALL ON *.* WITH GRANT OPTION</query></grants></{admin}>
{roles}
</roles>
<users><default>
<password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota>
<grants><query>GRANT {granted}</query></grants>
<databases>{filters}</databases>
</default></users>
<quotas><default></default></quotas>
</clickhouse>
"""


@dataclass(frozen=True)
class Catalog:
    """What the engine has: its system tables, and the columns of all others."""

    system: tuple[str, ...] = ()
    tables: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def readable(self, user: User) -> list[tuple[str, str]]:
        """The tables of which a user who is confined to rows reads its own."""
        return [
            table
            for table, columns in self.tables.items()
            if columns >= user.rows.keys()
            and any(fnmatchcase(".".join(table), pattern) for pattern in user.read or ())
        ]


def write(directory: Path, users: Users, memory: int, catalog: Catalog | None = None) -> Path:
    """Write both files; `memory` is the cap for the whole process, in bytes.

    Without a catalog, readers read nothing and statements are not logged.

    Returns:
        The path of the server's configuration.
    """
    readers = [user for user in users if user.reads_only] if catalog else []
    users_file, server_file = directory / "users.xml", directory / "server.xml"
    users_file.write_text(_users(readers, catalog or Catalog()))
    log = _LOG if catalog else ""
    server_file.write_text(
        _SERVER.format(users=escape(str(users_file)), memory=memory, query_log=log)
    )
    return server_file


def _users(readers: list[User], catalog: Catalog) -> str:
    return _USERS.format(
        lock=LOCK,
        value=_LOCK_OF_DEFAULT,
        admin=ADMIN_ROLE,
        granted=", ".join([ADMIN_ROLE, *(user.name for user in readers)]),
        profiles="\n".join(map(_profile, readers)),
        roles="\n".join(_role(user, catalog) for user in readers),
        filters=_system_filters(readers, catalog) + _row_filters(readers, catalog),
    )


def _profile(user: User) -> str:
    limits = [
        f"<{name}><min>1</min><max>{value}</max></{name}>" for name, value in user.limits.items()
    ]
    closed = [f"<{name}><readonly/></{name}>" for name in sorted(CLOSED | {LOCK})]
    return f"<{user.name}><constraints>{''.join(limits + closed)}</constraints></{user.name}>"


def _role(user: User, catalog: Catalog) -> str:
    names: Iterable[str] = user.read or ()
    if user.rows:
        names = (f"{_name(database)}.{_name(table)}" for database, table in catalog.readable(user))
    # Clients that name no database are in `default`, and must be able to go back there.
    grants = ["SHOW DATABASES ON default.*", *(f"SELECT ON {name}" for name in names)]
    queries = "".join(f"<query>GRANT {escape(grant)}</query>" for grant in grants)
    return f"<{user.name}><grants>{queries}</grants></{user.name}>"


def _system_filters(readers: list[User], catalog: Catalog) -> str:
    own = [_may(user, f"startsWith(Settings['{MARK}'], '{user.name}/')") for user in readers]
    conditions = dict.fromkeys(set(catalog.system) - READABLE, _may_all([]))
    conditions |= dict.fromkeys(_STATEMENTS, " OR ".join([_may_all([]), *own]))
    return _filters("system", conditions)


def _row_filters(readers: list[User], catalog: Catalog) -> str:
    """Whoever is confined to rows has a policy on each table it reads; all others see all rows."""
    confined = [user for user in readers if user.rows]
    whole = _may_all([user.name for user in readers if not user.rows])
    conditions: dict[str, dict[str, str]] = {}
    for user in confined:
        rows = " AND ".join(
            f"`{column}` IN ({', '.join(map(_literal, values))})"
            for column, values in user.rows.items()
        )
        for database, table in catalog.readable(user):
            of_database = conditions.setdefault(database, {})
            of_database[table] = f"{of_database.get(table, whole)} OR {_may(user, rows)}"
    return "".join(_filters(database, tables) for database, tables in conditions.items())


def _may_all(names: list[str]) -> str:
    roles = ", ".join(f"'{name}'" for name in [ADMIN_ROLE, *names])
    return f"hasAny(currentRoles(), [{roles}])"


def _may(user: User, condition: str) -> str:
    return f"(has(currentRoles(), '{user.name}') AND {condition})"


def _filters(database: str, conditions: Mapping[str, str]) -> str:
    tables = "".join(
        f"<{table}><filter>{escape(condition)}</filter></{table}>"
        for table, condition in sorted(conditions.items())
    )
    return f"<{database}>{tables}</{database}>"


def _name(name: str) -> str:
    return f"`{name}`"


def _literal(value: str) -> str:
    """A text as SQL that no XML and no quote can break."""
    return f"unhex('{value.encode().hex()}')"
