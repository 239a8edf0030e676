"""Payloads of invented people, in layouts that no shipped source has."""

from pathlib import Path

import pytest
from invented_payloads import HEADER, PEOPLE, Write


@pytest.fixture
def cyrillic_rows() -> list[tuple[str, ...]]:
    """A national list: a header, and several rows for the first person, who has another name in the second."""
    rows = [(*person, "ОВД 7") for person in PEOPLE]
    other_name = (*PEOPLE[0][:1], "Ленский", "Захар", *PEOPLE[0][3:], "ОВД 7")
    return [HEADER, rows[0], other_name, *rows[1:]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes a payload file."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file
