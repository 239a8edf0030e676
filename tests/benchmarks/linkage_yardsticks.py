"""Link the yardsticks of ../shared and score them with its evaluate.py.

    python tests/benchmarks/linkage_yardsticks.py [--shared ../shared] [--model default] [--only un_eu_native ...]

Each yardstick becomes two lists of records, is normalised and linked as any run is, and the pairs between the two lists
are judged by `evaluate.py linkage`. Documents are given where the yardstick gives them. Tasks:

    un_eu          all that the UN and EU sides publish
    un_eu_native   the UN side only in its original script, with births
    un_eu_names    the same without births; also: how often is the right answer ranked first
    parliament     parliaments against Wikidata, one name each
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from matching.link.model import load
from matching.link.stage import link
from matching.normalise.stage import normalise
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import write_table

LISTS = {"un_eu": ("un", "eu"), "parliament": ("official", "wikidata")}


def birth(text: str | None) -> list[dict[str, object]]:
    """Read a birth of a yardstick: a day, a month, a year, or two years joined by a dash or slash."""
    found = []
    for part in (text or "").split("|"):
        numbers = [int(number) for number in part.replace("/", "-").split("-") if number.isdigit()]
        if len(numbers) == 3 and numbers[0] > 1000:
            day = date(*numbers)
            found.append({"text": part, "earliest": day, "latest": day, "precision": "day"})
        elif numbers and numbers[0] > 1000:
            years = [number for number in numbers if number > 1000]
            precision = "range" if len(years) > 1 else "year"
            found.append(
                {
                    "text": part,
                    "earliest": date(min(years), 1, 1),
                    "latest": date(max(years), 12, 31),
                    "precision": precision,
                }
            )
    return [{**one, "calendar": "gregorian"} for one in found]


def record(source: str, row: dict[str, str | None], *, native: bool, births: bool) -> dict[str, object] | None:
    """Make a record of a yardstick row; None where it has no name left."""
    names = [("original_script", row.get("original_script"))] if native else [
        ("primary", row["name"]), ("alias", row.get("alias")), ("weak_alias", row.get("weak_alias")),
        ("original_script", row.get("original_script")),
    ]  # fmt: skip
    forms = [{"full": full, "kind": kind} for kind, texts in names for full in (texts or "").split("|") if full.strip()]
    if not forms:
        return None
    split = lambda name: [part for part in (row.get(name) or "").split("|") if part]  # noqa: E731
    publisher_id = next(iter(row.values()))
    places = [] if native else split("birth_place")
    return {
        **{name: [] for name, column in RECORDS.columns.items() if isinstance(column.dtype, pl.List)},
        "record_id": f"{source}:{publisher_id}", "source": source, "publisher_id": publisher_id,
        "entity_kind": "person", "listing_kind": "watchlist", "status": "active", "authority": source, "authority_country": source[:2].upper(),
        "names": forms, "births": birth(row.get("birth_date")) if births else [],
        "nationalities": [] if native else split("nationality") or split("country"),
        "birth_places": [{"text": place, "country": None} for place in places],
        "sex": {"male": "male", "female": "female"}.get((row.get("gender") or "").lower()),
        "snapshot_id": source, "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC), "licence": "", "handling_code": "",
    }  # fmt: skip


def linked(folder: Path, task: str, shared: Path, model: str) -> pl.DataFrame:
    """Return left_id, right_id, probability of the pairs between the two lists."""
    yardstick = "parliament" if task == "parliament" else "un_eu"
    left, right = LISTS[yardstick]
    path = shared / "yardsticks" / f"linkage_{'parliament_wikidata' if yardstick == 'parliament' else 'un_eu'}"
    rows = []
    for source in (left, right):
        native = source == "un" and task != "un_eu"
        frame = pl.read_csv(path / f"{source}.csv", infer_schema=False)
        made = [record(source, row, native=native, births=task != "un_eu_names") for row in frame.to_dicts()]
        rows += [one for one in made if one]
    records = RECORDS.conform(pl.DataFrame(rows, schema=RECORDS.schema))
    start = time.perf_counter()
    made = normalise(records)
    frames = (
        (NAMES, made.names),
        (NAME_KEYS, made.name_keys),
        (BIRTHS, made.births),
        (COUNTRIES, made.countries),
        (IDENTIFIERS, made.identifiers),
    )
    for table, normalised in ((RECORDS, records), *frames):
        write_table(folder, table, normalised)
    middle = time.perf_counter()
    pairs = link(folder, Settings(), load(model), spill=folder / "spill")
    end = time.perf_counter()
    print(f"{task}: {records.height} records, normalised {middle - start:.1f} s, linked {end - middle:.1f} s")
    is_left = pl.col("source_l") == left
    return pairs.filter(pl.col("source_l") != pl.col("source_r")).select(
        left_id=pl.when(is_left).then("record_id_l").otherwise("record_id_r").str.strip_prefix(f"{left}:"),
        right_id=pl.when(is_left).then("record_id_r").otherwise("record_id_l").str.strip_prefix(f"{right}:"),
        probability="match_probability",
        weight="match_weight",
    )


def main() -> None:
    """Run the tasks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--model", default="default")
    parser.add_argument("--only", nargs="*", default=["un_eu", "un_eu_native", "un_eu_names", "parliament"])
    options = parser.parse_args()
    for task in options.only:
        with tempfile.TemporaryDirectory() as scratch:
            judge(task, linked(Path(scratch), task, options.shared, options.model), options.shared, Path(scratch))


def judge(task: str, links: pl.DataFrame, shared: Path, scratch: Path) -> None:
    """Print what evaluate.py says, for the whole truth and, of the parliaments, for its cross-script part."""
    folder = shared / "yardsticks" / ("linkage_parliament_wikidata" if task == "parliament" else "linkage_un_eu")
    ignore = folder / "ignore.csv"
    truth = pl.read_csv(folder / "truth.csv", infer_schema=False)
    left = truth.columns[0]
    if task in ("un_eu_native", "un_eu_names"):
        un = pl.read_csv(folder / "un.csv", infer_schema=False)
        truth = truth.filter(pl.col(left).is_in(un.drop_nulls("original_script")["un_id"].implode()))
    known = links if task == "parliament" else links.filter(pl.col("left_id").is_in(truth[left].implode()))
    evaluate("all", truth, known, shared, scratch, ignore=ignore)
    if task == "parliament":
        cross = truth.filter(pl.col("cross_script") == "1")
        among = known.filter(pl.col("left_id").is_in(cross[left].implode()))
        evaluate("cross-script", cross, among, shared, scratch, ignore=ignore)
    if task == "un_eu_names":
        ranked = known.sort("weight", "right_id", descending=[True, False])
        first = ranked.unique("left_id", keep="first", maintain_order=True)
        right = first.join(truth, left_on=["left_id", "right_id"], right_on=truth.columns[:2], how="semi").height
        print(f"  right answer ranked first: {right / truth[left].n_unique():.3f}")


def evaluate(name: str, truth: pl.DataFrame, links: pl.DataFrame, shared: Path, scratch: Path, *, ignore: Path) -> None:
    """Run evaluate.py and print its line."""
    truth.write_csv(scratch / "truth.csv")
    links.write_parquet(scratch / "links.parquet")
    judge_py = shared / "yardsticks" / "evaluate.py"
    command = [sys.executable, judge_py, "linkage", scratch / "truth.csv", scratch / "links.parquet"]
    if ignore.exists():
        command += ["--ignore", ignore]
    print(f"  {name}: {subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()}")


if __name__ == "__main__":
    main()
