"""add the digest of imported work orders

What a row of a work-order file said at its last import, part by part: a later file shows by it what has changed (N1).
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("import_digest", sa.String(60), nullable=True))


def downgrade() -> None:
    op.drop_column("incidents", "import_digest")
