"""What every page of ours is made with: templates that escape, and a policy that allows this style and script alone."""

import base64
import hashlib
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matching.report import listings, words


def environment(*before: str) -> Environment:
    """Return the environment of the templates beside this module: escaping, and strict about what is missing.

    Templates of the packages ``before`` come first.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*before, "matching.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(words, name) for name in ("clip", "count", "moment", "probability", "sentence", "weight")
    }
    environment.filters["language"] = listings.language_of
    environment.filters["link"] = words.safe_url
    return environment


def asset(name: str) -> Markup:
    """Return the page's own style or script, which is ours and therefore not escaped."""
    text = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return Markup("\n" + text)  # noqa: S704


def policy(style: str, script: str = "") -> Markup:
    """Return the content security policy that allows this style, this script, images in the page, no more."""
    return Markup(  # noqa: S704
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
