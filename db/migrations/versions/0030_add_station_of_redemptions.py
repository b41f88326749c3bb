"""add station of redemptions

Where a redemption is handed out is recorded with it and never rewritten (feature E4, decision 0212). Of those before,
nobody recorded it: they keep none, for the station of the good need not have been the counter.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_KEPT = "the station of a redemption is kept"


def upgrade() -> None:
    # Written out: a batch on SQLite would rebuild the table to which movements of stock refer.
    op.execute(
        "ALTER TABLE redemptions ADD COLUMN station_id INTEGER "
        "CONSTRAINT fk_redemptions_station_id REFERENCES stations (id)"
    )
    op.create_index("ix_redemptions_station_id", "redemptions", ["station_id"])
    op.create_index("ix_redemptions_by_id", "redemptions", ["by", "id"])
    _guard()


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER redemptions_station_kept BEFORE UPDATE OF station_id ON redemptions "
            f"WHEN new.station_id IS NOT old.station_id BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION linge_redemption_station() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_KEPT}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER redemptions_station_kept BEFORE UPDATE OF station_id ON redemptions FOR EACH ROW "
        "WHEN (new.station_id IS DISTINCT FROM old.station_id) EXECUTE FUNCTION linge_redemption_station()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER redemptions_station_kept")
    else:
        op.execute("DROP TRIGGER redemptions_station_kept ON redemptions")
        op.execute("DROP FUNCTION linge_redemption_station")
    op.drop_index("ix_redemptions_by_id", "redemptions")
    op.drop_index("ix_redemptions_station_id", "redemptions")
    op.execute("ALTER TABLE redemptions DROP COLUMN station_id")
