"""Fetching every payload of a source into a folder, conditionally where the server knows what we have."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matching.errors import FetchError, UsageError
from matching.settings import Settings
from matching.sources.http import Client, Download
from matching.sources.readers.payload import refuse_html
from matching.sources.slicing import SlicedFetch
from matching.sources.spec import JsonReader, Source

Validators = Mapping[str, Mapping[str, str]]  # role to HTTP validators


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What was fetched: role to paths, where from, and HTTP validators by role.

    ``is_unchanged``: the server said of every payload that it is still as in the last retrieval; ``files`` is empty.
    """

    files: Mapping[str, list[Path]]
    origin: str
    validators: Validators
    is_unchanged: bool


def fetch(
    source: Source,
    settings: Settings,
    folder: Path,
    *,
    known: Validators | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch the payloads of ``source`` into ``folder``; ``known`` are the validators of the last retrieval.

    Optional payloads are fetched like the others. Raises UsageError where the source has no URL or a credential is not
    in the environment, FetchError where a payload cannot be had, PayloadError where a web page came in its place.
    """
    urls = {role: payload.url for role, payload in source.payloads.items() if payload.url}
    if not urls:
        raise UsageError(f"{source.id} has no URL: import its files with `matching source import {source.id} FILE…`")
    with Client(source, settings, credentials=_credentials(source), sleep=sleep) as client:
        if isinstance(source.reader, JsonReader) and any(payload.slices for payload in source.payloads.values()):
            return _fetch_slices(source, source.reader, client, folder)
        downloads = {
            role: client.download(
                url, _path(source, folder, role), (known or {}).get(role), method=source.payloads[role].method
            )
            for role, url in urls.items()
        }
        if not all(download.is_unchanged for download in downloads.values()):
            downloads = {
                role: client.download(urls[role], download.path, method=source.payloads[role].method)
                if download.is_unchanged
                else download
                for role, download in downloads.items()
            }
    return _fetched(source, downloads, origin=" ".join(url.partition("?")[0] for url in urls.values()))


def _fetch_slices(source: Source, reader: JsonReader, client: Client, folder: Path) -> Fetched:
    roles = {role: payload for role, payload in source.payloads.items() if payload.url and payload.slices}
    files = {role: SlicedFetch(source, reader, client, role=role, folder=folder).run() for role in roles}
    origin = " ".join(str(payload.url) for payload in roles.values())
    return Fetched(files=files, origin=origin, validators={}, is_unchanged=False)


def _fetched(source: Source, downloads: Mapping[str, Download], *, origin: str) -> Fetched:
    validators = {role: download.validators for role, download in downloads.items()}
    if all(download.is_unchanged for download in downloads.values()):
        return Fetched(files={}, origin=origin, validators=validators, is_unchanged=True)
    for download in downloads.values():
        if download.is_unchanged:
            raise FetchError(source.id, f"{download.path.name}: the server says unchanged to an unconditional request")
        refuse_html(source.id, download.path, source.reader.format.upper())
    return Fetched(
        files={role: [download.path] for role, download in downloads.items()},
        origin=origin,
        validators=validators,
        is_unchanged=False,
    )


def _path(source: Source, folder: Path, role: str) -> Path:
    return folder / f"{source.id}_{role}.{source.reader.format}"


def _credentials(source: Source) -> dict[str, str]:
    """Return the headers whose values stand in the environment, where no file or log holds them."""
    wanted = {header: name for payload in source.payloads.values() for header, name in payload.headers.items()}
    missing = [name for name in wanted.values() if not os.environ.get(name)]
    if missing:
        raise UsageError(
            f"{source.id}: the environment lacks {', '.join(missing)}: set it to the publisher's credential"
        )
    return {header: os.environ[name] for header, name in wanted.items()}
