"""The words of a source.yml: who publishes the list, its payload files, how to read them, and what to expect.

Models only; ``registry.load_sources`` reads the files. README.md beside this file explains every key with examples.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Literal, Self

from croniter import croniter
from pydantic import AfterValidator, Field, model_validator

from matching import vocabulary
from matching.sources.date_formats import DateFormat
from matching.sources.mapping import Derive, Mapping, Part, Path, Paths, Pattern, Texts


def _check_kind(kind: str) -> str:
    if kind not in vocabulary.LISTING_KINDS:
        raise ValueError(f"unknown listing kind: use one of {', '.join(vocabulary.LISTING_KINDS)}")
    return kind


def _check_schedule(schedule: str) -> str:
    if not croniter.is_valid(schedule):
        raise ValueError('no schedule: give five fields as in "23 5 * * *", or @hourly, @daily, @weekly, @monthly')
    return schedule


class Dimension(Part):
    """How to narrow a query: each of ``values`` for ``parameter``, or halves of a range in two parameters."""

    parameter: str | None = None
    values: list[str] = Field(default_factory=list)
    low: str | None = None
    high: str | None = None
    first: int = 0
    last: int = 0

    @model_validator(mode="after")
    def _is_whole(self) -> "Dimension":
        by_value = self.parameter is not None and bool(self.values)
        by_range = self.low is not None and self.high is not None and self.first < self.last
        if by_value == by_range:
            raise ValueError("give parameter and values, or low, high, first and last")
        return self


class Slices(Part):
    """How an API gives its list: pages, and a cap per query that only narrower queries get under."""

    total: str = Field(description="key of a page that says how many entries the query has")
    page: str = Field("page", description="parameter that chooses the page, from 1")
    size: dict[str, str] = Field(default_factory=dict, description="parameters of every query, such as the page's size")
    cap: int | None = Field(None, gt=0, description="most entries that one query gives; none: all pages can be had")
    by: list[Dimension] = Field(default_factory=list)
    most_requests: int = Field(3000, gt=0)


class Payload(Part):
    """One file, or several of one role, that a publisher offers."""

    files: Annotated[Texts, Field(min_length=1, description="patterns of file names, e.g. sdn*.csv")]
    required: bool = True
    several: bool = Field(False, description="whether one retrieval may hold several files of this role")
    url: str | None = Field(None, pattern=r"^https?://", description="where it is fetched; none: drop folder only")
    slices: Slices | None = None
    method: Literal["GET", "POST"] = Field("GET", description="POST without a body, where the publisher wants it")
    headers: dict[str, str] = Field(default_factory=dict, description="header to environment variable")


class Repeats(Part):
    """What to do when entries share an id.

    ``refuse`` quarantines the later ones; ``merge`` joins them field by field (a later role wins over an earlier one);
    ``group`` gathers the rows of one id under ``rows``. ``by`` is the path of the id, ``pattern`` the part of it that
    counts.
    """

    by: Path
    pattern: Pattern | None = None
    how: Literal["refuse", "merge", "group"] = "merge"


class Join(Part):
    """Rows of another role that belong to an entry: they become a list in the entry under the role's name."""

    key: str = Field(description="column of the other role")
    to: str = Field(description="column of the main role")


class _Reader(Part):
    nulls: Texts = Field(default_factory=list, description="texts that mean nothing, e.g. na, -0-; case is ignored")
    required: Paths = Field(default_factory=list, description="paths that at least one entry must have")
    repeats: Repeats | None = None


class TableOptions(_Reader):
    """What CSV and XLSX have in common."""

    header: bool = True
    columns: dict[str, list[str]] = Field(
        default_factory=dict, description="role to its columns: all there are without a header, those that must be with"
    )
    skip_rows: int = Field(0, ge=0, description="lines above the header or the first row")
    main: str | None = Field(None, description="role whose rows are the entries; needed with several roles")
    joins: dict[str, Join] = Field(default_factory=dict)


