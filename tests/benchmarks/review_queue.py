"""How long the queue and a case take with 100,000 open cases, on both databases, and the query plans.

    python tests/benchmarks/review_queue.py [sqlite|postgresql] [cases]

Prints milliseconds (median, p95) of whole answers over HTTP on this machine, then the plan of every query of a page. The
cases are copies of an invented one under other ids, on five lists of five countries.
"""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import review_stores  # first: it says where the helpers of the tests lie
from invented_cases import KEY, add_people, case_of, run_of, take_in
from sqlalchemy import select, text
from web_server import caller, served_store

from matching.review import queue, schema, sessions
from matching.review.evidence import case_id
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.store import Store, insert_many, open_store
from matching.review.tallies import BANDS

LISTS = ("aa", "bb", "cc", "dd", "ee")
PAGES = ("/", "/?order=oldest", "/?list=cc", "/?country=DD", "/?arrival=returned", "/?code=TLP:RED", "/?whose=mine",
         "/?state=decided", "/?scripts=Arab-Latn&order=newest")  # fmt: skip
REPEATS = 15
CHUNK = 5000
Times = tuple[float, float]


def fill(store: Store, folder: Path, count: int) -> list[str]:
    """Put ``count`` open cases into the store; returns their ids."""
    take_in(store, folder, run_of([1]), "run-1")
    with store.reading() as connection:
        case = dict(connection.execute(select(schema.cases)).one()._mapping)
        record = dict(connection.execute(select(schema.records).limit(1)).one()._mapping)
        code = dict(connection.execute(select(schema.listing_codes).limit(1)).one()._mapping)
        listing = dict(connection.execute(select(schema.listings).limit(1)).one()._mapping)
    ids = []
    for start in range(0, count, CHUNK):
        numbers = range(start, min(count, start + CHUNK))
        with store.writing() as connection:
            for side in "lr":
                names = {f"{side}:{number}": f"l:{number // 2 * 2}" for number in numbers}  # four records in a cluster
                rows = [{**record, "record_id": name, "cluster_id": cluster} for name, cluster in names.items()]
                insert_many(connection, schema.records, rows)
                insert_many(connection, schema.listings, [{**listing, "record_id": name} for name in names])
                codes = [{**code, "record_id": name} for name in names]
                insert_many(connection, schema.listing_codes, codes)
            rows = [_case(case, listing["evidence_hash"], number) for number in numbers]
            insert_many(connection, schema.cases, rows)
        ids += [row["id"] for row in rows]
    _settle(store)
    return ids


def _settle(store: Store) -> None:
    """Do what the database does by itself in time: statistics, and PostgreSQL's map of what every reader may see."""
    raw = store.engine.raw_connection()
    connection = raw.driver_connection
    connection.rollback()
    is_sqlite = store.engine.dialect.name == "sqlite"
    if not is_sqlite:
        connection.autocommit = True  # it vacuums outside of any transaction
    raw.cursor().execute("ANALYZE" if is_sqlite else "VACUUM ANALYZE")
    if not is_sqlite:
        connection.autocommit = False
    raw.close()


def _case(case: dict[str, Any], evidence: str, number: int) -> dict[str, Any]:
    left, right = LISTS[number % 5], LISTS[number // 5 % 5]
    return case | {
        "id": case_id(f"l:{number}", f"r:{number}", key=KEY), "record_id_l": f"l:{number}", "record_id_r": f"r:{number}",
        "source_l": left, "source_r": right, "country_l": left.upper(), "country_r": right.upper(),
        "handling_r": "TLP:RED" if number % 97 == 0 else "TLP:GREEN", "evidence_l": evidence, "evidence_r": evidence,
        "script_pair": "Arab-Latn" if number % 7 == 0 else "Latn-Latn", "probability": 0.5 + number * 7919 % 100003 / 200006,
        "opened_at": f"2026-{1 + number % 9:02}-{1 + number % 28:02}T00:00:{number % 60:02}.000000Z",
        "arrival": "returned" if number % 211 == 0 else "new",
    }  # fmt: skip


def time_of(client: Any, paths: list[str]) -> list[Times]:
    """Milliseconds of each answer, by the clock and of this process (server and client)."""
    times = []
    for path in paths:
        start, used = time.perf_counter(), time.process_time()
        assert client.get(path).status_code == 200, path
        times.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - used)))
    return times


def plans(store: Store, user: User) -> Iterator[str]:
    """The plan of each query of a page of the queue and of a case."""
    queries = {
        "queue": queue._keys(user, Filters(), "open", None, 51),
        "queue of a reviewer, one band": queue._keys_of_band(user, Filters(), "open", BANDS[-1], [], 51),
        "queue, oldest first, one list": queue._keys(user, Filters(order="oldest", list="cc"), "open", None, 51),
        "second looks": queue._keys(user, Filters(), "second", None, 51),
        "case": select(schema.cases).where((schema.cases.c.id == case_of(1)) & user.cleared()),
        "listing": select(schema.listings).where(schema.listings.c.record_id == "l:1"),
        "reading": select(schema.readings).where(schema.readings.c.record_id == "l:1"),
        "cluster": select(schema.records).where(schema.records.c.cluster_id == "l:0"),
        "judgements": select(schema.judgements).where(schema.judgements.c.case_id == case_of(1)),
    }
    with store.reading() as connection:
        explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        for name, query in queries.items():
            compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
            for row in connection.execute(text(explain + str(compiled).replace(":", r"\:"))):
                yield f"{name}: {row[-1]}"


def measure(url: str, folder: Path, count: float) -> None:
    """Fill a store, and print times and plans."""
    store = open_store(url)
    add_people(store)
    start = time.perf_counter()
    ids = fill(store, folder, int(count))
    print(f"{store.engine.dialect.name}: {count:,.0f} cases written in {time.perf_counter() - start:.0f} s")
    user = User(name="ada", role="reviewer", codes=frozenset(["TLP:GREEN"]))
    cookie = sessions.begin_vouched(store, "ada", lasts=timedelta(hours=1))
    open_ids = [id_ for number, id_ in enumerate(ids) if number % 97]
    with served_store(store, folder) as address, caller(address, cookies={"matching_review": cookie}) as client:
        time_of(client, ["/", f"/case/{open_ids[0]}"])
        report("case page", time_of(client, [f"/case/{id_}" for id_ in open_ids[:: len(open_ids) // 100]]))
        wide = [f"/case/{id_}?beside=all" for id_ in open_ids[:: len(open_ids) // 40]]
        report("case page, four listings", time_of(client, wide))
        every: list[Times] = []
        for path in PAGES:
            times = time_of(client, [path] * REPEATS)
            every += times
            report(f"queue {path}", times)
        report("queue, all", every)
    print("\n".join(plans(store, user)))
    store.close()


def report(name: str, times: list[Times]) -> None:
    for kind, values in zip(("clock", "processor"), zip(*times, strict=True), strict=True):
        p95 = sorted(values)[int(0.95 * (len(values) - 1))]
        print(f"{name}: {kind}: median {statistics.median(values):.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    review_stores.on_database(measure, usual=100_000)
