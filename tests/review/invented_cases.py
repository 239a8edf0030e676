"""Invented runs published in a workspace, for the tests of review: a few persons on two lists, matched one to one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from invented_run import Run, birth, identifier, match, name, record, stage
from sqlalchemy import insert, select

from matching.review import case_ids, schema
from matching.review.evidence import case_id
from matching.review.people import add_user
from matching.review.published import Published
from matching.review.store import Store
from matching.review.sync import Taken, sync
from matching.workspace import Workspace

KEY = "the key of tests: ids of cases can be told beforehand"
LEFT, RIGHT = "aa_wanted", "bb_watch"
PASSWORD = "a long pass phrase of an invented person"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def case_of(number: int) -> str:
    """The case of person ``number`` on both lists."""
    return case_id(f"{LEFT}:{number}", f"{RIGHT}:{number}", key=KEY)


def listing(source: str, number: int, **given: Any) -> dict[str, Any]:
    """A row of RECORDS for person ``number``."""
    full = f"Anselm Gradusson {number}"
    return record(
        f"{source}:{number}",
        **{
            "names": [name_of(full)],
            "births": [{"text": "1970-03-09", "earliest": None, "latest": None, "precision": "day", "calendar": None}],
            "nationalities": ["Ruritania", "Utopia"],
            "handling_code": "TLP:GREEN",
            **given,
        },
    )


def name_of(full: str, kind: str = "primary") -> dict[str, Any]:
    return dict.fromkeys(("given", "patronymic", "family", "other", "script", "language")) | {
        "full": full,
        "kind": kind,
    }


def run_of(
    numbers: Iterable[int], *, left: dict[int, dict[str, Any]] | None = None, without: Iterable[str] = (), **given: Any
) -> Run:
    """A run that matches each person of ``numbers``; ``left`` are changes of left records, ``without`` gone ones."""
    changes, gone = left or {}, set(without)
    numbers = list(numbers)
    records = [listing(LEFT, n, **changes.get(n, {})) for n in numbers] + [listing(RIGHT, n) for n in numbers]
    records = [row for row in records if row["record_id"] not in gone] + list(given.pop("more", []))
    names = [
        name(row["record_id"], no, one["full"], kind=one["kind"])
        for row in records
        for no, one in enumerate(row["names"])
    ]
    births = [birth(row["record_id"], "1970-03-09", "1970-03-09") for row in records]
    matches = [
        match(f"{LEFT}:{n}", f"{RIGHT}:{n}", match_probability=round(0.998 - n / 1000, 4))
        for n in numbers
        if not {f"{LEFT}:{n}", f"{RIGHT}:{n}"} & gone
    ]
    defaults: dict[str, Any] = {"records": records, "names": names, "births": births, "matches": matches}
    defaults["identifiers"] = [identifier(row["record_id"], f"X{row['publisher_id']}000") for row in records]
    defaults["ledger"] = [stage(0, "records")]
    return Run(**defaults | given)


def publish(root: Path, run: Run, run_id: str) -> Published:
    """Write ``run`` into the workspace at ``root`` and publish it."""
    workspace = Workspace(root)
    run.write(workspace.run_folder(run_id))
    workspace.publish(run_id)
    return Published.of(workspace)


def take_in(store: Store, root: Path, run: Run, run_id: str, *, double_share: float = 0) -> Taken:
    """Publish ``run`` and take it in."""
    name_by_key(store)
    return sync(store, publish(root, run, run_id), double_share=double_share)


def name_by_key(store: Store) -> None:
    """Have the store name cases as ``case_of`` does, where it has no key yet."""
    with store.writing() as connection:
        if not connection.execute(select(schema.keys)).first():
            connection.execute(insert(schema.keys).values(name=case_ids.CASES, value=KEY))


def add_people(store: Store, *, password: str | None = None) -> None:
    """ada and ben review, cleo is their senior, otto operates, rita reads; all are cleared for TLP:GREEN."""
    for who, role in (
        ("ada", "reviewer"),
        ("ben", "reviewer"),
        ("cleo", "senior"),
        ("otto", "operator"),
        ("rita", "read-only"),
    ):
        add_user(store, who, role=role, codes=["TLP:GREEN"], password=password, by="test")
