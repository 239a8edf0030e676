"""Every phrase of the pages is there in every language, with the same places to fill."""

import re
from pathlib import Path

import pytest

from matching import project, web
from matching.link.model import UNTRAINED
from matching.operations.metrics import SOURCE_STATES
from matching.operations.runs import RUN_STATES
from matching.operations.status import WATCHED
from matching.review import verdicts
from matching.review.arrivals import LISTING_REMOVED, NOT_PROPOSED
from matching.review.case_file import CHANNELS, NOTICE
from matching.review.evidence import EVIDENCE
from matching.review.people import ROLES
from matching.review.queue import ARRIVALS, MARKS, ORDERS, PAIR_KINDS
from matching.review.raw_entry import WHYS
from matching.settings import USUAL_BANDS
from matching.tables import (
    CALENDARS,
    CONFLICT_KINDS,
    IDENTIFIER_KINDS,
    LISTING_KINDS,
    NAME_KINDS,
    PRECISIONS,
    SEXES,
    STATUSES,
)
from matching.web.app import TITLES
from matching.web.comparison import FIELDS
from matching.web.language import NAMES, STATES, chosen, language
from matching.web.oidc_routes import NO_ACCOUNT, REFUSED
from matching.web.operator_routes import HEADINGS, LEVEL_WORDS, PLOTS
from matching.web.pages import plain
from matching.web.sign_in_routes import TOO_MANY
from matching.web.wording import ALONE, SENTENCES

FOLDER = Path(web.__file__).parent
TERMS = (
    *ROLES, *ARRIVALS, *MARKS, *ORDERS, *PAIR_KINDS, *EVIDENCE, *LISTING_KINDS, *STATUSES, *NAME_KINDS, *SEXES,
    *(kind for kind in IDENTIFIER_KINDS), *(f"{calendar} calendar" for calendar in CALENDARS if calendar != "gregorian"),
    *(reason for reasons in verdicts.REASONS.values() for reason in reasons), LISTING_REMOVED, NOT_PROPOSED,
    *(level.name for field in UNTRAINED.fields for level in field.levels), "agree", "disagree", "unknown",
    "mine", "free", "light", "dark", "system", "first", "second", "senior", "same", "alike", "alone",
    *CONFLICT_KINDS, *PRECISIONS, *CALENDARS, "white link", "red link",
    *(field.name for field in UNTRAINED.fields), "father", "mother", "parent", "nationality", "address", "warrant",
    *SOURCE_STATES, *RUN_STATES, "unreadable", "cases", "rows", "behind", "passed", "in_use", "critical", "warning", "done", "none",
    *USUAL_BANDS, *WATCHED,
)  # fmt: skip


def phrases() -> set[str]:
    templates = "\n".join(path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.j2"))
    found = set(re.findall(r'\bt\("([^"]+)"', templates))
    found |= set(re.findall(r'\(\s*"[^"]+", "([A-Z][^"]+)"\)', templates))  # the table of keys
    found |= set(re.findall(r'"(?:same|different|cannot_tell)", "[sdc]", "([^"]+)"', templates))
    code = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    found |= set(re.findall(r'\.say\(\s*"([^"]+)"', code)) | set(re.findall(r'problem = "([^"]+)"', code))
    found |= {*said_by_the_status(), "; "}
    found |= {*TITLES.values(), *STATES.values(), *(label for label, _, _ in FIELDS)}
    found |= {*HEADINGS.values(), *PLOTS.values(), *LEVEL_WORDS.values()}
    found |= {"check digits right", "check digits wrong", "its digits contradict the listing"}
    found |= {*WHYS, REFUSED, NO_ACCOUNT, TOO_MANY, NOTICE, *CHANNELS.values(), *ALONE.values(), *SENTENCES}
    found |= {"Prior", "Rivals", "Adjustment", "Total"}  # steps of the waterfall (report/evidence.py)
    return found | {language("en").term(term) for term in TERMS}


def said_by_the_status() -> set[str]:
    files = ("operations/status.py", "sources/freshness.py")
    code = "\n".join((project.PACKAGE / file).read_text(encoding="utf-8") for file in files)
    # Each is either in its call, or chosen beforehand from texts with places.
    found = set(re.findall(r'\bsay\(\s*"([^"]+)"', code)) | set(
        re.findall(r'(?<![f\w])"([^"\n]*\{\w+\}[^"\n]*)"', code)
    )
    assert len(found) > 25
    return found


@pytest.mark.parametrize("code", [code for code in NAMES if code != "en"])
def test_every_phrase_is_translated(code: str) -> None:
    assert sorted(phrases() - set(language(code).phrases)) == []


@pytest.mark.parametrize("code", [code for code in NAMES if code != "en"])
def test_a_translation_fills_the_same_places(code: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{(\w+)\}", text))

    assert [p for p, said in language(code).phrases.items() if places(p) != places(said)] == []


@pytest.mark.parametrize(
    ("cookie", "accept", "code"),
    [
        ("fr", "es", "fr"),
        (None, "ar-EG,en;q=0.5", "ar"),
        ("xx", "zz, es-MX", "es"),
        (None, None, "en"),
        ("../en", "", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(cookie: str | None, accept: str | None, code: str) -> None:
    assert chosen(cookie, accept).code == code


def test_a_date_within_arabic_words_is_not_turned_round() -> None:
    birth = {"text": "11 Aug 1948", "earliest": "1948-08-11", "latest": "1948-08-11", "precision": "day"}
    assert plain(birth, language("en")) == "11 Aug 1948 (1948-08-11, 1948-08-11, Day)"
    told = plain(birth, language("ar"))
    assert "\u20681948-08-11\u2069، " in told
    assert told.startswith("\u206811 Aug 1948\u2069 (")
    assert language("fr").joined("a", None, "b") == "a, b"
