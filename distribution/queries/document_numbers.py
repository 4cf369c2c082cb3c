"""In SQL, how people call documents: as ``Order.number`` and ``Requisition.number`` do."""

from __future__ import annotations


def numbered(prefix: str, key: str) -> str:
    """The number of the document with the key, both SQL: eight digits, or more where the key has more."""
    return f"'{prefix}' || lpad({key}::text, greatest(8, length({key}::text)), '0')"
