"""A run held against the published runs before it."""

import polars as pl
import pytest
from invented_lists import OwnLists

from matching.errors import HeldError, UsageError
from matching.monitor import drift_of_runs, holds
from matching.monitor.drift_of_runs import judge
from matching.settings import USUAL_BANDS, Band, Settings, load
from matching.tables import GATES, MEASURES, VALIDATIONS
from matching.workspace import read_table

Rows = list[tuple[str, str, str, float]]


def measures(rows: Rows) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=MEASURES.schema.names()[:4], orient="row")
    return frame.with_columns(usual=pl.lit(None, dtype=pl.Float64))


def past(*runs: Rows) -> pl.DataFrame:
    frames = [measures(rows).drop("usual").with_columns(run=pl.lit(str(at))) for at, rows in enumerate(runs)]
    return pl.concat(frames)


def failed(found: Rows, *before: Rows, **bands: Band) -> list[tuple[str, str, str]]:
    judged = judge(measures(found), past(*before), {**USUAL_BANDS, **bands})  # type: ignore[dict-item]
    return judged.gates.filter(~pl.col("success")).select("expectation", "source", "severity").rows()


@pytest.mark.parametrize(("persons", "breaches"), [(100, 0), (81, 0), (79, 1), (121, 1)])
def test_a_count_is_held_against_the_median_of_the_runs_before(persons: float, breaches: int) -> None:
    before: list[Rows] = [[("persons", "xx", "", value)] for value in (100.0, 3.0, 100.0)]
    assert len(failed([("persons", "xx", "", persons)], *before)) == breaches


def test_a_list_without_a_past_is_not_judged() -> None:
    assert failed([("persons", "xx", "", 5.0)], [("persons", "yy", "", 100.0)]) == []


def test_a_field_that_is_no_more_filled_is_a_breach() -> None:
    before: Rows = [("fill_rate", "xx", "births", 0.9), ("fill_rate", "xx", "sex", 0.5)]
    assert failed([("fill_rate", "xx", "births", 0.5), ("fill_rate", "xx", "sex", 0.5)], before) == [
        ("fill_rate_is_as_usual", "xx", "warning")
    ]


def test_a_script_that_came_and_one_that_went_count_by_their_share() -> None:
    before: Rows = [("script", "xx", "Latn", 0.6), ("script", "xx", "Arab", 0.4)]
    assert failed([("script", "xx", "Latn", 1.0)], before) == [("script_is_as_usual", "xx", "warning")]
    assert failed([("script", "xx", "Latn", 0.6), ("script", "xx", "Arab", 0.35), ("script", "xx", "Cyrl", 0.05)], before) == []  # fmt: skip


def test_the_categories_of_each_column_are_held_against_their_own() -> None:
    before: Rows = [("category", "xx", "records.sex=male", 0.5), ("category", "xx", "records.sex=female", 0.5),
                    ("category", "xx", "names.kind=alias", 0.5), ("category", "xx", "names.kind=primary", 0.5)]  # fmt: skip
    little = [(m, s, p, v + (0.06 if p.endswith(("=male", "=alias")) else -0.06)) for m, s, p, v in before]
    assert failed(little, before) == []
    much = [
        (m, s, p, v + (0.2 if p.endswith("=male") else -0.2 if p.endswith("female") else 0)) for m, s, p, v in before
    ]
    assert failed(much, before) == [("category_is_as_usual", "xx", "warning")]


def test_a_match_rate_is_judged_only_where_chance_alone_does_not_move_it() -> None:
    def run(persons: float, rate: float) -> Rows:
        return [("persons", "xx", "", persons), ("persons", "yy", "", persons), ("match_rate", "xx|yy", "", rate)]

    assert failed(run(1000, 0.01), run(1000, 0.05)) == [("match_rate_is_as_usual", "xx|yy", "warning")]
    assert failed(run(100, 0.01), run(100, 0.05)) == []


def test_beyond_its_second_bound_a_measure_holds_the_run_back() -> None:
    band = Band(warn=0.1, hold=0.5)
    judged = judge(
        measures([("persons", "xx", "", 40.0)]), past([("persons", "xx", "", 100.0)]), {**USUAL_BANDS, "persons": band}
    )
    assert judged.reasons == ("persons_is_as_usual of xx: 60.0% from usual; 40, usually 100",)
    assert failed([("persons", "xx", "", 60.0)], [("persons", "xx", "", 100.0)], persons=band) == [
        ("persons_is_as_usual", "xx", "warning")
    ]


@pytest.mark.usefixtures("quick_gates")
def test_a_breach_holds_the_run_until_an_operator_releases_it(own_lists: OwnLists) -> None:
    before = own_lists.workspace.published_run()
    own_lists.take_in("fr_wanted", range(30), day=2)
    pipeline = own_lists.pipeline(drift={"persons": {"warn": 0.1, "hold": 0.2}})
    with pytest.raises(HeldError, match=r"persons_is_as_usual of fr_wanted: 25.0% .*matching run release"):
        pipeline.run()
    held = own_lists.workspace.run_folders()[-1]
    assert own_lists.workspace.published_run() == before
    assert (held / "70_report" / "report.html").is_file()
    critical = read_table(held, GATES).filter(table="measures", success=False, severity="critical")
    assert critical.select("expectation", "source").rows() == [("persons_is_as_usual", "fr_wanted")]
    # What is held is not yet usual; what a person released is.
    assert set(drift_of_runs.measured_before(own_lists.workspace, pipeline.start().folder, most=9)["run"]) == {before}
    assert own_lists.matching("run", "release", held.name).exit_code == 0
    assert own_lists.workspace.published_run() == held.name
    assert set(drift_of_runs.measured_before(own_lists.workspace, pipeline.start().folder, most=9)["run"]) == {before, held.name}  # fmt: skip
    assert holds.of(held)


@pytest.mark.usefixtures("quick_gates")
def test_every_validation_of_snapshots_and_runs_is_in_one_table(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", range(41), day=2)
    run = own_lists.pipeline().run()
    found = own_lists.published(VALIDATIONS)
    assert found.filter(source="fr_wanted", table="records").drop_nulls("snapshot_id")["snapshot_id"].n_unique() == 2
    assert found.drop_nulls("run_id")["run_id"].n_unique() == 2
    assert run.run_id in set(found["run_id"])
    answer = own_lists.matching("sql", "SELECT count(DISTINCT run_id) AS runs FROM validations", "--format", "csv")
    assert answer.out == "runs\n2\n"


def test_a_snapshot_that_a_gate_refused_is_in_the_history(own_lists: OwnLists) -> None:
    answer = own_lists.matching("source", "import", "fr_wanted", own_lists.list_of("fr_wanted", range(5)))
    assert answer.exit_code == 6
    listed = own_lists.matching("quality", "history", "--source", "fr_wanted", "--failed", "--format", "csv")
    refused = pl.read_csv(listed.output).filter(mapping="refused", severity="critical")
    assert refused["expectation"].to_list() == ["count_fell_no_further_than_allowed"]


def test_an_operator_sets_one_band_and_keeps_the_others(tmp_path: "object") -> None:
    settings = Settings(drift={"match_rate": Band(warn=0.2, hold=0.4)})
    assert settings.drift["match_rate"].hold == 0.4
    assert settings.drift["persons"] == USUAL_BANDS["persons"]
    with pytest.raises(UsageError, match="drift"):
        load(drift={"names": {"warn": 0.1}})
