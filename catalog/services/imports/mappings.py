"""Column mappings that an officer makes once and uses for every such file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.mapping import ColumnMapping
from catalog.foundation.transitions import find, unit_of_work
from catalog.models import ImportMapping
from catalog.policies import require_person
from catalog.services.imports.registry import kind_of


def save_mapping(*, kind: str, name: str, mapping: Mapping[str, Any], actor: Actor, at: datetime) -> ImportMapping:
    """Keep a mapping under a name of the organization's own; the same name again replaces it.

    Raises:
        MalformedMapping, NotVisible, NotAllowed
    """
    wanted = kind_of(kind)
    wanted.require_importer(actor)
    person = require_person(actor)
    kept = ColumnMapping.read(mapping).as_json()
    with unit_of_work():
        saved, is_new = ImportMapping.objects.update_or_create(
            organization=find(Organization.objects.all(), pk=actor.organization_id),
            kind=wanted.name,
            name=name.strip()[:100],
            defaults={"mapping": kept, "saved_by_id": person, "saved_at": at},
        )
        action = "import_mapping.save" if is_new else "import_mapping.replace"
        record(actor=actor, action=action, subject=saved, at=at, changes={"mapping": [None, kept]})
    return saved


def delete_mapping(*, mapping_id: int, actor: Actor, at: datetime) -> None:
    """Forget a mapping of the organization's own; what was imported through it keeps its own copy.

    Raises:
        NotVisible, NotAllowed
    """
    with unit_of_work():
        saved = find(ImportMapping.objects.filter(organization=actor.organization_id), pk=mapping_id)
        kind_of(saved.kind).require_importer(actor)
        record(actor=actor, action="import_mapping.delete", subject=saved, at=at, changes={"name": [saved.name, None]})
        saved.delete()
