"""guard append-only against replace

On SQLite INSERT OR REPLACE takes the old row away without firing the triggers on DELETE, unless the connection says
recursive_triggers, which only this program's does. A trigger before the insert refuses it for everybody (C11).
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GUARDS = {
    "incident_events": "id = new.id OR (incident_id = new.incident_id AND sequence = new.sequence)",
    "audit_entries": "id = new.id",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, same in GUARDS.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDS:
            op.execute(f"DROP TRIGGER {table}_no_replace")
