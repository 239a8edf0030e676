"""Review: a person decides, and it stays decided until the evidence changes.

Reads the last published run (matches, samples, records, names, births, countries, identifiers, clusters).
Writes the review store: cases (grain: one pair of records), judgements and audit entries (append-only), people.
"""
