"""index people of users

Whoever is the second of two is told by the person, not by the account: each sign-in asks for a person's other accounts.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_users_person_id"), "users", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_users_person_id"), "users")
