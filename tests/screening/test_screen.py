"""A file of people held against the published lists: what it finds, what it says, and that it stores nothing."""

import csv
import io
import json
import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from command_line import Demo, matching

from matching.drafting import draft_source
from matching.errors import UsageError
from matching.link.model import load
from matching.link.stage import link
from matching.screening.hits import _guarded
from matching.screening.people import SOURCE, read_people
from matching.screening.screen import _together, screen
from matching.settings import Settings
from matching.sources.registry import load_sources
from matching.tables import RECORDS
from matching.workspace import Workspace, read_table

SIDES = ["record_id_l", "record_id_r"]


@pytest.fixture(scope="module")
def people_csv(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten people of the lists under the names of the lists, and one whom nobody lists, whose id is a formula."""
    records = read_table(Workspace(demo.workspace).published_folder(), RECORDS).filter(
        entity_kind="person", status="active", source="us_ofac_sdn"
    )
    path = tmp_path_factory.mktemp("people") / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "birth_date", "nationality"])
        for row in records.filter(pl.col("births").list.len() > 0).head(10).to_dicts():
            birth = row["births"][0]["earliest"]
            writer.writerow([f"=P{row['publisher_id']}", row["names"][0]["full"], birth, ""])
        writer.writerow(["+nobody", "Zzyzx Qwortle", "1970-05-04", "PT"])
    return path


@pytest.fixture(scope="module")
def screened(demo: Demo, people_csv: Path, tmp_path_factory: pytest.TempPathFactory):
    """The command's answer, the hits as JSON, and what it left of the workspace."""
    before = state(demo.workspace)
    output = tmp_path_factory.mktemp("hits") / "hits.json"
    answer = matching("screen", people_csv, "-o", output, "--workspace", demo.workspace)
    assert answer.exit_code == 0, answer.err
    return answer, json.loads(output.read_text(encoding="utf-8")), (before, state(demo.workspace))


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder with its size and time of change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in [folder, *folder.rglob("*")]}


def test_people_of_the_lists_are_found_and_the_others_counted(screened):
    answer, hits, _ = screened
    assert len({hit["person_id"] for hit in hits}) == 10
    assert all(hit["listing_record_id"].split(":")[0] != SOURCE for hit in hits)
    assert "11 entries read, 11 persons screened against run " in answer.err
    assert ": 10 with hits, 1 without;" in answer.err
    assert "not a finding" in answer.err
    assert "  births:\n    - {date: birth_date}" in answer.err
    assert answer.out == ""


def test_a_hit_says_how_likely_why_and_where_the_listing_comes_from(screened):
    hit = screened[1][0]
    assert 0.5 <= hit["match_probability"] < 1
    assert hit["is_match"] is True
    assert hit["conflicts"] == []
    assert hit["words"]
    assert hit["supports"][:2] == ["name", "birth"]
    assert [step["field"] for step in hit["steps"]][:2] == ["prior", "name"]
    for column in ("listing_names", "authority", "licence", "handling_code", "snapshot_id", "retrieved_at"):
        assert hit[column], column


def test_nothing_is_stored_in_the_workspace(screened):
    before, after = screened[2]
    assert after == before


