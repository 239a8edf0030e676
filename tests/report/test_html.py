import base64
import hashlib
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from invented_run import (
    NOW,
    Run,
    birth,
    clustered,
    conflict,
    explanation,
    gate,
    identifier,
    match,
    name,
    quarantined,
    record,
    stage,
)
from lxml import html as lxml_html

from matching import tables, workspace
from matching.errors import WorkspaceError
from matching.report import html

LEFT, RIGHT = "aa_wanted:1", "bb_watch:1"


def page_of(run: Run, folder: Path, **given):
    path = html.write_report(run.write(folder), now=NOW, **given)
    return lxml_html.fromstring(path.read_text(encoding="utf-8"))


def select(element, path: str) -> list:
    """The elements below ``element`` on a path of steps like ``table.sides`` and ``#gates``: a little of CSS."""
    steps = []
    for step in path.split():
        tag, rest = re.fullmatch(r"([a-z0-9]*)(.*)", step).groups()
        tests = [
            f"@id='{value}'" if sign == "#" else f"contains(concat(' ', @class, ' '), ' {value} ')"
            for sign, value in re.findall(r"([.#])([\w-]+)", rest)
        ]
        steps.append((tag or "*") + "".join(f"[{test}]" for test in tests))
    return element.xpath(".//" + "//".join(steps))


def text_of(element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def row_of(page, label: str) -> str:
    """The row of the first card's comparison whose field is ``label``."""
    rows = select(select(page, "table.sides")[0], "tbody tr")
    return next(text_of(row) for row in rows if text_of(select(row, ".field")[0]) == label)


def full_run() -> Run:
    return Run(
        records=[
            record(
                LEFT, url="https://lists.example/1", sex="male", remarks="note", marks="mark", programmes=["Act 1"],
                addresses=[{"text": "Sham Street", "country": "Atlantis"}], references=[{"scheme": "un", "id": "1"}],
                birth_places=[{"text": "Base Camp", "country": "Antarctica"}],
                births=[{"text": "long ago", "earliest": None, "latest": None, "precision": None, "calendar": None}],
                offences=[{"text": "Forging", "language": "en", "category": "forgery", "country": "AA"}],
                parents=[{"role": "father", "name": "Invented Senior"}],
            ),
            record(RIGHT, url="javascript:alert(1)"),
            record("un_list:1"),
        ],
        names=[
            name(LEFT, 0, "خليل المصطنع", script="Arab", romanised="Khalil al-Mustana"),
            *(name(LEFT, n, f"Other form {n}", kind="alias") for n in range(1, 9)),
            name(RIGHT, 0, "Khalil Mustana"),
            name("un_list:1", 0, "Third Member"),
        ],
        births=[birth(LEFT, "1970-03-05", "1970-03-05"), birth(RIGHT, "1971-01-01", "1971-12-31", precision="year")],
        countries=[{"record_id": LEFT, "role": "nationality", "country_code": "AQ", "text": "Antarctica"}],
        identifiers=[identifier(LEFT, "X-1", number="X1", note="lost"), identifier(RIGHT, "X1")],
        matches=[
            match(
                LEFT, RIGHT, level_birth="different_year", weight_birth=-6.0, level_identifier="same_number",
                weight_identifier=9.0, match_probability=0.99993, against=["birth: different_year"], conflicts=["one_document_two_births"],
            ),
            match("aa_wanted:2", "aa_wanted:3"),
        ],
        explanations=[explanation(LEFT, RIGHT, words=["khalil ≈ khalil (9.1)", "only on the left: al"])],
        conflicts=[conflict("aa_wanted:2", "bb_watch:9")],
        clusters=[
            clustered(r, LEFT) for r in (LEFT, RIGHT, "un_list:1")
        ],
        quarantine=[quarantined("aa_wanted:entry 7", value="2999")],
        gates=[gate("row_count"), gate("births_read", success=False, severity="warning", observed="0.61")],
        ledger=[stage(0, "read"), stage(1, "resolve")],
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory):
    return page_of(full_run(), tmp_path_factory.mktemp("runs") / "run-1")


def test_the_report_stands_in_the_runs_report_folder(tmp_path: Path):
    path = html.write_report(full_run().write(tmp_path / "run-1"), now=NOW, title="Leads of the week")
    assert path == tmp_path / "run-1" / "70_report" / "report.html"
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert "<h1>Leads of the week</h1>" in path.read_text(encoding="utf-8")


def test_the_same_run_and_time_give_the_same_bytes(tmp_path: Path):
    folder = full_run().write(tmp_path / "run-1")
    assert html.write_report(folder, now=NOW).read_bytes() == html.write_report(folder, now=NOW).read_bytes()


def test_the_page_says_that_matches_are_leads_and_not_findings(page):
    assert "Leads for review, not findings." in text_of(select(page, "header")[0])


def test_nothing_is_loaded_from_anywhere(page):
    assert not page.xpath("//*[@src or @srcset or @data or @poster or @background or @action or @ping]")
    for tag in ("link", "base", "iframe", "object", "embed", "img", "image", "use", "audio", "video"):
        assert not select(page, tag)
    style = select(page, "style")[0].text
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"https?:|fetch|XMLHttp|import\s*\(", select(page, "script")[0].text)


