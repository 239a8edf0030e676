"""The column contract of every table that crosses a stage.

One entry per boundary table: where it lies, what one row is, and each column with its type and meaning. Writers conform
to it (``Table.conform``), gates read it, and the README's table reference is generated from it. Dates are ISO, countries
ISO 3166-1 alpha-2, scripts ISO 15924, and every ``record_id`` is ``<source_id>:<publisher's id>``. What a run keeps about
itself stands in tables_of_quality.py.
"""

import polars as pl

from matching.contract import Table, Type, optional, required
from matching.tables_of_quality import GATES as GATES
from matching.tables_of_quality import LEDGER as LEDGER
from matching.tables_of_quality import MEASURES as MEASURES
from matching.tables_of_quality import QUARANTINE as QUARANTINE
from matching.tables_of_quality import VALIDATIONS as VALIDATIONS
from matching.vocabulary import (
    CALENDARS as CALENDARS,
)
from matching.vocabulary import (
    ENTITY_KINDS as ENTITY_KINDS,
)
from matching.vocabulary import (
    IDENTIFIER_KINDS as IDENTIFIER_KINDS,
)
from matching.vocabulary import (
    LISTING_KINDS as LISTING_KINDS,
)
from matching.vocabulary import (
    NAME_KEY_RULES as NAME_KEY_RULES,
)
from matching.vocabulary import (
    NAME_KINDS as NAME_KINDS,
)
from matching.vocabulary import (
    PRECISIONS as PRECISIONS,
)
from matching.vocabulary import (
    SEXES as SEXES,
)
from matching.vocabulary import (
    STATUSES as STATUSES,
)
from matching.vocabulary import (
    VALIDITIES as VALIDITIES,
)


def _list_of(**fields: Type) -> pl.List:
    return pl.List(pl.Struct(fields))


NAME = {
    "full": pl.String, "given": pl.String, "patronymic": pl.String, "family": pl.String, "other": pl.String,
    "kind": pl.String, "script": pl.String, "language": pl.String,
}  # fmt: skip
BIRTH = {
    "text": pl.String, "earliest": pl.Date, "latest": pl.Date, "precision": pl.String, "calendar": pl.String,
}  # fmt: skip
PLACE = {"text": pl.String, "country": pl.String}
IDENTIFIER = {"kind": pl.String, "number": pl.String, "country": pl.String, "note": pl.String}
OFFENCE = {"text": pl.String, "language": pl.String, "category": pl.String, "country": pl.String}
REFERENCE = {"scheme": pl.String, "id": pl.String}
PARENT = {"role": pl.String, "name": pl.String}

_RECORD = {
    "record_id": required(pl.String, "`<source_id>:<publisher's id>`"),
    "source": required(pl.String, "id of the source, as in its `source.yml`"),
    "publisher_id": required(pl.String, "the publisher's own id of the entry, or a documented key"),
    "entity_kind": required(pl.String, f"one of {', '.join(ENTITY_KINDS)}; only persons are linked"),
    "listing_kind": required(pl.String, f"one of {', '.join(LISTING_KINDS)}"),
    "status": required(pl.String, f"one of {', '.join(STATUSES)}"),
    "authority": required(pl.String, "who issued the listing"),
    "authority_country": required(pl.String, "country of the authority: ISO 3166-1 alpha-2, or UN, EU, XPO (INTERPOL)"),
    "programmes": required(pl.List(pl.String), "legal bases or programmes, as published"),
    "offences": required(_list_of(**OFFENCE), "offences as published; `country` is the issuing country's text"),
    "listed_date": optional(pl.Date, "when the authority listed the person"),
    "url": optional(pl.String, "the entry on the publisher's site"),
    "names": required(_list_of(**NAME), f"every name form as published; `kind` is one of {', '.join(NAME_KINDS)}"),
    "births": required(
        _list_of(**BIRTH),
        f"birth dates as intervals, both ends inclusive; `precision` is one of {', '.join(PRECISIONS)}; `text` is as"
        " published; both ends null where it could not be read",
    ),
    "birth_places": required(_list_of(**PLACE), "places of birth, as published"),
    "nationalities": required(pl.List(pl.String), "nationalities and citizenships, as published"),
    "addresses": required(_list_of(**PLACE), "addresses, as published"),
    "sex": optional(pl.String, f"one of {', '.join(SEXES)}"),
    "height_cm": optional(pl.Float64, "height in centimetres"),
    "marks": optional(pl.String, "distinguishing marks"),
    "parents": required(_list_of(**PARENT), "parents' names; `role` is father, mother or parent"),
    "identifiers": required(
        _list_of(**IDENTIFIER), f"documents, as published; `kind` is one of {', '.join(IDENTIFIER_KINDS)}"
    ),
    "references": required(_list_of(**REFERENCE), "other lists' ids quoted by the publisher: truth, never evidence"),
    "remarks": optional(pl.String, "free text that no other field took"),
    "snapshot_id": required(pl.String, "content hash of the snapshot the entry stands in"),
    "retrieved_at": required(pl.Datetime("us", "UTC"), "when that snapshot was last retrieved"),
    "first_seen": optional(pl.Datetime("us", "UTC"), "when the entry was first retrieved; known once a run gathers"),
    "last_seen": optional(pl.Datetime("us", "UTC"), "when it was last retrieved; earlier than the list's if removed"),
    "licence": required(pl.String, "licence or terms of the list"),
    "handling_code": required(pl.String, "handling code of the listing"),
}

