"""Invented values of the same form as a payload's: nothing of the value itself is kept but its form.

People here are invented; their names are common ones put together by position, their numbers count up.
"""

import re
import unicodedata
from dataclasses import dataclass

from babel import Locale

from matching.drafting.dates import month_names

_POOLS = {
    "LATIN": (("Anselm", "Berengar", "Cosima", "Dietlind", "Florian", "Jolanthe"),
              ("Zemblowsky", "Kinbotham", "Gradusson", "Botkinov", "Shadeworth", "Nitrarez")),
    "CYRILLIC": (("Ансельм", "Козима", "Флориан", "Иоланта"), ("Земблов", "Кинботов", "Градусов", "Боткинцев")),
    "ARABIC": (("أنسلم", "كوزيما", "فلوريان", "يولانتا"), ("زمبلوفي", "كنبوتي", "غرادوسي", "بتكيني")),
    "CJK": (("安森", "可思", "弗洛", "约兰"), ("森", "金", "顾", "博")),
    "HANGUL": (("안셀", "코지마", "플로리", "욜란"), ("젬", "킨", "그라", "봇")),
    "KATAKANA": (("アンセルム", "コジマ", "フロリアン"), ("ゼンブラ", "キンボート", "グラドゥス")),
    "HIRAGANA": (("あんせるむ", "こじま", "ふろりあん"), ("ぜんぶら", "きんぼーと", "ぐらどぅす")),
    "GREEK": (("Ανσέλμος", "Κοσίμα", "Φλωριάν"), ("Ζεμπλόφσκι", "Κίνμποθ", "Γκράντους")),
    "HEBREW": (("אנסלם", "קוזימה", "פלוריאן"), ("זמבלובסקי", "קינבות", "גרדוס")),
    "DEVANAGARI": (("आन्सेल्म", "कोसिमा", "फ्लोरियन"), ("ज़ेम्बलोव", "किनबोथ", "ग्रेडस")),
    "THAI": (("อันเซล์ม", "โคซิมา", "ฟลอเรียน"), ("เซมบลา", "คินโบท", "เกรดัส")),
    "GEORGIAN": (("ანსელმ", "კოზიმა", "ფლორიან"), ("ზემბლაშვილი", "კინბოტი", "გრადუსი")),
    "ARMENIAN": (("Անսելմ", "Կոզիմա", "Ֆլորիան"), ("Զեմբլյան", "Քինբոթյան", "Գրադուսյան")),
}  # fmt: skip
_LANGUAGE = {
    "LATIN": "en", "CYRILLIC": "ru", "ARABIC": "ar", "CJK": "zh", "HANGUL": "ko", "KATAKANA": "ja", "HIRAGANA": "ja",
    "GREEK": "el", "HEBREW": "he", "DEVANAGARI": "hi", "THAI": "th", "GEORGIAN": "ka", "ARMENIAN": "hy",
}  # fmt: skip
_COUNTRIES = (("NO", "NOR"), ("PT", "PRT"), ("UY", "URY"), ("NZ", "NZL"), ("IS", "ISL"))
_PIECE = re.compile(r"\d+|[^\W\d_]+|.", re.S)
_FAMILY, _GIVEN = ("family", "former"), ("given", "patronymic")
_WHOLE = ("full", "alias", "weak_alias", "original", "father", "mother")


@dataclass(frozen=True)
class Position:
    """Where a value stands: the entry, and which of several values of its field it is; both from 0."""

    entry: int
    number: int = 0

    @property
    def count(self) -> int:
        """A number that differs by entry and value."""
        return self.entry * 7 + self.number


def invented(text: str, role: str | None, at: Position) -> str:
    """Return an invented value that has the form of ``text``, for a field that holds ``role`` (None: unknown)."""
    if role in (*_WHOLE, *_FAMILY, *_GIVEN):
        return _cased(text, _name(text, str(role), at))
    if role in ("birth", "listed", "edited"):
        return _date(text, at)
    if role in ("birth_year", "birth_month", "birth_day"):
        return str(1950 + at.entry) if role == "birth_year" else str(1 + at.count % 9).zfill(len(text) % 3)
    if role in ("nationality", "birth_country", "passport_country", "identifier_country", "address_country"):
        return _country(text, at)
    if role in ("url", "picture"):
        return f"https://list.example/{at.entry + 1}/{at.number + 1}"
    if role == "height":
        return "1.7" + str(at.entry % 10) if "." in text or "," in text else str(170 + at.entry % 10)
    return _plain(text, at)


def script_of(text: str) -> str:
    """Return the first word of the Unicode names of most letters."""
    words = [unicodedata.name(char, "LATIN").split()[0] for char in text if char.isalpha()]
    return max(set(words), key=words.count, default="LATIN")


def _name(text: str, role: str, at: Position) -> str:
    given, family = _POOLS.get(script_of(text), _POOLS["LATIN"])
    first, last = given[at.count % len(given)], family[(at.count // 2 + at.entry) % len(family)]
    if role in _FAMILY:
        return last
    if role in _GIVEN or (role not in ("full", "original") and " " not in text):
        return first
    if re.fullmatch(r"[^,]+, [^,]+", text):
        return f"{last}, {first}"
    return f"{last}{first}" if script_of(text) in ("CJK", "HANGUL") else f"{first} {last}"


def _cased(text: str, made: str) -> str:
    return made.upper() if text.isupper() else made.lower() if text.islower() else made


def _date(text: str, at: Position) -> str:
    """Return a date of the same form: digits by position, months and signs as they are, other words left out."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.isdigit():
            pieces.append(_date_part(piece, at))
        elif piece.isalpha() and piece.casefold() not in month_names() and len(piece) > 2:
            pieces.append("")
        else:
            pieces.append(piece)
    return " ".join("".join(pieces).split())


def _date_part(digits: str, at: Position) -> str:
    if len(digits) == 4:
        century = 100 * (int(digits) // 100)
        return str(century + (10 if century >= 2000 else 50) + at.entry % 10)
    if len(digits) == 8:
        return f"{1950 + at.entry % 50}0{1 + at.entry % 9}1{at.entry % 9}"
    return str(1 + at.entry % 9).zfill(len(digits))


def _country(text: str, at: Position) -> str:
    two, three = _COUNTRIES[at.count % len(_COUNTRIES)]
    if re.fullmatch("[A-Za-z]{2}", text):
        return _cased(text, two)
    if re.fullmatch("[A-Z]{3}", text):
        return three
    territories = Locale.parse(_LANGUAGE.get(script_of(text), "en")).territories
    return _cased(text, str(territories[two]))


def _plain(text: str, at: Position) -> str:
    """Return a number or code of the same form, or a few words that say nothing."""
    if text.lower() in ("true", "false"):
        return text
    if re.search(r"\d", text) and len(text) <= 40 and len(re.findall(r"[^\W\d_]{3,}", text)) <= 1:
        return _code(text, at)
    return f"invented text {at.count + 1}"


def _code(text: str, at: Position) -> str:
    """Return a code of the same form: the digits count up from the right, letters follow the position."""
    digits = sum(char.isdigit() for char in text)
    counted = iter(str(at.count + 1 + 1234567 * 10**6)[-digits:].zfill(digits) if digits else "")
    return "".join(next(counted) if char.isdigit() else _letter(char, at) if char.isalpha() else char for char in text)


def _letter(char: str, at: Position) -> str:
    if not char.isascii():
        return char
    made = "QXZJKVWY"[at.entry % 8]
    return made if char.isupper() else made.lower()
