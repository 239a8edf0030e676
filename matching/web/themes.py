"""The colours of the report, for a reader who chose light or dark: made from report.css, so that they are said once."""

import re
from pathlib import Path

import matching.report

REPORT_CSS = Path(matching.report.__file__).parent / "templates" / "report.css"
_BLOCK = r":root \{([^}]*)\}"


def theme_css() -> str:
    """Return the report's style, and its light and dark colours again under ``data-theme``."""
    css = REPORT_CSS.read_text(encoding="utf-8")
    light, dark = re.findall(_BLOCK, css)[:2]
    light = light.replace("color-scheme: light dark;", "")
    chosen = "".join(
        f':root[data-theme="{name}"] {{ color-scheme: {name};{colours}}}\n'
        for name, colours in (("light", light), ("dark", dark))
    )
    return f"{css}\n{chosen}"
