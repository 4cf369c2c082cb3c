"""Organizations, people and API clients: the operators' part of the admin."""

from catalog.accounts.admin import clients, organizations, people

__all__ = ["clients", "organizations", "people"]
