"""The tables of the review store, for SQLite and PostgreSQL alike.

Decision: times are text, ISO 8601 in UTC to the microsecond (``moment.stamp``). They sort as they read, are the same on
both databases, and what the audit chain hashes is what is stored. Documents are canonical JSON text for the same reason.

Append-only: ``judgements``, ``looks``, ``audit`` and ``listings`` refuse UPDATE and DELETE by triggers (see migrations/).
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

APPEND_ONLY = ("judgements", "looks", "audit", "listings")

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),  # null: signs in through the proxy or Airflow only
    Column("is_active", Boolean, nullable=False),
    Column("created_at", String(32), nullable=False),
)

clearances = Table(
    "clearances",
    metadata,
    Column("user_name", String(100), ForeignKey("users.name"), nullable=False),
    Column("handling_code", String(100), nullable=False),  # `*`: every code
    PrimaryKeyConstraint("user_name", "handling_code"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", String(100), ForeignKey("users.name"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)

sign_ins = Table(  # failures only: what the rate limit counts
    "sign_ins",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_name", String(100), nullable=False),
    Column("address", String(100), nullable=False),
    Column("at", String(32), nullable=False),
    Index("sign_ins_at", "at"),
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),  # order in which runs were begun to be taken in
    Column("run_id", String(100), nullable=False),
    Column("begun_at", String(32), nullable=False),
    Column("touched_at", String(32), nullable=False),  # when whoever takes it in last wrote: a sign of life
    Column("done_at", String(32)),
)

listings = Table(  # every version of a record's evidence that a case ever showed
    "listings",
    metadata,
    Column("record_id", Text, nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("seen_at", String(32), nullable=False),
    PrimaryKeyConstraint("record_id", "evidence_hash"),
)

records = Table(  # the version that stands now, and its provenance, which is no evidence
    "records",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("source", String(100), nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("handling_code", String(100), nullable=False),
    Column("title", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("cluster_id", Text),
    Column("provenance", Text, nullable=False),
    Column(
        "said", String(80)
    ),  # rule and hash of the evidence under that rule; null: taken in before rules had numbers
    Column("reading", String(64)),  # hash of how the run reads it
    Index("records_cluster", "cluster_id"),
)

FILTERED = (
    "handling_l", "handling_r", "code_now_l", "code_now_r", "control_of", "source_l", "source_r", "country_l", "country_r", "kind_l", "kind_r", "script_pair",
    "pair_kind", "arrival", "has_conflict", "is_sample", "assigned_to",
)  # fmt: skip
"""What the queue filters by: at the end of both of its indexes, so that a filter never reads the table."""

readings = Table(  # how a record is read now, where that is not how its version was read when it was first seen
    "readings",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("evidence_hash", String(64), nullable=False),
    Column("document", Text, nullable=False),
)

keys = Table(  # what ids of cases are hashed under (case_ids.py)
    "keys",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", String(64), nullable=False),
)

SHOWN_AGAIN = "control_of IS NOT NULL"
ASSIGNED = "assigned_to IS NOT NULL"

cases = Table(
    "cases",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("control_of", String(16)),  # a known case shown again to measure reviewers; null for all others
    Column("control_truth", String(20)),
    Column("record_id_l", Text, nullable=False),
    Column("record_id_r", Text, nullable=False),
    Column("source_l", String(100), nullable=False),
    Column("source_r", String(100), nullable=False),
    Column("country_l", String(10), nullable=False),
    Column("country_r", String(10), nullable=False),
    Column("kind_l", String(30), nullable=False),
    Column("kind_r", String(30), nullable=False),
    Column("handling_l", String(100), nullable=False),
    Column("handling_r", String(100), nullable=False),
    Column("code_now_l", String(100)),  # the code of the record now, where ``handling_l`` is that of the version shown
    Column("code_now_r", String(100)),
    Column("title_l", Text, nullable=False),
    Column("title_r", Text, nullable=False),
    Column("script_pair", String(12), nullable=False),
    Column("pair_kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("outcome", String(20)),
    Column("colour", String(10), nullable=False),
    Column("closed_because", String(30)),
    Column("arrival", String(20), nullable=False),
    Column("changed", Text, nullable=False),
    Column("has_conflict", Boolean, nullable=False),
    Column("is_sample", Boolean, nullable=False),
    Column("is_double", Boolean, nullable=False),
    Column("is_proposed", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("scores", Text, nullable=False),
    Column("model_id", String(100), nullable=False),
    Column("run_id", String(100), nullable=False),
    Column("evidence_l", String(64), nullable=False),
    Column("evidence_r", String(64), nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("assigned_to", String(100)),
    Column("assigned_at", String(32)),
    Index("cases_by_probability", "state", "probability", "id", *FILTERED),
    Index("cases_by_age", "state", "opened_at", "id", *FILTERED),
    Index("cases_record_l", "record_id_l"),
    Index("cases_record_r", "record_id_r"),
    # Of cases that somebody has, which are few: with all in it SQLite's statistics say that a name finds as many as none.
    Index("cases_assigned", "assigned_to", sqlite_where=text(ASSIGNED), postgresql_where=text(ASSIGNED)),
    # Of known cases only, which are few: the queue reads it whole.
    Index(
        "cases_control_of", "control_of", "state", sqlite_where=text(SHOWN_AGAIN), postgresql_where=text(SHOWN_AGAIN)
    ),
)

ALIKE = (
    "state", "band", "is_free", "is_control", "handling_l", "handling_r", "code_now_l", "code_now_r", "source_l", "source_r",
    "country_l", "country_r", "kind_l", "kind_r", "script_pair", "pair_kind", "arrival", "has_conflict", "is_sample",
)  # fmt: skip
"""What the cases of one tally have in common."""

_OF_TALLIES = {"band": Integer, "is_free": Boolean, "is_control": Boolean}
"""Type of what cases have in common without a column for it: band of probability (tallies.BANDS), whether assigned to
nobody, whether known cases shown again. The rest is as in ``cases``, and a code is empty where the case has none."""

tallies = Table(  # how many cases stand alike; kept by triggers on ``cases`` (migrations/), never written here
    "tallies",
    metadata,
    *(Column(name, _OF_TALLIES[name] if name in _OF_TALLIES else cases.c[name].type, nullable=False) for name in ALIKE),
    Column("cases", Integer, nullable=False),
    PrimaryKeyConstraint(*ALIKE),
)

listing_codes = Table(  # the handling code under which a version of a listing was published last
    "listing_codes",
    metadata,
    Column("record_id", Text, nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("handling_code", String(100), nullable=False),
    PrimaryKeyConstraint("record_id", "evidence_hash"),
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False),  # one per form shown: sending it twice decides once
    Column("case_id", String(16), ForeignKey("cases.id"), nullable=False),
    Column("undoes", Integer),  # the judgement this entry takes back; null for a judgement
    Column("step", String(10), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("comment", Text, nullable=False),
    Column("reviewer", String(100), ForeignKey("users.name"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("evidence_l", String(64), nullable=False),
    Column("evidence_r", String(64), nullable=False),
    Column("saw_score", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("model_id", String(100), nullable=False),
    Column("run_id", String(100), nullable=False),
    UniqueConstraint("token", name="judgements_token"),
    Index("judgements_case", "case_id"),
    Index("judgements_reviewer", "reviewer", "id"),
)

looks = Table(  # who saw the score of a case, and with which first impression; null: looked without one
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", String(16), ForeignKey("cases.id"), nullable=False),
    Column("user_name", String(100), ForeignKey("users.name"), nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("impression", String(20)),
    Column("at", String(32), nullable=False),
    Index("looks_case", "case_id", "user_name"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("case_id", String(16)),
    Column("detail", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_case", "case_id"),
)
