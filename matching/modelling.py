"""The life of a model over a workspace: trained, kept with its card, compared, and the thresholds it gives to choose from.

Reads the last published run and judgements. Writes ``models/`` of the workspace; no run changes by any of this until a
model is promoted and a run is made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from matching import database, ledger
from matching.errors import UsageError
from matching.link import blocking, card, differences, figures, stage, train, trained_on
from matching.link import model as models
from matching.link.fields import ACROSS
from matching.link.judgements import DIFFERENT, SAME, SIDES, kept_back, to_train_on
from matching.link.masked import mask
from matching.link.model import Model
from matching.link.registry import CARD_FILE, DEFAULT, Registry
from matching.link.sampling import Recall, estimate_recall
from matching.link.train import Trained
from matching.settings import Settings
from matching.tables import MATCHES, NAMES, PAIRS, RECORDS, SAMPLES
from matching.workspace import Workspace, read_table

PAGE_FILE = "card.html"
HALVES = 2
_HALF = "CREATE OR REPLACE TABLE candidate_pairs AS SELECT * FROM all_candidate_pairs WHERE {}"
_IN_HALF = "md5_number_lower(record_id_l || ' ' || record_id_r) % 2 = {}"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A model that was trained: its id in the registry, how it was trained, and its card.

    Where the registry held it before (``was_there``), it keeps the card that it had.
    """

    model_id: str
    was_there: bool
    trained: Trained
    facts: card.Facts


def train_model(
    workspace: Workspace,
    settings: Settings,
    *,
    now: datetime,
    by: str,
    made_of: str = "",
    judgements: pl.DataFrame | None = None,
) -> Kept:
    """Train a model on the last published run and keep it, with its card, in the registry. It is not promoted.

    Of ``judgements`` a part is kept back (``judgements.kept_back``), for the card and for calibration.

    Raises WorkspaceError before the first run, ModelError where there is too little to train on.
    """
    folder = workspace.published_folder()
    data, known = _data(folder), None if judgements is None else to_train_on(judgements)
    with _evidence(workspace, settings, folder) as (connection, masked):
        trained = train.train(connection, _start(), made_of=made_of or _made_of(data), masked=masked, judgements=known)
        pairs = _scored(connection, trained.model)
        stability = _stability(connection, trained, pairs, threshold=settings.review_threshold)
    facts = card.Facts(
        trained_at=now,
        trained_by=by,
        run_id=folder.name,
        versions=ledger.versions(),
        threshold=settings.review_threshold,
        data=data,
        stability=stability,
        **_figures(folder, pairs, judgements, threshold=settings.review_threshold),
    )
    registry = Registry(workspace)
    was_there = trained.model.model_id in registry.names()
    return Kept(model_id=keep(registry, trained, facts, known), was_there=was_there, trained=trained, facts=facts)


def keep(registry: Registry, trained: Trained, facts: card.Facts, judgements: pl.DataFrame | None = None) -> str:
    """Keep the model, its card, and which ``judgements`` it was trained on; return its id."""
    title = f"Model card: {trained.model.model_id}"
    parts = card.sections(trained, facts)
    found = {
        "trained_at": facts.trained_at.isoformat(),
        "trained_by": facts.trained_by,
        "run_id": facts.run_id,
        "versions": facts.versions,
        "matches": facts.lists["matches"][0] if facts.lists.height else 0,
        "judged": sum(trained.judged.values()),
    }
    texts = {CARD_FILE: card.markdown(title, parts), PAGE_FILE: card.page(title, parts)}
    if judgements is not None:
        texts[trained_on.FILE] = trained_on.text_of(judgements)
    return registry.keep(trained.model, texts, facts=found)


def compare_models(workspace: Workspace, settings: Settings, before: str, after: str) -> pl.DataFrame:
    """Score the evidence of the last published run under two models; returns ``differences.changes``.

    Raises WorkspaceError before the first run, ModelError where a model cannot be loaded.
    """
    registry = Registry(workspace)
    one, other = registry.load(before), registry.load(after)
    folder = workspace.published_folder()
    with workspace.scratch() as spill, stage.normalised(folder, settings, spill=spill) as connection:
        scored = [_scored(connection, model) for model in (one, other)]
    return differences.changes(*scored, threshold=settings.review_threshold)


def published_pairs(workspace: Workspace) -> pl.DataFrame:
    """The scored pairs of the last published run. Raises WorkspaceError before the first."""
    return read_table(workspace.published_folder(), PAIRS)


def production_recall(workspace: Workspace, judged: pl.DataFrame, *, threshold: float, seed: int) -> Recall | None:
    """Estimate recall of the last published run at ``threshold`` from its judged samples; None where none is judged.

    Of pairs of two lists, as the samples are; those of one list are counted where a run before sampled them too. Above the threshold, matches judged the same are counted, and of the others as many as the model expects. Raises
    UsageError where the run was made at another threshold, or has no match to speak of.
    """
    folder = workspace.published_folder()
    _refuse_another_threshold(folder, threshold)
    samples, matches = read_table(folder, SAMPLES), read_table(folder, MATCHES)
    if not samples["is_same_list"].any():
        matches = matches.filter(~pl.col("is_same_list"))
    matches = matches.join(judged, on=SIDES, how="left")
    decided = pl.when(pl.col("verdict") == SAME).then(1.0).when(pl.col("verdict") == DIFFERENT).then(0.0)
    found = float(matches.select(decided.otherwise("match_probability").sum()).item())
    if not found:
        raise UsageError(
            f"run {folder.name} has no match at or above {threshold} that is not judged different, expected one or more:"
            " of no match there is no recall to estimate"
        )
    return estimate_recall(samples, judged, found=found, seed=seed)


