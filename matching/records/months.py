"""Names of months, of three calendars: a name of a Hijri or Solar Hijri month says which calendar a date is in.

Gregorian names are English first, then those of Unicode CLDR through Babel (Unicode licence) in the lists' languages.
A name that is two months in two languages (``listopad``: October in Croatian, November in Polish) is none here: a source
that uses it says so under ``months``. Names of the other calendars are the usual Latin spellings and the native ones.
"""

from functools import cache
from typing import NamedTuple

from babel import Locale

GREGORIAN = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip

_LANGUAGES = (
    "fr", "es", "ru", "ar", "ar_IQ", "ar_DZ", "de", "it", "pt", "nl", "tr", "uk", "be", "bg", "sr", "sr_Latn", "mk", "hr",
    "bs", "sl", "cs", "sk", "pl", "hu", "ro", "el", "sq", "he", "hy", "ka", "az", "kk", "ky", "uz", "tk", "tg", "hi", "bn",
    "ur", "th", "vi", "id", "ms", "mn", "am", "so", "sw", "sv", "da", "nb", "fi", "et", "lv", "lt", "ca",
)  # fmt: skip

_HIJRI = (
    "muharram moharram محرم المحرم",
    "safar صفر",
    "rabi al-awwal|rabi al-awal|rabi' al-awwal|rabi i|rabi 1|ربيع الأول|ربيع الاول|ربیع الاول",
    "rabi al-thani|rabi' al-thani|rabi al-akhir|rabi ii|rabi 2|ربيع الثاني|ربيع الآخر|ربیع الثانی",
    "jumada al-ula|jumada al-awwal|jumada i|jumada 1|جمادى الأولى|جمادى الاولى|جمادی الاول",
    "jumada al-thani|jumada al-akhirah|jumada al-thaniyah|jumada ii|جمادى الآخرة|جمادى الثانية|جمادی الثانی",
    "rajab رجب",
    "shaban sha'ban shaaban شعبان",
    "ramadan ramadhan ramazan رمضان",
    "shawwal shawal شوال",
    "dhu al-qadah|dhu al-qidah|dhu'l-qa'dah|dhu al-qa'dah|zul qadah|ذو القعدة|ذي القعدة|ذیقعده",
    "dhu al-hijjah|dhu al-hijja|dhu'l-hijjah|zul hijjah|ذو الحجة|ذي الحجة|ذیحجه",
)
# Iran's names, with the Latin spellings in use, then Afghanistan's.
_SOLAR_HIJRI = (
    "farvardin فروردین hamal حمل",
    "ordibehesht اردیبهشت sawr saur ثور",
    "khordad خرداد jawza جوزا",
    "tir تیر saratan سرطان",
    "mordad مرداد asad اسد",
    "shahrivar شهریور sonbola سنبله",
    "mehr مهر mizan میزان",
    "aban آبان aqrab عقرب",
    "azar آذر qaws قوس",
    "dey دی jadi جدی",
    "bahman بهمن dalw دلو",
    "esfand اسفند hut حوت",
)


class Month(NamedTuple):
    """A month's number, and its calendar where the name says it (None: that of the date)."""

    number: int
    calendar: str | None


def month_of(name: str) -> Month | None:
    """Return the month that ``name`` names, in any letter case, with or without the full stop of an abbreviation.

    >>> month_of("Sept."), month_of("августа"), month_of("Ramadan"), month_of("listopad")
    (Month(number=9, calendar=None), Month(number=8, calendar=None), Month(number=9, calendar='hijri'), None)
    """
    bare = " ".join(name.casefold().split()).strip(".")
    number = GREGORIAN.get(bare)
    return Month(number, None) if number else _elsewhere().get(bare)


@cache
def _elsewhere() -> dict[str, Month]:
    """Names of the lists' languages and of the other calendars, without those that mean two months."""
    found: dict[str, set[Month]] = {}
    for language in _LANGUAGES:
        for name, number in _published(language):
            found.setdefault(name.casefold().strip(". "), set()).add(Month(number, None))
    for calendar, months in (("hijri", _HIJRI), ("solar_hijri", _SOLAR_HIJRI)):
        for number, names in enumerate(months, 1):
            for name in names.split("|" if "|" in names else None):
                found.setdefault(name.casefold(), set()).add(Month(number, calendar))
    return {name: next(iter(months)) for name, months in found.items() if len(months) == 1 and not name.isdecimal()}


def _published(language: str) -> list[tuple[str, int]]:
    """Wide and abbreviated names of a language, as used in dates and alone."""
    contexts = Locale.parse(language).months
    return [
        (str(name), int(number))
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in contexts.get(context, {}).get(width, {}).items()
    ]
