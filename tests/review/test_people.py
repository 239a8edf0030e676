"""Accounts: closing one gives its cases back; one without a password takes none."""

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from invented_cases import PASSWORD, add_people, case_of, run_of, take_in
from test_decide import ADA, BEN, case, judge

from matching.review import audit, decide, people
from matching.review.people import add_user, knows_password, remove_user
from matching.review.store import Store


def test_closing_an_account_gives_its_cases_back(store: Store, tmp_path: Path) -> None:
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-1")
    for user, number in ((ADA, 0), (ADA, 1), (BEN, 2)):
        decide.assign(store, user, case_of(number))
    remove_user(store, "ada", by="test")
    assert [case(store, case_of(number)).assigned_to for number in range(3)] == [None, None, "ben"]
    assert judge(store, BEN, "different", case_id=case_of(1)) == "decided"
    with store.reading() as connection:
        assert audit.verify(connection).problems == ()


def test_an_account_changed_to_one_without_password_has_none_any_more(sqlite_store: Store) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    assert knows_password(sqlite_store, "ada", PASSWORD)
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=None, by="test")
    assert not knows_password(sqlite_store, "ada", PASSWORD)


class CountedHasher(PasswordHasher):
    """A quick one that counts what it does."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.done: list[str] = []

    def hash(self, *given, **named) -> str:
        self.done.append("hash")
        return super().hash(*given, **named)

    def verify(self, *given) -> bool:
        self.done.append("verify")
        return super().verify(*given)


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_wrong_password_is_as_much_work_whether_or_not_there_is_such_a_user(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(people, "_hasher", hasher := CountedHasher())
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    hasher.done.clear()
    people._nobody.cache_clear()
    assert not knows_password(sqlite_store, name, "wrong" + PASSWORD)
    assert hasher.done == ["hash", "verify"]  # the first of a process
    assert not knows_password(sqlite_store, name, "wrong" + PASSWORD)
    assert hasher.done == ["hash", "verify", "verify"]
    people._nobody.cache_clear()
