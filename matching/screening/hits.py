"""Hits as a reviewer reads them: the person asked about, the listing and where it comes from, what speaks for and against.

Enters: scored pairs with their explanations. Leaves: one row per hit, as CSV, JSON or XLSX. Lists are text of others: in
CSV and XLSX no cell can become a formula.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from matching.errors import UsageError
from matching.screening.people import SOURCE
from matching.tables import BIRTHS, IDENTIFIERS, NAMES, RECORDS
from matching.workspace import scan_table

SIDES = ("record_id_l", "record_id_r")
PROVENANCE = ("source", "listing_kind", "authority", "authority_country", "programmes", "listed_date", "url", "snapshot_id",
              "retrieved_at", "licence", "handling_code")  # fmt: skip
# What spreadsheets take for the beginning of a formula (OWASP, CSV injection); an apostrophe before it makes it text.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
# Characters that XML 1.0, and so XLSX, cannot hold.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def hits_of(found: pl.DataFrame, explained: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Return one row per pair of ``found``, the most probable first within each person.

    ``found`` as ``conflicts.with_conflicts`` returns them, ``explained`` their EXPLANATIONS; ``folder`` has the normalised
    tables of both sides.
    """
    is_left = pl.col("record_id_l").str.starts_with(f"{SOURCE}:")
    sided = found.join(explained, on=SIDES, how="left").with_columns(
        person_record_id=pl.when(is_left).then("record_id_l").otherwise("record_id_r"),
        listing_record_id=pl.when(is_left).then("record_id_r").otherwise("record_id_l"),
        person_form=pl.when(is_left).then("form_l").otherwise("form_r"),
        listing_form=pl.when(is_left).then("form_r").otherwise("form_l"),
        words=pl.when(is_left).then("words").otherwise(pl.col("words").list.eval(_turned())),
    )
    ids = pl.concat([sided["person_record_id"], sided["listing_record_id"]]).unique()
    told = _told(ids, folder)
    records = scan_table(folder, RECORDS).filter(pl.col("record_id").is_in(ids.implode())).collect()
    return (
        sided.join(told.rename(lambda name: f"person_{name}"), on="person_record_id", how="left")
        .join(told.rename(lambda name: f"listing_{name}"), on="listing_record_id", how="left")
        .join(records.select(*PROVENANCE, listing_record_id="record_id"), on="listing_record_id", how="left")
        .join(records.select(person_record_id="record_id", person_id="publisher_id"), on="person_record_id", how="left")
        .sort("person_record_id", "match_weight", "listing_record_id", descending=[False, True, False])
        .select(
            "person_id", "person_record_id", "person_names", "person_births", "person_documents",
            "match_probability", "match_weight", "is_match", "conflicts",
            "listing_record_id", "listing_names", "listing_births", "listing_documents", *PROVENANCE,
            "person_form", "listing_form", "words", "supports", "against", "unknown", "steps",
        )
    )  # fmt: skip


def _turned() -> pl.Expr:
    """What an explanation says of the left and the right, said of the person and the listing."""
    text = pl.element()
    is_left, is_right = text.str.starts_with("only on the left: "), text.str.starts_with("only on the right: ")
    return (
        pl.when(is_left)
        .then(text.str.replace("left", "right", literal=True))
        .when(is_right)
        .then(text.str.replace("right", "left", literal=True))
        .otherwise(text)
    )


def _told(ids: pl.Series, folder: Path) -> pl.DataFrame:
    """Names, births and documents of records, as published: record_id, names, births, documents."""
    told = ids.rename("record_id").to_frame().sort("record_id")
    for table, name, column, number in (
        (NAMES, "names", "full", "name_no"),
        (BIRTHS, "births", "text", "birth_no"),
        (IDENTIFIERS, "documents", "number_text", "identifier_no"),
    ):
        rows = scan_table(folder, table).filter(pl.col("record_id").is_in(ids.implode())).collect()
        listed = (
            rows.sort("record_id", number).group_by("record_id", maintain_order=True).agg(pl.col(column).alias(name))
        )
        told = told.join(listed, on="record_id", how="left").with_columns(pl.col(name).fill_null([]))
    return told


def writer_for(path: Path) -> Callable[[pl.DataFrame, Path], None]:
    """Return what writes hits to ``path``, by its ending. Raises UsageError for one that is not known."""
    writers = {".csv": _write_csv, ".json": _write_json, ".xlsx": _write_xlsx}
    if path.suffix.lower() not in writers:
        raise UsageError(f"-o {path}: the ending says the format: give one of {', '.join(writers)}")
    if not path.parent.is_dir():
        raise UsageError(f"-o {path}: there is no folder {path.parent}: make it, or give another")
    return writers[path.suffix.lower()]


def _write_csv(hits: pl.DataFrame, path: Path) -> None:
    rows = [[_guarded(value) for value in _flat(row)] for row in hits.iter_rows()]
    schema = dict.fromkeys(hits.columns, pl.String)
    path.write_bytes(b"\xef\xbb\xbf" + pl.DataFrame(rows, schema=schema, orient="row").write_csv().encode())


def _write_json(hits: pl.DataFrame, path: Path) -> None:
    text = json.dumps(hits.to_dicts(), ensure_ascii=False, indent=1, default=_as_text)
    path.write_text(text + "\n", encoding="utf-8")


def _write_xlsx(hits: pl.DataFrame, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("hits")
    sheet.append(hits.columns)
    for row in hits.iter_rows():
        sheet.append([_cell(sheet, value) for value in _flat(row)])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    """A cell that holds text as text, whatever it begins with."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=_NOT_XML.sub("", value))
    cell.data_type = "s"
    return cell


def _flat(row: tuple[Any, ...]) -> list[Any]:
    """Lists of texts as one text, other nested values as JSON, times as ISO 8601."""
    return [_flattened(value) for value in row]


def _flattened(value: Any) -> Any:
    if isinstance(value, list):
        is_texts = all(isinstance(item, str) for item in value)
        return " | ".join(value) if is_texts else json.dumps(value, ensure_ascii=False, default=_as_text)
    return value if value is None or isinstance(value, str | int | float) else _as_text(value)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _guarded(value: Any) -> str | None:
    """A value of CSV that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return None if value is None else str(value)
