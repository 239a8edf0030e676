"""Pages: templates, the words of the reader's language, addresses that hold under any prefix.

Enters: a template's name and values. Leaves: an HTML answer. Everything is escaped; nothing is marked safe.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment
from starlette.responses import HTMLResponse

from matching.report import page, words
from matching.review.moment import read
from matching.review.people import User
from matching.review.sessions import Session
from matching.web import asking
from matching.web.language import NAMES, Language, chosen
from matching.web.language import language as language_called
from matching.web.marks import pieces
from matching.web.site import site_of

THEMES = ("light", "dark")
TELLING = ("full", "text", "number", "name", "id")
"""Parts of a nested value that say most: they stand first."""
CODES = ("kind", "role", "precision", "calendar")
"""Parts of a nested value that are codes of ours."""
ENGLISH = language_called("en")
STATIC = Path(__file__).parent / "static"


def _environment() -> Environment:
    environment = page.environment("matching.web")  # the report's macro draws the waterfall
    environment.filters |= {
        "day": lambda text: text[:10],
        "at": lambda text: words.moment(read(text)),
    }
    environment.filters |= {"language": lambda script: f"und-{script}", "pieces": pieces}
    environment.filters |= {
        "age": age_days,
        "factor": factor,
        "zip_same": _same,
        "zip": _zipped,
        "readable": readable,
        "plain": plain,
        "assignee": assignee,
    }
    return environment


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _zipped(one: Iterable[Any], other: Iterable[Any]) -> list[tuple[Any, Any]]:
    return list(zip(one, other, strict=True))


def readable(text: str) -> str:
    """Return a value of evidence, which is JSON text, for a person.

    >>> readable('{"full":"A. Gradus","kind":"alias"}'), readable('"Utopia"')
    ('A. Gradus (alias)', 'Utopia')
    """
    return plain(json.loads(text))


def plain(value: Any, language: Language | None = None) -> str:
    """Return a nested value in words: its first part, the others in brackets; codes of ours in ``language`` where given."""
    if isinstance(value, list):
        return "; ".join(plain(one, language) for one in value)
    if isinstance(value, dict):
        said = {name: one for name, one in value.items() if one not in (None, [], "")}
        names = sorted(said, key=lambda name: name not in TELLING)
        told = [
            language.term(said[name]) if language and name in CODES else plain(said[name], language) for name in names
        ]
        first, *others = told or [""]
        return _with_brackets(first, others, language or ENGLISH)
    return words.clip(str(value))


def _with_brackets(first: str, others: Sequence[str], language: Language) -> str:
    return f"{language.isolated(first)} ({language.joined(*others)})" if others else first


def age_days(since: str, now: str) -> int:
    """Return the whole days between two times of the store."""
    return (read(now) - read(since)).days


def factor(weight: float) -> str:
    """Return the ratio of likelihoods that a match weight stands for.

    >>> factor(6.3), factor(-2), factor(30)
    ('79', '4', '>1,000,000')
    """
    ratio = 2 ** min(abs(weight), 40)
    if ratio > 1_000_000:
        return ">1,000,000"
    return f"{ratio:.1f}".removesuffix(".0") if ratio < 10 else f"{ratio:,.0f}"


def assignee(case: Any, user: User, language: Language) -> str:
    """Return who works on a case, in words. Who judges is told no name: it is that of the first or second reviewer."""
    name = case.assigned_to
    if name is None or not user.may("judge"):
        return name or ""
    return language.say("you") if name == user.name else language.say("someone else")


ENVIRONMENT = _environment()


def language_of(request: Request) -> Language:
    """Return the language of a request."""
    return chosen(request.cookies.get("lang"), request.headers.get("accept-language"))


def render(
    request: Request, name: str, session: Session | None, *, status: int = 200, spoken: Language | None = None, **values: Any
) -> HTMLResponse:  # fmt: skip
    """Return the page of template ``name``, in the reader's language unless another is to be ``spoken``."""
    language = spoken or language_of(request)
    theme = request.cookies.get("theme")
    root = request.scope.get("root_path", "")
    page = ENVIRONMENT.get_template(name).render(
        t=language.say,
        term=language.term,
        language=language,
        comma=language.comma,
        languages=NAMES,
        theme=theme if theme in THEMES else "",
        session=session,
        user=session.user if session else None,
        by_provider=site_of(request).provider is not None,
        url=lambda path, **query: f"{root}{path}" + (f"?{urlencode(query)}" if query else ""),
        here=request.url.path.removeprefix(root) + (f"?{request.url.query}" if request.url.query else ""),
        **values,
    )
    response = HTMLResponse(page, status_code=status)
    if fresh := getattr(request.state, "fresh_cookie", None):
        asking.set_cookie(response, request, fresh)
    return response


def local(path: str) -> str:
    """Return ``path`` where it is an address of this application, else the start: nobody is sent elsewhere.

    >>> local("/cases?state=open"), local("//evil.example"), local("https://evil.example"), local("/\\\\evil.example")
    ('/cases?state=open', '/', '/', '/')
    """
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"
