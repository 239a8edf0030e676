"""Publishers' formats: each module takes the listings of one list and returns its payload files.

Reads listings; writes nothing: ``make`` puts the bytes in place. Grain: one file name and its bytes per payload.
"""
