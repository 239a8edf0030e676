"""Requests that fail as nobody foresaw: the log says which and where in the code, never what the error said. Pure ASGI.

A database quotes in its errors the row that it could not write, and with it a person; a server writes uncaught errors into
its log. So none leaves the application: the user is told that it failed, the log has the kind of error and its place.
"""

import logging
import traceback
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matching.log import event

SAID = "Something failed here, and nothing was written. Whoever operates this server finds it in its log as request_failed."


class Discreet:
    """Answers 500 where the application raises, and logs the error without its message."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            event(
                "request_failed", level=logging.ERROR, method=scope.get("method"), path=scope.get("path"),
                error=type(error).__name__, where=where(error),
            )  # fmt: skip
            if scope["type"] == "http" and not has_begun:
                await PlainTextResponse(SAID, status_code=500)(scope, receive, send)


def where(error: BaseException, most: int = 6) -> str:
    """Return the last frames of an error, innermost first: file and line alone."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
