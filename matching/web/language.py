"""Languages of the pages: English as it stands in templates and code, other languages from a catalogue each.

Enters: what a browser asks for. Leaves: ``Language``, whose ``say`` turns an English phrase into that language. A phrase
that a catalogue lacks stays English; a test says that none does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import yaml

from matching.report import words
from matching.said import Said

FOLDER = Path(__file__).parent / "languages"
NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
RIGHT_TO_LEFT = ("ar",)
STATES = {
    "open": "Open", "second": "Second look", "senior": "For a senior", "decided": "Decided", "closed": "Closed",
    "same": "Same person", "different": "Different persons", "cannot_tell": "Cannot tell",
}  # fmt: skip
"""States and outcomes, whose names in the code are too short for a page."""

_BETWEEN = "; "
_MESSAGE = "message"


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language: its BCP 47 code and its phrases, by the English ones."""

    code: str
    phrases: Mapping[str, str]

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``."""
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""
        return "، " if self.code in RIGHT_TO_LEFT else ", "

    def isolated(self, text: str) -> str:
        """Return ``text`` so that what stands around it does not order it, nor it what stands around.

        Where letters are Arabic the bidirectional algorithm turns 1948-08-11 into 11-08-1948 (Unicode UAX 9, rule W2), and
        a date of words ends with its day. Elsewhere nothing is to be done.
        """
        return f"\u2068{text}\u2069" if self.direction == "rtl" else text

    def joined(self, *parts: str | None) -> str:
        """Return ``parts`` as a list, without those that say nothing; each is isolated."""
        return self.comma.join(self.isolated(part) for part in parts if part)

    def say(self, phrase: str, **values: object) -> str:
        """Return ``phrase`` in this language, with ``{named}`` places filled."""
        text = self.phrases.get(phrase, phrase)
        return text.format(**values) if values else text

    def term(self, code: str) -> str:
        """Return a name of the code (a state, a reason, a kind) in words of this language."""
        return self.say(words.sentence(code))

    def told(self, text: str) -> list[tuple[str, str]]:
        """Return ``text`` in pieces of this language, each with its kind: words, value, command, or what stays english.

        >>> from matching.said import say
        >>> said = say("{command}, or start {other}", command="matching review sync", other="it")
        >>> Language(code="fr", phrases={said.parts[0][0]: "{command} ou lancez {other}"}).told(said)
        [('command', 'matching review sync'), ('words', ' ou lancez '), ('value', 'it')]
        """
        if not isinstance(text, Said):
            return [(_kind("", text), text)] if text else []
        pieces: list[tuple[str, str]] = []
        for phrase, values in text.parts:
            if pieces:
                pieces.append(("words", self.say(_BETWEEN)))
            for words_of_it, place, _, _ in Formatter().parse(self.say(phrase)):
                pieces += [("words", words_of_it)] if words_of_it else []
                pieces += [(_kind(place, values[place]), values[place])] if place else []
        return pieces

    def state(self, code: str) -> str:
        """Return a state or an outcome in words of this language."""
        return self.say(STATES[code])


def _kind(place: str, value: str) -> str:
    """What a value is: a command, what an error said (in English, as all that stands in no place), or a figure or id."""
    if value.startswith(("matching ", "--")):
        return "command"
    return "english" if place in ("", _MESSAGE) else "value"


@cache
def language(code: str) -> Language:
    """Return the language of ``code``, one of NAMES."""
    if code == "en":
        return Language(code=code, phrases={})
    return Language(code=code, phrases=yaml.safe_load((FOLDER / f"{code}.yml").read_text(encoding="utf-8")))


def chosen(cookie: str | None, accept: str | None) -> Language:
    """Return the language of the cookie, else the first that the browser accepts (RFC 9110, 12.5.4), else English."""
    if cookie in NAMES:
        return language(cookie)
    for wanted in (accept or "").split(","):
        code = wanted.partition(";")[0].strip().lower().partition("-")[0]
        if code in NAMES:
            return language(code)
    return language("en")