def test_only_the_pages_own_style_and_script_may_run(page):
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (element,) = select(page, kind)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_links_out_are_plain_and_tell_the_publisher_nothing(page):
    outside = [a for a in select(page, "a") if not a.get("href").startswith(("#", "validations/"))]
    assert [a.get("href") for a in outside] == ["https://lists.example/1"]
    assert {a.get("rel") for a in outside} == {"noreferrer noopener"}


def test_every_link_within_the_page_has_its_target(page):
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in page.xpath("//a/@href") if h.startswith("#")} <= set(ids)
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)


def test_a_javascript_address_is_shown_and_is_no_link(page):
    assert "javascript:alert(1)" in row_of(page, "Source")
    assert not [h for h in page.xpath("//@href") if "javascript" in h]


def with_suffix(dtype: pl.DataType, column: pl.Expr, suffix: str) -> pl.Expr:
    """Every text in ``column`` with ``suffix`` after it, however deep it lies."""
    if dtype == pl.String:
        return column + suffix
    if isinstance(dtype, pl.List):
        return column.list.eval(with_suffix(dtype.inner, pl.element(), suffix))
    if isinstance(dtype, pl.Struct):
        fields = [with_suffix(f.dtype, column.struct.field(f.name), suffix).alias(f.name) for f in dtype.fields]
        return pl.struct(fields)
    return column


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "</style></script><svg onload=x>", "{{7*7}}"],
)
def test_markup_in_any_text_of_any_table_stays_text(tmp_path: Path, hostile: str):
    folder = full_run().write(tmp_path / "run-1")
    for table in tables.TABLES.values():
        frame = workspace.read_table(folder, table)
        columns = [with_suffix(dtype, pl.col(c), hostile).alias(c) for c, dtype in frame.schema.items()]
        workspace.write_table(folder, table, frame.select(columns))
    page = lxml_html.fromstring(html.write_report(folder, now=NOW, title=hostile).read_text(encoding="utf-8"))
    assert (len(select(page, "script")), len(select(page, "style")), select(page, "img")) == (1, 1, [])
    assert not [a for a in page.xpath("//@*") if a.attrname.startswith("on")]
    assert select(page, "h1")[0].text_content() == hostile
    assert hostile in row_of(page, "Names")
    assert hostile in row_of(page, "Remarks")


def test_a_right_to_left_name_is_isolated_and_stands_beside_its_romanisation(page):
    best = select(page, "table.sides .name.best")[0]
    original, romanised = select(best, "bdi")
    assert (original.text, original.get("dir"), original.get("lang")) == ("خليل المصطنع", "auto", "und-Arab")
    assert romanised.text == "Khalil al-Mustana"
    assert "best pairing" in text_of(best)


def test_every_text_in_another_script_is_isolated(page):
    arabic = [e for e in page.iter() if isinstance(e.tag, str) and e.text and re.search("[\u0600-\u06ff]", e.text)]
    assert {e.tag for e in arabic} == {"bdi"}


@pytest.mark.parametrize(
    ("label", "mark"),
    [
        ("Names", "✓ agree Same tokens"),
        ("Births", "✗ disagree Different year"),
        ("Countries", "? unknown"),
        ("Identifiers", "✓ agree Same number"),
    ],
)
def test_each_compared_field_is_marked_in_words_and_by_a_sign(page, label: str, mark: str):
    assert f"{label} {mark}" in row_of(page, label)


def test_the_two_listings_stand_side_by_side(page):
    assert "1970-03-05 could not be read: “long ago” 1971 (year only;" in row_of(page, "Births")
    assert "Nationality: Antarctica (AQ) not given" in row_of(page, "Countries")
    assert row_of(page, "Identifiers").count("✓ same number") == 2
    source = row_of(page, "Source")
    assert source.count("Retrieved 2026-02-27 06:00 UTC") == 2
    assert source.count("TLP:GREEN") == 2
    head = text_of(select(page, "table.sides thead")[0])
    assert "aa_wanted Authority of aa_wanted (AA) Wanted, active" in head
    assert "bb_watch Authority of bb_watch (BB)" in head


def test_what_speaks_against_a_match_stands_before_the_listings(page):
    body = select(page, ".match .body")[0]
    assert text_of(body[0]).startswith("Conflict: One document two births. ")
    assert text_of(body[1]) == "Speaks against: Birth: different year"


def test_the_waterfall_says_in_a_table_what_it_draws(page):
    rows = [text_of(row) for row in select(select(page, "table.waterfall")[0], "tbody tr")]
    assert [row.split(" ")[0] for row in rows] == [
        "Prior", "Names", "Births", "Countries", "Birth", "Sex", "Identifiers", "Total",
    ]  # fmt: skip
    assert rows[2] == "Births −6.0 about 64 times likelier if different persons"
    assert rows[-1] == "Total +7.0 match probability >99.99 %"
    assert {svg.get("aria-hidden") for svg in select(page, "svg")} == {"true"}


