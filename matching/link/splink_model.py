"""The model in Splink's terms, and the connection between vectors and Splink.

A vector is registered as two records, left and right, of one ``vector_id``; the only blocking rule joins them again,
and every level reads the grade that has already been given (see the decision in ``matching/link/__init__.py``).
"""

import logging

import polars as pl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_level_library import CustomLevel
from splink.comparison_library import CustomComparison

from matching.link.fields import Field, Level
from matching.link.model import Model

VECTOR_ID = "vector_id"
RARITY = "name_rarity"
PAIR_RULE = block_on(VECTOR_ID)


def linker(vectors: pl.DataFrame, model: Model, *, prior: float) -> Linker:
    """Return a linker over ``vectors`` (one row per vector: vector_id, name_rarity and a grade per field).

    It has a database of its own: Splink names its tables itself, and vectors are few.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name=VECTOR_ID,
        comparisons=[_comparison(field) for field in model.fields],
        blocking_rules_to_generate_predictions=[PAIR_RULE],
        probability_two_random_records_match=prior,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=False,
        max_iterations=200,
        # Not smaller: m of a level that no match falls in shrinks with every round, and Splink refuses it below 1e-300.
        em_convergence=1e-5,
    )
    api = DuckDBAPI()
    sides = [api.register(vectors, dataset_display_name=side) for side in ("l", "r")]
    made = Linker(sides, settings, log_level=None)
    terms = vectors.select(pl.col(RARITY).unique().sort()).with_columns((2.0 ** -pl.col(RARITY)).alias(f"tf_{RARITY}"))
    made.table_management.register_term_frequency_lookup(api.register(terms), RARITY)
    return made


def _comparison(field: Field) -> CustomComparison:
    grade = f"{field.column}_l"
    graded = ", ".join(str(level.grade) for level in field.levels)
    unknown = CustomLevel(f"{grade} NOT IN ({graded})", label_for_charts="unknown").configure(is_null_level=True)
    levels = [_level(level, grade) for level in field.levels]
    for level, made in zip(field.levels, levels, strict=True):
        if field.weighs_rarity(level):
            made.configure(tf_adjustment_column=RARITY, tf_adjustment_weight=1.0, disable_tf_exact_match_detection=True)
    return CustomComparison(output_column_name=field.name, comparison_levels=[unknown, *levels])


def _level(level: Level, grade: str) -> CustomLevel:
    return CustomLevel(f"{grade} = {level.grade}", label_for_charts=level.name).configure(
        m_probability=level.m, u_probability=level.u, fix_m_probability=level.pinned, fix_u_probability=level.pinned
    )
