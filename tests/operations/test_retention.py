"""Persons who may be kept no longer are erased everywhere; what is held of one person can be had."""

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import gates_that_hold
import polars as pl
import pytest
from invented_lists import OwnLists, person
from traces import traces

from matching.errors import UsageError, WorkspaceError
from matching.ledger import AUDIT
from matching.operations import redaction, retention, scheduled
from matching.operations.runs import all_runs
from matching.operations.status import status
from matching.review import decide, schema
from matching.review.case import entry_of
from matching.review.checks import verify_store
from matching.review.decide import Form
from matching.review.people import User, add_user
from matching.review.published import Published
from matching.review.store import FILE, Store, open_store
from matching.review.sync import sync
from matching.sources import snapshots
from matching.tables import CHANGES, CLUSTERS, LEDGER, MATCHES, NAMES, QUARANTINE, RECORDS, TABLES
from matching.workspace import append_line, read_lines, write_table

pytestmark = pytest.mark.usefixtures("quick_gates")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ERNA = {
    "number": "N-900",
    "name": "Ermentrude Quillfeather",
    "born": "1961-07-23",
    "country": "France",
    "passport": "QX7781203",
}
OF_ERNA = ("Ermentrude", "Quillfeather", "1961-07-23", "QX7781203", "7781203")
READS = {"fr_wanted": "fr_wanted:N-900", "de_wanted": "de_wanted:N-900"}


def keep(own: OwnLists, source_id: str, said: str) -> None:
    path = own.sources / source_id / "source.yml"
    path.write_text(path.read_text() + f"purpose: an exercise\nretention: {{{said}}}\n")


def list_with_erna(own: OwnLists, source_id: str, people: range, **given: str) -> Path:
    file = own.list_of(source_id, people)
    file.write_text(file.read_text() + ",".join({**ERNA, **given}.values()) + "\n")
    return file


@pytest.fixture(scope="module")
def _kept_too_long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = OwnLists(tmp_path_factory.mktemp("kept"))
    with pytest.MonkeyPatch.context() as patch:
        gates_that_hold.patch(patch)
        fill(own)
    return own.folder


@pytest.fixture
def own(_kept_too_long: Path, tmp_path: Path) -> OwnLists:
    return OwnLists(Path(shutil.copytree(_kept_too_long, tmp_path / "own")))


def review(own: OwnLists) -> Store:
    return open_store(f"sqlite:///{own.workspace.root / FILE}")


def take_in_and_judge(own: OwnLists) -> None:
    """Ada opens the raw entries of the first run's case of Erna and judges it, and another's; both comments name her."""
    ada = User(name="ada", role="reviewer", codes=frozenset("*"))
    store = review(own)
    add_user(store, ada.name, role=ada.role, codes=["*"], password=None, by="test")
    sync(store, Published.of(own.workspace), double_share=0)
    with store.reading() as connection:
        cases = connection.execute(schema.cases.select()).all()
    of_erna = [case for case in cases if {case.record_id_l, case.record_id_r} & set(READS.values())]
    for side in ("l", "r"):
        entry_of(store, ada, of_erna[0].id, side)
    of_another = next(case for case in cases if case not in of_erna)
    for number, case in enumerate([of_erna[0], of_another]):
        comment = "the same QX7781203" if number == 0 else "no relation of Ermentrude QUILLFEATHER"
        form = Form(verdict="different", reason="birth_differs", comment=comment, token=f"form-{number:04}",
                    evidence_hash=case.evidence_hash)  # fmt: skip
        decide.judge(store, ada, case.id, form)
    store.close()


