"""The journal, its seals, and what else supervisors read of what people did."""

from catalog.foundation.journal.admin import oversight
from catalog.foundation.journal.admin.events import (
    differences,
    label_of,
    name_actions,
    name_fields,
    name_values,
    related_names,
)

__all__ = [
    "differences",
    "label_of",
    "name_actions",
    "name_fields",
    "name_values",
    "oversight",
    "related_names",
]
