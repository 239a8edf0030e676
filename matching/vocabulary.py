"""The words that tables may hold in columns of kinds: what an entry, a listing, a name, a birth, a document may be.

Apart from tables.py, which needs Polars: Airflow reads every source.yml each time it parses its DAGs, and these words are
all that takes of the tables.
"""

ENTITY_KINDS = ("person", "organisation", "vessel", "aircraft", "other")
LISTING_KINDS = (
    "red_notice",  # a request to locate and provisionally arrest
    "other_notice",  # another police notice about a person
    "wanted",  # a national or regional authority's wanted person
    "sanction",  # financial or travel measures
    "proscription",  # membership or activity is forbidden
    "watchlist",  # an authority's own list, for its attention
    "missing",  # a missing person or a victim: never linked with those wanted
)
STATUSES = ("active", "removed", "deceased")
NAME_KINDS = ("primary", "alias", "weak_alias", "former", "original_script")
PRECISIONS = ("day", "month", "year", "range", "circa")
CALENDARS = ("gregorian", "hijri", "solar_hijri", "buddhist", "juche", "minguo")
SEXES = ("female", "male", "other")
NAME_KEY_RULES = (
    "word",  # one word; joins those who share a rare one
    "word_and_beginning",  # one word, and the first two consonants of another, cut short or spelt otherwise
    "two_words",  # two words in any order
)
IDENTIFIER_KINDS = ("passport", "national_id", "tax_id", "birth_certificate", "travel_document", "licence", "other")
VALIDITIES = (
    "valid",  # its check digits hold
    "invalid",  # they do not, or it names a day that never was
    "format",  # shaped as that country's numbers are, which have no check digit or none that is published
    "unchecked",  # no number of that country and kind is known to have this shape
)