def fill(own: OwnLists) -> None:
    """Erna stood on both lists, was matched, judged, set aside, refused, half written; then both lists dropped her."""
    own.prepare()
    for source_id, people in (("fr_wanted", range(40)), ("de_wanted", range(20, 60))):
        file = list_with_erna(own, source_id, people)
        own.pipeline().ingest(source_id, files=[file], retrieved_at=datetime(2026, 1, 2, tzinfo=UTC))
    own.pipeline().run()
    take_in_and_judge(own)
    again = list_with_erna(own, "fr_wanted", range(40), born="23.07.1961 or so")  # set aside
    own.pipeline().ingest("fr_wanted", files=[again], retrieved_at=datetime(2026, 1, 3, tzinfo=UTC))
    nameless = list_with_erna(own, "fr_wanted", range(41), number="")  # an entry without an id
    own.pipeline().ingest("fr_wanted", files=[nameless], retrieved_at=datetime(2026, 1, 4, tzinfo=UTC))
    own.pipeline().start().do("records")
    refused = list_with_erna(own, "fr_wanted", range(40))
    refused.write_text(refused.read_text().replace("number,name", "number,nom"))
    assert own.matching("source", "import", "fr_wanted", refused).exit_code == 5
    for source_id, people in (("fr_wanted", range(40)), ("de_wanted", range(20, 60))):
        own.take_in(source_id, people, day=5)
    own.pipeline().run()
    left = own.workspace.tmp / "killed" / "half.json.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(gzip.compress(json.dumps(ERNA).encode()))
    for source_id in READS:
        keep(own, source_id, "removed_days: 30")


def test_the_plan_names_who_left_a_list_longer_ago_than_it_may_be_kept(own: OwnLists) -> None:
    planned = retention.plan(own.pipeline(), now=NOW)
    assert {READS["fr_wanted"], READS["de_wanted"]} <= set(planned["record_id"])
    assert set(planned["record_id"]) <= {*READS.values(), "fr_wanted:N-040", "fr_wanted:entry 42"}
    assert planned["why"].str.starts_with("withdrawn: kept 30 days").all()
    early = retention.plan(own.pipeline(), now=datetime(2026, 1, 20, tzinfo=UTC))
    assert early.is_empty()


def test_a_dry_run_changes_nothing(own: OwnLists) -> None:
    before = {path: path.read_bytes() for path in own.workspace.root.rglob("*") if path.is_file()}
    assert own.matching("retention", "plan").exit_code == 0
    assert "add --yes" in own.matching("retention", "apply").err
    assert {path: path.read_bytes() for path in own.workspace.root.rglob("*") if path.is_file()} == before


def test_no_trace_of_an_erased_person_is_left_and_everything_else_is(own: OwnLists) -> None:
    assert {text for _, text in traces(own.workspace.root, OF_ERNA)} == {text.casefold() for text in OF_ERNA}
    published, matches = own.workspace.published_run(), own.published(MATCHES)
    runs, kept = len(all_runs(own.workspace)), own.published(RECORDS).filter(status="active")
    pipeline = own.pipeline()
    done = retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)

    assert traces(own.workspace.root, [*OF_ERNA, "N-900"]) == []
    assert done.rows >= 2
    assert own.workspace.published_run() == f"{published}-erased1"
    assert own.published(RECORDS).filter(status="active").equals(kept)
    assert own.published(MATCHES).drop("cluster_id").equals(matches.drop("cluster_id"))
    assert set(own.published(LEDGER)["run_id"]) == {own.workspace.published_run()}
    assert len(all_runs(own.workspace)) == runs
    assert own.matching("sql", "SELECT count(*) FROM records").exit_code == 0
    assert retention.plan(pipeline, now=NOW).is_empty()


def test_the_chain_of_the_review_store_holds_after_an_erasure_and_the_verdicts_stay(own: OwnLists) -> None:
    pipeline = own.pipeline()
    retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)
    store = review(own)
    with store.reading() as connection:
        assert verify_store(connection).problems == ()
        judged = connection.execute(schema.judgements.select()).all()
        assert [(one.reviewer, one.verdict, one.comment) for one in judged] == [("ada", "different", "")] * 2
    sync(store, Published.of(own.workspace), double_share=0)
    store.close()
    assert traces(own.workspace.root, [*OF_ERNA, "N-900"]) == []


