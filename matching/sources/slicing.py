"""Fetching a list whose API gives at most so many entries per query: pages, and slices under the cap.

A query that has more entries than the cap is narrowed by the dimensions that source.yml names, in their order, until
every slice is under it. Slices of one dimension need not add up (a person without a nationality is in no slice by
nationality), so the ids at hand are counted against the total of the query they came from, and the next dimension is
tried where some are missing. What cannot be shown to be whole is an error: a list cut at a cap looks complete.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from matching import log
from matching.errors import FetchError
from matching.sources.http import Client
from matching.sources.readers.json_pages import read_page
from matching.sources.spec import Dimension, JsonReader, Slices, Source

Query = Mapping[str, str]


@dataclass
class Collected:
    """The pages kept, and the distinct ids on them."""

    paths: list[Path] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


class SlicedFetch:
    """Fetches one role of a source into a folder, page by page and slice by slice."""

    def __init__(self, source: Source, reader: JsonReader, client: Client, *, role: str, folder: Path) -> None:
        payload = source.payloads[role]
        self._source, self._reader, self._client = source, reader, client
        self._role, self._folder = role, folder
        self._url = str(payload.url)
        self._slices: Slices = payload.slices or Slices(total="")
        self._requests = 0

    def run(self) -> list[Path]:
        """Fetch the whole list; return its pages. Raises FetchError where it cannot be shown to be whole."""
        kept = Collected()
        total = self._collect({}, list(self._slices.by), kept)
        log.event(
            "slices_fetched", source=self._source.id, requests=self._requests, pages=len(kept.paths), ids=len(kept.ids)
        )
        if len(kept.ids) < total:
            raise FetchError(
                self._source.id,
                f"coverage cannot be shown: the publisher says {total} entries, {len(kept.ids)} distinct ids came in"
                f" {self._requests} requests. Add a dimension to payloads.{self._role}.slices.by in source.yml",
            )
        return kept.paths

    def _collect(self, query: Query, dimensions: list[Dimension], kept: Collected) -> int:
        """Fetch all of ``query`` into ``kept``; return the total it declares."""
        path, total, ids = self._page(query, 1)
        cap = self._slices.cap
        if cap is None or total <= cap:
            self._keep_pages(query, total, (path, ids), kept)
            return total
        path.unlink()
        found: set[str] = set()
        for position, dimension in enumerate(dimensions):
            self._narrow(query, dimension, dimensions[position + 1 :], kept, found)
            if len(found) >= total:
                break
        return total

    def _narrow(
        self, query: Query, dimension: Dimension, rest: list[Dimension], kept: Collected, found: set[str]
    ) -> None:
        """Fetch ``query`` in slices of ``dimension``; ``found`` takes the ids of this query alone."""
        for narrower, inner in _slices_of(dimension):
            part = Collected(kept.paths)
            self._collect({**query, **narrower}, [*inner, *rest], part)
            found |= part.ids
            kept.ids |= part.ids

    def _keep_pages(self, query: Query, total: int, first: tuple[Path, set[str]], kept: Collected) -> None:
        path, ids = first
        seen: set[str] = set()
        number = 1
        while ids - seen:
            seen |= ids
            kept.paths.append(path)
            if len(seen) >= total:
                break
            number += 1
            path, _, ids = self._page(query, number)
        kept.ids |= seen

    def _page(self, query: Query, number: int) -> tuple[Path, int, set[str]]:
        """Fetch one page; return its file, the total it declares and the ids on it."""
        self._requests += 1
        if self._requests > self._slices.most_requests:
            raise FetchError(
                self._source.id,
                f"more than {self._slices.most_requests} requests were needed: raise slices.most_requests in"
                " source.yml",
            )
        path = self._folder / f"{self._source.id}_{self._role}_{self._requests:05d}.json"
        parameters = {**self._slices.size, self._slices.page: str(number), **query}
        self._client.download(str(httpx.URL(self._url).copy_merge_params(parameters)), path)
        total, ids = read_page(self._source, self._reader, path, self._slices.total)
        return path, total, ids


def _slices_of(dimension: Dimension) -> Iterator[tuple[Query, list[Dimension]]]:
    """Yield the slices of a dimension, each with the dimensions that narrow it further along the same one."""
    if dimension.parameter is not None:
        for value in dimension.values:
            yield {dimension.parameter: value}, []
        return
    middle = (dimension.first + dimension.last) // 2
    for start, end in ((dimension.first, middle), (middle + 1, dimension.last)):
        inner = [dimension.model_copy(update={"first": start, "last": end})] if start < end else []
        yield {str(dimension.low): str(start), str(dimension.high): str(end)}, inner
