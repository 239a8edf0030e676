import shutil
from pathlib import Path

import pytest

from matching.errors import UsageError
from matching.sources.mapping import Value
from matching.sources.registry import SHIPPED, load_sources

MINIMAL = """\
id: zz_list
title: List
publisher: Ministry
authority: Police
authority_country: NO
listing_kind: wanted
homepage: https://lists.example/
licence: open
terms: none
cadence: daily
handling_code: PUBLIC
payloads: {list: {files: ["list*.csv"]}}
reader: {format: csv}
record:
  publisher_id: "no"
  names: [{full: name}]
"""


def folder_with(tmp_path: Path, text: str, name: str = "zz_list") -> Path:
    (tmp_path / name).mkdir()
    (tmp_path / name / "source.yml").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_extra_folder_adds_its_sources_to_the_shipped_ones(tmp_path):
    sources = load_sources([folder_with(tmp_path, MINIMAL)])
    assert {"zz_list", "un_sc", "us_ofac_sdn", "interpol_red"} <= sources.keys()
    assert list(sources) == sorted(sources)


def test_a_country_code_that_yaml_takes_for_no_stays_text(tmp_path):
    assert load_sources([folder_with(tmp_path, MINIMAL)])["zz_list"].authority_country == "NO"


def test_all_problems_of_all_files_are_reported_together_with_file_and_key(tmp_path):
    broken = (
        MINIMAL.replace("listing_kind: wanted", "listing_kind: desired")
        .replace("title: List\n", "")
        .replace("cadence: daily", "cadence: daily\ncolour: red")
        .replace("names: [{full: name}]", "names: [{full: name, kind: nickname}]")
    )
    folder = folder_with(tmp_path, broken)
    folder_with(tmp_path, MINIMAL.replace("id: zz_list", "id: zz_other"), "zz_renamed")
    with pytest.raises(UsageError) as raised:
        load_sources([folder])
    message = str(raised.value)
    for expected in (
        "zz_list/source.yml: title: missing",
        "zz_list/source.yml: colour: unknown key",
        "zz_list/source.yml: listing_kind: unknown listing kind",
        "zz_list/source.yml: record.names.0.kind: unknown words nickname",
        "zz_renamed/source.yml: id: zz_other differs from its folder's name zz_renamed",
    ):
        assert expected in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("full: name", "full: {from: name, join: [a]}"), "exactly one of from, join, constant"),
        (("full: name", "full: {from: name, pattern: '('}"), "not a regular expression"),
        (("full: name", "full: a//b"), "empty name"),
        (("full: name", "order: [given]"), "give full, or parts"),
        (("{format: csv}", "{format: csv, header: false}"), "without a header the columns must be given"),
        (("{format: csv}", "{format: csv, main: other}"), "not among payloads"),
        (("{format: csv}", "{format: pdf}"), "reader:"),
        (("cadence: daily", "cadence: daily\ndate_formats: [DD.MM.YY]"), "two-digit years are not read"),
        (("title: List", "title: List\ntitle: Again"), "keys given twice: title"),
        (("id: zz_list", "id: [zz_list"), "not YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, expected):
    with pytest.raises(UsageError, match="in sources") as raised:
        load_sources([folder_with(tmp_path, MINIMAL.replace(*change))])
    assert expected in str(raised.value)


def test_an_id_that_is_taken_is_refused(tmp_path):
    shutil.copytree(SHIPPED / "un_sc", tmp_path / "un_sc")
    with pytest.raises(UsageError, match="already taken"):
        load_sources([tmp_path])


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(UsageError, match="not a folder"):
        load_sources([tmp_path / "absent"])


@pytest.mark.parametrize("source_id", sorted(load_sources()))
def test_every_shipped_source_says_where_it_comes_from(source_id):
    folder = load_sources()[source_id].folder
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {source_id}")


LAYOUTS = """
layouts:
  other: {like: zz_model/second, payloads: {other: {files: ["*.txt"]}}}
"""
MODEL = """
layouts:
  second:
    payloads: {second: {files: ["*.tsv"]}}
    reader: {format: csv, separator: "\t"}
    date_formats: [MM/YYYY]
    record: {publisher_id: id, names: [{full: whole_name}]}
"""


def test_a_layout_is_read_like_another_sources(tmp_path):
    folder_with(tmp_path, MINIMAL + LAYOUTS)
    folder_with(tmp_path, (MINIMAL + MODEL).replace("zz_list", "zz_model"), name="zz_model")
    source = load_sources([tmp_path])["zz_list"]
    assert source.layout_for(["other"]).record.names[0].full == Value(from_=["whole_name"])
    assert source.layout_for(["other"]).date_formats == ["MM/YYYY"]
    assert source.layout_for(["list"]) is source


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("zz_model/second", "zz_nobody"), "layouts.other.like: zz_nobody: a source, or source/layout"),
        (("other: {files", "list: {files"), "the role list stands in several"),
        (('["*.txt"]', '["*.txt"], url: "https://x.example/"'), "only the payloads of the source itself are fetched"),
    ],
)
def test_a_mistake_in_a_layout_is_named(tmp_path, change, expected):
    folder_with(tmp_path, MINIMAL + LAYOUTS.replace(*change))
    folder_with(tmp_path, (MINIMAL + MODEL).replace("zz_list", "zz_model"), name="zz_model")
    with pytest.raises(UsageError, match="in sources") as raised:
        load_sources([tmp_path])
    assert expected in str(raised.value)
