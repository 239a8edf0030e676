"""The examples in the docstrings of review and its pages hold."""

import doctest
import importlib
from pathlib import Path

import pytest

import matching

FOLDER = Path(matching.__file__).parent
MODULES = [
    f"matching.{path.parent.name}.{path.stem}"
    for package in ("review", "web")
    for path in sorted((FOLDER / package).glob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert (found.attempted > 0, found.failed) == (True, 0)
