"""add rooms and series

Rooms of stations, and activities that repeat (feature F3). No two activities are in one room at once: an exclusion
constraint on PostgreSQL, triggers on SQLite, which has one writer.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CLASH = (
    "new.room_id IS NOT NULL AND new.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM activities AS other "
    "WHERE other.room_id = new.room_id AND other.cancelled_at IS NULL AND other.id IS NOT new.id "
    "AND other.starts_at < new.ends_at AND other.ends_at > new.starts_at)"
)
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the room is taken'); END"


def upgrade() -> None:
    _add_rooms()
    _add_series()
    for column, table in (("room_id", "rooms"), ("series_id", "activity_series")):
        # Written out: a batch on SQLite would rebuild the table to which attendances refer.
        op.execute(
            f"ALTER TABLE activities ADD COLUMN {column} INTEGER "
            f"CONSTRAINT fk_activities_{column} REFERENCES {table} (id)"
        )
    op.create_index("ix_activities_room_id_starts_at", "activities", ["room_id", "starts_at"])
    op.create_index("ix_activities_series_id", "activities", ["series_id"])
    _guard()


def _add_rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_rooms_capacity")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_rooms_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_rooms_station_id_name")),
    )


def _add_series() -> None:
    op.create_table(
        "activity_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("every > 0", name=op.f("ck_activity_series_every")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_activity_series_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_series")),
    )


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER activities_room_insert BEFORE INSERT ON activities WHEN {_CLASH} {_REFUSE}")
        op.execute(
            "CREATE TRIGGER activities_room_update BEFORE UPDATE OF room_id, starts_at, ends_at, cancelled_at "
            f"ON activities WHEN {_CLASH} {_REFUSE}"
        )
        return
    op.execute(
        "ALTER TABLE activities ADD CONSTRAINT gist_activities_room EXCLUDE USING gist "
        "(int4range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) "
        "WHERE (room_id IS NOT NULL AND cancelled_at IS NULL)"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER activities_room_insert")
        op.execute("DROP TRIGGER activities_room_update")
    else:
        op.execute("ALTER TABLE activities DROP CONSTRAINT gist_activities_room")
    op.drop_index("ix_activities_series_id", "activities")
    op.drop_index("ix_activities_room_id_starts_at", "activities")
    for column in ("series_id", "room_id"):
        with op.batch_alter_table("activities") as batch_op:
            batch_op.drop_constraint(f"fk_activities_{column}", type_="foreignkey")
            batch_op.drop_column(column)
    op.drop_table("activity_series")
    op.drop_table("rooms")
