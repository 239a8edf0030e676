"""National numbers of Asia, Africa, the Americas and Oceania. Each entry names the law or publication that it follows."""

from matching.normalise.check_digits import is_luhn, is_verhoeff, weighted, weighted_sum
from matching.normalise.national_numbers import (
    Dated,
    Groups,
    Scheme,
    leading_digit_says_century,
    numbers_of,
    odd_is_male,
)

_TAX = ("tax_id",)
_CARD = ("national_id",)
_ANY = ("national_id", "tax_id", "other")
_MINUS_11 = "0?987654321"
_MINUS_11_OR_0 = "00987654321"
_DAY_FIRST = r"(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d\d)"
_YEAR_FIRST = r"(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)"
_YEAR_OF_FOUR = r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"
_ARAB_CENTURY = leading_digit_says_century({"2": 19, "3": 20})


def _is_iranian(number: str) -> bool:
    rest = weighted_sum(number, range(10, 1, -1)) % 11
    return len(set(number)) > 1 and int(number[9]) == (rest if rest < 2 else 11 - rest)


def _is_korean(number: str) -> bool:
    """Foreigners' numbers (seventh digit 5 to 8) are raised by two."""
    rest = weighted_sum(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11
    return ((13 if number[6] in "5678" else 11) - rest) % 10 == int(number[12])


def _hong_kong(number: str) -> bool:
    """Letters count from A = 10, a missing second letter as 36; the sum with the check digit (A is 10) is a multiple of 11."""
    head, digits, check = number[:-7], number[-7:-1], number[-1]
    letters = [36, *(ord(c) - 55 for c in head)][-2:]
    total = letters[0] * 9 + letters[1] * 8 + weighted_sum(digits, range(7, 1, -1))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def _taiwanese(number: str) -> bool:
    letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0]) + 10
    return (letter // 10 + letter % 10 * 9 + weighted_sum(number[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _singaporean(number: str) -> bool:
    total = weighted_sum(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + (4 if number[0] in "TG" else 0)
    return ("JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK")[total % 11] == number[8]


def _with_day_of_women(groups: Groups) -> Dated:
    year, month, day = numbers_of(groups)
    return None, year, month, day % 40


_CURP = "0123456789ABCDEFGHIJKLMN_OPQRSTUVWXYZ"  # the place kept free is that of Ñ
_RFC = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"


def _is_curp(number: str) -> bool:
    return -sum(_CURP.index(c) * (18 - at) for at, c in enumerate(number[:17])) % 10 == int(number[17])


def _is_rfc(number: str) -> bool:
    rest = sum(_RFC.index(c) * (13 - at) for at, c in enumerate(number[:12])) % 11
    return "0A987654321"[rest] == number[12]


def _curp_date(groups: Groups) -> Dated:
    return (19 if (groups["c"] or "").isdigit() else 20), *numbers_of(groups)


def _from_the_right(number: str, weights: tuple[int, ...], characters: str) -> bool:
    return number[-1] == characters[weighted_sum(number[-2::-1], weights) % 11]


def _is_cpf(number: str) -> bool:
    return len(set(number)) > 1 and all(
        -weighted_sum(number, range(places + 1, 1, -1)) % 11 % 10 == int(number[places]) for places in (9, 10)
    )


def _is_rif(number: str) -> bool:
    person = {"V": 4, "E": 8, "J": 12, "P": 16, "G": 20}[number[0]]
    return "00987654321"[(person + weighted_sum(number[1:], (3, 2, 7, 6, 5, 4, 3, 2))) % 11] == number[9]


def _nicaraguan(number: str) -> bool:
    return "ABCDEFGHJKLMNPQRSTUVWXY"[int(number[:13]) % 23] == number[13]


ELSEWHERE = (
    # Western Asia
    Scheme(countries="IR", name="kod-e melli", pattern=r"\d{10}", origin="National Organization for Civil Registration",
           check=_is_iranian),
    Scheme(countries="SA", name="national identity number", pattern=r"[12]\d{9}", origin="Ministry of Interior; ISO 7812",
           check=is_luhn),
    Scheme(countries="AE", name="Emirates ID", pattern=r"784(?P<y>(?:19|20)\d\d)\d{8}", origin="Federal Authority for Identity; "
           "ISO 7812", check=is_luhn, kinds=_ANY),
    Scheme(countries="KW", name="civil ID", pattern=r"(?P<c>[23])" + _YEAR_FIRST + r"\d{5}", origin="Public Authority for Civil "
           "Information", check=weighted((2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 11, _MINUS_11), dated=_ARAB_CENTURY, kinds=_ANY),
    Scheme(countries="QA", name="QID", pattern=r"(?P<c>[23])(?P<y>\d\d)\d{8}", origin="as printed on cards",
           dated=lambda groups: (19 if groups["c"] == "2" else 20, int(groups["y"] or 0), 0, 0)),
    Scheme(countries="JO", name="national number", pattern=r"\d{10}", origin="civil status law"),
    Scheme(countries="IL PS", name="teudat zehut", pattern=r"\d{9}", origin="population registry; ISO 7812", check=is_luhn),
    Scheme(countries="SY YE", name="national number", pattern=r"\d{11}", origin="as printed on cards"),
    # Southern and Central Asia
    Scheme(countries="PK", name="CNIC", pattern=r"[1-7]\d{11}(?P<sex>\d)", origin="National Database and Registration Authority",
           sex=odd_is_male),
    Scheme(countries="IN", name="Aadhaar", pattern=r"[2-9]\d{11}", origin="Unique Identification Authority; Verhoeff",
           check=is_verhoeff),
    Scheme(countries="IN", name="PAN", pattern=r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", origin="income-tax rules, 114", kinds=_TAX),
    Scheme(countries="LK", name="NIC", pattern=r"\d{9}[VX]|(?:19|20)\d{10}", origin="registration of persons act"),
    # Eastern and South-Eastern Asia
    Scheme(countries="CN", name="resident identity number", pattern=r"[1-9]\d{5}" + _YEAR_OF_FOUR + r"\d\d(?P<sex>\d)[\dX]",
           origin="GB 11643-1999; ISO 7064 MOD 11-2", sex=odd_is_male, kinds=_ANY,
           check=weighted((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 11, "10X98765432")),
    Scheme(countries="CN", name="resident identity number of 15 digits", pattern=r"[1-9]\d{5}" + _YEAR_FIRST + r"\d\d(?P<sex>\d)",
           origin="before GB 11643-1999", sex=odd_is_male),
    Scheme(countries="HK", name="identity card", pattern=r"[A-Z]{1,2}\d{6}[\dA]", origin="registration of persons regulations",
           check=_hong_kong),
    Scheme(countries="TW", name="national identification number", pattern=r"[A-Z](?P<sex>[1289])\d{8}", origin="household "
           "registration act", check=_taiwanese, sex=lambda digit: "male" if digit in "18" else "female"),
    Scheme(countries="KR", name="resident registration number", pattern=_YEAR_FIRST + r"(?P<c>(?P<sex>\d))\d{6}",
           origin="resident registration act (numbers issued since October 2020 have no check digit)", check=_is_korean,
           dated=leading_digit_says_century({**dict.fromkeys("1256", 19), **dict.fromkeys("3478", 20), **dict.fromkeys("90", 18)}),
           sex=odd_is_male),
    Scheme(countries="TH", name="identification number", pattern=r"[1-8]\d{12}", origin="Department of Provincial Administration",
           check=weighted(range(13, 1, -1), 11, "10987654321")),
    Scheme(countries="SG", name="NRIC, FIN", pattern=r"[STFG]\d{7}[A-Z]", origin="national registration act", check=_singaporean),
    Scheme(countries="MY", name="MyKad", pattern=_YEAR_FIRST + r"\d{5}(?P<sex>\d)", origin="national registration regulations",
           sex=odd_is_male),
    Scheme(countries="ID", name="NIK", pattern=r"[1-9]\d{5}" + _DAY_FIRST + r"\d{4}", origin="law 23 of 2006",
           dated=_with_day_of_women),
    Scheme(countries="MM", name="NRC", pattern=r"\d{1,2}[A-Z]{3,10}\d{6}", origin="citizenship law of 1982"),
    # Africa
    Scheme(countries="EG", name="national number", pattern=r"(?P<c>[23])" + _YEAR_FIRST + r"\d{5}(?P<sex>\d)\d",
           origin="civil status law 143 of 1994", dated=_ARAB_CENTURY, sex=odd_is_male),
    Scheme(countries="LY", name="national number", pattern=r"(?P<sex>[12])(?P<y>(?:19|20)\d\d)\d{7}", origin="law 8 of 2014",
           sex=odd_is_male),
    Scheme(countries="TN", name="carte d'identité nationale", pattern=r"\d{8}", origin="law 27 of 1993"),
    Scheme(countries="MA", name="carte nationale", pattern=r"[A-Z]{1,2}\d{5,6}", origin="law 04-20"),
    Scheme(countries="ZA", name="identity number", pattern=_YEAR_FIRST + r"(?P<sex>\d)\d{3}[01]\d{2}", check=is_luhn,
           origin="identification act 68 of 1997; ISO 7812", sex=lambda digit: "male" if digit >= "5" else "female"),
    Scheme(countries="NG", name="NIN", pattern=r"\d{11}", origin="NIMC act 2007"),
    # North and Central America
    Scheme(countries="MX", name="CURP",
           pattern=r"[A-Z]{4}" + _YEAR_FIRST + r"(?P<sex>[HMX])[A-Z]{2}[A-Z]{3}(?P<c>[0-9A-Z])\d", kinds=_ANY,
           origin="instructive of 18 October 2021 on the CURP", check=_is_curp, dated=_curp_date,
           sex=lambda letter: {"H": "male", "M": "female"}.get(letter)),
    Scheme(countries="MX", name="RFC of a person", pattern=r"[A-Z]{4}" + _YEAR_FIRST + r"[0-9A-Z]{2}[0-9A]",
           origin="tax administration, annex to the resolution on the RFC", check=_is_rfc, kinds=_TAX),
    Scheme(countries="MX", name="RFC without its last three", pattern=r"[A-Z]{4}" + _YEAR_FIRST, origin="as above", kinds=_TAX),
    Scheme(countries="MX", name="clave de elector", pattern=r"[A-Z]{6}" + _YEAR_FIRST + r"\d\d(?P<sex>[HM])\d{3}", kinds=_ANY,
           origin="as printed on voter cards", sex=lambda letter: "male" if letter == "H" else "female"),
    Scheme(countries="GT", name="CUI", pattern=r"\d{9}(?:0[1-9]|1\d|2[0-2])\d\d", origin="RENAP, decree 90-2005", kinds=_CARD,
           check=lambda n: int(n[8]) == weighted_sum(n[:8], range(2, 10)) % 11),
    Scheme(countries="HN", name="identity card", pattern=r"[01]\d{3}(?P<y>(?:19|20)\d\d)\d{5}", origin="law of the RNP",
           kinds=_ANY),
    Scheme(countries="NI", name="cédula", pattern=r"\d{3}" + _DAY_FIRST + r"\d{4}[A-Y]", origin="law 152 of 1993", check=_nicaraguan),
    Scheme(countries="SV", name="DUI", pattern=r"\d{9}", origin="law on the DUI", check=weighted(range(9, 1, -1), 10, "0987654321")),
    Scheme(countries="DO", name="cédula", pattern=r"\d{11}", origin="law 8-92; ISO 7812", check=is_luhn),
    Scheme(countries="US", name="social security number", pattern=r"(?!000|666|9)\d{3}(?!00)\d\d(?!0000)\d{4}",
           origin="Social Security Administration, 2011"),
    Scheme(countries="CA", name="SIN", pattern=r"[1-79]\d{8}", origin="employment insurance act; ISO 7812", check=is_luhn),
    # South America
    Scheme(countries="AR", name="CUIT, CUIL", pattern=r"(?:2[03-7]|3[034])\d{9}", origin="tax administration, resolution 2887",
           check=weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, "09987654321")),
    Scheme(countries="AR PE", name="DNI", pattern=r"\d{8}", origin="law 17671 (Argentina), law 26497 (Peru)", kinds=_ANY),
    Scheme(countries="BR", name="CPF", pattern=r"\d{11}", origin="normative instruction RFB 2172 of 2024", check=_is_cpf),
    Scheme(countries="CL", name="RUT", pattern=r"\d{7,8}[\dK]", origin="Civil Registry; modulus 11",
           check=lambda n: _from_the_right(n, (2, 3, 4, 5, 6, 7, 2, 3), "0K987654321")),
    Scheme(countries="CO", name="NIT", pattern=r"\d{9,11}", origin="tax administration, order 4 of 1989", kinds=_TAX,
           check=lambda n: _from_the_right(n, (3, 7, 13, 17, 19, 23, 29, 37, 41, 43), "01987654321")),
    Scheme(countries="CO", name="cédula de ciudadanía", pattern=r"\d{6,8}|1\d{9}", origin="law 39 of 1961", kinds=_ANY),
    Scheme(countries="EC", name="cédula", pattern=r"(?:0[1-9]|1\d|2[0-4]|30)[0-5]\d{7}", origin="Civil Registry; ISO 7812",
           check=is_luhn),
    Scheme(countries="PE", name="RUC", pattern=r"[12]\d{10}", origin="tax administration", kinds=_TAX,
           check=weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, "10987654321")),
    Scheme(countries="PY", name="RUC", pattern=r"\d{6,9}", origin="tax administration; modulus 11", kinds=_TAX,
           check=lambda n: _from_the_right(n, tuple(range(2, 12)), "00987654321")),
    Scheme(countries="UY", name="cédula", pattern=r"\d{7,8}", origin="National Directorate of Civil Identification",
           check=lambda n: -weighted_sum(n[:-1].zfill(7), (2, 9, 8, 7, 6, 3, 4)) % 10 == int(n[-1])),
    Scheme(countries="VE", name="cédula", pattern=r"[VE]?\d{6,8}", origin="organic law on identification", kinds=_CARD),
    Scheme(countries="VE", name="RIF", pattern=r"[VEJPG]\d{9}", origin="tax administration; modulus 11", check=_is_rif),
    # Oceania
    Scheme(countries="AU", name="TFN", pattern=r"\d{9}", origin="Australian Taxation Office", kinds=_TAX,
           check=lambda n: weighted_sum(n, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0),
)  # fmt: skip
