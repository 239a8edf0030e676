"""Column contracts: what a frame must be to cross a stage."""

from datetime import UTC, datetime

import polars as pl
import pytest

from matching.contract import Table
from matching.tables import CHANGES, CLUSTERS, PAIRS, QUARANTINE, TABLES

NOTHING = [[], []]
CLUSTER = pl.DataFrame(
    {
        "cluster_id": ["x:1", "x:1"],
        "record_id": ["y:2", "x:1"],
        "source": ["y", "x"],
        "conflicts": NOTHING,
        "kept_apart": NOTHING,
    }
)
ALL = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_rows_come_in_the_order_of_the_key_and_columns_in_the_contracts() -> None:
    conformed = CLUSTERS.conform(CLUSTER.select(reversed(CLUSTER.columns)))
    assert conformed.columns == ["cluster_id", "record_id", "source", "conflicts", "kept_apart"]
    assert conformed["record_id"].to_list() == ["x:1", "y:2"]


def test_types_are_cast_to_the_contracts() -> None:
    rows = {name: [None] for name in QUARANTINE.columns}
    text = {name: ["x"] for name in QUARANTINE.columns if name != "value"}
    conformed = QUARANTINE.conform(pl.DataFrame({**rows, **text}))
    assert conformed.schema == QUARANTINE.schema


def test_missing_and_unexpected_columns_are_named_together() -> None:
    with pytest.raises(ValueError, match=r"clusters: missing columns \['source'\], unexpected columns \['sauce'\]"):
        CLUSTERS.conform(CLUSTER.rename({"source": "sauce"}))


def test_every_column_with_a_null_where_none_may_be_is_named() -> None:
    with pytest.raises(ValueError, match=r"clusters: nulls .*\['cluster_id', 'source'\]"):
        CLUSTERS.conform(CLUSTER.with_columns(cluster_id=None, source=None))


def test_every_column_that_cannot_be_cast_is_named() -> None:
    frame = PAIRS.empty().clear(1).with_columns(pl.lit("x").alias(name) for name in PAIRS.columns)
    with pytest.raises(ValueError, match=r"pairs: .*match_weight.*match_probability"):
        PAIRS.conform(frame)


@ALL
def test_an_empty_table_conforms(table: Table) -> None:
    assert table.conform(table.empty()).schema == table.schema


@ALL
def test_every_contract_is_documented(table: Table) -> None:
    assert TABLES[table.name] is table
    assert table.grain
    assert table.zone[:2].isdigit()
    assert [name for name, column in table.columns.items() if len(column.meaning) < 5] == []


@ALL
def test_key_columns_are_of_the_table_and_never_null_unless_last(table: Table) -> None:
    assert set(table.key) <= set(table.columns)
    assert not table.columns[table.key[0]].nullable


def test_datetimes_are_utc() -> None:
    zones = {
        dtype.time_zone
        for table in TABLES.values()
        for dtype in table.schema.values()
        if isinstance(dtype, pl.Datetime)
    }
    assert zones == {"UTC"}


def test_changes_conform_from_rows() -> None:
    row = dict.fromkeys(CHANGES.columns, "x") | {"fields": ["names"]}
    assert CHANGES.conform(pl.DataFrame([row])).height == 1


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    table = TABLES["ledger"]
    when = datetime(2026, 1, 1, 12, tzinfo=UTC)
    frame = pl.DataFrame({"started_at": [when]}).with_columns(pl.col("started_at").dt.convert_time_zone("Asia/Tokyo"))
    assert frame["started_at"].cast(table.schema["started_at"]).to_list() == [when]