def test_the_audit_keeps_how_many_when_and_why_and_nothing_of_whom(own: OwnLists) -> None:
    pipeline = own.pipeline()
    append_line(own.workspace.root / AUDIT, {"what": "erased", "source": "fr_wanted", "persons": 1, "subjects": ["0f"]})
    retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)
    erased = [line for line in read_lines(own.workspace.root / AUDIT) if line["what"] == "erased"]
    assert {line["source"] for line in erased} == set(READS)
    assert all(set(line) <= {"what", "at", "source", "why", "persons", "runs", "by"} for line in erased)
    manifests = list(own.workspace.raw.glob("fr_wanted/*/manifest.json"))
    assert sum("erased" in json.loads(path.read_text()) for path in manifests) >= 2


def test_the_next_run_goes_on_without_the_erased_and_without_the_bytes(own: OwnLists) -> None:
    pipeline = own.pipeline()
    retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)
    path = own.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("  births:", "  remarks: [country]\n  births:"))  # all is read again
    run = own.pipeline().run()
    assert not {*READS.values()} & set(run.read(RECORDS)["record_id"])
    assert run.read(RECORDS).filter(source="fr_wanted", status="active").height == 40
    assert run.read(RECORDS).filter(source="fr_wanted")["first_seen"].min() == datetime(2026, 1, 1, tzinfo=UTC)
    assert not set(READS.values()) & set(run.read(CHANGES)["record_id"])
    assert run.read(QUARANTINE).is_empty()
    assert traces(own.workspace.root, OF_ERNA) == []


def test_bytes_that_come_again_after_they_were_erased_are_kept_again(own: OwnLists) -> None:
    pipeline = own.pipeline()
    retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)
    file = list_with_erna(own, "fr_wanted", range(40))
    own.pipeline().ingest("fr_wanted", files=[file], retrieved_at=NOW)
    current = snapshots.current(own.workspace, "fr_wanted")
    assert current
    assert (current.is_erased, len(current.retrievals)) == (False, 2)
    run = own.pipeline().start()
    run.do("records")
    assert READS["fr_wanted"] in set(run.read(RECORDS)["record_id"])


def test_a_list_whose_time_is_over_is_erased_as_a_whole(own: OwnLists) -> None:
    path = own.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("removed_days: 30", "until: 2026-05-31"))
    pipeline = own.pipeline()
    planned = retention.plan(pipeline, now=NOW)
    assert planned.filter(source="fr_wanted").height >= 41
    retention.apply(pipeline, planned, now=NOW)
    assert snapshots.current(own.workspace, "fr_wanted") is None
    assert traces(own.workspace.root, [person(3)["name"], person(3)["passport"]]) == []
    assert own.published(CLUSTERS).is_empty()
    assert set(own.pipeline().start().snapshots) == {"de_wanted"}