RECORDS = Table(
    name="records",
    zone="20_records",
    grain="one entry of a list in a snapshot",
    key=("record_id",),
    columns=_RECORD,
)

NAMES = Table(
    name="names",
    zone="30_normalised",
    grain="one distinct name form of a linkable record",
    key=("record_id", "name_no"),
    columns={
        "record_id": required(pl.String, "the record"),
        "name_no": required(pl.Int32, "position among the record's name forms, from 0"),
        "kind": required(pl.String, f"one of {', '.join(NAME_KINDS)}"),
        "full": required(pl.String, "the form as published"),
        "script": required(pl.String, "ISO 15924 code of most of its letters, e.g. Latn, Arab, Cyrl, Hani"),
        "romanised": required(pl.String, "the form in Latin letters, for a person to read"),
        "tokens": required(pl.List(pl.String), "romanised, folded tokens in published order, particles left out"),
        "particles": required(pl.List(pl.String), "particles and titles set aside (al, bin, de, hajji)"),
        "skeletons": required(pl.List(pl.String), "consonant skeleton of each token, in the same order"),
    },
)

NAME_KEYS = Table(
    name="name_keys",
    zone="30_normalised",
    grain="one rule under which the names of a linkable record in one script have blocking keys",
    key=("rule", "record_id", "script"),  # the largest table: linking reads it rule by rule
    columns={
        "record_id": required(pl.String, "the record"),
        "rule": required(pl.String, f"one of {', '.join(NAME_KEY_RULES)}"),
        "script": required(pl.String, "ISO 15924 code of the script of the names"),
        "keys": required(pl.List(pl.Int64), "keys of its name forms; names that sound alike share one, in any scripts"),
        "weights": required(
            pl.List(pl.Float32), "of each key, in the same order: how likely the name is to sound so, 0 to 1"
        ),
    },
)

BIRTHS = Table(
    name="births",
    zone="30_normalised",
    grain="one birth date of a linkable record",
    key=("record_id", "birth_no"),
    columns={
        "record_id": required(pl.String, "the record"),
        "birth_no": required(pl.Int32, "position among the record's births, from 0"),
        "text": required(pl.String, "as published"),
        "earliest": required(pl.Date, "first possible day, Gregorian"),
        "latest": required(pl.Date, "last possible day, Gregorian"),
        "precision": required(pl.String, f"one of {', '.join(PRECISIONS)}"),
        "calendar": required(pl.String, f"as published: one of {', '.join(CALENDARS)}"),
    },
)

COUNTRIES = Table(
    name="countries",
    zone="30_normalised",
    grain="one country a linkable record names, by role",
    key=("record_id", "role", "country_code", "text"),
    columns={
        "record_id": required(pl.String, "the record"),
        "role": required(pl.String, "nationality, birth, address or warrant"),
        "country_code": optional(
            pl.String, "ISO 3166-1 alpha-2 (former states by their ISO 3166-3 alpha-2 code); null if not understood"
        ),
        "text": required(pl.String, "as published"),
    },
)