class CsvReader(TableOptions):
    """Separated text: any separator and encoding, with a header or without."""

    format: Literal["csv"]
    separator: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    encoding: str = "utf-8-sig"


class XlsxReader(TableOptions):
    """A sheet of a workbook, read like CSV."""

    format: Literal["xlsx"]
    sheet: str | None = Field(None, description="name of the sheet; the first one without it")


class Coverage(Part):
    """How to tell that pages do not hold the whole list."""

    total: str | None = Field(None, description="key of a page that says how many entries the query has")
    query: str | None = Field(None, description="key of a page that holds its query; its pages count together")
    paging: Texts = Field(default_factory=list, description="keys of the query that only choose the page")
    cap: int | None = Field(None, gt=0, description="most entries one query gives; exactly so many is a cut list")


class JsonReader(_Reader):
    """JSON: entries are found however pages wrap them. An object with every key of ``entry`` is an entry."""

    format: Literal["json"]
    entry: Annotated[Texts, Field(min_length=1)]
    through: Texts = Field(default_factory=list, description="keys that lead from a page to its entries")
    page: Texts = Field(default_factory=list, description="other keys of a page, which say nothing of a person")
    coverage: Coverage = Coverage()
    lines: bool = Field(False, description="one JSON document per line")
    encoding: str = "utf-8-sig"


class Lookup(Part):
    """Elements elsewhere in the file that entries quote by a key, such as places by their id.

    Where an entry has the key at one of ``at``, the key gives way to the quoted element under the name ``into``, or to
    its ``fields`` (name to path in the element); several elements of one key become a list. Look-ups run in order, so a
    later one may start from what an earlier one gave.
    """

    elements: Paths = Field(description="where the quoted elements stand, from below the root; name them in skip too")
    key: Path = Field(description="path of the key in a quoted element")
    at: Paths = Field(description="paths of the key in an entry")
    optional: bool = Field(False, description="whether an entry's key may have no element, as documents by person")
    into: str | None = None
    fields: dict[str, Path] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if (self.into is None) == (not self.fields):
            raise ValueError("give into, or fields")
        return self


class XmlReader(_Reader):
    """XML: entries are the elements at ``entries``, given from below the root. Namespaces are left out of names."""

    format: Literal["xml"]
    root: Texts = Field(description="names the root element may have")
    entries: Annotated[Paths, Field(min_length=1)]
    skip: Paths = Field(default_factory=list, description="paths beside the entries that hold no entry")
    lookups: list[Lookup] = Field(default_factory=list)


Reader = Annotated[CsvReader | XlsxReader | JsonReader | XmlReader, Field(discriminator="format")]


class Ignored(Part):
    """Fields of a payload that no record field takes, and why. ``*`` is any one name, ``**`` any number of names."""

    fields: Annotated[Paths, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=3)]


class Band(Part):
    """How many persons a payload may hold: outside ``fail`` it is refused, outside ``warn`` it is reported."""

    fail_below: int = Field(1, ge=1)
    warn_below: int | None = None
    warn_above: int | None = None
    fail_above: int | None = None


class Expected(Part):
    """What a complete payload looks like."""

    persons: Band = Band()


class Retention(Part):
    """How long what the list says of persons may be kept; see `matching retention`."""

    removed_days: int | None = Field(
        None,
        ge=0,
        description="days after which a person who left the list is erased; default: the setting of that name",
    )
    until: date | None = Field(None, description="last day on which anything of the list is kept")


