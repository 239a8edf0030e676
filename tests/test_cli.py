"""The command line as a user meets it: what it prints and where, what it takes, and how it ends."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer.main
from command_line import Answer, Demo, matching
from invented_lists import OwnLists, write_source
from typer.core import TyperGroup

from matching.cli import _options_first, app
from matching.exercise import bundled
from matching.pipeline import STAGES
from matching.sources import snapshots
from matching.tables import COMPARED, MATCHES, PAIRS, RECORDS, TABLES
from matching.workspace import Workspace, read_table

SIDES = {"source_l", "record_id_l", "source_r", "record_id_r", "match_weight", "match_probability"}
AT_LEAST = {
    "records": {"record_id", "source", "entity_kind", "listing_kind", "status"},
    "pairs": SIDES,
    "matches": SIDES,
    "quarantine": {"record_id", "rule", "column"},
}


def commands(group: TyperGroup, *names: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *names, name)
        else:
            yield " ".join([*names, name]), command


COMMANDS = dict(commands(typer.main.get_group(app)))


def snapshot_of(answer: Answer, source: str) -> str | None:
    rows = {row["source"]: row for row in json.loads(answer.out)}
    found: str | None = rows[source]["snapshot"]
    return found


# The demo


def test_demo_prints_the_stages_the_matches_and_the_report(demo: Demo) -> None:
    out = demo.answer.out
    assert demo.answer.exit_code == 0, demo.answer.err
    for heading in ("rows_in", "rows_out", "seconds", *STAGES):
        assert heading in out
    assert "leads for review, not findings" in out
    report = Path(out.splitlines()[-1].removeprefix("report: "))
    assert report.is_absolute()
    assert "<html" in report.read_text(encoding="utf-8")


def test_demo_finds_matches_across_the_bundled_lists(demo: Demo) -> None:
    matches = read_table(Workspace(demo.workspace).published_folder(), MATCHES)
    assert set(matches["source_l"]) | set(matches["source_r"]) == set(bundled.source_ids())
    assert matches["is_cross_border"].sum() > 20


def test_demo_says_what_it_took_in_on_standard_error(demo: Demo) -> None:
    lines = demo.answer.err.splitlines()
    assert [line.partition(":")[0] for line in lines if ": taken in, snapshot " in line] == list(bundled.source_ids())
    assert "taken in" not in demo.answer.out


def test_demo_writes_to_its_own_workspace_in_the_working_directory(demo: Demo) -> None:
    assert [path.name for path in demo.workspace.parent.iterdir()] == ["workspace-demo"]
    assert list((demo.workspace / "tmp").iterdir()) == []


def test_demo_again_says_unchanged_and_publishes_again_with_the_same_pairs(demo_workspace: Path) -> None:
    workspace = Workspace(demo_workspace)
    first, pairs = workspace.published_run(), matching("export", "pairs", MATCHING_WORKSPACE=str(demo_workspace))

    again = matching("--workspace", demo_workspace, "demo")

    assert again.exit_code == 0, again.err
    assert again.err.count(": unchanged, snapshot ") == len(bundled.source_ids())
    assert workspace.published_run() != first
    assert matching("export", "pairs", MATCHING_WORKSPACE=str(demo_workspace)).output == pairs.output
    for source in bundled.source_ids():
        assert [len(snapshot.retrievals) for snapshot in snapshots.history(workspace, source)] == [2]


# Options that hold for every command


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workspace", "{w}", "--sources-dir", "{s}", "source", "list", "--format", "json"],
        ["source", "list", "--format", "json", "--workspace", "{w}", "--sources-dir", "{s}"],
        ["source", "--workspace={w}", "list", "--sources-dir={s}", "--format=json", "-v"],
    ],
    ids=["before", "after", "between"],
)
def test_global_options_may_stand_anywhere(arguments: list[str], own_lists: OwnLists) -> None:
    given = [one.format(w=own_lists.workspace.root, s=own_lists.sources) for one in arguments]
    assert snapshot_of(matching(*given), "fr_wanted")


def test_sources_dir_may_be_repeated(own_lists: OwnLists, tmp_path: Path) -> None:
    write_source(tmp_path / "more", "it_wanted", "IT")
    answer = own_lists.matching("source", "list", "--format", "csv", "--sources-dir", tmp_path / "more")
    listed = pl.read_csv(answer.output)["source"]
    assert {"fr_wanted", "it_wanted", "un_sc"} <= set(listed)


def test_the_environment_gives_every_global_option(own_lists: OwnLists, tmp_path: Path) -> None:
    write_source(tmp_path / "more", "it_wanted", "IT")
    folders = os.pathsep.join([str(own_lists.sources), str(tmp_path / "more")])
    given = {"MATCHING_WORKSPACE": str(own_lists.workspace.root), "MATCHING_SOURCES_DIR": folders}
    answer = matching("source", "list", "--format", "json", **given)
    assert snapshot_of(answer, "fr_wanted")
    assert snapshot_of(answer, "it_wanted") is None

    (tmp_path / "m.toml").write_text(f'workspace = "{own_lists.workspace.root}"\nsources_dir = "{own_lists.sources}"\n')
    answer = matching("source", "list", "--format", "json", MATCHING_CONFIG=str(tmp_path / "m.toml"))
    assert snapshot_of(answer, "fr_wanted")


def test_command_line_wins_over_environment_over_file(own_lists: OwnLists, tmp_path: Path) -> None:
    config = tmp_path / "m.toml"
    config.write_text(f'workspace = "{tmp_path}/nowhere"\nsources_dir = "{own_lists.sources}"\n')
    listing = ("source", "list", "--format", "json", "--config", config)
    own = str(own_lists.workspace.root)
    assert snapshot_of(matching(*listing), "fr_wanted") is None
    assert snapshot_of(matching(*listing, MATCHING_WORKSPACE=own), "fr_wanted")
    assert snapshot_of(matching(*listing, "--workspace", tmp_path / "x", MATCHING_WORKSPACE=own), "fr_wanted") is None


# What is wrong is said on standard error, without a traceback, with the exit code of its class


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["source", "import", "nowhere", "x.csv"], 2, ["no source nowhere", "known are", "un_sc", "--sources-dir"]),
        (["run", "--source", "nowhere"], 2, ["no source nowhere"]),
        (["run", "--source", "un_sc"], 7, ["no snapshot of un_sc", "matching source import"]),
        (["run"], 7, ["no snapshot of any source", "matching source import"]),
        (["export", "records"], 7, ["nothing is published", "matching run"]),
        (["sql", "SELECT 1"], 7, ["nothing is published", "matching run"]),
        (["export", "people"], 2, ["no table people", "records", "matches"]),
        (["--config", "absent.toml", "run"], 2, ["absent.toml not found"]),
        (["--sources-dir", "absent", "source", "list"], 2, ["absent", "not a folder"]),
        (["source", "import", "un_sc", "absent.xml"], 2, ["un_sc", "absent.xml: no such file", "consolidated"]),
        (["source", "import", "un_sc", "x", "--retrieved-at", "soon"], 2, ["--retrieved-at soon", "2026-02-27"]),
        (["model", "train", "-o", "m.json"], 7, ["nothing is published"]),
        (["model", "compare", "default", "default"], 7, ["nothing is published"]),
        (["model", "thresholds"], 7, ["nothing is published"]),
        (["run", "--config"], 2, ["--config needs a value"]),
        (["nonsense"], 2, ["nonsense"]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else None,
)
def test_a_mistake_is_explained(
    arguments: list[str], exit_code: int, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = matching(*arguments)
    assert (answer.exit_code, answer.out) == (exit_code, "")
    assert [words for words in said if words not in answer.err] == []
    assert "Traceback" not in answer.err
    assert list(tmp_path.rglob("*")) == []


def test_unknown_settings_in_the_file_are_listed_together(tmp_path: Path) -> None:
    config = tmp_path / "m.toml"
    config.write_text('worksapce = "x"\nreview_treshold = 0.5\nthreads = 0\n')
    answer = matching("--config", config, "source", "list")
    assert (answer.exit_code, answer.out) == (2, "")
    for word in ("worksapce", "review_treshold", "threads", "Known settings"):
        assert word in answer.err


def test_a_model_that_is_not_there_is_named_and_the_published_run_stays(own_lists: OwnLists) -> None:
    before = own_lists.workspace.published_run()
    answer = matching(
        "--workspace", own_lists.workspace.root, "--sources-dir", own_lists.sources, "run", MATCHING_MODEL="absent.json"
    )
    assert answer.exit_code == 8
    assert "absent.json" in answer.err
    assert own_lists.workspace.published_run() == before


def test_a_source_yml_that_is_wrong_lists_every_problem(own_lists: OwnLists) -> None:
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("licence: none", "license: none").replace("cadence: never", ""))
    answer = own_lists.matching("source", "list")
    assert answer.exit_code == 2
    for words in ("license: unknown key", "licence: missing", "cadence: missing", str(path)):
        assert words in answer.err
    assert own_lists.matching("export", "matches").exit_code == 0


# Fetching several


def test_a_fetch_that_fails_does_not_stop_the_others(own_lists: OwnLists, publisher: str) -> None:
    write_source(own_lists.sources, "it_wanted", "IT", url=f"{publisher}/absent.csv")
    write_source(own_lists.sources, "pl_wanted", "PL", url=f"{publisher}/error.html")
    write_source(own_lists.sources, "es_wanted", "ES", url=f"{publisher}/list.csv")
    answer = own_lists.matching("source", "fetch", "it_wanted", "pl_wanted", "es_wanted")
    assert answer.exit_code == 4
    assert "it_wanted: " in answer.err
    assert "404" in answer.err
    assert "pl_wanted: " in answer.err
    assert "es_wanted: taken in" in answer.err
    assert snapshots.current(own_lists.workspace, "es_wanted")
    assert snapshots.current(own_lists.workspace, "pl_wanted") is None


def test_a_source_without_an_address_says_to_import(own_lists: OwnLists) -> None:
    answer = own_lists.matching("source", "fetch", "fr_wanted")
    assert answer.exit_code == 2
    assert "matching source import fr_wanted" in answer.err


# Listing


@pytest.mark.parametrize("as_", ["table", "json", "csv"])
def test_source_list_shows_every_source_with_its_snapshot_and_counts(as_: str, own_lists: OwnLists) -> None:
    answer = own_lists.matching("source", "list", "--format", as_)
    assert answer.exit_code == 0
    assert answer.err == ""
    for word in ("fr_wanted", "de_wanted", "un_sc", "interpol_red", "us_ofac_sdn", "persons"):
        assert word in answer.out
    if as_ == "json":
        row = next(row for row in json.loads(answer.out) if row["source"] == "fr_wanted")
        assert (row["entries"], row["persons"], row["quarantined"]) == (40, 40, 0)
        assert row["retrieved_at"] == "2026-01-01T00:00Z"


# Exporting


def read_export(content: bytes, as_: str) -> pl.DataFrame:
    if as_ == "parquet":
        return pl.read_parquet(io.BytesIO(content))
    if as_ == "json":
        return pl.DataFrame(json.loads(content), infer_schema_length=None)
    return pl.read_csv(content, infer_schema=False)


@pytest.mark.parametrize("as_", ["csv", "json", "parquet"])
@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_exported_to_a_file_as_to_standard_output(
    name: str, as_: str, demo: Demo, tmp_path: Path
) -> None:
    file = tmp_path / "exported"
    given = ("--workspace", demo.workspace, "export", name, "--format", as_)

    streamed, written = matching(*given), matching(*given, "-o", file)

    assert (streamed.exit_code, written.exit_code, written.output) == (0, 0, b"")
    assert file.read_bytes() == streamed.output
    table = read_table(Workspace(demo.workspace).published_folder(), TABLES[name])
    exported = read_export(streamed.output, as_)
    assert exported.height == table.height
    if table.height:
        assert exported.columns == table.columns
        assert set(exported.columns) >= AT_LEAST.get(name, set())
    if as_ == "parquet":
        assert exported.equals(table)


def test_nested_columns_are_json_text_in_csv(demo: Demo) -> None:
    exported = pl.read_csv(matching("--workspace", demo.workspace, "export", "records").output, infer_schema=False)
    table = read_table(Workspace(demo.workspace).published_folder(), RECORDS)
    for text, names in zip(exported["names"].head(50), table["names"].head(50).to_list(), strict=True):
        assert json.loads(text) == names


def test_pairs_are_every_scored_candidate_and_matches_those_above_the_threshold(demo: Demo) -> None:
    folder = Workspace(demo.workspace).published_folder()
    pairs, matches = read_table(folder, PAIRS), read_table(folder, MATCHES)
    assert (pairs["record_id_l"] < pairs["record_id_r"]).all()
    kept = pairs.filter(pl.col("match_probability") >= 0.5)
    assert matches.select(pairs.columns).equals(kept)
    assert pairs.height > 10 * matches.height
    summed = sum((pl.col(f"weight_{field}") for field in COMPARED), pl.col("weight_prior") + pl.col("weight_rivals"))
    assert pairs.select((summed - pl.col("match_weight")).abs().max()).item() < 1e-4


def test_an_output_that_cannot_be_written_is_named(demo: Demo, tmp_path: Path) -> None:
    answer = matching("--workspace", demo.workspace, "export", "records", "-o", tmp_path / "absent" / "records.csv")
    assert answer.exit_code == 2
    assert "records.csv" in answer.err


def test_export_and_sql_read_on_while_a_source_yml_is_broken(own_lists: OwnLists) -> None:
    (own_lists.sources / "fr_wanted" / "source.yml").write_text("id: [")
    assert own_lists.matching("export", "matches").exit_code == 0
    assert own_lists.matching("sql", "SELECT count(*) FROM matches").exit_code == 0


def test_a_published_run_that_was_removed_is_a_workspace_error(own_lists: OwnLists) -> None:
    shutil.rmtree(own_lists.workspace.published_folder())
    for arguments in (["export", "matches"], ["sql", "SELECT 1"]):
        answer = own_lists.matching(*arguments)
        assert answer.exit_code == 7
        assert "matching run" in answer.err or "Run the stages" in answer.err


# Asking


def test_sql_answers_as_table_json_or_csv(own_lists: OwnLists) -> None:
    query = "SELECT source, count(*) AS n FROM records GROUP BY source ORDER BY source"
    assert own_lists.matching("sql", query, "--format", "csv").out == "source,n\nde_wanted,40\nfr_wanted,40\n"
    rows = json.loads(own_lists.matching("sql", query, "--format", "json").out)
    assert rows == [{"source": "de_wanted", "n": 40}, {"source": "fr_wanted", "n": 40}]
    assert "fr_wanted" in own_lists.matching("sql", query).out


def test_sql_shows_times_in_utc_wherever_the_reader_is(own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        answer = own_lists.matching("sql", "SELECT DISTINCT retrieved_at FROM records", "--format", "csv")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert answer.out.splitlines()[1:] == ["2026-01-01T00:00:00.000000+0000"]


def test_sql_knows_every_table(own_lists: OwnLists) -> None:
    answer = own_lists.matching("sql", "SHOW TABLES", "--format", "csv")
    assert set(answer.out.splitlines()[1:]) == set(TABLES)


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO matches SELECT * FROM matches",
        "UPDATE matches SET match_probability = 1",
        "DELETE FROM matches",
        "DROP TABLE matches",
        "CREATE TABLE mine AS SELECT 1",
        "COPY matches TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
        "EXPORT DATABASE '{folder}/all'",
        "ATTACH '{folder}/other.duckdb'",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM nowhere",
        "SELEC 1",
    ],
)
def test_sql_only_reads_the_published_run(query: str, own_lists: OwnLists, tmp_path: Path) -> None:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text("a\nsecret\n")
    before = own_lists.matching("export", "matches").output

    answer = own_lists.matching("sql", query.format(folder=folder))

    assert (answer.exit_code, answer.out) == (2, "")
    assert answer.err.startswith("matching: the query failed: ")
    assert "secret\n" not in answer.err
    assert "Traceback" not in answer.err
    assert [path.name for path in folder.iterdir()] == ["secret.csv"]
    assert own_lists.matching("export", "matches").output == before


def test_sql_reads_a_script_from_standard_input(own_lists: OwnLists) -> None:
    script = "-- two statements, the first of two lines\nSELECT 1 AS one\n  , 2 AS two;\nSELECT 3 AS three;\n"
    given = ("--workspace", own_lists.workspace.root, "sql", "--format", "csv")
    assert matching(*given, stdin=script).out == "one,two\n1,2\nthree\n3\n"
    assert matching(*given, stdin="SELECT 1 AS one").out == "one\n1\n"
    assert matching(*given, stdin="").exit_code == 0


def test_a_script_ends_at_the_first_statement_that_fails(own_lists: OwnLists) -> None:
    script = "SELECT 1 AS one;\nDROP TABLE matches;\nSELECT 3 AS three;\n"
    answer = matching("--workspace", own_lists.workspace.root, "sql", "--format", "csv", stdin=script)
    assert (answer.exit_code, answer.out) == (2, "one\n1\n")
    assert "the query failed" in answer.err


def test_a_person_at_a_terminal_goes_on_after_a_query_that_failed(own_lists: OwnLists) -> None:
    typed = "SELEC 1\nSELECT 5 AS five;\n\nquit\nSELECT 6 AS six\n"
    given = ("--workspace", own_lists.workspace.root, "sql", "--format", "csv")
    answer = matching(*given, stdin=typed, is_terminal=True)
    assert answer.exit_code == 0
    assert "five\n5\n" in answer.out
    assert "six" not in answer.out
    assert "the query failed" in answer.err


@pytest.mark.usefixtures("quick_gates")
def test_several_readers_at_once_while_a_run_publishes(own_lists: OwnLists) -> None:
    query = ["sql", "SELECT count(*) AS n FROM matches", "--format", "csv"]
    command = [sys.executable, "-c", "from matching.cli import main; main()", "--workspace", own_lists.workspace.root]
    expected = own_lists.matching(*query).out
    with ThreadPoolExecutor(2) as pool:
        readers = [
            pool.submit(subprocess.run, [*command, *query], capture_output=True, text=True, check=False, timeout=60)
            for _ in range(2)
        ]
        own_lists.pipeline().run()
        answers = [reader.result() for reader in readers]
    assert [(answer.returncode, answer.stdout, answer.stderr) for answer in answers] == [(0, expected, "")] * 2


# Help


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "matching", "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "python -m matching [OPTIONS] COMMAND" in answer.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example_that_is_read_as_that_command(name: str) -> None:
    command = COMMANDS[name]
    help_text = command.help or ""
    assert help_text.split("\n")[0].endswith((".", "people."))
    examples = re.findall(r"Example: (matching .+)", help_text)
    assert examples, f"{name} has no line `Example: matching …`"
    for example in examples:
        arguments = shlex.split(example)[1:]
        words = name.split()
        assert arguments[: len(words)] == words
        ordered = _options_first(arguments)
        command.make_context(name, ordered[ordered.index(words[0]) + len(words) :])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_has_help(name: str) -> None:
    nameless = [one.name for one in COMMANDS[name].params if one.name != "help" and not getattr(one, "help", None)]
    assert nameless == []


def test_help_is_printed_for_every_command() -> None:
    for name in COMMANDS:
        answer = matching(*name.split(), "--help")
        assert answer.exit_code == 0
        assert "Example" in answer.out
