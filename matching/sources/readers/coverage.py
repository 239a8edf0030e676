"""Does a set of pages hold the whole list? A crawl that hit a cap looks complete, and is not."""

import json
from dataclasses import dataclass, field

from matching.errors import PayloadError
from matching.sources.paths import Tree, text_of
from matching.sources.spec import JsonReader, Source


@dataclass
class _Query:
    """Entries seen of one query, and how many it said it has."""

    total: int = 0
    ids: set[str] = field(default_factory=set)


@dataclass
class Page:
    """Where the entries of one page are counted."""

    check: "CoverageCheck"
    query: _Query

    def enter(self, page: dict[str, Tree]) -> "Page":
        """Return the place to count the entries of an inner ``page``."""
        coverage = self.check.reader.coverage
        if coverage.total is None or coverage.total not in page:
            return self
        query = self.check.query_of(page)
        query.total = max(query.total, int(text_of(page[coverage.total]) or 0))
        return Page(self.check, query)

    def count(self, entry: dict[str, Tree]) -> None:
        """Count an entry by its first key."""
        self.query.ids.add(text_of(entry[self.check.reader.entry[0]]) or "")
        self.check.rows += 1


class CoverageCheck:
    """Counts distinct ids per query and in all."""

    def __init__(self, source: Source, reader: JsonReader) -> None:
        self.source = source
        self.reader = reader
        self.rows = 0
        self._queries: dict[str, _Query] = {}

    def page_of(self, name: str) -> Page:
        """Return the outermost page of the file ``name``, whose query is not known."""
        return Page(self, self._queries.setdefault(f"file {name}", _Query()))

    def query_of(self, page: dict[str, Tree]) -> _Query:
        """Return the query that ``page`` belongs to; pages that do not say are of one query."""
        coverage = self.reader.coverage
        said = page.get(coverage.query) if coverage.query else None
        kept = {key: value for key, value in (said or {}).items() if key not in coverage.paging}
        return self._queries.setdefault("query " + json.dumps(kept, sort_keys=True), _Query())

    def conclude(self) -> None:
        """Raise PayloadError where pages say that there are more entries, or entries are exactly as many as the cap."""
        short = [(key, query) for key, query in self._queries.items() if query.total > len(query.ids)]
        if short:
            key, query = short[0]
            raise PayloadError(
                self.source.id,
                f"coverage cannot be shown: {len(short)} queries have more entries than were retrieved; {key} says"
                f" {query.total} and {len(query.ids)} distinct ids are at hand. Slice the query until each slice is"
                " complete",
            )
        distinct = len(set().union(*(query.ids for query in self._queries.values())))
        cap = self.reader.coverage.cap
        if cap is not None and distinct == cap:
            raise PayloadError(
                self.source.id,
                f"coverage cannot be shown: {self.rows} rows hold {distinct} distinct ids, exactly the {cap} that the"
                " publisher gives for one query: the retrieval hit the cap; slice the query",
            )
