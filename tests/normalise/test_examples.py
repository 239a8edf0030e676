import doctest
import importlib
import pkgutil

import pytest

import matching.normalise

MODULES = [module.name for module in pkgutil.iter_modules(matching.normalise.__path__, "matching.normalise.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
