"""The first tables of the review store, and the triggers that keep the append-only ones so."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("judgements", "looks", "audit", "listings")
KEYS = {
    "judgements": (("id",), ("token",)),
    "looks": (("id",),),
    "audit": (("seq",),),
    "listings": (("record_id", "evidence_hash"),),
}
"""Every unique key of each."""
REFUSAL = "append-only: a change of mind is a new entry"


def upgrade() -> None:
    """Make the tables, then the triggers."""
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for number, key in enumerate(KEYS[table]):
        # INSERT OR REPLACE deletes a row without firing its trigger for DELETE.
        same = " AND ".join(f"{name} = NEW.{name}" for name in key)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace_{number} BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _tables() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_case", "audit", ["case_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("control_of", sa.String(length=16), nullable=True),
        sa.Column("control_truth", sa.String(length=20), nullable=True),
        sa.Column("record_id_l", sa.Text(), nullable=False),
        sa.Column("record_id_r", sa.Text(), nullable=False),
        sa.Column("source_l", sa.String(length=100), nullable=False),
        sa.Column("source_r", sa.String(length=100), nullable=False),
        sa.Column("country_l", sa.String(length=10), nullable=False),
        sa.Column("country_r", sa.String(length=10), nullable=False),
        sa.Column("kind_l", sa.String(length=30), nullable=False),
        sa.Column("kind_r", sa.String(length=30), nullable=False),
        sa.Column("handling_l", sa.String(length=100), nullable=False),
        sa.Column("handling_r", sa.String(length=100), nullable=False),
        sa.Column("title_l", sa.Text(), nullable=False),
        sa.Column("title_r", sa.Text(), nullable=False),
        sa.Column("script_pair", sa.String(length=12), nullable=False),
        sa.Column("pair_kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("closed_because", sa.String(length=30), nullable=True),
        sa.Column("arrival", sa.String(length=20), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("has_conflict", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("is_double", sa.Boolean(), nullable=False),
        sa.Column("is_proposed", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("model_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=100), nullable=False),
        sa.Column("evidence_l", sa.String(length=64), nullable=False),
        sa.Column("evidence_r", sa.String(length=64), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("assigned_to", sa.String(length=100), nullable=True),
        sa.Column("assigned_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_control_of", "cases", ["control_of"], unique=False)
    op.create_index("cases_assigned", "cases", ["assigned_to"], unique=False)
    op.create_index(
        "cases_by_age",
        "cases",
        [
            "state",
            "opened_at",
            "id",
            "handling_l",
            "handling_r",
            "source_l",
            "source_r",
            "country_l",
            "country_r",
            "kind_l",
            "kind_r",
            "script_pair",
            "pair_kind",
            "arrival",
            "has_conflict",
            "is_sample",
            "assigned_to",
        ],
        unique=False,
    )
    op.create_index(
        "cases_by_probability",
        "cases",
        [
            "state",
            "probability",
            "id",
            "handling_l",
            "handling_r",
            "source_l",
            "source_r",
            "country_l",
            "country_r",
            "kind_l",
            "kind_r",
            "script_pair",
            "pair_kind",
            "arrival",
            "has_conflict",
            "is_sample",
            "assigned_to",
        ],
        unique=False,
    )
    op.create_index("cases_record_l", "cases", ["record_id_l"], unique=False)
    op.create_index("cases_record_r", "cases", ["record_id_r"], unique=False)
    op.create_table(
        "listings",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "evidence_hash"),
    )
    op.create_table(
        "listing_codes",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("handling_code", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "evidence_hash"),
    )
    op.create_table(
        "records",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("handling_code", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=True),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index("records_cluster", "records", ["cluster_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=100), nullable=False),
        sa.Column("begun_at", sa.String(length=32), nullable=False),
        sa.Column("touched_at", sa.String(length=32), nullable=False),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sign_ins_at", "sign_ins", ["at"], unique=False)
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "clearances",
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("handling_code", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
        ),
        sa.PrimaryKeyConstraint("user_name", "handling_code"),
    )
    op.create_table(
        "judgements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("evidence_l", sa.String(length=64), nullable=False),
        sa.Column("evidence_r", sa.String(length=64), nullable=False),
        sa.Column("saw_score", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("model_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"],
            ["users.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token", name="judgements_token"),
    )
    op.create_index("judgements_case", "judgements", ["case_id"], unique=False)
    op.create_index("judgements_reviewer", "judgements", ["reviewer", "id"], unique=False)
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("impression", sa.String(length=20), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("looks_case", "looks", ["case_id", "user_name"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
