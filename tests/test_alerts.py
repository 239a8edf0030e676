"""Alerts go where settings say, name no person, and a channel that is down keeps no other waiting."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from matching import alerts
from matching.alerts import Alert, send, told
from matching.errors import GateError, UsageError
from matching.settings import Settings, load

HELD = Alert(what="run_held", where="r-1", detail="persons of xx fell", to_do="matching run release r-1")


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_alert_goes_to_every_channel(
    webhook: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mailed: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            mailed.append((host, port))

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def send_message(self, message: Any) -> None:
            mailed.append((message["To"], message["Subject"], message.get_content()))

    monkeypatch.setattr(alerts.smtplib, "SMTP", Server)
    url, received = webhook
    channels = ["log", "mailto:duty@police.example", url]
    with caplog.at_level(logging.ERROR, logger="matching"):
        assert send(HELD, Settings(alerts=channels, smtp="mail.example:2525")) == channels
    assert received == [{"what": "run_held", "where": "r-1", "detail": HELD.detail, "to_do": HELD.to_do}]
    assert mailed[0] == ("mail.example", 2525)
    assert mailed[1][:2] == ("duty@police.example", "[matching] run_held r-1")
    assert "matching run release r-1" in mailed[1][2]
    assert 'run_held where=r-1 detail="persons of xx fell"' in caplog.text


def test_a_channel_that_is_down_is_logged_and_keeps_no_other_waiting(
    webhook: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="matching"):
        assert send(HELD, Settings(alerts=["http://127.0.0.1:9/", webhook[0]])) == [webhook[0]]
    assert "alert_not_sent channel=http" in caplog.text


def test_only_our_own_messages_are_told() -> None:
    assert told(GateError("names", "found 3, expected 1")) == "GateError: names: found 3, expected 1"
    assert told(ValueError("Ermentrude Quillfeather")) == "ValueError"


def test_a_missed_deadline_says_which(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATCHING_ALERTS", raising=False)
    with caplog.at_level(logging.ERROR, logger="matching"):
        alerts.deadline_missed({"dag_run": {}}, dag="match", hours=2.0)
    assert "deadline_missed where=match" in caplog.text


def test_channels_come_from_the_environment_and_a_wrong_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHING_ALERTS", "log mailto:duty@police.example https://hook.example/x")
    assert load().alerts == ["log", "mailto:duty@police.example", "https://hook.example/x"]
    monkeypatch.setenv("MATCHING_ALERTS", "log telegram:duty")
    with pytest.raises(UsageError, match="telegram:duty: give log, mailto:<address> or https"):
        load()
