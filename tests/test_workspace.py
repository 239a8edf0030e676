"""What stands in a workspace is whole or absent, whatever happens while it is written."""

import json
from pathlib import Path

import polars as pl
import pytest
from invented_lists import OwnLists

from matching.errors import WorkspaceError
from matching.pipeline import STAGES, Run
from matching.tables import CLUSTERS
from matching.workspace import Workspace, read_json, read_table, table_path, write_json, write_parquet, write_table

CLUSTER = pl.DataFrame(
    [{"cluster_id": "x:1", "record_id": "x:1", "source": "x", "conflicts": [], "kept_apart": []}],
    schema=CLUSTERS.schema,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def write_and_fail(path: Path) -> None:
    path.write_text("half")
    raise RuntimeError


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_is_created_before_the_first_write(workspace: Workspace) -> None:
    assert workspace.published_run() is None
    assert not workspace.root.exists()


def test_scratch_is_removed_also_after_a_failure(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError), workspace.scratch() as folder:
        write_and_fail(folder / "half")
    assert files(workspace.root) == []


def test_a_failure_while_replacing_leaves_the_old_folder(workspace: Workspace) -> None:
    folder = workspace.root / "kept"
    with workspace.replacing(folder) as fresh:
        (fresh / "old").write_text("old")
    with pytest.raises(RuntimeError), workspace.replacing(folder) as fresh:
        write_and_fail(fresh / "new")
    assert files(workspace.root) == ["kept/old"]


def test_replacing_leaves_nothing_of_the_old_folder(workspace: Workspace) -> None:
    folder = workspace.root / "kept"
    for name in ("old", "new"):
        with workspace.replacing(folder) as fresh:
            (fresh / name).write_text(name)
    assert files(workspace.root) == ["kept/new"]


def test_a_workspace_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    workspace = Workspace(tmp_path / "file")
    with pytest.raises(WorkspaceError, match=r"cannot write to workspace .*file.*--workspace"), workspace.scratch():
        pass


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_table(tmp_path, CLUSTERS, CLUSTER)
    assert read_table(tmp_path, CLUSTERS).equals(CLUSTER)


def test_a_table_that_breaks_its_contract_is_not_written(tmp_path: Path) -> None:
    write_table(tmp_path, CLUSTERS, CLUSTER)
    with pytest.raises(ValueError, match="clusters"):
        write_table(tmp_path, CLUSTERS, CLUSTER.drop("source"))
    assert read_table(tmp_path, CLUSTERS).equals(CLUSTER)


def test_a_failed_write_leaves_the_table_before_and_no_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(tmp_path, CLUSTERS, CLUSTER)

    def full_disk(_: pl.DataFrame, path: Path, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_parquet(table_path(tmp_path, CLUSTERS), CLUSTER.clear())
    monkeypatch.undo()
    assert read_table(tmp_path, CLUSTERS).equals(CLUSTER)
    assert files(tmp_path) == ["50_matches/clusters.parquet"]


def test_a_missing_table_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"clusters\.parquet is missing.*Run the stages before it"):
        read_table(tmp_path, CLUSTERS)


def test_json_that_cannot_be_serialised_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"run_id": "one"})
    with pytest.raises(TypeError):
        write_json(path, {"run_id": object()})
    assert read_json(path) == {"run_id": "one"}
    assert files(tmp_path) == ["a.json"]


def test_a_run_is_published_by_replacing_one_file(workspace: Workspace) -> None:
    for run_id in ("one", "two"):
        workspace.publish(run_id)
        assert workspace.published_run() == run_id
        assert workspace.published_folder() == workspace.run_folder(run_id)
    assert files(workspace.root) == ["published.json"]


def test_before_the_first_run_the_message_says_to_run(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match=r"nothing is published in workspace .*: run `matching run` first"):
        workspace.published_folder()


@pytest.mark.parametrize("content", ["{half", "", json.dumps([1]), json.dumps({"run": 1})])
def test_a_damaged_pointer_is_a_workspace_error(workspace: Workspace, content: str) -> None:
    workspace.root.mkdir()
    (workspace.root / "published.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"published\.json"):
        workspace.published_run()


def test_a_workspace_is_used_while_somebody_holds_it(workspace: Workspace) -> None:
    assert not workspace.is_used()
    assert not workspace.root.exists()
    with workspace.used():
        assert workspace.is_used()
        with workspace.used():  # looking took nothing from those who write together
            assert workspace.is_used()
    assert not workspace.is_used()


def test_a_run_keeps_the_workspace_in_use_between_its_stages(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(Run, "_work", lambda self, _stage: seen.append(self.pipeline.workspace.is_used()))
    own_lists.pipeline().start().go_on()
    assert seen == [True] * len(STAGES)
