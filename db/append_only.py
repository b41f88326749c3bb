"""Triggers that keep a table append-only: made by its migration, expected by ``verify``.

Migrations that have run elsewhere rely on this SQL: another kind of guard is another function.
"""

from collections.abc import Mapping

from alembic import op


def guard(tables: Mapping[str, str]) -> None:
    """Refuse to change or take away rows of tables, in the migration that makes them.

    tables: table → condition on ``new`` under which its row is there already. On SQLite INSERT OR REPLACE takes that
    row away without firing the trigger on DELETE (migration 0012), so every unique key has its part in the condition.
    """
    for table, same in tables.items():
        if op.get_bind().dialect.name != "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION linge_append_only()"
            )
            continue
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 (names of our own tables)
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )
