"""Screening: a file of people held against the published lists, once. Nothing is stored.

Reads a file of people and the normalised tables of the published run. Writes the hits, to a file of the user's choice.
Grain: one person of the file and one listing that may be the same person, or shares a document with another identity.

    people.py   the file as records: by a source.yml, or by what its columns are called
    screen.py   the pairs between the file and the lists, scored as a run scores them
    hits.py     the hits as CSV, JSON or XLSX

Decision: a hit has the probability it would have if the file were one of the lists, token rarity and blocking caps
included; only pairs among the lists are left out. So a person found here is found by a run, and the other way round.
"""
