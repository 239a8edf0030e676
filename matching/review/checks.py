"""Whether the store holds together: the audit chain, the standing of every case, the evidence of every listing.

Enters: a connection. Leaves: problems, in sentences. The chain proves that judgements are what they were; here is proved
that cases stand where those judgements put them, and that listings say what was judged on. Nothing is written.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Row, select

from matching.review import audit, schema, tallies
from matching.review.decide import MOST_IDS, in_force, judgements_by_case, standing_of_case
from matching.review.evidence import evidence_of, hash_of, pair_hash
from matching.review.verdicts import CLOSED, ERASED


def verify_store(connection: Connection, *, head: str | None = None) -> audit.Verified:
    """Return what ``audit.verify`` finds, and after it what is wrong with cases and listings; MOST_PROBLEMS at most."""
    found = audit.verify(connection, head=head)
    more = chain(found.problems, _cases(connection), _listings(connection), _tallies(connection))
    return replace(found, problems=tuple(islice(more, audit.MOST_PROBLEMS)))


def _cases(connection: Connection) -> Iterator[str]:
    entry = schema.audit.c
    told = select(entry.case_id, entry.action).where(entry.action.in_(("case_closed", "case_erased"))).distinct()
    ended: dict[str, set[str]] = {}
    for case_id, action in connection.execute(told):
        ended.setdefault(case_id, set()).add(action)
    ids = connection.execute(select(schema.cases.c.id).order_by(schema.cases.c.id)).scalars().all()
    for start in range(0, len(ids), MOST_IDS):
        some = ids[start : start + MOST_IDS]
        judged = judgements_by_case(connection, some)
        for case in connection.execute(select(schema.cases).where(schema.cases.c.id.in_(some))):
            yield from _problems_of(case, judged[case.id], ended=ended.get(case.id, set()))


def _problems_of(case: Row[Any], judged: list[Row[Any]], *, ended: Collection[str]) -> Iterator[str]:
    if case.state == ERASED:
        if "case_erased" not in ended:
            yield f"case {case.id} was altered: it is erased, and no entry in the chain erases it"
        return
    if case.evidence_hash != pair_hash(case.evidence_l, case.evidence_r):
        yield f"case {case.id} was altered: its evidence is not that of its two sides"
    if case.state == CLOSED:
        if "case_closed" not in ended:
            yield f"case {case.id} was altered: it is closed, and no entry in the chain closes it"
        return
    given = in_force(judged, case.evidence_hash)
    due = standing_of_case(given, is_double=case.is_double, is_control=case.control_of is not None)
    expected = (due.state, due.outcome, due.colour)
    found = (case.state, case.outcome, case.colour)
    if found != expected:
        yield f"case {case.id} was altered: its judgements make it {_words(expected)}, it is {_words(found)}"


def _words(standing: tuple[str | None, ...]) -> str:
    return ", ".join(one or "without outcome" for one in standing)


def _listings(connection: Connection) -> Iterator[str]:
    for row in connection.execute(select(schema.listings)).yield_per(MOST_IDS):
        if not _is_sound(row):
            yield f"the version {row.evidence_hash[:12]} of listing {row.record_id} was altered"


def _tallies(connection: Connection) -> Iterator[str]:
    if number := tallies.wrong(connection):
        yield f"{number} tallies of the queue are not what the cases are: `matching review sync` counts anew"


def _is_sound(row: Row[Any]) -> bool:
    """Return whether a version's evidence has the hash it is kept by, and is what its record says."""
    try:
        document = json.loads(row.document)
        evidence, read = document["evidence"], evidence_of(document["record"], rule=document.get("rule", 1))
        return bool(read == evidence) and hash_of(evidence) == row.evidence_hash
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
