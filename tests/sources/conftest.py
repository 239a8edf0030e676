"""Fixtures of sources_to_vary.py, for the tests of this folder."""

from sources_to_vary import make_source, now, write

__all__ = ["make_source", "now", "write"]
