"""An empty review store for a benchmark, on the database that its first argument names."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("review", "report", "web")]

import postgres  # noqa: E402


def on_database(measure: Callable[[str, Path, float], None], *, usual: float) -> None:
    """Call ``measure`` with the URL of an empty database, a folder, and the second argument (else ``usual``).

    PostgreSQL is started for it, durable as in service.
    """
    kind = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    amount = float(sys.argv[2]) if len(sys.argv) > 2 else usual
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if kind == "sqlite":
            measure(f"sqlite:///{folder / 'review.sqlite'}", folder, amount)
            return
        with postgres.server(folder / "server", is_durable=True) as port:
            measure(postgres.fresh_database(port), folder, amount)
