"""The validation site: every expectation with its reason, pages that open from disk."""

import html
import re
from pathlib import Path

import pytest
from command_line import Demo
from invented_run import NOW, Run, gate

from matching.quality.loading import GATED, load_suite
from matching.report.validation_site import write_site
from matching.workspace import Workspace


@pytest.fixture
def site(demo: Demo) -> Path:
    return Workspace(demo.workspace).published_folder() / "70_report" / "validations"


def test_every_expectation_of_every_table_stands_with_reason_and_severity(site: Path) -> None:
    for name in GATED:
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        for rule in load_suite(name).expectations:
            assert f"<code>{rule.type}</code>" in text
            assert rule.reason in html.unescape(text), rule.rule


def test_the_pages_ask_nothing_of_a_network_and_link_to_one_another_and_the_report(site: Path) -> None:
    for path in site.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"<script|<link|@import|url\(|(?:src|href)=.https?:", text), path.name
        for target in re.findall(r'href="([^"#]+)"', text):
            assert (path.parent / target).is_file(), (path.name, target)


def test_the_report_leads_to_the_site(site: Path) -> None:
    assert 'href="validations/index.html"' in (site.parent / "report.html").read_text(encoding="utf-8")


def test_what_failed_stands_first_and_shows_on_the_index(tmp_path: Path) -> None:
    gates = [gate("a_rule_that_held"), gate("few_rows_are_quarantined", success=False, severity="warning")]
    index = write_site(Run(gates=gates).write(tmp_path / "run"), now=NOW)
    text = (index.parent / "records.html").read_text(encoding="utf-8")
    assert 0 < text.index("✗ failed") < text.index("✓ held")
    assert "! warnings" in index.read_text(encoding="utf-8")
    assert "not asked" in text  # rules of the suite that this run had no result of


def test_pages_of_before_are_replaced(tmp_path: Path) -> None:
    run = Run(gates=[gate("a_rule"), gate("another", table="names")]).write(tmp_path / "run")
    write_site(run, now=NOW)
    index = write_site(Run(gates=[gate("a_rule")]).write(tmp_path / "run"), now=NOW)
    assert sorted(path.stem for path in index.parent.iterdir()) == ["history", "index", "measures", "records"]