def test_a_card_names_the_rule_and_the_other_members_of_its_cluster(page):
    text = text_of(select(page, ".match")[0])
    assert "blocking rule “Family skeleton and birth year”" in text
    assert "also held to be this person: Third Member ( un_list:1 )." in text


def test_the_names_are_explained_word_by_word(page):
    assert [text_of(line) for line in select(page, "ul.words li")] == ["khalil ≈ khalil (9.1)", "only on the left: al"]


def test_a_match_kept_apart_says_why_and_names_no_cluster(tmp_path: Path):
    apart = match("aa_wanted:1", "bb_watch:1", kept_apart="weak_bridge", cluster_id=None)
    text = text_of(select(page_of(Run(matches=[apart]), tmp_path / "run-1"), ".match")[0])
    assert "Kept in two clusters: it is weaker than what the other records on either side say against it." in text
    assert "None" not in text


def test_conflicts_below_the_threshold_are_listed_with_their_kind(page):
    rows = [text_of(row) for row in select(page, "#conflicts tbody tr")]
    assert rows == ["Person 2 aa_wanted:2 bb_watch:9 bb_watch:9 One document two names 1.0 %"]


def test_cross_border_matches_come_first_and_duplicates_stand_apart(tmp_path: Path):
    run = Run(
        matches=[
            match("aa_wanted:1", "aa_wanted:2", match_probability=0.999),
            match("aa_wanted:3", "bb_watch:3", match_probability=0.6),
            match("aa_wanted:4", "bb_watch:4", match_probability=0.8),
            match("aa_police:5", "aa_wanted:5", match_probability=0.9),
        ]
    )
    page = page_of(run, tmp_path / "run-1")
    sections = {s.get("id"): [c.get("id") for c in select(s, ".match")] for s in select(page, "#matches section")}
    assert sections == {
        "cross_border": ["match-1", "match-2"],
        "same_country": ["match-3"],
        "same_list": ["match-4"],
    }
    assert list(sections) == ["cross_border", "same_country", "same_list"]
    assert "80.0 %" in text_of(select(page, "#match-1 .score")[0])


def test_matches_past_the_full_cards_are_rows_and_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(html, "FULL_CARDS", 2)
    monkeypatch.setattr(html, "COMPACT_ROWS", 3)
    page = page_of(Run(matches=[match(f"aa_wanted:{n}", f"bb_watch:{n}") for n in range(7)]), tmp_path / "run-1")
    assert len(select(page, "details.match")) == 2
    assert [row.get("data-rank") for row in select(page, "table.compact tbody tr")] == ["3", "4", "5"]
    note = text_of(select(page, "#matches .note")[0])
    assert "The first 2 of 7 matches" in note
    assert "matching export matches" in note
    assert "the 2 matches that are not on this page" in note


def test_lists_carry_snapshot_date_licence_and_handling_code(page):
    text = text_of(select(page, "#summary table")[0])
    assert "aa_wanted Authority of aa_wanted (AA) Wanted 2026-02-27 06:00 UTC 2 days before this report" in text
    assert "open TLP:GREEN" in text


def test_quarantine_gates_and_stages_are_shown(page):
    assert "aa_wanted:entry 7 births 2999 a day before the listing" in text_of(select(page, "#quarantine")[0])
    gates = [text_of(row) for row in select(page, "#gates tbody tr")]
    assert gates[0].startswith("✗ failed warning records whole table Births read")
    assert gates[1].startswith("✓ held")
    stages = text_of(select(page, "#stages")[0])
    for shown in ("model-1", "splink 5.0.0", "read 2026-03-01 09:30 UTC 10 9 1.2 done", "aa_wanted:0123456789ab"):
        assert shown in stages


def test_a_run_without_matches_has_a_page_that_says_so(tmp_path: Path):
    page = page_of(Run(records=[record(LEFT)]), tmp_path / "run-1")
    assert "No pair of listings reached the review threshold." in text_of(select(page, "#matches")[0])
    assert "No row was quarantined." in text_of(select(page, "#quarantine")[0])


def test_without_script_every_match_is_there_and_the_controls_are_not(page):
    assert select(page, "form#controls")[0].get("hidden") is not None
    assert not [details for details in select(page, "details.match") if details.get("hidden") is not None]
    assert all(details[0].tag == "summary" for details in select(page, "details"))


def test_headings_go_down_one_step_at_a_time(page):
    levels = [int(e.tag[1]) for e in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_missing_table_is_named(tmp_path: Path):
    folder = full_run().write(tmp_path / "run-1")
    workspace.table_path(folder, tables.BIRTHS).unlink()
    with pytest.raises(WorkspaceError, match=r"births\.parquet is missing"):
        html.write_report(folder, now=NOW)
    assert not (folder / "70_report" / "report.html").exists()


def test_a_time_without_a_zone_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="has no time zone"):
        html.write_report(tmp_path, now=datetime(2026, 3, 1))  # noqa: DTZ001
