"""The command line run in this process: importing everything once, where a subprocess would each time."""

import io
import logging
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from matching.cli import main


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command gave: its exit code, standard output as bytes, standard error as text."""

    exit_code: int
    output: bytes
    err: str

    @property
    def out(self) -> str:
        return self.output.decode()


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What `matching demo` gave, and the workspace it left."""

    answer: Answer
    workspace: Path


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def matching(*arguments: str | Path, stdin: str = "", is_terminal: bool = False, **environment: str) -> Answer:
    """Run ``matching`` with ``arguments``; of MATCHING_* it sees ``environment`` only."""
    output, err = io.BytesIO(), io.StringIO()
    stdout = io.TextIOWrapper(output, encoding="utf-8", write_through=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATCHING_")}
    log = logging.getLogger("matching")
    before = (log.handlers[:], log.level, log.propagate)
    try:
        with (
            mock.patch.dict(os.environ, {**kept, **environment}, clear=True),
            mock.patch.object(sys, "stdin", _Terminal(stdin) if is_terminal else io.StringIO(stdin)),
            redirect_stdout(stdout),
            redirect_stderr(err),
        ):
            main([str(argument) for argument in arguments])
        exit_code = 0
    except SystemExit as end:
        exit_code = int(end.code or 0)
    finally:
        log.handlers[:], log.level, log.propagate = before
    return Answer(exit_code=exit_code, output=output.getvalue(), err=err.getvalue())
