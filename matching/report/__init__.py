"""Reports a person reads.

Reads every table of a run. Writes 70_report/report.html. Grain: one page per run, one card per match.
"""
