"""Fixtures of the whole suite. The database and the broker come from tests/plugins/stores.py."""
