"""Real payloads: every person is a record or a quarantine row, and nothing stays unread."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from matching.errors import PayloadError
from matching.records.build import parse
from matching.sources.drop import match_files, opened
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
    ("interpol_red", {"list": "interpol_red/2023-05-19/red_notices.json"}, 186),
    ("us_ofac_cons", {"list": "us_ofac_cons/2022-06-02/consolidated.xml"}, 80),
    ("us_ofac_cons", {"list": "us_ofac_cons/2025-03-28/consolidated.xml"}, 80),
    ("us_ofac_sdn", {"sdn_enhanced": "us_ofac_enhanced_irgc/2024-08-28/IRGC_sanctions.xml"}, 165),
    ("pk_nacta", {"list": "pk_nacta/2025-11-19/source.json"}, 3652),
    ("pk_nacta", {"list": "pk_nacta/2026-06-03/source.json"}, 4665),
    ("ca_sema", {"list": "ca_sema/2020-04-15/sema-lmes.xml"}, 985),
    ("ca_sema", {"list": "ca_sema/2025-05-25/cannada.xml"}, 3334),
    ("ch_seco", {"list": "ch_seco/excerpt_2026-08-27/consolidated-list.EXCERPT.xml"}, 1),
    ("eu_fsf", {"list": "eu_fsf/excerpt_2018-12-21/xmlFullSanctionsList_1_1.EXCERPT.xml"}, 1),
    ("eu_europol_wanted", {"list": "eu_europol_wanted/2022-09-10/mostwanted.json"}, 46),
    (
        "opensanctions_simple",
        {"list": "opensanctions_interpol_red_notices/2025-05-23/targets.simple.csv"},
        6561,
    ),
    ("ftm_entities", {"list": "opensanctions_ftm/2024-03-22/entities.ftm.json"}, 607),
    ("ftm_entities", {"list": "opensanctions_ftm/2024-03-09/targets.nested.json"}, 20),
    ("senzing_json", {"list": "opensanctions_ftm/2024-03-09/senzing.json"}, 100),
    ("senzing_json", {"list": "senzing_json/truth-sets/customers.jsonl"}, 114),
    ("senzing_json", {"list": "senzing_json/truth-sets/reference.jsonl"}, 16),
]


def parse_real(shared: Path, source_id: str, files: dict[str, str]):
    paths = {role: shared / "data" / path for role, path in files.items()}
    layout = SOURCES[source_id].layout_for(paths)
    return parse(layout, paths, snapshot_id="real", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("source_id", "files", "persons"), PAYLOADS, ids=[next(iter(files.values())) for _, files, _ in PAYLOADS]
)
def test_no_person_is_lost_and_nothing_is_unread(shared, source_id, files, persons):
    parsed = parse_real(shared, source_id, files)
    assert parsed.persons == persons
    assert dict(parsed.unread) == {}
    assert parsed.records.height + parsed.quarantine.height == parsed.entries


def test_posters_of_no_person_are_kept_and_are_no_persons(shared):
    parsed = parse_real(shared, "us_fbi_wanted", {"list": "us_fbi_wanted/2021-03-20/items.json"})
    assert (parsed.entries, parsed.records.height, parsed.quarantine.height) == (20, 20, 0)
    assert 0 < parsed.persons < 20
    assert dict(parsed.unread) == {}


FLAT_FBI = """\
id: zz_fbi_flat
title: FBI posters, flattened to CSV by a third party
publisher: a third party
authority: FBI
authority_country: US
listing_kind: wanted
homepage: https://www.fbi.gov/wanted
licence: public domain
terms: none
cadence: once
handling_code: PUBLIC
payloads: {list: {files: ["*.csv"]}}
reader: {format: csv}
date_formats: ["Mon D, YYYY", YYYY]
record:
  publisher_id:
    - {join: [title, publication], with: "|", digest: true}
    - {join: [title, publication, description, dates_of_birth_used, caution], with: "|", digest: true}
  listing_kind:
    - {when: {subject: {pattern: "Missing|Victim|Unidentified"}}, is: missing}
    - {is: wanted}
  status: {from: status, map: {na: active, captured: removed}}
  names:
    - full: title
    - full: {from: aliaces, split: [", "], strip: '"'}
      kind: alias
  births:
    - date: {from: dates_of_birth_used, split_pattern: ', (?=[A-Z])'}
  birth_places: [{text: place_of_birth}]
  nationalities: [nationality]
  sex: {from: sex, map: {Male: male, Female: female}}
  offences: [{text: description, category: subject}]
  listed_date: {from: publication, pattern: '^[0-9-]{10}', formats: [YYYY-MM-DD]}
