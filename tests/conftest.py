"""Fixtures shared by every layer."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MATCHING_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real payloads and yardsticks; the test is skipped, visibly, where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real payloads are absent: no {SHARED}/data (set MATCHING_SHARED)")
    return SHARED
