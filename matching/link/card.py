"""The model card: what a model was made of and how it behaves, for whoever must account for it.

Enters: a trained model, the data it was trained on, its figures over that data. Leaves: the card as Markdown and as a
page of HTML that stands by itself. No value of any record enters it.
"""

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from matching.link.calibrate import Reliability, calibration_error
from matching.link.fields import ACROSS, NAME
from matching.link.judgements import KEPT_BACK
from matching.link.model import Model
from matching.link.train import Trained

CALIBRATED = {NAME: "names in one script, by births", ACROSS: "names in two scripts, by the run without a mask"}
LIMITS = (
    "A match is a lead for a person to review, never a finding. Nothing may act on it by itself.",
    "Expected precision and recall are the model's own: they are right as far as its probabilities are.",
    "Recall is of pairs that blocking brought together; a person without any key in common is in none of these figures.",
    "Estimated without labels: of a level that matches hardly ever fall in, m is a guess near its starting value.",
    "Two relatives of one name, born in one year, look like one person wherever nothing else is known of them.",
    "It was made of the lists above. Lists of other people (other scripts, other customs of naming) may need their own.",
)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #767676;padding:.2rem .6rem;text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}th{background:#eee}"
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, paragraphs, and a table where there is one."""

    heading: str
    paragraphs: Sequence[str] = ()
    table: pl.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a card states beside the model: the data (a row per list), its figures, when and with what it was made."""

    trained_at: datetime
    trained_by: str
    run_id: str
    versions: str
    threshold: float
    data: pl.DataFrame
    lists: pl.DataFrame
    scripts: pl.DataFrame
    weights: pl.DataFrame
    stability: pl.DataFrame
    judged: pl.DataFrame | None = None
    kept_back: pl.DataFrame | None = None


def sections(trained: Trained, facts: Facts) -> list[Section]:
    """The card's sections, in order."""
    model = trained.model
    made = [
        Section(
            heading="What it was made of",
            paragraphs=[
                f"{model.made_of}.",
                f"Made {facts.trained_at:%Y-%m-%d %H:%M} UTC by {facts.trained_by} on run {facts.run_id}, with {facts.versions}.",
                "No random number is drawn: the same records give the same model, to the byte. There is no seed to set.",
            ],
            table=facts.data,
        ),
        Section(
            heading="Parameters",
            paragraphs=[
                "m: among pairs that are the same person, how often does the field fall in this level?",
                "u: among pairs that are not? The weight is log2(m / u), in bits.",
                "For names u is the rarity of the words that agree, with kin as its floor: the weight is added to that.",
                f"A record has {model.matches_per_record:.4g} others of the same person in these lists: the prior.",
                "Pinned levels keep the value of matching/link/fields.py, which says why beside each: too few pairs show them.",
            ],
            table=levels(model),
        ),
        _calibration(trained),
        Section(
            heading="Matches by lists",
            paragraphs=[f"At the review threshold {facts.threshold}, over the run it was trained on."],
            table=facts.lists,
        ),
        Section(heading="Matches by scripts of the names compared", table=facts.scripts),
        Section(heading="Distribution of match weights", table=facts.weights),
        _convergence(trained),
        Section(
            heading="Stability",
            paragraphs=[
                "Trained again on each half of the candidate pairs, drawn by a hash.",
                "How far does the weight of a level move at the most, and what becomes of the matches of the whole run?",
            ],
            table=facts.stability,
        ),
    ]
    if facts.judged is not None:
        made.append(_judged(trained, facts.judged))
    if facts.kept_back is not None and facts.kept_back.height:
        made.append(_kept_back(facts.kept_back))
    return [*made, Section(heading="Limits", paragraphs=LIMITS)]


