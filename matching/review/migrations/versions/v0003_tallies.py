"""How many cases stand alike in everything the queue filters by, kept by triggers with every change of a case.

The index of whose cases are whose is of these alone, which are few.

To count 100,000 cases for one page of the queue took 40 to 150 ms of it; to add up some thousand numbers takes one or two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SAME = (
    "state", "handling_l", "handling_r", "source_l", "source_r", "country_l", "country_r", "kind_l", "kind_r",
    "script_pair", "pair_kind", "arrival", "has_conflict", "is_sample",
)  # fmt: skip
"""Columns that a tally has as the case has them."""
BOUNDS = (0.5, 0.7, 0.9, 0.99, 0.999)
"""Where a band of probability ends and the next begins (tallies.BANDS)."""
READ = (*SAME, "code_now_l", "code_now_r", "probability", "assigned_to", "control_of")
"""Columns of a case that say in which tally it counts."""


def upgrade() -> None:
    """Make the table, count what there is, and have the database keep count."""
    op.create_table(
        "tallies",
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column("is_control", sa.Boolean(), nullable=False),
        sa.Column("handling_l", sa.String(length=100), nullable=False),
        sa.Column("handling_r", sa.String(length=100), nullable=False),
        sa.Column("code_now_l", sa.String(length=100), nullable=False),
        sa.Column("code_now_r", sa.String(length=100), nullable=False),
        sa.Column("source_l", sa.String(length=100), nullable=False),
        sa.Column("source_r", sa.String(length=100), nullable=False),
        sa.Column("country_l", sa.String(length=10), nullable=False),
        sa.Column("country_r", sa.String(length=10), nullable=False),
        sa.Column("kind_l", sa.String(length=30), nullable=False),
        sa.Column("kind_r", sa.String(length=30), nullable=False),
        sa.Column("script_pair", sa.String(length=12), nullable=False),
        sa.Column("pair_kind", sa.String(length=20), nullable=False),
        sa.Column("arrival", sa.String(length=20), nullable=False),
        sa.Column("has_conflict", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "state", "band", "is_free", "is_control", "handling_l", "handling_r", "code_now_l", "code_now_r", "source_l",
            "source_r", "country_l", "country_r", "kind_l", "kind_r", "script_pair", "pair_kind", "arrival",
            "has_conflict", "is_sample",
        ),
    )  # fmt: skip
    op.drop_index("cases_assigned", "cases")
    some = sa.text("assigned_to IS NOT NULL")
    op.create_index("cases_assigned", "cases", ["assigned_to"], sqlite_where=some, postgresql_where=some)
    op.execute(_add("SELECT " + ", ".join(_told("cases").values()) + ", 1 AS number FROM cases"))
    (_keep_postgresql if op.get_bind().dialect.name == "postgresql" else _keep_sqlite)()


def _told(row: str) -> dict[str, str]:
    """Return the key of a tally as expressions over a row of ``cases``."""
    ends = " ".join(f"WHEN {row}.probability < {end} THEN {number}" for number, end in enumerate(BOUNDS))
    return {
        **{name: f"{row}.{name} AS {name}" for name in SAME},
        # Null where no run told it yet: cleared for nobody but those who are for all.
        **{f"code_now_{side}": f"coalesce({row}.code_now_{side}, '') AS code_now_{side}" for side in "lr"},
        "band": f"CASE {ends} ELSE {len(BOUNDS)} END AS band",
        "is_free": f"{row}.assigned_to IS NULL AS is_free",
        "is_control": f"{row}.control_of IS NOT NULL AS is_control",
    }


def _add(rows: str) -> str:
    """Return the statement that adds to the tallies what ``rows`` (a query of keys, and a ``number``) give."""
    key = ", ".join(_told("cases"))
    return (
        f"INSERT INTO tallies ({key}, cases) SELECT {key}, sum(number) FROM ({rows}) AS told"
        f" WHERE true GROUP BY {key} HAVING sum(number) <> 0"
        f" ON CONFLICT ({key}) DO UPDATE SET cases = tallies.cases + excluded.cases"
    )


def _keep_sqlite() -> None:
    new, old = (f"SELECT {', '.join(_told(row).values())}" for row in ("NEW", "OLD"))
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in READ)
    for change, when, rows in (
        ("INSERT", "", f"{new}, 1 AS number"),
        ("DELETE", "", f"{old}, -1 AS number"),
        (f"UPDATE OF {', '.join(READ)}", f"WHEN {differs}", f"{new}, 1 AS number UNION ALL {old}, -1"),
    ):
        name = change.partition(" ")[0].lower()
        op.execute(f"CREATE TRIGGER cases_tallied_{name} AFTER {change} ON cases {when} BEGIN {_add(rows)}; END")


def _keep_postgresql() -> None:
    new, old = (
        f"SELECT {', '.join(_told('c').values())}, {number} AS number FROM {rows} AS c"
        for rows, number in (("new_cases", 1), ("old_cases", -1))
    )
    op.execute(
        "CREATE FUNCTION tally_cases() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'INSERT' THEN {_add(new)};"
        f" ELSIF TG_OP = 'DELETE' THEN {_add(old)};"
        f" ELSE {_add(f'{new} UNION ALL {old}')};"
        " END IF; RETURN NULL; END $$"
    )
    for change, tables in (
        ("INSERT", "NEW TABLE AS new_cases"),
        ("DELETE", "OLD TABLE AS old_cases"),
        ("UPDATE", "NEW TABLE AS new_cases OLD TABLE AS old_cases"),
    ):
        op.execute(
            f"CREATE TRIGGER cases_tallied_{change.lower()} AFTER {change} ON cases REFERENCING {tables}"
            " FOR EACH STATEMENT EXECUTE FUNCTION tally_cases()"
        )
