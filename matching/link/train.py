"""Estimate the model without labels.

Both estimates use the candidate pairs that share two tokens or more of a name. They met through their names alone, so
nothing has selected their births, countries or documents, as the rules that block on a year of birth would.

u is counted among those that share names but not the first: people of one culture who are, but for a handful,
different. It is thus the u that matters (how often do two namesakes agree on country or year of birth?), which random
pairs of a world-wide input would put far too low.
m is estimated by Splink's expectation maximisation, on pairs of different lists, with u and the prior held; the u of
names follows from token rarity and kin (see ``matching/link/model.py``). Kin and the prior (matches per record) are
then what the model itself expects, and all are estimated again until they agree.

m of names in two scripts is counted in the same lists with the names of one masked (``matching/link/masked.py``): how
likely each of those pairs is one person is known from the names, births and documents that were not masked. Last, what
names weigh is calibrated, in one script and in two (``matching/link/calibrate.py``).

Judgements are matches whose answer is known: their grades are counted into m beside the expected ones, each as one match.
They are found among pairs that were shown for review, which are more alike than all: m moves, within what this allows.

Tried and left: estimating m and u together over all candidate pairs. The two largest groups there are pairs that met
through their names and pairs that met through a birth year, and it is these that were told apart, not matches from
others. Pairs of one list, too: publishers merge their duplicates, so nearly all are kin, and they outnumber the
matches.
"""

from dataclasses import dataclass, replace

import duckdb
import polars as pl

from matching.errors import ModelError
from matching.link import across, calibrate, compare, estimate, witnesses
from matching.link.calibrate import Reliability
from matching.link.fields import ACROSS, NAME
from matching.link.judgements import SAME, SCHEMA, SIDES, judged_vectors
from matching.link.model import Model
from matching.link.splink_model import PAIR_RULE, linker
from matching.link.stage import score
from matching.link.training_pairs import scored_pairs, training_pairs

ROUNDS = 3  # the third changes no weight by a tenth of a bit
FEWEST_PAIRS = 1_000  # below this, levels that are rare among matches are seen too seldom to be estimated


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of training: how far it moved the weight of a level at the most, in bits, and the matches expected."""

    largest_change: float
    expected_matches: float


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model and how it was reached.

    ``pairs`` are those across lists it was trained on. For each field of names, ``matches`` are those expected among the
    pairs it was calibrated on, and ``reliability`` what the witnesses say of these. ``judged`` is how many judgements
    were among the candidate pairs, by verdict, and ``before`` the model as it was before them and calibration.
    """

    model: Model
    rounds: tuple[Round, ...]
    pairs: int
    matches: dict[str, float]
    reliability: dict[str, tuple[Reliability, ...]]
    judged: dict[str, int]
    before: Model


def train(
    connection: duckdb.DuckDBPyConnection,
    start: Model,
    *,
    made_of: str,
    masked: duckdb.DuckDBPyConnection | None = None,
    judgements: pl.DataFrame | None = None,
) -> Trained:
    """Return ``start`` with m, u, kin and calibration estimated on the candidate pairs of ``connection`` (from
    ``stage.normalised``).

    ``masked`` has the same records with the names of one list masked; without it, or with too few matches across
    scripts, what ``start`` has of names in two scripts stays. ``judgements`` has record_id_l, record_id_r, verdict.

    Raises ModelError where there are too few candidate pairs to estimate from.
    """
    before, rounds = _in_rounds(connection, replace(start, made_of=made_of))
    model = before
    given = SCHEMA.to_frame() if judgements is None else judgements
    judged = judged_vectors(connection, given)
    records = compare.count_persons(connection)
    pairs = training_pairs(connection, model).filter(~pl.col("is_same_list"))
    model = _as_judged(model, scored_pairs(pairs, model, records=records), judged)
    done = {NAME: _calibrated(model, connection, given)}
    model = done[NAME].model
    if masked is not None:
        done[ACROSS] = across.estimate_across(model, connection, masked, given)
        model = done[ACROSS].model
    return Trained(
        model=model.rounded(),
        rounds=rounds,
        pairs=pairs.height,
        matches={name: one.matches for name, one in done.items()},
        reliability={name: one.reliability for name, one in done.items()},
        judged=dict(judged.group_by("verdict").len().sort("verdict").iter_rows()),
        before=before,
    )