class Layout(Part):
    """One form in which a list is published: its payload files, how to read them, and what becomes of its fields."""

    payloads: Annotated[dict[str, Payload], Field(min_length=1)]
    reader: Reader
    date_formats: list[DateFormat] = Field(default=["YYYY-MM-DD", "YYYY-MM", "YYYY"])
    months: dict[str, int] = Field(default_factory=dict, description="month names besides the English ones")
    derive: list[Derive] = Field(default_factory=list)
    record: Mapping
    ignored: list[Ignored] = Field(default_factory=list)

    @model_validator(mode="after")
    def _roles_exist(self) -> Self:
        if isinstance(self.reader, TableOptions):
            named = {*self.reader.columns, *self.reader.joins, *([self.reader.main] if self.reader.main else [])}
            unknown = sorted(named - self.payloads.keys())
            if unknown:
                raise ValueError(
                    f"reader: roles {', '.join(unknown)} are not among payloads {', '.join(self.payloads)}"
                )
            if self.reader.main is None and len(self.payloads) > 1:
                raise ValueError("reader: give `main`, the role whose rows are the entries")
            if not self.reader.header and not self.reader.columns:
                raise ValueError("reader: without a header the columns must be given")
        sliced = [role for role, payload in self.payloads.items() if payload.slices is not None]
        if sliced and not isinstance(self.reader, JsonReader):
            raise ValueError(f"payloads: {', '.join(sliced)}: slices need the json reader")
        return self

    @property
    def main_role(self) -> str:
        """The role whose file holds the entries."""
        main = self.reader.main if isinstance(self.reader, TableOptions) else None
        return main or next(iter(self.payloads))


class Source(Layout):
    """One list of one publisher, in the layout that is fetched. ``folder`` is where its source.yml stands.

    ``layouts`` are the other forms in which the publisher gives the same entries under the same ids.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    title: str
    publisher: str
    authority: str = Field(description="who issues the listings")
    authority_country: str = Field(pattern=r"^([A-Z]{2}|UN|EU|XPO)$")
    listing_kind: Annotated[str, AfterValidator(_check_kind)]
    homepage: str = Field(pattern=r"^https?://")
    licence: str
    terms: str = Field(description="page or sentence that states the terms of use")
    cadence: str = Field(description="how often the publisher changes the list")
    handling_code: str = Field(description="default handling code of its records")
    schedule: Annotated[str, AfterValidator(_check_schedule)] | None = Field(
        None, description="schedule of its ingestion: cron, @daily, ..."
    )
    stale_after_days: float | None = Field(
        None, gt=0, description="age from which the list is late; default: its schedule was missed, and a day is over"
    )
    enabled: bool = True
    hosts: Texts = Field(default_factory=list, description="hosts, besides the URLs' own, that a redirect may lead to")
    layouts: dict[str, Layout] = Field(default_factory=dict)
    expected: Expected = Expected()
    purpose: str | None = Field(None, description="what the list is kept for, as an export for a person says it")
    retention: Retention = Retention()
    folder: FilePath = Field(exclude=True)

    @model_validator(mode="after")
    def _layouts_are_apart(self) -> Self:
        roles = [role for layout in self.all_layouts for role in layout.payloads]
        shared = sorted({role for role in roles if roles.count(role) > 1})
        if shared:
            raise ValueError(f"layouts: the role {', '.join(shared)} stands in several: name the layout by its roles")
        fetched = [role for layout in self.layouts.values() for role, payload in layout.payloads.items() if payload.url]
        if fetched:
            raise ValueError(f"layouts: {', '.join(fetched)}: only the payloads of the source itself are fetched")
        return self

    @property
    def all_layouts(self) -> list[Layout]:
        """The source's own layout, then the others."""
        return [self, *self.layouts.values()]

    def layout_for(self, roles: Iterable[str]) -> "Source":
        """Return this source in the layout that payloads of ``roles`` have; its own where none has them."""
        wanted = set(roles)
        layout = next((found for found in self.layouts.values() if wanted & found.payloads.keys()), None)
        if layout is None:
            return self
        inherited = {"date_formats", "months"} - layout.model_fields_set
        return self.model_copy(
            update={name: getattr(layout, name) for name in Layout.model_fields if name not in inherited}
        )
