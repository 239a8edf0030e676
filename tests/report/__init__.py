"""Tests of the reports, over invented runs."""
