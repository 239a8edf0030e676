"""What is watched over runs and lists: measures against their history, validations, holds.

Reads the tables of runs and snapshots. Writes measures, validations and gates of a run, and what holds it back.
Grain: one measure, one validation of a run.
"""
