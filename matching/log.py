"""Logs are events with fields: ``snapshot_saved source=un_sc records=730 bytes=2030620``.

Fields carry ids, counts, seconds and hashes. Names, births and document numbers never reach a log.
"""

import logging
import sys

_LOGGER = logging.getLogger("matching")


def event(name: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event. ``name`` is a past-tense ``noun_verb``; values with spaces are quoted."""
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, " ".join([name, *(f"{key}={_quote(value)}" for key, value in fields.items())]))


def _quote(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return f'"{text}"' if " " in text else text


def to_stderr(*, verbose: bool) -> None:
    """Send events to standard error, for the command line; without ``verbose`` only warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(logging.INFO if verbose else logging.WARNING)
    _LOGGER.propagate = False
