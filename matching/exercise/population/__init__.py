"""Invented populations on invented lists of any size, with known truth.

Reads ``tables/``: the hand-written names of cultures, pieces that further names are composed of, and how alphabets are
spelled. Writes records (contract RECORDS) and the pairs that are one person. Grain: one listing.

    counted.py   choices that are a function of a seed, a question and a number
    letters.py   spellings of a name in Latin letters, by rules of the exercise's own
    parts.py     name parts by culture, with how often each is borne
    people.py    who person number n is
    listings.py  what a list says of them: spellings, aliases, gaps, slips
    make.py      lists and truth, piece by piece

The small exercise beside it has recipes for everyone on it; here who and how is drawn by probabilities, and the same
seed gives the same record 7 whether a list has ten records or ten million. Names are as frequent as names are: few
borne by many, most by few. Spellings come from the tables and rules here; nothing of ``matching/normalise`` is used.

Names, births and documents are put together at random. Among millions some name will also be a real person's: unlike the
small exercise's, these lists are not compared with real ones, and are not to be published as anyone's.
"""
