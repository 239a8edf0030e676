"""Fixtures of the review tests."""

from store_fixtures import database_url, migrated, migrated_database, postgres_port, sqlite_store, store, store_url

__all__ = ["database_url", "migrated", "migrated_database", "postgres_port", "sqlite_store", "store", "store_url"]
