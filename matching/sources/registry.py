"""The registry: every folder with a source.yml is a source. There is no other list of them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

from matching.errors import UsageError
from matching.sources.spec import Layout, Source

SHIPPED = Path(__file__).resolve().parent
SCREENED = "screened"
"""The id that people have whom `matching screen` reads; no list may have it."""
_READ = frozenset(Layout.model_fields) - {"payloads"}
_FORMATS = ("csv", "json", "xml", "xlsx")

try:  # libyaml is eight times faster, which Airflow feels: it reads the registry at every parse of dags/
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]


class _TextLoader(SafeLoader):
    """YAML whose scalars are all text: `NO` is Norway, `00` is two zeros, and pydantic gives each key its type."""


_TextLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping_without_duplicates(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    written = [str(key.value) for key, _ in node.value]
    repeated = sorted({key for key in written if written.count(key) > 1})
    if repeated:
        raise yaml.constructor.ConstructorError(None, None, f"keys given twice: {', '.join(repeated)}", node.start_mark)
    loader.flatten_mapping(node)  # puts what `<<` merges before the mapping's own keys, which then win
    return {loader.construct_object(key): loader.construct_object(value, deep=True) for key, value in node.value}


_TextLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


def known_source(sources: Mapping[str, Source], source_id: str) -> Source:
    """The one of ``sources`` with this id. Raises UsageError that names those there are."""
    if source_id not in sources:
        raise UsageError(f"no source {source_id}: known are {', '.join(sources)} (add yours with --sources-dir)")
    return sources[source_id]


def load_sources(extra: Sequence[Path] = (), *, own: bool = False) -> dict[str, Source]:
    """Read the shipped sources and those in the folders ``extra`` (each holding ``<id>/source.yml``), by id.

    ``own``: the id SCREENED is allowed, for the project's own use.

    Raises UsageError that lists every problem of every file, with its key path.
    """
    problems = [f"{folder}: not a folder" for folder in extra if not folder.is_dir()]
    contents = {path: _read(path, problems) for path in _source_files([SHIPPED, *extra])}
    _share_layouts(contents, problems)
    sources: dict[str, Source] = {}
    for path, content in contents.items():
        source = _load(path, content, problems) if content is not None else None
        if source is None:
            continue
        if source.id in sources:
            problems.append(f"{path}: id {source.id} is already taken by {sources[source.id].folder}/source.yml")
        if source.id == SCREENED and not own:
            problems.append(
                f"{path}: id {SCREENED} stands for the people of `matching screen`: give the list another id"
            )
        sources[source.id] = source
    if problems:
        raise UsageError(f"{len(problems)} problems in sources:\n  " + "\n  ".join(problems))
    return dict(sorted(sources.items()))


def _source_files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob("*/source.yml"))


def _read(path: Path, problems: list[str]) -> dict[str, Any] | None:
    """Read one source.yml as it stands; add what is wrong with it to ``problems``."""
    try:
        # _TextLoader is a SafeLoader: it makes nothing but text, lists and mappings.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not YAML: {' '.join(str(error).split())}")
        return None
    if not isinstance(content, dict):
        problems.append(f"{path}: a mapping of keys was expected; see matching/sources/README.md")
        return None
    return content


def _share_layouts(contents: Mapping[Path, dict[str, Any] | None], problems: list[str]) -> None:
    """Give every layout that is ``like`` another's (``<source>`` or ``<source>/<layout>``) how that one is read."""
    by_id = {path.parent.name: content for path, content in contents.items() if content is not None}
    likes = [
        (path, name, layout)
        for path, content in contents.items()
        for name, layout in _layouts(content).items()
        if "like" in layout
    ]
    models = {(path, name): _model(by_id, str(layout["like"])) for path, name, layout in likes}
    for path, name, layout in likes:
        like = layout.pop("like")
        model = models[path, name]
        if model is None:
            problems.append(
                f"{path}: layouts.{name}.like: {like}: a source, or source/layout, that gives its own reader and record"
                " was expected"
            )
        for key, value in (model or {}).items():
            layout.setdefault(key, value)


def _layouts(content: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    given = (content or {}).get("layouts")
    return {key: value for key, value in given.items() if isinstance(value, dict)} if isinstance(given, dict) else {}


def _model(by_id: Mapping[str, dict[str, Any]], like: str) -> dict[str, Any] | None:
    """Return the keys that say how the layout ``like`` is read, None where there is no such layout."""
    source_id, _, name = like.partition("/")
    source = by_id.get(source_id)
    layout = _layouts(source).get(name) if name else source
    if source is None or layout is None or "reader" not in layout or "record" not in layout:
        return None
    inherited = {key: source[key] for key in ("date_formats", "months") if key in source}
    return inherited | {key: layout[key] for key in _READ if key in layout}


def _load(path: Path, content: dict[str, Any], problems: list[str]) -> Source | None:
    """Check one source.yml; add what is wrong with it to ``problems``."""
    folder = path.parent
    try:
        source = Source.model_validate({**content, "folder": folder})
    except ValidationError as error:
        problems.extend(f"{path}: {_where(problem['loc'])}: {_what(problem)}" for problem in error.errors())
        return None
    if source.id != folder.name:
        problems.append(f"{path}: id: {source.id} differs from its folder's name {folder.name}")
    return source


def _where(location: tuple[int | str, ...]) -> str:
    """Return the path of keys; the reader's format, by which pydantic tells readers apart, is no key."""
    kept = [str(part) for before, part in pairwise(("", *location)) if before != "reader" or part not in _FORMATS]
    return ".".join(kept) or "source"


def _what(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key"
    if problem["type"] == "missing":
        return "missing"
    return str(problem["msg"]).removeprefix("Value error, ")


def pool_of(source: Source) -> str | None:
    """The name of the pool in which Airflow asks the host of ``source``; None where it is not fetched."""
    url = next((payload.url for payload in source.payloads.values() if payload.url), None)
    return f"host_{urlsplit(url).hostname}" if url else None
