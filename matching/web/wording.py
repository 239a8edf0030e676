"""Phrases of explanations in the reader's language: what a run says in English of two names, word by word.

Enters: a line of ``words`` of EXPLANATIONS (matching/normalise/explain.py writes them). Leaves: the same line with its few
phrases translated; names, signs and figures stay. A line of another form stays English.
"""

import re

from matching.web.language import Language

_WHOLE = re.compile(r"^(?P<names>.+), read as one word(?P<weight> \(-?[\d.]+\))?$")
_IGNORED = re.compile(r"^(?P<word>.+) ignored$")
_AGAINST = re.compile(r"^against: (?P<words>.+)$")
_ALONE = re.compile(r"(?P<words>.+?) only on (?P<side>one side|the other)(?:, |$)")
ALONE = {"one side": "{words} only on one side", "the other": "{words} only on the other"}
SENTENCES = ("no word agrees", "nothing to compare")


def worded(line: str, language: Language) -> str:
    """Return ``line`` in words of ``language``.

    >>> worded("al- ignored", Language(code="fr", phrases={"{word} ignored": "{word} ignoré"}))
    'al- ignoré'
    """
    if found := _WHOLE.match(line):
        return language.say("{names}, read as one word", names=found["names"]) + (found["weight"] or "")
    if found := _IGNORED.match(line):
        return language.say("{word} ignored", word=found["word"])
    if found := _AGAINST.match(line):
        sides = [language.say(ALONE[one["side"]], words=one["words"]) for one in _ALONE.finditer(found["words"])]
        return language.say("against: {words}", words=", ".join(sides)) if sides else line
    return language.say(line) if line in SENTENCES else line
