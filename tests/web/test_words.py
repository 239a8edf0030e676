"""Names word by word on the case page: as the run compared them, and without weights before a look."""

from pathlib import Path

import pytest
from invented_cases import LEFT, RIGHT, add_people, case_of, run_of, take_in

from matching.review import decide
from matching.review.case import case_for
from matching.review.people import User
from matching.review.store import Store
from matching.web.language import language
from matching.web.wording import worded

ADA = User(name="ada", role="reviewer", codes=frozenset(["TLP:GREEN"]))
WORDS = ["周強光 ≈ chowchiangguang (37.5)", "al- ignored", "against: lopez only on one side"]
EXPLANATION = {
    "record_id_l": f"{LEFT}:0", "record_id_r": f"{RIGHT}:0", "steps": [], "form_l": None, "form_r": None, "words": WORDS,
    "supports": [], "against": [], "unknown": [],
}  # fmt: skip


def words(store: Store) -> list[str]:
    with store.reading() as connection:
        return case_for(connection, ADA, case_of(0)).words


def test_words_are_those_of_the_run_and_their_weights_wait_for_a_look(sqlite_store: Store, tmp_path: Path) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(1), explanations=[EXPLANATION]), "run-1")
    assert words(sqlite_store) == ["周強光 ≈ chowchiangguang", *WORDS[1:]]
    decide.record_look(sqlite_store, ADA, case_of(0), impression="same")
    assert words(sqlite_store) == WORDS


def test_a_run_without_explanations_has_no_words(sqlite_store: Store, tmp_path: Path) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(1)), "run-1")
    assert words(sqlite_store) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("al- ignored", "al- ignoré"),
        ("周強光 ≈ chowchiangguang, read as one word (37.5)", "周強光 ≈ chowchiangguang, lus comme un seul mot (37.5)"),
        ("周強光 ≈ chowchiangguang, read as one word", "周強光 ≈ chowchiangguang, lus comme un seul mot"),
        (
            "against: lopez gradus only on one side, ивановна only on the other",
            "contre : lopez gradus d’un seul côté, ивановна seulement de l’autre",
        ),
        ("no word agrees", "aucun mot ne concorde"),
        ("anselm = anselm (12.1)", "anselm = anselm (12.1)"),
    ],
)
def test_phrases_of_explanations_are_in_the_readers_language_and_names_stay(line: str, said: str) -> None:
    assert worded(line, language("fr")) == said
    assert worded(line, language("en")) == line
