"""Contrast of the report's colours, by WCAG 2.2: 4.5 for text (1.4.3), 3 for drawings and inputs (1.4.11)."""

import re
from pathlib import Path

import pytest

from matching import report

STYLE = (Path(report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
SCHEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL), strict=True))
ON_CARD = [(colour, fill, 4.5) for colour in ("text", "aside", "link") for fill in ("page", "card", "head")]
VERDICTS = [(verdict, f"{verdict}-fill", 4.5) for verdict in ("agree", "disagree", "unknown")]
DRAWN = [(bar, "card", 3.0) for bar in ("bar-for", "bar-against", "bar-total", "edge")]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("colour", "fill", "least"), ON_CARD + VERDICTS + DRAWN)
def test_colours_can_be_told_apart(scheme: str, colour: str, fill: str, least: float):
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", SCHEMES[scheme]))
    assert contrast(colours[colour], colours[fill]) >= least


def test_contrast_of_black_and_white_is_as_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
