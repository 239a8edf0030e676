"""Resolve: from scored pairs to matches and clusters.

Reads pairs, records. Writes matches (grain: one pair at or above the review threshold) and clusters (grain: one
record of a cluster). A match is a lead for a person to review; nothing acts on it.
"""
