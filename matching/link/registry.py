"""The models of a workspace: kept, listed, promoted.

    <workspace>/models/<model_id>/model.json    the model, named for its content; written once, never changed
    <workspace>/models/<model_id>/card.*        what it was made of and how it behaves (matching/link/card.py)
    <workspace>/models/<model_id>/trained_on.json    which judgements it was trained on, by hash (matching/link/trained_on.py)
    <workspace>/models/promotions/<n>.json      one file per promotion: who, when, which model, which before it

A run uses the promoted model: that of the promotion with the highest number; before the first, the one that ships. A
promotion is a new file and takes its number in one atomic step, so that of two at once neither is lost, and going back is
a promotion as well: nothing is ever taken out of the record.
"""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from matching.errors import ModelError, UsageError, WorkspaceError
from matching.link import model as models
from matching.link.model import Model
from matching.workspace import Workspace, read_json, write_json

DEFAULT = "default"
FEWEST_CHARACTERS = 4  # of a model id, to name it by its beginning
MOST_TRIES = 100  # of a promotion: as many would have to come in between, each within a moment
MODEL_FILE, FACTS_FILE, CARD_FILE = "model.json", "facts.json", "card.md"


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One promotion: which model took the place of which, when, by whom and why."""

    number: int
    model: str
    instead_of: str
    promoted_at: datetime
    promoted_by: str
    note: str


@dataclass(frozen=True)
class Registry:
    """The models of one workspace. Nothing is created before the first write."""

    workspace: Workspace

    def folder(self, model_id: str) -> Path:
        """Where the model ``model_id`` and its card are."""
        return self.workspace.models / model_id

    def names(self) -> tuple[str, ...]:
        """What each model is called: those that ship by name, then those of the workspace by id."""
        kept = sorted(path.parent.name for path in self.workspace.models.glob(f"*/{MODEL_FILE}"))
        return (*models.shipped(), *kept)

    def resolve(self, name: str | None = None) -> str:
        """Return what ``name`` stands for: a shipped model, a model of the workspace (the whole id), or a path as it is.

        None stands for the promoted model. Raises ModelError where a beginning of an id fits several, or none.
        """
        if name is None:
            return self.promoted()
        if name in self.names() or Path(name).is_file():
            return name
        fits = [known for known in self.names() if len(name) >= FEWEST_CHARACTERS and known.startswith(name)]
        if len(fits) != 1:
            found = f"several models begin with {name}" if fits else f"no model {name}"
            raise ModelError(f"{found}: give one of {', '.join(fits or self.names())}, or the path of a saved model")
        return fits[0]

    def load(self, name: str | None = None) -> Model:
        """Load the model that ``name`` stands for (see ``resolve``).

        Raises ModelError where there is none, it cannot be read, or it is not the model that its folder is named for.
        """
        found = self.resolve(name)
        kept = self.folder(found) / MODEL_FILE
        if not kept.is_file():
            return models.load(found)
        model = models.load(str(kept))
        if model.model_id != found:
            raise ModelError(
                f"{kept} holds model {model.model_id}, not {found}: it was changed after it was made. Restore it from a"
                " backup, or train again with `matching model train`"
            )
        return model

    def keep(self, model: Model, card: Mapping[str, str], *, facts: Mapping[str, Any]) -> str:
        """Keep ``model`` with the files of its ``card`` (name to text) and return its id; one that is there stays as it is.

        ``facts`` are what `matching model list` shows of it.
        """
        model_id = model.model_id
        if (self.folder(model_id) / MODEL_FILE).exists():
            return model_id
        with self.workspace.replacing(self.folder(model_id)) as fresh:
            model.save(fresh / MODEL_FILE)
            for name, text in card.items():
                (fresh / name).write_text(text, encoding="utf-8")
            write_json(fresh / FACTS_FILE, dict(facts))
        return model_id

    def facts(self, name: str) -> dict[str, Any]:
        """What is kept of how the model ``name`` was made; empty for one that ships."""
        path = self.folder(name) / FACTS_FILE
        return dict(read_json(path)) if path.exists() else {}

    def card(self, name: str) -> str:
        """The card of the model ``name``, as Markdown. Raises ModelError where it has none."""
        path = models.MODELS / f"{name}.md" if name in models.shipped() else self.folder(name) / CARD_FILE
        if not path.is_file():
            raise ModelError(f"model {name} has no card: only models of `matching model list` have one")
        return path.read_text(encoding="utf-8")

    def promotions(self) -> tuple[Promotion, ...]:
        """Every promotion, the first one first. Raises ModelError where one cannot be read."""
        return tuple(_promotion(path) for path in sorted(self._promotions().glob("[0-9]*.json")))

    def promoted(self) -> str:
        """Name of the promoted model: id or name, DEFAULT before the first promotion."""
        done = self.promotions()
        return done[-1].model if done else DEFAULT

    def promote(self, name: str, *, by: str, at: datetime, note: str = "") -> Promotion:
        """Make the model ``name`` the one that runs use, in one atomic step, and keep who did it, when and why.

        Raises ModelError where it cannot be loaded, UsageError where it is promoted already or not of the workspace,
        WorkspaceError where others promote all the time or the record cannot be written.
        """
        found = self.resolve(name)
        self.load(found)
        if found not in self.names():
            raise UsageError(
                f"{found} is not a model of this workspace: `matching model train` keeps what it makes there"
            )
        for _ in range(MOST_TRIES):
            done = self.promotions()
            before = done[-1].model if done else DEFAULT
            if found == before:
                raise UsageError(f"model {found} is promoted already")
            # After the last number, not their count: one that was lost leaves a gap.
            number = done[-1].number + 1 if done else 1
            made = Promotion(number=number, model=found, instead_of=before, promoted_at=at, promoted_by=by, note=note)
            if self._append(made):
                return made
        raise WorkspaceError(
            f"{found} was not promoted: in {MOST_TRIES} attempts another promotion took its number first. See"
            " `matching model promotions`, then try again"
        )

    def before_promoted(self) -> str:
        """The model that the last promotion took the place of; twice in a row, the one that was there at first.

        Raises UsageError where nothing was promoted.
        """
        done = self.promotions()
        if not done:
            raise UsageError("no model was promoted in this workspace: there is none to go back to")
        return done[-1].instead_of

    def _promotions(self) -> Path:
        return self.workspace.models / "promotions"

    def _append(self, made: Promotion) -> bool:
        """Write ``made`` under its number; False where another promotion took the number first.

        A process that was killed in between leaves a temporary file, which is no promotion; a later one removes it.
        """
        target = self._promotions() / f"{made.number:06}.json"
        written = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            write_json(written, {**vars(made), "promoted_at": made.promoted_at.isoformat()})
            os.link(written, target)  # unlike a move, fails where the target is there
        except (FileExistsError, FileNotFoundError):  # taken; or taken, and what we wrote was removed as left behind
            return False
        except OSError as error:
            raise WorkspaceError(
                f"cannot record a promotion in {target.parent} ({error.strerror}): the folder must be writable, on a"
                " file system with hard links"
            ) from error
        finally:
            written.unlink(missing_ok=True)
        self._remove_left_behind(before=made.number)
        return True

    def _remove_left_behind(self, *, before: int) -> None:
        """Remove temporary files of numbers that are taken: whoever may still write one will find that out."""
        for left in self._promotions().glob(f".{'[0-9]' * 6}.json.*"):
            if int(left.name.split(".")[1]) < before:
                left.unlink(missing_ok=True)


def _promotion(path: Path) -> Promotion:
    try:
        saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Promotion(**{**saved, "promoted_at": datetime.fromisoformat(saved["promoted_at"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is not the record of a promotion ({type(error).__name__}): restore it from a backup. To run"
            " meanwhile, name a model with setting `model`"
        ) from error
