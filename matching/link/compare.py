"""The comparison vector of each candidate pair: a grade per field, and how rare the shared name is."""

import math
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl

from matching import database
from matching.link import blocking, pairings
from matching.link.align import Compared, TokenForms, align, nothing_agrees, token_forms
from matching.link.model import Model
from matching.link.pairings import Borne, ComparedPairs, Floats, FormPairs, Integers, parts
from matching.normalise.compare import TOLD, compare_forms
from matching.normalise.forms import parse_forms

BATCH = 1_000_000  # forms that are read at a time


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what both blocking and comparing need: token rarity and distinct name forms."""
    rarity_of_tokens(connection)
    make_forms(connection)


def make_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the distinct name forms of the table ``names``, and which each record bears."""
    _run(connection, ("forms", "record_forms"))


def rarity_of_tokens(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``token_rarity`` of the table ``names``."""
    _run(connection, ("token_rarity",))


class Forms(NamedTuple):
    """The names of all records as arrays: which forms each bears, and the tokens of each form."""

    borne: Borne
    tokens: TokenForms


def read_forms(connection: duckdb.DuckDBPyConnection) -> Forms:
    """Read the forms that ``prepare`` made."""
    rarity = connection.sql("SELECT token, skeleton, bits, skeleton_bits FROM token_rarity").pl()
    borne = pairings.read_borne(connection)
    batches = connection.sql("SELECT tokens FROM forms ORDER BY form_id").to_arrow_reader(BATCH)
    return Forms(borne, token_forms((pl.DataFrame(batch)["tokens"] for batch in batches), rarity))


def gather_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the names and documents of all candidate pairs: what no model changes.

    Registers ``compared_pairs``, the candidate pairs as they are now, and ``name_comparisons``: grade, similarity and bits of
    each pair of their forms (``pairings.form_pairs``), in their order.
    """
    pairs = connection.sql("SELECT record_id_l, record_id_r FROM candidate_pairs").pl().cast(pl.UInt32)
    left, right = (column.to_numpy() for column in pairs)
    forms = read_forms(connection)
    found = [nothing_agrees(0)]
    found += [compare_names(connection, forms, left[p], right[p]).forms for p in parts(left, right, forms.borne)]
    compared = dict(zip(Compared._fields, map(np.concatenate, zip(*found, strict=True)), strict=True))
    connection.register("compared_pairs", pairs)
    connection.register("name_comparisons", pl.DataFrame(compared))
    compare_documents(connection)


def compare_names(
    connection: duckdb.DuckDBPyConnection, forms: Forms, left: pairings.Numbers, right: pairings.Numbers
) -> ComparedPairs:
    """How the names of pairs of records compare.

    Forms in Latin letters are compared by their tokens (align.py), all others by matching/normalise/compare.py. Both at once:
    what the latter reads of forms before it compares them holds the interpreter.
    """
    met = pairings.form_pairs(left, right, forms.borne)
    found = nothing_agrees(len(met.left))

    def across() -> None:
        _compare_across(connection, met, forms.tokens.totals, found)

    align(forms.tokens, met.left, met.right, met.is_latin, found, beside=across)
    return ComparedPairs(left, right, found)


def compare_documents(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``identifier_evidence`` of ``candidate_pairs``."""
    _run(connection, ("identifier_evidence",))


def compare(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Make ``comparison_vectors`` (one row per candidate pair) of the evidence and return ``vectors``, the distinct ones."""
    compare_pairs(connection, model, pairings.read_borne(connection))
    return distinct_vectors(connection)


def compare_pairs(connection: duckdb.DuckDBPyConnection, model: Model, borne: Borne) -> None:
    """Make ``comparison_vectors`` of the evidence; of candidate pairs that were among those it was gathered of.

    The model decides which of several name pairings is the best, by what its levels tell.
    """
    register_levels(connection, model)
    pairs, compared = (connection.sql(f"FROM {name}").pl() for name in ("compared_pairs", "name_comparisons"))
    arrays = [column.to_numpy(writable=True) for column in (*pairs, *compared)]  # as linking has them: compiled once
    pairings.find_best_pairings(connection, borne, ComparedPairs(arrays[0], arrays[1], Compared(*arrays[2:])))
    put_together(connection)


def register_levels(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Register ``name_level_bits``: what the levels of names tell under ``model``."""
    connection.register("name_level_bits", pl.DataFrame(model.name_levels(count_persons(connection))))


def put_together(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``comparison_vectors`` of ``candidate_pairs`` and the evidence of their names and documents."""
    _run(connection, ("comparison_vectors",))


def distinct_vectors(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Make ``vectors`` of ``comparison_vectors`` and return them: each distinct one, with how many pairs have it."""
    _run(connection, ("vectors",))
    vectors: pl.DataFrame = connection.sql("SELECT * FROM vectors ORDER BY vector_id").pl()
    return vectors


def _compare_across(connection: duckdb.DuckDBPyConnection, met: FormPairs, totals: Floats, found: Compared) -> None:
    """Compare the forms of ``met`` that are not both in Latin letters, and write it to ``found`` at their places.

    ``totals``: the bits of all tokens of each form, by their rarity in these lists.
    """
    places = np.flatnonzero(~met.is_latin)
    left, right = met.left[places], met.right[places]
    is_met = np.zeros(len(totals), dtype=np.bool_)
    is_met[left] = is_met[right] = True
    forms = np.flatnonzero(is_met)
    number = np.cumsum(is_met) - 1
    texts = _texts(connection, forms)
    compared = _compared(texts, number[left], number[right], totals[forms]).with_columns(place=places)
    connection.register("compared_across_scripts", compared)
    _run(connection, ("names_across_scripts",))
    connection.unregister("compared_across_scripts")
    told = connection.sql("SELECT place, grade, similarity, rarity_bits AS bits FROM names_across_scripts").pl()
    rows = told["place"].to_numpy()
    for name, column in found._asdict().items():
        column[rows] = told[name].to_numpy()


def _texts(connection: duckdb.DuckDBPyConnection, forms: Integers) -> list[str]:
    connection.register("forms_met", pl.DataFrame({"form_id": forms + 1}))
    found = connection.sql(_TEXTS).pl()
    connection.unregister("forms_met")
    texts: list[str] = found["text"].to_list()
    return texts


_TEXTS = """
SELECT CASE WHEN script = 'Latn' THEN array_to_string(tokens, ' ') ELSE spelling END AS text
FROM forms
SEMI JOIN forms_met USING (form_id)
ORDER BY form_id
"""


def _compared(texts: list[str], left: Integers, right: Integers, totals: Floats) -> pl.DataFrame:
    """Compare texts that are not both in Latin letters: one row per pair, see sql/40_link/names_across_scripts.sql."""
    found = compare_forms(parse_forms(texts), left, right)
    told = {name: found.told[:, place] for place, name in enumerate(TOLD)}
    everything = told["shared_rarity"] + told["left_out_rarity"]
    is_whole = told["whole"] > told["matched"]
    tells = np.where(is_whole, everything * np.clip(told["whole_quality"], 0, 1), told["shared_rarity"])
    return pl.DataFrame({
        "score": found.score, "is_same": found.are_same(), "tells": tells, "share": tells / np.maximum(everything, 1e-9),
        "total_bits": totals[found.latin],
    })  # fmt: skip


def count_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records are linked, in steps of a quarter of a doubling (see ``incremental.py``)."""
    return in_steps(blocking.count_persons(connection))


def in_steps(count: int) -> int:
    """Return ``count`` to the nearest quarter of a doubling, as sql/macros/bits_of_count.sql has it.

    >>> [in_steps(count) for count in (0, 1, 2, 3, 1000, 12307, 12700)]
    [0, 1, 2, 3, 1024, 11585, 13777]
    """
    return round(2 ** (round(4 * math.log2(count)) / 4)) if count else 0


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for name in names:
        database.run_file(connection, f"40_link/{name}")
