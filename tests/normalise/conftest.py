"""Invented records in canonical form, of which a test states only what it is about."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from matching.tables import BIRTH, IDENTIFIER, NAME, OFFENCE, PLACE, RECORDS

Records = Callable[..., pl.DataFrame]
_DEFAULTS = {
    "source": "harbour_list", "entity_kind": "person", "listing_kind": "wanted", "status": "active",
    "authority": "Harbour Police", "authority_country": "PT", "snapshot_id": "0" * 64,
    "retrieved_at": dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "licence": "invented", "handling_code": "open",
}  # fmt: skip
_LISTS = {
    "names": NAME,
    "births": BIRTH,
    "birth_places": PLACE,
    "addresses": PLACE,
    "identifiers": IDENTIFIER,
    "offences": OFFENCE,
}


def _row(number: int, given: dict[str, Any]) -> dict[str, Any]:
    row = {name: [] if isinstance(column.dtype, pl.List) else None for name, column in RECORDS.columns.items()}
    row |= _DEFAULTS | {"publisher_id": str(number), "record_id": f"harbour_list:{number:03}"} | given
    for column, fields in _LISTS.items():
        row[column] = [dict.fromkeys(fields) | entry for entry in row[column]]
    return row


@pytest.fixture(scope="session")
def records() -> Records:
    """Make RECORDS from keyword dictionaries, one per record."""
    return lambda *rows: pl.DataFrame([_row(n, row) for n, row in enumerate(rows)], schema=RECORDS.schema)
