"""Check digits: the arithmetic that many national numbers and all machine-readable travel documents share.

Enters: a number as upper-case ASCII letters and digits. Leaves: whether its check holds. Which number uses which check is
in national_ids.py and mrz.py; a check here has a name in the literature, or is a weighted sum.
"""

from collections.abc import Callable, Sequence
from itertools import cycle

Check = Callable[[str], bool]

_LETTER_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}

# Verhoeff, Error detecting decimal codes (1969): multiplication in the dihedral group D5, and its permutation.
_D5 = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTATION = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def weighted_sum(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of ``digits`` times ``weights``; what is longer than the other is left out."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def weighted(weights: Sequence[int], modulus: int, characters: str, *, at: int | None = None) -> Check:
    """Return the check that the character at ``at`` (default: behind the weighed ones) is the remainder's.

    ``characters`` gives for each remainder of the weighted sum the right character; ``?`` where no such number is issued.
    """
    place = len(weights) if at is None else at

    def check(number: str) -> bool:
        return number[place] == characters[weighted_sum(number, weights) % modulus]

    return check


def every(*checks: Check) -> Check:
    """Return the check that all of ``checks`` hold."""
    return lambda number: all(check(number) for check in checks)


def some(*checks: Check) -> Check:
    """Return the check that one of ``checks`` holds."""
    return lambda number: any(check(number) for check in checks)


def is_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right, the check digit first, is doubled.

    >>> is_luhn("79927398713"), is_luhn("79927398710")
    (True, False)
    """
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (doubled + sum(int(digit) for digit in number[::-2])) % 10 == 0


def is_verhoeff(number: str) -> bool:
    """Verhoeff's check, over all digits from the right.

    >>> is_verhoeff("2363"), is_verhoeff("2364")
    (True, False)
    """
    state = 0
    for place, digit in enumerate(reversed(number)):
        state = int(_D5[state][int(_PERMUTATION[place % 8][int(digit)])])
    return state == 0


def is_iso_7064_mod_11_10(number: str) -> bool:
    """ISO/IEC 7064, the hybrid system MOD 11,10.

    >>> is_iso_7064_mod_11_10("07945"), is_iso_7064_mod_11_10("07946")
    (True, False)
    """
    product = 10
    for digit in number[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (product + int(number[-1])) % 10 == 1


def seven_three_one(text: str) -> str:
    """Return the check digit of ICAO Doc 9303 part 3, section 4.9: weights 7, 3, 1; letters from A = 10; ``<`` is 0.

    >>> seven_three_one("520727")
    '3'
    """
    return str(sum(_LETTER_VALUES[c] * weight for c, weight in zip(text, cycle((7, 3, 1)), strict=False)) % 10)


def ends_with_seven_three_one(number: str) -> bool:
    """Whether the last character is the ICAO check digit of the others."""
    return number[-1] == seven_three_one(number[:-1])