ignored:
  - fields: [caution, reward_text, warning_message]
    reason: the story and the reward
  - fields: [race, hair, height_max, age_range, weight, languages, occupations, complexion]
    reason: not compared
"""


def test_a_layout_not_shipped_is_read_by_a_new_source_alone(shared, tmp_path):
    (tmp_path / "zz_fbi_flat").mkdir()
    (tmp_path / "zz_fbi_flat" / "source.yml").write_text(FLAT_FBI)
    source = load_sources([tmp_path])["zz_fbi_flat"]
    path = shared / "data" / "us_fbi_wanted/2024-02-14/fbi_wanted.csv"
    parsed = parse(source, {"list": path}, snapshot_id="real", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert parsed.records.height + parsed.quarantine.height == 1024
    assert parsed.quarantine.height <= 2
    assert dict(parsed.unread) == {}
    births = parsed.records.explode("births").unnest("births").drop_nulls("text")
    assert births["earliest"].null_count() < 10


def test_rows_of_the_australian_sheet_are_grouped(shared):
    parsed = parse_real(shared, "au_dfat", {"list": "au_dfat/2024-11-30/regulation8_consolidated.xlsx"})
    assert (parsed.entries, parsed.persons, parsed.quarantine.height) == (3062, 2316, 0)
    assert dict(parsed.unread) == {}


def parse_packed(source_id: str, path: Path, folder: Path):
    source = SOURCES[source_id]
    layout, files = opened(source, match_files(source, [path]), folder, limit_mb=512)
    return parse(layout, files, snapshot_id="real", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("source_id", "packed", "persons"),
    [
        ("eu_fsf", "eu_fsf/reconstructed_2026-02/xmlFullSanctionsList_1_1.RECONSTRUCTED.xml.gz", 4341),
        ("us_ofac_cons", "us_ofac_cons/2025-01-14/CONS_ENHANCED.ZIP", 80),
        ("interpol_red", "interpol_red/2020-12-10/jsons.tar.gz", 6010),
    ],
)
def test_packed_payloads_are_read_whole(shared, tmp_path, source_id, packed, persons):
    parsed = parse_packed(source_id, shared / "data" / packed, tmp_path)
    assert parsed.persons == persons
    assert dict(parsed.unread) == {}
    assert parsed.records.height + parsed.quarantine.height == parsed.entries


def test_two_forms_of_one_list_have_the_same_ids(shared, tmp_path):
    xml = parse_real(shared, "us_ofac_cons", {"list": "us_ofac_cons/2025-03-28/consolidated.xml"})
    enhanced = parse_packed("us_ofac_cons", shared / "data/us_ofac_cons/2025-01-14/CONS_ENHANCED.ZIP", tmp_path)
    assert set(xml.records["record_id"]) == set(enhanced.records["record_id"])


def test_details_of_notices_merge_with_their_list(shared):
    files = {
        "list": "interpol_red/2023-05-16/results.json",
        "detail": "interpol_red/2023-05-19/red_notices_details.json",
    }
    parsed = parse_real(shared, "interpol_red", files)
    assert parsed.persons == 6935  # one notice came between the two retrievals
    assert dict(parsed.unread) == {}


@pytest.mark.parametrize(
    ("source_id", "packed", "reason"),
    [
        ("interpol_red", "interpol_red_2025-10-20_capped_at_160.json.gz", "6520 rows hold 160 distinct ids"),
        ("un_sc", "un_sc_2025-08-16_corrupted.xml.gz", "not well-formed XML at line"),
    ],
)
def test_bad_payloads_are_refused_packed_as_they_came(shared, tmp_path, source_id, packed, reason):
    with pytest.raises(PayloadError, match=reason):
        parse_packed(source_id, shared / "data" / "bad_payloads" / packed, tmp_path)
