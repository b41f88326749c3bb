"""add rotas

Rotas with members, absences and duties; confirmations, swaps and their answers are append-only (feature D6).
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = (
    "rotas", "rota_members", "rota_absences", "rota_duties", "rota_confirmations", "rota_swaps", "rota_swap_answers",
)  # fmt: skip
GUARDS = {
    "rota_confirmations": "id = new.id OR duty_id = new.duty_id",
    "rota_swaps": "id = new.id",
    "rota_swap_answers": "id = new.id OR swap_id = new.swap_id",
}


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def _add(table: str, *columns: sa.Column | sa.Constraint, of_rota: bool = True) -> None:
    own = [_number("rota_id"), *columns, _reference(table, "rota_id", "rotas")] if of_rota else list(columns)
    op.create_table(table, _number("id"), *own, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))


def _days(table: str) -> tuple[sa.Column | sa.Constraint, ...]:
    return (
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f(f"ck_{table}_days")),
    )


def _said(table: str) -> tuple[sa.Column | sa.Constraint, ...]:
    return (
        _number("user_id", null=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        _reference(table, "user_id", "users"),
    )


def _versioned() -> tuple[sa.Column, ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
    )


def upgrade() -> None:
    _add(
        "rotas", _number("area_id"), sa.Column("name", sa.String(60), nullable=False),
        sa.Column("step", sa.String(8), nullable=False), _number("seats"), *_days("rotas"),
        _number("created_by", null=True), sa.Column("created_at", UTCDateTime(), nullable=False), *_versioned(),
        _reference("rotas", "area_id", "areas"), _reference("rotas", "created_by", "users"),
        sa.CheckConstraint("seats BETWEEN 1 AND 10", name=op.f("ck_rotas_seats")), of_rota=False,
    )  # fmt: skip
    _add(
        "rota_members", _number("person_id"), sa.Column("left", sa.Boolean(), nullable=False),
        _reference("rota_members", "person_id", "people"),
        sa.UniqueConstraint("rota_id", "person_id", name=op.f("uq_rota_members_rota_id_person_id")),
    )  # fmt: skip
    _add(
        "rota_absences", _number("person_id"), *_days("rota_absences"),
        _reference("rota_absences", "person_id", "people"),
    )  # fmt: skip
    _add(
        "rota_duties", *_days("rota_duties"), _number("seat"), _number("person_id", null=True), *_versioned(),
        _reference("rota_duties", "person_id", "people"),
        sa.UniqueConstraint("rota_id", "starts_on", "seat", name=op.f("uq_rota_duties_rota_id_starts_on_seat")),
        sa.UniqueConstraint(
            "rota_id", "starts_on", "person_id", name=op.f("uq_rota_duties_rota_id_starts_on_person_id")
        ),
    )  # fmt: skip
    _add_said()
    for table, column in (
        ("rotas", "area_id"), ("rota_members", "person_id"), ("rota_absences", "rota_id"),
        ("rota_duties", "person_id"), ("rota_confirmations", "rota_id"), ("rota_swaps", "rota_id"),
        ("rota_swap_answers", "rota_id"),
    ):  # fmt: skip
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    append_only.guard(GUARDS)


def _add_said() -> None:
    _add(
        "rota_confirmations", _number("duty_id"), _number("person_id"), sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True), *_said("rota_confirmations"),
        _reference("rota_confirmations", "duty_id", "rota_duties"),
        _reference("rota_confirmations", "person_id", "people"),
        sa.UniqueConstraint("duty_id", name=op.f("uq_rota_confirmations_duty_id")),
    )  # fmt: skip
    _add(
        "rota_swaps", _number("duty_id"), _number("other_id"), _number("asked_by"), _number("asked_of"),
        *_said("rota_swaps"), _reference("rota_swaps", "duty_id", "rota_duties"),
        _reference("rota_swaps", "other_id", "rota_duties"), _reference("rota_swaps", "asked_by", "people"),
        _reference("rota_swaps", "asked_of", "people"),
    )  # fmt: skip
    _add(
        "rota_swap_answers", _number("swap_id"), sa.Column("answer", sa.String(16), nullable=False),
        *_said("rota_swap_answers"), _reference("rota_swap_answers", "swap_id", "rota_swaps"),
        sa.UniqueConstraint("swap_id", name=op.f("uq_rota_swap_answers_swap_id")),
    )  # fmt: skip


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
