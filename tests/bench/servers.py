"""Servers that a benchmark reports for."""


def new_servers(suite, count, name):
    """So many of them; their ids."""
    rows = suite.sql(
        "INSERT INTO instances (id, name, hostname, kind) SELECT gen_random_uuid(), "
        f"'{name}' || i, '{name}' || i || '.example', 'server' FROM generate_series(1, {count}) i "
        "RETURNING id"
    )
    return [row[0] for row in rows]
