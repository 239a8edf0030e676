"""The hand-written tables: name parts by culture, with their Latin spellings, and countries.

A culture's file holds sections (male, female, family, ...) of ``native form: Latin spelling / another spelling``.
``form`` says how its full names are put together; see ``people.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLES = Path(__file__).parent / "tables"
FORMS = ("western", "iberian", "patronymic", "arabic", "chain", "family_first", "syllabic")


@dataclass(frozen=True)
class Token:
    """One part of a name: as its bearers write it, and the ways it is spelled in Latin letters."""

    native: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Culture:
    """Name parts by section, the script they are written in (ISO 15924), and where their bearers come from."""

    name: str
    script: str
    form: str
    countries: tuple[str, ...]
    sections: Mapping[str, tuple[Token, ...]]

    def tokens(self, section: str, sex: str) -> tuple[Token, ...]:
        """Return ``section`` in the form for ``sex`` where the culture has one, else in its only form."""
        return self.sections.get(f"{section}_{sex}") or self.sections[section]


@dataclass(frozen=True)
class Country:
    """A country as the publishers name it."""

    code: str
    un: str
    ofac: str
    towns: tuple[str, ...]


@cache
def read_table(name: str) -> Any:
    """Return the content of the YAML table ``name``. It is read once: leave it as it is."""
    return yaml.safe_load((TABLES / name).read_text(encoding="utf-8"))


def _culture(path: Path) -> Culture:
    table = read_table(f"cultures/{path.name}")
    script, form = table["script"], table["form"]
    if form not in FORMS:
        raise ValueError(f"{path}: form is {form!r}, expected one of {', '.join(FORMS)}")
    sections = {
        section: tuple(_token(native, spellings, script) for native, spellings in tokens.items())
        for section, tokens in table.items()
        if section not in ("script", "form", "countries")
    }
    return Culture(path.stem, script, form, tuple(table["countries"]), sections)


def _token(native: str, spellings: str, script: str) -> Token:
    """Where names are written in Latin letters, the bearer's own form is one of the spellings."""
    own = [native] if script == "Latn" else []
    return Token(native, tuple(dict.fromkeys([*own, *spellings.split(" / ")])))


@cache
def cultures() -> Mapping[str, Culture]:
    """Return every culture by name, in order of name."""
    return {path.stem: _culture(path) for path in sorted((TABLES / "cultures").glob("*.yml"))}


@cache
def countries() -> Mapping[str, Country]:
    """Return every country by its ISO 3166-1 alpha-2 code."""
    table = read_table("countries.yml").items()
    return {code: Country(code, row["un"], row["ofac"], tuple(row["towns"])) for code, row in table}