def levels(model: Model) -> pl.DataFrame:
    """Return field, level, question, m, u, weight, kin, pinned of every level of ``model``."""
    rows = [
        {
            "field": field.name,
            "level": level.name,
            "question": level.question,
            "m": _short(level.m),
            "u": None if field.weighs_rarity(level) else _short(level.u),
            "weight": round(field.bits(level), 2),
            "kin": _short(level.kin) if field.weighs_rarity(level) else None,
            "pinned": level.pinned,
        }
        for field in model.fields
        for level in field.levels
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _short(number: float) -> float:
    return float(f"{number:.3g}")


def _calibration(trained: Trained) -> Section:
    paragraphs = []
    rows: list[dict[str, Any]] = []
    for name, found in trained.reliability.items():
        one = trained.model.calibrated(name)
        paragraphs.append(
            f"{CALIBRATED[name]}: the weight of names counts {one.slope:.3f} times and {one.shift:+.2f} bits; rests on"
            f" {trained.matches[name]:.0f} matches; calibration error {calibration_error(found):.4f}."
        )
        rows += [_reliability(name, row) for row in found]
    return Section(
        heading="Calibration",
        paragraphs=[
            "Of pairs said to be one person with probability 0.7, are 70 in 100?",
            "Asked without labels of what names had no part in (matching/link/calibrate.py), which is left out here.",
            *paragraphs,
        ],
        table=pl.DataFrame(rows) if rows else None,
    )


def _reliability(name: str, row: Reliability) -> dict[str, Any]:
    return {
        "names": CALIBRATED[name],
        "pairs": round(row.pairs),
        "said": round(row.said, 4),
        "implied": round(row.implied, 4),
    }


def _convergence(trained: Trained) -> Section:
    rows = [
        {
            "round": place,
            "largest_change_bits": round(one.largest_change, 4),
            "expected_matches": round(one.expected_matches, 1),
        }
        for place, one in enumerate(trained.rounds, start=1)
    ]
    return Section(
        heading="Convergence",
        paragraphs=[f"Expectation maximisation over {trained.pairs:,} pairs of different lists, in rounds."],
        table=pl.DataFrame(rows),
    )


def _judged(trained: Trained, figures: pl.DataFrame) -> Section:
    most = max(moved(trained)["moved_bits"].abs().to_list(), default=0.0)
    given = ", ".join(f"{count} {verdict}" for verdict, count in trained.judged.items()) or "none"
    return Section(
        heading="Against judgements",
        paragraphs=[
            f"Judged pairs among the candidate pairs: {given}.",
            f"They moved the weight of a level by {most:.2f} bits at the most, and took part in calibration.",
            "So these figures are of pairs that the model has seen.",
        ],
        table=figures,
    )


def _kept_back(figures: pl.DataFrame) -> Section:
    return Section(
        heading="Against judgements that were kept back",
        paragraphs=[
            f"No model is trained on one judgement in {KEPT_BACK}: these figures are of pairs that it has not seen."
        ],
        table=figures,
    )


def moved(trained: Trained) -> pl.DataFrame:
    """Return field, level, m_before, m_after, moved_bits of every level whose m judgements moved."""
    rows = [
        {
            "field": field.name,
            "level": new.name,
            "m_before": _short(old.m),
            "m_after": _short(new.m),
            "moved_bits": round(math.log2(new.m / old.m), 3),
        }
        for field, other in zip(trained.before.fields, trained.model.fields, strict=True)
        if field.name != ACROSS
        for old, new in zip(field.levels, other.levels, strict=True)
    ]
    return pl.DataFrame(rows).filter(pl.col("moved_bits").abs() >= 0.001)


def markdown(title: str, parts: Iterable[Section]) -> str:
    """The card as Markdown."""
    lines = [f"# {title}", ""]
    for part in parts:
        lines += [f"## {part.heading}", ""]
        for paragraph in part.paragraphs:
            lines += [paragraph, ""]
        if part.table is not None:
            lines += [*_markdown_table(part.table), ""]
    return "\n".join(lines)


def _markdown_table(table: pl.DataFrame) -> list[str]:
    rows = [[_text(value).replace("|", "\\|") for value in row] for row in table.iter_rows()]
    return [_row(table.columns), _row(["---"] * table.width), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def page(title: str, parts: Iterable[Section]) -> str:
    """The card as a page of HTML that needs no other file and no network."""
    body = [f"<h1>{html.escape(title)}</h1>"]
    for part in parts:
        body.append(f"<h2>{html.escape(part.heading)}</h2>")
        body += [f"<p>{html.escape(paragraph)}</p>" for paragraph in part.paragraphs]
        if part.table is not None:
            body += _html_table(part.table)
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _html_table(table: pl.DataFrame) -> list[str]:
    numeric = [dtype.is_numeric() for dtype in table.dtypes]
    heads = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in table.columns)
    rows = [
        "".join(
            f'<td class="n">{html.escape(_text(value))}</td>' if is_number else f"<td>{html.escape(_text(value))}</td>"
            for value, is_number in zip(row, numeric, strict=True)
        )
        for row in table.iter_rows()
    ]
    return [
        "<table><thead><tr>" + heads + "</tr></thead><tbody>",
        *(f"<tr>{row}</tr>" for row in rows),
        "</tbody></table>",
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:,}" if isinstance(value, int) else str(value)
