"""What a run knows of persons that no log may hold: their names, births and numbers, as published and as normalised."""

from pathlib import Path

import polars as pl

from matching.tables import BIRTHS, IDENTIFIERS, NAMES, RECORDS
from matching.workspace import read_table

SHORTEST = 6
"""Letters below which a text stands in a log by chance: `Li`, `1975`."""


def personal_texts(run_folder: Path) -> set[str]:
    """Every name, birth and document number in the run that is at least SHORTEST letters long."""
    records = read_table(run_folder, RECORDS).filter(entity_kind="person")
    fields = [("names", "full"), ("births", "text"), ("identifiers", "number"), ("parents", "name")]
    columns = [records.explode(name)[name].struct.field(field) for name, field in fields]
    columns += [read_table(run_folder, NAMES)["romanised"], read_table(run_folder, IDENTIFIERS)["number"]]
    columns += [read_table(run_folder, BIRTHS)["earliest"].cast(pl.String)]
    found = {str(text) for column in columns for text in column.drop_nulls().unique()}
    return {text for text in found if len(text) >= SHORTEST}
