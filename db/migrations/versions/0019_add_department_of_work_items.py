"""add department of work items

An item admits the account that it names, and not whoever bears the same name (feature A7).
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SAME_NAME = "FROM users WHERE users.role = 'department' AND users.name = work_items.department"


def upgrade() -> None:
    with op.batch_alter_table("work_items") as batch_op:
        batch_op.add_column(sa.Column("department_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_work_items_department_id"), "users", ["department_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_work_items_department_id"), ["department_id"])
    # Of several with one name nobody can say which was meant: those items are entered anew.
    op.execute(
        f"UPDATE work_items SET department_id = (SELECT min(users.id) {_SAME_NAME}) "
        f"WHERE (SELECT count(*) {_SAME_NAME}) = 1"
    )


def downgrade() -> None:
    with op.batch_alter_table("work_items") as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_items_department_id"))
        batch_op.drop_constraint(batch_op.f("fk_work_items_department_id"), type_="foreignkey")
        batch_op.drop_column("department_id")
