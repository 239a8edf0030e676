"""One polite HTTP client for a source: says who we are, goes slowly, and takes a refusal for an answer.

A download is streamed to a file under a size limit. 429, 5xx and faults of the transport are tried again after the time
the server asks for (``Retry-After``), else after growing pauses. 401 and 403 are reported, never worked around. A
redirect is followed only to hosts that the source names.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
import tenacity

from matching import __version__, log
from matching.errors import FetchError
from matching.settings import Settings
from matching.sources.spec import Source

_ATTEMPTS = 4
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_ASKED_S = 600.0  # a server that asks for more is asked again by the next scheduled run
_BETWEEN_REQUESTS_S = 1.0  # per source, hence per host: requests of a source never run side by side
_REDIRECTS = 5
_CHUNK = 1 << 16
_REFUSALS = (401, 403)
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class Download:
    """One answer. ``is_unchanged`` is a 304: nothing was written."""

    path: Path
    validators: Mapping[str, str]
    is_unchanged: bool


class _PassingError(Exception):
    """A fault that may pass; ``asked_s`` is the pause the server asks for."""

    def __init__(self, reason: str, asked_s: float | None = None) -> None:
        super().__init__(reason)
        self.asked_s = asked_s


class Client:
    """Downloads for one source, one at a time. ``sleep`` is given by tests."""

    def __init__(
        self, source: Source, settings: Settings, *, credentials: Mapping[str, str], sleep: Callable[[float], None]
    ) -> None:
        self._source = source
        self._limit = settings.max_payload_mb * 1024 * 1024
        self._sleep = sleep
        self._last_request: float | None = None
        urls = [payload.url for payload in source.payloads.values() if payload.url]
        self._own_hosts = {urlsplit(url).netloc for url in urls}
        self._hosts = self._own_hosts | set(source.hosts)
        self._credentials = credentials
        agent = f"notice-matching/{__version__} (+{settings.contact})"
        self._client = httpx.Client(timeout=settings.timeout_s, follow_redirects=False, headers={"User-Agent": agent})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def download(
        self, url: str, path: Path, known: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> Download:
        """Download ``url`` to ``path``; ``known`` validators make the request conditional.

        Raises FetchError where the publisher refuses, cannot be reached, or answers with too much.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            retry=tenacity.retry_if_exception_type(_PassingError),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, url, path, known or {}, method)
        except _PassingError as error:
            raise FetchError(
                self._source.id,
                f"{_public(url)} failed {_ATTEMPTS} times, last with: {error}. Try again later; the last good snapshot"
                " stays",
            ) from error

    def _attempt(self, url: str, path: Path, known: Mapping[str, str], method: str) -> Download:
        for _ in range(_REDIRECTS):
            self._wait()
            try:
                with self._client.stream(method, url, headers=self._headers(url, known)) as response:
                    if response.has_redirect_location:
                        url = self._redirected(url, response)
                        continue
                    self._check(url, response)
                    if response.status_code == httpx.codes.NOT_MODIFIED:
                        return Download(path=path, validators=known, is_unchanged=True)
                    size = self._write(url, response, path)
            except httpx.TransportError as error:
                raise _PassingError(f"{type(error).__name__}: {error}") from error
            log.event("payload_fetched", source=self._source.id, url=_public(url), bytes=size)
            return Download(path=path, validators=_validators(response), is_unchanged=False)
        raise FetchError(self._source.id, f"{_public(url)}: more than {_REDIRECTS} redirects")

    def _headers(self, url: str, known: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a request; a credential goes to the publisher's own hosts only."""
        own = self._credentials if urlsplit(url).netloc in self._own_hosts else {}
        return {**_conditional(known), **own}

    def _wait(self) -> None:
        now = time.monotonic()
        if self._last_request is not None and now - self._last_request < _BETWEEN_REQUESTS_S:
            self._sleep(_BETWEEN_REQUESTS_S - (now - self._last_request))
        self._last_request = time.monotonic()

    def _check(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in _REFUSALS:
            raise FetchError(
                self._source.id,
                f"{_public(url)} refused us with {status}. A block is not evaded: ask the publisher for access (we name"
                " ourselves with the setting `contact`), or import the files by hand with `source import`",
            )
        if status in _PASSING:
            raise _PassingError(f"status {status}", _retry_after(response))
        if status not in (httpx.codes.OK, httpx.codes.NOT_MODIFIED):
            raise FetchError(
                self._source.id, f"{_public(url)} answered with status {status}: check the URL in source.yml"
            )
        declared = int(response.headers.get("Content-Length") or 0)
        if declared > self._limit:
            raise self._too_big(url, f"declares {declared} bytes")

    def _redirected(self, url: str, response: httpx.Response) -> str:
        target = str(urljoin(url, response.headers.get("Location", "")))
        if urlsplit(target).netloc not in self._hosts:
            raise FetchError(
                self._source.id,
                f"{_public(url)} redirects to {urlsplit(target).netloc}, which is none of"
                f" {', '.join(sorted(self._hosts))}: if the publisher moved, add the host to `hosts` in source.yml",
            )
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
            raise FetchError(self._source.id, f"{_public(url)} redirects from https to http: refused")
        return target

    def _write(self, url: str, response: httpx.Response, path: Path) -> int:
        """Write the body as it comes; the limit counts unpacked bytes, so a compressed bomb stops at it too."""
        written = 0
        with path.open("wb") as file:
            for chunk in response.iter_bytes(_CHUNK):
                written += len(chunk)
                if written > self._limit:
                    raise self._too_big(url, "sends more")
                file.write(chunk)
        return written

    def _too_big(self, url: str, found: str) -> FetchError:
        return FetchError(
            self._source.id,
            f"{_public(url)} {found}, the limit is {self._limit} bytes: if the list has grown, raise `max_payload_mb`",
        )


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.asked_s if isinstance(error, _PassingError) else None
    if asked is not None:
        return min(asked, _LONGEST_ASKED_S)
    return float(min(_FIRST_PAUSE_S * 2 ** (state.attempt_number - 1), _LONGEST_PAUSE_S))


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date (RFC 9110, 10.2.3); None without one."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isdecimal():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _conditional(known: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {names[name]: value for name, value in known.items() if name in names}


def _validators(response: httpx.Response) -> dict[str, str]:
    names = {"etag": "ETag", "last_modified": "Last-Modified"}
    return {name: response.headers[header] for name, header in names.items() if header in response.headers}


def _public(url: str) -> str:
    """Return ``url`` without its query, where keys may stand."""
    return url.partition("?")[0]