def estimated(connection: duckdb.DuckDBPyConnection, start: Model) -> Model | None:
    """Return ``start`` with m, u, kin and prior estimated, neither judged nor calibrated; None with too few pairs."""
    try:
        return _in_rounds(connection, start)[0]
    except ModelError:
        return None


def _in_rounds(connection: duckdb.DuckDBPyConnection, model: Model) -> tuple[Model, tuple[Round, ...]]:
    rounds = []
    for _ in range(ROUNDS):
        improved, matches = _improved(model, connection)
        rounds.append(Round(largest_change=largest_change(model, improved), expected_matches=matches))
        model = improved
    return model, tuple(rounds)


def largest_change(before: Model, after: Model) -> float:
    """The most by which the weight of a level differs between two models, in bits; of names, the m."""
    return max(changes(before, after).values())


def changes(before: Model, after: Model) -> dict[str, float]:
    """By how much the weight of each level differs between two models, in bits, by ``field: level``."""
    return {
        f"{field.name}: {old.name}": abs(field.bits(old) - field.bits(new))
        for field, other in zip(before.fields, after.fields, strict=True)
        for old, new in zip(field.levels, other.levels, strict=True)
    }


def _improved(model: Model, connection: duckdb.DuckDBPyConnection) -> tuple[Model, float]:
    """One round: compare under ``model``, then estimate u, m, kin and the prior in turn; and the matches expected."""
    records = compare.count_persons(connection)
    pairs = training_pairs(connection, model).filter(pl.col(NAME) <= estimate.DIFFERENT_FIRST_NAME)
    if pairs.height < FEWEST_PAIRS:
        raise ModelError(
            f"{pairs.height} candidate pairs share two tokens, at least {FEWEST_PAIRS} are needed to train: run with"
            " more lists, or keep the shipped model"
        )
    namesakes = pairs.filter(pl.col(NAME) == estimate.DIFFERENT_FIRST_NAME)
    model = replace(model, fields=tuple(estimate.counted(field, namesakes[field.column]) for field in model.fields))
    other_lists = pairs.filter(~pl.col("is_same_list"))
    model = _maximised(model, other_lists.filter(pl.col(NAME) < estimate.DIFFERENT_FIRST_NAME), records=records)
    scored = scored_pairs(other_lists, model, records=records)
    model = model.with_field(estimate.with_kin(model.field(NAME), scored, records=records))
    matches = float(scored["match_probability"].sum())
    return replace(model, matches_per_record=matches / records), matches


def _maximised(model: Model, pairs: pl.DataFrame, *, records: int) -> Model:
    """Estimate m among ``pairs``, u and the prior held."""
    estimator = linker(pairs.drop(SIDES), model, prior=model.prior(records))
    estimator.training.estimate_parameters_using_expectation_maximisation(
        PAIR_RULE, fix_probability_two_random_records_match=True
    )
    made = {one["output_column_name"]: one for one in estimator.misc.save_model_to_json()["comparisons"]}
    return replace(model, fields=tuple(estimate.maximised(field, made[field.name]) for field in model.fields))


def _as_judged(model: Model, scored: pl.DataFrame, judged: pl.DataFrame) -> Model:
    """Count the grades of the pairs judged the same person into m, beside the matches expected among ``scored``."""
    same = judged.filter(verdict=SAME)
    if same.is_empty():
        return model
    fields = []
    for field in model.fields:
        known = pl.col(field.column).is_in([level.grade for level in field.levels])
        expected = float(scored.filter(known)["match_probability"].sum())
        counts = dict(same.filter(known).group_by(field.column).len().iter_rows())
        fields.append(estimate.observed(field, counts, beside=expected))
    return replace(model, fields=tuple(fields))


def _calibrated(model: Model, connection: duckdb.DuckDBPyConnection, judgements: pl.DataFrame) -> calibrate.Calibrated:
    """Calibrate names in one script: births are the witnesses, and judgements.

    What names weigh decides how many persons two lists share, and so the offset: in rounds until both agree.
    """
    found = calibrate.Calibrated(model=model, matches=0.0)
    for _ in range(ROUNDS):
        scored = score(connection, found.model).filter(pl.col("source_l") != pl.col("source_r"))
        known = witnesses.by_births(scored, found.model)
        of_names = witnesses.of_field(scored, model.field(NAME))
        known = witnesses.with_judgements(known, of_names, judgements, found.model.calibrated(NAME))
        found = calibrate.calibrated(found.model, NAME, known)
    return found
