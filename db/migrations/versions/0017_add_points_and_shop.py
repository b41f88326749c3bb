"""add points and shop

The ledger of points and the points shop (features E3, E4). Triggers keep what must not depend on any program: entries
and movements of stock are append-only, move the balance and the stock they belong to (CHECK ≥ 0), never fall into a
closed month, and a reversal reverses an entry.
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "points_entries": "id = new.id OR reverses_id = new.reverses_id OR (subject = new.subject"
    " AND subject_id = new.subject_id AND kind = new.kind AND part = new.part AND turn = new.turn)",
    "points_months": "starts_on = new.starts_on",
    "stock_movements": "id = new.id OR (redemption_id = new.redemption_id AND kind = new.kind)",
}
_CLOSED = "EXISTS (SELECT 1 FROM points_months WHERE ends_on >= new.day)"
_REVERSES_NOTHING = (
    "new.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_entries WHERE id = new.reverses_id"
    " AND from_id = new.to_id AND to_id = new.from_id AND points >= new.points AND reverses_id IS NULL)"
)
_MOVE_BALANCE = (
    "UPDATE points_accounts SET entry_count = entry_count + 1, last_hash = new.hash, balance = balance"
    " + CASE WHEN new.to_id = new.account_id THEN new.points ELSE -new.points END WHERE id = new.account_id"
)
_MOVE_STOCK = "UPDATE shop_goods SET stock = stock + new.change WHERE id = new.good_id"
_OPEN = sa.text("ended_at IS NULL")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _keys(table: str, **to: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}")) for name, target in to.items()]


def upgrade() -> None:
    _create_ledger()
    _create_shop()
    append_only.guard(APPEND_ONLY)
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _create_ledger() -> None:
    op.create_table(
        "points_accounts",
        _id(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), server_default="0", nullable=False),
        sa.Column("entry_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_hash", sa.String(64), server_default="", nullable=False),
        *_keys("points_accounts", person_id="people.id"),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_points_accounts_balance")),
        sa.CheckConstraint("id > 0", name=op.f("ck_points_accounts_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_accounts")),
        sa.UniqueConstraint("person_id", name=op.f("uq_points_accounts_person_id")),
    )
    op.create_table(
        "points_entries",
        _id(),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("tariff", sa.Date(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        *_keys("points_entries", account_id="points_accounts.id", reverses_id="points_entries.id", by="users.id"),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_entries_points")),
        sa.CheckConstraint(
            "account_id > 0 AND ((from_id = account_id AND to_id < 0) OR (to_id = account_id AND from_id < 0))",
            name=op.f("ck_points_entries_sides"),
        ),
        sa.CheckConstraint(
            "(kind = 'reverse') = (reverses_id IS NOT NULL) AND (kind = 'reverse' OR (kind = 'earn' AND from_id = -1)"
            " OR (kind = 'redeem' AND to_id = -2) OR (kind = 'expire' AND to_id = -3))",
            name=op.f("ck_points_entries_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entries")),
        sa.UniqueConstraint(
            "subject", "subject_id", "kind", "part", "turn",
            name=op.f("uq_points_entries_subject_subject_id_kind_part_turn"),
        ),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_points_entries_reverses_id")),
    )  # fmt: skip
    op.create_index("ix_points_entries_account_id", "points_entries", ["account_id", "id"])
    op.create_index(op.f("ix_points_entries_day"), "points_entries", ["day"])
    op.create_table(
        "points_months",
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("entries", "earned", "redeemed", "expired")),
        sa.Column("digest", sa.String(64), nullable=False),
        *_keys("points_months", closed_by="users.id"),
        sa.PrimaryKeyConstraint("starts_on", name=op.f("pk_points_months")),
    )


def _create_shop() -> None:
    op.create_table(
        "shop_goods",
        _id(),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        *_keys("shop_goods", station_id="stations.id"),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_shop_goods_stock")),
        sa.CheckConstraint("price > 0", name=op.f("ck_shop_goods_price")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_goods")),
    )
    op.create_index(op.f("ix_shop_goods_station_id"), "shop_goods", ["station_id"])
    op.create_table(
        "redemptions",
        _id(),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("account_id", "good_id", "quantity", "points")),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("confirmation", sa.String(16), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(400), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        *_keys("redemptions", account_id="points_accounts.id", good_id="shop_goods.id", by="users.id",
               confirmed_by="users.id", ended_by="users.id"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_redemptions_quantity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
    )  # fmt: skip
    for name in ("account_id", "good_id"):
        op.create_index(op.f(f"ix_redemptions_{name}"), "redemptions", [name])
    op.create_index("ix_redemptions_state_at", "redemptions", ["state", "at"])
    _create_movements()
    _create_codes_and_waits()


def _create_movements() -> None:
    op.create_table(
        "stock_movements",
        _id(),
        sa.Column("good_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("redemption_id", sa.Integer(), nullable=True),
        sa.Column("donor", sa.String(60), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        *_keys("stock_movements", good_id="shop_goods.id", by="users.id", redemption_id="redemptions.id"),
        sa.CheckConstraint(
            "(kind IN ('received', 'donated', 'returned') AND change > 0)"
            " OR (kind IN ('redeemed', 'written_off') AND change < 0)",
            name=op.f("ck_stock_movements_change"),
        ),
        sa.CheckConstraint(
            "(kind IN ('redeemed', 'returned')) = (redemption_id IS NOT NULL)",
            name=op.f("ck_stock_movements_redemption"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
        sa.UniqueConstraint("redemption_id", "kind", name=op.f("uq_stock_movements_redemption_id_kind")),
    )
    op.create_index(op.f("ix_stock_movements_good_id"), "stock_movements", ["good_id"])


def _create_codes_and_waits() -> None:
    op.create_table(
        "redemption_codes",
        _id(),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        *_keys("redemption_codes", account_id="points_accounts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_codes")),
    )
    for name in ("account_id", "code_hash"):
        op.create_index(op.f(f"ix_redemption_codes_{name}"), "redemption_codes", [name])
    op.create_table(
        "shop_waits",
        _id(),
        sa.Column("good_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        *_keys("shop_waits", good_id="shop_goods.id", account_id="points_accounts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_waits")),
    )
    op.create_index(op.f("ix_shop_waits_account_id"), "shop_waits", ["account_id"])
    op.create_index(
        "uq_shop_waits_open", "shop_waits", ["good_id", "account_id"],
        unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip


def _guard_sqlite() -> None:
    _refuse("points_entries_month_open", "INSERT ON points_entries", _CLOSED, "the month is closed")
    _refuse("points_entries_reversal", "INSERT ON points_entries", _REVERSES_NOTHING, "no such entry to reverse")
    op.execute(f"CREATE TRIGGER points_entries_move AFTER INSERT ON points_entries BEGIN {_MOVE_BALANCE}; END")
    op.execute(f"CREATE TRIGGER stock_movements_move AFTER INSERT ON stock_movements BEGIN {_MOVE_STOCK}; END")


def _refuse(name: str, event: str, when: str, message: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_postgresql() -> None:
    # The closing of a month waits for entries that are under way, and they for the closing.
    op.execute(
        "CREATE FUNCTION linge_points_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_advisory_xact_lock_shared(hashtextextended('points/months', 0)); "
        f"IF {_CLOSED} THEN RAISE EXCEPTION 'the month is closed'; END IF; "
        f"IF {_REVERSES_NOTHING} THEN RAISE EXCEPTION 'no such entry to reverse'; END IF; "
        f"{_MOVE_BALANCE}; RETURN new; END $$"
    )
    op.execute(
        "CREATE FUNCTION linge_stock_movement() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_MOVE_STOCK}; RETURN new; END $$"
    )
    op.execute(
        "CREATE TRIGGER points_entries_move BEFORE INSERT ON points_entries "
        "FOR EACH ROW EXECUTE FUNCTION linge_points_entry()"
    )
    op.execute(
        "CREATE TRIGGER stock_movements_move AFTER INSERT ON stock_movements "
        "FOR EACH ROW EXECUTE FUNCTION linge_stock_movement()"
    )


def downgrade() -> None:
    for table in ("shop_waits", "redemption_codes", "stock_movements", "redemptions", "shop_goods"):
        op.drop_table(table)
    for table in ("points_entries", "points_months", "points_accounts"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION linge_points_entry")
        op.execute("DROP FUNCTION linge_stock_movement")
