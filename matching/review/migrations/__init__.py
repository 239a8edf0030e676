"""Migrations of the review store (Alembic): env.py runs them, versions/ holds them, oldest first by revision."""
