"""``matching screen``: from a file of people to a file of hits, with what there is to say about it."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from matching.errors import UsageError
from matching.link.model import Model
from matching.pipeline import Pipeline
from matching.screening.hits import writer_for
from matching.screening.people import People, read_people
from matching.screening.screen import Screened, screen
from matching.settings import Settings


def screen_file(settings: Settings, path: Path, *, output: Path, mapping: Path | None) -> Iterator[str]:
    """Screen the people of ``path``, write the hits to ``output`` and yield lines that sum it up.

    The workspace is only read; what is put down meanwhile stands in a temporary folder of the system and goes with it.
    Raises WorkspaceError before the first run, UsageError or PayloadError where a file does not fit.
    """
    write = writer_for(output)
    for given in (path, mapping):
        if given is not None and output.exists() and given.exists() and output.samefile(given):
            raise UsageError(f"{output} is the file to be read: give another name for the hits (-o)")
    published, model = _published(settings)
    with tempfile.TemporaryDirectory(prefix="matching-screen-") as temporary:
        scratch = Path(temporary)
        mapped = scratch / "sources"
        mapped.mkdir()
        people = read_people(path, mapping=mapping, scratch=mapped, limit_mb=settings.max_payload_mb)
        screened = screen(people, published, model, settings, scratch=scratch)
    try:
        _put(screened, write, output)
    except OSError as problem:
        raise UsageError(f"cannot write {output}: {problem.strerror}. Give a file in a writable folder") from problem
    yield from _summary(people, screened, published.name, output)


def _put(screened: Screened, write: Callable[[pl.DataFrame, Path], None], output: Path) -> None:
    """Write the hits beside ``output`` and move them there: all of them, or the file as it was."""
    partial = output.with_name(f".{uuid.uuid4().hex}-{output.name}")
    try:
        write(screened.hits, partial)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def _published(settings: Settings) -> tuple[Path, Model]:
    """The published run and the model it was linked with."""
    pipeline = Pipeline.open(settings)
    folder = pipeline.workspace.published_folder()
    return folder, pipeline.resume(folder.name).model


def _summary(people: People, screened: Screened, run_id: str, output: Path) -> Iterator[str]:
    yield from people.notes
    for reason, count in people.not_screened.items():
        yield f"not screened: {count} entries: {reason}"
    if screened.nameless:
        yield f"not screened: {screened.nameless} entries: no name that can be compared"
    matches = int(screened.hits["is_match"].sum())
    yield (
        f"{people.entries} entries read, {screened.persons} persons screened against run {run_id}:"
        f" {screened.with_hits} with hits, {screened.persons - screened.with_hits} without;"
        f" {matches} matches and {screened.hits.height - matches} conflicts below the threshold in {output}."
        " A hit is a lead for review, not a finding"
    )
