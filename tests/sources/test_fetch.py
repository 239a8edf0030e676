"""Fetching from a server that behaves as publishers' servers do; nothing leaves this machine."""

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from matching.errors import FetchError, PayloadError, UsageError
from matching.settings import Settings
from matching.sources.drop import opened
from matching.sources.fetch import fetch

Answer = Callable[[BaseHTTPRequestHandler], None]
BODY = b"no,name\n1,A\n"


class QuietServer(ThreadingHTTPServer):
    """A client that hangs up, as ours does on a body too large, is no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


class Publisher:
    """A local server; ``answers`` are given in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[dict[str, str]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                position = min(len(publisher.requests), len(answers) - 1)
                publisher.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
                answers[position](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/list.csv"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def answer(status: int = 200, body: bytes = BODY, length: int | None = None, **headers: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        if length is not None:
            handler.close_connection = True

    return give


@pytest.fixture
def publish() -> Iterator[Callable[..., Publisher]]:
    publishers: list[Publisher] = []

    def start(*answers: Answer) -> Publisher:
        publishers.append(Publisher(*answers))
        return publishers[-1]

    yield start
    for publisher in publishers:
        publisher.close()


@pytest.fixture
def pull(make_source, tmp_path):
    """Give a function that fetches from a publisher, with the pauses it would have made."""

    def run(publisher: Publisher, *, known=None, settings=None, payload=None):
        source = make_source(payloads={"list": {"files": ["*.csv"], "url": publisher.url, **(payload or {})}})
        pauses: list[float] = []
        chosen = settings or Settings(contact="duty@agency.example", timeout_s=5)
        return fetch(source, chosen, tmp_path, known=known, sleep=pauses.append), pauses

    return run


def test_a_payload_is_fetched_by_an_agent_that_names_itself(publish, pull):
    publisher = publish(answer(ETag='"v1"', Last_Modified="Sun, 01 Mar 2026 00:00:00 GMT"))
    fetched, _ = pull(publisher)
    assert fetched.files["list"][0].read_bytes() == BODY
    assert fetched.validators == {"list": {"etag": '"v1"', "last_modified": "Sun, 01 Mar 2026 00:00:00 GMT"}}
    assert "duty@agency.example" in publisher.requests[0]["user-agent"]
    assert publisher.requests[0]["user-agent"].startswith("notice-matching/")


def test_unchanged_at_the_server_fetches_nothing(publish, pull):
    publisher = publish(answer(304, b""))
    fetched, _ = pull(publisher, known={"list": {"etag": '"v1"'}})
    assert fetched.is_unchanged
    assert fetched.files == {}
    assert publisher.requests[0]["if-none-match"] == '"v1"'


def test_too_many_requests_waits_as_long_as_the_server_asks(publish, pull):
    fetched, pauses = pull(publish(answer(429, Retry_After="37"), answer()))
    assert fetched.files["list"][0].read_bytes() == BODY
    assert 37.0 in pauses


def test_a_server_that_fails_twice_is_asked_a_third_time_with_growing_pauses(publish, pull):
    publisher = publish(answer(500), answer(503), answer())
    fetched, pauses = pull(publisher)
    assert fetched.files["list"][0].read_bytes() == BODY
    assert [pause for pause in pauses if pause >= 2] == [2.0, 4.0]


def test_a_body_cut_short_is_fetched_again(publish, pull):
    fetched, _ = pull(publish(answer(body=BODY[:5], length=len(BODY)), answer()))
    assert fetched.files["list"][0].read_bytes() == BODY


def test_a_server_that_never_recovers_is_given_up_with_the_last_reason(publish, pull):
    publisher = publish(answer(502))
    with pytest.raises(FetchError, match="failed 4 times, last with: status 502"):
        pull(publisher)
    assert len(publisher.requests) == 4


@pytest.mark.parametrize("status", [401, 403])
def test_a_block_is_reported_and_not_tried_again(publish, pull, status):
    publisher = publish(answer(status))
    with pytest.raises(FetchError, match=f"refused us with {status}. A block is not evaded"):
        pull(publisher)
    assert len(publisher.requests) == 1


def test_an_address_that_is_gone_is_reported(publish, pull):
    with pytest.raises(FetchError, match="status 404: check the URL"):
        pull(publish(answer(404)))


def test_a_redirect_within_the_host_is_followed(publish, pull):
    publisher = publish(answer(302, b"", Location="/new.csv"), answer())
    pull(publisher)
    assert publisher.requests[1]["path"] == "/new.csv"


def test_a_redirect_to_another_host_is_refused(publish, pull):
    with pytest.raises(FetchError, match=r"redirects to elsewhere\.example, which is none of"):
        pull(publish(answer(302, b"", Location="https://elsewhere.example/list.csv")))


def test_redirects_in_a_circle_end(publish, pull):
    with pytest.raises(FetchError, match="more than 5 redirects"):
        pull(publish(answer(302, b"", Location="/list.csv")))


def test_a_declared_body_over_the_limit_is_not_begun(publish, pull):
    with pytest.raises(FetchError, match="declares 10737418240 bytes"):
        pull(publish(answer(body=b"", length=10 * 1024**3)))


def test_a_compressed_body_counts_unpacked(publish, pull):
    bomb = gzip.compress(b"0" * (3 * 1024 * 1024))
    with pytest.raises(FetchError, match="sends more, the limit is 1048576 bytes"):
        pull(publish(answer(body=bomb, Content_Encoding="gzip")), settings=Settings(max_payload_mb=1))


def test_a_web_page_in_place_of_the_list_is_refused(publish, pull):
    with pytest.raises(PayloadError, match="is an HTML page, CSV was expected"):
        pull(publish(answer(body=b"<!doctype html><title>Sorry</title>")))


def test_a_packed_payload_is_fetched_as_it_is_and_read_unpacked(publish, pull, make_source, tmp_path):
    fetched, _ = pull(publish(answer(body=gzip.compress(BODY, mtime=0))))
    assert fetched.files["list"][0].read_bytes() == gzip.compress(BODY, mtime=0)
    _, ready = opened(make_source(), fetched.files, tmp_path / "unpacked", limit_mb=1)
    assert ready["list"][0].read_bytes() == BODY


def test_a_credential_comes_from_the_environment_and_stays_out_of_messages(publish, pull, monkeypatch):
    publisher = publish(answer(403))
    wanted = {"headers": {"Authorization": "ZZ_TOKEN"}}
    with pytest.raises(UsageError, match="environment lacks ZZ_TOKEN"):
        pull(publisher, payload=wanted)
    monkeypatch.setenv("ZZ_TOKEN", "Bearer s3cret")
    with pytest.raises(FetchError) as raised:
        pull(publisher, payload=wanted)
    assert publisher.requests[0]["authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(raised.value)


def test_a_source_without_a_url_says_how_to_import(make_source, tmp_path):
    with pytest.raises(UsageError, match="matching source import zz_test"):
        fetch(make_source(), Settings(), tmp_path)
