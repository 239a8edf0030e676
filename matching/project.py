"""Where the project's own data files are: ``sql/``, ``expectations/`` and ``dags/``.

In a checkout (and an editable install) they stand beside the package; a built wheel carries them inside it.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder ``name`` (``sql``, ``expectations`` or ``dags``) of this installation."""
    for candidate in (PACKAGE / "_project" / name, PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the installation of notice-matching lacks its folder {name}/: install it again")