def _refuse_another_threshold(folder: Path, threshold: float) -> None:
    """Raise UsageError unless the run's matches are its pairs at or above ``threshold``, and its samples are below.

    Told by what the run holds, so that it is true of any run: the setting may have changed since.
    """
    matches, pairs = read_table(folder, MATCHES), read_table(folder, PAIRS)
    if matches.height == (pairs["match_probability"] >= threshold).sum():
        return
    below = pairs.join(matches, on=SIDES, how="anti")["match_probability"].to_list()
    ends = [f"above {max(below):.6g}"] * bool(below)
    if matches.height:
        ends.append(f"at the most {min(matches['match_probability'].to_list()):.6g}")
    raise UsageError(
        f"run {folder.name} was made at another review threshold than {threshold}: {' and '.join(ends)}. Its samples tell of that"
        " one only. Set review_threshold to it, or run again with the setting of now"
    )


@contextmanager
def _evidence(
    workspace: Workspace, settings: Settings, folder: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection | None]]:
    """Give the evidence of the run in ``folder`` as it is, and with the names of one list masked if one has two scripts."""
    with workspace.scratch() as spill, stage.normalised(folder, settings, spill=spill / "plain") as connection:
        instead = mask(folder)
        if not instead:
            yield connection, None
            return
        with stage.normalised(folder, settings, spill=spill / "masked", instead=instead) as masked:
            yield connection, masked


def _scored(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """The pairs as a run would score them under ``model``: without those whose births contradict each other, which models are
    estimated on. Those that a run of large lists does not keep (link/likely.py) are no match under either model."""
    connection.execute("CREATE TABLE every_candidate_pair AS FROM candidate_pairs").fetchall()
    blocking.leave_out_contradicted(connection)
    scored = stage.score(connection, model)
    database.replace(connection, "candidate_pairs", by="every_candidate_pair")
    return scored


def _start() -> Model:
    """What training starts from: for names across scripts the shipped model, which lists in one script cannot better."""
    shipped = models.load(DEFAULT)
    start = models.UNTRAINED.with_field(shipped.field(ACROSS))
    return replace(start, calibration={ACROSS: shipped.calibrated(ACROSS)})


def _data(folder: Path) -> pl.DataFrame:
    """A row per list of the run: source, snapshot, when retrieved, records and persons."""
    return (
        read_table(folder, RECORDS)
        .group_by("source")
        .agg(
            snapshot=pl.col("snapshot_id").first().str.head(12),
            retrieved=pl.col("retrieved_at").max().dt.strftime("%Y-%m-%d"),
            records=pl.len(),
            persons=(pl.col("entity_kind") == "person").sum(),
        )
        .sort("source")
    )


def _made_of(data: pl.DataFrame) -> str:
    lists = [f"{row['source']} of {row['retrieved']} ({row['snapshot']})" for row in data.iter_rows(named=True)]
    return f"{', '.join(lists)}; without labels"


def _figures(
    folder: Path, pairs: pl.DataFrame, judgements: pl.DataFrame | None, *, threshold: float
) -> dict[str, pl.DataFrame]:
    """The figures of a card, by the name that ``card.Facts`` has for each."""
    scripted = figures.with_scripts(pairs, read_table(folder, NAMES))
    made = {
        "lists": figures.by_lists(pairs, threshold=threshold),
        "scripts": figures.by_scripts(scripted, threshold=threshold),
        "weights": figures.weights(pairs),
    }
    if judgements is not None:
        for name, of in (("judged", to_train_on(judgements)), ("kept_back", kept_back(judgements))):
            made[name] = figures.against_judgements(scripted, of, threshold=threshold)
    return made


def _stability(
    connection: duckdb.DuckDBPyConnection, trained: Trained, pairs: pl.DataFrame, *, threshold: float
) -> pl.DataFrame:
    """Train on each half of the candidate pairs: a row per half, with the largest change and what its matches become."""
    connection.execute("CREATE TABLE all_candidate_pairs AS FROM candidate_pairs").fetchall()
    rows = []
    for half in range(HALVES):
        connection.execute(_HALF.format(_IN_HALF.format(half))).fetchall()
        halved = train.estimated(connection, _start())
        connection.execute(_HALF.format("TRUE")).fetchall()
        if halved is None:
            continue
        # The prior is of the whole run: half the pairs have half the matches.
        whole = replace(
            halved, matches_per_record=trained.model.matches_per_record, calibration=trained.model.calibration
        )
        found = differences.counts(differences.changes(pairs, _scored(connection, whole), threshold=threshold))
        changed = found.row(0, named=True) if found.height else dict.fromkeys(("appears", "vanishes", "stays"), 0)
        rows.append(
            {
                "half": half + 1,
                **_largest(train.changes(trained.before, halved)),
                **{kind: changed[kind] for kind in ("appears", "vanishes", "stays")},
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _largest(changes: dict[str, float]) -> dict[str, Any]:
    level = max(changes, key=lambda one: (changes[one], one))
    middle = sorted(changes.values())[len(changes) // 2]
    return {"median_change_bits": round(middle, 3), "largest_change_bits": round(changes[level], 3), "of_level": level}
