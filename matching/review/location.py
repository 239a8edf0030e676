"""Where the review store is, and whether there is one yet.

Apart from store.py, which imports SQLAlchemy: a run that nobody reviewed anything of has no use for it.
"""

from matching.settings import Settings

FILE = "review.sqlite"


def url_of(settings: Settings) -> str:
    """Return the URL of the store: setting ``review_database``, or SQLite in the workspace."""
    return settings.review_database or f"sqlite:///{(settings.workspace / FILE).absolute()}"


def is_there(settings: Settings) -> bool:
    """Return whether somebody may have reviewed something: a database is set, or the workspace has a file of it."""
    return bool(settings.review_database) or (settings.workspace / FILE).exists()
