"""Notice and watchlist matching: pull lists, normalise, link, and put cross-border matches before a person."""

__version__ = "0.1.0"
