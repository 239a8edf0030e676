"""Real payloads: every person is a record or a quarantine row, and nothing stays unread."""

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matching.errors import PayloadError
from matching.records.build import parse
from matching.sources.registry import load_sources

pytestmark = pytest.mark.real
SOURCES = load_sources()

PAYLOADS = [
    ("un_sc", {"list": "un_sc/2021-01-16/un_sanctions_list.xml"}, 710),
    ("un_sc", {"list": "un_sc/2024-11-30/consolidated.xml"}, 686),
    ("un_sc", {"list": "un_sc/2025-04-19/UN.xml"}, 684),
    ("un_sc", {"list": "un_sc/2025-11-20/consolidatedLegacyByPRN.xml"}, 727),
    ("un_sc", {"list": "un_sc/2026-02-27/UN_consolidated.xml"}, 730),
    ("us_ofac_sdn", {role: f"us_ofac_sdn/2021-07-07/{role}.csv" for role in ("sdn", "alt", "add")}, 4620),
    ("us_ofac_sdn", {role: f"us_ofac_sdn/2022-01-31/{role}.csv" for role in ("sdn", "alt", "add")}, 4643),
    ("us_ofac_sdn", {"sdn": "us_ofac_sdn/2024-05-03/sdn.csv"}, 6854),
    ("interpol_red", {"list": "interpol_red/2023-05-16/results.json"}, 6934),
]


def parse_real(shared: Path, source_id: str, files: dict[str, str]):
    paths = {role: shared / "data" / path for role, path in files.items()}
    return parse(SOURCES[source_id], paths, snapshot_id="real", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("source_id", "files", "persons"), PAYLOADS, ids=[next(iter(files.values())) for _, files, _ in PAYLOADS]
)
def test_no_person_is_lost_and_nothing_is_unread(shared, source_id, files, persons):
    parsed = parse_real(shared, source_id, files)
    assert parsed.persons == persons
    assert dict(parsed.unread) == {}
    assert parsed.records.height + parsed.quarantine.height == parsed.entries


def test_details_of_notices_merge_with_their_list(shared):
    files = {
        "list": "interpol_red/2023-05-16/results.json",
        "detail": "interpol_red/2023-05-19/red_notices_details.json",
    }
    parsed = parse_real(shared, "interpol_red", files)
    assert parsed.persons == 6935  # one notice came between the two retrievals
    assert dict(parsed.unread) == {}


def test_a_crawl_that_hit_the_cap_is_refused(shared, tmp_path):
    path = unpacked(shared, "interpol_red_2025-10-20_capped_at_160.json.gz", tmp_path)
    with pytest.raises(PayloadError, match="6520 rows hold 160 distinct ids"):
        parse(SOURCES["interpol_red"], {"list": path}, snapshot_id="x", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


def test_a_file_corrupted_in_transit_is_refused(shared, tmp_path):
    path = unpacked(shared, "un_sc_2025-08-16_corrupted.xml.gz", tmp_path)
    with pytest.raises(PayloadError, match="not well-formed XML at line"):
        parse(SOURCES["un_sc"], {"list": path}, snapshot_id="x", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


def unpacked(shared: Path, name: str, folder: Path) -> Path:
    path = folder / name.removesuffix(".gz")
    with gzip.open(shared / "data" / "bad_payloads" / name) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path