def test_hits_are_the_pairs_of_a_run_in_which_the_file_is_a_list(demo, people_csv, tmp_path):
    published, model = Workspace(demo.workspace).published_folder(), load("default")
    people = read_people(people_csv, mapping=None, scratch=tmp_path / "sources", limit_mb=10)
    found = screen(people, published, model, Settings(), scratch=tmp_path).hits.filter("is_match")
    together = _together(people.records, published, tmp_path / "again")
    pairs = link(together, Settings(), model, spill=tmp_path / "spill")
    is_asked = [pl.col(side).str.starts_with(f"{SOURCE}:") for side in SIDES]
    expected = pairs.filter((is_asked[0] != is_asked[1]) & (pl.col("match_probability") >= 0.5))
    assert expected.height >= 10
    # Which listings of a list may be one person is told by the published run, to some millionths.
    assert sorted(found["match_weight"]) == pytest.approx(sorted(expected["match_weight"]), abs=1e-3)
    ids = found.select(ids=pl.concat_list("person_record_id", "listing_record_id").list.sort())["ids"].to_list()
    assert sorted(ids) == sorted(map(list, expected.select(SIDES).rows()))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_a_formula(demo, people_csv, tmp_path, ending):
    output = tmp_path / f"hits.{ending}"
    assert matching("screen", people_csv, "-o", output, "--workspace", demo.workspace).exit_code == 0
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8-sig"))))
        ids = [row["person_id"] for row in rows]
        assert all(not re.match(r"\s*[=+@]", text) for row in rows for text in row.values())
    else:
        sheet = openpyxl.load_workbook(output)["hits"]
        cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
        ids = [cell.value for cell in cells if cell.column == 1]
        assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert len(ids) >= 10
    assert all(text.lstrip("'").startswith("=P") for text in ids)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_guarded_in_csv(text):
    assert _guarded(text) == f"'{text}"


def test_numbers_and_other_text_stay_as_they_are_in_csv():
    assert [_guarded(value) for value in (-1.5, "Al-Amin", "1970-05-04", None)] == [
        "-1.5",
        "Al-Amin",
        "1970-05-04",
        None,
    ]


def test_a_mapping_says_which_column_is_which(demo, tmp_path):
    (tmp_path / "people.csv").write_text("c1;c2\nZembla;1\nWilda Fenn;2\n", encoding="utf-8")
    keys = "title publisher authority licence terms cadence handling_code"
    head = "\n".join(f"{key}: x" for key in keys.split())
    (tmp_path / "our.yml").write_text(
        f"id: whatever\n{head}\nauthority_country: ZZ\nlisting_kind: missing\nhomepage: https://x.example\n"
        "payloads: {list: {files: ['*.csv']}}\nreader: {format: csv, separator: ';'}\n"
        "record: {publisher_id: c2, names: [{full: c1}]}\n",
        encoding="utf-8",
    )
    people = read_people(tmp_path / "people.csv", mapping=tmp_path / "our.yml", scratch=tmp_path / "s", limit_mb=1)
    assert people.records["publisher_id"].to_list() == ["1", "2"]
    assert people.records["listing_kind"].unique().to_list() == ["watchlist"]


def test_a_file_of_one_column_is_numbered_by_its_lines(tmp_path):
    (tmp_path / "people.csv").write_text('\ufeffName\nWilda "Wil" Fenn\n\nKarim Botros, Jr\n', encoding="utf-8")
    people = read_people(tmp_path / "people.csv", mapping=None, scratch=tmp_path, limit_mb=1)
    names = {row["publisher_id"]: row["names"][0]["full"] for row in people.records.to_dicts()}
    assert names == {"2": 'Wilda "Wil" Fenn', "4": "Karim Botros, Jr"}


def test_a_first_line_that_names_no_column_is_a_person(tmp_path):
    (tmp_path / "people.csv").write_text('Wilda Fenn\n"Botros, Karim"\n', encoding="utf-8")
    people = read_people(tmp_path / "people.csv", mapping=None, scratch=tmp_path / "s", limit_mb=1)
    assert [row["names"][0]["full"] for row in people.records.sort("publisher_id").to_dicts()] == [
        "Wilda Fenn",
        "Botros, Karim",
    ]
    assert people.notes[0].startswith("the first line is no name of a column")


@pytest.mark.parametrize("separator", [",", ";"])
def test_rows_of_one_id_are_persons_apart(tmp_path, separator):
    rows = [["name", "birth_date", "id"], ["Wilda Fenn", "1970-05-04", "1"], ["Karim Botros", "1948-08-11", "1"]]
    (tmp_path / "people.csv").write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    people = read_people(tmp_path / "people.csv", mapping=None, scratch=tmp_path / "s", limit_mb=1)
    names = {row["publisher_id"]: row["names"][0]["full"] for row in people.records.to_dicts()}
    assert people.entries == 2
    assert names == {"1": "Wilda Fenn", "1 (row 3)": "Karim Botros"}


