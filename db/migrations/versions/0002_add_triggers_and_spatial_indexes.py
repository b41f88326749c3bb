"""add triggers and spatial indexes

Append-only tables refuse UPDATE and DELETE in the database itself (feature C11). Tables with a geometry get an R*Tree
kept by triggers on SQLite, a GiST index on PostgreSQL.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("incident_events", "audit_entries")
SPATIAL = ("areas", "base_map_features")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in SPATIAL:
        columns = "id, min_x, max_x, min_y, max_y"
        new = "new.id, new.min_x, new.max_x, new.min_y, new.max_y"
        insert = f"INSERT INTO {table}_rtree SELECT {new} WHERE new.min_x IS NOT NULL;"
        delete = f"DELETE FROM {table}_rtree WHERE id = old.id;"
        op.execute(f"CREATE VIRTUAL TABLE {table}_rtree USING rtree({columns})")
        op.execute(f"CREATE TRIGGER {table}_box_insert AFTER INSERT ON {table} BEGIN {insert} END")
        op.execute(
            f"CREATE TRIGGER {table}_box_update AFTER UPDATE OF id, min_x, min_y, max_x, max_y ON {table} "
            f"BEGIN {delete} {insert} END"
        )
        op.execute(f"CREATE TRIGGER {table}_box_delete AFTER DELETE ON {table} BEGIN {delete} END")


def _upgrade_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION linge_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION linge_append_only()"
        )
    for table in SPATIAL:
        op.execute(f"CREATE INDEX gist_{table}_geometry ON {table} USING gist (geometry)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        for table in SPATIAL:
            for verb in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_box_{verb}")
            op.execute(f"DROP TABLE {table}_rtree")
        return
    for table in SPATIAL:
        op.execute(f"DROP INDEX gist_{table}_geometry")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION linge_append_only")
