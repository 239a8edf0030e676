"""Which judgements a model was trained on: to hold a model against others, since against these it agrees by construction.

Reads and writes ``trained_on.json`` beside a model of the registry: a hash per judged pair under a salt of the model's own,
so that the model names no record when one is erased. Grain: one model.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable

import polars as pl

from matching.link.judgements import SIDES
from matching.link.registry import Registry
from matching.workspace import read_json

FILE = "trained_on.json"


def text_of(judgements: pl.DataFrame) -> str:
    """Return what FILE says of ``judgements`` (record_id_l, record_id_r)."""
    salt = secrets.token_hex(16)
    return json.dumps({"salt": salt, "pairs": sorted(_hashes(judgements, salt))}, indent=1)


def without(judged: pl.DataFrame, registry: Registry, models: Iterable[str]) -> pl.DataFrame:
    """Return ``judged`` without the pairs that any of ``models`` was trained on; of one that ships, none is known."""
    for model in models:
        path = registry.folder(model) / FILE
        if path.exists():
            known = read_json(path)
            seen = set(known["pairs"])
            judged = judged.filter(
                pl.Series([one not in seen for one in _hashes(judged, known["salt"])], dtype=pl.Boolean)
            )
    return judged


def _hashes(judged: pl.DataFrame, salt: str) -> list[str]:
    return [hashlib.sha256("\n".join((salt, *pair)).encode()).hexdigest() for pair in judged.select(SIDES).rows()]
