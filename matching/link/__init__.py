"""Link records: which pairs are worth comparing, how they compare, and how likely they are one person.

Reads records, names, births, countries, identifiers. Writes pairs. Grain: one scored candidate pair.

    stored.py     the tables of a run, by the numbers of their records
    blocking.py   which records meet at all: rules, keys, caps; keys.py, blocks.py, meetings.py do it, compiled
    incremental.py  what changed since the run before; reblock.py which pairs meet now, from what changed
    facts.py      what records say beside names, graded for every candidate pair; births.py births
    compare.py    the comparison vector of each candidate pair: names, documents (sql/40_link/) and those grades
    pairings.py   which name forms of two records meet, and which pairing of them tells most
    align.py      names of one script, token by token
    likely.py     which pairs are likely enough to keep, of large lists; connected.py those that clusters ask of all the same
    fields.py     the fields compared and their levels, every level a question
    model.py      a model: m, u, prior, calibration; splink_model.py the same in Splink's terms
    train.py      m and u without labels, by Splink's expectation maximisation; estimate.py, across.py, masked.py
    calibrate.py  what names are really worth, by what bears witness (witnesses.py)
    registry.py   the models of a workspace, and which one is promoted; card.py and figures.py what is told of each
    predict.py    match weights of comparison vectors, by Splink
    overlap.py    what two lists as wholes add: how many persons they share, and who else fits
    thresholds.py, differences.py, sampling.py    to choose a threshold and a model by, and to know what they miss
    stage.py      the stage

Decision: the comparison vector is a table of ours, and Splink is given vectors, not records. What decides a match
across scripts is the best pairing among two lists of name forms, weighed by the rarity of the tokens that agree; no
comparison of one column with another can carry that, and evaluating it inside each level of a CASE would cost it
several times over. So all lists are blocked and compared together (link and dedupe), and Splink estimates the model,
keeps it, and scores. Since vectors repeat, each distinct one is scored once: the cost of scoring does not grow with
the number of pairs.

Decision: inside the stage a record is a number, in the order of its id; ids return with ``scored_pairs``. Pairs are made,
compared and dropped in batches, and only the vectors of likely ones stay, so memory does not grow with the pairs. What is
done for every key of a record, every pair that meets or every pairing of names is compiled, over arrays; what is done for
pairs that stay is SQL.

Decision: names in two scripts are compared by sound (``matching/normalise/compare.py``), outside SQL; the result enters the same levels as names in one script. What it is worth is how rare the
agreeing words are, capped by their rarity in these lists, and up to three bits for how well they agree
(sql/40_link/names_across_scripts.sql). Where both records give their full names in one script only that one is compared:
comparing the others as well added chance agreements (UN-EU best F1 .989 against .993).
"""
