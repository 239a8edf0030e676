"""Taking in a source: what is accepted, which snapshot is current, and how a bad payload is refused."""

import getpass
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command_line import Answer, Demo, matching
from invented_lists import OwnLists

from matching.errors import GateError, MatchingError, PayloadError
from matching.exercise import bundled
from matching.ingest import Ingestion
from matching.ledger import AUDIT
from matching.sources import snapshots
from matching.tables import IDENTIFIERS, NAMES, RECORDS
from matching.workspace import Workspace, read_lines, read_table

Spoil = Callable[[Path], list[Path]]


def payload(source_id: str, folder: Path) -> list[Path]:
    """A copy of a bundled payload, to spoil."""
    return sorted(Path(shutil.copytree(bundled.drop_dir() / source_id, folder / source_id)).iterdir())


def shorten(files: list[Path], name: str, keep: float) -> None:
    path = next(file for file in files if file.name == name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def truncated_xml(folder: Path) -> list[Path]:
    files = payload("un_sc", folder)
    shorten(files, "consolidated.xml", 0.6)
    return files


def xml_of_another_kind(folder: Path) -> list[Path]:
    files = payload("un_sc", folder)
    files[0].write_text("<RSS><CHANNEL/></RSS>")
    return files


def empty_xml(folder: Path) -> list[Path]:
    files = payload("un_sc", folder)
    files[0].write_text("<CONSOLIDATED_LIST><INDIVIDUALS/><ENTITIES/></CONSOLIDATED_LIST>")
    return files


def no_bytes(folder: Path) -> list[Path]:
    files = payload("un_sc", folder)
    files[0].write_bytes(b"")
    return files


def binary(folder: Path) -> list[Path]:
    files = payload("us_ofac_sdn", folder)
    next(file for file in files if file.name == "sdn.csv").write_bytes(bytes(range(256)) * 64)
    return files


def half_a_list(folder: Path) -> list[Path]:
    files = payload("us_ofac_sdn", folder)
    sdn = next(file for file in files if file.name == "sdn.csv").read_text().splitlines(keepends=True)
    kept = {line.partition(",")[0] for line in sdn[: len(sdn) // 2]}
    for file in files:
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if line.partition(",")[0] in kept))
    return files


def csv_without_a_column(folder: Path) -> list[Path]:
    files = payload("zz_national", folder)
    rows = pl.read_csv(files[0], separator=";", infer_schema=False)
    files[0].write_text(rows.drop("born").write_csv(separator=";"))
    return files


def headerless_csv_without_a_column(folder: Path) -> list[Path]:
    files = payload("us_ofac_sdn", folder)
    sdn = next(file for file in files if file.name == "sdn.csv")
    rows = pl.read_csv(sdn, has_header=False, infer_schema=False)
    sdn.write_text(rows.drop("column_3").write_csv(include_header=False))
    return files


def page_saved_as_json(folder: Path) -> list[Path]:
    files = payload("interpol_red", folder)
    files[0].write_text("<!DOCTYPE html>\n<html><head><title>Access denied</title></head><body>403</body></html>")
    return files


def truncated_json(folder: Path) -> list[Path]:
    files = payload("interpol_red", folder)
    shorten(files, "red_notices_details.json", 0.5)
    return files


def empty_json(folder: Path) -> list[Path]:
    files = payload("interpol_red", folder)
    for file in files:
        file.unlink()
    files[0].write_text(json.dumps({"total": 0, "query": {}, "_embedded": {"notices": []}}))
    return files[:1]


BAD = {
    "truncated XML": ("un_sc", truncated_xml, 5, ["consolidated.xml", "retrieve"]),
    "another XML": ("un_sc", xml_of_another_kind, 5, ["consolidated.xml", "RSS", "CONSOLIDATED_LIST"]),
    "empty XML list": ("un_sc", empty_xml, 5, ["consolidated.xml", "no entry", "retrieve"]),
    "no bytes": ("un_sc", no_bytes, 5, ["consolidated.xml", "empty"]),
    "binary CSV": ("us_ofac_sdn", binary, 5, ["sdn.csv"]),
    "half the persons": ("us_ofac_sdn", half_a_list, 6, ["340", "allowed 30%", "--accept-drop"]),
    "CSV without a column": ("zz_national", csv_without_a_column, 5, ["wanted.csv", "born"]),
    "headerless CSV without a column": ("us_ofac_sdn", headerless_csv_without_a_column, 5, ["sdn.csv", "12", "11"]),
    "error page as JSON": ("interpol_red", page_saved_as_json, 5, ["red_list_1.json", "JSON", "HTML"]),
    "truncated JSON": ("interpol_red", truncated_json, 5, ["red_notices_details.json", "JSON"]),
    "empty JSON list": ("interpol_red", empty_json, 5, ["red_list_1.json", "no entry"]),
}


class Import:
    """The command line over a copy of the demo's workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = Workspace(workspace)

    def __call__(self, source_id: str, files: list[Path], *options: str) -> Answer:
        return self.matching("source", "import", source_id, *files, *options)

    def matching(self, *arguments: str | Path) -> Answer:
        return matching(
            "--workspace", self.workspace.root, "--sources-dir", bundled.sources_dir(), *arguments,
            MATCHING_COUNT_BANDS="false",
        )  # fmt: skip

    def current(self, source_id: str) -> str:
        snapshot = snapshots.current(self.workspace, source_id)
        assert snapshot
        return snapshot.snapshot_id


@pytest.fixture
def over_demo(demo_workspace: Path) -> Import:
    return Import(demo_workspace)


# Payloads that are not what they should be


@pytest.mark.parametrize(("source_id", "spoil", "exit_code", "said"), BAD.values(), ids=BAD)
def test_a_bad_payload_is_refused_and_everything_accepted_stays(
    source_id: str,
    spoil: Spoil,
    exit_code: int,
    said: list[str],
    over_demo: Import,
    people: set[str],
    tmp_path: Path,
) -> None:
    workspace, files = over_demo.workspace, spoil(tmp_path)
    snapshot, run, matches = over_demo.current(source_id), workspace.published_run(), published_matches(over_demo)

    answer = over_demo(source_id, files, "--verbose")

    assert (answer.exit_code, answer.out) == (exit_code, "")
    message = answer.err.splitlines()[-1]
    assert message.startswith("matching: ")
    assert [words for words in [source_id, *said] if words not in message] == []
    assert "Traceback" not in answer.err
    assert f"source_refused source={source_id}" in answer.err
    assert told_of(people, answer.err) == set()
    assert (over_demo.current(source_id), workspace.published_run()) == (snapshot, run)
    assert published_matches(over_demo) == matches
    refused = list((workspace.raw / source_id / "refused").iterdir())
    assert [folder_bytes(folder / "files") for folder in refused] == [sorted(file.read_bytes() for file in files)]
    reason = json.loads((refused[0] / "manifest.json").read_text())["refused"]
    assert reason in message
    assert list(workspace.tmp.iterdir()) == []


def folder_bytes(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.iterdir())


def published_matches(over_demo: Import) -> bytes:
    return over_demo.matching("export", "matches").output


def test_after_a_refusal_other_sources_are_taken_in_and_a_run_works(own_lists: OwnLists) -> None:
    before = own_lists.workspace.published_run()
    refused = own_lists.matching("source", "import", "fr_wanted", own_lists.list_of("fr_wanted", [1], without="name"))
    assert refused.exit_code == 5

    taken = own_lists.matching("source", "import", "de_wanted", own_lists.list_of("de_wanted", range(18, 60)))
    run = own_lists.matching("run")

    assert (taken.exit_code, run.exit_code) == (0, 0), taken.err + run.err
    assert own_lists.workspace.published_run() != before
    assert own_lists.published(RECORDS)["source"].value_counts(sort=True).rows() == [
        ("de_wanted", 42),
        ("fr_wanted", 40),
    ]


@pytest.mark.parametrize(
    ("source_id", "names", "said"),
    [
        ("us_ofac_sdn", ["alt.csv", "add.csv"], ["us_ofac_sdn", "no file for", "sdn*.csv"]),
        ("us_ofac_sdn", ["sdn.csv", "sdn_2.csv", "alt.csv", "add.csv"], ["2 files for", "sdn.csv, sdn_2.csv"]),
        ("us_ofac_sdn", ["sdn.csv", "alt.csv", "add.csv", "photo.jpg"], ["photo.jpg: fits no payload"]),
        ("un_sc", ["a.xml", "b.xml"], ["un_sc", "a.xml: fits no payload", "b.xml: fits no payload"]),
    ],
)
def test_files_that_a_source_does_not_take_are_named_with_those_it_takes(
    source_id: str, names: list[str], said: list[str], over_demo: Import, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).write_text("x")
    answer = over_demo(source_id, [tmp_path / name for name in names])
    assert answer.exit_code == 2
    assert [words for words in [*said, "Expected"] if words not in answer.err] == []
    assert not (over_demo.workspace.raw / source_id / "refused").exists()


def test_a_list_of_one_source_given_as_another_is_refused(over_demo: Import, tmp_path: Path) -> None:
    wrong = shutil.copy(bundled.drop_dir() / "zz_national" / "wanted.csv", tmp_path / "consolidated.xml")
    answer = over_demo("un_sc", [Path(wrong)])
    assert answer.exit_code == 5
    assert "un_sc" in answer.err


def test_accept_drop_takes_a_list_that_lost_half(over_demo: Import, tmp_path: Path) -> None:
    files = half_a_list(tmp_path)
    assert over_demo("us_ofac_sdn", files).exit_code == 6

    answer = over_demo("us_ofac_sdn", files, "--accept-drop")

    assert answer.exit_code == 0, answer.err
    assert "us_ofac_sdn: taken in" in answer.err
    current = snapshots.current(over_demo.workspace, "us_ofac_sdn")
    assert current
    assert current.counts["persons"] == 200
    [accepted] = [line for line in read_lines(over_demo.workspace.root / AUDIT) if line["what"] == "accepted"]
    assert (accepted["source"], accepted["snapshot"]) == ("us_ofac_sdn", current.snapshot_id)
    assert accepted["by"] == getpass.getuser()


def test_a_drop_as_large_as_allowed_is_taken(own_lists: OwnLists) -> None:
    assert own_lists.take_in("fr_wanted", range(28), day=2).persons == 28
    with pytest.raises(GateError, match=r"fr_wanted.*persons fell from 28 to 19"):
        own_lists.take_in("fr_wanted", range(19), day=3)


def test_the_count_is_compared_with_the_snapshot_before_in_time(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", range(79), day=20)
    assert own_lists.take_in("fr_wanted", range(35), day=10).persons == 35


def test_a_count_out_of_the_sources_band_is_refused(own_lists: OwnLists) -> None:
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("fail_below: 1", "fail_below: 50"))
    with pytest.raises(GateError, match=r"fr_wanted.*45 persons, expected at least 50"):
        own_lists.take_in("fr_wanted", range(45), day=2)


def test_the_same_bad_bytes_again_are_refused_again_and_kept_once(own_lists: OwnLists) -> None:
    for _ in range(2):
        with pytest.raises(PayloadError, match="fr_wanted"):
            own_lists.pipeline().ingest("fr_wanted", files=[own_lists.list_of("fr_wanted", [1], without="name")])
    assert len(list((own_lists.workspace.raw / "fr_wanted" / "refused").iterdir())) == 1


# Which snapshot is current


def test_the_same_bytes_again_add_a_retrieval_and_no_copy(own_lists: OwnLists) -> None:
    again = own_lists.take_in("fr_wanted", range(40), day=5)
    assert again.is_unchanged
    [snapshot] = snapshots.history(own_lists.workspace, "fr_wanted")
    assert [retrieval.retrieved_at.day for retrieval in snapshot.retrievals] == [1, 5]
    assert snapshot.retrieved_at.day == 5


def test_an_older_list_does_not_become_current(own_lists: OwnLists) -> None:
    current = snapshots.current(own_lists.workspace, "fr_wanted")
    file = own_lists.list_of("fr_wanted", range(45))
    answer = own_lists.matching("source", "import", "fr_wanted", file, "--retrieved-at", "2025-06-01")
    assert answer.exit_code == 0
    assert len(snapshots.history(own_lists.workspace, "fr_wanted")) == 2
    assert snapshots.current(own_lists.workspace, "fr_wanted") == current


def test_a_list_that_returns_to_what_it_was_is_current_again(own_lists: OwnLists) -> None:
    first = snapshots.current(own_lists.workspace, "fr_wanted")
    assert first
    assert own_lists.take_in("fr_wanted", range(45), day=2).snapshot_id != first.snapshot_id
    assert own_lists.take_in("fr_wanted", range(40), day=3).is_unchanged
    current = snapshots.current(own_lists.workspace, "fr_wanted")
    assert current
    assert current.snapshot_id == first.snapshot_id
    assert len(snapshots.history(own_lists.workspace, "fr_wanted")) == 2


def test_retrieved_at_is_utc_unless_it_says_otherwise(own_lists: OwnLists) -> None:
    file = own_lists.list_of("fr_wanted", range(45))
    own_lists.matching("source", "import", "fr_wanted", file, "--retrieved-at", "2026-02-01T01:00+03:00")
    current = snapshots.current(own_lists.workspace, "fr_wanted")
    assert current
    assert current.retrieved_at == datetime(2026, 1, 31, 22, tzinfo=UTC)


def test_the_manifest_says_what_was_taken_in(own_lists: OwnLists) -> None:
    current = snapshots.current(own_lists.workspace, "fr_wanted")
    assert current
    manifest = json.loads((current.folder / "manifest.json").read_text())
    assert manifest["source"] == "fr_wanted"
    assert manifest["counts"] == {"entries": 40, "records": 40, "persons": 40, "quarantined": 0}
    assert [file["name"] for file in manifest["files"]] == ["list.csv"]
    assert len(manifest["files"][0]["sha256"]) == 64


# Under a changed mapping


def test_a_changed_mapping_is_read_again(own_lists: OwnLists) -> None:
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("  births:", "  remarks: [country]\n  births:"))
    tables = tables_of(own_lists, "fr_wanted")
    assert set(tables.records["remarks"]) == {"France"}
    assert tables.failures == ()


def test_a_mapping_that_cannot_read_the_list_keeps_the_last_good_records_and_says_so(own_lists: OwnLists) -> None:
    good = tables_of(own_lists, "fr_wanted")
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("full: name", "full: full_name"))

    kept = tables_of(own_lists, "fr_wanted")

    assert kept.records.equals(good.records)
    warnings = kept.gates.filter(~pl.col("success"))
    assert warnings.select("expectation", "severity", "source").rows() == [
        ("source_yml_reads_the_snapshot", "warning", "fr_wanted")
    ]
    assert "full_name" in warnings["observed"].item()


def tables_of(own_lists: OwnLists, source_id: str) -> Any:
    pipeline = own_lists.pipeline()
    current = snapshots.current(pipeline.workspace, source_id)
    assert current
    ingestion = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)
    return ingestion.tables(pipeline.source(source_id), current)


def test_a_field_that_nothing_reads_is_a_warning(own_lists: OwnLists) -> None:
    file = own_lists.list_of("fr_wanted", range(40))
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0] + ",shoe_size", *(line + ",44" for line in lines[1:])]) + "\n")
    answer = own_lists.matching("source", "import", "fr_wanted", file)
    assert answer.exit_code == 0
    assert "fr_wanted: warning: every_field_is_read_or_ignored: shoe_size (40)" in answer.err


# What never reaches a message or a log


@pytest.fixture(scope="session")
def people(demo: Demo) -> set[str]:
    """Every full name, birth and document number of the bundled lists, as published and as normalised."""
    folder = Workspace(demo.workspace).published_folder()
    names, documents = read_table(folder, NAMES), read_table(folder, IDENTIFIERS)
    births = read_table(folder, RECORDS)["births"].explode().drop_nulls().struct.field("text")
    found = [*names["full"], *names["romanised"], *documents["number_text"], *documents["number"], *births]
    return {text for text in found if text and (len(text) > 7 or " " in text)}


def told_of(people: set[str], told: str) -> set[str]:
    """Those of ``people`` that stand in ``told`` as words of their own."""
    folded = told.casefold()
    return {text for text in people if re.search(rf"(?<!\w){re.escape(text.casefold())}(?!\w)", folded)}


def test_taking_in_and_running_tell_no_name_birth_or_document(demo: Demo, people: set[str]) -> None:
    assert len(people) > 2000
    assert "payload_parsed source=un_sc" in demo.answer.err
    assert "run_published" in demo.answer.err
    assert told_of(people, demo.answer.err) == set()
    assert told_of(people, demo.answer.out) != set(), "the matches that are printed name people: the check finds none"


def test_a_list_is_not_refused_for_a_fault_of_this_machine(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshots.current(own_lists.workspace, "fr_wanted")
    monkeypatch.setattr(Ingestion, "_gated", lambda *_, **__: (_ for _ in ()).throw(MatchingError("the checker hangs")))
    with pytest.raises(MatchingError, match="hangs"):
        own_lists.take_in("fr_wanted", range(45), day=2)
    assert not (own_lists.workspace.raw / "fr_wanted" / "refused").exists()
    assert snapshots.current(own_lists.workspace, "fr_wanted") == before
