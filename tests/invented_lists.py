"""Lists of a user's own: two countries' CSV lists of invented people, small enough to run in seconds.

Person ``n`` is the same person wherever ``n`` is: the same name, birth date and passport on every list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from command_line import Answer, matching

from matching.contract import Table
from matching.ingest import Ingested
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.workspace import Workspace, read_table

GIVEN = ("Anselm", "Berengar", "Cosima", "Dietlind", "Eberhard", "Florian", "Gisela", "Hartmut", "Irmgard", "Jolanthe")
FAMILY = ("Zemblowsky", "Kinbotham", "Gradusson", "Botkinov", "Shadeworth", "Odonello", "Nitrarez", "Fleurique")
COLUMNS = ("number", "name", "born", "country", "passport")

SOURCE = """\
id: {id}
title: Wanted persons of {country} (invented)
publisher: Police of {country} (invented)
authority: Police of {country} (invented)
authority_country: {country}
listing_kind: wanted
homepage: https://police.example/wanted
licence: none
terms: none
cadence: never
handling_code: EXERCISE
payloads:
  list: {{files: ["*.csv"]{url}}}
reader:
  format: csv
date_formats: [YYYY-MM-DD]
record:
  publisher_id: number
  names:
    - {{full: name, kind: primary}}
  births:
    - date: born
  nationalities: [country]
  identifiers:
    - {{number: passport, kind: passport, country: country}}
expected:
  persons: {{fail_below: 1}}
"""


def write_source(folder: Path, source_id: str, country: str, *, url: str = "") -> Path:
    """Write ``<folder>/<source_id>/source.yml`` and return its path."""
    path = folder / source_id / "source.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SOURCE.format(id=source_id, country=country, url=f", url: {url}" if url else ""))
    return path


def person(number: int) -> dict[str, str]:
    """Everything that a list says about the person ``number``."""
    return {
        "number": f"N-{number:03}",
        "name": f"{GIVEN[number % 10]} {FAMILY[(number // 10 + number) % 8]}",
        "born": f"19{50 + number * 7 % 45}-{1 + number % 12:02}-{1 + number * 5 % 28:02}",
        "country": "France",
        "passport": f"X{number * 7919 + 1000000}",
    }


def list_lines(people: Iterable[int], *, without: str = "") -> list[str]:
    """The lines of a CSV list of ``people`` (numbers below 80), ``without`` one column if named."""
    columns = [column for column in COLUMNS if column != without]
    return [",".join(columns), *(",".join(person(number)[column] for column in columns) for number in people)]


def write_list(path: Path, people: Iterable[int], *, without: str = "") -> Path:
    """Write ``list_lines`` to ``path`` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(list_lines(people, without=without)) + "\n")
    return path


@dataclass(frozen=True)
class OwnLists:
    """A folder with the sources fr_wanted and de_wanted of a user's own, and a workspace."""

    folder: Path

    @property
    def sources(self) -> Path:
        return self.folder / "sources"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder / "workspace")

    def prepare(self) -> None:
        """Write both sources and take in a list of each, 20 people on both."""
        write_source(self.sources, "fr_wanted", "FR")
        write_source(self.sources, "de_wanted", "DE")
        self.take_in("fr_wanted", range(40), day=1)
        self.take_in("de_wanted", range(20, 60), day=1)

    def pipeline(self, **settings: Any) -> Pipeline:
        return Pipeline.open(Settings(workspace=self.workspace.root, sources_dir=[self.sources], **settings))

    def list_of(self, source_id: str, people: Iterable[int], *, without: str = "") -> Path:
        """A payload file for ``source_id``; see ``write_list``."""
        return write_list(self.folder / "drop" / source_id / "list.csv", people, without=without)

    def take_in(self, source_id: str, people: Iterable[int], *, day: int) -> Ingested:
        """Take in a list of ``people``, retrieved on that day of January 2026."""
        when = datetime(2026, 1, day, tzinfo=UTC)
        return self.pipeline().ingest(source_id, files=[self.list_of(source_id, people)], retrieved_at=when)

    def matching(self, *arguments: str | Path) -> Answer:
        """Run a command over this workspace and these sources."""
        return matching("--workspace", self.workspace.root, "--sources-dir", self.sources, *arguments)

    def published(self, table: Table) -> pl.DataFrame:
        """Read a table of the published run."""
        return read_table(self.workspace.published_folder(), table)