IDENTIFIERS = Table(
    name="identifiers",
    zone="30_normalised",
    grain="one document of a linkable record",
    key=("record_id", "identifier_no"),
    columns={
        "record_id": required(pl.String, "the record"),
        "identifier_no": required(pl.Int32, "position among the record's documents, from 0"),
        "kind": required(pl.String, f"one of {', '.join(IDENTIFIER_KINDS)}"),
        "country_code": optional(pl.String, "issuing country, ISO 3166-1 alpha-2"),
        "number_text": required(pl.String, "as published"),
        "number": optional(pl.String, "letters and digits only, upper case; null where nothing meaningful is left"),
        "comparable": optional(
            pl.String, "the number as it is compared: digits and look-alike letters in ASCII, O as 0, I as 1"
        ),
        "validity": required(
            pl.String, f"{', '.join(VALIDITIES[:-1])} or {VALIDITIES[-1]} (no known check for this kind and country)"
        ),
        "contradicts": optional(
            pl.String, "what the number itself says against the record: birth, sex, or both; null where nothing"
        ),
        "note": optional(pl.String, "the publisher's note: lost, false, expired"),
    },
)

_SIDES = {
    "source_l": required(pl.String, "source of the left record"),
    "record_id_l": required(pl.String, "left record; its id sorts before the right one's"),
    "source_r": required(pl.String, "source of the right record"),
    "record_id_r": required(pl.String, "right record"),
}

# The fields the model compares, in the order a person reads them; see matching/link/model.py for their levels.
COMPARED = ("name", "birth", "country", "birth_place", "sex", "identifier")

CONFLICT_KINDS = (
    "one_document_two_names", "one_document_two_births", "one_document_two_sexes", "two_national_numbers",
    "births_years_apart", "two_sexes",
)  # fmt: skip
KEPT_APART = ("members_contradict", "weak_bridge")

_SCORES = {
    "match_weight": required(pl.Float64, "log2 of the Bayes factor and the prior, summed over fields"),
    "match_probability": required(pl.Float64, "probability that both records are the same person"),
    "blocking_rule": required(pl.String, "first rule that brought the records together"),
    "name_l": optional(pl.Int32, "`name_no` of the left form in the best name pairing"),
    "name_r": optional(pl.Int32, "`name_no` of the right form in the best name pairing"),
    "name_similarity": optional(pl.Float64, "similarity of that pairing, 0 to 1"),
    "name_rarity": optional(pl.Float64, "bits of information in the tokens that agree: how rare the shared name is"),
    **{f"level_{field}": required(pl.String, f"comparison level of {field}") for field in COMPARED},
    **{f"weight_{field}": required(pl.Float64, f"match weight of {field}, log2") for field in COMPARED},
    "weight_prior": required(pl.Float64, "log2 odds that two records picked at random from these lists are one person"),
    "weight_rivals": required(pl.Float64, "weight of other records of the same list that fit as well; 0 or less"),
}

PAIRS = Table(
    name="pairs",
    zone="40_pairs",
    grain="one scored candidate pair",
    key=("record_id_l", "record_id_r"),
    columns={**_SIDES, **_SCORES},
)

MATCHES = Table(
    name="matches",
    zone="50_matches",
    grain="one pair at or above the review threshold",
    key=("record_id_l", "record_id_r"),
    columns={
        **_SIDES,
        **_SCORES,
        "is_cross_border": required(pl.Boolean, "the two listings have different authority countries"),
        "is_same_list": required(pl.Boolean, "both records stand on one list: a duplicate, reported apart"),
        "cluster_id": optional(pl.String, "the cluster of both records; null where they are kept apart"),
        "kept_apart": optional(pl.String, f"why no cluster holds both records: one of {', '.join(KEPT_APART)}"),
        "conflicts": required(pl.List(pl.String), f"how its evidence contradicts itself: {', '.join(CONFLICT_KINDS)}"),
        "against": required(pl.List(pl.String), "fields that speak against, by level, e.g. `birth: different`"),
    },
)

