"""How a record is read now, beside the version of its evidence; and its handling code now, beside that of the version.

The first, so that a mended mapping is shown and brings no case back; the second, so that clearance is told by the indexes of
the queue: with 100,000 cases a look at each record took seconds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILTERED = (
    "handling_l", "handling_r", "code_now_l", "code_now_r", "control_of", "source_l", "source_r", "country_l",
    "country_r", "kind_l", "kind_r", "script_pair", "pair_kind", "arrival", "has_conflict", "is_sample", "assigned_to",
)  # fmt: skip


def upgrade() -> None:
    """Make the table and the columns, and both indexes of the queue anew."""
    op.create_table(
        "readings",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.add_column("records", sa.Column("said", sa.String(length=80), nullable=True))
    op.add_column("records", sa.Column("reading", sa.String(length=64), nullable=True))
    for side in "lr":
        op.add_column("cases", sa.Column(f"code_now_{side}", sa.String(length=100), nullable=True))
        op.execute(
            f"UPDATE cases SET code_now_{side} ="
            f" (SELECT handling_code FROM records WHERE records.record_id = cases.record_id_{side})"
        )
    for name, column in (("cases_by_probability", "probability"), ("cases_by_age", "opened_at")):
        op.drop_index(name, "cases")
        op.create_index(name, "cases", ["state", column, "id", *FILTERED])
    op.drop_index("cases_control_of", "cases")
    some = sa.text("control_of IS NOT NULL")
    op.create_index("cases_control_of", "cases", ["control_of", "state"], sqlite_where=some, postgresql_where=some)