@pytest.mark.parametrize(
    "content", ["name,birth_date\nWilda Fenn,1970-05-04\nKarim Botros,1948-08-11\n", "name\nWilda Fenn\nKarim Botros\n"]
)
def test_a_file_in_utf_16_is_read(tmp_path, content):
    (tmp_path / "people.csv").write_bytes(content.encode("utf-16"))
    people = read_people(tmp_path / "people.csv", mapping=None, scratch=tmp_path / "s", limit_mb=1)
    assert sorted(row["names"][0]["full"] for row in people.records.to_dicts()) == ["Karim Botros", "Wilda Fenn"]


def test_columns_that_are_not_compared_and_a_guessed_encoding_are_named(tmp_path):
    path = tmp_path / "people.csv"
    rows = ("Nome;Nascimento;Número;coluna zz", "Adélia Fontão;1970-05-04;A-1;u", "Brás Leitão;1981-02-03;A-2;v")
    path.write_bytes("\n".join(rows).encode("cp1252"))
    (tmp_path / "scratch").mkdir()
    people = read_people(path, mapping=None, scratch=tmp_path / "scratch", limit_mb=10)
    assert sorted(people.records["names"].list.first().struct.field("full")) == ["Adélia Fontão", "Brás Leitão"]
    said = "\n".join(people.notes)
    assert "not compared: Número: taken as the entry's own number, no document" in said
    assert "not compared: coluna zz: not recognised" in said
    assert "read as cp1252" in said


def test_no_list_may_have_the_id_of_screened_people(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("id,name,birth date\n1,Ada Fontao,1970-05-04\n2,Bea Leitao,1981-02-03\n", encoding="utf-8")
    says = "id screened stands for the people of `matching screen`"
    with pytest.raises(UsageError, match=says):
        draft_source("screened", [path], into=tmp_path / "sources", limit_mb=10)
    draft_source("screened", [path], into=tmp_path / "sources", limit_mb=10, own=True)
    with pytest.raises(UsageError, match=says):
        load_sources([tmp_path / "sources"])


def test_the_file_of_people_is_not_written_over(demo, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name\nWilda Fenn\n", encoding="utf-8")
    answer = matching("screen", path, "-o", path, "--workspace", demo.workspace)
    assert answer.exit_code == 2
    assert "is the file to be read" in answer.err
    assert path.read_text(encoding="utf-8") == "name\nWilda Fenn\n"


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        (None, ["-o", "hits.csv"], "no such file: give a file of people"),
        ("name\nWilda Fenn\n", ["-o", "hits.txt"], "the ending says the format: give one of .csv, .json, .xlsx"),
        ("name\nWilda Fenn\n", ["-o", "nowhere/hits.csv"], "there is no folder nowhere"),
        ("name\n", ["-o", "hits.csv"], "has a header and no entry"),
        ("name\nWilda Fenn\n", ["-o", "hits.csv", "--mapping", "none.yml"], "give the path of a source.yml"),
        ("name\nWilda Fenn\n", ["-o", "hits.csv", "--mapping", "people.csv"], "has no line `id:`"),
        ("born,nr\n1970-05-04,1\n1971-05-04,2\n", ["-o", "hits.csv"], "no person could be read of 2 entries"),
    ],
)
def test_what_does_not_fit_is_said_and_what_to_do(demo, tmp_path, monkeypatch, content, arguments, says):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("people.csv").write_text(content, encoding="utf-8")
    answer = matching("screen", "people.csv", *arguments, "--workspace", demo.workspace)
    assert answer.exit_code in (2, 5)
    assert says in answer.err
    assert not list(tmp_path.glob("hits*"))


def test_before_the_first_run_there_is_nothing_to_screen_against(tmp_path):
    (tmp_path / "people.csv").write_text("name\nWilda Fenn\n", encoding="utf-8")
    answer = matching("screen", tmp_path / "people.csv", "-o", tmp_path / "h.csv", "--workspace", tmp_path / "none")
    assert answer.exit_code == 7
    assert "nothing is published" in answer.err
