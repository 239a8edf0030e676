"""Invented rows that hold to every rule, one small table per boundary table."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from matching.quality import Gated, gate
from matching.quality.loading import GATED

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Row = dict[str, Any]
BOUNDS = {
    "count_drop": 0.5,
    "accept_drop": False,
    "fail_below": 10,
    "warn_below": 50,
    "warn_above": 200,
    "fail_above": 999,
}


def name(full: str, kind: str = "primary") -> Row:
    return {
        "full": full, "given": None, "patronymic": None, "family": None, "other": None,
        "kind": kind, "script": "Latn", "language": None,
    }  # fmt: skip


def birth(**changes: Any) -> Row:
    usual = {"text": "4 May 1970", "earliest": date(1970, 5, 4), "latest": date(1970, 5, 4), "precision": "day"}
    return {**usual, "calendar": "gregorian", **changes}


def document(**changes: Any) -> Row:
    return {"kind": "passport", "number": "ZZ 123", "country": "Utopia", "note": None, **changes}


def _record(n: int) -> Row:
    return {
        "record_id": f"x_list:{n}", "source": "x_list", "publisher_id": str(n), "entity_kind": "person",
        "listing_kind": "sanction", "status": "active", "authority": "Council", "authority_country": "UN",
        "programmes": ["P1"], "offences": [], "listed_date": date(2010, 1, 1), "url": "https://list.example/1",
        "names": [name("Tamsin Okonedo"), name("Tam", "weak_alias")], "births": [birth()], "birth_places": [],
        "nationalities": ["Utopia"], "addresses": [], "sex": "female", "height_cm": 170.0, "marks": None,
        "parents": [], "identifiers": [document()], "references": [], "remarks": None, "snapshot_id": "cafe",
        "retrieved_at": NOW, "licence": "open", "handling_code": "none",
    }  # fmt: skip


def _name(n: int) -> Row:
    return {
        "record_id": f"x_list:{n}", "name_no": 0, "kind": "primary", "full": "Тамсин Оконедо", "script": "Cyrl",
        "romanised": "Tamsin Okonedo", "tokens": ["tamsin", "okonedo"], "particles": [], "skeletons": ["tmsn", "knd"],
    }  # fmt: skip


def _name_keys(n: int) -> Row:
    return {"record_id": f"x_list:{n}", "rule": "word", "script": "Cyrl", "keys": [7, 9], "weights": [1.0, 0.25]}


def _birth(n: int) -> Row:
    return {"record_id": f"x_list:{n}", "birth_no": 0, **birth()}


def _country(n: int) -> Row:
    return {"record_id": f"x_list:{n}", "role": "nationality", "country_code": "CH", "text": "Switzerland"}


def _identifier(n: int) -> Row:
    return {
        "record_id": f"x_list:{n}", "identifier_no": 0, "kind": "passport", "country_code": "CH",
        "number_text": "ZZ 123", "number": "ZZ123", "comparable": "ZZ123", "validity": "valid", "contradicts": None, "note": None,
    }  # fmt: skip


def _pair(n: int) -> Row:
    return {
        "source_l": "a_list", "record_id_l": f"a_list:{n}", "source_r": "b_list", "record_id_r": f"b_list:{n}",
        "match_weight": 4.0, "match_probability": 0.94, "blocking_rule": "family_and_birth_year",
        "name_l": 0, "name_r": 0, "name_similarity": 0.9, "name_rarity": 12.0,
        "level_name": "close", "level_birth": "equal", "level_country": "unknown", "level_birth_place": "unknown",
        "level_sex": "equal", "level_identifier": "unknown",
        "weight_name": 8.0, "weight_birth": 9.0, "weight_country": 0.0, "weight_birth_place": 0.0, "weight_sex": 1.0,
        "weight_identifier": 0.0, "weight_prior": -14.0, "weight_rivals": 0.0,
    }  # fmt: skip


def _match(n: int) -> Row:
    flags = {"is_cross_border": True, "is_same_list": False}
    return {**_pair(n), **flags, "cluster_id": f"a_list:{n}", "conflicts": []}


def _sample(n: int) -> Row:
    band = {"band_from": 0.1, "band_to": 0.5, "band_pairs": 9, "band_sample": 4}
    flags = {"is_cross_border": True, "is_same_list": False}
    return {**_pair(n), "match_probability": 0.2, **flags, **band}


def _member(n: int) -> Row:
    source = "ab"[n % 2] + "_list"
    return {"cluster_id": f"a_list:{n // 2}", "record_id": f"{source}:{n // 2}", "source": source}


def _snapshot(_n: int) -> Row:
    return {"persons": 100, "previous_persons": 100}


def _drift(_n: int) -> Row:
    counts = dict.fromkeys(("new_fields", "vanished_fields", "new_categories", "unknown_words"), 0)
    return {**counts, "largest_fill_change": 0.25, "identity_changed_share": 0.1, "identity_replaced_share": 0.02}


_MAKERS = {
    "snapshot": _snapshot, "drift": _drift, "records": _record, "names": _name, "name_keys": _name_keys, "births": _birth, "countries": _country,
    "identifiers": _identifier, "pairs": _pair, "matches": _match, "samples": _sample, "clusters": _member,
}  # fmt: skip


def good_rows(table: str, count: int = 4) -> list[Row]:
    """Return ``count`` rows of ``table`` that pass its gate; a snapshot is always one row."""
    return [_MAKERS[table](n) for n in range(1 if table in ("snapshot", "drift") else count)]


def frame_of(table: str, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=GATED[table].schema)


def check(table: str, rows: list[Row], **options: Any) -> Gated:
    """Gate ``rows`` as ``table``, with everything that its suite asks for."""
    parameters = {"review_threshold": 0.5, **BOUNDS, **options.pop("parameters", {})}
    beside = {"clusters": frame_of("clusters", good_rows("clusters", 8))}
    return gate(GATED[table], frame_of(table, rows), now=NOW, parameters=parameters, beside=beside, **options)


@pytest.fixture(name="check")
def check_fixture() -> Callable[..., Gated]:
    return check


@pytest.fixture(name="good_rows")
def good_rows_fixture() -> Callable[..., list[Row]]:
    return good_rows


@pytest.fixture(name="frame_of")
def frame_of_fixture() -> Callable[[str, list[Row]], pl.DataFrame]:
    return frame_of
