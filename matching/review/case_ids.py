"""Ids of cases: a keyed hash of the pair, under a key that the store draws and every erasure destroys.

Enters: a pair of record ids. Leaves: an id that no other case has or had. Audit entries and judgements of an erased person
keep the id of the case; without the key nobody can try out whose it was. The cases that are left keep their ids.
"""

import secrets

from sqlalchemy import Connection, delete, insert, select

from matching.review import schema
from matching.review.evidence import case_id

_keys, CASES = schema.keys, "case_ids"
MOST_AGAIN = 10
"""How often a pair was erased and listed again, at the most, for ``is_guessable``."""


def key_of(connection: Connection) -> str:
    """Return the key of a store, drawn where there is none yet. ``connection`` must be one of ``Store.writing``."""
    held = connection.execute(select(_keys.c.value).where(_keys.c.name == CASES)).scalar()
    return held if held is not None else renew(connection)


def renew(connection: Connection) -> str:
    """Draw another key in place of the one there is: ids made under it can be made by nobody any more."""
    connection.execute(delete(_keys).where(_keys.c.name == CASES))
    key = secrets.token_hex(32)
    connection.execute(insert(_keys).values(name=CASES, value=key))
    return key


def free_id(connection: Connection, record_id_l: str, record_id_r: str, *, key: str, control: int = 0) -> str:
    """Return the id of a new case of a pair: the usual one, unless a case that was erased has it."""
    again, cases = 0, schema.cases.c
    while True:
        found = case_id(record_id_l, record_id_r, key=key, control=control, again=again)
        if connection.execute(select(cases.id).where(cases.id == found)).first() is None:
            return found
        again += 1


def is_guessable(found: str, record_id_l: str, record_id_r: str) -> bool:
    """Return whether a case has the id that earlier versions gave, which had no key."""
    return any(
        found == case_id(record_id_l, record_id_r, key="", control=control, again=again)
        for control in (0, 1)
        for again in range(MOST_AGAIN)
    )
