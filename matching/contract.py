"""What a boundary table promises: the columns, types and order that its writers conform to (see tables.py)."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

Type = pl.DataType | type[pl.DataType]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its Polars type, whether it may be null, and what it holds."""

    dtype: Type
    meaning: str
    nullable: bool = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """One boundary table. ``grain`` says what one row is; ``key`` are the columns it is unique and sorted by."""

    name: str
    zone: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]

    @property
    def schema(self) -> pl.Schema:
        """The Polars schema, in column order."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    def empty(self) -> pl.DataFrame:
        """A frame of this contract without rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return ``frame`` with exactly this table's columns, types and row order.

        Raises ValueError naming every column that is missing, unexpected, null where it may not be, or cannot be cast.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        extra = [name for name in frame.columns if name not in self.columns]
        if missing or extra:
            raise ValueError(f"table {self.name}: missing columns {missing}, unexpected columns {extra}")
        try:
            typed = frame.select(pl.col(name).cast(column.dtype) for name, column in self.columns.items())
        except pl.exceptions.PolarsError:
            # Without Polars' own message, which quotes values: they may be a person's.
            raise ValueError(f"table {self.name}: values that do not fit the type: {self._unfit(frame)}") from None
        nulls = [n for n, c in self.columns.items() if not c.nullable and typed[n].null_count()]
        if nulls:
            raise ValueError(f"table {self.name}: nulls in columns that hold a value for every row: {nulls}")
        if self._is_sorted(typed):
            return typed.rechunk()  # as sorting leaves it, for a fifth of the time and half of the space
        return typed.sort(*self.key, nulls_last=True, maintain_order=True)

    def _is_sorted(self, typed: pl.DataFrame) -> bool:
        keys = typed.select(self.key)
        if any(column.null_count() for column in keys):
            return False  # what is null sorts last, but not within a struct
        return bool(keys.select(pl.struct(pl.all())).to_series().is_sorted())

    def _unfit(self, frame: pl.DataFrame) -> list[str]:
        return [
            f"{name} ({frame.schema[name]}, expected {column.dtype})"
            for name, column in self.columns.items()
            if not _casts(frame[name], column.dtype)
        ]


def _casts(values: pl.Series, dtype: Type) -> bool:
    try:
        values.cast(dtype)
    except pl.exceptions.PolarsError:
        return False
    return True


def required(dtype: Type, meaning: str) -> Column:
    """A column that holds a value in every row."""
    return Column(dtype=dtype, meaning=meaning, nullable=False)


def optional(dtype: Type, meaning: str) -> Column:
    """A column that may be null: unknown."""
    return Column(dtype=dtype, meaning=meaning)
