"""A source to vary: a CSV list of two columns. Fixtures for tests/sources and tests/records."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matching.sources.spec import Source

MakeSource = Callable[..., Source]

BASE: dict[str, Any] = {
    "id": "zz_test",
    "title": "Test list",
    "publisher": "Ministry of Tests",
    "authority": "Test police",
    "authority_country": "ZZ",
    "listing_kind": "wanted",
    "homepage": "https://lists.example/",
    "licence": "open",
    "terms": "https://lists.example/terms",
    "cadence": "daily",
    "handling_code": "PUBLIC",
    "payloads": {"list": {"files": ["list*.csv"]}},
    "reader": {"format": "csv"},
    "record": {"publisher_id": "no", "names": [{"full": "name"}]},
}


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """Give a function that makes a source from the base and changed keys."""

    def make(**changes: Any) -> Source:
        return Source.model_validate({**BASE, "folder": tmp_path, **changes})

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Give a function that writes a payload file."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def now() -> datetime:
    """A fixed time of retrieval."""
    return datetime(2026, 3, 1, 12, tzinfo=UTC)
