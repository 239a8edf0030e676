"""An API that gives at most so many entries per query, as INTERPOL's does, served from this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from matching.errors import FetchError, PayloadError
from matching.records.build import parse
from matching.settings import Settings
from matching.sources.fetch import fetch

CAP = 5
AGES = {"low": "ageMin", "high": "ageMax", "first": 0, "last": 120}
SEXES = {"parameter": "sexId", "values": ["M", "F", "U"]}
NATIONS = {"parameter": "nationality", "values": ["AA", "BB"]}


class QuietServer(ThreadingHTTPServer):
    """A client that hangs up, as ours does on a body too large, is no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


class Api:
    """Notices in pages of ``size``, never more than CAP of a query; refuses after ``patience`` requests."""

    def __init__(self, notices: list[dict], *, patience: int = 10_000) -> None:
        self.requests: list[dict[str, str]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                api.requests.append(query)
                body = json.dumps(api.answer(notices, query)).encode()
                self.send_response(200 if len(api.requests) <= patience else 403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notices"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def answer(self, notices: list[dict], query: dict[str, str]) -> dict:
        found = [notice for notice in notices if self.fits(notice, query)]
        size, page = int(query.get("resultPerPage", CAP)), int(query.get("page", 1))
        shown = found[:CAP][(page - 1) * size : page * size]
        return {"total": len(found), "query": query, "_embedded": {"notices": shown}}

    @staticmethod
    def fits(notice: dict, query: dict[str, str]) -> bool:
        if "ageMin" in query and not (
            notice["age"] is not None and int(query["ageMin"]) <= notice["age"] <= int(query["ageMax"])
        ):
            return False
        if "nationality" in query and query["nationality"] != notice["nationality"]:
            return False
        return "sexId" not in query or query["sexId"] == notice["sex"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def notice(number: int, age: int | None, sex: str = "M", nationality: str | None = "AA") -> dict:
    return {"no": f"n{number}", "name": f"Person {number}", "age": age, "sex": sex, "nationality": nationality}


@pytest.fixture
def serve() -> Iterator:
    apis: list[Api] = []

    def start(notices: list[dict], **options: int) -> Api:
        apis.append(Api(notices, **options))
        return apis[-1]

    yield start
    for api in apis:
        api.close()


@pytest.fixture
def source_of(make_source):
    def make(api: Api, *by: dict, size: int = CAP, cap: int | None = CAP):
        slices = {
            "total": "total",
            "size": {"resultPerPage": str(size)},
            "by": list(by),
            **({"cap": cap} if cap else {}),
        }
        reader = {
            "format": "json",
            "entry": ["no", "name"],
            "through": ["_embedded", "notices"],
            "page": ["total", "query"],
            "coverage": {"total": "total", "query": "query", "paging": ["page", "resultPerPage"]},
            "repeats": {"by": "no"},
        }
        payloads = {"list": {"files": ["*.json"], "several": True, "url": api.url, "slices": slices}}
        return make_source(payloads=payloads, reader=reader)

    return make


def pull(source, folder):
    return fetch(source, Settings(), folder, sleep=lambda _: None)


def ids(source, fetched, now) -> set[str]:
    return set(parse(source, fetched.files, snapshot_id="s", retrieved_at=now).records["publisher_id"])


def test_a_list_over_the_cap_is_fetched_in_slices_and_read_whole(serve, source_of, tmp_path, now):
    notices = [notice(number, age=20 + number % 40) for number in range(60)]
    source = source_of(serve(notices), AGES)
    assert ids(source, pull(source, tmp_path), now) == {n["no"] for n in notices}


def test_a_slice_that_stays_over_the_cap_is_narrowed_by_the_next_dimension(serve, source_of, tmp_path, now):
    notices = [notice(number, age=30, sex="MF"[number % 2]) for number in range(2 * CAP)]
    source = source_of(serve(notices), AGES, SEXES)
    assert len(ids(source, pull(source, tmp_path), now)) == 2 * CAP


def test_entries_that_no_slice_of_a_dimension_has_are_found_by_another(serve, source_of, tmp_path, now):
    notices = [notice(number, age=30 + number) for number in range(9)] + [notice(99, age=None, sex="U")]
    source = source_of(serve(notices), AGES, SEXES)
    assert "n99" in ids(source, pull(source, tmp_path), now)


def test_a_list_that_cannot_be_shown_to_be_whole_is_refused(serve, source_of, tmp_path):
    notices = [notice(number, age=30, nationality=None) for number in range(8)]
    with pytest.raises(FetchError, match=r"coverage cannot be shown: the publisher says 8 entries, 0 distinct ids"):
        pull(source_of(serve(notices), AGES, NATIONS), tmp_path)


def test_a_list_under_the_cap_needs_one_request(serve, source_of, tmp_path):
    api = serve([notice(number, age=30) for number in range(CAP)])
    pull(source_of(api, AGES), tmp_path)
    assert len(api.requests) == 1


def test_pages_smaller_than_the_cap_are_all_fetched(serve, source_of, tmp_path, now):
    api = serve([notice(number, age=30) for number in range(CAP)])
    source = source_of(api, size=2, cap=None)
    assert len(ids(source, pull(source, tmp_path), now)) == CAP
    assert [request["page"] for request in api.requests] == ["1", "2", "3"]


def test_a_refusal_on_the_way_ends_the_retrieval(serve, source_of, tmp_path):
    api = serve([notice(number, age=number) for number in range(60)], patience=3)
    with pytest.raises(FetchError, match="refused us with 403"):
        pull(source_of(api, AGES), tmp_path)
    assert len(api.requests) == 4


def test_an_answer_that_is_no_page_is_refused(serve, source_of, tmp_path):
    api = serve([])
    api.answer = lambda notices, query: {"message": "busy"}
    with pytest.raises(PayloadError, match="says no total"):
        pull(source_of(api, AGES), tmp_path)