@pytest.mark.parametrize(
    "killed_in", ["matching.operations.redaction.redact_runs", "matching.operations.retention._note"]
)
def test_an_erasure_that_was_killed_is_done_to_its_end_by_the_next(
    own: OwnLists, killed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    pipeline = own.pipeline()
    planned = retention.plan(pipeline, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            retention.apply(pipeline, planned, now=NOW)
    [line] = [line for line in status(pipeline, now=NOW) if line.area == "retention"]
    assert (line.level, line.to_do) == ("red", "matching retention apply --yes")
    assert own.matching("retention", "apply", "--yes", "--by", "ada").exit_code == 0
    assert traces(own.workspace.root, [*OF_ERNA, "N-900"]) == []
    assert {line["by"] for line in read_lines(own.workspace.root / AUDIT) if line["what"] == "erased"} == {"ada"}
    assert retention.plan(pipeline, now=NOW).is_empty()


def test_an_approval_erases_whom_it_was_asked_about_and_not_who_came_due_since(own: OwnLists) -> None:
    path = own.sources / "de_wanted" / "source.yml"
    path.write_text(path.read_text().replace("removed_days: 30", "removed_days: 90000"))
    settings = own.pipeline().settings
    asked = scheduled.due_for_erasure(settings)
    assert asked
    path.write_text(path.read_text().replace("removed_days: 90000", "removed_days: 30"))  # meanwhile due there too
    done = scheduled.erased(settings, asked["asked"], by="otto")
    assert (done["persons"], done["later"]) == (asked["persons"], 1)
    assert list(retention.plan(own.pipeline(), now=NOW)["record_id"]) == [READS["de_wanted"]]
    assert {line["by"] for line in read_lines(own.workspace.root / AUDIT) if line["what"] == "erased"} == {"otto"}
    assert traces(own.workspace.root, [READS["fr_wanted"]]) == [], "nor does the question name the erased"
    assert scheduled.erased(settings, asked["asked"], by="otto")["persons"] == 0, "done again: nothing"


def test_who_is_due_no_longer_when_the_answer_comes_is_kept(own: OwnLists) -> None:
    settings = own.pipeline().settings
    asked = scheduled.due_for_erasure(settings)
    assert asked
    for source_id in READS:
        path = own.sources / source_id / "source.yml"
        path.write_text(path.read_text().replace("removed_days: 30", "removed_days: 90000"))
    assert scheduled.erased(settings, asked["asked"], by="otto")["persons"] == 0
    assert traces(own.workspace.root, ["Quillfeather"]) != []


def test_an_answer_to_a_question_before_the_last_erases_nobody(own: OwnLists) -> None:
    settings = own.pipeline().settings
    before, last = scheduled.due_for_erasure(settings), scheduled.due_for_erasure(settings)
    assert before
    assert last
    with pytest.raises(UsageError, match=f"{before['asked']} is not the last"):
        scheduled.erased(settings, before["asked"], by="otto")
    assert traces(own.workspace.root, ["Quillfeather"]) != []


def test_nothing_is_erased_while_a_stage_writes(own: OwnLists) -> None:
    pipeline = own.pipeline()
    planned = retention.plan(pipeline, now=NOW)
    with own.workspace.used(), pytest.raises(WorkspaceError, match="in use"):
        retention.apply(pipeline, planned, now=NOW)
    assert traces(own.workspace.root, ["Quillfeather"]) != []


def test_a_run_that_was_under_way_goes_on_without_the_erased(own: OwnLists) -> None:
    begun = next(run for run in all_runs(own.workspace) if run.state == "unfinished")
    pipeline = own.pipeline()
    retention.apply(pipeline, retention.plan(pipeline, now=NOW), now=NOW)
    run = own.pipeline().resume(begun.run_id)
    run.do("normalise")
    assert not {*READS.values()} & {*run.read(RECORDS)["record_id"], *run.read(NAMES)["record_id"]}


# Clusters of which the erased were, or were kept out


def published_folder_with(own: OwnLists, **changed: pl.DataFrame) -> Path:
    folder = own.workspace.published_folder()
    for table in (CLUSTERS, MATCHES):
        if table.name in changed:
            write_table(folder, table, changed[table.name])
    return folder


def kept_out_of(clusters: pl.DataFrame, record_id: str) -> pl.DataFrame:
    """``clusters``, as if other evidence had kept ``record_id`` out of the first two of them, and somebody else too."""
    first = pl.col("cluster_id").is_in(clusters["cluster_id"].unique(maintain_order=True).head(2).to_list())
    out = pl.lit(["fr_wanted:N-001", record_id, "fr_wanted:N-002"])
    return clusters.with_columns(kept_apart=pl.when(first).then(out).otherwise("kept_apart"))


def test_an_erased_person_who_was_kept_out_of_a_cluster_is_named_in_no_table(own_lists: OwnLists) -> None:
    erased = own_lists.published(CLUSTERS)["record_id"][-1]
    folder = published_folder_with(own_lists, clusters=kept_out_of(own_lists.published(CLUSTERS), erased))
    assert traces(folder, [erased]) != []
    redaction.redact_runs(own_lists.workspace, [erased], gone=[])
    assert traces(own_lists.workspace.root / "runs", [erased]) == []
    apart = own_lists.published(CLUSTERS).filter(pl.col("kept_apart").list.len() > 0)["kept_apart"]
    assert apart.to_list() == [["fr_wanted:N-001", "fr_wanted:N-002"]] * 4, "the others are kept, in order"


def test_a_run_that_names_the_erased_only_as_kept_apart_is_redacted(own_lists: OwnLists) -> None:
    published_folder_with(own_lists, clusters=kept_out_of(own_lists.published(CLUSTERS), "xx_gone:N-1"))
    changed = redaction.redact_runs(own_lists.workspace, ["xx_gone:N-1"], gone=[])
    assert len(changed) == 1
    assert traces(own_lists.workspace.root / "runs", ["xx_gone:N-1"]) == []


def test_a_match_that_no_cluster_holds_has_none_after_somebody_else_is_erased(own_lists: OwnLists) -> None:
    matches = own_lists.published(MATCHES)
    is_first = pl.int_range(pl.len()) == 0
    refused = matches.with_columns(
        cluster_id=pl.when(~is_first).then("cluster_id"), kept_apart=pl.when(is_first).then(pl.lit("weak_bridge"))
    )
    published_folder_with(own_lists, matches=refused)
    redaction.redact_runs(own_lists.workspace, [matches["record_id_r"][-1]], gone=[])
    left = own_lists.published(MATCHES)
    assert left.height == matches.height - 1
    assert left["cluster_id"].to_list() == refused["cluster_id"].to_list()[:-1]


def test_no_list_of_record_ids_is_unknown_to_the_redaction(own_lists: OwnLists) -> None:
    """A column of lists in which an id of the run stands must be one that is redacted."""
    ids = own_lists.published(RECORDS)["record_id"].to_list()
    published_folder_with(own_lists, clusters=kept_out_of(own_lists.published(CLUSTERS), ids[0]))
    found = {
        (table.name, column)
        for table in TABLES.values()
        for column, dtype in table.schema.items()
        if dtype == pl.List(pl.String)
        if set(own_lists.published(table)[column].explode().drop_nulls()) & set(ids)
    }
    assert found == {("clusters", "kept_apart")}


# What is held of one person


@pytest.mark.parametrize("asked", ["fr_wanted:N-900", "quillfeather ERMENTRUDE"])
def test_everything_held_of_a_person_is_exported(asked: str, own: OwnLists, tmp_path: Path) -> None:
    answer = own.matching("retention", "subject", asked, "-o", tmp_path / "request.json")
    assert (answer.exit_code, answer.out) == (0, "")
    found = json.loads((tmp_path / "request.json").read_text())
    record = next(one for one in found["records"] if one["record_id"] == "fr_wanted:N-900")
    assert (record["purpose"], record["handling_code"], record["kept_days_after_leaving_the_list"]) == (
        "an exercise",
        "EXERCISE",
        30,
    )
    assert [state["content"]["names"][0]["full"] for state in record["states"]] == [ERNA["name"]] * len(
        record["states"]
    )
    assert len(record["states"]) == 2  # with the birth date, and with one that could not be read
    assert record["stands_in_run"]
    [case] = record["review"]
    assert case["other_record_id"] == READS["de_wanted"]
    assert [(one["verdict"], one["comment"]) for one in case["judgements"]] == [("different", "the same QX7781203")]
    assert "ada" not in json.dumps(record["review"]), "who judged is another person"


def test_a_person_who_is_not_held_is_said_not_to_be(own_lists: OwnLists) -> None:
    answer = own_lists.matching("retention", "subject", "Nobody Ofthatname")
    assert (answer.exit_code, "nothing is held" in answer.err) == (2, True)


def test_of_a_match_only_the_other_record_id_is_told(own_lists: OwnLists) -> None:
    found = json.loads(own_lists.matching("retention", "subject", "fr_wanted:N-025").out)
    [match] = found["records"][0]["matches"]
    assert {match["record_id_l"], match["record_id_r"]} == {"de_wanted:N-025", "fr_wanted:N-025"}
    assert "names" not in match