CONFLICTS = Table(
    name="conflicts",
    zone="50_matches",
    grain="one candidate pair, a match or not, whose evidence contradicts itself",
    key=("record_id_l", "record_id_r"),
    columns={
        **_SIDES,
        "match_probability": _SCORES["match_probability"],
        "is_match": required(pl.Boolean, "the pair is at or above the review threshold"),
        "conflicts": required(pl.List(pl.String), f"one or more of {', '.join(CONFLICT_KINDS)}"),
    },
)

_STEP = pl.Struct(
    {**dict.fromkeys(("field", "verdict", "level"), pl.String), "weight": pl.Float64, "total": pl.Float64}
)

EXPLANATIONS = Table(
    name="explanations",
    zone="50_matches",
    grain="one match, or one sample from below the threshold",
    key=("record_id_l", "record_id_r"),
    columns={
        **{side: _SIDES[side] for side in ("record_id_l", "record_id_r")},
        "steps": required(pl.List(_STEP), "the waterfall: prior, each field, rivals; `total` is the weight so far"),
        "form_l": optional(pl.String, "left name form of the best pairing, as published"),
        "form_r": optional(pl.String, "right name form of the best pairing, as published"),
        "words": required(
            pl.List(pl.String),
            "the pairing word by word: `left = right` or `left ≈ right` with what their agreement tells (bits in Latin"
            " letters, nats of sound in others), then the words of either form that agree with none",
        ),
        **{
            name: required(pl.List(pl.String), f"compared fields that {what}")
            for name, what in (("supports", "agree"), ("against", "disagree"), ("unknown", "a side does not give"))
        },
    },
)

SAMPLES = Table(
    name="samples",
    zone="50_matches",
    grain="one pair under the review threshold, drawn at random for review: a `below-the-line sample`, not a match",
    key=("record_id_l", "record_id_r"),
    columns={
        **_SIDES,
        **_SCORES,
        "is_cross_border": required(pl.Boolean, "the two listings have different authority countries"),
        "is_same_list": required(pl.Boolean, "both records stand on one list"),
        "band_from": required(pl.Float64, "lowest probability of the band that the pair was drawn from"),
        "band_to": required(pl.Float64, "probability at which that band ends, at the most the review threshold"),
        "band_pairs": required(pl.Int64, "pairs of the run in that band"),
        "band_sample": required(pl.Int64, "pairs that were drawn from it"),
    },
)

CLUSTERS = Table(
    name="clusters",
    zone="50_matches",
    grain="one record of a cluster of two or more",
    key=("cluster_id", "record_id"),
    columns={
        "cluster_id": required(pl.String, "smallest record_id of the cluster"),
        "record_id": required(pl.String, "a record held to be the same person as the others"),
        "source": required(pl.String, "its source"),
        "conflicts": required(pl.List(pl.String), "conflicts among the pairs of the cluster, by kind"),
        "kept_apart": required(pl.List(pl.String), "records that a match links to it and other evidence keeps out"),
    },
)

CHANGES = Table(
    name="changes",
    zone="60_quality",
    grain="one entry that differs between two snapshots of a list",
    key=("source", "record_id"),
    columns={
        "source": required(pl.String, "source of the list"),
        "record_id": required(pl.String, "the entry's record"),
        "entity_kind": required(pl.String, f"one of {', '.join(ENTITY_KINDS)}"),
        "change": required(pl.String, "added, changed, removed or reinstated (removed once and back)"),
        "fields": required(pl.List(pl.String), "record fields that changed"),
        "from_snapshot": required(pl.String, "the earlier snapshot; empty before the first"),
        "to_snapshot": required(pl.String, "the later snapshot"),
    },
)

TABLES = {
    table.name: table
    for table in (
        RECORDS,
        NAMES,
        NAME_KEYS,
        BIRTHS,
        COUNTRIES,
        IDENTIFIERS,
        PAIRS,
        MATCHES,
        SAMPLES,
        CONFLICTS,
        CLUSTERS,
        EXPLANATIONS,
        CHANGES,
        QUARANTINE,
        GATES,
        LEDGER,
        MEASURES,
        VALIDATIONS,
    )
}
