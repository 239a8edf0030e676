"""National numbers of Europe and the former Soviet Union. Each entry names the law or publication that it follows."""

import datetime as dt

from matching.normalise.check_digits import (
    ends_with_seven_three_one,
    every,
    is_iso_7064_mod_11_10,
    is_luhn,
    weighted,
    weighted_sum,
)
from matching.normalise.national_numbers import (
    Dated,
    Groups,
    Scheme,
    even_is_male,
    leading_digit_says_century,
    month_says_century,
    numbers_of,
    odd_is_male,
    raised,
)

_TAX = ("tax_id",)
_MINUS_11 = "0?987654321"  # 11 less the remainder; no number is issued where that is 10
_MINUS_11_OR_0 = "00987654321"
_REMAINDER_OR_0 = "01234567890"
_DAY_FIRST = r"(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d\d)"
_YEAR_FIRST = r"(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)"


def _days_from_1900(groups: Groups) -> Dated:
    born = dt.date(1899, 12, 31) + dt.timedelta(days=int(groups["y"] or 0))
    return born.year // 100, born.year % 100, born.month, born.day


def _jmbg_date(groups: Groups) -> Dated:
    year, month, day = numbers_of(groups)
    return (10 + year // 100 if year >= 800 else 20), year % 100, month, day


def _is_belgian(number: str) -> bool:
    return any(97 - int(prefix + number[:9]) % 97 == int(number[9:]) for prefix in ("", "2"))


def _belgian_date(groups: Groups) -> Dated:
    """A date may be unknown in part: the counter then begins with month or day 00; residents' months are raised."""
    year, month, day = numbers_of(groups)
    return None, year, month % 20, day if day <= 31 else 0


def _is_czech(number: str) -> bool:
    """Nine digits were issued until 1953, without a check."""
    return len(number) == 9 or int(number) % 11 == 0 or (int(number[:9]) % 11 == 10 and number[9] == "0")


def _two_rounds(number: str) -> bool:
    """Weights 1 to 9, 1; where the remainder is 10 the weights 3 to 9, 1 to 3; where that is 10 again, 0."""
    rest = weighted_sum(number[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:
        rest = weighted_sum(number[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return int(number[10]) == rest


def _is_kazakh(number: str) -> bool:
    rest = weighted_sum(number[:11], range(1, 12)) % 11
    if rest == 10:
        rest = weighted_sum(number[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return int(number[11]) == rest


def _is_finnish(number: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:6] + number[-4:-1]) % 31] == number[-1]


def _is_french(number: str) -> bool:
    # Corsica: 2A counts as 19, 2B as 18
    plain = number[:5] + number[5:7].replace("2A", "19").replace("2B", "18") + number[7:13]
    return 97 - int(plain) % 97 == int(number[13:])


def _is_spanish(number: str) -> bool:
    digits = str("XYZ".find(number[0])) + number[1:8] if number[0] in "XYZ" else number[:8]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[8]


# Decree of 23 December 1976 of Italy's Ministry of Finance: values of characters in odd places, counted from 1.
_ODD = dict(
    zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22,
         25, 24, 23), strict=True)
)  # fmt: skip
_EVEN = {c: int(c) if c.isdigit() else ord(c) - ord("A") for c in _ODD}
_SAME_CODE = str.maketrans("LMNPQRSTUV", "0123456789")  # letters for digits where two persons would share a code


def _is_italian(number: str) -> bool:
    total = sum(_ODD[c] for c in number[0:15:2]) + sum(_EVEN[c] for c in number[1:15:2])
    return chr(ord("A") + total % 26) == number[15]


def _italian_date(groups: Groups) -> Dated:
    day = int((groups["d"] or "").translate(_SAME_CODE)) % 40
    return None, int((groups["y"] or "").translate(_SAME_CODE)), "_ABCDEHLMPRST".index(groups["m"] or "_"), day or 99


def _italian_sex(digit: str) -> str:
    return "female" if digit.translate(_SAME_CODE) >= "4" else "male"


def _is_german_tax_number(number: str) -> bool:
    """Of the first ten digits one stands there twice or thrice, the others once at most."""
    repeated = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return repeated[-1] in (2, 3) and repeated[-2] == 1 and is_iso_7064_mod_11_10(number)


_BALTIC = {"1": 18, "2": 18, "3": 19, "4": 19, "5": 20, "6": 20}

EUROPE = (
    Scheme(countries="RU", name="INN of a person", pattern=r"\d{12}", origin="order of the tax service, MMV-7-6/435@ of 2012",
           check=every(weighted((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11, _REMAINDER_OR_0),
                       weighted((3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11, _REMAINDER_OR_0))),
    Scheme(countries="RU", name="INN of an organisation", pattern=r"\d{10}", origin="as above", kinds=_TAX,
           check=weighted((2, 4, 10, 3, 5, 9, 4, 6, 8), 11, _REMAINDER_OR_0)),
    Scheme(countries="RU", name="SNILS", pattern=r"\d{11}", origin="resolution of the Pension Fund, 192p of 2006",
           check=lambda n: weighted_sum(n, range(9, 0, -1)) % 101 % 100 == int(n[9:])),
    Scheme(countries="RU", name="internal passport", pattern=r"\d{10}", origin="government resolution 828 of 1997",
           kinds=("national_id",)),
    Scheme(countries="UA", name="RNOKPP", pattern=r"(?P<y>\d{5})\d{3}(?P<sex>\d)\d", sex=odd_is_male,
           origin="order of the Ministry of Finance, 822 of 2017", dated=_days_from_1900,
           check=weighted((-1, 5, 7, 9, 4, 6, 10, 5, 7), 11, _REMAINDER_OR_0)),
    Scheme(countries="BY", name="identification number", pattern=r"(?P<c>[1-6])" + _DAY_FIRST + r"[ABCEHKM]\d{3}[A-Z]{2}\d",
           origin="resolution of the Council of Ministers, 909 of 1997", check=ends_with_seven_three_one,
           dated=leading_digit_says_century({"1": 18, "2": 18, "3": 19, "4": 19, "5": 20, "6": 20})),
    Scheme(countries="MD", name="IDNP", pattern=r"\d{13}", origin="government decision 333 of 2002",
           check=ends_with_seven_three_one),
    Scheme(countries="KZ", name="IIN", pattern=_YEAR_FIRST + r"(?P<c>(?P<sex>[0-6]))\d{5}", sex=odd_is_male,
           origin="law on national registers of identification numbers, 2007", check=_is_kazakh,
           dated=leading_digit_says_century({"1": 18, "2": 18, "3": 19, "4": 19, "5": 20, "6": 20})),
    Scheme(countries="KG", name="personal identification number", pattern=r"(?P<sex>[12])(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d{4})\d{5}",
           origin="as printed on identity cards", sex=even_is_male),
    Scheme(countries="UZ", name="PINFL", pattern=r"(?P<c>(?P<sex>[1-6]))" + _DAY_FIRST + r"\d{7}", sex=odd_is_male,
           origin="as printed on identity cards; no published check",
           dated=leading_digit_says_century({"1": 18, "2": 18, "3": 19, "4": 19, "5": 20, "6": 20})),
    Scheme(countries="GE", name="personal number", pattern=r"\d{11}", origin="law on identity cards"),
    Scheme(countries="EE LT", name="isikukood, asmens kodas", pattern=r"(?P<c>(?P<sex>[1-6]))" + _YEAR_FIRST + r"\d{4}",
           origin="Estonian standard EVS 585:2007", check=_two_rounds, sex=odd_is_male,
           dated=leading_digit_says_century(_BALTIC)),
    Scheme(countries="LV", name="personas kods", pattern=r"(?:(?!3[2-9])" + _DAY_FIRST + r"(?P<c>[0-2])|3[2-9]\d{5})\d{4}",
           origin="law on the population register", check=lambda n: (
               1 + weighted_sum(n, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == int(n[10]),
           dated=leading_digit_says_century({"0": 18, "1": 19, "2": 20})),
    Scheme(countries="PL", name="PESEL", pattern=_YEAR_FIRST + r"\d{3}(?P<sex>\d)\d", sex=odd_is_male,
           origin="act on the population register of 24 September 2010",
           check=weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10, "0987654321"),
           dated=month_says_century({0: 19, 20: 20, 40: 21, 60: 22, 80: 18})),
    Scheme(countries="BG", name="EGN", pattern=_YEAR_FIRST + r"\d\d(?P<sex>\d)\d", sex=even_is_male,
           origin="act on civil registration", check=weighted((2, 4, 8, 5, 10, 9, 7, 3, 6), 11, _REMAINDER_OR_0),
           dated=month_says_century({0: 19, 20: 18, 40: 20})),
    Scheme(countries="RO", name="CNP", pattern=r"(?P<c>(?P<sex>[1-8]))" + _YEAR_FIRST + r"\d{6}", sex=odd_is_male,
           origin="emergency ordinance 97 of 2005",
           check=weighted((2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11, "01234567891"),
           dated=leading_digit_says_century({"1": 19, "2": 19, "3": 18, "4": 18, "5": 20, "6": 20})),
    Scheme(countries="RS BA HR SI MK ME XK YU", name="JMBG", pattern=r"(?P<d>\d\d)(?P<m>\d\d)(?P<y>[09]\d\d)\d\d(?P<sex>\d)\d\d\d",
           origin="Yugoslav law on the unique master number, 1976", dated=_jmbg_date, kinds=("national_id", "tax_id", "other"),
           sex=lambda digit: "male" if digit < "5" else "female",
           check=weighted((7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _MINUS_11_OR_0)),
    Scheme(countries="HR", name="OIB", pattern=r"\d{11}", origin="ordinance on the personal identification number, 2009",
           check=is_iso_7064_mod_11_10),
    Scheme(countries="CZ SK CS", name="rodné číslo", pattern=_YEAR_FIRST + r"\d{3,4}", origin="act 133 of 2000 (Czech Republic)",
           check=_is_czech, dated=raised(months=(20, 50, 70))),
    Scheme(countries="GR", name="AFM", pattern=r"\d{9}", origin="presidential decree on tax numbers", kinds=_TAX,
           check=weighted((256, 128, 64, 32, 16, 8, 4, 2), 11, _REMAINDER_OR_0)),
    Scheme(countries="TR", name="T.C. kimlik no", pattern=r"[1-9]\d{10}", origin="law on population services, 5490",
           check=lambda n: (7 * weighted_sum(n, (1, 0) * 5) - weighted_sum(n, (0, 1) * 4)) % 10 == int(n[9])
           and weighted_sum(n, (1,) * 10) % 10 == int(n[10])),
    Scheme(countries="BE", name="national register number", pattern=_YEAR_FIRST + r"\d\d(?P<sex>\d)\d\d", sex=odd_is_male,
           origin="royal decree of 3 April 1984", check=_is_belgian, dated=_belgian_date),
    Scheme(countries="NL", name="BSN", pattern=r"(?!0{9})\d{9}", origin="act on the citizen service number, 2007",
           check=lambda n: weighted_sum(n, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0),
    Scheme(countries="ES", name="DNI, NIE", pattern=r"[\dXYZ]\d{7}[A-Z]", origin="royal decree 1553 of 2005", check=_is_spanish),
    Scheme(countries="ES", name="DNI without its letter", pattern=r"\d{8}", origin="as above"),
    Scheme(countries="PT", name="NIF", pattern=r"[1-3]\d{8}", origin="decree-law 14 of 2013", kinds=_TAX,
           check=weighted((9, 8, 7, 6, 5, 4, 3, 2), 11, _MINUS_11_OR_0)),
    Scheme(countries="IT", name="codice fiscale",
           pattern=r"[A-Z]{6}(?P<y>[\dL-NP-V]{2})(?P<m>[A-EHLMPRST])(?P<d>(?P<sex>[0-7L-NP-T])[\dL-NP-V])[A-Z][\dL-NP-V]{3}[A-Z]",
           origin="decree of the Ministry of Finance of 23 December 1976", check=_is_italian, dated=_italian_date, sex=_italian_sex),
    Scheme(countries="FR", name="NIR",
           pattern=r"(?P<sex>[12])(?P<y>\d\d)(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d\d|2[AB])\d{6}\d\d",
           origin="decree 82-103 of 1982", check=_is_french, sex=odd_is_male),
    Scheme(countries="FR", name="identity card", pattern=r"\d{12}", origin="cards issued from 1988 to 2021", kinds=("national_id",)),
    Scheme(countries="DE", name="identity card", pattern=r"[0-9A-Z]{9}\d", origin="ordinance on identity cards; ICAO 9303",
           kinds=("national_id",), check=ends_with_seven_three_one),
    Scheme(countries="DE", name="tax identification number", pattern=r"[1-9]\d{10}", origin="tax code, section 139b", kinds=_TAX,
           check=_is_german_tax_number),
    Scheme(countries="CH", name="AHV number", pattern=r"756\d{10}", origin="Swiss social insurance; EAN-13",
           check=weighted((1, 3) * 6, 10, "0987654321")),
    Scheme(countries="GB", name="national insurance number", pattern=r"(?![DFIQUV])[A-Z](?![DFIOQUV])[A-Z]\d{6}[A-D]",
           origin="HMRC manual NIM39110"),
    Scheme(countries="IE", name="PPS number", pattern=r"\d{7}[A-W][A-IW]?", origin="social welfare consolidation act 2005",
           check=lambda n: "WABCDEFGHIJKLMNOPQRSTUV"[
               (weighted_sum(n, range(8, 1, -1)) + 9 * "WABCDEFGHI".find(n[8:] or "W")) % 23] == n[7]),
    Scheme(countries="SE", name="personnummer", pattern=r"(?:19|20|18)?" + _YEAR_FIRST + r"\d\d(?P<sex>\d)\d", sex=odd_is_male,
           origin="act on population registration, 1991:481", check=lambda n: is_luhn(n[-10:]), dated=raised(day=60)),
    Scheme(countries="FI", name="henkilötunnus", pattern=_DAY_FIRST + r"[A-FU-Y]?\d\d(?P<sex>\d)[0-9A-Y]", sex=odd_is_male,
           origin="government decree 128 of 2010", check=_is_finnish),
    Scheme(countries="NO", name="fødselsnummer", pattern=_DAY_FIRST + r"\d\d(?P<sex>\d)\d\d", sex=odd_is_male,
           origin="regulation on the population register, 2017", dated=raised(day=40, months=(40, 80)),
           check=every(weighted((3, 7, 6, 1, 8, 9, 4, 5, 2), 11, _MINUS_11),
                       weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _MINUS_11))),
    Scheme(countries="DK", name="CPR number", pattern=_DAY_FIRST + r"\d{3}(?P<sex>\d)", sex=odd_is_male,
           origin="CPR office; its modulus 11 was given up in 2007"),
    Scheme(countries="IS", name="kennitala", pattern=_DAY_FIRST + r"\d{3}[089]", origin="Registers Iceland",
           check=weighted((3, 2, 7, 6, 5, 4, 3, 2), 11, _MINUS_11)),
    Scheme(countries="MT", name="identity card", pattern=r"\d{3,7}[ABGHLMPZ]", origin="identity card act"),
)  # fmt: skip
