"""How a record is read now, beside the version of its evidence: a mended mapping is shown and brings no case back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make ``readings``, and the two columns by which a record that is read otherwise is told."""
    op.create_table(
        "readings",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.add_column("records", sa.Column("said", sa.String(length=80), nullable=True))
    op.add_column("records", sa.Column("reading", sa.String(length=64), nullable=True))
