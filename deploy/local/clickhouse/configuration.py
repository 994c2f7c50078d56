"""The engine's own configuration, made from the users file.

The engine runs everything as one user, but knows roles: a reader's handles drop to the role of that
name, so that the engine itself, not this front, checks every table a statement touches.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from deploy.local.clickhouse.users import User, Users

ADMIN_ROLE = "baton_admin"
ENGINE_QUERY_LOG = "engine_query_log"
# Statements of others show what they look for; only the admin's role sees these tables' rows.
_PRIVATE_TABLES = ("processes", ENGINE_QUERY_LOG, "user_query_log")

_SERVER = """<clickhouse>
<users_config>{users}</users_config>
<max_server_memory_usage>{memory}</max_server_memory_usage>
<ignore_empty_sql_security_in_create_view_query>0</ignore_empty_sql_security_in_create_view_query>
<query_log>
  <database>system</database><table>{query_log}</table>
  <flush_interval_milliseconds>1000</flush_interval_milliseconds>
</query_log>
</clickhouse>
"""
# A plain view reads with the rights of who made it: that is what lets a reader have the view only.
_USERS = """<clickhouse>
<profiles>
<default><default_normal_view_sql_security>NONE</default_normal_view_sql_security></default>
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
<databases><system>{filters}</system></databases>
</default></users>
<quotas><default></default></quotas>
</clickhouse>
"""


def write(directory: Path, users: Users, memory: int) -> Path:
    """Write both files; `memory` is the cap for the whole process, in bytes.

    Returns:
        The path of the server's configuration.
    """
    readers = [user for user in users if user.reads_only]
    users_file, server_file = directory / "users.xml", directory / "server.xml"
    users_file.write_text(_users(readers))
    server_file.write_text(
        _SERVER.format(users=escape(str(users_file)), memory=memory, query_log=ENGINE_QUERY_LOG)
    )
    return server_file


def _users(readers: list[User]) -> str:
    allowed = f"has(currentRoles(), '{ADMIN_ROLE}')"
    filters = [f"<{name}><filter>{allowed}</filter></{name}>" for name in _PRIVATE_TABLES]
    return _USERS.format(
        admin=ADMIN_ROLE,
        granted=", ".join([ADMIN_ROLE, *(user.name for user in readers)]),
        profiles="\n".join(map(_profile, readers)),
        roles="\n".join(map(_role, readers)),
        filters="".join(filters),
    )


def _profile(user: User) -> str:
    limits = [
        f"<{name}><min>1</min><max>{value}</max></{name}>" for name, value in user.limits.items()
    ]
    return f"<{user.name}><constraints>{''.join(limits)}</constraints></{user.name}>"


def _role(user: User) -> str:
    # Clients that name no database are in `default`, and must be able to go back there.
    grants = ["SHOW DATABASES ON default.*", *(f"SELECT ON {name}" for name in user.read or ())]
    queries = "".join(f"<query>GRANT {escape(grant)}</query>" for grant in grants)
    return f"<{user.name}><grants>{queries}</grants></{user.name}>"
