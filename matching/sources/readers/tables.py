"""What CSV and XLSX share: checking a header, and joining the rows of several files by a key."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matching.errors import PayloadError
from matching.sources.mapping import paths_read
from matching.sources.paths import Tree, names_of
from matching.sources.spec import Source, TableOptions

Row = dict[str, Tree]
MOST_COLUMNS = 16_384  # of a sheet in XLSX; no list has as many
_MOST_NAMED = 40  # columns that a message names


def check_header(source: Source, role: str, path: Path, header: Sequence[str]) -> list[str]:
    """Return the columns of a file with ``header``.

    Raises PayloadError naming every column that source.yml declares or reads and the header lacks, and repeated ones.
    """
    wanted = _declared(source, role) or _columns_read(source, role)
    counts = Counter(header)
    missing = [column for column in wanted if column not in counts]
    repeated = sorted(column for column, count in counts.items() if count > 1)
    problems = [
        *([f"{len(header)} columns, more than the {MOST_COLUMNS} that are read"] if len(header) > MOST_COLUMNS else []),
        *([f"missing columns: {', '.join(missing)}"] if missing else []),
        *([f"columns given twice: {', '.join(repeated)}"] if repeated else []),
    ]
    if problems:
        raise PayloadError(
            source.id,
            f"{path.name}: {'; '.join(problems)}. Found columns: {', '.join(header[:_MOST_NAMED]) or 'none'}"
            f"{' and more' if len(header) > _MOST_NAMED else ''}. If the publisher"
            " changed the layout, adapt source.yml; else retrieve the file again",
        )
    return list(header)


def join_rows(
    source: Source, reader: TableOptions, rows: Iterator[Row], joined: Mapping[str, Sequence[Row]]
) -> Iterator[Tree]:
    """Yield ``rows``, each with the rows of every joined role that share its key, under the role's name.

    Raises PayloadError at the end where joined rows belong to no main row in such number that the files cannot be of
    one publication (over 5 %); fewer are yielded as entries of their own, ``{role: [row]}``, so that none is lost.
    """
    indexes = {role: _by_key(joined[role], join.key) for role, join in reader.joins.items()}
    for row in rows:
        for role, join in reader.joins.items():
            found = indexes[role].pop(row[join.to], None)
            if found:
                row[role] = found
        yield row
    for role, left in indexes.items():
        orphans = sum(map(len, left.values()))
        if orphans * 20 > len(joined[role]):
            raise PayloadError(
                source.id,
                f"{orphans} of {len(joined[role])} rows of {role} have a {reader.joins[role].key} that no row of"
                f" {source.main_role} has: the files are not of one publication; retrieve all of them again",
            )
        yield from ({role: found} for found in left.values())


def _declared(source: Source, role: str) -> list[str]:
    return source.reader.columns.get(role, []) if isinstance(source.reader, TableOptions) else []


def _columns_read(source: Source, role: str) -> list[str]:
    """Columns of ``role`` that the mapping reads: those of another role than the main one stand below its name."""
    places = [names_of(path) for path in [*paths_read(source.record), *(derive.from_ for derive in source.derive)]]
    joins = source.reader.joins if isinstance(source.reader, TableOptions) else {}
    made = {derive.into for derive in source.derive}
    if role in joins:
        wanted = [joins[role].key, *(place[1] for place in places if place[0] == role and len(place) > 1)]
    else:
        grouped = "rows" if source.reader.repeats and source.reader.repeats.how == "group" else None
        inside = [place[1:] if place[0] == grouped else place for place in places]
        wanted = [place[0] for place in inside if place and place[0] not in joins and place[0] not in made]
    return list(dict.fromkeys(wanted))


def _by_key(rows: Sequence[Row], key: str) -> dict[Tree, list[Row]]:
    index: dict[Tree, list[Row]] = {}
    for row in rows:
        index.setdefault(row[key], []).append(row)
    return index
